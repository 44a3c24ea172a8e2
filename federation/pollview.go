package federation

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"
)

const maxOptions = 100 // options of one poll

// pollView is what a Question asks. A post without options is no poll.
type pollView struct {
	Options  []pollOption
	Multiple bool // anyOf
	Voters   int
	Closes   time.Time // zero: open end, or the date was not readable
	Closed   bool      // said to be closed, whatever the date
}

// pollOption is one answer and how often it was chosen, as the peer says.
type pollOption struct {
	Name  string
	Votes int
}

// pollOf reads oneOf or anyOf (FEP-9967). Options without a name and those above maxOptions are left out.
func pollOf(o rawObject) pollView {
	v := pollView{Voters: o.get("votersCount").count(), Closes: timeOf(o.get("endTime"))}
	options := o.get("oneOf").list()
	if len(options) == 0 {
		options, v.Multiple = o.get("anyOf").list(), true
	}
	for _, item := range options {
		option := item.object()
		name := cleanLine(textOf(option, "name"), maxName)
		if name != "" && len(v.Options) < maxOptions {
			v.Options = append(v.Options, pollOption{name, option.get("replies").object().get("totalItems").count()})
		}
	}
	if len(v.Options) == 0 {
		return pollView{}
	}
	switch closed := o.get("closed"); {
	case closed.truth():
		v.Closed = true
	case !timeOf(closed).IsZero(): // Pleroma: the date it closes or closed
		v.Closes = timeOf(closed)
	}
	return v
}

// html shows the options as a list with their counts, then how and until when to choose.
func (v pollView) html() string {
	if len(v.Options) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("<ul>")
	for _, o := range v.Options {
		fmt.Fprintf(&b, "<li>%s: %s</li>", html.EscapeString(o.Name), counted(o.Votes, "vote", "votes"))
	}
	b.WriteString("</ul>")
	if facts := v.facts(); len(facts) > 0 {
		b.WriteString("<p>" + strings.Join(facts, " ") + "</p>")
	}
	return b.String()
}

// facts are true whenever they are read: what is stored is not written again when a poll closes.
func (v pollView) facts() (facts []string) {
	if v.Multiple {
		facts = append(facts, "Several answers are possible.")
	}
	if v.Voters > 0 {
		facts = append(facts, counted(v.Voters, "person", "people")+" voted so far.")
	}
	switch {
	case v.Closed:
		facts = append(facts, "The poll is closed.")
	case !v.Closes.IsZero():
		facts = append(facts, "Votes are taken until "+dateAndTime(v.Closes)+".")
	}
	return facts
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// dateAndTime writes a time as the pages do.
func dateAndTime(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04") + " UTC" }

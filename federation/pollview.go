package federation

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/html"
)

const (
	maxOptions = 100 // options of one poll
	maxPlaces  = 10  // locations of one event
)

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

// html shows the options as a list with their counts.
func (v pollView) html() string {
	if len(v.Options) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("<ul>")
	for _, o := range v.Options {
		fmt.Fprintf(&b, "<li>%s (%d)</li>", html.EscapeString(o.Name), o.Votes)
	}
	b.WriteString("</ul>")
	return b.String()
}

// eventView is when and where an Event takes place.
type eventView struct {
	Start, End time.Time
	Location   string // one line: names and addresses of all places
	JoinMode   string // free, restricted, invite, external, none
	JoinURL    string // where to sign up outside
}

// eventOf reads an Event (Mobilizon, Gancio, FEP-8a8e, PieFed); other types have times too (live videos) and are no events.
func eventOf(o rawObject, objectType string) eventView {
	if objectType != "Event" {
		return eventView{}
	}
	v := eventView{
		Start: timeOf(o.get("startTime")), End: timeOf(o.get("endTime")),
		JoinMode: cleanLine(o.get("joinMode").text(), 20),
		JoinURL:  uriOf(o.get("externalParticipationUrl")),
	}
	var places []string
	for _, item := range o.get("location").list() {
		if p := placeOf(item); p != "" && len(places) < maxPlaces {
			places = append(places, p)
		}
	}
	if online := uriOf(o.get("onlineLink")); online != "" {
		places = append(places, online)
	}
	v.Location = strings.Join(places, "; ")
	return v
}

// placeOf reads a Place with an address (text or PostalAddress), a VirtualLocation, or a plain name.
func placeOf(v rawValue) string {
	if v.kind() == '"' {
		return cleanLine(v.text(), maxName)
	}
	o := v.object()
	parts := []string{textOf(o, "name")}
	address := o.get("address")
	parts = append(parts, address.text())
	for _, key := range []string{"streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry"} {
		parts = append(parts, address.object().get(key).text())
	}
	if typeOf(o.get("type")) == "VirtualLocation" {
		parts = append(parts, uriOf(o.get("url")))
	}
	var kept []string
	for _, p := range parts {
		if p = cleanLine(p, maxURI); p != "" {
			kept = append(kept, p)
		}
	}
	return cleanLine(strings.Join(kept, ", "), maxURI)
}

// html shows time and place as one paragraph.
func (v eventView) html() string {
	var parts []string
	if !v.Start.IsZero() {
		when := v.Start.Format("2006-01-02 15:04 UTC")
		if !v.End.IsZero() {
			when += " – " + v.End.Format("2006-01-02 15:04 UTC")
		}
		parts = append(parts, when)
	}
	if v.Location != "" {
		parts = append(parts, html.EscapeString(v.Location))
	}
	if len(parts) == 0 {
		return ""
	}
	return "<p>" + strings.Join(parts, "<br>") + "</p>"
}

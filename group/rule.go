package group

import (
	"strconv"
	"strings"
)

// Action is what a rule of the group's own does with a post.
type Action string

// The actions.
const (
	ActHold   Action = "hold"   // a moderator looks at it first
	ActRefuse Action = "refuse" // it is not shared, and the author is told why
	ActWarn   Action = "warn"   // it is shown here behind a content warning
	ActReport Action = "report" // it is shared, and the moderators are told
)

// Rule is one of the group's own rules about posts. Its text says it whole, in one line that people write and read:
//
//	hold if words casino, "free money", crypto* and links > 2
//	refuse "No adverts, please." if domain spam.example or pattern /buy\s+now/
//	warn "spoilers" if words spoiler
//	report if account < 7 days and no avatar
//	hold if not language en, de
type Rule struct {
	Do         Action
	Message    string // to the author (refuse), the content warning (warn), to the moderators (report)
	Any        bool   // one condition is enough; else all must hold
	Conditions []Condition
}

// About is what a condition looks at.
type About string

// What conditions look at.
const (
	AboutWords    About = "words"    // whole words and phrases, however they are spelt; a star stands for the end of a word
	AboutPattern  About = "pattern"  // a regular expression (RE2)
	AboutLinks    About = "links"    // how many
	AboutDomain   About = "domain"   // where links lead, with subdomains
	AboutAccount  About = "account"  // how old it is, in days
	AboutAvatar   About = "avatar"   // whether the account has a picture
	AboutLanguage About = "language" // as the author's software says it
	AboutMentions About = "mentions" // how many people are named
	AboutMedia    About = "media"    // whether pictures or recordings come along
)

// Condition is one thing that a rule looks at.
type Condition struct {
	About  About
	Not    bool
	Values []string // words, domains, languages, or the one pattern
	Number int      // more than so many (links, mentions), or younger than so many days (account)
}

// The bounds of a rule, so that no group can make each post cost much.
const (
	MaxRules      = 50   // of a group
	maxPatterns   = 10   // of a group: each is run over each post
	maxRuleText   = 2000 // bytes
	maxConditions = 10
	maxValues     = 200
	maxMessage    = 500
)

// ParseRule reads a rule from its text. The error is a sentence that says what to write instead.
func ParseRule(text string) (Rule, error) {
	if len(text) > maxRuleText {
		return Rule{}, tooMuch("rule-long", "a rule has at most %d characters", maxRuleText)
	}
	p := ruleParser{}
	if err := p.split(text); err != nil {
		return Rule{}, err
	}
	r := Rule{Do: Action(strings.ToLower(p.word()))}
	switch r.Do {
	case ActHold, ActRefuse, ActWarn, ActReport:
	default:
		return Rule{}, instead("rule-start", "a rule begins with hold, refuse, warn or report, not with %q", string(r.Do))
	}
	if t, ok := p.quoted(); ok {
		r.Message = strings.TrimSpace(t)
	}
	if len(r.Message) > maxMessage {
		return Rule{}, tooMuch("rule-message-long", "a message has at most %d characters", maxMessage)
	}
	if !strings.EqualFold(p.word(), "if") {
		return Rule{}, instead("rule-if", `after %[1]s comes "if", such as: %[1]s if words casino; a message before it stands in quotes`, string(r.Do))
	}
	return r, p.conditions(&r)
}

// conditions reads all that stands behind "if".
func (p *ruleParser) conditions(r *Rule) error {
	joint := ""
	for {
		c, err := p.condition()
		if err != nil {
			return err
		}
		if r.Conditions = append(r.Conditions, c); len(r.Conditions) > maxConditions {
			return tooMuch("rule-conditions-many", "a rule has at most %d conditions", maxConditions)
		}
		if p.done() {
			return nil
		}
		next := strings.ToLower(p.word())
		switch {
		case next != "and" && next != "or":
			return instead("rule-joint", `between conditions stands "and" or "or", not %q`, next)
		case joint != "" && next != joint:
			return Fault{What: "rule-mixed", says: `a rule joins its conditions with "and" or with "or", not with both: make two rules of it`}
		}
		joint, r.Any = next, next == "or"
	}
}

// condition reads one condition.
func (p *ruleParser) condition() (c Condition, err error) {
	word := strings.ToLower(p.word())
	for word == "not" || word == "no" {
		c.Not, word = !c.Not, strings.ToLower(p.word())
	}
	c.About = About(strings.TrimSuffix(word, "s"))
	switch c.About {
	case "word", "link", "mention":
		c.About += "s"
	}
	switch c.About {
	case AboutWords, AboutDomain, AboutLanguage:
		c.Values, err = p.values(string(c.About))
	case AboutPattern:
		c.Values, err = p.regular()
	case AboutLinks, AboutMentions:
		err = p.number(&c, ">")
	case AboutAccount:
		err = p.number(&c, "<")
		p.skip("days", "day", "d")
	case AboutAvatar, AboutMedia:
	default:
		return c, instead("rule-condition", "there is no condition %q; it is words, pattern, links, domain, account, avatar, language, mentions or media", word)
	}
	return c, err
}

// String is the text of the rule in the one spelling in which it is shown.
func (r Rule) String() string {
	var b strings.Builder
	b.WriteString(string(r.Do))
	if r.Message != "" {
		b.WriteString(" " + inQuotes(r.Message))
	}
	joint := " and "
	if r.Any {
		joint = " or "
	}
	for i, c := range r.Conditions {
		if i == 0 {
			b.WriteString(" if ")
		} else {
			b.WriteString(joint)
		}
		b.WriteString(c.String())
	}
	return b.String()
}

// String is the condition as a rule's text has it.
func (c Condition) String() string {
	text := string(c.About)
	switch c.About {
	case AboutWords, AboutDomain, AboutLanguage:
		var list []string
		for _, v := range c.Values {
			list = append(list, quoteOdd(v))
		}
		text += " " + strings.Join(list, ", ")
	case AboutPattern:
		text += " /" + strings.ReplaceAll(c.Values[0], "/", `\/`) + "/"
	case AboutLinks, AboutMentions:
		text += " > " + strconv.Itoa(c.Number)
	case AboutAccount:
		text += " < " + strconv.Itoa(c.Number) + " days"
	}
	if c.Not {
		return "not " + text
	}
	return text
}

func inQuotes(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// quoteOdd quotes what would be read otherwise without.
func quoteOdd(s string) string {
	switch strings.ToLower(s) {
	case "and", "or", "":
		return inQuotes(s)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return endsWord(r) || r == '/' || r == '\\' }) {
		return inQuotes(s)
	}
	return s
}

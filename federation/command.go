package federation

import (
	"context"
	"errors"
	"fmt"
	"html"
	"strings"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// What people tell a group to do by private message becomes the same requests as through any other door. Who may do what, the rules
// decide; but nothing is looked up elsewhere for people who may not.

// commander reads the commands of one private message.
type commander struct {
	*Server
	message privateMessage
	by      group.Person
	now     time.Time
	group   store.Group
	member  store.Membership
	letter  *store.Letter // the message of the group that this one answers, if it went to the same person
}

// know looks up how the person stands with the group, and which message is answered. Answers to what others were told do not count.
func (c *commander) know(ctx context.Context, uri string) (err error) {
	ref, _ := c.ids.parse(uri)
	if c.group, err = c.store.Group(ctx, ref.Name); err != nil {
		return err
	}
	if c.member, err = c.store.Member(ctx, c.group.ID, c.by.URI); ignoreMissing(err) != nil {
		return err
	}
	if c.message.inReplyTo == "" {
		return nil
	}
	l, err := c.store.Letter(ctx, c.message.inReplyTo)
	if err == nil && l.To == c.by.URI && l.Group == uri {
		c.letter = &l
	}
	return ignoreMissing(err)
}

func (c *commander) moderates() bool {
	return c.member.State == group.Joined && c.member.Role.Moderates()
}

// ask is a request that changes nothing.
func (c *commander) ask(v group.Verb, language string) group.Request {
	return group.Request{
		Kind: group.Ask, By: c.by, Groups: []string{c.group.URI}, Private: true,
		Said: &group.Said{Verb: v, Lang: group.LanguageOf(language), Note: c.message.id},
	}
}

// silent is a request that is not even answered.
func (c *commander) silent(language string) group.Request {
	r := c.ask("", language)
	r.By.Bot = true
	return r
}

// tell is a request for the answer that the words are.
func (c *commander) tell(v group.Command, words string) group.Request {
	r := c.ask(v.Verb, v.Lang)
	r.Said.Words = words
	return r
}

// request turns a command into a request. A message that goes to others as well is talk among people, unless they are whom it is about.
func (c *commander) request(ctx context.Context, v group.Command) (group.Request, error) {
	r, err := c.requestFor(ctx, v)
	if err != nil {
		return r, err
	}
	for _, other := range c.message.others {
		if other != r.Target || v.Person == "" {
			return c.silent(v.Lang), nil
		}
	}
	return r, nil
}

func (c *commander) requestFor(ctx context.Context, v group.Command) (group.Request, error) {
	r := c.ask(v.Verb, v.Lang)
	r.Text, r.Private = v.Text, false
	switch v.Verb {
	case group.VerbHelp, group.VerbRules:
		return r, nil
	case group.VerbJoin:
		r.Kind = group.Join
		return r, c.acquaintMembers(ctx, c.group.URI, c.by.URI)
	case group.VerbLeave:
		r.Kind = group.Leave
		return r, nil
	case group.VerbUndo:
		return c.undo(ctx, r, v)
	case group.VerbReport:
		return c.reporting(ctx, r, v)
	case group.VerbLog:
		return c.lately(ctx, v)
	case group.VerbAppeal:
		r.Kind, r.Private = group.Appeal, true
		var err error
		r.Seen, err = c.store.LastAct(ctx, c.group.ID, c.by.URI)
		return r, err
	case group.VerbNominate:
		return c.nominate(ctx, r, v)
	case group.VerbMyData, group.VerbErase, group.VerbYes:
		return c.ownData(ctx, r, v)
	}
	if !c.moderates() {
		return r, nil // the rules say no
	}
	return c.moderate(ctx, r, v)
}

// moderate is what those who run the group may do.
func (c *commander) moderate(ctx context.Context, r group.Request, v group.Command) (group.Request, error) {
	switch v.Verb {
	case group.VerbWaiting:
		return c.waiting(ctx, v)
	case group.VerbApprove, group.VerbRefuse:
		return c.judge(ctx, r, v)
	case group.VerbRemove, group.VerbRestore, group.VerbLock, group.VerbUnlock, group.VerbPin, group.VerbUnpin, group.VerbDone:
		return c.aboutPost(ctx, r, v)
	case group.VerbBan, group.VerbUnban, group.VerbWarn, group.VerbInvite, group.VerbAppoint, group.VerbDismiss,
		group.VerbVouch, group.VerbDoubt, group.VerbOffer, group.VerbSuccessor:
		return c.aboutPerson(ctx, r, v, requestOf(v.Verb))
	case group.VerbUphold, group.VerbOverturn:
		if v.Number == 0 {
			return c.tell(v, group.Unclear(v.Lang, false)), nil
		}
		r.Kind, r.Seen = requestOf(v.Verb), v.Number
		return r, nil
	case group.VerbDescribe:
		return c.describe(r, v), nil
	}
	if r.Kind = requestOf(v.Verb); v.For > 0 {
		r.Until = c.now.Add(v.For)
	}
	return r, nil
}

// requestOf is the request that a verb stands for, where its name is another.
func requestOf(v group.Verb) group.Kind {
	switch v {
	case group.VerbDone:
		return group.Resolve
	case group.VerbSuccessor:
		return group.Succeed
	}
	return group.Kind(v)
}

// undo takes back what the message that is answered has confirmed.
func (c *commander) undo(ctx context.Context, r group.Request, v group.Command) (group.Request, error) {
	if c.letter == nil || c.letter.Next == "" {
		return c.tell(v, group.NoUndo(v.Lang)), nil
	}
	r.Kind, r.Target = c.letter.Next, c.letter.About
	switch r.Kind {
	case group.Ban, group.Unban, group.Appoint, group.Dismiss, group.Uninvite:
		return c.against(ctx, r)
	}
	return r, nil
}

func (c *commander) reporting(ctx context.Context, r group.Request, v group.Command) (group.Request, error) {
	r.Kind, r.Private = group.Report, true
	var err error
	switch {
	case v.Link != "":
		r.Target, err = c.postAt(ctx, v.Link)
	case v.Person != "":
		r.Target, err = c.known(ctx, v.Person)
	default:
		return c.tell(v, group.Unclear(v.Lang, false)), nil
	}
	if r.Target == "" && err == nil {
		r.Target = v.Link // of nothing the group has
	}
	return r, err
}

// nominate is a member's vote for an owner: for somebody whom this server knows, as it knows all members.
func (c *commander) nominate(ctx context.Context, r group.Request, v group.Command) (group.Request, error) {
	if v.Person == "" {
		return c.tell(v, group.Unclear(v.Lang, true)), nil
	}
	uri, err := c.known(ctx, v.Person)
	if err != nil || uri == "" {
		return c.tell(v, group.Unclear(v.Lang, true)), err
	}
	r.Kind, r.Target = group.Nominate, uri
	return r, nil
}

const logLines = 10

// lately says what was done lately; to those who run the group, the private parts too.
func (c *commander) lately(ctx context.Context, v group.Command) (group.Request, error) {
	acts, err := c.store.ModLog(ctx, c.group.ID, !c.moderates(), 0, logLines)
	if err != nil {
		return group.Request{}, err
	}
	lines := []string{group.LogAt(v.Lang, c.group.URI+"/modlog"), ""}
	for _, a := range acts {
		line := a.At.UTC().Format("2006-01-02 15:04") + " " + string(a.Kind) + " " + a.Target
		if a.Words != "" {
			line += ": " + cutRunes(cleanLine(a.Words, maxRemark), 100)
		}
		lines = append(lines, line)
	}
	return c.tell(v, strings.Join(lines, "\n")), nil
}

const waitingLines = 20

// waiting lists what waits for a moderator: posts by their numbers, and people.
func (c *commander) waiting(ctx context.Context, v group.Command) (group.Request, error) {
	held, err := c.store.Held(ctx, c.group.ID, waitingLines)
	if err != nil {
		return group.Request{}, err
	}
	people, err := c.store.Pending(ctx, c.group.ID, waitingLines)
	if err != nil {
		return group.Request{}, err
	}
	var lines []string
	for _, h := range held {
		lines = append(lines, fmt.Sprintf("%d: %s %s", h.Number, h.URI, titleOf(h.Post)))
	}
	for _, m := range people {
		lines = append(lines, strings.TrimPrefix(m.Actor.Handle, "@")+" "+m.Actor.URI)
	}
	if len(lines) == 0 {
		lines = []string{group.NoneWaits(v.Lang)}
	}
	return c.tell(v, strings.Join(lines, "\n")), nil
}

// judge is about a held post or somebody who wants to join: the one named, or the one that the message which is answered is about.
func (c *commander) judge(ctx context.Context, r group.Request, v group.Command) (group.Request, error) {
	approve := v.Verb == group.VerbApprove
	person := group.TurnDown
	if r.Kind = group.Refuse; approve {
		r.Kind, person = group.Approve, group.Admit
	}
	switch {
	case v.Person != "":
		return c.aboutPerson(ctx, r, v, person)
	case v.Number > 0:
		h, err := c.store.HeldVersion(ctx, c.group.ID, v.Number)
		r.Target, r.Seen = h.URI, h.Number
		return r, ignoreMissing(err)
	case v.Link != "" || c.letter == nil || c.letter.About == "":
		return c.tell(v, group.Unclear(v.Lang, false)), nil // a link does not say which version
	case c.letter.Held != 0:
		r.Target, r.Seen = c.letter.About, c.letter.Held
		return r, nil
	}
	has, err := c.store.AuthorOf(ctx, c.group.ID, c.letter.About)
	if err != nil || has != "" {
		return c.tell(v, group.Unclear(v.Lang, false)), err
	}
	r.Kind, r.Target = person, c.letter.About
	return r, nil
}

func (c *commander) aboutPost(ctx context.Context, r group.Request, v group.Command) (group.Request, error) {
	r.Kind = requestOf(v.Verb)
	var err error
	switch {
	case v.Person != "" && v.Verb == group.VerbRemove:
		return c.aboutPerson(ctx, r, v, group.Expel)
	case v.Link != "":
		if r.Target, err = c.postAt(ctx, v.Link); r.Target == "" {
			r.Target = v.Link
		}
		return r, err
	case v.Number > 0:
		h, err := c.store.HeldVersion(ctx, c.group.ID, v.Number)
		r.Target = h.URI
		return c.refusing(r, h), ignoreMissing(err)
	case c.letter == nil || c.letter.About == "":
		return c.tell(v, group.Unclear(v.Lang, false)), nil
	}
	r.Target, r.Said.About = c.letter.About, c.letter.About
	if c.letter.Held == 0 {
		return r, nil
	}
	h, err := c.store.HeldVersion(ctx, c.group.ID, c.letter.Held)
	return c.refusing(r, h), ignoreMissing(err)
}

// refusing is the removal of a post that waits: its author is told.
func (c *commander) refusing(r group.Request, h store.HeldPost) group.Request {
	if r.Kind == group.Remove && h.Number != 0 {
		r.Kind, r.Target, r.Seen = group.Refuse, h.URI, h.Number
	}
	return r
}

// aboutPerson is about an account: the one named, or the one that the message which is answered is about, or the author of that post.
func (c *commander) aboutPerson(ctx context.Context, r group.Request, v group.Command, kind group.Kind) (group.Request, error) {
	var err error
	r.Kind = kind
	if v.For > 0 {
		r.Until = c.now.Add(v.For)
	}
	switch {
	case v.Person != "":
		r.Target, err = c.anybody(ctx, v.Person)
		if err != nil && store.IsTrouble(err) {
			return r, err
		}
		if r.Target == "" {
			return c.tell(v, group.Unclear(v.Lang, true)), nil
		}
	case c.letter == nil || c.letter.About == "":
		return c.tell(v, group.Unclear(v.Lang, false)), nil
	default:
		if r.Target, err = c.store.AuthorOf(ctx, c.group.ID, c.letter.About); err != nil {
			return r, err
		}
		if r.Said.About = c.letter.About; r.Target == "" {
			r.Target = c.letter.About
		}
	}
	return c.against(ctx, r)
}

// against completes a request about a person.
func (c *commander) against(ctx context.Context, r group.Request) (group.Request, error) {
	if err := c.acquaint(ctx, r.Target); err != nil {
		return r, err
	}
	var err error
	r.BansKept, err = c.keepsBans(ctx, r.Target)
	return r, err
}

func (c *commander) describe(r group.Request, v group.Command) group.Request {
	if v.Text == "" {
		return c.tell(v, group.Unclear(v.Lang, false))
	}
	words := html.EscapeString(v.Text)
	r.Kind, r.Text, r.Said.Words = group.Describe, "", c.group.Summary
	r.Profile = &group.Profile{
		Title: c.group.Title, Summary: v.Text,
		SummaryHTML: c.clean.sanitizeHTML("<p>" + strings.ReplaceAll(strings.ReplaceAll(words, "\n\n", "</p><p>"), "\n", "<br>") + "</p>"),
	}
	return r
}

// postAt finds the post at an address: its own, that of its page here, or that of its page at its origin. "" if the group has none such.
func (c *commander) postAt(ctx context.Context, address string) (string, error) {
	uri, err := c.postNamed(ctx, address)
	if err != nil {
		return "", ignoreMissing(err)
	}
	return c.store.PostAt(ctx, c.group.ID, uri)
}

// known finds an account that this server knows; nobody else's server is asked.
func (c *commander) known(ctx context.Context, name string) (string, error) {
	if uri := c.mentioned(name); uri != "" {
		return uri, nil
	}
	a, err := c.store.ActorByHandle(ctx, "@"+strings.TrimPrefix(name, "@"))
	return a.URI, ignoreMissing(err)
}

// anybody finds an account anywhere; "" if nobody does.
func (c *commander) anybody(ctx context.Context, name string) (string, error) {
	if !strings.Contains(name, "://") {
		if uri, err := c.known(ctx, name); err != nil || uri != "" {
			return uri, err
		}
		if !strings.Contains(strings.TrimPrefix(name, "@"), "@") {
			return "", nil
		}
	}
	a, err := c.Person(ctx, name)
	if err != nil && !errors.Is(err, context.Canceled) {
		c.log.Info("account in a message not found", "name", name, "error", err)
	}
	return a.URI, err
}

// mentioned finds an account by a mention in the message: people see "@ann", and the tag says which Ann. Two of that name are none.
func (c *commander) mentioned(name string) string {
	name = strings.TrimPrefix(name, "@")
	found := ""
	for _, m := range c.message.mentions {
		full := strings.TrimPrefix(m.Name, "@")
		short, _, _ := strings.Cut(full, "@")
		if m.Href == c.group.URI || !strings.EqualFold(full, name) && !strings.EqualFold(short, name) {
			continue
		}
		if found != "" && found != m.Href {
			return ""
		}
		found = m.Href
	}
	return found
}

//go:build browser

package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// bookClub is a server with people who read, filled as its inbox would fill it. Times count back from closing.
type bookClub struct {
	*testing.T
	store *store.Store
	site  *Site
	posts int
	home  map[string]string // who is at which server
}

func closing() time.Time { return time.Date(2027, 3, 14, 20, 0, 0, 0, time.UTC) }

// newBookClub is the server with everything on it.
func newBookClub(t *testing.T) *bookClub {
	t.Helper()
	c := emptyBookClub(t)
	c.otherGroups()
	c.readers()
	c.threads()
	c.conversation()
	return c
}

// emptyBookClub is the server with its people and one group, in which nothing has been said.
func emptyBookClub(t *testing.T) *bookClub {
	t.Helper()
	st, err := store.Open(store.Options{Path: t.TempDir() + "/folkmoot.db", Origin: origin, Now: closing})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	s, err := New(Options{
		Store: st, Origin: origin, Domain: "groups.example", Title: "Riverside groups", Contact: "@sam@mastodon.example",
		Summary: "Groups for people along the river, and for anybody who likes their company. Nothing to sign up for: " +
			"follow a group from the account you have.",
		Rules: "* Be kind, and assume that others are.\n* No advertising.\n* What is said about health or family stays here.",
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &bookClub{T: t, store: st, site: s, home: map[string]string{}}
	c.people()
	c.found("books", "Book club", "We read one book a month and talk about it all month long. **In March: *Middlemarch*, books one to four.** "+
		"New here? Say hello in the introductions thread; nobody minds how far you got.")
	for user := range c.home {
		if user != "lee" {
			c.join("books", c.actor(user))
		}
	}
	return c
}

func (c *bookClub) people() {
	for handle, name := range map[string]string{
		"ann@mastodon.example": "Ann Okafor", "ben@tiny.example": "Ben", "chidi@mastodon.example": "Chidi Lund", "dana@mastodon.example": "דנה לוי",
		"eva@gts.example": "Eva Marková", "farid@social.example": "فريد حداد", "greta@lemmy.example": "greta",
		"lee@mastodon.example": "Lee Whitcombe",
	} {
		user, host, _ := strings.Cut(handle, "@")
		c.home[user] = host
		save(c.T, c.store, store.Actor{
			URI: c.actor(user), Handle: "@" + handle, Name: name, URL: "https://" + host + "/@" + user,
			Inbox: c.actor(user) + "/inbox", Fetched: closing(), Summary: "<p>Reads on trains, mostly. Tea, crosswords, the occasional heron.</p>",
		})
	}
}

func (c *bookClub) actor(user string) string { return "https://" + c.home[user] + "/users/" + user }

func (c *bookClub) found(name, title, summary string) {
	c.Helper()
	html, err := Markdown(summary)
	if err != nil {
		c.Fatal(err)
	}
	g := store.Group{
		URI: origin + "/g/" + name, Name: name, Title: title, Summary: summary, SummaryHTML: html, Keys: []byte("pem"), Settings: group.Defaults(),
	}
	if err := c.store.CreateGroup(c.Context(), g, c.actor("lee")); err != nil {
		c.Fatal(err)
	}
}

func (c *bookClub) join(name, person string) {
	c.Helper()
	c.ask(group.Request{Kind: group.Follow, By: group.Person{URI: person}, Groups: []string{origin + "/g/" + name}})
}

// otherGroups are what else the server has, with something said in each.
func (c *bookClub) otherGroups() {
	for i, g := range []struct{ name, title, summary string }{
		{"allotment", "Allotment growers", "Seeds to swap, gluts to share, and who has the key to the water tank this week."},
		{"films", "Thursday films", "A film every other Thursday in the back room of the library. Subtitles always on."},
		{"repair", "Repair café", "Bring it broken, take it home working. Second Saturday of the month."},
		{"carers", "Looking after somebody", "For everybody who looks after a parent, a partner or a child with needs of their own. Quiet, and kind."},
		{"walks", "Slow walks", "Flat, short, with a bench halfway. Everybody waits for everybody."},
	} {
		c.found(g.name, g.title, g.summary)
		for week := range 5 - i {
			title := fmt.Sprintf("What we did in week %d", week+1)
			c.sayIn(g.name, "lee", 700-90*week, 0, group.Post{Title: title, HTML: "<p>" + title + "</p>"})
		}
	}
}

// readers are more than write, as everywhere.
func (c *bookClub) readers() {
	for i := range 40 {
		reader := fmt.Sprintf("https://mastodon.example/users/reader%d", i)
		c.join("books", reader)
		if i%3 == 0 {
			c.join([]string{"allotment", "films", "repair", "carers", "walks"}[i%5], reader)
		}
	}
}

// ask sends a request that must be accepted.
func (c *bookClub) ask(r group.Request) {
	c.Helper()
	c.posts++
	r.At, r.Activity = closing(), fmt.Sprintf("%s/activities/%d", r.By.URI, c.posts)
	outcomes, err := c.store.Apply(c.Context(), r, 0)
	if err != nil {
		c.Fatal(err)
	}
	if len(outcomes) != 1 || outcomes[0].Decision.Verdict != group.Accepted {
		c.Fatalf("%s by %s: %+v", r.Kind, r.By.URI, outcomes)
	}
}

// say publishes a post of a person in the book club, so many hours ago, with as many likes, and returns its URI.
func (c *bookClub) say(user string, hours, likes int, p group.Post) string {
	c.Helper()
	return c.sayIn("books", user, hours, likes, p)
}

func (c *bookClub) sayIn(name, user string, hours, likes int, p group.Post) string {
	c.Helper()
	p.Author = c.actor(user)
	p.URI = fmt.Sprintf("%s/statuses/%d", p.Author, c.posts+1)
	p.URL = strings.Replace(p.URI, "/users/", "/@", 1)
	p.Published = closing().Add(-time.Duration(hours) * time.Hour)
	c.ask(group.Request{Kind: group.Publish, By: group.Person{URI: p.Author}, Groups: []string{origin + "/g/" + name}, Post: &p})
	for i := range likes {
		c.ask(group.Request{Kind: group.Like, By: group.Person{URI: fmt.Sprintf("https://mastodon.example/users/reader%d", i)}, Target: p.URI})
	}
	return p.URI
}

// mention is how a post addresses the group, once it is sanitised.
const mention = `<a class="mention" href="https://groups.example/g/books" rel="nofollow noopener noreferrer ugc">@books</a> `

func (c *bookClub) threads() {
	c.say("lee", 700, 31, group.Post{
		Title: "Introductions: say hello here", Language: "en",
		HTML: "<p>" + mention + "Introductions: say hello here</p><p>Who you are, what you last gave up on, and where you read.</p>",
	})
	c.say("chidi", 402, 9, group.Post{
		Title: "For April: something short? I would like to propose Claire Keegan, or a collection of stories",
		HTML:  "<p>" + mention + "For April: something short? I would like to propose Claire Keegan, or a collection of stories</p>",
	})
	c.say("dana", 240, 6, group.Post{
		Title: "מישהי קוראת בעברית?", Language: "he",
		HTML: "<p>" + mention + "מישהי קוראת בעברית?</p><p>יש תרגום ישן, ואני מחפשת מישהי להשוות איתה.</p>",
	})
	c.say("greta", 170, 12, group.Post{
		Title: "A reading guide that does not give anything away", Link: "https://www.library.example/guides/middlemarch-without-spoilers",
		HTML: "<p>Chapter by chapter, with maps of who is whose cousin. The footnotes on the railways are worth the detour.</p>",
	})
	c.say("eva", 99, 14, group.Post{
		Title: "The end of book three", Warning: "How book three ends",
		HTML: "<p>" + mention + "I did not think that Featherstone would actually burn it. Did you?</p>",
	})
	c.say("farid", 50, 7, group.Post{
		Title: "Audiobook readers: which recording do you recommend for the commute?",
		HTML: "<p>" + mention + "Audiobook readers: which recording do you recommend for the commute? " +
			"Mine has a narrator who does all the voices, and I am not sure about Mr Brooke.</p>",
	})
}

// conversation is the newest thread, with comments of every kind.
func (c *bookClub) conversation() {
	first := c.say("ann", 28, 17, group.Post{
		Title: "Is Dorothea wise or only good? I keep changing my mind.", Language: "en",
		HTML: "<p>" + mention + "Is Dorothea wise or only good? I keep changing my mind.</p>" +
			"<p>Chapter twenty, in Rome, had me crying on the bus, and a page later I wanted to shake her. Perhaps that is the point.</p>",
	})
	a := c.say("ben", 26, 9, group.Post{
		InReplyTo: first, HTML: "<p>Good, and learning to be wise. The narrator is the wise one, and she is hard on everybody equally.</p>",
	})
	b := c.say("ann", 25, 4, group.Post{InReplyTo: a, HTML: "<p>Hard on everybody, but look who gets the last word each time.</p>"})
	d := c.say("chidi", 22, 2, group.Post{
		InReplyTo: b, HTML: `<p>“If we had a keen vision and feeling of all ordinary human life…” I had to put the book down there.</p>`,
	})
	c.say("ben", 21, 3, group.Post{InReplyTo: d, HTML: "<p>Everybody has to. It is the law.</p>"})
	e := c.say("eva", 20, 5, group.Post{
		InReplyTo: first, Warning: "What becomes of Casaubon", HTML: "<p>She outgrows him long before the codicil, I think.</p>",
	})
	gone := c.say("farid", 19, 0, group.Post{InReplyTo: first, HTML: "<p>Never mind.</p>"})
	c.say("dana", 18, 2, group.Post{InReplyTo: gone, HTML: "<p>No, do say! I was about to ask the same.</p>"})
	c.ask(group.Request{Kind: group.Delete, By: group.Person{URI: c.actor("farid")}, Target: gone})
	c.say("farid", 12, 1, group.Post{InReplyTo: e, HTML: "<p>قرأتها بالعربية، والترجمة تجعلها أحكم مما هي.</p>", Language: "ar"})
	c.say("greta", 3, 6, group.Post{InReplyTo: first, HTML: "<blockquote><p>only good</p></blockquote><p>As if that were easy.</p>"})
}

package fedtest

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Forum is a threadiverse server with a few people and communities of its own, scripted to behave like one kind of software. It
// refuses what that software refuses, and files the rest as its people see it.
//
//	Post, Vote, Ban …  ─► own view ─► the community's inbox elsewhere, or the followers of an own community
//	inbox ─► signature ─► strict_*.go ─► who may do that there? ─► own view
//
// Votes that Lemmy and PieFed take for granted (an author's for the own post) are left out, so that views can be compared.
type Forum struct {
	site
	runs Software

	people      map[string]*rsa.PrivateKey
	communities map[string]*community      // known ones, here and elsewhere, by URI
	actors      map[string]error           // people elsewhere that were looked at, and what was wrong with them
	follows     map[string]map[string]bool // actor here -> community -> accepted
	posts       map[string]*filed
	cast        map[string]object // votes of people here, by voter and post, to take back
	flags       []Flag
	notes       map[string][]string // private messages, by person
	refused     []error
	ignored     []error
}

// community is a group as this server knows it.
type community struct {
	uri, inbox, featured string
	title, icon          string
	moderators           map[string]bool
	banned               map[string]string // person -> until, "" for ever

	signer    *signer           // own communities only, as all below
	followers map[string]string // actor -> inbox
	log       []object          // announced posts, newest last
	said      map[string]bool   // ids of what was announced
	batch     []any             // votes that wait to be announced together
}

// filed is a post with what is behind the numbers of its View.
type filed struct {
	View
	object object
	votes  map[string]int
}

// View is what people see of a post.
type View struct {
	Community, Author, Parent string
	Title, Text               string
	Up, Down                  int
	Removed, Deleted          bool // by a moderator, by the author
	Locked, Pinned            bool
	Pending                   bool // written here, and not yet announced by its community (Lemmy)
}

// Flag is a report as moderators see it.
type Flag struct {
	Post, By, Reason string
	Resolved         bool
}

// NewForum makes a server without people. client carries its requests.
func NewForum(origin string, runs Software, client *http.Client, now func() time.Time) *Forum {
	f := &Forum{
		site: newSite(origin, runs.Name, runs.Version, client, now), runs: runs, people: map[string]*rsa.PrivateKey{},
		communities: map[string]*community{}, actors: map[string]error{}, follows: map[string]map[string]bool{},
		posts: map[string]*filed{}, cast: map[string]object{}, notes: map[string][]string{},
	}
	f.hand = runs.hand
	return f
}

// AddUser opens an account and returns its actor URI.
func (f *Forum) AddUser(name string, key *rsa.PrivateKey) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.people[name] = key
	return f.Actor(name)
}

// Actor is the URI of an account.
func (f *Forum) Actor(name string) string { return f.Origin + "/u/" + name }

// AddCommunity opens a community that some of the people here moderate.
func (f *Forum) AddCommunity(name string, key *rsa.PrivateKey, moderators ...string) string {
	uri := f.Community(name)
	c := &community{
		uri: uri, inbox: uri + "/inbox", featured: uri + "/" + f.runs.featured, signer: &signer{uri: uri, key: key},
		moderators: map[string]bool{}, banned: map[string]string{}, followers: map[string]string{},
	}
	for _, m := range moderators {
		c.moderators[f.Actor(m)] = true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.communities[uri] = c
	return uri
}

// Community is the URI of a community here.
func (f *Forum) Community(name string) string {
	return f.Origin + "/" + f.runs.communities + "/" + name
}

func (f *Forum) signer(name string) *signer {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &signer{uri: f.Actor(name), key: f.people[name]}
}

func (f *Forum) known(uri string) *community {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.communities[uri]
}

// here is a community of this server; nil for any other.
func (f *Forum) here(uri string) *community {
	if c := f.known(uri); c != nil && c.signer != nil {
		return c
	}
	return nil
}

// Send signs an activity as somebody and posts it to an inbox, whatever it is; it returns the status.
func (f *Forum) Send(ctx context.Context, name, inbox string, activity object) (int, error) {
	body, err := json.Marshal(activity)
	if err != nil {
		return 0, err
	}
	return f.post(ctx, f.signer(name), inbox, body)
}

func (f *Forum) deliver(ctx context.Context, as *signer, inbox string, activity object) error {
	body, err := json.Marshal(activity)
	if err != nil {
		return err
	}
	status, err := f.post(ctx, as, inbox, body)
	if err != nil || !slices.Contains([]int{200, 202, 204}, status) { // PieFed takes nothing else for success
		return fmt.Errorf("deliver to %s: status %d: %w", inbox, status, err)
	}
	return nil
}

// Refused lists what the server would not take, as long as it was meant for it.
func (f *Forum) Refused() []error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.refused)
}

// Ignored lists what the server took no notice of, because it has no word for it.
func (f *Forum) Ignored() []error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.ignored)
}

// Sees is what people here see of a post; false if there is none.
func (f *Forum) Sees(post string) (View, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.posts[post]
	if p == nil {
		return View{}, false
	}
	v := p.View
	for _, vote := range p.votes {
		v.Up += max(vote, 0)
		v.Down += max(-vote, 0)
	}
	return v, true
}

// Shown lists what a community shows, threads and comments, sorted.
func (f *Forum) Shown(community string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for uri, p := range f.posts {
		if p.Community == community && !p.Removed && !p.Deleted {
			out = append(out, uri)
		}
	}
	slices.Sort(out)
	return out
}

// Subscribed says whether somebody here follows a community: asked and accepted.
func (f *Forum) Subscribed(name, community string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.follows[f.Actor(name)][community]
}

// Banned says whether a community has shut somebody out, as people here see it now.
func (f *Forum) Banned(community, person string) bool {
	c := f.known(community)
	f.mu.Lock()
	defer f.mu.Unlock()
	return c != nil && f.isBanned(c, person)
}

func (f *Forum) isBanned(c *community, person string) bool {
	until, banned := c.banned[person]
	t, err := time.Parse(time.RFC3339, until)
	return banned && (err != nil || f.Now().Before(t))
}

// Moderators lists who moderates a community, as people here see it, sorted.
func (f *Forum) Moderators(community string) []string {
	c := f.known(community)
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for m := range c.moderators {
		out = append(out, m)
	}
	slices.Sort(out)
	return out
}

// Title is what people here read above a community.
func (f *Forum) Title(community string) string {
	c := f.known(community)
	f.mu.Lock()
	defer f.mu.Unlock()
	return c.title
}

// Icon is the address of the picture that people here see beside a community.
func (f *Forum) Icon(community string) string {
	c := f.known(community)
	f.mu.Lock()
	defer f.mu.Unlock()
	return c.icon
}

// Reports lists the reports that moderators here see.
func (f *Forum) Reports() []Flag {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.flags)
}

// Private returns the private messages somebody got.
func (f *Forum) Private(name string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.notes[f.Actor(name)])
}

// Said returns what was announced here of one type of activity, in order.
func (f *Forum) Said(kind string) []Received {
	var out []Received
	for _, r := range f.Inbox("Announce") {
		members, batch := r.Body["object"].([]any)
		if !batch {
			members = []any{r.Body["object"]}
		}
		for _, m := range members {
			if in, _ := m.(object); in["type"] == kind {
				out = append(out, Received{Inbox: r.Inbox, Type: kind, Actor: textAt(in, "actor"), Body: in, At: r.At})
			}
		}
	}
	return out
}

// localName is the name in a path such as /u/max.
func localName(path, prefix string) (name, rest string, ok bool) {
	name, ok = strings.CutPrefix(path, prefix)
	name, rest, _ = strings.Cut(name, "/")
	return name, rest, ok && name != ""
}

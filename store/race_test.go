package store

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"folkmoot/group"
)

const bob = "https://mastodon.example/users/bob"

// race is two requests that reach the group at the same time.
type race struct {
	settings func(*group.Settings)
	before   []group.Request
	a, b     group.Request
	honoured func(t *testing.T, s *Store) // what a moderator did holds, whoever came first
}

func by(person string, kind group.Kind, target string) group.Request {
	return group.Request{
		Kind: kind, By: group.Person{URI: person}, Groups: []string{books}, Target: target,
		Activity: strings.Join([]string{string(kind), person[len(person)-3:], target[strings.LastIndexByte(target, '/')+1:]}, "-"),
	}
}

func writes(kind group.Kind, words string, later time.Duration) group.Request {
	r := by(ann, kind, "")
	r.Activity = "post-" + words
	r.Post = &group.Post{URI: post1, Author: ann, HTML: words, Published: at()}
	if later > 0 {
		r.Post.Updated = at().Add(later)
	}
	return r
}

func races() map[string]race {
	joins, posts, edits := by(ann, group.Follow, ""), writes(group.Publish, "old words", 0), writes(group.Edit, "new words", time.Second)
	bans, admits, appoints := by(lee, group.Ban, ann), by(lee, group.Admit, ann), by(lee, group.Appoint, bob)
	bans.WithPosts = true
	seen := func(r group.Request) group.Request { r.Seen = 1; return r }
	approves, refuses := seen(by(lee, group.Approve, post1)), seen(by(lee, group.Refuse, post1))
	approval := func(s *group.Settings) { s.Join = group.JoinApproval }
	reviewed := func(s *group.Settings) { s.Review.All = true }
	cooling := func(s *group.Settings) { s.Joining.CoolDown = 1 }
	owners := []group.Request{by(lee, group.Offer, bob), by(bob, group.TakeUp, "")}
	return map[string]race{
		"ban against post":            {nil, []group.Request{joins}, bans, posts, nothingShown},
		"ban against edit":            {nil, []group.Request{joins, posts}, bans, edits, nothingShown},
		"ban against follow":          {nil, nil, bans, joins, stands(ann, group.Banned)},
		"ban against admit":           {approval, []group.Request{joins}, bans, admits, stands(ann, group.Banned)},
		"ban against approve":         {reviewed, []group.Request{joins, posts}, bans, approves, nothingShown},
		"ban against take-up":         {nil, []group.Request{joins, by(lee, group.Offer, ann)}, bans, by(ann, group.TakeUp, ""), hasOwner},
		"demote against remove":       {nil, []group.Request{joins, posts, appoints}, by(lee, group.Dismiss, bob), by(bob, group.Remove, post1), ordinary(bob)},
		"demote against ban":          {nil, []group.Request{joins, appoints}, by(lee, group.Dismiss, bob), by(bob, group.Ban, ann), ordinary(bob)},
		"demote against appoint":      {nil, []group.Request{joins, appoints}, by(lee, group.Dismiss, bob), by(bob, group.Appoint, ann), ordinary(bob)},
		"approve against edit":        {reviewed, []group.Request{joins, posts}, approves, edits, newWordsUnseen},
		"refuse against edit":         {reviewed, []group.Request{joins, posts}, refuses, edits, nothingShown},
		"approve against refuse":      {reviewed, []group.Request{joins, posts}, approves, refuses, nothingWaits},
		"approve against delete":      {reviewed, []group.Request{joins, posts}, approves, by(ann, group.Delete, post1), nothingShown},
		"approve against removal":     {reviewed, []group.Request{joins, posts}, approves, by(lee, group.Remove, post1), nothingShown},
		"remove against edit":         {nil, []group.Request{joins, posts}, by(lee, group.Remove, post1), edits, nothingShown},
		"leave against admit":         {approval, []group.Request{joins}, admits, by(ann, group.Unfollow, ""), stands(ann, group.Left)},
		"admit against turn-down":     {approval, []group.Request{joins}, admits, by(lee, group.TurnDown, ann), decided(ann)},
		"expel against leave":         {cooling, []group.Request{joins}, by(lee, group.Expel, ann), by(ann, group.Unfollow, ""), stands(ann, group.Left)},
		"two owners step down":        {nil, owners, by(lee, group.Dismiss, lee), by(bob, group.Dismiss, bob), hasOwner},
		"one steps down, one leaves":  {nil, owners, by(lee, group.Dismiss, lee), by(bob, group.Leave, ""), hasOwner},
		"owners dismiss each other":   {nil, owners, by(lee, group.Dismiss, bob), by(bob, group.Dismiss, lee), hasOwner},
		"pause against post":          {nil, []group.Request{joins}, by(lee, group.Pause, ""), posts, func(*testing.T, *Store) {}},
		"invitation taken and undone": {func(s *group.Settings) { s.Join = group.JoinInvite }, []group.Request{by(lee, group.Invite, ann)}, by(lee, group.Uninvite, ann), joins, decided(ann)},
	}
}

// However two requests meet, the group ends as if one had come after the other, and whatever comes twice changes nothing.
func TestRaces(t *testing.T) {
	for name, r := range races() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			serial := map[string]bool{}
			for _, order := range [][]group.Request{{r.a, r.b}, {r.b, r.a}} {
				s := r.begin(t)
				for _, q := range order {
					apply(t, s, q)
				}
				r.honoured(t, s)
				once := fingerprint(t, s)
				apply(t, s, order[1])
				if twice := fingerprint(t, s); twice != once {
					t.Errorf("%s came twice:\n%s\nthen\n%s", order[1].Kind, once, twice)
				}
				serial[once] = true
			}
			for range 3 {
				s := r.begin(t)
				var wg sync.WaitGroup
				for _, q := range []group.Request{r.a, r.b} {
					q.At = at()
					wg.Go(func() {
						if _, err := s.Apply(t.Context(), q, 0); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				r.honoured(t, s)
				if got := fingerprint(t, s); !serial[got] {
					t.Errorf("ends as no order of the two would:\n%s", got)
				}
			}
		})
	}
}

func (r race) begin(t *testing.T) *Store {
	t.Helper()
	return r.beginAt(t, at)
}

func (r race) beginAt(t *testing.T, now func() time.Time) *Store {
	t.Helper()
	s := foundedAt(t, now)
	if err := s.SaveActor(t.Context(), Actor{URI: bob, Inbox: bob + "/inbox", Fetched: at()}); err != nil {
		t.Fatal(err)
	}
	if r.settings != nil {
		g, err := s.Group(t.Context(), "books")
		if err != nil {
			t.Fatal(err)
		}
		r.settings(&g.Settings)
		if err := s.EditGroup(t.Context(), g, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range r.before {
		apply(t, s, q)
	}
	return s
}

// fingerprint is everything a group is to people: who belongs to it, what it shows, what waits, and what was told.
func fingerprint(t *testing.T, s *Store) string {
	t.Helper()
	var out []string
	for _, query := range []string{
		`SELECT a.uri || ' is ' || m.state || ' ' || m.role || ' ' || m.follows || ' ' || m.follow || ' ' || m.until || ' ' || m.approved
			FROM memberships m JOIN actors a ON a.id = m.actor_id ORDER BY 1`,
		`SELECT uri || ' is ' || state || ': ' || html FROM posts ORDER BY 1`,
		`SELECT 'version ' || version || ' ' || state FROM held ORDER BY 1`,
		`SELECT 'offer of ' || kind FROM offers ORDER BY 1`,
		`SELECT 'told ' || uri || CASE cancelled WHEN 0 THEN '' ELSE ', taken back' END FROM outbox ORDER BY 1`,
		`SELECT 'wrote ' || uri FROM direct ORDER BY 1`,
		`SELECT 'paused ' || paused FROM groups`,
	} {
		rows, err := s.read.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			out = append(out, line)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return strings.Join(out, "\n")
}

func wantNone(t *testing.T, s *Store, what, query string, args ...any) {
	t.Helper()
	if n := scalar(t, s, query, args...); n != "0" {
		t.Errorf("%s: %s", what, n)
	}
}

func nothingShown(t *testing.T, s *Store) {
	t.Helper()
	wantNone(t, s, "posts that are shown", `SELECT COUNT(*) FROM posts WHERE state = 'visible'`)
	wantNone(t, s, "boosts that are not taken back", `SELECT COUNT(*) FROM outbox WHERE form = 'boost' AND cancels = 0 AND cancelled = 0`)
}

func newWordsUnseen(t *testing.T, s *Store) {
	t.Helper()
	wantNone(t, s, "words that nobody has seen are shown", `SELECT COUNT(*) FROM posts WHERE state = 'visible' AND html = 'new words'`)
	wantNone(t, s, "words that nobody has seen are told", `SELECT COUNT(*) FROM outbox WHERE uri LIKE '%new words%'`)
}

func nothingWaits(t *testing.T, s *Store) {
	t.Helper()
	wantNone(t, s, "versions that wait", `SELECT COUNT(*) FROM held WHERE state = 'waiting'`)
	wantNone(t, s, "posts that wait", `SELECT COUNT(*) FROM posts WHERE state = 'held'`)
}

func standing(t *testing.T, s *Store, person string) string {
	t.Helper()
	return scalar(t, s, `SELECT COALESCE((SELECT m.state || ' ' || m.role || ' ' || m.follows FROM memberships m
		JOIN actors a ON a.id = m.actor_id WHERE a.uri = $1), '')`, person)
}

func stands(person string, state group.Membership) func(*testing.T, *Store) {
	return func(t *testing.T, s *Store) {
		t.Helper()
		if got, want := standing(t, s, person), fmt.Sprintf("%s member 0", state); got != want {
			t.Errorf("%s is %q, want %q", person, got, want)
		}
	}
}

func ordinary(person string) func(*testing.T, *Store) {
	return func(t *testing.T, s *Store) {
		t.Helper()
		if got := standing(t, s, person); !strings.HasPrefix(got, "member member") {
			t.Errorf("%s is %q", person, got)
		}
	}
}

func decided(person string) func(*testing.T, *Store) {
	return func(t *testing.T, s *Store) {
		t.Helper()
		if got := standing(t, s, person); strings.HasPrefix(got, "pending") {
			t.Errorf("%s is %q", person, got)
		}
	}
}

func hasOwner(t *testing.T, s *Store) {
	t.Helper()
	if n := scalar(t, s, `SELECT COUNT(*) FROM memberships WHERE role = 'owner' AND state = 'member'`); n == "0" {
		t.Error("nobody owns the group")
	}
}

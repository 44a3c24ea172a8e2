package fedtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// software lists the forums that are played here.
func software() map[string]fedtest.Software {
	return map[string]fedtest.Software{
		"lemmy019": fedtest.Lemmy019(), "lemmy1": fedtest.Lemmy1(), "piefed": fedtest.PieFed(), "mbin": fedtest.Mbin(),
	}
}

// onEach plays a scenario with each kind of forum, whose people are Max and Mia; Max follows the book club. On Mastodon Ann and
// Bob do.
func onEach(t *testing.T, scenario func(w *world, f *fedtest.Forum, p *fedtest.Peer)) {
	for name, runs := range software() {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.mastodon()
				scenario(w, w.subscriber(runs, name+".example"), p)
			})
		})
	}
}

// forum attaches a forum with the named people.
func (w *world) forum(runs fedtest.Software, host string, people ...string) *fedtest.Forum {
	f := fedtest.NewForum("https://"+host, runs, w.http, time.Now)
	for _, name := range people {
		f.AddUser(name, keys().users[w.made%len(keys().users)])
		w.made++
	}
	w.net.Attach(host, f)
	w.forums = append(w.forums, f)
	return f
}

// subscriber is a forum with Max, who follows the book club, and Mia.
func (w *world) subscriber(runs fedtest.Software, host string) *fedtest.Forum {
	w.t.Helper()
	f := w.forum(runs, host, "max", "mia")
	w.subscribe(f, "max", books)
	return f
}

func (w *world) subscribe(f *fedtest.Forum, name, community string) object {
	w.t.Helper()
	a, err := f.Subscribe(w.ctx, name, community)
	return w.did(a, err)
}

// community opens a community at a forum, moderated by Max.
func (w *world) community(f *fedtest.Forum, name string) string {
	return f.AddCommunity(name, keys().users[0], "max")
}

// did waits until what somebody did has had its effect.
func (w *world) did(a object, err error) object {
	w.t.Helper()
	w.must(err)
	w.settle()
	return a
}

// wrote is did for posts.
func (w *world) wrote(uri string, _ object, err error) string {
	w.t.Helper()
	w.must(err)
	w.settle()
	return uri
}

// posts opens a thread in the book club.
func (w *world) posts(f *fedtest.Forum, name, title string) string {
	w.t.Helper()
	return w.wrote(f.Post(w.ctx, name, books, fedtest.Entry{Title: title, Text: "words"}))
}

// handmade is an activity that a forum would not write, or not now.
func (w *world) handmade(f *fedtest.Forum, name, kind string, about any) object {
	w.made++
	return object{
		"id": fmt.Sprintf("%s/activities/handmade/%d", f.Origin, w.made), "type": kind, "actor": f.Actor(name), "object": about,
		"to": []string{books, asPublic}, "cc": []string{books},
	}
}

// wantNothingRefused fails for whatever this server sent and a forum could not take.
func (w *world) wantNothingRefused() {
	w.t.Helper()
	for _, f := range w.forums {
		for _, err := range f.Refused() {
			w.t.Errorf("%s", err)
		}
	}
}

// operate does as whoever runs the server.
func (w *world) operate(act federation.Act) group.Decision {
	w.t.Helper()
	d, err := w.fed.Moderate(w.ctx, "books", act)
	w.must(err)
	w.settle()
	if d.Verdict != group.Accepted {
		w.t.Errorf("%s: %s (%s)", act.Kind, d.Verdict, d.Reason)
	}
	return d
}

// appoint makes somebody a moderator of the book club.
func (w *world) appoint(person string) {
	w.operate(federation.Act{Kind: group.Appoint, Target: person})
}

// sees asks each forum whether a post looks as it should there.
func (w *world) sees(what, post string, holds func(fedtest.View) bool, forums ...*fedtest.Forum) {
	w.t.Helper()
	for _, f := range forums {
		if v, ok := f.Sees(post); !ok || !holds(v) {
			w.t.Errorf("%s: not %s: %+v (known: %v)", f.Origin, what, v, ok)
		}
	}
}

func shown(v fedtest.View) bool   { return !v.Removed && !v.Deleted }
func removed(v fedtest.View) bool { return v.Removed }
func deleted(v fedtest.View) bool { return v.Deleted }
func locked(v fedtest.View) bool  { return v.Locked }
func pinned(v fedtest.View) bool  { return v.Pinned }

func votes(up, down int) func(fedtest.View) bool {
	return func(v fedtest.View) bool { return v.Up == up && v.Down == down }
}

func says(text string) func(fedtest.View) bool {
	return func(v fedtest.View) bool { return strings.Contains(v.Text, text) }
}

// filed is a post as this server has it; the zero value if it has none.
func (w *world) filed(in, uri string) store.Post {
	w.t.Helper()
	threads, err := w.store.Threads(w.ctx, in, 0, 100)
	w.must(err)
	for _, t := range threads {
		posts, err := w.store.Thread(w.ctx, in, t.ID)
		w.must(err)
		for _, p := range posts {
			if p.URI == uri {
				return p
			}
		}
	}
	return store.Post{}
}

// wantShown compares what a group shows, threads and comments, with what it should.
func (w *world) wantShown(in string, want ...string) {
	w.t.Helper()
	var got []string
	threads, err := w.store.Threads(w.ctx, in, 0, 100)
	w.must(err)
	for _, t := range threads {
		posts, err := w.store.Thread(w.ctx, in, t.ID)
		w.must(err)
		for _, p := range posts {
			if p.State == group.Visible {
				got = append(got, p.URI)
			}
		}
	}
	slices.Sort(got)
	if want = slices.Sorted(slices.Values(want)); !slices.Equal(got, want) {
		w.t.Errorf("%s shows\n\t%q, want\n\t%q", in, got, want)
	}
}

// wantSaid compares how many activities of a type were announced to a forum.
func (w *world) wantSaid(f *fedtest.Forum, kind string, want int) {
	w.t.Helper()
	if got := len(f.Said(kind)); got != want {
		w.t.Errorf("%d of type %s were announced to %s, want %d", got, kind, f.Origin, want)
	}
}

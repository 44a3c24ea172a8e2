//go:build interop

package interop

import (
	"net/http"
	"slices"
	"testing"
)

// Fedify checks every proof (FEP-8b32) of what Folkmoot says and shows.
func TestProofs(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := l.addPeer("") // gets boosts and wraps
	l.found(p.handle("ann"))
	p.follow("ann")
	p.follow("bob")
	post := p.post("ann", "Proven?", "")
	p.awaits("a boost", isBoost(post))
	p.do("remove", object{"as": "ann", "post": post, "group": p.group})
	p.awaits("its end", isUndo(post))
	l.editTitle("Book club: proven")
	var got []struct {
		ID, Type string
		Proven   bool
	}
	kinds := func() (kinds []string) {
		p.must(p.ask("proven", object{}, &got))
		for _, a := range got {
			kinds = append(kinds, a.Type)
		}
		return kinds
	}
	l.eventually("the Update", func() bool { return slices.Contains(kinds(), "Update") })
	for _, a := range got {
		if !a.Proven {
			t.Errorf("Fedify does not believe the %s %s", a.Type, a.ID)
		}
	}
	for _, kind := range []string{"Accept", "Announce", "Undo", "Update"} {
		if !slices.Contains(kinds(), kind) {
			t.Errorf("no %s among %v", kind, kinds())
		}
	}
	for _, id := range []string{l.group, l.origin + "/actor", l.origin + "/moderation"} {
		if by, _ := p.do("provenDocument", object{"as": "ann", "url": id})["by"].([]any); !slices.Equal(by, []any{id}) {
			t.Errorf("%s is proven by %v", id, by)
		}
	}
}

// Bob passes on what Ann wrote, which her server shows to nobody: the proof that Fedify made is all there is to believe.
func TestProofsOfFedify(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := l.addPeer("hollo")
	l.found(p.handle("ann"))
	p.follow("ann")
	passOn := func(text string, spoil bool) {
		answer := p.do("passOn", object{"by": "bob", "author": "ann", "text": text, "group": p.group, "spoil": spoil})
		if answer["status"] != float64(http.StatusAccepted) || answer["proof"] == nil {
			t.Errorf("passed on: %v", answer)
		}
	}
	passOn("Not quite what she said", true)
	passOn("What she said", false)
	l.eventually("a thread", func() bool { return l.counts().Threads > 0 })
	threads, err := l.store.Threads(t.Context(), "books", 0, 10)
	l.must(err)
	if len(threads) != 1 || threads[0].HTML != "<p>What she said</p>" {
		t.Errorf("the threads are %+v", threads)
	}
}

// editTitle has the group change what it says of itself.
func (l *lab) editTitle(title string) {
	l.t.Helper()
	g, err := l.store.Group(l.t.Context(), "books")
	l.must(err)
	g.Title = title
	l.must(l.fed.EditGroup(l.t.Context(), g))
}

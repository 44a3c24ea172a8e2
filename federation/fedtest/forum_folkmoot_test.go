package fedtest_test

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

const readers = "https://moot.example/g/readers"

// another runs a second server of this kind, with the group readers, until the scenario ends.
func (w *world) another() *world {
	w.t.Helper()
	o := &world{t: w.t, ctx: w.ctx, net: w.net, dir: w.t.TempDir(), http: w.http}
	var err error
	origin := "https://moot.example"
	o.store, err = store.Open(store.Options{Path: filepath.Join(o.dir, "moot.db"), Origin: origin, Encode: federation.NewEncoder(origin)})
	w.must(err)
	_, err = o.store.ServerKeys(w.ctx, func() ([]byte, error) { return keys().server, nil })
	w.must(err)
	o.fed, err = federation.New(w.ctx, federation.Options{
		Store: o.store, Origin: origin, Version: "test", Client: federation.ClientOptions{Transport: w.net, Timeout: 10 * time.Second},
	})
	w.must(err)
	w.net.Attach("moot.example", o.fed.Handler(http.NotFoundHandler()))
	o.found(readers)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = o.fed.Run(ctx); close(done) }()
	stop := w.stop
	w.stop = func() {
		stop()
		cancel()
		<-done
		w.must(o.store.Close())
	}
	return o
}

// Two groups of this software on two servers follow each other.
func TestFolkmootFollowsFolkmoot(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		o := w.another()
		w.follow(p, "max", readers)
		lemmy := w.subscriber(fedtest.Lemmy1(), "lemmy.example")
		w.subscribe(lemmy, "mia", readers)
		for _, d := range []group.Decision{o.takes("readers", books, true), w.takes("books", readers, true)} {
			if d.Reason != group.ReasonSubscribed {
				t.Fatalf("%s", d.Reason)
			}
		}
		w.later(time.Hour)
		thread := w.publish(p, "ann", mention("Here and there"))
		comment := w.publish(p, "bob", reply(thread))
		w.act(p, "bob", "Like", thread)
		there := w.wrote(lemmy.Post(w.ctx, "mia", readers, fedtest.Entry{Title: "There and here", Text: "words"}))
		w.later(48 * time.Hour)
		w.wantShown("books", thread, comment, there)
		o.wantShown("readers", thread, comment, there)
		w.wantHome(p, "bob", thread, there)
		w.wantHome(p, "max", thread, there)
		if likes := o.filed("readers", thread).Likes; likes != 1 {
			t.Errorf("%d likes are counted there", likes)
		}

		w.later(time.Hour)
		w.must(p.Edit(w.ctx, "bob", books, comment, "better"))
		w.settle()
		w.must(p.Delete(w.ctx, "ann", books, thread))
		w.did(lemmy.Delete(w.ctx, "mia", there))
		w.wantShown("books")
		o.wantShown("readers")
		w.wantHome(p, "bob")
		w.wantHome(p, "max")
		w.takes("books", readers, false)
		w.later(48 * time.Hour)
		if all := len(w.net.Log()); all > 300 {
			t.Errorf("%d requests", all)
		}
	})
}

package fedtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
)

// A server that reads RFC 9421 alone (Bonfire, some made with Fedify) gets everything, and after the first time nothing else.
func TestServersThatReadRFC9421Only(t *testing.T) { // gotcha 35
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.peer("far.example", "mastodon", "eve")
		far.Newer()
		w.follow(far, "eve", books)
		w.settle()
		if !far.Follows("eve", books) {
			t.Fatal("the Accept did not arrive")
		}
		before := w.net.Count(http.MethodPost, "far.example", "")
		thread := w.publish(p, "ann", mention("one"))
		w.must(p.Delete(w.ctx, "ann", books, thread))
		w.settle()
		w.wantArrived(far, "Undo", 1)
		if got := w.net.Count(http.MethodPost, "far.example", "") - before; got != 2 {
			t.Errorf("%d requests for two activities", got)
		}
	})
}

// A server that reads draft-cavage alone answers RFC 9421 with 401. After a refusal that must not look like trouble that passes:
// everything behind would wait.
func TestServersThatReadCavageOnly(t *testing.T) { // gotcha 24
	for _, b := range []fedtest.Brand{fedtest.GoToSocial(), fedtest.Misskey(), fedtest.NodeBB()} {
		t.Run(b.Name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, far := w.mastodon(), w.brand(b, "far.example")
				refusing := true
				w.net.Attach("far.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Signature-Input") == "" && refusing && r.Method == http.MethodPost {
						rw.WriteHeader(http.StatusBadRequest)
						return
					}
					far.ServeHTTP(rw, r)
				}))
				before := w.net.Count(http.MethodPost, "far.example", "")
				w.publish(p, "ann", mention("refused"))
				w.later(time.Hour)
				if got := w.net.Count(http.MethodPost, "far.example", "") - before; got > 2 {
					t.Errorf("%d requests for an activity that was refused, want one by each scheme at most", got)
				}
				refusing = false
				thread := w.publish(p, "ann", mention("the next"))
				w.wantHome(far, "eve", thread)
			})
		})
	}
}

// A host that nothing is known of refuses the first activity and cannot read the other scheme: it has refused the activity.
func TestFirstActivityIsRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.peer("far.example", "mastodon", "eve")
		refusing := true
		w.net.Attach("far.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Signature-Input") == "" && refusing && r.Method == http.MethodPost {
				rw.WriteHeader(http.StatusBadRequest)
				return
			}
			far.ServeHTTP(rw, r)
		}))
		w.follow(far, "eve", books)
		w.later(time.Hour)
		if got := w.net.Count(http.MethodPost, "far.example", ""); got != 2 {
			t.Errorf("%d requests for an activity that was refused, want one by each scheme", got)
		}
		refusing = false
		w.follow(far, "eve", books)
		w.settle()
		thread := w.publish(p, "ann", mention("nothing waits"))
		w.wantHome(far, "eve", thread)
	})
}

// Each try is signed anew: Misskey, Friendica and Smithereen take nothing that is five minutes old.
func TestEachTryIsSignedAnew(t *testing.T) { // gotcha 22
	for _, b := range []fedtest.Brand{fedtest.Misskey(), fedtest.Friendica(), fedtest.NodeBB()} {
		t.Run(b.Name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, far := w.mastodon(), w.brand(b, "far.example")
				w.net.Set("far.example", fedtest.Broken)
				thread := w.publish(p, "ann", mention("later"))
				w.later(5 * time.Hour)
				w.net.Set("far.example", fedtest.Fine)
				w.later(24 * time.Hour)
				w.wantHome(far, "eve", thread)
			})
		})
	}
}

// The signature names its key first and its algorithm, without blanks after commas; the digest is named in capitals.
func TestWhatSignaturesLookLike(t *testing.T) { // gotcha 18, gotcha 21, gotcha 23
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.peer("far.example", "mastodon", "eve")
		var seen []http.Header
		w.net.Attach("far.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				seen = append(seen, r.Header.Clone())
			}
			far.ServeHTTP(rw, r)
		}))
		w.follow(far, "eve", books)
		w.settle()
		w.publish(p, "ann", mention("look"))
		for _, h := range seen {
			signature, digest := h.Get("Signature"), h.Get("Digest")
			if !strings.HasPrefix(signature, `keyId="`+books+`#main-key",algorithm="rsa-sha256",`) || strings.Contains(signature, ", ") {
				t.Errorf("Signature: %s", signature)
			}
			if !strings.HasPrefix(digest, "SHA-256=") || strings.Contains(digest, ",") {
				t.Errorf("Digest: %s", digest)
			}
			if got := h.Get("Content-Type"); got != "application/activity+json" { // gotcha 30
				t.Errorf("Content-Type: %s", got)
			}
		}
		if len(seen) != 2 {
			t.Errorf("%d activities", len(seen))
		}
	})
}

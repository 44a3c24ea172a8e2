package fedtest_test

import (
	"net/http"
	"strings"
	"testing"

	"folkmoot/federation/fedtest"
)

// refuseOnce has a host answer 400 to the first announced activity, as Lemmy and GoToSocial do with what they cannot take.
func (w *world) refuseOnce(host string, h http.Handler) {
	refused := false
	w.net.Attach(host, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		signedOldWay := strings.Contains(r.Header.Get("Signature"), "keyId=")
		if r.Method == http.MethodPost && signedOldWay && !refused {
			refused = true
			http.Error(rw, "no", http.StatusBadRequest)
			return
		}
		h.ServeHTTP(rw, r)
	}))
}

// A server that refuses one activity, and answers 401 to the other way of signing, gets the next one at once.
func TestRefusalHoldsUpNothing(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		w.refuseOnce(strings.TrimPrefix(f.Origin, "https://"), f)
		lost := w.publish(p, "ann", mention("is refused"))
		if _, known := f.Sees(lost); known {
			w.t.Fatal("the first was not refused")
		}
		w.sees("shown", w.publish(p, "ann", mention("is taken")), shown, f)
	})
}

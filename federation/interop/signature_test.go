//go:build interop

package interop

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Each side signs either way, and the other believes it. What a peer takes is learnt and kept: the first delivery knocks
// twice where it must, the next ones once.
func TestBothSchemesBothWays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, firstKnock, only string }{
		{"RFC 9421", rfc9421, rfc9421},
		{"draft-cavage", cavage, cavage},
		{"Fedify's own choice", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			p := l.addPeer("hollo", "FIRST_KNOCK="+c.firstKnock, "ONLY="+c.only)
			l.found(p.handle("ann"))
			p.follow("ann")
			first := p.awaits("a boost", isBoost(p.post("ann", "one", "")))
			second := p.awaits("another boost", isBoost(p.post("ann", "two", "")))
			want := orElse(c.firstKnock, rfc9421) // what the host itself used is knocked with first
			for _, r := range l.received() {
				if r.scheme != want || r.status != http.StatusAccepted {
					t.Errorf("Fedify's POST was %+v, want one signed by %s and taken", r, want)
				}
			}
			for _, id := range []string{first.ID, second.ID} {
				d := p.deliveries(id)
				if len(d) != 1 || d[0].Scheme != want || d[0].Status != http.StatusAccepted {
					t.Errorf("Folkmoot's POST of %s was %+v", id, d)
				}
			}
			accept := p.deliveries(p.those(func(a activity) bool { return a.Type == "Accept" })[0].ID)
			if len(accept) != 1 {
				t.Errorf("the first delivery took %+v, want one knock", accept)
			}
		})
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// A proxy on the way loses a signature. Folkmoot's 401 says what it wants, and Fedify does just that.
func TestChallengeIsMet(t *testing.T) {
	t.Parallel()
	for _, firstKnock := range []string{cavage, rfc9421} {
		t.Run(firstKnock, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			p := l.addPeer("hollo", "FIRST_KNOCK="+firstKnock)
			l.found(p.handle("ann"))
			l.mu.Lock()
			l.tamper = func(r *http.Request) bool {
				r.Header.Del("Signature")
				r.Header.Del("Signature-Input")
				return true
			}
			l.mu.Unlock()
			p.follow("ann")
			got := l.received()
			if len(got) != 2 || got[0].status != http.StatusUnauthorized || got[0].challenge == "" ||
				got[1].status != http.StatusAccepted || got[1].scheme != rfc9421 {
				t.Fatalf("Fedify knocked %+v", got)
			}
			asked, _, _ := strings.Cut(strings.TrimPrefix(got[0].challenge, "sig1=("), ")")
			if !strings.HasPrefix(got[1].input, "sig1=("+asked) {
				t.Errorf("asked for %s, Fedify signed %s", asked, got[1].input)
			}
		})
	}
}

// Where people are shown only to those who sign, Folkmoot signs as its own actor, which anybody may fetch.
func TestSecureModePeer(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := l.addPeer("hollo", "SECURE=1")
	l.found(p.handle("ann"))
	p.follow("bob")
	p.awaits("a boost", isBoost(p.post("ann", "What next?", "")))
	var visitors []struct{ ID, Type string }
	p.must(p.ask("visitors", object{}, &visitors))
	if len(visitors) == 0 {
		t.Error("nobody was let in")
	}
	for _, v := range visitors {
		if v.ID != l.origin+"/actor" || v.Type != "Application" {
			t.Errorf("let in was %+v", v)
		}
	}
}

// Somebody's keys are replaced and nobody is told: the next signature does not fit, and Folkmoot fetches the new key.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := l.addPeer("hollo")
	l.found(p.handle("ann"))
	p.follow("ann")
	p.awaits("a boost", isBoost(p.post("ann", "The old key", "")))
	p.do("rotate", object{"as": "ann"})
	l.received()
	if err := p.ask("post", object{"as": "ann", "text": "Too soon", "group": l.group}, &object{}); err == nil {
		t.Error("a key was fetched again within its cool-down")
	}
	for _, r := range l.received() {
		if r.status != http.StatusUnauthorized {
			t.Errorf("the new key was answered %+v at once", r)
		}
	}
	l.later(6 * time.Minute)
	p.awaits("a boost", isBoost(p.post("ann", "The new key", "")))
	if got := l.received(); len(got) != 1 {
		t.Errorf("Fedify knocked %+v", got)
	}
}

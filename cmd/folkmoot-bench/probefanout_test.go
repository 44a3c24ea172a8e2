package main

import (
	"net/http"
	"strings"
	"testing"
)

// bareBench has receivers and no program: a bare fan-out needs none.
func bareBench(t *testing.T) *bench {
	o := defaults()
	o.Scale, o.Binary = 0.002, "none"
	b, err := newBench(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.close)
	return b
}

// Every host is sent to in every round, signed as it takes it and as large as was asked. That connections are kept it checks itself.
func TestBareFanouts(t *testing.T) {
	b := bareBench(t)
	for scheme, want := range map[string]string{schemeRSA: "cavage/rsa", schemeEd: "rfc9421/ed25519"} {
		got, err := b.bareFanouts(t.Context(), scheme, 893)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != bareRounds {
			t.Fatalf("%s: %d rounds", scheme, len(got))
		}
		for i, f := range got {
			if f.hosts != b.fanoutHosts() || f.schemes[want] != f.hosts || f.rate() <= 0 {
				t.Errorf("%s, round %d: %+v", scheme, i, f)
			}
		}
		arrivals, err := b.receivers.arrivals(t.Context(), "bare")
		if err != nil {
			t.Fatal(err)
		}
		hosts := map[int]bool{}
		for _, a := range arrivals {
			hosts[a.Host] = a.Size == 893 && a.Kind == "Announce"
		}
		for n := range b.fanoutHosts() {
			if !hosts[1+n] {
				t.Errorf("%s: host %d was not sent to as it should be: %+v", scheme, 1+n, arrivals)
			}
		}
	}
}

// What is not answered 2xx is no delivery, and no rate is made of it.
func TestBareFanoutCountsOnlyWhatIsTaken(t *testing.T) {
	b := bareBench(t)
	if err := b.receivers.behave(t.Context(), manner{From: 3, To: 4, Status: http.StatusServiceUnavailable}); err != nil {
		t.Fatal(err)
	}
	if got, err := b.bareFanouts(t.Context(), schemeEd, 893); err == nil || !strings.Contains(err.Error(), "mastodon-ed-3") {
		t.Errorf("with a host that refuses: %+v, %v", got, err)
	}
}

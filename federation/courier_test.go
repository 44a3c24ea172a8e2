package federation

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/store"
)

// A block deletes what waits for people, so that the next answer may get the number of one that is on its way.
func TestTwoAnswersOfOneNumberAreTwo(t *testing.T) {
	c := newCourier(&deliverer{}, store.Due{})
	for _, uri := range []string{"accept", "reject", "reject"} {
		c.add(store.Delivery{Direct: 7, URI: uri, To: []string{"https://far.example/eve/inbox"}})
	}
	if len(c.queue) != 2 {
		t.Errorf("%d answers wait, want 2", len(c.queue))
	}
}

// meet makes far.example known, of which there is somebody and which was looked at just now.
func (r *reading) meet() store.Host {
	r.t.Helper()
	if err := r.store.SaveActor(r.t.Context(), store.Actor{URI: "https://far.example/eve", Inbox: "https://far.example/eve/inbox", Fetched: time.Now()}); err != nil {
		r.t.Fatal(err)
	}
	h, err := r.store.ChangeHost(r.t.Context(), "far.example", func(h *store.Host) { h.Checked = time.Now() })
	if err != nil {
		r.t.Fatal(err)
	}
	return h
}

// What a host took ends its failures at once, though the store may not know that yet: else the next failure would keep it waiting
// for as long as a host that was away all the time.
func TestASuccessThatIsNotNotedYetEndsFailures(t *testing.T) {
	r := newReading(t)
	ctx, h := t.Context(), r.meet()
	for range 9 {
		if err := r.store.Failed(ctx, h, store.Delivery{Direct: 1}, store.Failure{Words: "It was down."}); err != nil {
			t.Fatal(err)
		}
	}
	h, err := r.store.Host(ctx, h.Name)
	if err != nil || h.Failures != 9 {
		t.Fatalf("%d failures, %v", h.Failures, err)
	}
	d := &deliverer{Server: r.server, marker: newMarker(r.server), ahead: newAhead()}
	c := newCourier(d, store.Due{Host: h})
	c.logs[1] = &track{}
	c.finish(landing{Delivery: store.Delivery{Group: store.Group{ID: 1}, Seq: 1, URI: "boost"}, scheme: schemeCavage})
	if _, err := c.readOn(ctx); err != nil {
		t.Fatal(err)
	}
	if c.host.Failures != 0 || c.host.Ailing() {
		t.Errorf("after a success: %d failures since %v: %s", c.host.Failures, c.host.Failing, c.host.LastError)
	}
}

// Whoever waits for what is noted is hurried when no courier has more to add: one whose host failed is counted off like any other, once.
func TestACourierIsCountedOffOnce(t *testing.T) {
	r := newReading(t)
	ctx := t.Context()
	h := r.meet()
	d := &deliverer{Server: r.server, sending: ctx, marker: newMarker(r.server), ahead: newAhead()}
	for n := range 3 {
		c := newCourier(d, store.Due{Host: h})
		c.logs[1] = &track{}
		d.hurry = make(chan struct{}, 1)
		d.running.Add(1)
		c.failed = []landing{{Delivery: store.Delivery{Group: store.Group{ID: 1}, Seq: 1, URI: "boost"}, outcome: outcome{words: "It was down.", again: true}}}
		c.recover(ctx)
		c.settle()
		if running := d.running.Load(); running != 0 || len(d.hurry) != 1 {
			t.Errorf("after failure %d: %d couriers run, %d hurry, want 0 and 1", n+1, running, len(d.hurry))
		}
	}
}

// A server that begins to fail is one line for whoever looks at the log, and so is its recovery: not each try in between.
func TestTroubleIsLoggedOnceAndSoIsItsEnd(t *testing.T) {
	r := newReading(t)
	var out bytes.Buffer
	r.server.log = slog.New(slog.NewTextHandler(&out, nil))
	ctx, began := t.Context(), time.Now().Add(-time.Hour)
	h := r.meet()
	d := &deliverer{Server: r.server, sending: ctx, marker: newMarker(r.server), ahead: newAhead()}
	boost := store.Delivery{Group: store.Group{ID: 1}, Seq: 1, URI: "boost"}
	for n := range 6 {
		c := newCourier(d, store.Due{Host: h})
		c.logs[1] = &track{}
		if n%3 < 2 { // twice it fails, then it takes two
			c.failed = []landing{{Delivery: boost, outcome: outcome{words: "It was down.", again: true}}}
			c.recover(ctx)
			h.Failures, h.Failing = h.Failures+1, began
			continue
		}
		c.finish(landing{Delivery: boost, scheme: schemeCavage})
		c.finish(landing{Delivery: boost, scheme: schemeCavage})
		h = c.host
	}
	fails := `level=WARN msg="server does not take what is sent" host=far.example words="It was down."`
	again := `level=INFO msg="server takes what is sent again" host=far.example failures=2 after_seconds=3600`
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	want := []string{fails, again, fails, again}
	if !slices.EqualFunc(got, want, strings.HasSuffix) {
		t.Errorf("logged:\n%s", out.String())
	}
}

// What the log calls delivered was.
func TestTheLogSaysWhatWasNotDelivered(t *testing.T) {
	r := newReading(t)
	var out bytes.Buffer
	r.server.log = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r.server.reportOut(&store.Host{Name: "far.example"}, store.Delivery{URI: "boost"}, "")
	r.server.reportOut(&store.Host{Name: "far.example"}, store.Delivery{URI: "boost"}, "It was down.")
	got := out.String()
	for _, want := range []string{"msg=delivered host=far.example activity=boost\n", `msg="not delivered" host=far.example activity=boost failure="It was down."`} {
		if !strings.Contains(got, want) {
			t.Errorf("it logs %s, want %s", got, want)
		}
	}
}

// Whoever waits for a courier keeps its place when the store is asked again.
func TestHostsHaveTheirTurnInOrder(t *testing.T) {
	of := func(ids ...int64) (all []store.Due) {
		for _, id := range ids {
			all = append(all, store.Due{Host: store.Host{ID: id}})
		}
		return all
	}
	due := of(1, 2, 3, 4, 5)
	keepOrder(due, of(4, 6, 3))
	for i, want := range []int64{4, 3, 1, 2, 5} {
		if due[i].ID != want {
			t.Fatalf("place %d has host %d, want %d", i, due[i].ID, want)
		}
	}
}

// Hosts that took something lately come first, in order; of the others, neighbours do not all begin together. Nobody is left out.
func TestTheSurestHostsComeFirst(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, tt := range []struct {
		lately []int64
		n      int64
		want   []int64
	}{
		{nil, 0, nil},
		{nil, 1, []int64{1}},
		{nil, 3, []int64{1, 2, 3}},
		{nil, 9, []int64{1, 4, 7, 2, 5, 8, 3, 6, 9}},
		{nil, 10, []int64{1, 4, 7, 10, 2, 5, 8, 3, 6, 9}},
		{[]int64{2, 9}, 9, []int64{2, 9, 1, 4, 6, 8, 3, 5, 7}},
		{[]int64{1, 2, 3}, 3, []int64{1, 2, 3}},
	} {
		var due []store.Due
		for id := range tt.n {
			h := store.Host{ID: id + 1, LastSuccess: now.Add(-lately)}
			if slices.Contains(tt.lately, h.ID) {
				h.LastSuccess = now.Add(-lately + time.Second)
			}
			due = append(due, store.Due{Host: h})
		}
		var got []int64
		for _, h := range surestFirst(due, now) {
			got = append(got, h.ID)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%d hosts, %v sure: %v, want %v", tt.n, tt.lately, got, tt.want)
		}
	}
}

// A host that comes back and signs by Ed25519 is answered so at once: RSA is what a hundred that come back would have to wait for.
func TestAHostThatComesBackIsSpokenToAsItSigns(t *testing.T) {
	r := newReading(t)
	ctx, name := t.Context(), "far.example"
	if err := r.store.SaveActor(ctx, store.Actor{URI: "https://far.example/eve", Inbox: "https://far.example/eve/inbox", Fetched: time.Now()}); err != nil {
		t.Fatal(err)
	}
	h, err := r.store.ChangeHost(ctx, name, func(*store.Host) {})
	if err != nil {
		t.Fatal(err)
	}
	down := store.Failure{Words: "It was down.", Next: r.server.now().Add(time.Hour)}
	if err := r.store.Failed(ctx, h, store.Delivery{Direct: 1}, down); err != nil {
		t.Fatal(err)
	}
	in := httptest.NewRequestWithContext(ctx, "POST", "/inbox", nil)
	if err := r.server.hear(in, Signature{Owner: "https://far.example/eve", Scheme: schemeEdwards}); err != nil {
		t.Fatal(err)
	}
	if h, err = r.store.Host(ctx, name); err != nil || h.Scheme != schemeEdwards || !h.MayTry(r.server.now()) {
		t.Errorf("spoken to by %q, not before %v, %v", h.Scheme, h.NextTry, err)
	}
}

package federation

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"folkmoot/store"
)

// Whatever is added, however often and by however many worked on: each activity is decided once, those of one person in
// their order and one at a time, those of one site by no more workers than it may have, also where some take long or workers leave.
func TestTurns(t *testing.T) {
	const perSite, hosts, people, each = 3, 4, 5, 40
	turns := newTurns(perSite)
	var waiting []store.Received
	for n := range each {
		for h := range hosts {
			for p := range people {
				host := fmt.Sprintf("h%d.site%d.example", h, h/2)
				waiting = append(waiting, store.Received{Row: int64(len(waiting) + 1), Host: host, Signer: fmt.Sprint(host, "/", p), Attempts: n})
			}
		}
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	decided, atOnce, busy := map[string][]int{}, map[string]int{}, map[string]bool{}
	work := func(row store.Received) {
		for ok := true; ok; row, ok = turns.next(row, rand.IntN(8) > 0) {
			site := siteOf(row.Host)
			mu.Lock()
			if atOnce[site]++; atOnce[site] > perSite || busy[row.Signer] {
				t.Errorf("%d workers for %s; somebody has %s in hand already: %v", atOnce[site], site, row.Signer, busy[row.Signer])
			}
			busy[row.Signer] = true
			decided[row.Signer] = append(decided[row.Signer], row.Attempts)
			mu.Unlock()
			if rand.IntN(4) == 0 {
				turns.setAside(row)
			}
			runtime.Gosched() // the others go on meanwhile
			mu.Lock()
			waiting = slices.DeleteFunc(waiting, func(r store.Received) bool { return r.Row == row.Row })
			atOnce[site]--
			delete(busy, row.Signer)
			mu.Unlock()
		}
	}
	due := func(except []string) []store.Received { // as the store would answer
		mu.Lock()
		defer mu.Unlock()
		count := map[string]int{}
		var out []store.Received
		for _, r := range waiting {
			if count[r.Host]++; count[r.Host] <= turnBatch && !slices.Contains(except, r.Signer) {
				out = append(out, r)
			}
		}
		return out
	}
	left := func() int { mu.Lock(); defer mu.Unlock(); return len(waiting) }
	for left() > 0 {
		if except, room := turns.ask(); room {
			rows := due(except)
			if rand.IntN(2) == 0 {
				turns.add(rows) // the store may be asked twice before anything is decided
			}
			turns.add(rows)
		}
		for _, host := range turns.ready() {
			if row, ok := turns.begin(host); ok {
				wg.Go(func() { work(row) })
			}
		}
	}
	wg.Wait()
	for signer, order := range decided {
		if !slices.IsSorted(order) || len(order) != each {
			t.Errorf("%s: decided in the order %v", signer, order)
		}
	}
	if len(decided) != hosts*people || len(turns.lines)+len(turns.sites) != 0 || len(turns.known)+len(turns.slow) != 0 {
		t.Errorf("%d people, %d lines, %d sites, %d rows and %d slow ones left over", len(decided), len(turns.lines), len(turns.sites), len(turns.known), len(turns.slow))
	}
}

// All that was read of a host may be decided before it is added: there is more behind it, and nobody left who would ask for that.
func TestRowsDecidedSinceTheyWereRead(t *testing.T) {
	turns := newTurns(1)
	var read []store.Received
	for n := range turnBatch {
		read = append(read, store.Received{Row: int64(n + 1), Host: "h", Signer: fmt.Sprint(n)})
	}
	turns.ask()
	turns.add(read)
	turns.ask() // the store is asked again, and shows the same rows
	row, ok := turns.begin("h")
	for ok {
		row, ok = turns.next(row, true)
	}
	turns.ask()
	for _, r := range read {
		turns.over[r.Row] = true // they end between that and what follows
	}
	turns.add(read)
	if !turns.lacks() {
		t.Error("nobody asks for what is behind them")
	}
	turns.ask()
	turns.add(nil)
	if turns.lacks() {
		t.Error("the store is asked without end")
	}
}

// lined is what waits of one person.
func lined(host, name string, first, n int) (rows []store.Received) {
	for i := range n {
		rows = append(rows, store.Received{Row: int64(first + i), Host: host, Signer: host + "/" + name})
	}
	return rows
}

// What stands behind somebody whose activity takes long goes back to the store and takes no room. It is asked for, and comes in its
// order, when that is over.
func TestNothingIsHeldBehindWhoTakesLong(t *testing.T) {
	turns := newTurns(2)
	mine, other := lined("h", "mal", 1, 20), lined("h", "ann", 21, 2)
	turns.ask()
	turns.add(append(slices.Clone(mine), other...))
	first, _ := turns.begin("h")
	turns.setAside(first)
	if got := turns.held(); got != 2 {
		t.Errorf("%d rows take room, want the two of somebody else", got)
	}
	if except, room := turns.ask(); !room || !slices.Equal(except, []string{"h/mal"}) {
		t.Errorf("asked for all but those of %v, with room: %v", except, room)
	}
	if turns.add(mine) {
		t.Error("what was read meanwhile is taken up")
	}
	if row, ok := turns.begin("h"); !ok || row.Row != other[0].Row {
		t.Errorf("nobody else of the host has a turn: %+v", row)
	}
	if row, ok := turns.next(first, true); ok {
		t.Errorf("%+v is decided while another one of the same person is", row)
	}
	if !turns.owes() {
		t.Error("nobody asks for what went back")
	}
	if except, _ := turns.ask(); len(except) != 0 || turns.owes() {
		t.Errorf("asked for all but those of %v, and again", except)
	}
	turns.over[first.Row] = true
	turns.add(mine)
	if row, ok := turns.begin("h"); !ok || row.Row != 2 {
		t.Errorf("the next one is %+v", row)
	}
}

// What is over before it is found to take long is not set aside: nobody would ever take it back.
func TestWhatIsOverIsNotSetAside(t *testing.T) {
	turns := newTurns(1)
	turns.ask()
	turns.add(lined("h", "mal", 1, 2))
	first, _ := turns.begin("h")
	second, ok := turns.next(first, true)
	turns.setAside(first)
	if !ok || len(turns.slow) != 0 {
		t.Errorf("%v are slow", turns.slow)
	}
	turns.next(second, true)
	turns.setAside(second)
	if len(turns.slow) != 0 || len(turns.lines) != 0 || turns.held() != 0 {
		t.Errorf("%d slow, %d lines, %d rows left over", len(turns.slow), len(turns.lines), turns.held())
	}
}

// While the store holds more than is read at once it is asked on, but not without end when all of that is known.
func TestTheStoreIsNotAskedWithoutEnd(t *testing.T) {
	turns := newTurns(1)
	turns.ask()
	rows := lined("h", "ann", 1, 2)
	turns.cutOff(turns.add(rows))
	if !turns.lacks() {
		t.Error("it is not asked on, although there was news")
	}
	times := 0
	for again := true; again; again = turns.lacks() || turns.owes() {
		if times++; times > 10 {
			t.Fatal("it is asked again and again")
		}
		turns.ask()
		turns.round()
		turns.cutOff(turns.add(rows))
	}
	row, _ := turns.begin("h")
	turns.next(row, true)
	if !turns.owes() {
		t.Error("it is not asked for what it did not show, although some of what it did is over")
	}
	turns.ask()
	turns.anew()
	turns.cutOff(turns.add(rows[1:]))
	if !turns.owes() {
		t.Error("it is not asked on, although something new came")
	}
}

// A site has its places whatever its hosts are called. Where all of them are with what takes long, nothing else of the site takes room,
// and all of it is asked for when one of them is free again.
func TestASiteHasItsPlacesUnderAnyName(t *testing.T) {
	turns := newTurns(2)
	var rows []store.Received
	for i := range 4 {
		host := fmt.Sprintf("h%d.evil.example", i)
		rows = append(rows, lined(host, "mal", 10*i+1, 3)...)
	}
	rows = append(rows, lined("a.example", "ann", 100, 1)...)
	turns.ask()
	turns.add(rows)
	var begun []store.Received
	for _, host := range turns.ready() {
		if !strings.HasSuffix(host, ".evil.example") {
			continue
		}
		if row, ok := turns.begin(host); ok {
			begun = append(begun, row)
		}
	}
	if len(begun) != 2 {
		t.Fatalf("%d workers for one site", len(begun))
	}
	turns.setAside(begun[0])
	if got := turns.held(); got != 10 {
		t.Errorf("%d rows take room, want all but those of one", got)
	}
	turns.setAside(begun[1])
	if got := turns.held(); got != 1 {
		t.Errorf("%d rows take room, want one", got)
	}
	turns.ask()
	if turns.add(rows) || !slices.Equal(turns.ready(), []string{"a.example"}) {
		t.Errorf("more of the site is taken up, or others than a.example may begin: %v", turns.ready())
	}
	if _, ok := turns.next(begun[0], true); ok || !turns.owes() {
		t.Errorf("one more in the same hands: %v; asked for what went back: %v", ok, turns.owes())
	}
	turns.ask()
	turns.add(rows)
	if got := len(turns.ready()); got != 4 {
		t.Errorf("%d hosts have a turn, want all but the one that is waited for", got)
	}
	turns.next(begun[1], true)
	for hosts := turns.ready(); len(hosts) > 0; hosts = turns.ready() {
		row, _ := turns.begin(hosts[0])
		turns.next(row, false)
	}
	if len(turns.lines) != 0 || len(turns.sites) != 0 || turns.held() != 0 {
		t.Errorf("%d lines, %d sites and %d rows left over", len(turns.lines), len(turns.sites), turns.held())
	}
}

// Whose site has no worker is first, however many lines others have.
func TestWhoHasNoWorkerIsFirst(t *testing.T) {
	turns := newTurns(3)
	turns.ask()
	for i := range 20 {
		turns.add(lined(fmt.Sprintf("h%d.evil.example", i), "mal", i+1, 1))
	}
	turns.begin("h0.evil.example")
	turns.add(lined("a.example", "ann", 100, 2))
	for range 10 { // lines are in no order
		if first := turns.ready()[0]; first != "a.example" {
			t.Errorf("%s is first", first)
		}
	}
}

// Whoever has had a batch decided leaves the place to others of the site.
func TestAWorkerLeavesAfterItsBatch(t *testing.T) {
	turns := newTurns(1)
	turns.ask()
	turns.add(append(lined("a.evil.example", "mal", 1, 2), lined("b.evil.example", "mel", 3, 1)...))
	first, _ := turns.begin("a.evil.example")
	if host := turns.ready(); len(host) != 0 {
		t.Errorf("%v may begin beside the only worker", host)
	}
	if _, ok := turns.next(first, false); ok {
		t.Error("it stays")
	}
	if got := len(turns.ready()); got != 2 {
		t.Errorf("%d hosts may begin, want both", got)
	}
}

// Of one site not more is held than its part, and what could not be taken up is asked for when there is room, however little its hosts have.
func TestASiteHoldsItsPart(t *testing.T) {
	turns := newTurns(8)
	waiting := map[int64]store.Received{}
	for i := range 3 * heldOfSite {
		waiting[int64(i+1)] = lined(fmt.Sprintf("h%d.evil.example", i), "mal", i+1, 1)[0]
	}
	for looks := 0; len(waiting) > 0; looks++ {
		if looks > 20 {
			t.Fatalf("%d are undecided, and nobody asks for them", len(waiting))
		}
		turns.ask()
		turns.add(slices.Collect(maps.Values(waiting)))
		if held := turns.held(); held > heldOfSite {
			t.Fatalf("%d rows are held", held)
		}
		for turns.atWork() && !turns.owes() && !turns.lacks() {
			row, _ := turns.begin(turns.ready()[0])
			delete(waiting, row.Row)
			turns.next(row, false)
		}
		if len(waiting) > 0 && !turns.owes() && !turns.lacks() {
			t.Fatalf("%d are undecided, and nobody asks for them", len(waiting))
		}
	}
}

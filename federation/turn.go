package federation

import (
	"slices"
	"sync"

	"folkmoot/store"
)

// turns holds activities whose turn is near, a line for each host. Of one person no two are decided at once, and of one host
// no more than perHost.
type turns struct {
	mu      sync.Mutex
	perHost int
	lines   map[string]*line
	known   map[int64]bool // rows in a line or in somebody's hands
	over    map[int64]bool // rows that were decided since the store was asked last
	lacking bool           // the store may hold more for a line that grows short
	cut     bool           // the store holds more than it was asked for, perhaps of hosts that have no line
	changed chan struct{}  // of one place: there may be room, or somebody to begin with
}

// line is what waits of one host.
type line struct {
	rows    []store.Received
	busy    map[string]bool // whose activity is being decided
	workers int
	more    bool // the store may hold more
}

func newTurns(perHost int) *turns {
	return &turns{
		perHost: perHost, lines: map[string]*line{}, known: map[int64]bool{}, over: map[int64]bool{}, changed: make(chan struct{}, 1),
	}
}

// ask says whether there is room for more. Then the store is asked for rows that add takes.
func (t *turns) ask() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.over)
	t.lacking = len(t.known) >= maxQueued
	return !t.lacking
}

// atWork says whether anything is in a line or in somebody's hands.
func (t *turns) atWork() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.known) > 0
}

// lacks says whether the store is to be asked because lines have grown short.
func (t *turns) lacks() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lacking
}

// add takes up rows that are new to it. A host of which there are as many as were asked for may have more. Where some were decided since
// they were read, nobody may be left to ask for those behind them, so that the store is asked once more at once.
func (t *turns) add(rows []store.Received) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found, stale := map[string]int{}, map[string]bool{}
	for _, row := range rows {
		l := t.lines[row.Host]
		if l == nil {
			l = &line{busy: map[string]bool{}}
			t.lines[row.Host] = l
		}
		found[row.Host]++
		l.more = found[row.Host] == turnBatch
		stale[row.Host] = stale[row.Host] || t.over[row.Row]
		if !t.known[row.Row] && !t.over[row.Row] {
			t.known[row.Row] = true
			l.rows = append(l.rows, row)
		}
	}
	for host := range found {
		if t.lines[host].more && stale[host] {
			t.lacking = true
			signal(t.changed)
		}
		t.tidy(host)
	}
}

// cutOff notes that the store held more than it was asked for: it is asked again once half of what is known is decided.
func (t *turns) cutOff() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cut = true
	t.askForRest()
}

func (t *turns) askForRest() {
	if t.cut && len(t.known) < maxQueued/2 {
		t.cut, t.lacking = false, true
		signal(t.changed)
	}
}

// tidy forgets a line in which nobody is.
func (t *turns) tidy(host string) {
	if l := t.lines[host]; l != nil && l.workers == 0 && len(l.rows) == 0 {
		delete(t.lines, host)
	}
}

// ready lists the hosts for which one more worker has something to do.
func (t *turns) ready() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for host, l := range t.lines {
		if l.workers < t.perHost && l.first() >= 0 {
			out = append(out, host)
		}
	}
	return out
}

// first is the place in the line of the first activity of somebody of whom none is being decided, -1 if there is none.
func (l *line) first() int {
	return slices.IndexFunc(l.rows, func(r store.Received) bool { return !l.busy[r.Signer] })
}

// begin gives a new worker of a host its first activity.
func (t *turns) begin(host string) (store.Received, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[host]
	if l == nil || l.workers >= t.perHost {
		return store.Received{}, false
	}
	row, ok := l.take()
	if ok {
		l.workers++
	}
	return row, ok
}

func (l *line) take() (store.Received, bool) {
	i := l.first()
	if i < 0 {
		return store.Received{}, false
	}
	row := l.rows[i]
	l.rows = slices.Delete(l.rows, i, i+1)
	l.busy[row.Signer] = true
	return row, true
}

// next ends the work on an activity and gives the next one of the host. The worker leaves when there is none.
func (t *turns) next(done store.Received) (store.Received, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[done.Host]
	delete(t.known, done.Row)
	t.over[done.Row] = true
	delete(l.busy, done.Signer)
	row, ok := l.take()
	if !ok {
		l.workers--
	}
	if l.more && len(l.rows) < turnBatch/2 {
		l.more, t.lacking = false, true
		signal(t.changed)
	}
	t.askForRest()
	t.tidy(done.Host)
	return row, ok
}

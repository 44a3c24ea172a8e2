package federation

import (
	"maps"
	"slices"
	"sync"

	"folkmoot/store"
)

// turns holds activities whose turn is near, a line for each host. Of one person no two are decided at once, and of one site
// no more than perSite. What waits behind somebody whose activity takes long is left to the store, and so is what a site sent that has no
// place left but for such: whoever sends what hangs would else fill all the room there is, and nobody else's activities would be read.
type turns struct {
	mu      sync.Mutex
	perSite int
	lines   map[string]*line
	sites   map[string]*site // those that have a line
	known   map[int64]bool   // rows in a line or in somebody's hands
	over    map[int64]bool   // rows that were decided since the store was asked last
	slow    map[string]bool  // whose activity takes long: nothing else of theirs is known
	lacking bool             // the store may hold more for a line that grows short
	later   bool             // the store may hold more, and is asked once it was left alone for a while
	cut     bool             // the store holds more than it was asked for, perhaps of hosts that have no line
	hidden  bool             // and nothing but what is known was found before it
	rounds  int              // how often all hosts have had their turn since there was anything new to find
	changed chan struct{}    // of one place: there may be room, or somebody to begin with
}

// line is what waits of one host.
type line struct {
	site *site
	rows []store.Received
	busy map[string]int64 // the activity of each person that is being decided, by a worker of its own
	more bool             // the store may hold more
}

// site is all hosts that one person or company may have as many of as they like.
type site struct {
	name    string
	lines   int
	held    int // rows in its lines and in the hands of its workers
	workers int
	slow    int  // how many of these have an activity that takes long
	short   bool // the store held more than it may have in its lines
}

func newTurns(perSite int) *turns {
	return &turns{
		perSite: perSite, lines: map[string]*line{}, sites: map[string]*site{}, known: map[int64]bool{}, over: map[int64]bool{}, slow: map[string]bool{},
		changed: make(chan struct{}, 1),
	}
}

// ask says whether there is room for more. Then the store is asked for rows that add takes, but of nobody in except.
func (t *turns) ask() (except []string, room bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.over)
	t.lacking = !t.hasRoom(maxRead)
	if t.lacking {
		return nil, false
	}
	t.later = false
	return slices.Collect(maps.Keys(t.slow)), true
}

// held is how many rows take room: all but those that take long, of which there are never more than workers.
func (t *turns) held() int { return len(t.known) - len(t.slow) }

// hasRoom says whether more may be held, of which few is so many. More than that is, where nobody could begin with any of it: what is held
// is read again with each look at the store, and not worth that while there is enough to do.
func (t *turns) hasRoom(few int) bool {
	held := t.held()
	return held < few || held < maxHeld && t.idles()
}

// idles says whether a worker more could begin nothing.
func (t *turns) idles() bool {
	for _, l := range t.lines {
		if t.isReady(l) {
			return false
		}
	}
	return true
}

// isReady says whether one more worker has something to do in a line.
func (t *turns) isReady(l *line) bool { return l.site.workers < t.perSite && l.first() >= 0 }

// isStuck says whether a site has no place left but for activities that take long.
func (t *turns) isStuck(s *site) bool { return s.slow >= t.perSite }

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

// owes says whether the store is to be asked because it was not to be asked at once.
func (t *turns) owes() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.later && t.hasRoom(maxRead)
}

// anew notes that something may be due at any host.
func (t *turns) anew() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rounds = 0
}

// round notes that all hosts have had their turn.
func (t *turns) round() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rounds++
}

// add takes up rows that are new to it, and says whether there were any. A host of which there are as many as were asked for may have
// more. Where some were decided since they were read, nobody may be left to ask for those behind them, so that the store is asked once
// more at once.
func (t *turns) add(rows []store.Received) (news bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found, stale := map[string]int{}, map[string]bool{}
	for _, row := range rows {
		l := t.lineOf(row.Host)
		found[row.Host]++
		l.more = found[row.Host] == turnBatch
		stale[row.Host] = stale[row.Host] || t.over[row.Row]
		if t.known[row.Row] || t.over[row.Row] || t.slow[row.Signer] || t.isStuck(l.site) {
			continue
		}
		if l.site.held >= heldOfSite {
			l.site.short = true
			continue
		}
		t.known[row.Row], news = true, true
		l.site.held++
		l.rows = append(l.rows, row)
	}
	for host := range found {
		if t.lines[host].more && stale[host] {
			t.lacking, t.rounds = true, 0
			signal(t.changed)
		}
		t.tidy(host)
	}
	return news
}

// lineOf is the line of a host, a new one if there is none.
func (t *turns) lineOf(host string) *line {
	l := t.lines[host]
	if l != nil {
		return l
	}
	name := siteOf(host)
	if t.sites[name] == nil {
		t.sites[name] = &site{name: name}
	}
	l = &line{site: t.sites[name], busy: map[string]int64{}}
	l.site.lines++
	t.lines[host] = l
	return l
}

// cutOff notes that the store held more than it was asked for: it is asked again once there is room for much more. If what it held is
// known it is not asked at once, and no more when all hosts were read without news: when something of that is over it is asked again.
func (t *turns) cutOff(news bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case news:
		t.cut, t.rounds = true, 0
		t.askForRest()
	case t.rounds < 2 || len(t.over) > 0: // the first began anywhere
		t.askLater()
	default:
		t.hidden = true
	}
}

// askLater has the store asked after a rest: how often, others must not be able to choose.
func (t *turns) askLater() {
	t.later = true
	signal(t.changed)
}

// askAnew does so because any host may have more by now.
func (t *turns) askAnew() {
	t.rounds = 0
	t.askLater()
}

func (t *turns) askForRest() {
	if t.cut && t.hasRoom(maxRead/2) {
		t.cut, t.lacking = false, true
		signal(t.changed)
	}
}

// tidy forgets a line in which nobody is.
func (t *turns) tidy(host string) {
	l := t.lines[host]
	if l == nil || len(l.busy) > 0 || len(l.rows) > 0 {
		return
	}
	delete(t.lines, host)
	if l.site.lines--; l.site.lines == 0 {
		delete(t.sites, l.site.name)
	}
}

// ready lists the hosts for which one more worker has something to do, those of sites that have none first: whoever has thousands of names
// would else be chosen nearly always.
func (t *turns) ready() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var first, others []string
	for host, l := range t.lines {
		switch {
		case !t.isReady(l):
		case l.site.workers == 0:
			first = append(first, host)
		default:
			others = append(others, host)
		}
	}
	return append(first, others...)
}

// first is the place in the line of the first activity of somebody of whom none is being decided, -1 if there is none.
func (l *line) first() int {
	return slices.IndexFunc(l.rows, func(r store.Received) bool { return l.busy[r.Signer] == 0 })
}

// begin gives a new worker of a host its first activity.
func (t *turns) begin(host string) (store.Received, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[host]
	if l == nil || !t.isReady(l) {
		return store.Received{}, false
	}
	row, ok := l.take()
	if ok {
		l.site.workers++
		t.askForRest()
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
	l.busy[row.Signer] = row.Row
	return row, true
}

// setAside notes that an activity takes long, if it is not over yet. What waits behind it goes back to the store.
func (t *turns) setAside(row store.Received) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[row.Host]
	if l == nil || l.busy[row.Signer] != row.Row || t.slow[row.Signer] {
		return
	}
	t.slow[row.Signer] = true
	l.site.slow++
	for host, other := range t.lines {
		if other == l || other.site == l.site && t.isStuck(l.site) {
			t.giveBack(other, row.Signer)
			t.tidy(host)
		}
	}
	t.askForRest()
	if l.more || t.lacking || t.isStuck(l.site) { // others stand behind what went back, or there was no room
		t.askAnew()
	}
}

// giveBack leaves what waits in a line to the store: what is behind somebody, or all of it if there is no place for it.
func (t *turns) giveBack(l *line, behind string) {
	l.rows = slices.DeleteFunc(l.rows, func(r store.Received) bool {
		back := r.Signer == behind || t.isStuck(l.site)
		if back {
			delete(t.known, r.Row)
			l.site.held--
		}
		return back
	})
}

// hides says whether the store may hold more than it seemed: what stands behind the slow ones of a site it does not show, and of what it
// shows not all could be taken up.
func (t *turns) hides(of *site) bool {
	hides := of.slow > 0 || t.hidden || of.short && of.held < heldOfSite/2
	if hides {
		t.hidden, of.short = false, false
	}
	return hides
}

// next ends the work on an activity and gives the next one of the host. The worker leaves when there is none, or is not to stay.
func (t *turns) next(done store.Received, stay bool) (next store.Received, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[done.Host]
	delete(t.known, done.Row)
	t.over[done.Row] = true
	delete(l.busy, done.Signer)
	l.site.held--
	if t.hides(l.site) {
		t.askAnew()
	}
	if t.slow[done.Signer] {
		delete(t.slow, done.Signer)
		l.site.slow--
	}
	if stay {
		next, ok = l.take()
	}
	if !ok {
		l.site.workers--
	}
	if l.more && !l.site.short && len(l.rows) < turnBatch/2 {
		l.more, t.lacking, t.rounds = false, true, 0
		signal(t.changed)
	}
	t.askForRest()
	t.tidy(done.Host)
	return next, ok
}

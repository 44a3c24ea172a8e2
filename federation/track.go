package federation

import (
	"cmp"
	"slices"
	"sync"

	"folkmoot/store"
)

// track is how far a host has come in the log of one group. The cursor, which is durable, stays before the first activity that
// is not over; what is over beyond it is kept in memory alone.
type track struct {
	rows   []logRow       // read and not before the cursor, in order
	cursor int64          // everything up to here is over, 0 for where it was
	end    int64          // up to here the log is read
	tried  int64          // nothing beyond was ever sent to the host
	told   bool           // there is nothing new to note
	had    map[int64]bool // over since an earlier time, when something before failed
	begun  map[int64]bool // not over, and the host may have it
	unsent map[int64]bool // boosts that were taken back before their turn
}

type logRow struct {
	seq  int64
	over bool
}

// begin notes that an activity is on its way: from now on the host may have it.
func (t *track) begin(seq int64) {
	if seq > t.tried {
		t.tried, t.told = seq, false
	}
	if t.begun == nil {
		t.begun = map[int64]bool{}
	}
	t.begun[seq] = true
}

// withdrawn notes that a boost was passed over because it is taken back: its Undo is not to be sent either.
func (t *track) withdrawn(d store.Delivery) {
	delete(t.unsent, d.Cancels)
	if d.Cancelled && d.Seq > d.Tried && !t.had[d.Seq] && !t.begun[d.Seq] {
		if t.unsent == nil {
			t.unsent = map[int64]bool{}
		}
		t.unsent[d.Seq] = true
	}
}

// over ends an activity, and moves the cursor if all before it has ended.
func (t *track) over(seq int64) {
	i, found := slices.BinarySearchFunc(t.rows, seq, func(r logRow, seq int64) int { return cmp.Compare(r.seq, seq) })
	if !found {
		return
	}
	t.rows[i].over = true
	delete(t.begun, seq)
	n := 0
	for n < len(t.rows) && t.rows[n].over {
		t.cursor, t.told = t.rows[n].seq, false
		delete(t.had, t.cursor)
		n++
	}
	t.rows = slices.Delete(t.rows, 0, n)
	if len(t.rows) == 0 && t.end > t.cursor {
		t.cursor = t.end // what lies between is in forms that the host does not read
	}
}

// passes says whether an activity is not to be sent: it is taken back, or takes back what the host never got, or the host has it.
func (t *track) passes(d store.Delivery) bool {
	return d.Cancelled || d.Cancels > t.tried || t.unsent[d.Cancels] || t.had[d.Seq]
}

func (t *track) isNews() bool { return !t.told && (t.cursor > 0 || t.tried > 0) }

func (t *track) noted() { t.told = true }

// ahead lists what is over beyond the cursor.
func (t *track) ahead() map[int64]bool {
	for _, r := range t.rows {
		if r.over {
			if t.had == nil {
				t.had = map[int64]bool{}
			}
			t.had[r.seq] = true
		}
	}
	return t.had
}

// ahead remembers what hosts have beyond their cursors while nothing is delivered to them. After a restart they get it again, and
// know it by its id.
type ahead struct {
	mu   sync.Mutex
	have map[hostLog]map[int64]bool
}

// hostLog is the log of a group as one host reads it.
type hostLog struct{ host, group int64 }

func newAhead() *ahead { return &ahead{have: map[hostLog]map[int64]bool{}} }

func (a *ahead) keep(host, group int64, seqs map[int64]bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.have) >= maxRemembered {
		a.have = map[hostLog]map[int64]bool{}
	}
	if len(seqs) > 0 {
		a.have[hostLog{host, group}] = seqs
	}
}

func (a *ahead) take(host, group int64) map[int64]bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	seqs := a.have[hostLog{host, group}]
	delete(a.have, hostLog{host, group})
	return seqs
}

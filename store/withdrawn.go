package store

import (
	"context"
	"database/sql"
	"fmt"
	"hash/maphash"
	"sync"
)

// withdrawers says of whom nothing is withdrawn before it came, which is of nearly everybody: every activity that can be undone would
// have to be looked for in the database otherwise. It may take somebody for one of them who is not, and is filled when it is first asked.
type withdrawers struct {
	fill sync.Mutex // held by whoever fills it
	mu   sync.RWMutex
	seed maphash.Seed
	read bool            // those in the database are in it
	bits [1 << 10]uint64 // by the hash of their URIs
}

func newWithdrawers() *withdrawers { return &withdrawers{seed: maphash.MakeSeed()} }

func (w *withdrawers) place(author string) (word int, bit uint64) {
	h := maphash.String(w.seed, author)
	return int((h >> 6) % uint64(len(w.bits))), 1 << (h & 63)
}

// add comes before what is withdrawn is written, so that nobody who sees that misses it here.
func (w *withdrawers) add(author string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	word, bit := w.place(author)
	w.bits[word] |= bit
}

func (w *withdrawers) may(author string) (may, known bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	word, bit := w.place(author)
	return w.bits[word]&bit != 0, w.read
}

// hasWithdrawn says whether somebody may have withdrawn something before it came.
func (s *Store) hasWithdrawn(ctx context.Context, author string) (bool, error) {
	may, known := s.withdrawers.may(author)
	if may || known {
		return may, nil
	}
	s.withdrawers.fill.Lock()
	defer s.withdrawers.fill.Unlock()
	if may, known = s.withdrawers.may(author); known {
		return may, nil
	}
	rows, err := s.read.QueryContext(ctx, `SELECT DISTINCT author FROM gone`)
	if err != nil {
		return false, fmt.Errorf("find who withdrew something: %w", err)
	}
	all, err := collect(rows, func(rows *sql.Rows) (author string, err error) { return author, rows.Scan(&author) })
	if err != nil {
		return false, fmt.Errorf("find who withdrew something: %w", err)
	}
	for _, by := range all {
		s.withdrawers.add(by)
	}
	s.withdrawers.mu.Lock()
	s.withdrawers.read = true
	s.withdrawers.mu.Unlock()
	may, _ = s.withdrawers.may(author)
	return may, nil
}

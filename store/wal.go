package store

import (
	"context"
	"database/sql"
	"sync/atomic"
	"time"
)

const (
	checkpointAfter = 100 * time.Millisecond // what was committed is moved from the WAL into the database, if there is much of it
	checkpointRest  = 10                     // so many times that long it waits for more: a page that changed often is moved once
	manyCommits     = 16
	maxWAL          = 16 << 10 // pages in the WAL, 64 MB, before the writer itself moves them
)

// wal keeps the write-ahead log short. SQLite's own way, a commit that has to move four megabytes first, makes everybody wait who
// writes then; moved beside the writer, the longest commits take half as long. Only where that does not keep up, because somebody
// writes without a pause, the writer does it.
type wal struct {
	dirty   chan struct{} // of one place: something was committed
	commits *atomic.Int64 // since the last time
	full    *atomic.Bool
	done    chan struct{}
}

func newWAL() wal {
	return wal{dirty: make(chan struct{}, 1), commits: new(atomic.Int64), full: new(atomic.Bool), done: make(chan struct{})}
}

// written is called by the writer after each commit.
func (w wal) written(tx *txn) {
	if w.full.Swap(false) {
		_, _ = move(context.Background(), tx.QueryRowContext) // it stays where it is then, and is tried again
	}
	w.commits.Add(1)
	signal(w.dirty)
}

// checkpoint moves what is committed: a moment later if that is much, else later.
func (s *Store) checkpoint() {
	defer close(s.wal.done)
	for {
		select {
		case <-s.quit:
			return
		case <-s.wal.dirty:
		}
		if !s.awaitCommits() {
			return
		}
		s.wal.commits.Store(0)
		if left, err := move(context.Background(), s.read.QueryRowContext); err == nil && left > maxWAL {
			s.wal.full.Store(true)
		}
	}
}

// awaitCommits waits until there are many, or for a while. It says whether the store is still open.
func (s *Store) awaitCommits() bool {
	tick := time.NewTicker(checkpointAfter)
	defer tick.Stop()
	for range checkpointRest {
		select {
		case <-s.quit:
			return false
		case <-tick.C:
		}
		if s.wal.commits.Load() >= manyCommits {
			break
		}
	}
	return true
}

// move moves what no reader needs any more where it was, and returns how many pages the WAL has.
func move(ctx context.Context, row func(context.Context, string, ...any) *sql.Row) (pages int, err error) {
	var busy, moved int
	err = row(ctx, `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &pages, &moved)
	return pages, wrap(err, "shorten the WAL")
}

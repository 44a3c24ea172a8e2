package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"
)

// What came lately is known again by the index inbox_hash, which is small enough to stay in the writer's memory. When there is much of it,
// its hashes are copied into the table old_hashes, in their order, and then the rows are marked, which takes them out of the index. An
// activity is looked for in both, but is written to the one that is small.

const (
	hashesAtMost = 1 << 19          // rows in the index before they move: 10 MB of it
	hashesAtOnce = 2000             // in one write
	hashesLook   = 10 * time.Second // how often it is looked whether there are many

	// ofHash are the rows that may be an activity, by its hash in $1.
	ofHash = `id IN (SELECT id FROM inbox WHERE old = 0 AND hash = $1 UNION ALL SELECT row FROM old_hashes WHERE hash = $1)`

	// firstOfIndex reads the index: by itself SQLite would read all rows that are marked, to find the first that is not.
	firstOfIndex = `SELECT COALESCE(MIN(id) - 1, $1) FROM inbox INDEXED BY inbox_hash WHERE old = 0`

	stretchOfHashes = `SELECT MAX(hash) FROM (SELECT hash FROM inbox WHERE old = 0 AND hash >= $1 AND id <= $2 ORDER BY hash LIMIT $3)`

	copyHashes = `INSERT OR IGNORE INTO old_hashes (hash, row)
		SELECT hash, id FROM inbox WHERE old = 0 AND hash BETWEEN $1 AND $2 AND id <= $3 ORDER BY hash, id`

	// markOld marks nothing whose hash was not copied, whatever became of its row meanwhile.
	markOld = `UPDATE inbox SET old = 1 WHERE id > $1 AND id <= $2 AND old = 0
		AND EXISTS (SELECT 1 FROM old_hashes o WHERE o.hash = inbox.hash AND o.row = inbox.id)`
)

// aging moves hashes until the store is closed. What fails is tried again: why a disk does not take them, others are told who write.
func (s *Store) aging() {
	defer close(s.aged)
	tick := time.NewTicker(hashesLook)
	defer tick.Stop()
	first := int64(-1) // rows up to it are marked; not known yet
	for {
		select {
		case <-s.quit:
			return
		case <-tick.C:
		}
		if last, err := s.ageHashes(context.Background(), first, hashesAtMost); err == nil {
			first = last
		}
	}
}

// ageHashes moves the hashes of all rows after first (-1: wherever they begin), if there are more than most. It returns the last that is
// marked.
func (s *Store) ageHashes(ctx context.Context, first, most int64) (int64, error) {
	var last int64
	err := s.read.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM inbox`).Scan(&last)
	if first > last { // the newest were deleted, and their numbers are given again
		first = -1
	}
	if err == nil && first < 0 {
		err = s.read.QueryRowContext(ctx, firstOfIndex, last).Scan(&first)
	}
	if err != nil {
		return first, fmt.Errorf("count hashes: %w", err)
	}
	if last-first <= most {
		return first, nil
	}
	if err := s.copyHashes(ctx, last); err != nil {
		return first, err
	}
	for row := first; row < last; row += hashesAtOnce {
		if err := s.gently(ctx, "mark what is old", markOld, row, min(row+hashesAtOnce, last)); err != nil {
			return first, err
		}
	}
	return last, nil
}

// copyHashes copies those of all rows up to last, a stretch after the other.
func (s *Store) copyHashes(ctx context.Context, last int64) error {
	for from := int64(math.MinInt64); ; {
		var to sql.NullInt64
		if err := s.read.QueryRowContext(ctx, stretchOfHashes, from, last, hashesAtOnce).Scan(&to); err != nil {
			return fmt.Errorf("read hashes: %w", err)
		}
		if !to.Valid {
			return nil
		}
		if err := s.gently(ctx, "copy hashes", copyHashes, from, to.Int64, last); err != nil {
			return err
		}
		if to.Int64 == math.MaxInt64 {
			return nil
		}
		from = to.Int64 + 1
	}
}

// gently writes, and leaves the writer to others for as long as it took.
func (s *Store) gently(ctx context.Context, doing, query string, args ...any) error {
	began := time.Now()
	err := s.updateOften(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return wrap(err, doing)
	})
	if err != nil {
		return err
	}
	select {
	case <-s.quit:
		return ErrClosed
	case <-time.After(time.Since(began)):
		return nil
	}
}

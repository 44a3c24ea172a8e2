package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync/atomic"
)

// revisionCounts is how many places there are for the revisions of all hosts together. Two that share one are looked at a little too often.
const revisionCounts = 1 << 10

// everyHost stands for all hosts where something is revised.
const everyHost = 0

// revisions note when deliveries became other than they may have been read: somebody unfollows, is shut out or moves an inbox, a post is
// taken back, the admin drops a queue. That something more is to be sent is none of it.
type revisions struct {
	age   atomic.Uint64 // how often that was
	all   atomic.Uint64 // at what age it was so last for every host
	hosts [revisionCounts]atomic.Uint64
}

// Revision is to be asked for before what waits is read.
func (s *Store) Revision() uint64 { return s.revisions.age.Load() }

// IsRevised says whether what waits for a host may be other than what was read of it at a revision.
func (s *Store) IsRevised(host int64, since uint64) bool {
	return s.revisions.all.Load() > since || s.revisions.hosts[host%revisionCounts].Load() > since
}

// revise notes that a transaction changes what waits for a host already.
func (t *txn) revise(host int64) { include(&t.changes.revised, host) }

// reviseHostOf is revise for the host of an actor.
func reviseHostOf(ctx context.Context, tx *txn, actor int64) error {
	var host int64
	if err := tx.QueryRowContext(ctx, `SELECT host_id FROM actors WHERE id = $1`, actor).Scan(&host); err != nil {
		return fmt.Errorf("find the host of an actor: %w", err)
	}
	tx.revise(host)
	return nil
}

// count counts what a transaction has revised, once it is committed and nobody remembers what was before. The age comes last: who asks for
// it meanwhile looks once more.
func (r *revisions) count(hosts map[int64]bool) {
	if len(hosts) == 0 {
		return
	}
	now := r.age.Load() + 1
	for id := range hosts {
		if id == everyHost {
			r.all.Store(now)
		} else {
			r.hosts[id%revisionCounts].Store(now)
		}
	}
	r.age.Store(now)
}

const (
	stillInLog = `SELECT o.seq, o.cancelled FROM json_each($2) AS e CROSS JOIN outbox o CROSS JOIN cursors c
		WHERE o.seq = e.value AND c.group_id = o.group_id AND c.host_id = $1 AND c.seq < o.seq`
	stillDirect = `SELECT d.id, d.uri, d.asked FROM json_each($2) AS e CROSS JOIN direct d WHERE d.id = e.value AND d.host_id = $1 AND d.done = 0`
)

// StillWaits returns deliveries to a host as they are now. Those that wait no more go to nobody.
func (s *Store) StillWaits(ctx context.Context, host int64, all []Delivery) ([]Delivery, error) {
	var seqs, rows []int64
	for _, d := range all {
		if d.Direct != 0 {
			rows = append(rows, d.Direct)
		} else {
			seqs = append(seqs, d.Seq)
		}
	}
	cancelled, err := s.stillInLog(ctx, host, seqs)
	if err != nil {
		return nil, err
	}
	direct, err := s.stillDirect(ctx, host, rows)
	if err != nil {
		return nil, err
	}
	inboxes := map[int64][]string{}
	now := slices.Clone(all)
	for i := range now {
		d := &now[i]
		switch taken, ahead := cancelled[d.Seq]; {
		case d.Direct != 0 && direct[answer{d.Direct, d.Asked, d.URI}]:
		case d.Direct == 0 && ahead:
			d.Cancelled = taken
			if d.To, err = s.inboxesOnce(ctx, inboxes, d.Group.ID, host); err != nil {
				return nil, err
			}
		default:
			d.To = nil
		}
	}
	return now, nil
}

// inboxesOnce is followerInboxes that asks once for each group.
func (s *Store) inboxesOnce(ctx context.Context, known map[int64][]string, group, host int64) (to []string, err error) {
	to, ok := known[group]
	if !ok {
		to, err = s.followerInboxes(ctx, group, host)
		known[group] = to
	}
	return to, err
}

// stillInLog returns which places in the logs a host has before it, and whether what is there is taken back.
func (s *Store) stillInLog(ctx context.Context, host int64, seqs []int64) (map[int64]bool, error) {
	rows, err := s.read.QueryContext(ctx, stillInLog, host, listed(seqs))
	if err != nil {
		return nil, fmt.Errorf("look at the log again: %w", err)
	}
	cancelled := map[int64]bool{}
	_, err = collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var seq int64
		var taken bool
		err = rows.Scan(&seq, &taken)
		cancelled[seq] = taken
		return none, err
	})
	return cancelled, wrap(err, "look at the log again")
}

// answer is a direct delivery as it was asked for, whose number may be given out again.
type answer struct {
	number, asked int64
	uri           string
}

// stillDirect returns which direct deliveries are not over.
func (s *Store) stillDirect(ctx context.Context, host int64, numbers []int64) (map[answer]bool, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx, stillDirect, host, listed(numbers))
	if err != nil {
		return nil, fmt.Errorf("look at the answers again: %w", err)
	}
	waiting := map[answer]bool{}
	_, err = collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var a answer
		err = rows.Scan(&a.number, &a.uri, &a.asked)
		waiting[a] = true
		return none, err
	})
	return waiting, wrap(err, "look at the answers again")
}

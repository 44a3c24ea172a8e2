package store

import (
	"context"
	"errors"
	"strings"
	"time"
)

// maxBatch is how many writes of one kind share one commit at most.
const maxBatch = 256

// job is one caller's part of a write transaction.
type job struct {
	ctx  context.Context
	fn   func(ctx context.Context, tx *txn) error
	done chan error
}

// update runs fn in a write transaction and returns once it is committed and durable. fn may share the transaction
// with others: each runs in its own savepoint, so that one failure undoes nothing of the others.
func (s *Store) update(ctx context.Context, fn func(ctx context.Context, tx *txn) error) error {
	return s.enqueue(s.jobs, job{ctx: ctx, done: make(chan error, 1), fn: func(ctx context.Context, tx *txn) error {
		tx.touchAll()
		return fn(ctx, tx)
	}})
}

// updateAtTheDoor is updateQuietly for what somebody outside sends and waits for: it is committed before what others write.
func (s *Store) updateAtTheDoor(ctx context.Context, fn func(ctx context.Context, tx *txn) error) error {
	return s.enqueue(s.door, job{ctx: ctx, fn: fn, done: make(chan error, 1)})
}

func (s *Store) enqueue(lane chan<- job, j job) error {
	select {
	case lane <- j:
	case <-s.quit:
		return ErrClosed
	case <-j.ctx.Done():
		return j.ctx.Err()
	}
	select {
	case err := <-j.done:
		return err
	case <-s.done:
		return ErrClosed
	}
}

// writer batches what is waiting, without waiting for more: an idle server commits at once, a busy one in groups.
func (s *Store) writer() {
	defer close(s.done)
	tx := &txn{conn: s.conn, stmts: newStatements(s.conn.PrepareContext), withdrawers: s.withdrawers}
	defer tx.stmts.close()
	for {
		b := &batch{tx: tx}
		select {
		case <-s.quit:
			return
		case j := <-s.door:
			b.door = append(b.door, j)
		case j := <-s.jobs:
			b.rest = append(b.rest, j)
		}
		s.commit(b)
		s.wal.written(tx)
	}
}

// batch is what shares one commit.
type batch struct {
	tx         *txn
	door, rest []job // taken and not yet run
	ran        []job
	results    []error
}

func (s *Store) commit(b *batch) {
	b.tx.changes = changes{}
	err := b.tx.transact(func() error { return s.fill(b) })
	for _, j := range append(b.door, b.rest...) { // the transaction was lost before their turn
		b.ran, b.results = append(b.ran, j), append(b.results, nil)
	}
	if err == nil {
		s.versions.count(b.tx.changes)
		s.forgetHosts(b.tx.changes)
		s.forgetActors(b.tx.changes)
	}
	for i, j := range b.ran {
		if err != nil {
			b.results[i] = err
		}
		if b.results[i] != nil {
			s.rules.forget()
		}
		j.done <- b.results[i]
	}
}

// doorPatience is how long the other writes may keep those waiting whose activities have arrived meanwhile.
const doorPatience = 2 * time.Millisecond

// fill runs what is waiting. What arrives from outside is answered only after the commit and costs little: all of it is taken, before
// the other writes and once more after them. The others are cut short when somebody has waited long enough at the door, but each
// commit has one of them at least: neither can keep the other from going on.
func (s *Store) fill(b *batch) error {
	if err := b.receive(s.door); err != nil {
		return err
	}
	began := time.Now()
	for range maxBatch {
		b.rest = take(b.rest, s.jobs, 1)
		if len(b.rest) == 0 {
			break
		}
		j := b.rest[0]
		b.rest = nil
		if err := b.run(j); err != nil {
			return err
		}
		if len(s.door) > 0 && time.Since(began) >= doorPatience {
			break
		}
	}
	return b.receive(s.door)
}

// take adds what is waiting, until there are so many.
func take(have []job, from chan job, limit int) []job {
	for len(have) < limit {
		select {
		case j := <-from:
			have = append(have, j)
		default:
			return have
		}
	}
	return have
}

// run runs one job in its own savepoint. An error means that the whole transaction is lost.
func (b *batch) run(j job) error {
	b.ran, b.results = append(b.ran, j), append(b.results, nil)
	err, broken := inSavepoint(b.tx, j)
	b.results[len(b.results)-1] = err
	return broken
}

// receive runs what waits at the door, in one savepoint for all: they are many, and next to none fails. If one does, each is run again
// by itself.
func (b *batch) receive(door chan job) error {
	jobs := take(b.door, door, maxBatch)
	b.door = nil
	if len(jobs) == 0 {
		return nil
	}
	first := len(b.ran)
	b.ran, b.results = append(b.ran, jobs...), append(b.results, make([]error, len(jobs))...)
	results := b.results[first:]
	failed, broken := inSavepoint(b.tx, job{ctx: context.Background(), fn: func(ctx context.Context, tx *txn) error {
		for i, j := range jobs {
			if results[i] = j.ctx.Err(); results[i] != nil {
				continue
			}
			if err := j.fn(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	}})
	for i := 0; failed != nil && broken == nil && i < len(jobs); i++ {
		results[i], broken = inSavepoint(b.tx, jobs[i])
	}
	return broken
}

func (t *txn) transact(fn func() error) error {
	if err := t.run(`BEGIN IMMEDIATE`); err != nil {
		return err
	}
	err := fn()
	if err == nil {
		err = t.run(`COMMIT`)
	}
	if err != nil {
		_ = t.run(`ROLLBACK`) // SQLite may have done it already
	}
	return err
}

func (t *txn) run(statement string) error {
	_, err := t.ExecContext(context.Background(), statement)
	return wrap(err, strings.ToLower(statement))
}

// inSavepoint runs one job. broken means that SQLite has given up the whole transaction, as it does when the disk is full.
func inSavepoint(tx *txn, j job) (err, broken error) {
	if err := j.ctx.Err(); err != nil {
		return err, nil
	}
	if err := tx.run(`SAVEPOINT job`); err != nil {
		return nil, err
	}
	// Once begun, a write is not interrupted when its caller leaves: SQLite would roll back everybody's part with it.
	if err = j.fn(context.WithoutCancel(j.ctx), tx); err != nil {
		if broken := tx.run(`ROLLBACK TO job`); broken != nil {
			return nil, errors.Join(err, broken)
		}
	}
	if broken := tx.run(`RELEASE job`); broken != nil {
		return nil, errors.Join(err, broken)
	}
	return err, nil
}

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
	ctx   context.Context
	fn    func(ctx context.Context, tx *txn) error
	done  chan error
	again bool // what fn did may be undone and fn run once more
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
	return s.enqueue(s.door, job{ctx: ctx, fn: fn, done: make(chan error, 1), again: true})
}

// updateOften is updateQuietly for what is written all the time. fn may be run a second time.
func (s *Store) updateOften(ctx context.Context, fn func(ctx context.Context, tx *txn) error) error {
	return s.enqueue(s.jobs, job{ctx: ctx, fn: fn, done: make(chan error, 1), again: true})
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
	shared     bool // what ran since first shares a savepoint, or is undone with the transaction
	bare       bool // there is no savepoint for it, because nothing ran before it
	first      int
}

func (s *Store) commit(b *batch) {
	b.tx.changes = changes{}
	err := b.tx.transact(func() error {
		err := s.fill(b)
		s.stirred.begin(b.tx.changes.logs)
		return err
	})
	s.stirred.end()
	for _, j := range append(b.door, b.rest...) { // the transaction was lost before their turn
		b.ran, b.results = append(b.ran, j), append(b.results, nil)
	}
	if err == nil {
		s.forgetChanged(b.tx.changes)
		s.versions.count(b.tx.changes) // last: what is read under a new version must be new
	}
	for i := range b.ran {
		if err != nil {
			b.results[i] = err
		}
		if b.results[i] != nil {
			s.rules.forget()
			s.disk.note(b.results[i]) // before anybody is told: who asks then is told the same
		}
	}
	for i, j := range b.ran {
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

// run runs one job. An error means that the whole transaction is lost.
func (b *batch) run(j job) error {
	if j.again {
		return b.join(j)
	}
	i := b.began(j)
	if err := b.part(); err != nil {
		return err
	}
	return b.alone(i)
}

// began notes that a job is having its turn: whatever fails from now on, its caller is answered.
func (b *batch) began(j job) (i int) {
	b.ran, b.results = append(b.ran, j), append(b.results, nil)
	return len(b.ran) - 1
}

// alone runs one job in a savepoint of its own.
func (b *batch) alone(i int) (broken error) {
	b.results[i], broken = inSavepoint(b.tx, b.ran[i])
	return broken
}

// join runs a job with those before it: SQLite copies each page that is changed for the first time in a savepoint, and next to no job
// fails. What a transaction begins with has not even one savepoint. If a job fails, each of these is run again by itself.
func (b *batch) join(j job) error {
	i := b.began(j)
	if !b.shared {
		b.shared, b.bare, b.first = true, i == 0, i
		if err := b.open(); err != nil {
			return err
		}
	}
	if b.results[i] = j.ctx.Err(); b.results[i] != nil {
		return nil
	}
	if err := j.fn(context.WithoutCancel(j.ctx), b.tx); err != nil {
		if broken := b.apart(); broken != nil {
			return lost(err, broken)
		}
	}
	return nil
}

// lost is what everybody is told whose transaction is lost: what broke it, and the trouble before that. What one job says of itself alone
// concerns nobody else.
func lost(err, broken error) error {
	if !IsTrouble(err) {
		return broken
	}
	return errors.Join(err, broken)
}

func (b *batch) open() error {
	if b.bare {
		return nil
	}
	return b.tx.run(`SAVEPOINT job`)
}

// apart undoes what jobs have done that share a savepoint, and runs each again by itself.
func (b *batch) apart() error {
	if err := b.undo(); err != nil {
		return err
	}
	b.shared = false
	for i := b.first; i < len(b.ran); i++ {
		if err := b.alone(i); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) undo() error {
	if b.bare {
		if err := b.tx.run(`ROLLBACK`); err != nil {
			return err // SQLite had done it already: who knows which of them ran without a transaction
		}
		return b.tx.run(`BEGIN IMMEDIATE`)
	}
	return errors.Join(b.tx.run(`ROLLBACK TO job`), b.tx.run(`RELEASE job`))
}

// part ends what jobs share, before one that shares nothing. It fails if the transaction is lost, though all of them went well.
func (b *batch) part() error {
	if !b.shared {
		return nil
	}
	b.shared = false
	if !b.bare {
		return b.tx.run(`RELEASE job`)
	}
	if b.tx.run(`BEGIN`) == nil { // it fails inside a transaction, and changes nothing
		return errors.New("the transaction is lost")
	}
	return nil
}

// receive runs what waits at the door.
func (b *batch) receive(door chan job) error {
	b.door = take(b.door, door, maxBatch)
	for len(b.door) > 0 {
		j := b.door[0]
		b.door = b.door[1:]
		if err := b.join(j); err != nil {
			return err
		}
	}
	return nil
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
			return nil, lost(err, broken)
		}
	}
	if broken := tx.run(`RELEASE job`); broken != nil {
		return nil, lost(err, broken)
	}
	return err, nil
}

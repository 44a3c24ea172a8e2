package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// Sentinel errors.
var (
	// ErrNotFound means that no such row exists.
	ErrNotFound = errors.New("not found")
	// ErrOtherOrigin means that the database belongs to a server with another public address.
	ErrOtherOrigin = errors.New("the database belongs to another domain; a server's domain cannot change, because every id it ever gave out contains it")
	// ErrClosed means that the store is shutting down.
	ErrClosed = errors.New("the store is closed")
)

// Store is an open database.
type Store struct {
	read  *readPool
	write *sql.DB
	conn  *sql.Conn // of write, for the writer alone
	jobs  chan job
	quit  chan struct{}
	done  chan struct{}
	now   func() time.Time
	told  Encoder
	host  string // of the origin
	wal   wal
	rules rulesets

	stretches stretches
	versions  versions
	lists     lists

	incoming, outgoing, waits chan struct{} // of one place each: a signal says "look again", not how often
}

// Options say what to open.
type Options struct {
	Path   string           // the database file; its folder must exist
	Origin string           // public origin, e.g. https://groups.example; fixed at first use
	Now    func() time.Time // the clock; nil for the real one
	Encode Encoder          // makes outgoing activities; nil tells nobody
}

// Open opens or creates the database, brings its schema up to date and starts the writer. It fails with [ErrNewer] on
// a newer schema and with [ErrOtherOrigin] on another server's data.
func Open(o Options) (*Store, error) {
	s := &Store{
		now: o.Now, told: o.Encode, host: hostName(o.Origin), jobs: make(chan job, maxBatch), quit: make(chan struct{}), done: make(chan struct{}),
		incoming: make(chan struct{}, 1), outgoing: make(chan struct{}, 1), waits: make(chan struct{}, 1), wal: newWAL(),
	}
	if s.now == nil {
		s.now = time.Now
	}
	err := claim(o.Path)
	if err != nil {
		return nil, err
	}
	if s.write, err = openPool(o.Path, 1); err != nil {
		return nil, err
	}
	if err := prepare(s.write, o.Path, o.Origin); err != nil {
		s.write.Close()
		return nil, err
	}
	read, err := openPool(o.Path, 2*runtime.GOMAXPROCS(0))
	if err != nil {
		s.write.Close()
		return nil, err
	}
	s.read = newReadPool(read)
	if s.conn, err = s.write.Conn(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", o.Path, err), s.read.Close(), s.write.Close())
	}
	go s.writer()
	go s.checkpoint()
	return s, nil
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Close lets the running batch end and closes the database.
func (s *Store) Close() error {
	close(s.quit)
	<-s.done
	<-s.wal.done
	return errors.Join(s.read.Close(), s.conn.Close(), s.write.Close())
}

// openPool opens connections with the settings the measurements argue for: WAL with a full fsync at each commit, and
// mmap, without which readers of the pure Go driver stand in each other's way.
func openPool(path string, size int) (*sql.DB, error) {
	pragmas := []string{
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "mmap_size(268435456)", "cache_size(-16384)",
		"wal_autocheckpoint(0)", "journal_size_limit(67108864)",
	}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		// Of a new database alone, and before everything else: Retain can give free pages back.
		pragmas = append([]string{"auto_vacuum(incremental)"}, pragmas...)
	}
	db, err := sql.Open("sqlite", dsn(path, pragmas...)+"&_txlock=immediate&_dqs=0")
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

func prepare(db *sql.DB, path, origin string) error {
	names, err := scriptNames(migrations)
	if err != nil {
		return err
	}
	if err := inspect(path, len(names)); err != nil {
		return err
	}
	if err := migrate(db, path, migrations); err != nil {
		return readable(path, err)
	}
	_, err = db.Exec(`INSERT INTO meta (key, value) VALUES ('origin', $1) ON CONFLICT DO NOTHING`, origin)
	if err != nil {
		return fmt.Errorf("note the origin: %w", err)
	}
	var known string
	if err := db.QueryRow(`SELECT value FROM meta WHERE key = 'origin'`).Scan(&known); err != nil {
		return fmt.Errorf("read the origin: %w", err)
	}
	if known != origin {
		return fmt.Errorf("database of %s opened for %s: %w", known, origin, ErrOtherOrigin)
	}
	return nil
}

// maxBatch is how many writes share one commit at most.
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
	return s.enqueue(job{ctx: ctx, done: make(chan error, 1), fn: func(ctx context.Context, tx *txn) error {
		tx.touchAll()
		return fn(ctx, tx)
	}})
}

func (s *Store) enqueue(j job) error {
	select {
	case s.jobs <- j:
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
	tx := &txn{conn: s.conn, stmts: newStatements(s.conn.PrepareContext)}
	defer tx.stmts.close()
	for {
		select {
		case <-s.quit:
			return
		case j := <-s.jobs:
			s.commit(tx, s.gather(j))
			s.wal.written(tx)
		}
	}
}

func (s *Store) gather(first job) []job {
	batch := []job{first}
	for len(batch) < maxBatch {
		select {
		case j := <-s.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

func (s *Store) commit(tx *txn, batch []job) {
	results := make([]error, len(batch))
	tx.changes = changes{}
	err := tx.transact(func() error {
		for i, j := range batch {
			var broken error
			if results[i], broken = inSavepoint(tx, j); broken != nil {
				return broken
			}
		}
		return nil
	})
	if err == nil {
		s.versions.count(tx.changes)
	}
	for i, j := range batch {
		if err != nil {
			results[i] = err
		}
		if results[i] != nil {
			s.rules.forget()
		}
		j.done <- results[i]
	}
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

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
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
	door  chan job // what somebody outside waits for to be received
	quit  chan struct{}
	done  chan struct{} // the writer has ended
	aged  chan struct{} // nor does anything move hashes
	now   func() time.Time
	told  Encoder
	host  string // of the origin
	wal   wal
	disk  disk
	rules rulesets

	stretches stretches
	sections  sections
	stirred   stirred
	revisions revisions
	versions  versions
	lists     lists
	keys      memo[Key]
	hosts     memo[Host]
	names     memo[struct{}] // of groups that there are: none ever goes
	banner    memo[Banner]   // under no name: there is one
	filed     memo[struct{}] // posts that some group has
	actors    memo[Actor]    // with their documents, of some kilobytes
	groups    memo[Group]    // with their keys

	withdrawers *withdrawers

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
		now: o.Now, told: o.Encode, host: hostName(o.Origin), jobs: make(chan job, maxBatch), door: make(chan job, maxBatch),
		quit: make(chan struct{}), done: make(chan struct{}), aged: make(chan struct{}),
		incoming: make(chan struct{}, 1), outgoing: make(chan struct{}, 1), waits: make(chan struct{}, 1), wal: newWAL(), withdrawers: newWithdrawers(),
		stirred: stirred{groups: map[int64]uint64{}}, actors: memo[Actor]{most: maxActors}, groups: memo[Group]{most: maxGroups},
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
		return nil, errors.Join(err, s.write.Close())
	}
	read, err := openPool(o.Path, 2*runtime.GOMAXPROCS(0))
	if err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	s.read = newReadPool(read)
	if s.conn, err = s.write.Conn(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", o.Path, err), s.read.Close(), s.write.Close())
	}
	go s.writer()
	go s.checkpoint()
	go s.aging()
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
	<-s.aged
	return errors.Join(s.read.Close(), s.conn.Close(), s.write.Close())
}

// What the writer has read stays good: nobody else writes. It keeps much, and reads the file through a mapping. What readers have read is
// void after each commit. For them a large cache is one to empty and to fill again and again, and a mapping would be given up and made anew
// just as often (SQLite 3.54, pagerBeginReadTransaction): beside a busy writer, looks take less than half the time without. Four readers,
// as there are on two processors, let go less at once than the allocator keeps; the rest it would give back to the kernel, page by page
// (modernc.org/memory, hotBytes: 4 MiB, of which a page takes 8 KiB).
const forWriter = `PRAGMA cache_size = -16384; PRAGMA mmap_size = 268435456`

// openPool opens connections with the settings the measurements argue for: WAL with a full fsync at each commit.
func openPool(path string, size int) (*sql.DB, error) {
	pragmas := []string{
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-512)",
		"wal_autocheckpoint(0)", "journal_size_limit(67108864)",
		"temp_store(MEMORY)", // what a savepoint may have to undo would else be written to a file, a page at a time
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
	if _, err := db.Exec(forWriter); err != nil {
		return readable(path, err)
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

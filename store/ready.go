package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// disk is what the writer has learnt of it.
type disk struct {
	trouble atomic.Pointer[error] // why something could not be stored; until a try goes well
	trying  sync.Mutex            // held during a try
	tried   time.Time
}

// Answers says whether somebody who asks the database is answered at all. It is while the disk is full, too.
func (s *Store) Answers(ctx context.Context) error {
	var one int
	return wrap(s.read.QueryRowContext(ctx, `SELECT 1`).Scan(&one), "ask the database")
}

// Ready says whether the server can do its work: the database can be read, and what was to be written last did not fail because of the
// disk. If it did, a small write is tried first, so that all is well again once there is room, though nobody else writes. Its error is for
// people who run a server.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.readSomething(ctx); err != nil {
		return inWords(err, "the database cannot be read")
	}
	trouble := s.disk.trouble.Load()
	if trouble == nil {
		return nil
	}
	if s.tryToWrite(ctx) {
		return nil
	}
	return inWords(*trouble, "nothing can be stored")
}

// readSomething reads where the largest tables begin and end, from the file: what this connection remembers is forgotten first. Looking
// through all of it is for folkmoot verify.
func (s *Store) readSomething(ctx context.Context) error {
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return fmt.Errorf("ask the database: %w", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `PRAGMA shrink_memory`); err != nil {
		return fmt.Errorf("ask the database: %w", err)
	}
	var known string
	if err := conn.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'origin'`).Scan(&known); err != nil {
		return fmt.Errorf("read the origin: %w", err)
	}
	for table, key := range map[string]string{
		"groups": "id", "actors": "id", "memberships": "group_id", "posts": "id", "inbox": "id", "outbox": "seq", "hosts": "id",
	} {
		for _, end := range []string{"MIN", "MAX"} {
			var row sql.NullInt64
			if err := conn.QueryRowContext(ctx, `SELECT `+end+`(`+key+`) FROM `+table).Scan(&row); err != nil {
				return fmt.Errorf("read %s: %w", table, err)
			}
		}
	}
	return nil
}

const (
	triesApart = time.Second
	tryBytes   = 64 << 10 // what an activity with all that follows from it may take; less finds room where that does not
)

// tryToWrite says whether something can be written again. One try runs at a time and one in each second, however many ask; nobody waits
// longer for it than they want to wait.
func (s *Store) tryToWrite(ctx context.Context) bool {
	if !s.disk.trying.TryLock() {
		return false
	}
	if time.Since(s.disk.tried) < triesApart {
		s.disk.trying.Unlock()
		return s.disk.trouble.Load() == nil // somebody else's try went well meanwhile
	}
	done := make(chan bool, 1)
	go func() { // the disk may hang
		defer s.disk.trying.Unlock()
		s.disk.tried = time.Now()
		done <- s.writeAndTakeBack(context.WithoutCancel(ctx)) == nil
	}()
	select {
	case ok := <-done:
		return ok
	case <-ctx.Done():
		return false
	}
}

// writeAndTakeBack writes something and deletes it in a second transaction: what one transaction writes and deletes never comes to the disk.
func (s *Store) writeAndTakeBack(ctx context.Context) error {
	for _, statement := range []string{
		`INSERT INTO meta (key, value) VALUES ('try', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
		`DELETE FROM meta WHERE key = 'try' AND $1 <> ''`,
	} {
		err := s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
			_, err := tx.ExecContext(ctx, statement, strings.Repeat("0", tryBytes))
			return wrap(err, "try to write")
		})
		if err != nil {
			return err
		}
	}
	s.disk.trouble.Store(nil)
	return nil
}

// note remembers what the disk has done to a write. That another one went well says little: it may have changed nothing, or have found the
// last of the room.
func (d *disk) note(err error) {
	if diskWords(err) != "" {
		d.trouble.Store(&err)
	}
}

// inWords puts before an error what it means, if that is known.
func inWords(err error, otherwise string) error {
	words := diskWords(err)
	switch {
	case words != "":
	case errors.Is(err, context.DeadlineExceeded):
		words = "the database does not answer in time"
	default:
		words = otherwise
	}
	return fmt.Errorf("%s (%w)", words, err)
}

// diskWords says what is wrong with the disk or with what is on it, "" if that is not the reason.
func diskWords(err error) string {
	switch resultOf(err) {
	case sqlite3.SQLITE_FULL:
		return "the disk is full: nothing is stored until there is room"
	case sqlite3.SQLITE_IOERR:
		return "the disk fails, or a limit on it is reached: nothing is stored until that is over"
	case sqlite3.SQLITE_READONLY:
		return "the database may not be written to: look whether the disk is mounted read-only, and whose the files are"
	case sqlite3.SQLITE_CANTOPEN:
		return "a file of the database cannot be opened: look whose the files are, and whether the disk is there"
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return "the database is damaged: stop the server, run folkmoot verify, and restore a backup"
	}
	return ""
}

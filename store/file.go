package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrUnreadable means that the file is no database of this program, or is damaged. It was left as it is.
var ErrUnreadable = errors.New("the file is no Folkmoot database, or it is damaged: restore a backup, or choose another data folder")

// claim creates the database file for its owner's eyes only, because it holds the keys of all groups, or closes an
// existing one to others. SQLite gives its other files the same mode. It never opens an existing file: closing it again
// would drop the locks that SQLite holds in this process.
func claim(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create database: %w", err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if info, err := os.Stat(name); err == nil && info.Mode().Perm()&0o077 != 0 {
			_ = os.Chmod(name, info.Mode().Perm()&^0o077) // of somebody else's file it fails, and that may be meant
		}
	}
	return nil
}

// inspect refuses a file that is not ours before any setting is changed in it: turning on WAL already writes.
func inspect(path string, known int) error {
	db, err := sql.Open("sqlite", dsn(path, "busy_timeout(5000)"))
	if err != nil {
		return fmt.Errorf("open database %s: %w", path, err)
	}
	defer db.Close()
	var version, tables, ours int
	err = db.QueryRow(`SELECT (SELECT COUNT(*) FROM sqlite_master), (SELECT COUNT(*) FROM sqlite_master WHERE name IN ('meta', 'groups'))`).
		Scan(&tables, &ours)
	if err != nil {
		return readable(path, err)
	}
	if err := db.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil {
		return readable(path, err)
	}
	switch {
	case version == 0 && tables > 0, version > 0 && ours < 2:
		return fmt.Errorf("%s: %w", path, ErrUnreadable)
	case version > known:
		return fmt.Errorf("schema version %d, this program knows %d: %w", version, known, ErrNewer)
	}
	return nil
}

// readable says in words what is wrong with a file that SQLite cannot read.
func readable(path string, err error) error {
	switch resultOf(err) {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%s: %w (%w)", path, ErrUnreadable, err)
	}
	return fmt.Errorf("read database %s: %w", path, err)
}

// resultOf is SQLite's primary result code of an error, SQLITE_OK if it is none of SQLite's.
func resultOf(err error) int {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return sqlite3.SQLITE_OK
	}
	return failure.Code() & 0xff
}

// IsTrouble says whether an error is the disk's or the memory's, and not one of what was asked: the same may succeed once there is
// room again.
func IsTrouble(err error) bool {
	switch resultOf(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	return false
}

// dsn names a database file for the driver, with what SQLite would read into the name escaped.
func dsn(path string, pragmas ...string) string {
	name := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.ToSlash(path))
	sep := "?"
	for _, p := range pragmas {
		name += sep + "_pragma=" + p
		sep = "&"
	}
	return "file:" + name
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// CopyDatabase writes the database at from, as it is at one moment, to a new file for its owner alone. A server may run on it
// meanwhile and is not held up; what it has acknowledged by then is in the copy. Damage that is met ends it.
func CopyDatabase(ctx context.Context, from, to string) error {
	if _, err := os.Stat(from); err != nil { // SQLite would say "unable to open database file"
		return fmt.Errorf("copy the database: %w", err)
	}
	db, err := openToRead(from, "mode=ro")
	if err != nil {
		return err
	}
	defer db.Close()
	if err := examineSchema(ctx, db, &Examination{}); err != nil {
		return readable(from, err)
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // VACUUM INTO takes an empty file, and would make one for all to read
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	if _, err = db.ExecContext(ctx, `VACUUM INTO $1`, to); err != nil {
		return errors.Join(readable(from, fmt.Errorf("copy the database to %s: %w", to, err)), os.Remove(to))
	}
	return nil
}

// openToRead opens one connection that writes nothing. how is what else SQLite is told in the file's URI.
func openToRead(path, how string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, "busy_timeout(5000)")+"&_dqs=0&"+how)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// knownSchema is the version of the schema that this program writes.
func knownSchema() int {
	names, err := scriptNames(migrations)
	if err != nil { // they are in the program
		return 0
	}
	return len(names)
}

// EndSessions signs everybody out of a database that nobody has open: one that was restored would take back in whoever has signed out
// since.
func EndSessions(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", dsn(path, "foreign_keys(1)"))
	if err != nil {
		return fmt.Errorf("open database %s: %w", path, err)
	}
	defer db.Close()
	var old bool // written before people could sign in
	err = db.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'sessions')`).Scan(&old)
	if err != nil || old {
		return wrap(err, "end sessions")
	}
	_, err = db.ExecContext(ctx, `DELETE FROM sessions; DELETE FROM signins`)
	return wrap(err, "end sessions")
}

// size is 0 for a file that does not exist.
func size(path string) (int64, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look at %s: %w", path, err)
	}
	return info.Size(), nil
}

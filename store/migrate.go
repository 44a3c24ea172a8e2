package store

import (
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrNewer means that a newer Folkmoot has written the database; an older one must not touch it.
var ErrNewer = errors.New("the database was written by a newer Folkmoot; install that version or restore a backup")

// migrate brings the schema up to date with the scripts in the order of their names. Scripts are append-only; PRAGMA
// user_version counts those applied. A database that holds data is copied first, to a file beside it.
func migrate(db *sql.DB, path string, scripts fs.FS) error {
	names, err := scriptNames(scripts)
	if err != nil {
		return err
	}
	var version int
	if err := db.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil {
		return fmt.Errorf("read schema version of %s: %w", path, err)
	}
	if version > len(names) {
		return fmt.Errorf("schema version %d, this program knows %d: %w", version, len(names), ErrNewer)
	}
	if version > 0 && version < len(names) {
		if err := copyBefore(db, path, version); err != nil {
			return err
		}
	}
	for i := version; i < len(names); i++ {
		if err := migrateOne(db, scripts, names[i], i+1); err != nil {
			return err
		}
	}
	return nil
}

func scriptNames(scripts fs.FS) ([]string, error) {
	names, err := fs.Glob(scripts, "migrations/*.sql")
	return names, wrap(err, "list migrations")
}

// copyBefore keeps the database as it was, so that an upgrade can be taken back with the older program. The copy gets its
// name once it is whole, in place of that of an earlier try.
func copyBefore(db *sql.DB, path string, version int) error {
	name := fmt.Sprintf("%s.schema-%d", path, version)
	part := name + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("copy the database before upgrading it: %w", err)
	}
	if err := claim(part); err != nil { // VACUUM INTO takes an empty file
		return fmt.Errorf("copy the database before upgrading it: %w", err)
	}
	if _, err := db.Exec(`VACUUM INTO $1`, part); err != nil {
		return fmt.Errorf("copy the database to %s before upgrading it (is the disk full?): %w", part, err)
	}
	return wrap(os.Rename(part, name), "copy the database before upgrading it")
}

func migrateOne(db *sql.DB, scripts fs.FS, name string, version int) error {
	script, err := fs.ReadFile(scripts, name)
	if err != nil {
		return fmt.Errorf("read migration %s: %w", name, err)
	}
	tx, err := db.Begin()
	if err != nil {
		return fmt.Errorf("begin migration %s: %w", name, err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing to roll back after Commit
	if err := beforeScript(tx, name); err != nil {
		return fmt.Errorf("migrate %s: %w", name, err)
	}
	if _, err := tx.Exec(string(script)); err != nil {
		return fmt.Errorf("migrate %s: %w", name, err)
	}
	// PRAGMA takes no placeholders; version is a number of our own.
	if _, err := tx.Exec(fmt.Sprintf(`PRAGMA user_version = %d`, version)); err != nil {
		return fmt.Errorf("set schema version %d: %w", version, err)
	}
	return tx.Commit()
}

// beforeScript does what a script needs and SQL cannot do, in the script's transaction.
func beforeScript(tx *sql.Tx, name string) error {
	if name == "migrations/0029_hashes.sql" {
		return hashInbox(tx)
	}
	return nil
}

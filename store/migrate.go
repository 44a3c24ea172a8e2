package store

import (
	"database/sql"
	"embed"
	"errors"
	"fmt"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrNewer means that a newer Folkmoot has written the database; an older one must not touch it.
var ErrNewer = errors.New("the database was written by a newer Folkmoot; install that version or restore a backup")

// migrate brings the schema up to date. Migrations are append-only; PRAGMA user_version counts those applied.
func migrate(db *sql.DB) error {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	var version int
	if err := db.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if version > len(files) {
		return fmt.Errorf("schema version %d, this program knows %d: %w", version, len(files), ErrNewer)
	}
	for i := version; i < len(files); i++ {
		if err := migrateOne(db, files[i].Name(), i+1); err != nil {
			return err
		}
	}
	return nil
}

func migrateOne(db *sql.DB, name string, version int) error {
	script, err := migrations.ReadFile("migrations/" + name)
	if err != nil {
		return fmt.Errorf("read migration %s: %w", name, err)
	}
	tx, err := db.Begin()
	if err != nil {
		return fmt.Errorf("begin migration %s: %w", name, err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing to roll back after Commit
	if _, err := tx.Exec(string(script)); err != nil {
		return fmt.Errorf("migrate %s: %w", name, err)
	}
	// PRAGMA takes no placeholders; version is a number of our own.
	if _, err := tx.Exec(fmt.Sprintf(`PRAGMA user_version = %d`, version)); err != nil {
		return fmt.Errorf("set schema version %d: %w", version, err)
	}
	return tx.Commit()
}

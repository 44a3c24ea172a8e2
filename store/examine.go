package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Examination is what was found in a database.
type Examination struct {
	Origin string
	Schema int
	Groups int
	Bytes  int64
	Damage []string // sentences; none if all is well
}

func (x *Examination) add(format string, args ...any) {
	x.Damage = append(x.Damage, fmt.Sprintf(format, args...))
}

// ExamineOptions say how to look.
type ExamineOptions struct {
	Live bool                    // a server may be running on it
	Keys func(text []byte) error // says what is wrong with private keys; nil looks at none
}

// Examine reads a whole database and says what is wrong with it. It changes nothing, and leaves no file behind. An error means that
// it could not look; what it finds is in the Examination.
func Examine(ctx context.Context, path string, o ExamineOptions) (x Examination, err error) {
	if x.Bytes, err = size(path); err != nil {
		return x, err
	}
	if _, err := os.Stat(path); err != nil {
		return x, fmt.Errorf("look at the database: %w", err)
	}
	db, done, err := openToExamine(path, o.Live)
	if err != nil {
		return x, err
	}
	defer done()
	defer db.Close()
	for _, look := range []func(context.Context, *sql.DB, *Examination) error{examineSchema, examinePages, examineReferences, examineOrigin, o.examineKeys} {
		if err := look(ctx, db, &x); err != nil {
			if broken := readable(filepath.Base(path), err); errors.Is(broken, ErrUnreadable) {
				err = broken
			}
			if !errors.Is(err, ErrUnreadable) && !errors.Is(err, ErrNewer) {
				return x, err
			}
			x.add("%v.", err)
			return x, nil // what comes after would only say the same
		}
	}
	return x, nil
}

// openToExamine opens a database so that nothing changes where it is. SQLite reads a WAL only beside a file of its own making, and
// so a database with one that nobody has open is looked at in a copy.
func openToExamine(path string, live bool) (db *sql.DB, done func(), err error) {
	done = func() {}
	if live {
		db, err = openToRead(path, "mode=ro")
		return db, done, err
	}
	left, err := size(path + "-wal")
	if err != nil {
		return nil, done, err
	}
	if left == 0 {
		db, err = openToRead(path, "mode=ro&immutable=1")
		return db, done, err
	}
	folder, err := os.MkdirTemp("", "folkmoot-examine-*")
	if err != nil {
		return nil, done, fmt.Errorf("make a folder to look at the database in: %w", err)
	}
	done = func() { _ = os.RemoveAll(folder) } // what is left there is the system's to delete
	for _, name := range []string{path, path + "-wal"} {
		if err := copyFile(name, filepath.Join(folder, filepath.Base(name))); err != nil {
			done()
			return nil, func() {}, fmt.Errorf("copy %s to look at it: %w", name, err)
		}
	}
	if db, err = openToRead(filepath.Join(folder, filepath.Base(path)), "mode=ro"); err != nil {
		done()
	}
	return db, done, err
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func examineSchema(ctx context.Context, db *sql.DB, x *Examination) error {
	var ours int
	err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE name IN ('meta', 'groups')`).Scan(&ours)
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	if err := db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&x.Schema); err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	switch known := knownSchema(); {
	case ours < 2 || x.Schema == 0:
		return ErrUnreadable
	case x.Schema > known:
		return fmt.Errorf("schema version %d, this program knows %d: %w", x.Schema, known, ErrNewer)
	}
	return nil
}

// mostDamage is how many places SQLite names before it gives up.
const mostDamage = 20

func examinePages(ctx context.Context, db *sql.DB, x *Examination) error {
	rows, err := db.QueryContext(ctx, fmt.Sprintf(`PRAGMA integrity_check(%d)`, mostDamage))
	if err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	found, err := collect(rows, func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) })
	if err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	if len(found) == 1 && found[0] == "ok" {
		return nil
	}
	for _, line := range found {
		x.add("The database is damaged: %s.", line)
	}
	return nil
}

func examineReferences(ctx context.Context, db *sql.DB, x *Examination) error {
	rows, err := db.QueryContext(ctx, `SELECT "table", parent, COUNT(*) FROM pragma_foreign_key_check GROUP BY 1, 2`)
	if err != nil {
		return fmt.Errorf("check what refers to what: %w", err)
	}
	_, err = collect(rows, func(rows *sql.Rows) (struct{}, error) {
		var table, parent string
		var n int
		err := rows.Scan(&table, &parent, &n)
		x.add("Rows are missing: %d of the table %s belong to rows of %s that are not there.", n, table, parent)
		return struct{}{}, err
	})
	return wrap(err, "check what refers to what")
}

func examineOrigin(ctx context.Context, db *sql.DB, x *Examination) error {
	err := db.QueryRowContext(ctx, `SELECT COALESCE((SELECT value FROM meta WHERE key = 'origin'), ''), (SELECT COUNT(*) FROM groups)`).
		Scan(&x.Origin, &x.Groups)
	if err == nil && x.Origin == "" {
		x.add("The database does not say which server it belongs to.")
	}
	return wrap(err, "read the origin")
}

func (o ExamineOptions) examineKeys(ctx context.Context, db *sql.DB, x *Examination) error {
	if o.Keys == nil {
		return nil
	}
	list, err := privateKeys(ctx, db)
	for _, k := range list {
		if wrong := o.Keys(k.Text); wrong != nil {
			x.add("The private keys of %s cannot be read: %v.", k.Owner(), wrong)
		}
	}
	return err
}

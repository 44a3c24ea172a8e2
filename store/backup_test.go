package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A copy that is made while activities arrive is whole, and holds all that were acknowledged before it began.
func TestCopyWhileWriting(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "folkmoot.db")
	s := open(t, path)
	defer s.Close()
	holdBack(t, s)
	receive := func(id string) {
		if _, err := s.Receive(context.Background(), Received{Activity: id, Signer: "https://a.example/u", Raw: make([]byte, 3000), At: at()}); err != nil {
			t.Error(err)
		}
	}
	for i := range 200 {
		receive(fmt.Sprint("https://a.example/before/", i))
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				receive(fmt.Sprint("https://a.example/meanwhile/", i))
			}
		}
	}()
	to := filepath.Join(dir, "copy.db")
	err := CopyDatabase(t.Context(), path, to)
	close(stop)
	<-stopped
	if err != nil {
		t.Fatal(err)
	}
	ownerOnly(t, dir, "copy.db")
	x, err := Examine(t.Context(), to, ExamineOptions{})
	if err != nil || len(x.Damage) > 0 || x.Origin != origin || x.Schema != knownSchema() {
		t.Errorf("%+v, %v", x, err)
	}
	copied := open(t, to)
	defer copied.Close()
	if n := scalar(t, copied, `SELECT COUNT(*) FROM inbox WHERE activity LIKE '%/before/%'`); n != "200" {
		t.Errorf("%s of 200 acknowledged activities are in the copy", n)
	}
	if n := scalar(t, copied, `SELECT COUNT(*) - MAX(id) FROM inbox`); n != "0" {
		t.Errorf("there are holes in the copy: %s", n)
	}
}

func TestCopyOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	path, to := filepath.Join(dir, "folkmoot.db"), filepath.Join(dir, "copy.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := CopyDatabase(t.Context(), path, to); !errors.Is(err, os.ErrExist) {
		t.Errorf("%v", err)
	}
	if b, _ := os.ReadFile(to); string(b) != "mine" {
		t.Errorf("the file holds %.20q", b)
	}
}

func TestCopySaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database\n", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{filepath.Join(dir, "none.db"): os.ErrNotExist, text: ErrUnreadable} {
		to := filepath.Join(dir, "copy.db")
		if err := CopyDatabase(t.Context(), path, to); !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
		if _, err := os.Stat(to); err == nil {
			t.Errorf("%s: something is left over", path)
		}
	}
}

// tamper writes into a database that nobody has open, past all checks.
func tamper(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // what a PRAGMA sets is the connection's
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
}

// What is wrong is found and said in words, and not a byte or a file is another one afterwards.
func TestExamine(t *testing.T) {
	badKeys := func(text []byte) error {
		if string(text) == "bad" {
			return errors.New("no key")
		}
		return nil
	}
	for name, tt := range map[string]struct {
		damage func(path string)
		want   string // "" for nothing
	}{
		"whole":     {func(string) {}, ""},
		"newer":     {func(p string) { tamper(t, p, `PRAGMA user_version = 9999`) }, "written by a newer Folkmoot"},
		"no origin": {func(p string) { tamper(t, p, `DELETE FROM meta WHERE key = 'origin'`) }, "does not say which server"},
		"no rows of others": {
			func(p string) { tamper(t, p, `PRAGMA foreign_keys = 0`, `DELETE FROM actors`) }, "of the table memberships belong to rows of actors that are not there",
		},
		"keys": {func(p string) { tamper(t, p, `UPDATE groups SET keys = 'bad'`) }, "The private keys of the group books cannot be read: no key."},
		"an index": {func(p string) {
			tamper(t, p, `PRAGMA writable_schema = 1`, `UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'actors_handle') WHERE name = 'posts_author'`)
		}, "damaged"},
		"a page": {func(p string) {
			b, _ := os.ReadFile(p)
			copy(b[5*4096:], strings.Repeat("\xff", 3000))
			_ = os.WriteFile(p, b, 0o600)
		}, "damaged"},
		"half":  {func(p string) { _ = os.Truncate(p, 5*4096) }, "damaged"},
		"text":  {func(p string) { _ = os.WriteFile(p, []byte(strings.Repeat("text\n", 2000)), 0o600) }, "no Folkmoot database"},
		"empty": {func(p string) { _ = os.Truncate(p, 0) }, "no Folkmoot database"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "folkmoot.db")
			s := founded(t)
			follow(t, s)
			publish(t, s)
			if err := CopyDatabase(t.Context(), pathOf(t, s), path); err != nil {
				t.Fatal(err)
			}
			tt.damage(path)
			before := digest(t, path)
			x, err := Examine(t.Context(), path, ExamineOptions{Keys: badKeys})
			if err != nil {
				t.Fatal(err)
			}
			found := strings.Join(x.Damage, "\n")
			if !strings.Contains(found, tt.want) || (found == "") != (tt.want == "") {
				t.Errorf("found %q", found)
			}
			if digest(t, path) != before {
				t.Error("the file has changed")
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
				t.Errorf("there are %v", left)
			}
		})
	}
}

// What stands in the WAL of a server that was killed is looked at too, and left where it is.
func TestExamineReadsTheWAL(t *testing.T) {
	source, dir := filepath.Join(t.TempDir(), "folkmoot.db"), t.TempDir()
	s := open(t, source)
	defer s.Close()
	holdBack(t, s)
	if err := s.update(t.Context(), func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE key = 'origin'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "folkmoot.db")
	for _, part := range []string{"", "-wal"} {
		b, err := os.ReadFile(source + part)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+part, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	database, wal := digest(t, path), digest(t, path+"-wal")
	x, err := Examine(t.Context(), path, ExamineOptions{})
	if err != nil || len(x.Damage) != 1 {
		t.Errorf("%+v, %v", x, err)
	}
	if digest(t, path) != database || digest(t, path+"-wal") != wal {
		t.Error("a file has changed")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 2 {
		t.Errorf("there are %v", left)
	}
}

// pathOf is the file of a store.
func pathOf(t *testing.T, s *Store) string {
	t.Helper()
	return scalar(t, s, `SELECT file FROM pragma_database_list WHERE name = 'main'`)
}

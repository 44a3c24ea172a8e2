package store

import (
	"database/sql"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func TestMigrateCopiesBeforeItChanges(t *testing.T) {
	t.Run("QUE-15", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "folkmoot.db")
		scripts := fstest.MapFS{"migrations/0001_a.sql": {Data: []byte(`CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (7)`)}}
		db, err := openPool(path, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := migrate(db, path, scripts); err != nil {
			t.Fatal(err)
		}
		scripts["migrations/0002_b.sql"] = &fstest.MapFile{Data: []byte(`DROP TABLE a`)}
		if err := migrate(db, path, scripts); err != nil {
			t.Fatal(err)
		}
		before, err := sql.Open("sqlite", "file:"+path+".schema-1")
		if err != nil {
			t.Fatal(err)
		}
		defer before.Close()
		var x int
		if err := before.QueryRow(`SELECT x FROM a`).Scan(&x); err != nil || x != 7 {
			t.Errorf("the copy holds %d, %v", x, err)
		}
		if err := db.QueryRow(`SELECT x FROM a`).Scan(&x); err == nil {
			t.Error("the second script did not run")
		}
	})
}

func TestFailedMigrationChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folkmoot.db")
	db, err := openPool(path, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	scripts := fstest.MapFS{"migrations/0001_a.sql": {Data: []byte(`CREATE TABLE a (x INTEGER); nonsense`)}}
	if err := migrate(db, path, scripts); err == nil {
		t.Fatal("no error")
	}
	var version, tables int
	if err := db.QueryRow(`SELECT (SELECT COUNT(*) FROM sqlite_master)`).Scan(&tables); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	if version != 0 || tables != 0 {
		t.Errorf("version %d and %d tables after a failed script", version, tables)
	}
}

// The driver is tested with one version of the C library it is translated against, and breaks in odd places with others.
func TestLibcIsTheOneTheDriverPins(t *testing.T) {
	version := func(dir string) string {
		cmd := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "modernc.org/libc")
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list in %s: %v", dir, err)
		}
		return strings.TrimSpace(string(out))
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite").Output()
	if err != nil {
		t.Fatal(err)
	}
	pinned, err := exec.Command("go", "mod", "edit", "-json", strings.TrimSpace(string(out))).Output()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(pinned), `"Path": "modernc.org/libc"`)
	_, rest, _ = strings.Cut(rest, `"Version": "`)
	want, _, _ := strings.Cut(rest, `"`)
	if got := version("."); got != want || want == "" {
		t.Errorf("go.mod has modernc.org/libc %s; modernc.org/sqlite pins %s: go get modernc.org/libc@%s", got, want, want)
	}
}

// The schema's version counts the scripts: two of one number would make it mean different things in different databases.
func TestScriptsAreNumbered(t *testing.T) {
	names, err := scriptNames(migrations)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		if want := fmt.Sprintf("%04d_", i+1); !strings.HasPrefix(path.Base(name), want) {
			t.Errorf("script %d is called %s, want %s…", i+1, name, want)
		}
	}
}

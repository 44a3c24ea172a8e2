package store

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"folkmoot/group"
)

// older are databases as older programs left them, as SQL, with the private keys taken out. Each release adds its own:
//
//	go test ./store -run TestADumpIsWhole -dump testdata/older/VERSION.sql
const older = "testdata/older"

// Databases of older versions open with this program: nothing of them is lost, what is there can be used, and the schema is that of a
// new one.
func TestOlderDatabasesOpen(t *testing.T) {
	dumps, err := filepath.Glob(filepath.Join(older, "*.sql"))
	if err != nil || len(dumps) == 0 {
		t.Fatalf("%v, %v", dumps, err)
	}
	fresh := foundedAt(t, at)
	want := schemaOf(t, pathOf(t, fresh))
	for _, dump := range dumps {
		t.Run("QUE-15 "+filepath.Base(dump), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "folkmoot.db")
			load(t, dump, path)
			before := rowsOf(t, path)
			version, from := versionOf(t, path)
			s, err := Open(Options{Path: path, Origin: from, Now: at, Encode: plain})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			after := rowsOf(t, path)
			for table, n := range before {
				if after[table] < n {
					t.Errorf("%s had %d rows and has %d", table, n, after[table])
				}
			}
			if diff := schemaOf(t, path); diff != want {
				t.Errorf("the schema is not that of a new database:\n%s\nwant:\n%s", diff, want)
			}
			if _, err := os.Stat(fmt.Sprintf("%s.schema-%d", path, version)); err != nil && version < knownSchema() {
				t.Errorf("no copy from before: %v", err)
			}
			x, err := Examine(t.Context(), path, ExamineOptions{Live: true})
			if err != nil || len(x.Damage) > 0 {
				t.Errorf("%+v, %v", x, err)
			}
			goesOn(t, s)
		})
	}
}

// goesOn uses a database: somebody who follows a group posts to it, and the post is found.
func goesOn(t *testing.T, s *Store) {
	t.Helper()
	g := scalar(t, s, `SELECT g.uri FROM groups g JOIN memberships m ON m.group_id = g.id AND m.follows LIMIT 1`)
	person := scalar(t, s, `SELECT a.uri FROM actors a JOIN memberships m ON m.actor_id = a.id AND m.follows
		WHERE m.group_id = (SELECT id FROM groups WHERE uri = '`+g+`') AND m.state = 'member' LIMIT 1`)
	d := apply(t, s, group.Request{
		Kind: group.Publish, By: group.Person{URI: person}, Activity: person + "/act/1", Groups: []string{g},
		Post: &group.Post{URI: person + "/post/1", Author: person, HTML: "<p>Xylophones, still?</p>", Published: at()},
	})
	if d.Verdict != group.Accepted {
		t.Errorf("a member's post: %s, %s", d.Verdict, d.Reason)
	}
	for {
		n, err := s.Index(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	if n := scalar(t, s, `SELECT COUNT(*) FROM found_posts WHERE found_posts MATCH 'xylophones'`); n != "1" {
		t.Errorf("found %s times", n)
	}
	if n, all := scalar(t, s, `SELECT COUNT(*) FROM found_posts`), scalar(t, s, `SELECT COUNT(*) FROM posts WHERE state = 'visible' AND visibility = 0`); n != all {
		t.Errorf("%s of %s posts are in the index", n, all)
	}
	for _, name := range strings.Fields(scalar(t, s, `SELECT GROUP_CONCAT(name, ' ') FROM groups`)) {
		g, err := s.Group(t.Context(), name)
		if err != nil || !strings.Contains(string(g.Keys), "of "+name) {
			t.Errorf("%s has the keys %.40q, %v", name, g.Keys, err)
		}
	}
}

// load makes a database out of a dump.
func load(t *testing.T, dump, path string) {
	t.Helper()
	text, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	tamper(t, path, string(text))
}

func beside(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := openToRead(path, "mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func versionOf(t *testing.T, path string) (version int, from string) {
	t.Helper()
	db := beside(t, path)
	if err := db.QueryRow(`SELECT value FROM meta WHERE key = 'origin'`).Scan(&from); err != nil {
		t.Fatal(err)
	}
	return schemaVersion(t, db), from
}

func schemaOf(t *testing.T, path string) string {
	t.Helper()
	rows, err := beside(t, path).Query(`SELECT type || ' ' || name || ' ' || COALESCE(sql, '') FROM sqlite_schema ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := collect(rows, func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) })
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "\n")
}

// ownTables lists the tables with rows of their own, in the order in which they were made.
const ownTables = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'found\_%' ESCAPE '\'
	ORDER BY rowid`

func tablesOf(t *testing.T, db *sql.DB) []string {
	t.Helper()
	rows, err := db.Query(ownTables)
	if err != nil {
		t.Fatal(err)
	}
	all, err := collect(rows, func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func rowsOf(t *testing.T, path string) map[string]int {
	t.Helper()
	db, counts := beside(t, path), map[string]int{}
	for _, table := range tablesOf(t, db) {
		var n int
		if err := db.QueryRow(`SELECT COUNT(*) FROM ` + table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if table != "unread" { // what is to be put into the index
			counts[table] = n
		}
	}
	return counts
}

// dumpTo is where TestADumpIsWhole keeps its dump; "" for nowhere.
var dumpTo = flag.String("dump", "", "keep a dump of a small database of today in this file")

// A dump of a database of today makes the same database again.
func TestADumpIsWhole(t *testing.T) {
	s := founded(t)
	follow(t, s)
	publish(t, s)
	if err := s.update(t.Context(), keysOfNobody); err != nil {
		t.Fatal(err)
	}
	dump := filepath.Join(t.TempDir(), "dump.sql")
	if *dumpTo != "" {
		dump = *dumpTo
	}
	if err := os.WriteFile(dump, []byte(dumpOf(t, pathOf(t, s))), 0o644); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "folkmoot.db")
	load(t, dump, path)
	if got, want := schemaOf(t, path), schemaOf(t, pathOf(t, s)); got != want {
		t.Errorf("the schema is\n%s\nwant\n%s", got, want)
	}
	for table, n := range rowsOf(t, pathOf(t, s)) {
		if got := rowsOf(t, path)[table]; got != n {
			t.Errorf("%s has %d rows, want %d", table, got, n)
		}
	}
	again := open(t, path)
	defer again.Close()
	goesOn(t, again)
}

// Whatever was released has its dump.
func TestEachReleaseHasADump(t *testing.T) {
	text, err := os.ReadFile("../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	versions := regexp.MustCompile(`(?m)^## (\S+), (.+)$`).FindAllStringSubmatch(string(text), -1)
	if len(versions) == 0 {
		t.Error("no version is found")
	}
	for _, v := range versions {
		dump := filepath.Join(older, v[1]+".sql")
		if _, err := os.Stat(dump); err != nil && v[2] != "unreleased" {
			t.Errorf("make it with: go test ./store -run TestADumpIsWhole -dump %s (%v)", dump, err)
		}
	}
}

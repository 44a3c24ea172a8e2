package store

import (
	"bytes"
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
			knowsAgain(t, s)
			goesOn(t, s)
		})
	}
}

// knowsAgain sends a second time what is in the inbox.
func knowsAgain(t *testing.T, s *Store) {
	t.Helper()
	rows, err := s.read.Query(`SELECT activity, signer, raw FROM inbox`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := collect(rows, func(rows *sql.Rows) (r Received, err error) { return r, rows.Scan(&r.Activity, &r.Signer, &r.Raw) })
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		raw, err := s.ReceivedRaw(t.Context(), r.Activity, r.Signer)
		if err != nil || !bytes.Equal(raw, r.Raw) {
			t.Errorf("%s is kept as %s, %v", r.Activity, raw, err)
		}
		if isNew, err := s.Receive(t.Context(), r); err != nil || isNew {
			t.Errorf("%s is taken again: %v, %v", r.Activity, isNew, err)
		}
	}
}

// An upgrade that fails half-way leaves what was there, and is made once the reason is gone.
func TestAFailedRebuildOfTheInboxChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folkmoot.db")
	load(t, filepath.Join(older, "schema-17.sql"), path)
	tamper(t, path, `INSERT INTO inbox (activity, signer, raw, received, due) VALUES ('a', 'https://a.example/u', 'raw', 1, 1);
		CREATE TABLE inbox_before (in_the_way INTEGER)`)
	before := rowsOf(t, path)["inbox"]
	_, from := versionOf(t, path)
	if s, err := Open(Options{Path: path, Origin: from, Now: at, Encode: plain}); err == nil {
		s.Close()
		t.Fatal("no error")
	}
	var n int
	err := beside(t, path).QueryRow(`SELECT (SELECT COUNT(*) FROM inbox) + (SELECT COUNT(*) FROM sqlite_schema WHERE name = 'hashes')`).Scan(&n)
	if err != nil || n != before || n == 0 {
		t.Errorf("%d rows and tables, want %d rows: %v", n, before, err)
	}
	tamper(t, path, `DROP TABLE inbox_before`)
	s, err := Open(Options{Path: path, Origin: from, Now: at, Encode: plain})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	knowsAgain(t, s)
}

// Whatever is known of an activity is known after the inbox was made anew, for more of them than are hashed at once.
func TestAnOlderInboxIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folkmoot.db")
	load(t, filepath.Join(older, "schema-17.sql"), path)
	tamper(t, path, `DELETE FROM inbox;
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
		INSERT INTO inbox (id, activity, signer, raw, received, state, due, attempts, waits_for, verdict, reason, host, signed)
			SELECT 2 * i, 'activity ' || i, 'https://a.example/u' || i % 7, CAST('raw ' || i AS BLOB), 1000 + i, CASE i % 3 WHEN 0 THEN 'new' ELSE 'done' END,
				2000 + i, i % 4, 'post ' || i, 'verdict ' || i, 'reason ' || i, 'a.example', i FROM n`)
	const columns = `SELECT GROUP_CONCAT(id || activity || signer || HEX(raw) || received || state || due || attempts || waits_for || verdict || reason
		|| host || signed ORDER BY id) FROM inbox`
	var before string
	if err := beside(t, path).QueryRow(columns).Scan(&before); err != nil {
		t.Fatal(err)
	}
	_, from := versionOf(t, path)
	s, err := Open(Options{Path: path, Origin: from, Now: at, Encode: plain})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if after := scalar(t, s, columns); after != before || len(after) < 100_000 {
		t.Errorf("the inbox is not what it was: %d and %d bytes", len(before), len(after))
	}
	knowsAgain(t, s)
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

package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/group"
)

// said files a post of Ann's and puts it into the index.
func said(t *testing.T, s *Store, p group.Post) {
	t.Helper()
	p.Author, p.Published = ann, at()
	apply(t, s, group.Request{Kind: group.Publish, By: group.Person{URI: ann}, Activity: p.URI + "#c", Groups: []string{books}, Post: &p})
	index(t, s)
}

func index(t *testing.T, s *Store) {
	t.Helper()
	if _, err := s.Index(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// found is which posts a question finds, by the end of their URIs.
func found(t *testing.T, s *Store, typed string) []string {
	t.Helper()
	posts, err := s.FindPosts(t.Context(), ParseQuery(typed), "", 0, 10)
	if err != nil {
		t.Fatalf("%q: %v", typed, err)
	}
	var ends []string
	for _, p := range posts {
		ends = append(ends, p.URI[strings.LastIndexByte(p.URI, '/')+1:])
	}
	return ends
}

func TestPostsAreFoundByWords(t *testing.T) {
	s := founded(t)
	follow(t, s)
	said(t, s, group.Post{URI: ann + "/tea", Title: "Tea in winter", HTML: "<p>Thé à <b>Düss</b>eldorf &amp; more</p><p>Tomorrow</p>"})
	said(t, s, group.Post{URI: ann + "/warned", Title: "A butler did it", Warning: "Spoilers", HTML: "<p>really</p>"})
	for typed, want := range map[string]string{
		"tea": "tea", "TEA winter": "tea", "the": "tea", "dusseldorf": "tea", "düsseld": "tea", "tomor": "tea", "moretomorrow": "",
		`"in winter"`: "tea", `"winter in"`: "", "tea nowhere": "", "winte tea": "", "spoilers": "warned", "butler": "warned", "more tomorrow": "tea",
	} {
		if got := strings.Join(found(t, s, typed), " "); got != want {
			t.Errorf("%q finds %q, want %q", typed, got, want)
		}
	}
}

func TestOneStepPutsPostsIntoTheIndexTogether(t *testing.T) {
	s := founded(t)
	follow(t, s)
	for i := range 12 {
		p := group.Post{URI: fmt.Sprintf("%s/%d", ann, i), Title: "Tea", HTML: "<p>in winter</p>", Author: ann, Published: at()}
		apply(t, s, group.Request{Kind: group.Publish, By: group.Person{URI: ann}, Activity: p.URI + "#c", Groups: []string{books}, Post: &p})
	}
	index(t, s)
	const blocks = `SELECT COUNT(*) FROM found_posts_data WHERE id > 10` // those before it are of the index as a whole
	var n int
	if err := s.read.QueryRowContext(t.Context(), blocks).Scan(&n); err != nil || n > 2 {
		t.Errorf("twelve short posts take %d blocks of the index (%v)", n, err)
	}
	if got := len(found(t, s, "tea")); got != 10 {
		t.Errorf("%d of the first ten are found", got)
	}
}

func FuzzNoQuestionIsAnError(f *testing.F) {
	s, err := Open(Options{Path: filepath.Join(f.TempDir(), "folkmoot.db"), Origin: origin})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	for _, typed := range []string{
		``, `"`, `""`, `a"b`, `AND`, `a OR`, `NOT x`, `NEAR(a b)`, `title:x`, `^a`, `a*`, `-`, `a + b`, `{a b}: c`, "\x00", "a\x00b", "\xff\xfe", `'; DROP TABLE posts`,
		strings.Repeat("word ", 5000), strings.Repeat("x", 100_000), `(((`, "日本語", "\u0301", "\u202e", `"a" "b`,
	} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		q := ParseQuery(typed)
		if _, err := s.FindPosts(t.Context(), q, "", 0, 10); err != nil {
			t.Errorf("posts: %q: %v", typed, err)
		}
		if _, err := s.FindPeople(t.Context(), q, 0, 10); err != nil {
			t.Errorf("people: %q: %v", typed, err)
		}
		if _, err := s.FindGroups(t.Context(), q, 0, 10); err != nil {
			t.Errorf("groups: %q: %v", typed, err)
		}
	})
}

// Whatever takes a post from view takes its words out of the index in the same moment.
func TestWhatIsHiddenLeavesTheIndexAtOnce(t *testing.T) {
	uri := ann + "/1"
	by := func(kind group.Kind, who string) group.Request {
		return group.Request{Kind: kind, By: group.Person{URI: who}, Activity: string(kind), Target: uri, Groups: []string{books}}
	}
	edited := group.Post{URI: uri, Author: ann, HTML: "<p>harmless</p>", Published: at(), Updated: at().Add(time.Hour)}
	edit := by(group.Edit, ann)
	edit.Post = &edited
	gone, erase := by(group.DeleteActor, ann), by(group.Erase, ann)
	gone.Target, erase.Target = ann, ""
	for name, r := range map[string]group.Request{
		"removed": by(group.Remove, lee), "deleted": by(group.Delete, ann), "erased": erase, "account gone": gone, "edited": edit,
	} {
		t.Run(name, func(t *testing.T) {
			s := founded(t)
			follow(t, s)
			said(t, s, group.Post{URI: uri, HTML: "<p>treasure</p>", Tags: []string{"Gold"}})
			if got := found(t, s, "treasure"); len(got) != 1 {
				t.Fatalf("before: %q", got)
			}
			apply(t, s, r)
			if n := scalar(t, s, `SELECT (SELECT COUNT(*) FROM found_posts WHERE found_posts MATCH 'treasure') + (SELECT COUNT(*) FROM hashtags)`); n != "0" {
				t.Errorf("%s rows of the index are left", n)
			}
			index(t, s)
			if got := found(t, s, "treasure"); len(got) != 0 {
				t.Errorf("after: %q", got)
			}
		})
	}
}

func TestWhatComesBackIsFoundAgain(t *testing.T) {
	s := founded(t)
	follow(t, s)
	said(t, s, group.Post{URI: ann + "/1", HTML: "<p>treasure</p>", Tags: []string{"Gold"}})
	for _, kind := range []group.Kind{group.Remove, group.Restore} {
		apply(t, s, group.Request{Kind: kind, By: group.Person{URI: lee}, Activity: string(kind), Target: ann + "/1", Groups: []string{books}})
	}
	index(t, s)
	if got := found(t, s, "treasure"); len(got) != 1 {
		t.Errorf("found %q", got)
	}
	if tagged, err := s.TaggedPosts(t.Context(), "#GOLD", "books", 0, 10); err != nil || len(tagged) != 1 {
		t.Errorf("tagged: %d, %v", len(tagged), err)
	}
}

func TestNobodyIsFoundWhoDoesNotWantIt(t *testing.T) {
	s := founded(t)
	follow(t, s)
	said(t, s, group.Post{URI: ann + "/1", HTML: "<p>treasure</p>", Tags: []string{"gold"}})
	said(t, s, group.Post{URI: ann + "/quiet", HTML: "<p>treasure</p>", Visibility: group.Unlisted})
	for _, tt := range []struct {
		found, indexed Consent
		posts, people  int
	}{{NotSaid, NotSaid, 1, 0}, {Agreed, Agreed, 1, 1}, {Refused, Refused, 0, 0}, {Agreed, Refused, 0, 1}, {NotSaid, Agreed, 1, 0}} {
		a := Actor{URI: ann, Name: "Ann", Handle: "@ann@mastodon.example", Inbox: ann + "/inbox", Fetched: at(), Found: tt.found, Indexed: tt.indexed}
		if err := s.SaveActor(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		index(t, s)
		if got := found(t, s, "treasure"); len(got) != tt.posts || slices.Contains(got, "quiet") {
			t.Errorf("%+v: found posts %q", tt, got)
		}
		tags, err := s.PopularTags(t.Context(), 1, 10)
		if err != nil || len(tags) != tt.posts {
			t.Errorf("%+v: tags %v, %v", tt, tags, err)
		}
		people, err := s.FindPeople(t.Context(), ParseQuery("ann"), 0, 10)
		if err != nil || len(people) != tt.people {
			t.Errorf("%+v: people %v, %v", tt, people, err)
		}
		members, err := s.ListedMembers(t.Context(), 1, 0, 10)
		if err != nil || len(members) != tt.people {
			t.Errorf("%+v: members %v, %v", tt, members, err)
		}
	}
}

func TestGroupsAreFound(t *testing.T) {
	s := founded(t)
	if groups, err := s.FindGroups(t.Context(), ParseQuery("bóok cl"), 0, 10); err != nil || len(groups) != 1 {
		t.Errorf("%v, %v", groups, err)
	}
	g, err := s.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	g.Title = "Reading"
	if err := s.EditGroup(t.Context(), g, nil); err != nil {
		t.Fatal(err)
	}
	if groups, err := s.FindGroups(t.Context(), ParseQuery("club"), 0, 10); err != nil || len(groups) != 0 {
		t.Errorf("by its old title: %v, %v", groups, err)
	}
}

func TestTagsFold(t *testing.T) {
	for typed, want := range map[string]string{"#Books": "books", "ÄRGER": "ärger", "a b": "", "": "", "a/b": "", strings.Repeat("x", 101): ""} {
		if got := FoldTag(typed); got != want {
			t.Errorf("%q: %q", typed, got)
		}
	}
}

// A database from before there was an index is taken in, its hashtags too.
func TestAnOlderDatabaseIsTakenIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folkmoot.db")
	db, err := openPool(path, 1)
	if err != nil {
		t.Fatal(err)
	}
	names, err := scriptNames(migrations)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(names, func(name string) bool { return strings.HasSuffix(name, "_search.sql") })
	for i, name := range names[:at] {
		if err := migrateOne(db, migrations, name, i+1); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(`INSERT INTO hosts (id, name) VALUES (1, 'a.example');
		INSERT INTO actors (id, uri, host_id, name, handle, raw) VALUES (1, 'https://a.example/ann', 1, 'Ann', '@ann@a.example', CAST('{"discoverable":true}' AS BLOB)),
			(2, 'https://a.example/no', 1, 'No', '@no@a.example', CAST('{"indexable":false}' AS BLOB)), (3, 'https://a.example/x', 1, 'X', '@x@a.example', CAST('{broken' AS BLOB));
		INSERT INTO groups (id, uri, name, title, join_policy, posting_policy, tag_cap, keys, created, updated) VALUES (1, 'g', 'books', 'Books', 'open', 'members', 2, '', 1, 1);
		INSERT INTO posts (group_id, uri, thread_id, author_id, html, visibility, state, published, filed, raw) VALUES
			(1, 'u/ann', 1, 1, '<p>treasure</p>', 0, 'visible', 1, 1, CAST('{"tag":[{"type":"Mention","name":"@x"},{"type":"Hashtag","name":"#Gold"}]}' AS BLOB)),
			(1, 'u/no', 2, 2, '<p>treasure</p>', 0, 'visible', 1, 1, CAST('{"tag":{"type":"Hashtag"}}' AS BLOB)),
			(1, 'u/x', 3, 3, '<p>treasure</p>', 0, 'removed', 1, 1, CAST('{"type":"Hashtag"' AS BLOB)),
			(1, 'u/y', 4, 3, '<p>treasure</p>', 0, 'visible', 1, 1, CAST('{"tag":[7,"Hashtag"]' AS BLOB))`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	defer s.Close()
	index(t, s)
	if got := found(t, s, "treasure"); strings.Join(got, " ") != "y ann" {
		t.Errorf("found %q", got)
	}
	if tagged, err := s.TaggedPosts(t.Context(), "gold", "", 0, 10); err != nil || len(tagged) != 1 {
		t.Errorf("tagged: %v, %v", tagged, err)
	}
	if people, err := s.FindPeople(t.Context(), ParseQuery("ann"), 0, 10); err != nil || len(people) != 1 {
		t.Errorf("people: %v, %v", people, err)
	}
}

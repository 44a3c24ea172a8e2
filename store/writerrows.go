package store

import (
	"context"
	"strings"

	"folkmoot/group"
)

// writerRows keeps rows that the writer has read, because very many activities need the same ones: groups with their settings and keys,
// where people stand with them, and posts as the rules see them. Only the writer writes, so that what it has read holds until it runs a
// statement that may change it. The text of each statement says which rows those are; undoing one forgets everything.
type writerRows struct {
	groups  groupRows
	members map[rowKey]keptMember
	posts   map[rowKey]keptPost
	places  map[string][]int64  // the groups that have a post, by its URI
	known   map[string]affected // what statements may change
}

// rowKey is a person's or a post's URI in a group.
type rowKey struct {
	group int64
	uri   string
}

type keptMember struct {
	actor int64
	group.Member
}

type keptPost struct {
	id int64
	group.Filed
}

// affected are kinds of rows.
type affected struct{ groups, members, actors, posts bool }

// maxKeptRows bounds what is kept of one kind; when there is more, all is read anew.
const maxKeptRows = 4096

// beforeRunning forgets what a statement may change, and returns that.
func (k *writerRows) beforeRunning(statement string) affected {
	what, ok := k.known[statement]
	if !ok {
		what = affects(statement)
		k.known = keep(k.known, maxStatements, statement, what)
	}
	if what.groups {
		k.groups.forget()
	}
	if what.members || what.actors {
		k.members = nil
	}
	if what.posts {
		k.posts, k.places = nil, nil
	}
	return what
}

// affects reads what a statement may change. Two of the most frequent ones are known to change nothing of what is kept: a new post, whose
// place [effectWriter.file] forgets itself, and how often a post is liked.
func affects(statement string) affected {
	changes := func(table string) bool {
		for _, verb := range []string{"UPDATE ", "INTO ", "DELETE FROM "} {
			if strings.Contains(statement, verb+table) {
				return true
			}
		}
		return false
	}
	undoes := strings.Contains(statement, "ROLLBACK")
	return affected{
		groups:  undoes || changes("groups") || changes("meta"),
		members: undoes || changes("memberships"),
		actors:  undoes || changes("actors"),
		posts:   undoes || changes("posts") && statement != filing && statement != counting,
	}
}

// keep adds a row to those of one kind that are kept. When there are as many as may be, all others are forgotten.
func keep[K comparable, V any](kept map[K]V, most int, key K, row V) map[K]V {
	if kept == nil || len(kept) >= most {
		kept = map[K]V{}
	}
	kept[key] = row
	return kept
}

// placesOf returns the numbers of the groups that have a post.
func (t *txn) placesOf(ctx context.Context, uri string) ([]int64, error) {
	if ids, ok := t.kept.places[uri]; ok {
		return ids, nil
	}
	ids, err := t.groupNumbers(ctx, withPost, uri)
	if err == nil && len(ids) > 0 {
		t.kept.places = keep(t.kept.places, maxKeptRows, uri, ids)
	}
	return ids, err
}

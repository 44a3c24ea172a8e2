package store

import (
	"context"
	"database/sql"
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
		if k.known == nil || len(k.known) >= maxStatements {
			k.known = map[string]affected{}
		}
		k.known[statement] = what
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

func (k *writerRows) keepMember(key rowKey, m keptMember) {
	if k.members == nil || len(k.members) >= maxKeptRows {
		k.members = map[rowKey]keptMember{}
	}
	k.members[key] = m
}

func (k *writerRows) keepPost(key rowKey, p keptPost) {
	if k.posts == nil || len(k.posts) >= maxKeptRows {
		k.posts = map[rowKey]keptPost{}
	}
	k.posts[key] = p
}

// placesOf returns the numbers of the groups that have a post.
func (t *txn) placesOf(ctx context.Context, uri string) ([]int64, error) {
	if ids, ok := t.kept.places[uri]; ok {
		return ids, nil
	}
	rows, err := t.QueryContext(ctx, withPost, uri)
	if err != nil {
		return nil, wrap(err, "find the groups of "+uri)
	}
	ids, err := collect(rows, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) })
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	if t.kept.places == nil || len(t.kept.places) >= maxKeptRows {
		t.kept.places = map[string][]int64{}
	}
	t.kept.places[uri] = ids
	return ids, nil
}

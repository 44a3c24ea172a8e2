package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"unicode"
)

// maxTerms bounds a question: nobody types more, and each costs.
const maxTerms = 12

// Query is a question to the index that is safe whatever was typed.
type Query struct {
	Terms []string // what is looked for, in lower case; the last may be the beginning of a word
	Open  bool     // so it is
	match string
}

// ParseQuery reads what somebody typed: words, all of which must occur, and "words in a row". Nothing else of FTS5's own language
// is let through, so that no sign is an error.
func ParseQuery(typed string) Query {
	var q Query
	var parts []string
	for i, piece := range strings.Split(typed, `"`) {
		words := terms(piece)
		if len(q.Terms)+len(words) > maxTerms {
			words = words[:maxTerms-len(q.Terms)]
		}
		q.Terms = append(q.Terms, words...)
		q.Open = false
		if i%2 == 1 && len(words) > 0 {
			parts = append(parts, `"`+strings.Join(words, " ")+`"`)
			continue
		}
		for _, w := range words {
			parts = append(parts, `"`+w+`"`)
			q.Open = true
		}
	}
	if q.Open {
		parts[len(parts)-1] += " *" // still being typed
	}
	q.match = strings.Join(parts, " ")
	return q
}

// Empty says whether nothing is asked.
func (q Query) Empty() bool { return q.match == "" }

// terms are the words of a text as the tokeniser of the index parts them.
func terms(text string) []string {
	return strings.FieldsFunc(strings.ToLower(strings.ToValidUTF8(text, " ")), func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.N, unicode.M, unicode.Co)
	})
}

// foundPosts asks again whether a post may be shown: an index is never the reason that something is. Of a word that is everywhere only the
// newest posts are compared, and of those what a page shows is read once it is known which they are.
const foundPosts = ` JOIN (SELECT f.found, f.distance FROM (SELECT rowid AS found, bm25(found_posts, 4.0, 1.0) AS distance
		FROM found_posts WHERE found_posts MATCH $1 ORDER BY rowid DESC LIMIT 5000) f
	JOIN posts s ON s.id = f.found JOIN actors b ON b.id = s.author_id JOIN groups h ON h.id = s.group_id
	WHERE s.state = 'visible' AND s.visibility = 0 AND b.indexable <> 2 AND b.gone = 0 AND ($2 = '' OR h.name = $2)
	ORDER BY f.distance, f.found DESC LIMIT $3 OFFSET $4) ON found = p.id ORDER BY distance, found DESC`

// FindPosts returns the posts a query finds, best first; those of one group, or of all for "".
func (s *Store) FindPosts(ctx context.Context, q Query, name string, skip, limit int) ([]Post, error) {
	if q.Empty() {
		return nil, nil
	}
	return s.posts(ctx, foundPosts, q.match, name, limit, skip)
}

// FindPeople returns the accounts a query finds that want to be found (their document says discoverable) and have posted here.
func (s *Store) FindPeople(ctx context.Context, q Query, skip, limit int) ([]Actor, error) {
	if q.Empty() {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx, `SELECT a.id, a.uri, a.handle, a.name, a.summary, a.url, a.avatar
		FROM found_people JOIN actors a ON a.id = found_people.rowid WHERE found_people MATCH $1 AND a.discoverable = 1 AND a.gone = 0
		AND a.handle <> '' AND EXISTS (SELECT 1 FROM posts p WHERE p.author_id = a.id AND p.state = 'visible')
		ORDER BY bm25(found_people), a.id LIMIT $2 OFFSET $3`, q.match, limit, skip)
	if err != nil {
		return nil, fmt.Errorf("find people: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (a Actor, err error) {
		return a, rows.Scan(&a.ID, &a.URI, &a.Handle, &a.Name, &a.Summary, &a.URL, &a.Avatar)
	})
}

// FindGroups returns the groups a query finds, best first.
func (s *Store) FindGroups(ctx context.Context, q Query, skip, limit int) ([]Group, error) {
	if q.Empty() {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx, `SELECT `+groupColumns+` FROM groups JOIN
		(SELECT rowid AS found, bm25(found_groups, 4.0, 4.0, 1.0) AS distance FROM found_groups WHERE found_groups MATCH $1) ON found = id
		ORDER BY distance, name LIMIT $2 OFFSET $3`, q.match, limit, skip)
	if err != nil {
		return nil, fmt.Errorf("find groups: %w", err)
	}
	return collect(rows, scanGroups)
}

// Tag is a hashtag and how many posts have it.
type Tag struct {
	Name  string
	Posts int
}

// PopularTags returns the tags of a group that most posts have.
func (s *Store) PopularTags(ctx context.Context, groupID int64, limit int) ([]Tag, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT tag, COUNT(*) AS n FROM hashtags WHERE group_id = $1 GROUP BY tag ORDER BY n DESC, tag LIMIT $2`,
		groupID, limit)
	if err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (t Tag, err error) { return t, rows.Scan(&t.Name, &t.Posts) })
}

const taggedPosts = ` JOIN hashtags h ON h.post_id = p.id WHERE h.tag = $1 AND p.state = 'visible' AND p.visibility = 0
	AND a.indexable <> 2 AND ($2 = '' OR g.name = $2) AND p.id < $3 ORDER BY h.post_id DESC LIMIT $4`

// TaggedPosts returns the newest posts with a hashtag, older than the post before (0 for the newest); those of one group, or of all
// for "".
func (s *Store) TaggedPosts(ctx context.Context, tag, name string, before int64, limit int) ([]Post, error) {
	if before == 0 {
		before = 1 << 62
	}
	return s.posts(ctx, taggedPosts, FoldTag(tag), name, before, limit)
}

// ListedMembers returns the members of a group who agreed to be found, by name, after so many others.
func (s *Store) ListedMembers(ctx context.Context, groupID int64, skip, limit int) ([]Actor, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT a.id, a.uri, a.handle, a.name, a.url, a.avatar FROM memberships m
		JOIN actors a ON a.id = m.actor_id WHERE m.group_id = $1 AND m.state = 'member' AND m.barred = 0
		AND a.discoverable = 1 AND a.gone = 0 AND a.handle <> '' ORDER BY LOWER(CASE a.name WHEN '' THEN a.handle ELSE a.name END), a.id
		LIMIT $2 OFFSET $3`, groupID, limit, skip)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (a Actor, err error) {
		return a, rows.Scan(&a.ID, &a.URI, &a.Handle, &a.Name, &a.URL, &a.Avatar)
	})
}

// IndexedThreads returns the group, number and time (Filed: of the last change) of the newest threads that search engines may show.
func (s *Store) IndexedThreads(ctx context.Context, limit int) ([]Post, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT g.name, p.id, MAX(p.filed, p.edited) FROM posts p JOIN groups g ON g.id = p.group_id
		JOIN actors a ON a.id = p.author_id WHERE p.parent_id IS NULL AND p.state = 'visible' AND p.visibility = 0 AND a.indexable <> 2
		ORDER BY p.id DESC LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list threads for search engines: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (p Post, err error) {
		var changed int64
		err = rows.Scan(&p.Group, &p.ID, &changed)
		p.Filed = moment(changed)
		return p, err
	})
}

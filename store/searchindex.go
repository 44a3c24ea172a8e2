package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// Consent is what an account's document says to a question about being found.
type Consent int

// The answers.
const (
	NotSaid Consent = iota
	Agreed
	Refused
)

// indexStep is how many posts one write puts into the index: few enough that nobody waits for it.
const indexStep = 50

// indexedRunes is how much of a post the index reads. Longer ones are found by their beginning.
const indexedRunes = 20_000

// unread is a post whose words are not in the index yet.
type unread struct {
	id, group    int64
	title, words string
	tags         []string
}

// Index puts into the index what was posted or changed since, a step at a time, and returns how many posts it looked at. Until then
// those are not found; what is hidden, deleted or erased left the index at once.
func (s *Store) Index(ctx context.Context) (n int, err error) {
	for {
		var more bool
		err := s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM unread)`).Scan(&more)
		if err != nil || !more {
			return n, wrap(err, "look for what is not in the index")
		}
		err = s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
			posts, err := readUnread(ctx, tx)
			if err != nil {
				return err
			}
			for _, p := range posts {
				if err := p.index(ctx, tx); err != nil {
					return fmt.Errorf("index post %d: %w", p.id, err)
				}
			}
			n += len(posts)
			return nil
		})
		if err != nil {
			return n, err
		}
	}
}

// unreadPosts says too whether a post is for everybody and its author does not refuse. FEP-5feb would have an account that says
// nothing be one that refuses. It is not here: Lemmy, Mbin, NodeBB and Misskey have no such switch, their people chose to post in a group for
// everybody to read, and nothing but this server's own search finds it so. Mastodon always says it.
const unreadPosts = `SELECT p.id, p.group_id, a.indexable <> 2 AND p.state = 'visible' AND p.visibility = 0, p.title || ' ' || p.warning, p.html, p.media
	FROM unread u JOIN posts p ON p.id = u.post_id JOIN actors a ON a.id = p.author_id ORDER BY u.post_id DESC LIMIT $1`

// readUnread reads in the transaction that writes: what is edited meanwhile would be taken in as it was. The newest are taken first, but
// are put in by their numbers: FTS5 gathers what comes in that order, and writes a segment of its own for each row that does not.
func readUnread(ctx context.Context, tx *txn) ([]unread, error) {
	rows, err := tx.QueryContext(ctx, unreadPosts, indexStep)
	if err != nil {
		return nil, fmt.Errorf("list what is not in the index: %w", err)
	}
	posts, err := collect(rows, func(rows *sql.Rows) (p unread, err error) {
		var agreed bool
		var fragment string
		var media []byte
		if err := rows.Scan(&p.id, &p.group, &agreed, &p.title, &fragment, &media); err != nil || !agreed {
			return unread{id: p.id}, err
		}
		p.words = PlainText(fragment, indexedRunes)
		a, err := readAttachments(media)
		p.tags = a.Tags
		return p, err
	})
	slices.Reverse(posts)
	return posts, err
}

// index takes a post in, unless it is hidden again or its author refuses.
func (p unread) index(ctx context.Context, tx *txn) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM unread WHERE post_id = $1`, p.id); err != nil || p.group == 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM found_posts WHERE rowid = $1`, p.id); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO found_posts (rowid, title, words) VALUES ($1, $2, $3)`, p.id, p.title, p.words)
	if err != nil {
		return err
	}
	for _, tag := range p.tags {
		if tag = FoldTag(tag); tag == "" {
			continue
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO hashtags (post_id, tag, group_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, p.id, tag, p.group)
		if err != nil {
			return err
		}
	}
	return nil
}

// FoldTag is a hashtag as it is kept: without #, in lower case; "" for one that can be none.
func FoldTag(tag string) string {
	const limit = 100 // bytes; what is longer is no word
	tag = strings.ToLower(strings.TrimLeft(strings.TrimSpace(tag), "#"))
	if len(tag) > limit || !utf8.ValidString(tag) || strings.ContainsAny(tag, " /?#\t\n\r\x00") {
		return ""
	}
	return tag
}

// PlainText is what an HTML fragment says, at most so many runes of it, lines parted by spaces.
func PlainText(fragment string, limit int) string {
	z := html.NewTokenizer(strings.NewReader(fragment))
	var out strings.Builder
	for {
		switch z.Next() {
		case html.ErrorToken:
			return cutRunes(strings.Join(strings.Fields(out.String()), " "), limit)
		case html.TextToken:
			out.Write(z.Text())
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			if name, _ := z.TagName(); partsWords(string(name)) {
				out.WriteByte(' ')
			}
		}
	}
}

// partsWords says whether what stands before and after a tag cannot be one word.
func partsWords(name string) bool {
	switch name {
	case "a", "span", "strong", "em", "b", "i", "u", "del", "s", "code", "sub", "sup":
		return false
	}
	return true
}

func cutRunes(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit])
}

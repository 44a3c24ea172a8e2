package store

import (
	"context"

	"folkmoot/group"
)

// postsHeard is how many of somebody's last posts are looked at for the language they write in.
const postsHeard = 20

// tongue is the language in which somebody is told something: the one in which they asked for what is done now, else that of what they
// wrote last.
func (w effectWriter) tongue(ctx context.Context, t Telling) (lang string, err error) {
	switch t.What {
	case group.TellNote, group.TellMods, group.TellReport, group.TellResolved:
	default:
		return "", nil // it has no words
	}
	if r := w.request; r.By.URI == t.To.URI {
		switch {
		case r.Said != nil:
			return r.Said.Lang, nil
		case r.Lang != "":
			return group.LanguageOf(r.Lang), nil
		case r.Post != nil && r.Post.Language != "":
			return group.LanguageOf(r.Post.Language), nil
		}
	}
	err = w.tx.QueryRowContext(ctx, `SELECT language FROM (SELECT id, language FROM posts WHERE author_id = $1 ORDER BY id DESC LIMIT $2)
		WHERE language <> '' ORDER BY id DESC LIMIT 1`, t.To.ID, postsHeard).Scan(&lang)
	return group.LanguageOf(lang), wrap(ignoreNone(err), "find the language of whoever is told")
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"folkmoot/group"
)

// Form says which hosts a log row is for.
type Form string

// The forms: hosts of microblogs read boosts, hosts of threadiverse software read wraps, unknown hosts both.
const (
	FormBoost  Form = "boost"
	FormWrap   Form = "wrap"
	FormAll    Form = "all"    // for every host: news of the group itself
	FormDirect Form = "direct" // one person's inbox, never in the log
)

// Telling is a message to make: what the rules want told, with what the encoder needs to know.
type Telling struct {
	What       group.Telling
	Group      Group
	To         Actor  // the person, for answers and notes
	PostID     int64  // local number of the post, 0 for none
	PostURI    string // of the post it is about
	Author     string // that post's author
	Visibility group.Visibility
	Text       string
	Activity   string // URI of the activity that led here
	Raw        []byte // its bytes as received
	Boost      []byte // for TellUndo: the boost to take back, as sent
	At         time.Time
}

// Message is one outgoing activity.
type Message struct {
	URI  string
	Form Form
	Body []byte
}

// Encoder makes the activities that carry a telling; none if nobody needs to hear it. It runs inside the write
// transaction and must be quick and pure.
type Encoder func(Telling) ([]Message, error)

func (w effectWriter) tell(ctx context.Context, e group.Tell) error {
	if w.encode == nil {
		return nil
	}
	t := Telling{What: e.What, Group: w.group, Text: e.Text, Activity: w.request.Activity, Raw: w.request.Raw, PostURI: e.Post, At: w.now}
	var thread, boostSeq int64
	err := w.tx.QueryRowContext(ctx, `SELECT p.id, p.thread_id, a.uri, p.visibility FROM posts p
		JOIN actors a ON a.id = p.author_id WHERE p.group_id = $1 AND p.uri = $2`, w.group.ID, e.Post).
		Scan(&t.PostID, &thread, &t.Author, &t.Visibility)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("find the post to tell about: %w", err)
	}
	if e.What == group.TellUndo {
		err := w.tx.QueryRowContext(ctx, `SELECT seq, body FROM outbox WHERE post_id = $1 AND form = 'boost' AND cancels = 0
			AND cancelled = 0`, t.PostID).Scan(&boostSeq, &t.Boost)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // never boosted: nothing to take back
		}
		if err != nil {
			return fmt.Errorf("find the boost: %w", err)
		}
	}
	if e.To != "" {
		return w.tellPerson(ctx, t, e.To)
	}
	return w.tellFollowers(ctx, t, thread, boostSeq)
}

func (w effectWriter) tellPerson(ctx context.Context, t Telling, uri string) error {
	var host int64
	t.To.URI = uri
	err := w.tx.QueryRowContext(ctx, `SELECT id, host_id, handle, inbox FROM actors WHERE uri = $1`, uri).
		Scan(&t.To.ID, &host, &t.To.Handle, &t.To.Inbox)
	if err != nil {
		return fmt.Errorf("find the person to tell: %w", err)
	}
	messages, err := w.encode(t)
	if err != nil {
		return fmt.Errorf("encode %s: %w", t.What, err)
	}
	for _, m := range messages {
		// The same answer asked for again is sent again: the peer lost the first.
		err := w.exec(ctx, `INSERT INTO direct (group_id, host_id, uri, inbox, body, created) VALUES ($1,$2,$3,$4,$5,$6)
			ON CONFLICT (uri) DO UPDATE SET done = 0`, w.group.ID, host, m.URI, t.To.Inbox, m.Body, w.now.Unix())
		if err != nil {
			return fmt.Errorf("queue %s: %w", m.URI, err)
		}
	}
	return nil
}

// tellFollowers appends to the log. A boost that is taken back is marked, so that hosts it has not reached skip it.
func (w effectWriter) tellFollowers(ctx context.Context, t Telling, thread, cancels int64) error {
	messages, err := w.encode(t)
	if err != nil {
		return fmt.Errorf("encode %s: %w", t.What, err)
	}
	for _, m := range messages {
		err := w.exec(ctx, `INSERT INTO outbox (group_id, uri, form, post_id, thread_id, cancels, body, created)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT (uri) DO NOTHING`,
			w.group.ID, m.URI, m.Form, t.PostID, thread, cancels, m.Body, w.now.Unix())
		if err != nil {
			return fmt.Errorf("append %s: %w", m.URI, err)
		}
	}
	if cancels == 0 {
		return nil
	}
	return w.exec(ctx, `UPDATE outbox SET cancelled = 1 WHERE seq = $1`, cancels)
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"time"

	"folkmoot/group"
)

// Form says which hosts a log row is for.
type Form string

// The forms: hosts of microblogs read boosts, hosts of threadiverse software read wraps, unknown hosts both.
const (
	FormBoost  Form = "boost"
	FormWrap   Form = "wrap"
	FormWall   Form = "wall"   // for Smithereen: what is on the group's wall (FEP-400e)
	FormAll    Form = "all"    // for every host: news of the group itself
	FormKept   Form = "kept"   // for nobody: what others embed, to be fetched by its id
	FormDirect Form = "direct" // one person's inbox, never in the log
)

// Telling is a message to make: what the rules want told, with what the encoder needs to know.
type Telling struct {
	What       group.Telling
	Group      Group
	To         Actor   // the person, for answers and notes
	Dialect    Dialect // of that person's host
	Software   string  // that the host runs, "" if it never said
	PostID     int64   // local number of the post, 0 for none
	PostURI    string  // of the post it is about
	Author     string  // that post's author
	Visibility group.Visibility
	Text       string        // in Lang
	Lang       string        // of the person
	Request    group.Request // what led here
	Activity   string        // its activity's URI
	Raw        []byte        // its bytes as received
	Boost      []byte        // for TellUndo: the boost to take back, or the Add to the wall, as sent
	ServerKeys []byte        // private keys of the server's own actors, for what led here by no activity
	Reported   string        // for TellResolved: what that person had written
	At         time.Time
	About      string     // what an answer would be about, "" for the post
	Next       group.Kind // what taking it back, or agreeing, asks for
	Waits      int64      // for TellMods: number of the version that waits of the post, 0 for none
}

// Message is one outgoing activity.
type Message struct {
	URI  string
	Form Form
	Body []byte
	Note string // URI of the private message in it, "" for none

	Prove time.Time // the group's proof, of this time, is added as it is sent; zero where it holds one or needs none
}

// Encoder makes the activities that carry a telling; none if nobody needs to hear it. It runs inside the write
// transaction and must be quick and pure.
type Encoder func(Telling) ([]Message, error)

func (w effectWriter) tell(ctx context.Context, e group.Tell) error {
	if w.encode == nil {
		return nil
	}
	if e.Held != 0 {
		var err error
		if w, err = w.asHeld(ctx, e.Held); err != nil {
			return err
		}
	}
	people, err := w.audience(ctx, e)
	if err != nil {
		return err
	}
	t := Telling{What: e.What, Group: w.group, Request: w.request, Activity: w.request.Activity, Raw: w.request.Raw, PostURI: e.Post, At: w.now, About: e.About, Next: e.Next}
	thread, err := w.postToTell(ctx, &t)
	if err != nil {
		return err
	}
	if people == nil {
		return w.tellEverybody(ctx, t, thread)
	}
	for _, uri := range people {
		if yes, err := w.mayHear(ctx, e.What, uri); err != nil || !yes {
			if err != nil {
				return err
			}
			continue
		}
		if err := w.tellPerson(ctx, t, uri, e.Text); err != nil {
			return err
		}
	}
	return nil
}

// postToTell fills in what is told about the post, and returns the thread it stands in. What the rules were told about it still holds
// unless something has changed it since; the rest of what they need is not read for it.
func (w effectWriter) postToTell(ctx context.Context, t *Telling) (thread int64, err error) {
	if t.PostURI == "" {
		return 0, nil
	}
	if f, ok := w.tx.kept.posts[rowKey{w.group.ID, t.PostURI}]; ok {
		t.PostID, t.Author, t.Visibility = f.id, f.Author, f.Visibility
		return f.Thread, nil
	}
	err = w.tx.QueryRowContext(ctx, `SELECT p.id, p.thread_id, a.uri, p.visibility FROM posts p
		JOIN actors a ON a.id = p.author_id WHERE p.group_id = $1 AND p.uri = $2`, w.group.ID, t.PostURI).
		Scan(&t.PostID, &thread, &t.Author, &t.Visibility)
	return thread, wrap(ignoreNone(err), "find the post to tell about")
}

// mayHear says whether something may be told to somebody: to whom is blocked, only that the follow is over.
func (w effectWriter) mayHear(ctx context.Context, what group.Telling, uri string) (bool, error) {
	if what == group.TellExpel {
		return true, nil
	}
	st, err := w.store.standingIn(ctx, w.tx, w.group.ID, uri)
	return !st.Suspended(), err
}

// audience lists whom a message goes to; nil stands for the group's followers.
func (w effectWriter) audience(ctx context.Context, e group.Tell) ([]string, error) {
	query := ""
	switch {
	case e.To != "":
		return []string{e.To}, nil
	case e.What == group.TellReport, e.What == group.TellMods:
		query = `SELECT a.uri FROM memberships m JOIN actors a ON a.id = m.actor_id WHERE m.group_id = $1 AND $2 = $2
			AND m.state = 'member' AND m.barred = 0 AND m.role IN ('moderator', 'owner') AND a.inbox <> '' AND a.gone = 0 ORDER BY a.id`
	case e.What == group.TellResolved:
		query = `SELECT DISTINCT r.reporter FROM reports r JOIN actors a ON a.uri = r.reporter WHERE r.group_id = $1 AND r.about = $2
			AND r.resolved = 0 AND a.inbox <> '' AND a.gone = 0` + w.mine() + ` ORDER BY r.reporter`
	default:
		return nil, nil
	}
	people, err := column[string](w.tx.QueryContext(ctx, query, w.group.ID, e.Post))
	return append([]string{}, people...), wrap(err, "find whom to tell")
}

// sharesOf finds what showed a post to followers and is not taken back: the boost, and the Add to the wall.
const sharesOf = `SELECT seq, body FROM outbox WHERE group_id = $1 AND post_id = $2 AND post_id <> 0 AND form IN ('boost', 'wall')
	AND cancels = 0 AND cancelled = 0 ORDER BY seq`

// tellEverybody tells the followers, with what is needed beside the post.
func (w effectWriter) tellEverybody(ctx context.Context, t Telling, thread int64) (err error) {
	switch t.What {
	case group.TellUndo:
		return w.takeBack(ctx, t, thread)
	case group.TellBoost:
		return w.boost(ctx, t, thread)
	case group.TellWrap, group.TellThread:
		t.ServerKeys, err = w.serverKeys(ctx, t)
	case group.TellGroup:
		t.Group, err = w.tx.groupOf(ctx, w.group.ID)
	}
	if err != nil {
		return fmt.Errorf("find what to tell: %w", err)
	}
	return w.tellFollowers(ctx, t, thread, 0)
}

// takeBack undoes whatever showed a post; nothing for one that was never shown.
func (w effectWriter) takeBack(ctx context.Context, t Telling, thread int64) error {
	type share struct {
		seq  int64
		body []byte
	}
	rows, err := w.tx.QueryContext(ctx, sharesOf, w.group.ID, t.PostID)
	if err != nil {
		return fmt.Errorf("find what to take back: %w", err)
	}
	shares, err := collect(rows, func(rows *sql.Rows) (s share, err error) { return s, rows.Scan(&s.seq, &s.body) })
	if err != nil {
		return fmt.Errorf("find what to take back: %w", err)
	}
	for _, s := range shares {
		t.Boost = s.body
		if err := w.tellFollowers(ctx, t, thread, s.seq); err != nil {
			return err
		}
	}
	return nil
}

// boost shows a post, and puts it back on the wall if it was there before it was taken off.
func (w effectWriter) boost(ctx context.Context, t Telling, thread int64) error {
	if err := w.tellFollowers(ctx, t, thread, 0); err != nil {
		return err
	}
	var walled bool
	err := w.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM outbox WHERE group_id = $1 AND post_id = $2 AND post_id <> 0
		AND form = 'wall' AND cancelled <> 0)`, w.group.ID, t.PostID).Scan(&walled)
	if err != nil || !walled {
		return wrap(err, "see whether the post was on the wall")
	}
	t.What = group.TellWall
	return w.tellFollowers(ctx, t, thread, 0)
}

// serverKeys reads the keys for what the server says itself, because there are no bytes to pass on.
func (w effectWriter) serverKeys(ctx context.Context, t Telling) (keys []byte, err error) {
	if len(t.Raw) > 0 {
		return nil, nil
	}
	err = w.tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'keys'`).Scan(&keys)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return keys, err
}

func (w effectWriter) tellPerson(ctx context.Context, t Telling, uri string, text group.Saying) error {
	var host int64
	t.To.URI = uri
	var follow string
	err := w.tx.QueryRowContext(ctx, `SELECT a.id, a.host_id, a.handle, a.inbox, a.bot, CASE h.override WHEN '' THEN h.dialect ELSE h.override END, h.software,
		COALESCE((SELECT m.follow FROM memberships m WHERE m.group_id = $2 AND m.actor_id = a.id), '')
		FROM actors a JOIN hosts h ON h.id = a.host_id WHERE a.uri = $1`, uri, w.group.ID).
		Scan(&t.To.ID, &host, &t.To.Handle, &t.To.Inbox, &t.To.Bot, &t.Dialect, &t.Software, &follow)
	if err != nil {
		return fmt.Errorf("find the person to tell: %w", err)
	}
	if t.What == group.TellExpel || t.What == group.TellAdmit {
		// The Follow that was accepted then, or waits, is answered now, in its own words as long as they are kept.
		if t.Activity, t.Raw = follow, nil; follow != "" {
			err := w.tx.QueryRowContext(ctx, rawReceived, hashOfActivity(follow, uri), follow, uri).Scan(&t.Raw)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return fmt.Errorf("find the follow to answer: %w", err)
			}
		}
	}
	if t.What == group.TellResolved {
		if err := w.ownReport(ctx, &t, uri); err != nil {
			return err
		}
	}
	if t.What == group.TellMods {
		if t.Waits, err = w.waitingNumber(ctx, t.PostURI); err != nil {
			return err
		}
	}
	if t.Lang, err = w.tongue(ctx, t); err != nil {
		return err
	}
	t.Text = text.In(t.Lang)
	messages, err := w.encode(t)
	if err != nil {
		return fmt.Errorf("encode %s: %w", t.What, err)
	}
	for _, m := range messages {
		if m.Note != "" {
			if err := w.keepLetter(ctx, t, m.Note); err != nil {
				return err
			}
		}
		// The same answer asked for again is sent again: the peer lost the first.
		err := w.exec(ctx, `INSERT INTO direct (group_id, host_id, uri, inbox, body, prove, created) VALUES ($1,$2,$3,$4,$5,$6,$7)
			ON CONFLICT (uri) DO UPDATE SET done = 0, asked = direct.asked + 1, inbox = excluded.inbox, created = excluded.created`,
			w.group.ID, host, m.URI, t.To.Inbox, m.Body, unix(m.Prove), w.now.Unix())
		if err != nil {
			return fmt.Errorf("queue %s: %w", m.URI, err)
		}
	}
	return nil
}

// voter is a number for whose vote is passed on, 0 for what is none.
func (w effectWriter) voter(f Form) int64 {
	if f != FormWrap || !w.request.Kind.Counts() {
		return 0
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, w.request.By.URI) // a hash takes everything
	return int64(h.Sum64()>>1) | 1
}

// tellFollowers appends to the log. A boost that is taken back is marked, so that hosts it has not reached skip it.
func (w effectWriter) tellFollowers(ctx context.Context, t Telling, thread, cancels int64) error {
	messages, err := w.encode(t)
	if err != nil {
		return fmt.Errorf("encode %s: %w", t.What, err)
	}
	if len(messages) > 0 {
		w.tx.touchLog(w.group.ID)
	}
	for _, m := range messages {
		source := ""
		if m.Form == FormWrap && len(t.Raw) > 0 { // else it wraps what this server says itself
			source = hostName(w.request.By.URI)
		}
		err := w.exec(ctx, `INSERT INTO outbox (group_id, uri, form, source, post_id, thread_id, voter, cancels, body, prove, created)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) ON CONFLICT (uri) DO NOTHING`,
			w.group.ID, m.URI, m.Form, source, t.PostID, thread, w.voter(m.Form), cancels, m.Body, unix(m.Prove), w.now.Unix())
		if err != nil {
			return fmt.Errorf("append %s: %w", m.URI, err)
		}
	}
	if cancels == 0 {
		return nil
	}
	w.tx.revise(everyHost)
	return w.exec(ctx, `UPDATE outbox SET cancelled = 1 WHERE seq = $1`, cancels)
}

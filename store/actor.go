package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// Actor is somebody on the fediverse, as last fetched.
type Actor struct {
	ID          int64
	URI         string
	Host        string // authority of the URI
	Type        string
	Handle      string // @user@host
	Name        string
	Summary     string // sanitised HTML
	URL         string
	Avatar      string
	Inbox       string
	SharedInbox string
	Bot         bool
	Found       Consent // to being listed and found as a person (toot:discoverable)
	Indexed     Consent // to having its posts found (FEP-5feb)
	Fetched     time.Time
	Raw         []byte // the document as fetched
}

// SaveActor stores or refreshes an actor. Fields that came back empty keep what was known: some servers answer a
// wrongly signed request with a stripped document (Sharkey), which must not erase an inbox.
func (s *Store) SaveActor(ctx context.Context, a Actor) error {
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		host, err := hostID(ctx, tx, a.URI)
		if err != nil {
			return err
		}
		looks, reads, err := isOther(ctx, tx, a)
		if err != nil {
			return err
		}
		if looks {
			tx.touchAll()
		}
		if reads {
			tx.revise(host)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO actors
			(uri, host_id, type, handle, name, summary, url, avatar, inbox, shared_inbox, bot, fetched, raw, discoverable, indexable)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)
			ON CONFLICT (uri) DO UPDATE SET type = excluded.type, handle = excluded.handle, name = excluded.name,
				summary = excluded.summary, url = excluded.url, avatar = excluded.avatar, bot = excluded.bot,
				inbox = CASE excluded.inbox WHEN '' THEN actors.inbox ELSE excluded.inbox END,
				shared_inbox = excluded.shared_inbox, fetched = excluded.fetched, raw = excluded.raw, gone = 0,
				discoverable = excluded.discoverable, indexable = excluded.indexable`,
			a.URI, host, a.Type, a.Handle, a.Name, a.Summary, a.URL, a.Avatar, a.Inbox, a.SharedInbox, a.Bot,
			a.Fetched.Unix(), a.Raw, a.Found, a.Indexed)
		return wrap(err, "save actor "+a.URI)
	})
}

// isOther says what changes of an actor that is known: what pages show of it, and at which inbox it gets what is sent.
func isOther(ctx context.Context, tx *txn, a Actor) (looks, reads bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT NOT (handle = $2 AND name = $3 AND summary = $4 AND url = $5 AND avatar = $6 AND bot = $7 AND gone = 0
		AND discoverable = $8 AND indexable = $9), NOT (inbox IN ('', $10) AND shared_inbox = $11) FROM actors WHERE uri = $1`,
		a.URI, a.Handle, a.Name, a.Summary, a.URL, a.Avatar, a.Bot, a.Found, a.Indexed, a.Inbox, a.SharedInbox).Scan(&looks, &reads)
	if errors.Is(err, sql.ErrNoRows) {
		return false, false, nil
	}
	return looks, reads, wrap(err, "compare actor "+a.URI)
}

// Actor returns a known actor, or ErrNotFound.
func (s *Store) Actor(ctx context.Context, uri string) (Actor, error) {
	known, age, ok := s.actors.get(uri)
	if ok {
		return known, nil
	}
	a, err := s.readActor(ctx, uri)
	if err == nil && len(a.Raw) <= smallActivity {
		s.actors.put(uri, a, age)
	}
	return a, err
}

func (s *Store) readActor(ctx context.Context, uri string) (Actor, error) {
	a := Actor{URI: uri}
	var fetched int64
	err := s.read.QueryRowContext(ctx, `SELECT a.id, h.name, a.type, a.handle, a.name, a.summary, a.url, a.avatar,
		a.inbox, a.shared_inbox, a.bot, a.fetched, a.raw, a.discoverable, a.indexable
		FROM actors a JOIN hosts h ON h.id = a.host_id WHERE a.uri = $1`, uri).
		Scan(&a.ID, &a.Host, &a.Type, &a.Handle, &a.Name, &a.Summary, &a.URL, &a.Avatar, &a.Inbox, &a.SharedInbox,
			&a.Bot, &fetched, &a.Raw, &a.Found, &a.Indexed)
	if errors.Is(err, sql.ErrNoRows) {
		return Actor{}, fmt.Errorf("actor %s: %w", uri, ErrNotFound)
	}
	a.Fetched = time.Unix(fetched, 0)
	return a, wrap(err, "read actor "+uri)
}

// actorID finds or notes an actor; one seen only by its URI is filled in when it is fetched.
func actorID(ctx context.Context, tx *txn, uri string) (id int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT id FROM actors WHERE uri = $1`, uri).Scan(&id)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, wrap(err, "find actor "+uri)
	}
	host, err := hostID(ctx, tx, uri)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO actors (uri, host_id) VALUES ($1, $2) RETURNING id`, uri, host).Scan(&id)
	return id, wrap(err, "note actor "+uri)
}

// hostName is the authority of a URI as hosts are named here, "" if it has none: lower case, punycode, without a final dot and
// without the port that the scheme has anyway, so that one server is one host however its ids are spelt.
func hostName(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if ascii, err := idna.Lookup.ToASCII(name); err == nil {
		name = ascii
	}
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if port := u.Port(); name != "" && port != "" && !(u.Scheme == "https" && port == "443") && !(u.Scheme == "http" && port == "80") {
		name += ":" + port
	}
	return name
}

func hostID(ctx context.Context, tx *txn, uri string) (id int64, err error) {
	name := hostName(uri)
	if name == "" {
		return 0, fmt.Errorf("%q names no host", uri)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO hosts (name) VALUES ($1) ON CONFLICT (name) DO NOTHING`, name)
	if err != nil {
		return 0, fmt.Errorf("note host %s: %w", name, err)
	}
	err = tx.QueryRowContext(ctx, `SELECT id FROM hosts WHERE name = $1`, name).Scan(&id)
	return id, wrap(err, "find host "+name)
}

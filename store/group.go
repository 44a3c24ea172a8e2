package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"folkmoot/group"
)

// Group is a group of this server.
type Group struct {
	ID          int64
	URI         string
	Name        string // [a-z0-9_]{3,}; one namespace for groups and people
	Title       string
	Summary     string // Markdown
	SummaryHTML string
	Icon        Picture // square, beside the name; without what is in it unless that is new
	Header      Picture // wide, above the group's page
	Settings    group.Settings
	Paused      int64  // no posts until then, Unix seconds; 0 for not, or group.Forever
	Successor   string // URI of whoever owns the group when its last owner is gone, "" for nobody
	Keys        []byte // private keys, PEM
	Storm       bool   // stricter settings hold: see [Group.InStorm]
	ServerStorm bool   // on the whole server
	Created     time.Time
	Updated     time.Time
}

// ErrTaken means that another group has the name.
var ErrTaken = errors.New("another group has this name; choose a different one")

// CreateGroup founds a group with its first owner, an actor URI anywhere on the fediverse. ErrTaken if the name is in use.
func (s *Store) CreateGroup(ctx context.Context, g Group, owner string) error {
	return s.update(ctx, func(ctx context.Context, tx *txn) error {
		at := s.now().Unix()
		var id int64
		err := tx.QueryRowContext(ctx, `INSERT INTO groups
			(uri, name, title, summary, summary_html, join_policy, posting_policy, tag_cap, keys, created, updated)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$10) ON CONFLICT DO NOTHING RETURNING id`,
			g.URI, g.Name, g.Title, g.Summary, g.SummaryHTML, g.Settings.Join, g.Settings.Posting, g.Settings.TagCap,
			g.Keys, at).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("group %s: %w", g.Name, ErrTaken)
		}
		if err != nil {
			return fmt.Errorf("create group %s: %w", g.Name, err)
		}
		return setMember(ctx, tx, id, at, group.SetMember{Person: owner, State: group.Joined, Role: group.Owner})
	})
}

const groupColumns = `id, uri, name, title, summary, summary_html, join_policy, posting_policy, tag_cap, pass_votes = 0, settings, paused, successor, keys, created, updated,
	COALESCE(icon, ''), icon_alt, COALESCE(header, ''), header_alt, storm <> 0, EXISTS (SELECT 1 FROM meta WHERE key = 'storm')`

// Group returns the group of that name, or ErrNotFound.
func (s *Store) Group(ctx context.Context, name string) (Group, error) {
	known, age, ok := s.groups.get(name)
	if ok {
		return known, nil
	}
	g, err := s.readGroup(ctx, name)
	if err == nil {
		s.groups.put(name, g, age)
	}
	return g, err
}

func (s *Store) readGroup(ctx context.Context, name string) (Group, error) {
	return scanGroup(s.read.QueryRowContext(ctx, `SELECT `+groupColumns+` FROM groups WHERE name = $1`, name).Scan)
}

// HasGroup says whether there is a group of that name.
func (s *Store) HasGroup(ctx context.Context, name string) (has bool, err error) {
	_, age, known := s.names.get(name)
	if known {
		return true, nil
	}
	err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM groups WHERE name = $1)`, name).Scan(&has)
	if has {
		s.names.put(name, struct{}{}, age)
	}
	return has, wrap(err, "look for the group "+name)
}

// Groups lists all groups by name.
func (s *Store) Groups(ctx context.Context) ([]Group, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+groupColumns+` FROM groups ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list groups: %w", err)
	}
	return collect(rows, scanGroups)
}

func scanGroup(scan func(...any) error) (g Group, err error) {
	var created, updated int64
	var settings string
	err = scan(&g.ID, &g.URI, &g.Name, &g.Title, &g.Summary, &g.SummaryHTML, &g.Settings.Join, &g.Settings.Posting,
		&g.Settings.TagCap, &g.Settings.KeepVotes, &settings, &g.Paused, &g.Successor, &g.Keys, &created, &updated,
		&g.Icon.Name, &g.Icon.Alt, &g.Header.Name, &g.Header.Alt, &g.Storm, &g.ServerStorm)
	if errors.Is(err, sql.ErrNoRows) {
		return Group{}, fmt.Errorf("group: %w", ErrNotFound)
	}
	g.Created, g.Updated = time.Unix(created, 0), time.Unix(updated, 0)
	g.Icon.Type, g.Header.Type = mediaType(g.Icon.Name), mediaType(g.Header.Name)
	if err == nil {
		err = json.Unmarshal([]byte(settings), &g.Settings)
	}
	return g, wrap(err, "read group")
}

func (g Group) info() group.Info {
	return group.Info{URI: g.URI, Name: g.Name, Settings: g.Settings, Paused: g.Paused, Storm: g.InStorm()}
}

func (s *Store) groupByID(ctx context.Context, id int64) (Group, error) {
	return scanGroup(s.read.QueryRowContext(ctx, `SELECT `+groupColumns+` FROM groups WHERE id = $1`, id).Scan)
}

// EditGroup saves title, summary, pictures and settings of a group and appends what the followers' servers are told of it.
func (s *Store) EditGroup(ctx context.Context, g Group, tell []Message) error {
	settings, err := json.Marshal(g.Settings)
	if err != nil {
		return fmt.Errorf("write settings of %s: %w", g.Name, err)
	}
	err = s.update(ctx, func(ctx context.Context, tx *txn) error {
		at := s.now().Unix()
		if err := errors.Join(g.Icon.keep(ctx, tx), g.Header.keep(ctx, tx)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE groups SET title = $2, summary = $3, summary_html = $4, join_policy = $5,
			posting_policy = $6, tag_cap = $7, pass_votes = $8, updated = $9, settings = $10, icon = NULLIF($11, ''), icon_alt = $12,
			header = NULLIF($13, ''), header_alt = $14 WHERE id = $1`,
			g.ID, g.Title, g.Summary, g.SummaryHTML, g.Settings.Join, g.Settings.Posting, g.Settings.TagCap, !g.Settings.KeepVotes, at, string(settings),
			g.Icon.Name, g.Icon.Alt, g.Header.Name, g.Header.Alt)
		if err != nil {
			return fmt.Errorf("save group %s: %w", g.Name, err)
		}
		tx.touchLog(g.ID)
		for _, m := range tell {
			_, err := tx.ExecContext(ctx, `INSERT INTO outbox (group_id, uri, form, body, prove, created) VALUES ($1,$2,$3,$4,$5,$6)
				ON CONFLICT (uri) DO NOTHING`, g.ID, m.URI, m.Form, m.Body, unix(m.Prove), at)
			if err != nil {
				return fmt.Errorf("append %s: %w", m.URI, err)
			}
		}
		return nil
	})
	signal(s.outgoing)
	return err
}

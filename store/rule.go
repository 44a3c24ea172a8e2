package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"folkmoot/group"
)

// Rule is a rule of a group as it is kept.
type Rule struct {
	Text string
	By   string // who made it
	At   time.Time
}

// rulesets keeps the rules of groups ready to be asked: making them so takes longer than asking them.
type rulesets struct {
	mu    sync.Mutex
	known map[int64]ruleset
}

type ruleset struct {
	version int64
	count   int
	set     *group.Ruleset
}

// forget drops what is kept: a transaction that was undone may have changed it.
func (r *rulesets) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.known)
}

// loadRules finds the group's own rules that apply to a post.
func (s *Store) loadRules(ctx context.Context, tx *txn, groupID int64, r group.Request, st *group.State) error {
	if r.Post == nil && r.Kind != group.AddRule {
		return nil
	}
	rules, err := s.rulesOf(ctx, tx, groupID)
	if err != nil {
		return err
	}
	if st.Rules = rules.count; r.Kind == group.Publish || r.Kind == group.Edit || r.Kind == group.Restore {
		st.Hits = rules.set.Check(group.Written{
			Post: *r.Post, Mentions: r.Post.Mentions, Since: r.By.Since, NoAvatar: r.By.NoAvatar, At: r.At,
		}, HostName)
	}
	return nil
}

// rulesOf returns the rules of a group as they are in this transaction.
func (s *Store) rulesOf(ctx context.Context, q querier, groupID int64) (ruleset, error) {
	var version int64
	if err := q.QueryRowContext(ctx, `SELECT rules_version FROM groups WHERE id = $1`, groupID).Scan(&version); err != nil {
		return ruleset{}, fmt.Errorf("see which rules hold: %w", err)
	}
	s.rules.mu.Lock()
	known, ok := s.rules.known[groupID]
	s.rules.mu.Unlock()
	if ok && known.version == version {
		return known, nil
	}
	list, err := listRules(ctx, q, groupID)
	if err != nil {
		return ruleset{}, err
	}
	made := ruleset{version: version, count: len(list)}
	var rules []group.Rule
	for _, kept := range list {
		rule, err := group.ParseRule(kept.Text)
		if err != nil {
			return ruleset{}, fmt.Errorf("read the rule %q: %w", kept.Text, err)
		}
		rules = append(rules, rule)
	}
	if made.set, err = group.CompileRules(rules, HostName); err != nil {
		return ruleset{}, fmt.Errorf("make the rules ready: %w", err)
	}
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	if s.rules.known == nil {
		s.rules.known = map[int64]ruleset{}
	}
	s.rules.known[groupID] = made
	return made, nil
}

// Rules lists the rules of a group, in the order in which they were made.
func (s *Store) Rules(ctx context.Context, groupID int64) ([]Rule, error) {
	return listRules(ctx, s.read, groupID)
}

func listRules(ctx context.Context, q querier, groupID int64) ([]Rule, error) {
	rows, err := q.QueryContext(ctx, `SELECT text, by, at FROM rules WHERE group_id = $1 ORDER BY id`, groupID)
	if err != nil {
		return nil, fmt.Errorf("list rules: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (r Rule, err error) {
		var at int64
		err = rows.Scan(&r.Text, &r.By, &at)
		r.At = moment(at)
		return r, err
	})
}

func (w effectWriter) setRule(ctx context.Context, e group.SetRule) error {
	err := w.exec(ctx, `UPDATE groups SET rules_version = rules_version + 1 WHERE id = $1`, w.group.ID)
	if err != nil {
		return err
	}
	if e.Drop {
		return w.exec(ctx, `DELETE FROM rules WHERE group_id = $1 AND text = $2`, w.group.ID, e.Text)
	}
	return w.exec(ctx, `INSERT INTO rules (group_id, text, by, at) VALUES ($1,$2,$3,$4) ON CONFLICT DO NOTHING`,
		w.group.ID, e.Text, w.request.By.URI, w.now.Unix())
}

// Sample is a post that a group has, with what rules look at.
type Sample struct {
	Post   group.Post
	Author Actor
}

// LastPosts returns the last posts of a group that are shown or held, newest first, to try rules on.
func (s *Store) LastPosts(ctx context.Context, groupID int64, limit int) ([]Sample, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT p.uri, p.title, p.html, p.warning, p.link, p.language, p.published, p.raw, p.media,
		a.uri, a.handle, a.avatar, a.raw FROM posts p JOIN actors a ON a.id = p.author_id
		WHERE p.group_id = $1 AND p.state IN ('visible', 'held') ORDER BY p.id DESC LIMIT $2`, groupID, limit)
	if err != nil {
		return nil, fmt.Errorf("read the last posts: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (sample Sample, err error) {
		var published int64
		var media []byte
		p, a := &sample.Post, &sample.Author
		err = rows.Scan(&p.URI, &p.Title, &p.HTML, &p.Warning, &p.Link, &p.Language, &published, &p.Raw, &media, &a.URI, &a.Handle, &a.Avatar, &a.Raw)
		if err != nil {
			return sample, err
		}
		p.Author, p.Published = a.URI, moment(published)
		with, err := readAttachments(media)
		p.Media, p.Flairs, p.Tags = with.Media, with.Flairs, with.Tags
		return sample, err
	})
}

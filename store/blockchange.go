package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"folkmoot/group"
)

// BlockChange changes a list of blocks.
type BlockChange struct {
	GroupID int64           // 0: of the whole server
	Set     []group.Barrier // added, or in place of what the same source said of the same subject
	Lift    []string        // subjects that the source says nothing of any longer
	Source  string          // whose entries are meant: "" those made by hand, else the list with that address
	Whole   bool            // the source says nothing beside Set: whatever else it said is lifted

	By string // who is noted in the log; "" for nobody: whoever asked is noted already

	AllowOnly *bool // whether only hosts that an entry lets in may do anything

	Preview      bool // nothing is changed, only told
	MaxEntries   int  // no more may change at once; 0 for any number
	MaxFollowers int  // no more may be lost at once; 0 for any number
}

// BlockEffect is what a change of blocks comes to.
type BlockEffect struct {
	Added, Changed, Lifted []group.Barrier

	Followers  int // follows that end; they do not come back
	Members    int // memberships that have no effect any longer
	Moderators int // of those, how many run a group
	Posts      int // posts that are hidden

	MembersBack, PostsBack int // what is as before again
}

// ErrTooMuch means that a change is larger than it may be without being asked.
var ErrTooMuch = errors.New("the change is larger than may be made without asking")

// errPreview undoes what was tried.
var errPreview = errors.New("only tried")

// ChangeBlocks changes blocks and carries out what follows for followers, members and posts, all or nothing. With Preview, or when it
// is more than may be (ErrTooMuch), it only tells what would follow: that is tried and taken back.
func (s *Store) ChangeBlocks(ctx context.Context, c BlockChange) (effect BlockEffect, err error) {
	err = s.update(ctx, func(ctx context.Context, tx *txn) (err error) {
		effect, err = s.changeBlocks(ctx, tx, c)
		switch {
		case err != nil:
			return err
		case c.Preview:
			return errPreview
		case c.MaxEntries > 0 && effect.size() > c.MaxEntries, c.MaxFollowers > 0 && effect.Followers > c.MaxFollowers:
			return ErrTooMuch
		}
		return nil
	})
	if errors.Is(err, errPreview) {
		return effect, nil
	}
	signal(s.outgoing)
	return effect, err
}

func (e BlockEffect) size() int { return len(e.Added) + len(e.Changed) + len(e.Lifted) }

func (s *Store) changeBlocks(ctx context.Context, tx *txn, c BlockChange) (effect BlockEffect, err error) {
	touched, err := s.writeBlocks(ctx, tx, c, &effect)
	if err != nil {
		return effect, err
	}
	groups, err := groupsOf(ctx, tx, c.GroupID)
	if err != nil {
		return effect, err
	}
	for _, g := range groups {
		if err := s.applyBlocks(ctx, tx, g, touched, &effect); err != nil {
			return effect, fmt.Errorf("apply blocks to %s: %w", g.Name, err)
		}
	}
	return effect, nil
}

func groupsOf(ctx context.Context, tx *txn, groupID int64) ([]Group, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+groupColumns+` FROM groups WHERE $1 = 0 OR id = $1 ORDER BY id`, groupID)
	if err != nil {
		return nil, fmt.Errorf("find groups: %w", err)
	}
	return collect(rows, scanGroups)
}

// touched says whose standing may have changed.
type touched struct {
	all      bool
	subjects map[string]bool
}

func (t touched) host(name string) bool {
	if t.all {
		return true
	}
	for _, above := range group.HostsAbove(name) {
		if t.subjects[above] {
			return true
		}
	}
	return false
}

// writeBlocks writes the entries and notes what changed.
func (s *Store) writeBlocks(ctx context.Context, tx *txn, c BlockChange, effect *BlockEffect) (touched, error) {
	all := touched{subjects: map[string]bool{}}
	known, err := s.knownBlocks(ctx, tx, c)
	if err != nil {
		return all, err
	}
	lift := map[string]bool{}
	for _, subject := range c.Lift {
		lift[subject] = true
	}
	if c.Whole {
		for subject := range known {
			lift[subject] = true
		}
	}
	for _, b := range c.Set {
		delete(lift, b.Subject)
		b.Source, b.At = c.Source, s.now()
		old, had := known[b.Subject]
		if had && sameBlock(old, b) {
			continue
		}
		if err := saveBlock(ctx, tx, c.GroupID, b); err != nil {
			return all, err
		}
		known[b.Subject], all.subjects[b.Subject] = b, true
		if had {
			effect.Changed = append(effect.Changed, b)
		} else {
			effect.Added = append(effect.Added, b)
		}
	}
	for subject := range lift {
		old, had := known[subject]
		if !had {
			continue
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM blocks WHERE group_id = $1 AND subject = $2 AND source = $3`, c.GroupID, subject, c.Source)
		if err != nil {
			return all, fmt.Errorf("lift the block of %s: %w", subject, err)
		}
		all.subjects[subject] = true
		effect.Lifted = append(effect.Lifted, old)
	}
	sortBlocks(effect.Lifted)
	if err := s.logBlocks(ctx, tx, c, effect); err != nil {
		return all, err
	}
	if c.AllowOnly != nil {
		all.all = true
		return all, setAllowOnly(ctx, tx, c.GroupID, *c.AllowOnly)
	}
	return all, nil
}

// logBlocks notes who changed what.
func (s *Store) logBlocks(ctx context.Context, tx *txn, c BlockChange, effect *BlockEffect) error {
	if c.By == "" {
		return nil
	}
	set := len(effect.Added) + len(effect.Changed)
	for i, b := range slices.Concat(effect.Added, effect.Changed, effect.Lifted) {
		kind, reason := group.Bar, group.ReasonBarred
		if i >= set {
			kind, reason = group.Unbar, group.ReasonUnbarred
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO audit (group_id, at, kind, person, activity, target, verdict, reason)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`, c.GroupID, s.now().Unix(), kind, c.By, c.Source, b.Subject, group.Accepted, reason)
		if err != nil {
			return fmt.Errorf("write audit row: %w", err)
		}
	}
	return nil
}

// knownBlocks are the entries of the change's source, by subject.
func (s *Store) knownBlocks(ctx context.Context, tx *txn, c BlockChange) (map[string]group.Barrier, error) {
	entries, err := listBlocks(ctx, tx, c.GroupID)
	known := map[string]group.Barrier{}
	for _, b := range entries {
		if b.Source == c.Source {
			known[b.Subject] = b
		}
	}
	return known, err
}

func sameBlock(a, b group.Barrier) bool {
	a.At = b.At
	return a == b
}

func saveBlock(ctx context.Context, tx *txn, groupID int64, b group.Barrier) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO blocks
		(group_id, subject, level, public_words, private_words, reject_media, reject_reports, obfuscate, source, at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) ON CONFLICT (subject, group_id, source) DO UPDATE SET level = excluded.level,
			public_words = excluded.public_words, private_words = excluded.private_words, reject_media = excluded.reject_media,
			reject_reports = excluded.reject_reports, obfuscate = excluded.obfuscate, at = excluded.at`,
		groupID, b.Subject, b.Level, b.Public, b.Private, b.RejectMedia, b.RejectReports, b.Obfuscate, b.Source, b.At.Unix())
	return wrap(err, "save the block of "+b.Subject)
}

func setAllowOnly(ctx context.Context, tx *txn, groupID int64, on bool) (err error) {
	switch {
	case groupID != 0:
		_, err = tx.ExecContext(ctx, `UPDATE groups SET allow_only = $2 WHERE id = $1`, groupID, on)
	case on:
		_, err = tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('allow_only', '1') ON CONFLICT DO NOTHING`)
	default:
		_, err = tx.ExecContext(ctx, `DELETE FROM meta WHERE key = 'allow_only'`)
	}
	return wrap(err, "set how blocks work")
}

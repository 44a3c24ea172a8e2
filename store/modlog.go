package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"folkmoot/group"
)

// Act is an entry of the moderation log.
type Act struct {
	ID      int64
	At      time.Time
	Kind    group.Kind
	By      string // who did it; for those who moderate
	Target  string // post, account, host or rule it is about
	Words   string // the reason given
	Private bool   // the public does not read the reason
	Verdict group.Verdict
	Reason  group.Reason
	Why     string // which rules were hit, and by what; for those who moderate
}

// publicKinds are the acts that the public log shows. Warnings and reports concern one person each and are no news.
func publicKinds() []group.Kind {
	return []group.Kind{
		group.Remove, group.Restore, group.Lock, group.Unlock, group.Pin, group.Unpin, group.Relocate, group.Ban, group.Unban, group.Appoint,
		group.Dismiss, group.Bar, group.Unbar, group.AddRule, group.DropRule, group.Describe,
	}
}

// quoted lists kinds for a query.
func quoted(kinds []group.Kind) string {
	var list []string
	for _, k := range kinds {
		list = append(list, "'"+string(k)+"'")
	}
	return strings.Join(list, ", ")
}

// ModLog returns what was done in a group to keep order, newest first, before the entry numbered before (0 for the newest on). The
// public sees what was done and why, unless the reason is private, but neither by whom nor what came to nothing; those who moderate
// see everything that was decided about, and which rules of the group were hit.
func (s *Store) ModLog(ctx context.Context, groupID int64, public bool, before int64, limit int) ([]Act, error) {
	where := `a.kind IN (` + quoted(publicKinds()) + `, 'delete') AND a.verdict = 'accepted' AND (a.kind <> 'delete' OR a.reason = 'removed-by-moderator')`
	if !public {
		where = `(a.kind IN (` + quoted(append(publicKinds(), group.Warn, group.Resolve, group.Discard, group.Delete)) + `)
			AND NOT (a.kind = 'delete' AND a.reason <> 'removed-by-moderator') OR a.why <> '' OR a.verdict = 'held')`
	}
	if before <= 0 {
		before = 1 << 62
	}
	rows, err := s.read.QueryContext(ctx, `SELECT a.id, a.at, a.kind, a.person, a.target, a.words, a.private, a.verdict, a.reason, a.why
		FROM audit a WHERE a.group_id = $1 AND a.id < $2 AND `+where+` ORDER BY a.id DESC LIMIT $3`, groupID, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	acts, err := collect(rows, func(rows *sql.Rows) (a Act, err error) {
		var at int64
		err = rows.Scan(&a.ID, &at, &a.Kind, &a.By, &a.Target, &a.Words, &a.Private, &a.Verdict, &a.Reason, &a.Why)
		a.At = moment(at)
		return a, err
	})
	if err != nil || !public {
		return acts, err
	}
	blocks, err := s.Blocks(ctx, groupID)
	for i := range acts {
		acts[i].hide(blocks)
	}
	return acts, err
}

// hide takes out of an entry what the public does not read: who did it, private reasons, and the names of hosts that are shown with stars.
func (a *Act) hide(blocks []group.Barrier) {
	a.By, a.Why = "", ""
	if a.Private {
		a.Words = ""
	}
	if a.Kind != group.Bar && a.Kind != group.Unbar {
		return
	}
	plain := slices.ContainsFunc(blocks, func(b group.Barrier) bool { return b.Subject == a.Target && !b.Obfuscate })
	a.Target = group.Barrier{Subject: a.Target, Obfuscate: !plain}.Obfuscated()
}

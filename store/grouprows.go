package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// groupRows keeps the groups that the writer has read, with their settings and keys: nearly every activity needs one and next to none
// changes one. Any statement that may change a group, or the server's storm switch in meta, empties it, and so does undoing one.
type groupRows struct {
	byID  map[int64]Group
	byURI map[string]int64
	reads map[string]bool // statements that are known to change none
}

// maxGroupRows bounds what is kept; when there is more, all is read anew.
const maxGroupRows = 1024

// beforeRunning forgets the groups if a statement may change them.
func (g *groupRows) beforeRunning(statement string) {
	if g.reads[statement] {
		return
	}
	if changesGroups(statement) {
		g.forget()
		return
	}
	if g.reads == nil || len(g.reads) >= maxStatements {
		g.reads = map[string]bool{}
	}
	g.reads[statement] = true
}

func changesGroups(statement string) bool {
	for _, words := range []string{"UPDATE groups", "INTO groups", "DELETE FROM groups", "INTO meta", "UPDATE meta", "DELETE FROM meta", "ROLLBACK"} {
		if strings.Contains(statement, words) {
			return true
		}
	}
	return false
}

func (g *groupRows) forget() { g.byID, g.byURI = nil, nil }

func (g *groupRows) keep(row Group) {
	if g.byID == nil || len(g.byID) >= maxGroupRows {
		g.byID, g.byURI = map[int64]Group{}, map[string]int64{}
	}
	g.byID[row.ID], g.byURI[row.URI] = row, row.ID
}

// groupAt returns the group with a URI, as it is in this transaction. ErrNotFound if there is none.
func (t *txn) groupAt(ctx context.Context, uri string) (Group, error) {
	if id, ok := t.groups.byURI[uri]; ok {
		return t.groups.byID[id], nil
	}
	return t.readGroup(ctx, `uri = $1`, uri)
}

// groupOf returns the group with a number, as it is in this transaction.
func (t *txn) groupOf(ctx context.Context, id int64) (Group, error) {
	if row, ok := t.groups.byID[id]; ok {
		return row, nil
	}
	return t.readGroup(ctx, `id = $1`, id)
}

func (t *txn) readGroup(ctx context.Context, where string, arg any) (Group, error) {
	row, err := scanGroup(t.QueryRowContext(ctx, `SELECT `+groupColumns+` FROM groups WHERE `+where, arg).Scan)
	if err == nil {
		t.groups.keep(row)
	}
	return row, err
}

// groupsWhere returns the groups whose numbers a query selects, in their order.
func (t *txn) groupsWhere(ctx context.Context, query string, args ...any) (out []Group, err error) {
	rows, err := t.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("find groups: %w", err)
	}
	ids, err := collect(rows, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) })
	for _, id := range ids {
		g, err := t.groupOf(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, err
}

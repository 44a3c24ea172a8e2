package store

import (
	"context"
)

// groupRows are groups that the writer has read, part of writerRows.
type groupRows struct {
	byID  map[int64]Group
	byURI map[string]int64
}

// maxGroupRows bounds what is kept; when there is more, all is read anew.
const maxGroupRows = 1024

func (g *groupRows) forget() { g.byID, g.byURI = nil, nil }

func (g *groupRows) keep(row Group) {
	if g.byID == nil || len(g.byID) >= maxGroupRows {
		g.byID, g.byURI = map[int64]Group{}, map[string]int64{}
	}
	g.byID[row.ID], g.byURI[row.URI] = row, row.ID
}

// groupAt returns the group with a URI, as it is in this transaction. ErrNotFound if there is none.
func (t *txn) groupAt(ctx context.Context, uri string) (Group, error) {
	if id, ok := t.kept.groups.byURI[uri]; ok {
		return t.kept.groups.byID[id], nil
	}
	return t.readGroup(ctx, `uri = $1`, uri)
}

// groupOf returns the group with a number, as it is in this transaction.
func (t *txn) groupOf(ctx context.Context, id int64) (Group, error) {
	if row, ok := t.kept.groups.byID[id]; ok {
		return row, nil
	}
	return t.readGroup(ctx, `id = $1`, id)
}

func (t *txn) readGroup(ctx context.Context, where string, arg any) (Group, error) {
	row, err := scanGroup(t.QueryRowContext(ctx, `SELECT `+groupColumns+` FROM groups WHERE `+where, arg).Scan)
	if err == nil {
		t.kept.groups.keep(row)
	}
	return row, err
}

// groupsWhere returns the groups whose numbers a query selects, in their order.
func (t *txn) groupsWhere(ctx context.Context, query string, args ...any) (out []Group, err error) {
	ids, err := t.groupNumbers(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return t.groupsOf(ctx, ids)
}

// groupNumbers returns the numbers of groups that a query selects, in their order.
func (t *txn) groupNumbers(ctx context.Context, query string, args ...any) ([]int64, error) {
	ids, err := column[int64](t.QueryContext(ctx, query, args...))
	return ids, wrap(err, "find groups")
}

func (t *txn) groupsOf(ctx context.Context, ids []int64) (out []Group, err error) {
	for _, id := range ids {
		g, err := t.groupOf(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

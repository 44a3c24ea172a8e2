package fedtest_test

import (
	"database/sql"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"slices"
	"strings"
)

// view is what the database holds, a line for each row, for tests of what must change nothing.
type view []string

// everything reads all rows but those that only say what came in and who is out there. A forged activity changes none of it.
func (w *world) everything() view {
	w.t.Helper()
	return w.rows(func(table string) bool {
		return slices.Contains([]string{"meta", "hosts", "actors", "keys", "inbox", "audit", "gone"}, table)
	})
}

// shown reads what people see and what is passed on to followers. Answers to one person are not in it.
func (w *world) shown() view {
	w.t.Helper()
	return w.rows(func(table string) bool {
		return !slices.Contains([]string{"groups", "memberships", "posts", "counts", "reports", "outbox"}, table)
	})
}

// rows reads every table but those left out.
func (w *world) rows(leftOut func(table string) bool) view {
	w.t.Helper()
	db := w.database()
	names, err := db.QueryContext(w.ctx, `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
	w.must(err)
	var tables []string
	for names.Next() {
		var name string
		w.must(names.Scan(&name))
		if !leftOut(name) && !strings.HasPrefix(name, "sqlite_") {
			tables = append(tables, name)
		}
	}
	w.must(names.Err())
	w.must(names.Close())
	var out view
	for _, table := range tables {
		out = append(out, w.table(db, table)...)
	}
	return out
}

func (w *world) table(db *sql.DB, name string) view {
	w.t.Helper()
	rows, err := db.QueryContext(w.ctx, `SELECT * FROM `+name) //nolint:gosec // a name from the schema
	w.must(err)
	defer rows.Close()
	columns, err := rows.Columns()
	w.must(err)
	values, cells := make([]any, len(columns)), make([]sql.RawBytes, len(columns))
	for i := range cells {
		values[i] = &cells[i]
	}
	var out view
	for rows.Next() {
		w.must(rows.Scan(values...))
		line := strings.Builder{}
		line.WriteString(name)
		for i, cell := range cells {
			line.WriteString(" " + columns[i] + "=")
			line.Write(cell[:min(len(cell), 80)])
			if len(cell) > 80 { // as much as is worth reading, and the rest as a number
				fmt.Fprintf(&line, "…%x", crc32.ChecksumIEEE(cell))
			}
		}
		out = append(out, line.String())
	}
	w.must(rows.Err())
	return out
}

// database opens the running server's file once more, for reading.
func (w *world) database() *sql.DB {
	w.t.Helper()
	if w.db == nil {
		var err error
		w.db, err = sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(w.dir, "folkmoot.db"))+"?mode=ro&_pragma=busy_timeout(5000)")
		w.must(err)
		w.db.SetMaxOpenConns(1)
	}
	return w.db
}

// number reads one number from the database.
func (w *world) number(query string, args ...any) int {
	w.t.Helper()
	db := w.database()
	var n int
	w.must(db.QueryRowContext(w.ctx, query, args...).Scan(&n))
	return n
}

// difference lists the rows that one of two views lacks.
func difference(before, after view) string {
	var out []string
	for row := range rowsBeside(after, before) {
		out = append(out, "+ "+row)
	}
	for row := range rowsBeside(before, after) {
		out = append(out, "- "+row)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// rowsBeside returns the rows of one view that the other lacks.
func rowsBeside(one, other view) map[string]bool {
	out := map[string]bool{}
	for _, row := range one {
		out[row] = true
	}
	for _, row := range other {
		delete(out, row)
	}
	return out
}

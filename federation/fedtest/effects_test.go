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
	w.database()
	var out view
	for _, table := range w.tables {
		if !leftOut(table.name) {
			out = append(out, w.table(table)...)
		}
	}
	return out
}

// table is one of the database, with the query that reads all of it.
type table struct {
	name string
	all  *sql.Stmt
}

func (w *world) table(from table) view {
	w.t.Helper()
	rows, err := from.all.QueryContext(w.ctx)
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
		line.WriteString(from.name)
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
	if w.db != nil {
		return w.db
	}
	var err error
	w.db, err = sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(w.dir, "folkmoot.db"))+"?mode=ro&_pragma=busy_timeout(5000)")
	w.must(err)
	w.db.SetMaxOpenConns(1)
	names, err := w.db.QueryContext(w.ctx, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	w.must(err)
	w.tables = nil
	for names.Next() {
		var name string
		w.must(names.Scan(&name))
		w.tables = append(w.tables, table{name: name})
	}
	w.must(names.Err())
	w.must(names.Close())
	for i, t := range w.tables {
		w.tables[i].all, err = w.db.PrepareContext(w.ctx, `SELECT * FROM `+t.name) // a name from the schema
		w.must(err)
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

package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

// keysOfNobody takes the private keys out.
func keysOfNobody(ctx context.Context, tx *txn) error {
	_, err := tx.ExecContext(ctx, `UPDATE groups SET keys = CAST('keys of ' || name AS BLOB)`)
	return err
}

// dumpOf writes a database as SQL. The search index is left to the triggers, and to whoever reads its words.
func dumpOf(t *testing.T, path string) string {
	t.Helper()
	db := beside(t, path)
	b := &strings.Builder{}
	fmt.Fprintf(b, "PRAGMA auto_vacuum = incremental;\nPRAGMA user_version = %d;\nPRAGMA foreign_keys = 0;\nBEGIN;\n", schemaVersion(t, db))
	rows, err := db.Query(`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND (name NOT LIKE 'found\_%\_%' ESCAPE '\' OR type = 'trigger')
		AND name NOT LIKE 'sqlite_%' ORDER BY type = 'trigger', rowid`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := collect(rows, func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) })
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString(strings.Join(all, ";\n") + ";\n")
	for _, table := range tablesOf(t, db) {
		if table != "unread" && table != "hashtags" { // triggers fill them
			dumpTable(t, db, table, b)
		}
	}
	b.WriteString("COMMIT;\n")
	return b.String()
}

func dumpTable(t *testing.T, db *sql.DB, table string, b *strings.Builder) {
	t.Helper()
	var quoted string
	err := db.QueryRow(`SELECT GROUP_CONCAT('QUOTE("' || name || '")', ' || '','' || ') FROM pragma_table_info($1)`, table).Scan(&quoted)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(`SELECT ` + quoted + ` FROM ` + table)
	if err != nil {
		t.Fatal(err)
	}
	all, err := collect(rows, func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) })
	if err != nil {
		t.Fatal(err)
	}
	for _, values := range all {
		fmt.Fprintf(b, "INSERT INTO %s VALUES (%s);\n", table, values)
	}
}

package store

import (
	"context"
	"database/sql"
	"fmt"
)

// PrivateKeys are those of one group, or of the server itself.
type PrivateKeys struct {
	Group string // name; "" for the server itself
	Text  []byte
}

// Owner says in words whose they are.
func (k PrivateKeys) Owner() string {
	if k.Group == "" {
		return "the server itself"
	}
	return "the group " + k.Group
}

func privateKeys(ctx context.Context, db *sql.DB) ([]PrivateKeys, error) {
	rows, err := db.QueryContext(ctx, `SELECT '', CAST(value AS BLOB) FROM meta WHERE key = 'keys'
		UNION ALL SELECT name, keys FROM (SELECT name, keys FROM groups ORDER BY name)`)
	if err != nil {
		return nil, fmt.Errorf("read private keys: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (k PrivateKeys, err error) { return k, rows.Scan(&k.Group, &k.Text) })
}

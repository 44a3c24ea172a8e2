package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
)

// ErrOtherKeys means that an actor has other private keys than those that were to be given to it.
var ErrOtherKeys = errors.New("it has other keys already")

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

// ReadPrivateKeys returns the private keys in a database, those of the server first, and whose they are. A server may run on it.
func ReadPrivateKeys(ctx context.Context, path string) (origin string, list []PrivateKeys, err error) {
	if _, err := os.Stat(path); err != nil {
		return "", nil, fmt.Errorf("read private keys: %w", err)
	}
	db, err := openToRead(path, "mode=ro")
	if err != nil {
		return "", nil, err
	}
	defer db.Close()
	if err := examineSchema(ctx, db, &Examination{}); err != nil {
		return "", nil, readable(path, err)
	}
	if err := db.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'origin'`).Scan(&origin); err != nil {
		return "", nil, fmt.Errorf("read the origin: %w", err)
	}
	list, err = privateKeys(ctx, db)
	return origin, list, err
}

// KeysGiven says what became of private keys that were given, by owner.
type KeysGiven struct{ Set, Same, Missing []string }

// GivePrivateKeys gives actors of this server the private keys that they had, all or none. Groups that are not here are left out. It
// fails with [ErrOtherKeys] if one has others, unless they are to be replaced.
func (s *Store) GivePrivateKeys(ctx context.Context, list []PrivateKeys, replace bool) (given KeysGiven, err error) {
	err = s.update(ctx, func(ctx context.Context, tx *txn) error {
		given = KeysGiven{}
		for _, k := range list {
			if err := givePrivateKeys(ctx, tx, k, replace, &given); err != nil {
				return err
			}
		}
		return nil
	})
	return given, err
}

func givePrivateKeys(ctx context.Context, tx *txn, k PrivateKeys, replace bool, given *KeysGiven) error {
	read, write, args := `SELECT keys FROM groups WHERE name = $1`, `UPDATE groups SET keys = $1 WHERE name = $2`, []any{k.Text, k.Group}
	if k.Group == "" {
		read, write = `SELECT CAST(value AS BLOB) FROM meta WHERE key = 'keys' AND $1 = ''`,
			`INSERT INTO meta (key, value) VALUES ('keys', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value`
		args = []any{string(k.Text)}
	}
	var known []byte
	err := tx.QueryRowContext(ctx, read, k.Group).Scan(&known)
	switch {
	case errors.Is(err, sql.ErrNoRows) && k.Group != "":
		given.Missing = append(given.Missing, k.Owner())
		return nil
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("read the keys of %s: %w", k.Owner(), err)
	case bytes.Equal(known, k.Text):
		given.Same = append(given.Same, k.Owner())
		return nil
	case len(known) > 0 && !replace:
		return fmt.Errorf("%s: %w", k.Owner(), ErrOtherKeys)
	}
	if _, err := tx.ExecContext(ctx, write, args...); err != nil {
		return fmt.Errorf("give %s its keys: %w", k.Owner(), err)
	}
	given.Set = append(given.Set, k.Owner())
	return nil
}

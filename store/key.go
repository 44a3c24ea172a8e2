package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Key is somebody's public key as last fetched.
type Key struct {
	ID      string // key id, a URI
	Owner   string // actor URI
	DER     []byte // SubjectPublicKeyInfo
	Fetched time.Time
}

// Key returns a kept key, or ErrNotFound.
func (s *Store) Key(ctx context.Context, id string) (Key, error) {
	known, age, ok := s.keys.get(id)
	if ok {
		return known, nil
	}
	k := Key{ID: id}
	var fetched int64
	err := s.read.QueryRowContext(ctx, `SELECT owner, der, fetched FROM keys WHERE id = $1`, id).Scan(&k.Owner, &k.DER, &fetched)
	if errors.Is(err, sql.ErrNoRows) {
		return Key{}, fmt.Errorf("key %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return k, fmt.Errorf("read key %s: %w", id, err)
	}
	k.Fetched = moment(fetched)
	s.keys.put(id, k, age)
	return k, nil
}

// SaveKey keeps a key, replacing the one of the same id.
func (s *Store) SaveKey(ctx context.Context, k Key) error {
	err := s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO keys (id, owner, der, fetched) VALUES ($1,$2,$3,$4)
			ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, der = excluded.der, fetched = excluded.fetched`,
			k.ID, k.Owner, k.DER, k.Fetched.Unix())
		return wrap(err, "keep key "+k.ID)
	})
	s.keys.forget(func(id string, _ Key) bool { return id == k.ID })
	return err
}

// ServerKeys returns the keys of the server's own actor. The first call keeps what generate makes.
func (s *Store) ServerKeys(ctx context.Context, generate func() ([]byte, error)) ([]byte, error) {
	const query = `SELECT value FROM meta WHERE key = 'keys'`
	var keys []byte
	err := s.read.QueryRowContext(ctx, query).Scan(&keys)
	if !errors.Is(err, sql.ErrNoRows) {
		return keys, wrap(err, "read the server's keys")
	}
	made, err := generate()
	if err != nil {
		return nil, fmt.Errorf("make the server's keys: %w", err)
	}
	err = s.update(ctx, func(ctx context.Context, tx *txn) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('keys', $1) ON CONFLICT DO NOTHING`, string(made)); err != nil {
			return fmt.Errorf("keep the server's keys: %w", err)
		}
		return wrap(tx.QueryRowContext(ctx, query).Scan(&keys), "read the server's keys")
	})
	return keys, err
}

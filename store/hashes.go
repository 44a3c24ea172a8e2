package store

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"io"
)

// hashOfActivity is what an activity is found by: a number out of its id and signer. That two share one is harmless, if others can make
// no great number of them.
func hashOfActivity(activity, signer string) int64 {
	h := sha256.New()
	_, _ = io.WriteString(h, activity) // a hash takes everything
	_, _ = h.Write([]byte{0})
	_, _ = io.WriteString(h, signer)
	return int64(binary.BigEndian.Uint64(h.Sum(nil)))
}

// hashedAtOnce is how many rows are in memory while they are hashed.
const hashedAtOnce = 1000

// hashInbox lists the hashes of what is in the inbox in a table that the script uses and drops.
func hashInbox(tx *sql.Tx) error {
	if _, err := tx.Exec(`CREATE TABLE hashes (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL)`); err != nil {
		return fmt.Errorf("make a table of hashes: %w", err)
	}
	add, err := tx.Prepare(`INSERT INTO hashes (id, hash) VALUES ($1, $2)`)
	if err != nil {
		return fmt.Errorf("prepare to hash: %w", err)
	}
	defer add.Close()
	for last := int64(0); ; {
		found, err := unhashed(tx, last)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, r := range found {
			if _, err := add.Exec(r.Row, hashOfActivity(r.Activity, r.Signer)); err != nil {
				return fmt.Errorf("keep a hash: %w", err)
			}
		}
		last = found[len(found)-1].Row
	}
}

func unhashed(tx *sql.Tx, after int64) ([]Received, error) {
	rows, err := tx.Query(`SELECT id, activity, signer FROM inbox WHERE id > $1 ORDER BY id LIMIT $2`, after, hashedAtOnce)
	if err != nil {
		return nil, fmt.Errorf("read activities to hash: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (r Received, err error) { return r, rows.Scan(&r.Row, &r.Activity, &r.Signer) })
}

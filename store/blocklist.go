package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// BlockList is a list of blocks elsewhere that this server takes over again and again.
type BlockList struct {
	URL       string
	Hours     int // between two looks
	Due       time.Time
	Fetched   time.Time // when it was taken over last, zero for never
	Entries   int       // how many may change at once without being asked
	Followers int       // how many may be lost at once
	Waiting   time.Time // since when a larger change waits for the admin's yes
	Words     string    // what went wrong, or what waits
}

const listColumns = `url, hours, due, fetched, entries, followers, waiting, words`

func scanList(rows *sql.Rows) (l BlockList, err error) {
	var due, fetched, waiting int64
	err = rows.Scan(&l.URL, &l.Hours, &due, &fetched, &l.Entries, &l.Followers, &waiting, &l.Words)
	l.Due, l.Fetched, l.Waiting = moment(due), moment(fetched), moment(waiting)
	return l, err
}

// SaveBlockList adds a list or changes how it is followed, and what was seen of it.
func (s *Store) SaveBlockList(ctx context.Context, l BlockList) error {
	return s.update(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO block_lists (`+listColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
			ON CONFLICT (url) DO UPDATE SET hours = excluded.hours, due = excluded.due, fetched = excluded.fetched,
				entries = excluded.entries, followers = excluded.followers, waiting = excluded.waiting, words = excluded.words`,
			l.URL, l.Hours, unix(l.Due), unix(l.Fetched), l.Entries, l.Followers, unix(l.Waiting), l.Words)
		return wrap(err, "save the list "+l.URL)
	})
}

// BlockLists returns the lists that are followed.
func (s *Store) BlockLists(ctx context.Context) ([]BlockList, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+listColumns+` FROM block_lists ORDER BY url`)
	if err != nil {
		return nil, fmt.Errorf("list block lists: %w", err)
	}
	return collect(rows, scanList)
}

// BlockList returns one of them, or ErrNotFound.
func (s *Store) BlockList(ctx context.Context, url string) (BlockList, error) {
	lists, err := s.BlockLists(ctx)
	for _, l := range lists {
		if l.URL == url {
			return l, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("list %s: %w", url, ErrNotFound)
	}
	return BlockList{}, err
}

// DropBlockList no longer follows a list and lifts the blocks that came from it alone.
func (s *Store) DropBlockList(ctx context.Context, url string) (effect BlockEffect, err error) {
	err = s.update(ctx, func(ctx context.Context, tx *txn) (err error) {
		res, err := tx.ExecContext(ctx, `DELETE FROM block_lists WHERE url = $1`, url)
		if err != nil {
			return fmt.Errorf("drop the list %s: %w", url, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("list %s: %w", url, ErrNotFound))
		}
		effect, err = s.changeBlocks(ctx, tx, BlockChange{Source: url, Whole: true, By: url})
		return err
	})
	return effect, err
}

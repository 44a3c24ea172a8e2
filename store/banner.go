package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Banner is what whoever runs the server tells everybody, on every page.
type Banner struct {
	Texts map[string]string `json:"texts"` // Markdown, by the language of the pages; that of "" for all others
	Until time.Time         `json:"until,omitzero"`
}

// Empty says whether there is nothing to tell.
func (b Banner) Empty() bool {
	for _, text := range b.Texts {
		if text != "" {
			return false
		}
	}
	return true
}

// Over says whether its time is over.
func (b Banner) Over(now time.Time) bool { return !b.Until.IsZero() && !now.Before(b.Until) }

// Banner returns what everybody is told, or was told last; empty for nothing. It is on every page, so it is remembered.
func (s *Store) Banner(ctx context.Context) (Banner, error) {
	b, age, ok := s.banner.get("")
	if ok {
		return b, nil
	}
	b, err := s.readBanner(ctx)
	if err == nil {
		s.banner.put("", b, age)
	}
	return b, err
}

func (s *Store) readBanner(ctx context.Context) (b Banner, err error) {
	var text string
	err = s.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'banner'`).Scan(&text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return b, nil
	case err == nil:
		err = json.Unmarshal([]byte(text), &b)
	}
	return b, wrap(err, "read what everybody is told")
}

// SetBanner says what everybody is told from now on; an empty one ends that.
func (s *Store) SetBanner(ctx context.Context, b Banner, by string) error {
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("write what everybody is told: %w", err)
	}
	err = s.update(ctx, func(ctx context.Context, tx *txn) error {
		if err := setMeta(ctx, tx, "banner", string(text)); err != nil {
			return err
		}
		kind := "announce"
		if b.Empty() {
			kind = "announce-end"
		}
		return s.logServer(ctx, tx, ServerAct{Kind: kind, By: by, Words: b.Texts[""]})
	})
	s.banner.forget(func(string, Banner) bool { return true })
	return err
}

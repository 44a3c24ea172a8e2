package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Picture is an image on this server. What is in it is known to be nothing else: see the doors that make one.
type Picture struct {
	Name string // of the file: a hash of what is in it, with the ending of its type; "" for no picture
	Type string // media type
	Alt  string // what it shows, for those who do not see it
	Body []byte // nil for one that is kept already
}

// NewPicture names an image that is not kept yet.
func NewPicture(mediaType string, body []byte) Picture {
	sum := sha256.Sum256(body)
	ending := strings.Replace(strings.TrimPrefix(mediaType, "image/"), "jpeg", "jpg", 1)
	return Picture{Name: hex.EncodeToString(sum[:16]) + "." + ending, Type: mediaType, Body: body}
}

// Picture returns what is kept under a name, or ErrNotFound. It is a look at one row by its key, and what SQLite maps into memory
// leaves the cache of other pages alone.
func (s *Store) Picture(ctx context.Context, name string) (Picture, error) {
	p := Picture{Name: name}
	err := s.read.QueryRowContext(ctx, `SELECT type, body FROM pictures WHERE name = $1`, name).Scan(&p.Type, &p.Body)
	if errors.Is(err, sql.ErrNoRows) {
		return Picture{}, fmt.Errorf("picture: %w", ErrNotFound)
	}
	return p, wrap(err, "read a picture")
}

// keep writes down a picture that is new, once however often it is used.
func (p Picture) keep(ctx context.Context, tx *txn) error {
	if p.Body == nil {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO pictures (name, type, body) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING`, p.Name, p.Type, p.Body)
	return wrap(err, "keep a picture")
}

// mediaType is the type of a picture by its name alone.
func mediaType(name string) string {
	switch {
	case strings.HasSuffix(name, ".png"):
		return "image/png"
	case strings.HasSuffix(name, ".jpg"):
		return "image/jpeg"
	}
	return ""
}

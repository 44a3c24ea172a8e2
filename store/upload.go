package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	uploadLasts     = time.Hour
	maxUploads      = 12       // of one person
	maxUploadsBytes = 64 << 20 // of all people
)

// Upload is a picture of a post that somebody is writing.
type Upload struct {
	ID      int64
	Picture Picture
	Remote  string // what the writer's own server calls it, "" until that has it
}

// ErrFull means that there is no room for more.
var ErrFull = errors.New("there is no room for more pictures; send some of them first, or come back in an hour")

// HoldUpload keeps a picture for a form of a session, for an hour. ErrFull if the person has many of them, or everybody together.
func (s *Store) HoldUpload(ctx context.Context, session int64, form string, p Picture) error {
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		now := s.now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM uploads WHERE expires <= $1`, now.Unix()); err != nil {
			return fmt.Errorf("drop old uploads: %w", err)
		}
		var own, all int
		err := tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM uploads u JOIN sessions o ON o.id = u.session_id
			WHERE o.actor_id = (SELECT actor_id FROM sessions WHERE id = $1)), (SELECT COALESCE(SUM(LENGTH(body)), 0) FROM uploads)`, session).Scan(&own, &all)
		if err != nil {
			return fmt.Errorf("count uploads: %w", err)
		}
		if own >= maxUploads || all+len(p.Body) > maxUploadsBytes {
			return ErrFull
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO uploads (session_id, form, type, body, expires) VALUES ($1,$2,$3,$4,$5)`,
			session, form, p.Type, p.Body, now.Add(uploadLasts).Unix())
		return wrap(err, "hold an upload")
	})
}

// Uploads lists the pictures of a form of a session, without what is in them.
func (s *Store) Uploads(ctx context.Context, session int64, form string) ([]Upload, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, type, remote FROM uploads WHERE session_id = $1 AND form = $2 AND expires > $3 ORDER BY id`,
		session, form, s.now().Unix())
	if err != nil {
		return nil, fmt.Errorf("list uploads: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (u Upload, err error) { return u, rows.Scan(&u.ID, &u.Picture.Type, &u.Remote) })
}

// Upload returns a picture of a session, or ErrNotFound.
func (s *Store) Upload(ctx context.Context, session, id int64) (Picture, error) {
	var mediaType string
	var body []byte
	err := s.read.QueryRowContext(ctx, `SELECT type, body FROM uploads WHERE session_id = $1 AND id = $2 AND expires > $3`,
		session, id, s.now().Unix()).Scan(&mediaType, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return Picture{}, fmt.Errorf("upload: %w", ErrNotFound)
	}
	return NewPicture(mediaType, body), wrap(err, "read an upload")
}

// NameUpload notes what the writer's own server calls a picture.
func (s *Store) NameUpload(ctx context.Context, session, id int64, remote string) error {
	return s.ofUploads(ctx, `UPDATE uploads SET remote = $3 WHERE session_id = $1 AND id = $2`, session, id, remote)
}

// DropUpload drops a picture that its writer does not want after all.
func (s *Store) DropUpload(ctx context.Context, session, id int64) error {
	return s.ofUploads(ctx, `DELETE FROM uploads WHERE session_id = $1 AND id = $2`, session, id)
}

// DropUploads drops the pictures of a form that is done with.
func (s *Store) DropUploads(ctx context.Context, session int64, form string) error {
	return s.ofUploads(ctx, `DELETE FROM uploads WHERE session_id = $1 AND form = $2`, session, form)
}

// DropOldUploads drops what nobody came back for within the hour.
func (s *Store) DropOldUploads(ctx context.Context) error {
	var some bool
	err := s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM uploads WHERE expires <= $1)`, s.now().Unix()).Scan(&some)
	if err != nil || !some {
		return wrap(err, "look for old uploads")
	}
	return s.ofUploads(ctx, `DELETE FROM uploads WHERE expires <= $1`, s.now().Unix())
}

func (s *Store) ofUploads(ctx context.Context, query string, args ...any) error {
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return wrap(err, "change uploads")
	})
}

package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"folkmoot/store"
)

const (
	maxUpload      = 4*MaxPicture + maxForm // bytes of a form with pictures
	maxParts       = 200                    // of such a form
	uploadLasts    = 3 * time.Minute        // phones send slowly
	uploadsAtOnce  = 8                      // each holds one file in memory
	picturesHourly = 60                     // of one person
)

// sendsFiles says whether a request is a form that may come with files.
func sendsFiles(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// patient gives whoever is signed in the time that files take to come.
func (s *Site) patient(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if who, err := s.account(r); err == nil && who != nil && sendsFiles(r) {
			c, now := http.NewResponseController(w), time.Now()
			_ = c.SetReadDeadline(now.Add(uploadLasts)) // where that cannot be set, none is
			_ = c.SetWriteDeadline(now.Add(2 * uploadLasts))
		}
		next(w, r)
	}
}

// readUpload is readForm for a form with pictures. Files in the fields of shapes are made into pictures as they come, one after the
// other, and nothing is written to disk; files in others are not looked at.
func (s *Site) readUpload(r *http.Request, who *account, shapes map[string]pictureShape) (*form, error) {
	if !sendsFiles(r) {
		return s.readForm(r)
	}
	f := &form{words: s.languageOf(r), wrong: map[string]string{}, pictures: map[string][]store.Picture{}}
	parts, err := r.MultipartReader()
	if err != nil {
		return f, fmt.Errorf("read a form with pictures: %w", errForm)
	}
	select {
	case s.uploading <- struct{}{}:
		defer func() { <-s.uploading }()
	case <-r.Context().Done():
		return f, r.Context().Err()
	}
	room := int64(maxForm)
	for n := 0; ; n++ {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err == nil && n == maxParts {
			err = errTooLong
		}
		if err == nil {
			err = s.readPart(r.Context(), f, part, who, shapes, &room)
		}
		if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) || errors.Is(err, errTooLong) {
			return f.tooLarge(), nil
		}
		if err != nil {
			return f, fmt.Errorf("read a part of a form: %w", errForm)
		}
	}
}

var errTooLong = errors.New("the form is too long")

func (s *Site) readPart(ctx context.Context, f *form, part *multipart.Part, who *account, shapes map[string]pictureShape, room *int64) error {
	name := part.FormName()
	to, wanted := shapes[name]
	chosen := part.FileName() != "" // where none was chosen, browsers send one without a name; what it is called is nobody's business
	switch {
	case wanted && chosen:
		file, err := io.ReadAll(io.LimitReader(part, MaxPicture+1))
		if err != nil {
			return err
		}
		if len(file) > MaxPicture { // the rest of it is nothing to keep
			if _, err := io.Copy(io.Discard, part); err != nil {
				return err
			}
		}
		s.readFile(ctx, f, name, file, who, to)
		return nil
	case wanted || chosen:
		_, err := io.Copy(io.Discard, part)
		return err
	}
	var value bytes.Buffer
	n, err := io.Copy(&value, io.LimitReader(part, *room+1))
	if *room -= n; err == nil && *room < 0 {
		err = errTooLong
	}
	f.add(name, value.String())
	return err
}

// readFile makes a picture of a file that was sent. One is made at a time: each may take as much memory as there is to take.
func (s *Site) readFile(ctx context.Context, f *form, name string, file []byte, who *account, to pictureShape) {
	if !s.pictures.take(who.Actor.URI) {
		f.Fail(name, "common.picture.often")
		return
	}
	s.picturing.Lock()
	p, err := readPicture(file, to)
	s.picturing.Unlock()
	if err != nil {
		s.Log.InfoContext(ctx, "picture not taken", "error", err)
		f.Fail(name, pictureTrouble(err))
		return
	}
	f.pictures[name] = append(f.pictures[name], p)
}

// pictureTrouble says what is wrong with a file that was to be a picture: a text of the catalogues.
func pictureTrouble(err error) string {
	switch {
	case errors.Is(err, ErrPictureTooLarge):
		return "common.picture.large"
	case errors.Is(err, ErrPictureTooSmall):
		return "common.picture.small"
	}
	return "common.picture.none"
}

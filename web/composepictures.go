package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"folkmoot/store"
)

// Pictures of a post wait here, made anew, while it is being written, and go to the writer's own server with it. Mastodon takes four.
const maxPostPictures = 4

func postShape() pictureShape { return pictureShape{width: 2048, height: 2048} }

// postPicture is a picture of a post that is being written.
type postPicture struct {
	store.Upload
	Alt string // what it shows, as it was typed
	New bool   // nobody has been asked yet what it shows
}

// Field is the name of a field of the form about it.
func (p postPicture) Field(what string) string { return what + "-" + strconv.FormatInt(p.ID, 10) }

// attach holds the pictures that came with a form, drops those that are not wanted, and lists what there is.
func (s *Site) attach(r *http.Request, a acting, f *form) (out []postPicture, err error) {
	ctx, key := r.Context(), f.Value("key")
	held, err := s.Store.Uploads(ctx, a.ID, key)
	if err != nil {
		return nil, err
	}
	var left int
	for _, u := range held {
		if f.Value(postPicture{Upload: u}.Field("remove")) == "" {
			left++
		} else if err := s.Store.DropUpload(ctx, a.ID, u.ID); err != nil {
			return nil, err
		}
	}
	for _, p := range f.pictures["picture"] {
		if left++; left > maxPostPictures {
			f.Fail("picture", "takepart.pictures.many", maxPostPictures)
			break
		}
		err := s.Store.HoldUpload(ctx, a.ID, key, p)
		if errors.Is(err, store.ErrFull) {
			f.Fail("picture", "takepart.pictures.full")
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if held, err = s.Store.Uploads(ctx, a.ID, key); err != nil {
		return nil, err
	}
	for _, u := range held {
		p := postPicture{Upload: u}
		_, asked := f.values[p.Field("alt")]
		p.Alt, p.New = f.Line(p.Field("alt"), maxAlt), !asked
		out = append(out, p)
	}
	return out, nil
}

// undescribed says whether nobody has been asked yet what one of the pictures shows.
func (d composeData) undescribed() bool {
	for _, p := range d.Pictures {
		if p.New {
			return true
		}
	}
	return false
}

// heldPicture shows a picture to whoever is writing the post that it belongs to, and to nobody else.
func (s *Site) heldPicture(w http.ResponseWriter, r *http.Request) {
	who, err := s.account(r)
	id, wrong := number(r)
	if err != nil || who == nil || wrong != nil {
		s.page(s.nothing)(w, r)
		return
	}
	p, err := s.Store.Upload(r.Context(), who.ID, id)
	if err != nil {
		s.page(func(*http.Request) (view, error) { return view{}, err })(w, r)
		return
	}
	pictureHeaders(w.Header(), p)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(p.Body) // a reader that hung up wants nothing more
}

// errPictures means that a person's own server did not take a picture.
var errPictures = errors.New("the own server did not take a picture")

// publishPictures gives the pictures of a post to the writer's own server and returns what they are called there. What it has already
// is not sent again.
func (s *Site) publishPictures(ctx context.Context, a acting, p permission, pictures []postPicture) (ids []string, err error) {
	for _, n := range pictures {
		if n.Remote == "" {
			if n.Remote, err = s.publishPicture(ctx, a, p, n); err != nil {
				return nil, fmt.Errorf("%w: %w", errPictures, err)
			}
			if err := s.Store.NameUpload(ctx, a.ID, n.ID, n.Remote); err != nil {
				return nil, err
			}
		}
		if err := s.processed(ctx, p, n.Remote); err != nil {
			return nil, fmt.Errorf("%w: %w", errPictures, err)
		}
		ids = append(ids, n.Remote)
	}
	return ids, nil
}

func (s *Site) publishPicture(ctx context.Context, a acting, p permission, n postPicture) (string, error) {
	file, err := s.Store.Upload(ctx, a.ID, n.ID)
	if err != nil {
		return "", err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if n.Alt != "" {
		err = form.WriteField("description", n.Alt)
	}
	part, err2 := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="` + file.Name + `"`}, "Content-Type": {file.Type},
	})
	if err = errors.Join(err, err2); err == nil {
		_, err = part.Write(file.Body)
	}
	if err = errors.Join(err, form.Close()); err != nil {
		return "", fmt.Errorf("write a form with a picture: %w", err)
	}
	var made struct {
		ID json.RawMessage `json:"id"`
	}
	c := Call{Method: http.MethodPost, URI: p.Origin + "/api/v2/media", Token: p.Token, Type: form.FormDataContentType(), Body: body.Bytes()}
	err = s.ask(ctx, c, nil, &made)
	if refused := (*refusal)(nil); errors.As(err, &refused) && refused.status == http.StatusNotFound { // as before Mastodon 3.1.3
		c.URI = p.Origin + "/api/v1/media"
		err = s.ask(ctx, c, nil, &made)
	}
	if id := strings.Trim(string(made.ID), `"`); err != nil || id != "" && !strings.ContainsAny(id, "/?#%\\") {
		return id, err
	}
	return "", errNoAPI
}

// processed waits until a person's own server has looked at a picture: until then it answers 206 and takes no post with it.
func (s *Site) processed(ctx context.Context, p permission, id string) error {
	for wait := 100 * time.Millisecond; ; wait *= 2 {
		err := s.ask(ctx, Call{Method: http.MethodGet, URI: p.Origin + "/api/v1/media/" + id, Token: p.Token}, nil, nil)
		refused := (*refusal)(nil)
		if !errors.As(err, &refused) {
			return err
		}
		if refused.status == http.StatusNotFound { // Pleroma and its kind are done at once, and some have nothing to ask
			return nil
		}
		if refused.status != http.StatusPartialContent || wait > 8*time.Second {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

package main

import (
	"net/http"
	"time"

	"folkmoot/federation"
	"folkmoot/group"
)

// heldInfo is a version of a post that waits.
type heldInfo struct {
	Number int64      `json:"number"`
	URI    string     `json:"uri"`
	Author string     `json:"author"`
	Edit   bool       `json:"edit"` // of a post that is shown
	Title  string     `json:"title,omitempty"`
	Text   string     `json:"text"`
	Reason string     `json:"reason"`
	Why    string     `json:"why"`
	Since  time.Time  `json:"since"`
	Opens  *time.Time `json:"opens,omitempty"`
	Until  *time.Time `json:"until,omitempty"`
}

// heldShown is how many waiting posts are listed at once.
const heldShown = 1000

func (a *app) listHeld(r *http.Request) (any, error) {
	g, err := a.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	held, err := a.store.Held(r.Context(), g.ID, heldShown)
	if err != nil {
		return nil, err
	}
	out := []heldInfo{}
	for _, h := range held {
		out = append(out, heldInfo{
			Number: h.Number, URI: h.URI, Author: nameOf(h.Author), Edit: !h.Fresh, Title: h.Post.Title, Text: federation.PlainText(h.Post.HTML),
			Reason: string(h.Reason), Why: h.Reason.Sentence(), Since: h.At.UTC(), Opens: moment(h.Opens), Until: moment(h.Due),
		})
	}
	return out, nil
}

// pausedWords says until when nobody but moderators posts.
func pausedWords(until int64) string {
	switch {
	case until == group.Forever:
		return "until it is lifted"
	case until > time.Now().Unix():
		return "until " + timeWords(time.Unix(until, 0))
	}
	return "no"
}

// moment is a time for JSON, nil for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

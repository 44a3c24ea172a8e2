package federation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// typeProperty is the link property in which Lemmy and others say what kind of actor a link leads to.
const typeProperty = "https://www.w3.org/ns/activitystreams#type"

// jrdDocument is a JSON Resource Descriptor (RFC 7033 §4.4).
type jrdDocument struct {
	Subject string    `json:"subject,omitempty"`
	Aliases []string  `json:"aliases,omitempty"`
	Links   []jrdLink `json:"links"`
}

type jrdLink struct {
	Rel        string            `json:"rel"`
	Type       string            `json:"type,omitempty"`
	Href       string            `json:"href,omitempty"`
	Template   string            `json:"template,omitempty"`
	Properties map[string]string `json:"properties,omitempty"`
}

// jrdSubject is whom a WebFinger answer is about.
type jrdSubject struct {
	Name, Domain string // the handle is @Name@Domain
	ID           string // of the actor
	Page         string // for people; may be the same
	Type         string // Group or Application
}

// buildJRD answers a WebFinger query. There is exactly one self link: of two, Mastodon takes the last. The subject is the one
// handle without prefixes, as Mastodon and NodeBB look it up again and must come back here.
func buildJRD(s jrdSubject) ([]byte, error) {
	d := jrdDocument{
		Subject: "acct:" + s.Name + "@" + s.Domain,
		Aliases: []string{s.ID},
		Links: []jrdLink{
			{Rel: "http://webfinger.net/rel/profile-page", Type: "text/html", Href: s.Page},
			{
				Rel: "self", Type: "application/activity+json", Href: s.ID,
				Properties: map[string]string{typeProperty: s.Type},
			},
		},
	}
	if s.Page != s.ID {
		d.Aliases = append(d.Aliases, s.Page)
	}
	return marshalPlain(d)
}

// marshalPlain writes JSON without escaping & and <, which nobody shows as HTML.
func marshalPlain(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// jrdView is what a WebFinger answer of another server says about a handle.
type jrdView struct {
	Subject string
	Actors  []jrdActor // the self links that lead to ActivityPub documents
}

type jrdActor struct {
	URI  string
	Type string // as the property says; mostly ""
}

// decodeJRD reads a WebFinger answer; errors wrap ErrMalformed. Self links with another media type are for other protocols.
// Mitra uses the long media type, the others the short one.
func decodeJRD(raw []byte) (jrdView, error) {
	o, err := scanObject(raw)
	if err != nil {
		return jrdView{}, err
	}
	v := jrdView{Subject: o.get("subject").text()}
	for _, link := range o.get("links").list() {
		l := link.object()
		uri := l.get("href").text()
		if l.get("rel").text() != "self" || !isActivityType(l.get("type").text()) || !validURI(uri) {
			continue
		}
		v.Actors = append(v.Actors, jrdActor{URI: uri, Type: l.get("properties").object().get(typeProperty).text()})
	}
	return v, nil
}

// actor picks one self link. Where a person and a group share a name, Lemmy gives both and says which is which.
func (v jrdView) actor(wantGroup bool) (string, bool) {
	if len(v.Actors) == 0 {
		return "", false
	}
	for _, a := range v.Actors {
		if a.Type != "" && strings.EqualFold(a.Type, "Group") == wantGroup {
			return a.URI, true
		}
	}
	return v.Actors[0].URI, true
}

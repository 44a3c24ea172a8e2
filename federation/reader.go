package federation

import (
	"fmt"
	"net/http"

	"folkmoot/store"
)

// A group follows communities elsewhere through a Service of its own, its reader: Lemmy 0.19, PieFed 1.4 and Mbin 1.9 let nobody
// follow who could not be a person; Lemmy 1.0 alone lets communities.

const (
	readerName   = "reader"
	readerSuffix = "." + readerName // of its name; no group's name has a dot
)

// readerOf returns the group whose reader an actor is; "" if it is none.
func (i ids) readerOf(actor string) string {
	ref, ok := i.parse(actor)
	if !ok || ref.Kind != idReader {
		return ""
	}
	return i.group(ref.Name)
}

// encodeReader makes the document of a group's reader. It has the group's keys, under ids of its own.
func (e *encoder) encodeReader(g store.Group) ([]byte, error) {
	id, host := e.ids.reader(g.Name), e.ids.host()
	keys, err := e.keys.of(g.URI, g.Keys)
	if err != nil {
		return nil, err
	}
	pem, err := keys.PublicPEM()
	if err != nil {
		return nil, err
	}
	d, err := vocabService(actorLinks{
		ID: id, Inbox: e.ids.inbox(g.Name), Outbox: e.ids.applicationOutbox(), Key: publicKey{ID: e.ids.key(id), PEM: pem}, Published: g.Created,
	})
	if err != nil {
		return nil, err
	}
	if err := e.completeActor(d, id, pem, keys.Multibase()); err != nil {
		return nil, fmt.Errorf("reader of %s: %w", g.Name, err)
	}
	d["@context"] = applicationContext()
	d["preferredUsername"] = g.Name + readerSuffix
	d["webfinger"] = g.Name + readerSuffix + "@" + host
	d["name"] = "Reader of " + g.Name + " at " + host
	d["summary"] = `<p>Follows communities whose threads the group <a href="` + g.URI + `">` + g.Name + "</a> takes in.</p>"
	d["manuallyApprovesFollowers"] = true
	body, err := d.encode()
	if err != nil {
		return nil, err
	}
	return e.prove(body, id, keys, g.Updated)
}

func (s *Server) reader(r *http.Request) (served, error) {
	g, err := s.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return served{}, err
	}
	return activityDocument(s.encoder.encodeReader(g))
}

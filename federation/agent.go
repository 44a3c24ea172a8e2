package federation

import (
	"fmt"
	"net/http"
	"strings"

	"folkmoot/store"
)

// On forums only people follow and write messages, and Lemmy 0.19, PieFed 1.4 and Mbin 1.9 take neither of a Group. There a group
// acts through its agent: a Service, which could be a person.

const (
	agentName   = "agent"
	agentSuffix = "." + agentName // of its name; no group's name has a dot
)

// agentOf returns the group whose agent an actor is; "" if it is none.
func (i ids) agentOf(actor string) string {
	ref, ok := i.parse(actor)
	if !ok || ref.Kind != idAgent {
		return ""
	}
	return i.group(ref.Name)
}

// encodeAgent makes the document of a group's agent. It has the group's keys, under ids of its own.
func (e *encoder) encodeAgent(g store.Group) ([]byte, error) {
	id, host := e.ids.agent(g.Name), e.ids.host()
	keys, err := e.keys.of(g.URI, g.Keys)
	if err != nil {
		return nil, err
	}
	pem, err := keys.PublicPEM()
	if err != nil {
		return nil, err
	}
	d, err := vocabService(actorLinks{
		ID: id, Inbox: e.ids.inbox(g.Name), Outbox: e.ids.applicationOutbox(),
		Key: publicKey{ID: e.ids.key(id), PEM: pem}, Published: g.Created,
	})
	if err != nil {
		return nil, err
	}
	if err := e.completeActor(d, id, pem, keys.Multibase()); err != nil {
		return nil, fmt.Errorf("agent of %s: %w", g.Name, err)
	}
	d["@context"] = applicationContext()
	d["preferredUsername"] = g.Name + agentSuffix
	d["webfinger"] = g.Name + agentSuffix + "@" + host
	d["name"] = "Agent of " + g.Name + " at " + host
	d["summary"] = `<p>Follows communities, and writes messages, for the group <a href="` + g.URI + `">` + g.Name +
		"</a>. Nobody reads what is sent here.</p>"
	d["manuallyApprovesFollowers"] = true
	body, err := d.encode()
	if err != nil {
		return nil, err
	}
	return e.prove(body, id, keys, g.Updated)
}

// hearsPeopleOnly says whether a person's server takes private messages of people alone, and as ChatMessage: Lemmy 0.19 knows no
// other. A forum that has not said what it runs is most likely one of these.
func hearsPeopleOnly(t store.Telling) bool {
	switch strings.ToLower(t.Software) {
	case "", "lemmy", "piefed", "mbin", "kbin":
		return t.Dialect == store.Threadiverse
	}
	return false
}

// chat writes a private message to somebody on a forum.
func (e *encoder) chat(t store.Telling, key string) ([]store.Message, error) {
	agent := e.ids.agent(t.Group.Name)
	note, err := vocabNote(noteParts{ID: e.ids.activity("note", key), Author: agent, To: t.To.URI, Published: t.At})
	if err != nil {
		return nil, err
	}
	note.setContent(noteHTML(t.To, t.Text), t.Lang)
	note["type"], note["mediaType"] = "ChatMessage", "text/html"
	note["source"] = document{"content": strings.TrimSpace(t.Text), "mediaType": "text/plain"} // Lemmy would show Markdown instead
	id := e.ids.activity("create", key)
	d, err := vocabCreate(envelope{ID: id, Actor: agent, To: []string{t.To.URI}, Published: t.At})
	if err != nil {
		return nil, err
	}
	d["object"] = note.addressed().nested()
	return letter(e.ids.activity("note", key), id, d.addressed())
}

func (s *Server) agent(r *http.Request) (served, error) {
	g, err := s.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return served{}, err
	}
	return activityDocument(s.encoder.encodeAgent(g))
}

//go:build interop

package interop

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// document is what Fedify made of a document.
type document struct {
	Type                        string
	Undefined, Unknown, Changed []string
	Actor                       map[string]any
	Keys                        []struct{ ID, Owner, Algorithm string }
}

// collection is what one of Fedify's applications finds in a collection.
type collection struct {
	Type  string
	Total int
	Items []struct{ Type, ID, Actor, Object string }
}

func (p *peer) read(url string) (d document) {
	p.t.Helper()
	p.must(p.ask("read", object{"as": "ann", "url": url}, &d))
	if len(d.Undefined) > 0 {
		p.t.Errorf("%s: no context explains %v", url, d.Undefined)
	}
	return d
}

func (p *peer) readCollection(url string) (c collection) {
	p.t.Helper()
	p.must(p.ask("readCollection", object{"as": "ann", "url": url}, &c))
	return c
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

// What Fedify has no property for is listed here, so that anything else that gets lost is noticed.
func TestActorDocuments(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := l.addPeer("hollo")
	l.found(p.handle("ann"))
	g := p.read(l.group)
	published, _ := g.Actor["published"].(string)
	delete(g.Actor, "published")
	if g.Type != "Group" || !strings.HasPrefix(published, "20") {
		t.Errorf("a %s published %s", g.Type, published)
	}
	same(t, "the group", g.Actor, object{
		"id": l.group, "username": "books", "name": "Book club: slow", "inbox": l.group + "/inbox", "sharedInbox": l.origin + "/inbox",
		"outbox": l.group + "/outbox", "followers": l.group + "/followers", "following": l.group + "/following",
		"featured": l.group + "/featured", "approves": false, "discoverable": true, "indexable": true,
		"summary": "<p>We <em>read</em>.</p>", "source": "We *read*.",
	})
	threadiverse := func(iri string) bool {
		return strings.HasPrefix(iri, "https://join-lemmy.org/ns#") || strings.HasPrefix(iri, "http://litepub.social/ns#") ||
			strings.HasPrefix(iri, "http://smithereen.software/ns#") || iri == "https://purl.archive.org/socialweb/webfinger#webfinger"
	}
	if unknown := slices.DeleteFunc(g.Unknown, threadiverse); len(unknown) > 0 {
		t.Errorf("Fedify lost %v of the group", unknown)
	}
	checkKeys(t, l.group, g)

	a := p.read(l.origin + "/actor")
	same(t, "the server's own actor", a.Actor, object{
		"id": l.origin + "/actor", "username": "127.0.0.1:" + l.port, "name": "The lab", "inbox": l.origin + "/inbox",
		"sharedInbox": l.origin + "/inbox", "outbox": l.origin + "/actor/outbox", "approves": true,
		"discoverable": nil, "indexable": nil,
		"summary": "<p>The server itself. Send it the code to sign in with; nobody reads anything else that is sent here.</p>",
	})
	same(t, "the server's own actor", a.Type, "Application")
	same(t, "lost of it", a.Unknown, []string{
		"https://purl.archive.org/socialweb/webfinger#webfinger", "https://w3id.org/fep/844e/implements",
	})
	checkKeys(t, l.origin+"/actor", a)
}

// checkKeys: Fedify takes both keys of an actor. It gives the RSA key a type it has not, and does not know FEP-844e, which is
// inside generator.
func checkKeys(t *testing.T, id string, d document) {
	t.Helper()
	type key = struct{ ID, Owner, Algorithm string }
	same(t, "keys", d.Keys, []key{{id + "#main-key", id, "RSASSA-PKCS1-v1_5"}, {id + "#ed25519-key", id, "Ed25519"}})
	same(t, "changed", d.Changed, []string{"https://w3id.org/security#publicKey", "https://www.w3.org/ns/activitystreams#generator"})
}

func TestCollections(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := l.addPeer("hollo")
	l.found(p.handle("ann"))
	p.follow("ann")
	p.follow("bob")
	post := p.post("ann", "What next?", "")
	boost := p.awaits("a boost", isBoost(post))
	comment := p.post("bob", "Middlemarch", post)
	p.eventually("a comment", func() bool { return p.counts().Comments == 1 })

	for path, want := range map[string]struct {
		kind  string
		total int
		ids   []string
	}{
		"/followers":      {"Collection", 2, nil},
		"/following":      {"Collection", 0, nil},
		"/featured":       {"OrderedCollection", 0, nil},
		"/moderators":     {"OrderedCollection", 2, []string{p.account("ann"), l.origin + "/moderation"}},
		"/post/1/context": {"OrderedCollection", 2, []string{post, comment}},
		"/post/1/replies": {"Collection", 1, []string{comment}},
	} {
		p.read(l.group + path)
		c := p.readCollection(l.group + path)
		var ids []string
		for _, item := range c.Items {
			ids = append(ids, item.ID)
		}
		if c.Type != want.kind || c.Total != want.total || !slices.Equal(ids, want.ids) {
			t.Errorf("%s is %+v", path, c)
		}
	}
	out := p.readCollection(l.group + "/outbox")
	if out.Type != "OrderedCollection" || out.Total != 1 || len(out.Items) != 1 || out.Items[0].Type != "Announce" ||
		out.Items[0].Actor != l.group || out.Items[0].Object != post+"#create" {
		t.Errorf("the outbox is %+v", out)
	}
	if d := p.read(boost.ID); d.Type != "Announce" || len(d.Unknown)+len(d.Changed) > 0 {
		t.Errorf("the boost at its own address is %+v", d)
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := l.addPeer("hollo")
	l.found(p.handle("ann"))
	handle := strings.TrimPrefix(l.fed.Handle("books"), "@")
	for _, resource := range []string{"acct:" + handle, l.group} {
		var jrd struct {
			Subject string
			Links   []struct{ Rel, Type, Href string }
		}
		p.must(p.ask("readWebFinger", object{"resource": resource}, &jrd))
		self := ""
		for _, link := range jrd.Links {
			if link.Rel == "self" && link.Type == "application/activity+json" {
				self = link.Href
			}
		}
		if jrd.Subject != "acct:"+handle || self != l.group {
			t.Errorf("WebFinger says of %s: %+v", resource, jrd)
		}
	}
	var versions map[string]*struct {
		Software  struct{ Name, Version string }
		Protocols []string
		Usage     struct{ Users struct{ Total int } }
		Metadata  map[string]string
	}
	p.must(p.ask("readNodeInfo", object{"origin": l.origin}, &versions))
	for _, version := range []string{"2.0", "2.1"} {
		info := versions[version]
		if info == nil {
			t.Errorf("Fedify's strict parser refuses NodeInfo %s", version)
		} else if info.Software.Name != "folkmoot" || info.Software.Version != "1.2.3" || info.Usage.Users.Total != 1 ||
			!slices.Equal(info.Protocols, []string{"activitypub"}) || info.Metadata["nodeName"] != "The lab" {
			t.Errorf("NodeInfo %s is %+v", version, info)
		}
	}
}

package fedtest_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/group"
)

// onStages runs a scene for each payload that fits, each with a group and hosts of its own; a world for each platform.
func onStages(t *testing.T, fits func(f fixture) bool, play func(s *stage, f fixture)) {
	t.Helper()
	all := fixtures(t)
	books := library(all)
	for platform, files := range all {
		files = slices.DeleteFunc(files, func(f fixture) bool { return !fits(f) })
		if len(files) == 0 {
			continue
		}
		t.Run(platform, func(t *testing.T) {
			inWorldAt(t, fixtureTime(), func(w *world) {
				reader := w.peer("mastodon.example", "mastodon", "ann")
				for i, f := range files {
					uri := fmt.Sprintf("%s/g/f%d", home, i)
					w.found(uri)
					s := w.stage(f.name, uri, books, func(host string) string { return fmt.Sprintf("%s.f%d.example", plainHost(host), i) })
					s.reader = reader
					play(s, f)
				}
				w.later(26 * time.Hour)
				w.wantNothingLeft()
			})
		})
	}
}

func anyFixture(fixture) bool { return true }

// document is a payload as the document of an address.
func (s *stage) document(f fixture) (uri string, doc object) {
	doc, _ = rewrite(f.tree, s.move).(object)
	uri, _, _ = strings.Cut(idOf(doc["id"]), "#")
	if !strings.HasPrefix(uri, "https://") || strings.ContainsAny(uri, " {") {
		uri = "https://" + s.host(s.place("document.example")) + "/thing"
	}
	if doc == nil || isSpoilt(f.name) {
		s.host(hostIn(uri))
		s.raw[uri] = f.raw
		return uri, nil
	}
	doc["id"] = uri
	s.serve(uri, doc)
	return uri, doc
}

// TestFixturesAsActors lets every payload be the document of somebody who follows a group. Actors of every shape are members
// then, under their names; everything else is nobody.
func TestFixturesAsActors(t *testing.T) {
	onStages(t, anyFixture, func(s *stage, f fixture) {
		uri, doc := s.document(f)
		inbox, _ := doc["inbox"].(string)
		real := isActor(typeOf(doc)) && hostIn(inbox) == hostIn(uri)
		if real {
			s.serve(uri, signable(doc, uri))
		}
		before := s.everything()
		s.actor = uri
		status := s.send(object{"id": "https://" + hostIn(uri) + "/follows/1", "type": "Follow", "actor": uri, "object": s.group})
		if !real {
			if status != http.StatusUnauthorized {
				s.errorf("it is no actor, but status %d", status)
			}
			s.unchanged("its follow", before, s.everything())
			return
		}
		if status != http.StatusAccepted || len(s.arrived("Accept")) != 1 {
			s.errorf("status %d, %d answers", status, len(s.arrived("Accept")))
			return
		}
		s.wantFollower(true)
		s.wantKnown(uri, doc)
	})
}

// wantKnown checks that an actor is known by the names its document gives.
func (s *stage) wantKnown(uri string, doc object) {
	s.t.Helper()
	a, err := s.store.Actor(s.ctx, uri)
	s.must(err)
	if name, ok := doc["preferredUsername"].(string); ok && regexp.MustCompile(`^[A-Za-z0-9_.-]+$`).MatchString(name) {
		if want := "@" + name + "@" + hostIn(uri); a.Handle != want {
			s.errorf("known as %q, want %q", a.Handle, want)
		}
	}
	name, _ := doc["name"].(string)
	if plain := regexp.MustCompile(`^[A-Za-z0-9 ]+$`).MatchString(name); plain && a.Name != strings.TrimSpace(name) {
		s.errorf("called %q, want %q", a.Name, name)
	}
	if a.Bot != (typeOf(doc) == "Service" || typeOf(doc) == "Application") {
		s.errorf("a machine: %v", a.Bot)
	}
}

// TestFixturesAsPosts lets a member share every payload by its id, so that it is fetched. Posts of every shape are filed, with a
// title; everything else is kept out.
func TestFixturesAsPosts(t *testing.T) {
	onStages(t, anyFixture, func(s *stage, f fixture) {
		uri, doc := s.document(f)
		author := s.person("https://"+hostIn(uri)+"/users/the-author", "Person")
		s.actor = author
		s.letAnybodyPost()
		s.tree = object{
			"id": "https://" + hostIn(uri) + "/creates/1", "type": "Create", "actor": author, "object": uri,
			"to": []any{everybody}, "cc": []any{s.group},
		}
		thread := ""
		if doc != nil {
			doc["attributedTo"], doc["to"], doc["cc"] = author, []any{everybody}, []any{s.group}
			delete(doc, "audience")
			if idOf(doc["inReplyTo"]) != "" {
				thread = s.thread()
				doc["inReplyTo"] = thread
			}
		}
		want := s.nothing()
		if doc != nil && s.isShown(doc) {
			s.read()
			want = func() { s.wantFiled(doc, thread) }
		}
		if status := s.send(s.tree); status != http.StatusAccepted {
			s.errorf("status %d", status)
		}
		want()
	})
}

// letAnybodyPost opens the stage's group to people who are no members.
func (s *stage) letAnybodyPost() {
	s.t.Helper()
	g, err := s.store.Group(s.ctx, s.group[strings.LastIndexByte(s.group, '/')+1:])
	s.must(err)
	g.Settings.Posting = group.PostingAnyone
	s.must(s.store.EditGroup(s.ctx, g, nil))
}

// TestFixturesAsTombstones lets a stranger pass on a deletion; a Tombstone at the origin confirms it, anything else does not.
func TestFixturesAsTombstones(t *testing.T) {
	fits := func(f fixture) bool { return typeOf(f.tree) == "Tombstone" || typeOf(f.tree) == "Page" } // one that is none, too
	onStages(t, fits, func(s *stage, f fixture) {
		uri, doc := s.document(f)
		author := s.person("https://"+hostIn(uri)+"/users/the-author", "Person")
		s.actor = author
		s.read()
		s.join(author)
		s.older(object{"id": uri}, author)
		s.serve(uri, doc)
		evil := s.person("https://"+s.host("evil."+s.place("example"))+"/users/mal", "Person")
		deletion := object{"id": uri + "#delete", "type": "Delete", "actor": author, "object": uri}
		if status := s.sendAs(evil, home+"/inbox", s.encode(deletion)); status != http.StatusAccepted {
			s.errorf("status %d", status)
		}
		if gone := s.find(uri).State == "deleted"; gone != (typeOf(f.tree) == "Tombstone") {
			s.errorf("the post is deleted: %v", gone)
		}
	})
}

// TestFixturesOfWebFinger looks people up in every recorded answer.
func TestFixturesOfWebFinger(t *testing.T) {
	fits := func(f fixture) bool { return f.tree["subject"] != nil && f.tree["links"] != nil }
	onStages(t, fits, func(s *stage, f fixture) {
		subject, _ := f.tree["subject"].(string)
		template := strings.NewReplacer("{{nickname}}", "lain", "{{domain}}", "lain.example", "{{subdomain}}", "lain.example")
		tree, _ := decode([]byte(template.Replace(string(f.raw))))
		doc, _ := rewrite(tree, s.move).(object)
		self := selfLink(doc)
		name, host, named := strings.Cut(strings.TrimPrefix(idOf(tree["subject"]), "acct:"), "@")
		forged := strings.Contains(s.name, "spoof") || strings.Contains(s.name, "imposter")
		switch {
		case named:
			host = s.place(host)
			doc["subject"] = "acct:" + name + "@" + host
		case !strings.HasPrefix(subject, "acct:"):
			name = "user"
		}
		if !named || forged { // an answer of the host that the link leads to
			host = hostIn(self)
		}
		if host == "" {
			host = s.place("server.example")
		}
		s.person(self, "Person")
		s.serve("https://"+s.host(host)+"/.well-known/webfinger", doc)
		a, err := s.fed.Person(s.ctx, "@"+name+"@"+host)
		if want := self != "" && !forged; (err == nil) != want || want && a.URI != self {
			s.errorf("@%s@%s is %q (%v), want %q", name, host, a.URI, err, self)
		}
	})
}

// selfLink is the first link to an actor that can be fetched.
func selfLink(jrd object) string {
	for _, item := range list(jrd["links"]) {
		link := asObject(item)
		media, _ := link["type"].(string)
		href, _ := link["href"].(string)
		known := strings.HasPrefix(media, "application/activity+json") || strings.HasPrefix(media, "application/ld+json")
		if link["rel"] == "self" && strings.HasPrefix(href, "https://") && known {
			return href
		}
	}
	return ""
}

// TestFixturesOfNodeInfo lets every recorded NodeInfo be that of a follower's server.
func TestFixturesOfNodeInfo(t *testing.T) {
	fits := func(f fixture) bool {
		return f.tree["software"] != nil || f.tree["links"] != nil && f.tree["subject"] == nil
	}
	onStages(t, fits, func(s *stage, f fixture) {
		doc, _ := rewrite(f.tree, s.move).(object)
		software := object{"version": "2.0", "software": object{"name": "Mastodon", "version": "4.5.0"}}
		address := ""
		for _, item := range list(doc["links"]) {
			rel, _ := asObject(item)["rel"].(string)
			if href, _ := asObject(item)["href"].(string); strings.HasPrefix(rel, "http://nodeinfo.diaspora.software/ns/schema/") {
				address = href
			}
		}
		if asObject(doc["software"]) != nil {
			software = doc
			address = "https://" + s.host(s.place("wordpress.example")) + "/nodeinfo"
			doc = object{"links": []any{object{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": address}}}
		}
		if address == "" {
			return
		}
		host := hostIn(address)
		s.serve(address, software)
		s.serve("https://"+host+"/.well-known/nodeinfo", doc)
		s.join(s.person("https://"+host+"/users/ann", "Person"))
		h, err := s.store.Host(s.ctx, host)
		s.must(err)
		if name, _ := asObject(software["software"])["name"].(string); h.Software != strings.ToLower(name) {
			s.errorf("it is taken for %q, want %q", h.Software, name)
		}
	})
}

package federation

import (
	"slices"
	"strings"
	"testing"
)

// FuzzResource reads WebFinger queries. Whatever is understood names this host, and a name that a group could have, in any case.
func FuzzResource(f *testing.F) {
	for _, seed := range []string{
		"acct:books@groups.example", "acct:!books@groups.example", "group:books@groups.example", "%40books%40groups.example",
		"https://groups.example/g/books", "https://groups.example", "groups.example", "acct:groups.example@groups.example",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, resource string) {
		const origin, domain = "https://groups.example", "groups.example"
		found, ok := parseResource(resource, origin, domain)
		if !ok {
			return
		}
		if found.application == (found.name != "") || found.name != "" && !isWebFingerName(found.name) {
			t.Fatalf("%q is %+v", resource, found)
		}
		plain, _ := unescapeResource(resource)
		host := strings.TrimSuffix(strings.TrimPrefix(plain, "https://"), "/")
		if !strings.Contains(plain, "groups.example") && !sameHost("https://"+host, origin) && !strings.ContainsFunc(plain, isNotASCII) {
			t.Fatalf("%q is of another host", resource)
		}
		if again, ok := parseResource(plain, origin, domain); !strings.Contains(plain, "%") && (!ok || again != found) {
			t.Fatalf("%q is %+v, in small letters %+v", resource, found, again)
		}
	})
}

func isNotASCII(r rune) bool { return r > 0x7e }

// FuzzHandle reads handles as people write them. Written in the one way, they are read as the same.
func FuzzHandle(f *testing.F) {
	for _, seed := range []string{"@ann@mastodon.example", "!books@Lemmy.Example", "acct:ann@127.0.0.1:8080", " ann@bücher.example. "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, written string) {
		h, ok := parseHandle(written)
		if !ok {
			return
		}
		if canonical, ok := hostOf("https://" + h.host); !ok || canonical != h.host {
			t.Fatalf("%q is on the host %q", written, h.host)
		}
		if again, ok := parseHandle("@" + h.name + "@" + h.host); !ok || again.name != h.name || again.host != h.host {
			t.Fatalf("%q is %+v, written again %+v", written, h, again)
		}
	})
}

// FuzzJRD reads WebFinger answers. An actor is picked from the links, and can be fetched.
func FuzzJRD(f *testing.F) {
	f.Add([]byte(`{"subject":"acct:ann@a.example","links":[{"rel":"self","type":"application/activity+json","href":"https://a.example/u"}]}`))
	f.Add([]byte(`{"links":[{"rel":"self","type":"application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"","href":"https://a.example/g",` +
		`"properties":{"https://www.w3.org/ns/activitystreams#type":"Group"}},{"rel":"self","type":"application/activity+json","href":"javascript:x"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := decodeJRD(raw)
		if err != nil {
			return
		}
		for _, group := range []bool{true, false} {
			uri, ok := v.actor(group)
			if ok != (len(v.Actors) > 0) {
				t.Fatalf("%d actors, one picked: %v", len(v.Actors), ok)
			}
			if ok && (!validURI(uri) || !slices.ContainsFunc(v.Actors, func(a jrdActor) bool { return a.URI == uri })) {
				t.Fatalf("picked %q of %+v", uri, v.Actors)
			}
		}
	})
}

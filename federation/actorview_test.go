package federation

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	testPEM   = `-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n`
	testActor = `{"id":"https://a.example/u/ann","type":"Person","inbox":"https://a.example/u/ann/inbox"`
)

func TestDecodeActorRefuses(t *testing.T) {
	tests := map[string]string{
		"no id":                  `{"type":"Person","inbox":"https://a.example/inbox"}`,
		"id a number":            `{"id":1,"type":"Person","inbox":"https://a.example/inbox"}`,
		"no type":                `{"id":"https://a.example/u","inbox":"https://a.example/inbox"}`,
		"a post":                 `{"id":"https://a.example/u","type":"Note","inbox":"https://a.example/inbox"}`,
		"stripped by Sharkey":    `{"id":"https://a.example/u","type":"Person","preferredUsername":"ann","publicKey":{"id":"https://a.example/u#main-key"}}`,
		"inbox empty":            `{"id":"https://a.example/u","type":"Person","inbox":""}`,
		"inbox on another host":  `{"id":"https://a.example/u","type":"Person","inbox":"https://b.example/inbox"}`,
		"inbox on another port":  `{"id":"https://a.example/u","type":"Person","inbox":"https://a.example:8443/inbox"}`,
		"inbox a script":         `{"id":"https://a.example/u","type":"Person","inbox":"javascript:alert(1)"}`,
		"inbox with a user name": `{"id":"https://a.example/u","type":"Person","inbox":"https://a.example@b.example/inbox"}`,
	}
	for name, doc := range tests {
		t.Run(name, func(t *testing.T) {
			if v, err := decodeActor([]byte(doc), newSanitizer()); !errors.Is(err, ErrMalformed) {
				t.Errorf("decoded as %+v (err %v)", v, err)
			}
		})
	}
}

func TestDecodeActorFields(t *testing.T) {
	tests := []struct {
		name, members string
		got           func(actorView) any
		want          any
	}{
		{"collections of other hosts go", `"outbox":"https://b.example/o","followers":"https://b.example/f","featured":"https://b.example/f","endpoints":{"sharedInbox":"https://b.example/inbox"},"url":"https://b.example/@ann","wall":"https://b.example/w"`, func(v actorView) any {
			return v.Outbox + v.Followers + v.Featured + v.SharedInbox + v.URL + v.Wall
		}, ""},
		{"own collections stay", `"outbox":"https://a.example/o","followers":"https://a.example/f","endpoints":{"sharedInbox":"https://a.example/inbox"},"url":[{"type":"Link","href":"https://b.example/@ann"},"https://a.example/@ann"]`, func(v actorView) any {
			return []string{v.Outbox, v.Followers, v.SharedInbox, v.URL}
		}, []string{"https://a.example/o", "https://a.example/f", "https://a.example/inbox", "https://a.example/@ann"}},
		{"endpoints a string", `"endpoints":"https://a.example/#endpoints"`, func(v actorView) any { return v.SharedInbox }, ""},
		{"url a script", `"url":"javascript:alert(1)"`, func(v actorView) any { return v.URL }, ""},
		{"username", `"preferredUsername":"ann_b.c-d"`, func(v actorView) any { return v.Username }, "ann_b.c-d"},
		{"username in Cyrillic", `"preferredUsername":"анна"`, func(v actorView) any { return v.Username }, "анна"},
		{"username with a host", `"preferredUsername":"ann@b.example"`, func(v actorView) any { return v.Username }, ""},
		{"username with a slash", `"preferredUsername":"../ann"`, func(v actorView) any { return v.Username }, ""},
		{"username with markup", `"preferredUsername":"<b>"`, func(v actorView) any { return v.Username }, ""},
		{"username reversed", `"preferredUsername":"\u202enna"`, func(v actorView) any { return v.Username }, ""},
		{"username too long", `"preferredUsername":"` + strings.Repeat("x", 101) + `"`, func(v actorView) any { return v.Username }, ""},
		{"name of blanks", `"name":" "`, func(v actorView) any { return v.Name }, ""},
		{"name null", `"name":null`, func(v actorView) any { return v.Name }, ""},
		{"name in a map", `"nameMap":{"de":"Änn"}`, func(v actorView) any { return v.Name }, "Änn"},
		{"name cut", `"name":"` + strings.Repeat("é", 300) + `"`, func(v actorView) any { return v.Name }, strings.Repeat("é", 200)},
		{"summary", `"summary":"<p onclick=x>hi<script>x</script></p>"`, func(v actorView) any { return v.SummaryHTML }, "<p>hi</p>"},
		{"avatar", `"icon":{"type":"Image","url":"https://cdn.example/a.png"}`, func(v actorView) any { return v.AvatarURL }, "https://cdn.example/a.png"},
		{"avatar, largest", `"icon":[{"type":"Image","url":"https://cdn.example/s.png"},{"type":"Image","url":{"href":"https://cdn.example/l.png"}}]`, func(v actorView) any { return v.AvatarURL }, "https://cdn.example/l.png"},
		{"avatar a string", `"icon":"https://cdn.example/a.png"`, func(v actorView) any { return v.AvatarURL }, "https://cdn.example/a.png"},
		{"avatar null", `"icon":null`, func(v actorView) any { return v.AvatarURL }, ""},
		{"avatar a script", `"icon":{"type":"Image","url":"javascript:alert(1)"}`, func(v actorView) any { return v.AvatarURL }, ""},
		{"aliases", `"alsoKnownAs":["ann@b.example","https://b.example/u/ann"]`, func(v actorView) any { return v.AlsoKnownAs }, []string{"https://b.example/u/ann"}},
		{"one alias", `"alsoKnownAs":"https://b.example/u/ann"`, func(v actorView) any { return v.AlsoKnownAs }, []string{"https://b.example/u/ann"}},
		{"switches", `"manuallyApprovesFollowers":true,"discoverable":"true","indexable":1,"suspended":null`, func(v actorView) any {
			return fmt.Sprint(v.ManuallyApproves, v.Discoverable, v.Indexable, v.Suspended, v.IsBot)
		}, "true 1 2 false false"},
		{"moderators by string", `"attributedTo":"https://a.example/mods"`, func(v actorView) any { return v.Moderators }, "https://a.example/mods"},
		{"moderators elsewhere", `"attributedTo":"https://b.example/mods"`, func(v actorView) any { return v.Moderators }, ""},
		{"moderators of kbin", `"moderators":"https://a.example/mods"`, func(v actorView) any { return v.Moderators }, "https://a.example/mods"},
		{"moderators listed", `"attributedTo":[{"type":"Person","id":"https://b.example/u"},{"type":"Group","id":"https://b.example/g"},7]`, func(v actorView) any { return v.ModeratorIDs }, []string{"https://b.example/u"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v, err := decodeActor([]byte(testActor+","+test.members+"}"), newSanitizer())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, test.got(v)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestActorKeys(t *testing.T) {
	tests := []struct {
		name, members string
		want          []string
	}{
		{"ordinary", `"publicKey":{"id":"https://a.example/u/ann#main-key","owner":"https://a.example/u/ann","publicKeyPem":"` + testPEM + `"}`, []string{"https://a.example/u/ann#main-key"}},
		{"two", `"publicKey":[{"id":"https://a.example/u/ann#1","owner":"https://a.example/u/ann","publicKeyPem":"x"},{"id":"https://a.example/u/ann#2","publicKeyPem":"y"}]`, []string{"https://a.example/u/ann#1", "https://a.example/u/ann#2"}},
		{"Multikey", `"assertionMethod":[{"id":"https://a.example/u/ann#ed","type":"Multikey","controller":"https://a.example/u/ann","publicKeyMultibase":"z6Mk"},"https://a.example/u/ann#other"]`, []string{"https://a.example/u/ann#ed"}},
		{"owned by a neighbour", `"publicKey":{"id":"https://a.example/u/ann#main-key","owner":"https://a.example/u/bob","publicKeyPem":"x"}`, nil},
		{"owned elsewhere", `"publicKey":{"id":"https://a.example/u/ann#main-key","owner":"https://b.example/u/bob","publicKeyPem":"x"}`, nil},
		{"on another host", `"publicKey":{"id":"https://b.example/u/bob#main-key","owner":"https://a.example/u/ann","publicKeyPem":"x"}`, nil},
		{"without key", `"publicKey":{"id":"https://a.example/u/ann#main-key","owner":"https://a.example/u/ann"}`, nil},
		{"a string", `"publicKey":"https://a.example/u/ann#main-key"`, nil},
		{"too large", `"publicKey":{"id":"https://a.example/u/ann#main-key","publicKeyPem":"` + strings.Repeat("x", maxPEM+1) + `"}`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v, err := decodeActor([]byte(testActor+","+test.members+"}"), newSanitizer())
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, k := range v.Keys {
				ids = append(ids, k.ID)
				if k.Owner != v.ID {
					t.Errorf("owner %q", k.Owner)
				}
			}
			if diff := cmp.Diff(test.want, ids); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeKeyDocument(t *testing.T) {
	const id, stub = "https://a.example/u/ann/main-key", `{"id":"https://a.example/u/ann","type":"Person","preferredUsername":"ann","publicKey":`
	key := func(id, owner string) string {
		return `{"id":"` + id + `","owner":"` + owner + `","publicKeyPem":"` + testPEM + `"}`
	}
	tests := []struct {
		name, doc string
		ok        bool
	}{
		{"stub of GoToSocial", stub + key(id, "https://a.example/u/ann") + `}`, true},
		{"bare key", key(id, "https://a.example/u/ann"), true},
		{"bare Multikey", `{"id":"` + id + `","type":"Multikey","controller":"https://a.example/u/ann","publicKeyMultibase":"z6Mk"}`, true},
		{"one of two", stub + `[` + key("https://a.example/u/ann#1", "https://a.example/u/ann") + `,` + key(id, "https://a.example/u/ann") + `]}`, true},
		{"another key", key("https://a.example/u/bob/main-key", "https://a.example/u/bob"), false},
		{"id with a fragment", key(id+"#x", "https://a.example/u/ann"), false},
		{"owner elsewhere", key(id, "https://b.example/u/ann"), false},
		{"no owner", `{"id":"` + id + `","publicKeyPem":"x"}`, false},
		{"stub whose key is a neighbour's", stub + key(id, "https://a.example/u/bob") + `}`, false},
		{"actor without key", testActor + `}`, false},
		{"empty", `{}`, false},
		{"not JSON", `<html>`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k, err := decodeKeyDocument([]byte(test.doc), id)
			if (err == nil) != test.ok || (err != nil && !errors.Is(err, ErrMalformed)) {
				t.Fatalf("err %v", err)
			}
			if test.ok && (k.ID != id || k.Owner != "https://a.example/u/ann" || k.PEM+k.Multibase == "") {
				t.Errorf("%+v", k)
			}
		})
	}
}

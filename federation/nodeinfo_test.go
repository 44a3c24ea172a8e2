package federation

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// TestNodeInfoFixtures reads recorded answers: documents that point at NodeInfo, and one that is it.
func TestNodeInfoFixtures(t *testing.T) {
	files := fixtureFiles(t)["mobilizon"]
	dir := filepath.Dir(files[0])
	read := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join(dir, "fixtures__nodeinfo__"+name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for name, want := range map[string][2]string{ // host, address
		"older_versions":      {"mobilizon.fr", "https://mobilizon.fr/.well-known/nodeinfo/1.1"},
		"wp-event-federation": {"event-federation.eu", "https://event-federation.eu/wp-json/activitypub/1.0/nodeinfo"},
	} {
		if got, err := nodeInfoAddress(read(name), want[0]); err != nil || got != want[1] {
			t.Errorf("%s leads to %q, %v", name, got, err)
		}
		if got, err := nodeInfoAddress(read(name), "other.example"); err == nil {
			t.Errorf("%s leads from another host to %q", name, got)
		}
	}
	if name, version, err := decodeNodeInfo(read("wp-data")); err != nil || name != "wordpress" || version != "6.4.2" {
		t.Errorf("wp-data says %q %q, %v", name, version, err)
	}
}

func TestNodeInfoLinks(t *testing.T) {
	const rel = `"rel":"http://nodeinfo.diaspora.software/ns/schema/`
	for links, want := range map[string]string{
		`{"links":[{` + rel + `2.0","href":"https://a.example/2.0"},{` + rel + `2.1","href":"https://a.example/2.1"}]}`: "https://a.example/2.1",
		`{"links":[{` + rel + `2.1","href":"https://a.example/2.1"},{` + rel + `1.0","href":"https://a.example/1"}]}`:   "https://a.example/2.1",
		`{"links":{` + rel + `2.0","href":"https://A.example/one"}}`:                                                    "https://A.example/one",
		`{"links":[{` + rel + `2.0","href":"https://b.example/2.0"},{` + rel + `1.1","href":"https://a.example/1"}]}`:   "https://a.example/1",
		`{"links":[7,null,{"rel":7,"href":"https://a.example/x"},{` + rel + `2.0","href":"http://a.example/x"}]}`:       "http://a.example/x",
		`{"links":[{` + rel + `2.0","href":"/nodeinfo/2.0"}]}`:                                                          "",
		`{"links":[]}`:    "",
		`{"links":false}`: "",
		`{}`:              "",
	} {
		got, err := nodeInfoAddress([]byte(links), "a.example")
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s leads to %q, %v", links, got, err)
		}
	}
}

// TestFalseNodeInfo: what says nothing of the software is a failure, not an answer.
func TestFalseNodeInfo(t *testing.T) {
	for raw, want := range map[string]string{
		`{"software":{"name":"Iceshrimp.NET","version":"2026.1"}}`: "iceshrimp.net 2026.1",
		`{"software":{"name":" Lemmy\n","version":1.0}}`:           "lemmy ",
		`{"software":{"name":"x","version":{}},"version":"1.0"}`:   "x ",
		`{"software":{"version":"1"}}`:                             "",
		`{"software":{"name":""}}`:                                 "",
		`{"software":{"name":["lemmy"]}}`:                          "",
		`{"software":{"name":false}}`:                              "",
		`{"software":"lemmy"}`:                                     "",
		`{"software":null}`:                                        "",
		`{}`:                                                       "",
		`[]`:                                                       "",
		`null`:                                                     "",
		`false`:                                                    "",
		``:                                                         "",
		`<!DOCTYPE html>`:                                          "",
		`{"software":{"name":"` + strings.Repeat("x", 200) + `"}}`: strings.Repeat("x", 64) + " ",
		`{"software":{"name":"lemmy","name":"mastodon"}}`:          "",
		`{"software":{"name":"lemmy\u202e","version":" 1.0\n"}}`:   "lemmy 1.0",
	} {
		name, version, err := decodeNodeInfo([]byte(raw))
		if want == "" && err == nil || want != "" && (err != nil || name+" "+version != want) {
			t.Errorf("%s says %q %q, %v", raw, name, version, err)
		}
	}
}

// TestSoftware asks hosts over the wire.
func TestSoftware(t *testing.T) {
	var asked atomic.Int32
	serve := func(links, document string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			w.Header().Set("Content-Type", "application/json")
			body := document
			if strings.HasPrefix(r.URL.Path, "/.well-known/") {
				body = links
			}
			_, _ = w.Write([]byte(body))
		}
	}
	links := func(href string) string {
		return `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"` + href + `"}]}`
	}
	c := loopback(t, map[string]http.HandlerFunc{
		"lemmy.example": serve(links("http://lemmy.example/nodeinfo/2.0"), `{"software":{"name":"lemmy","version":"1.0.0"}}`),
		"empty.example": serve(links("http://empty.example/nodeinfo/2.0"), `{}`),
		"guide.example": serve(links("http://lemmy.example/nodeinfo/2.0"), `{}`),
		"gone.example":  http.NotFound,
	})
	if name, version, err := c.Software(t.Context(), "lemmy.example"); name != "lemmy" || version != "1.0.0" || err != nil {
		t.Errorf("%q %q, %v", name, version, err)
	}
	asked.Store(0)
	for host, requests := range map[string]int32{"empty.example": 2, "guide.example": 1} {
		if name, _, err := c.Software(t.Context(), host); name != "" || !errors.Is(err, ErrMalformed) {
			t.Errorf("%s says %q, %v", host, name, err)
		}
		if got := asked.Swap(0); got != requests {
			t.Errorf("%s: %d requests", host, got)
		}
	}
	_, _, err := c.Software(t.Context(), "gone.example")
	wantError(t, "no NodeInfo", err, ErrNotFound)
}

package main

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"folkmoot/config"
)

func TestClientAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for name, tc := range map[string]struct {
		remote    string
		forwarded []string
		want      string
	}{
		"no proxy":                       {"192.0.2.7:1234", nil, "192.0.2.7"},
		"stranger who pretends":          {"192.0.2.7:1234", []string{"198.51.100.1"}, "192.0.2.7"},
		"trusted proxy":                  {"127.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"trusted proxy, IPv6":            {"[::1]:1", []string{"2001:db8::7"}, "2001:db8::7"},
		"trusted proxy that says naught": {"127.0.0.1:1", nil, "127.0.0.1"},
		"client pretends to the proxy":   {"127.0.0.1:1", []string{"10.9.9.9, 198.51.100.1"}, "198.51.100.1"},
		"two trusted proxies":            {"127.0.0.1:1", []string{"198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		"in two headers":                 {"127.0.0.1:1", []string{"198.51.100.1", "10.0.0.2"}, "198.51.100.1"},
		"garbage nearest":                {"127.0.0.1:1", []string{"198.51.100.1, unknown"}, "127.0.0.1"},
		"mapped IPv4":                    {"127.0.0.1:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"all trusted":                    {"127.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = tc.remote
			for _, f := range tc.forwarded {
				r.Header.Add("X-Forwarded-For", f)
			}
			if got := clientAddress(r, trusted); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// How long a request took is said in the unit that its name has, in both formats: JSON has none for a time.Duration.
func TestTheLogSaysInWhichUnit(t *testing.T) {
	for format, want := range map[string]string{"json": `"took_ms":(\d+\.?\d*)\}`, "text": `took_ms=(\d+\.?\d*)\n`} {
		var out bytes.Buffer
		log := newLog(config.Log{Level: "debug", Format: format}, &out)
		slow := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(20 * time.Millisecond) })
		logRequests(log, newMeters(), nil, slow).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		took := regexp.MustCompile(want).FindStringSubmatch(out.String())
		if took == nil {
			t.Errorf("%s: %s", format, out.String())
			continue
		}
		if ms, err := strconv.ParseFloat(took[1], 64); err != nil || ms < 20 || ms > 10_000 {
			t.Errorf("%s: it took %s", format, took[1])
		}
	}
}

// Whatever the first line of a request says, it leads to this server. A target without a slash (RFC 9112, section 3.2) makes
// what stands before an @ a user's name: https://groups.example@evil.example.
func TestToHTTPS(t *testing.T) {
	for target, want := range map[string]string{
		"/g/books?before=3":             "https://groups.example/g/books?before=3",
		"//evil.example/x":              "https://groups.example//evil.example/x",
		"/%2f%2fevil.example?a=%0d%0ab": "https://groups.example/%2f%2fevil.example?a=%0d%0ab",
		"http://evil.example/x":         "https://groups.example/x",
		"http:@evil.example/x":          "",
		"http:.evil.example/x":          "",
		"http:/evil.example":            "https://groups.example/evil.example",
		"a:@evil.example?b":             "",
		"*":                             "",
	} {
		t.Run("WEB-06 "+target, func(t *testing.T) {
			w := httptest.NewRecorder()
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: groups.example\r\n\r\n")))
			if err != nil {
				t.Fatal(err)
			}
			toHTTPS("https://groups.example")(w, r)
			status := map[bool]int{true: http.StatusMovedPermanently, false: http.StatusBadRequest}[want != ""]
			if got := w.Header().Get("Location"); got != want || w.Code != status {
				t.Errorf("it leads to %d %s, want %d %s", w.Code, got, status, want)
			}
		})
	}
	w := httptest.NewRecorder()
	toHTTPS("https://groups.example")(w, httptest.NewRequest(http.MethodPost, "/inbox", nil))
	if w.Code != http.StatusBadRequest {
		t.Errorf("POST: %d", w.Code)
	}
}

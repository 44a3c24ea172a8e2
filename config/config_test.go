package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPrecedence(t *testing.T) {
	file := write(t, "folkmoot.toml", `
domain = "file.example"
title = "From the file"
listen = "127.0.0.1:1"
[tls]
mode = "autocert"
[limits]
workers = 3
`)
	c, origins, err := LoadWithOrigins(Source{
		File:    file,
		Environ: []string{"FOLKMOOT_LISTEN=127.0.0.1:2", "FOLKMOOT_TITLE=From the environment", "HOME=/", "FOLKMOOT_FIXTURES=/x"},
		Flags:   map[string]string{"listen": "127.0.0.1:3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Domain, want.Origin, want.Title, want.Listen = "file.example", "https://file.example", "From the environment", "127.0.0.1:3"
	want.TLS.Mode, want.Limits.Workers = "autocert", 3
	want.DataDir = filepath.Join(filepath.Dir(file), "data")
	want.Socket = filepath.Join(want.DataDir, "folkmoot.sock")
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{
		"domain": file, "title": "environment", "listen": "flag", "tls.mode": file, "limits.workers": file,
	}, origins); diff != "" {
		t.Error(diff)
	}
}

func TestKindsOfValues(t *testing.T) {
	c, err := Load(Source{
		Environ: []string{
			"FOLKMOOT_DOMAIN=a.example", "FOLKMOOT_TRUSTED_PROXIES=10.0.0.0/8, ::1", "FOLKMOOT_RETENTION_INBOX=9d", "FOLKMOOT_RETENTION_AUDIT=4",
			"FOLKMOOT_FETCH_TIMEOUT=1m", "FOLKMOOT_LIMITS_BODY_BYTES=70000", "FOLKMOOT_CONTACT_FILE=" + write(t, "contact", "me@a.example\n"),
			"FOLKMOOT_DATA_DIR=/srv/x", "FOLKMOOT_FETCH_ALLOW_CIDRS=",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Domain, want.Origin, want.Contact = "a.example", "https://a.example", "me@a.example"
	want.TrustedProxies = []string{"10.0.0.0/8", "::1"}
	want.Retention.Inbox, want.Retention.Audit, want.Fetch.Timeout, want.Limits.BodyBytes = 9, 4, time.Minute, 70000
	want.DataDir, want.Socket = "/srv/x", "/srv/x/folkmoot.sock"
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	const domain = "domain = \"a.example\"\n"
	for name, tc := range map[string]struct {
		file  string
		env   string
		words string
	}{
		"misspelt key":           {file: domain + "lisen = \"x\"", words: `there is no setting "lisen"; did you mean "listen"?`},
		"misspelt in a section":  {file: domain + "[tls]\nmod = \"proxy\"", words: `there is no setting "tls.mod"; did you mean "tls.mode"?`},
		"unknown section":        {file: domain + "[database]\nx = 1", words: `there is no setting "database"`},
		"misspelt variable":      {file: domain, env: "FOLKMOOT_LISTENS=x", words: `FOLKMOOT_LISTENS; did you mean "FOLKMOOT_LISTEN"?`},
		"file that is not there": {file: domain, env: "FOLKMOOT_OWNER_FILE=/nowhere", words: "read the file that FOLKMOOT_OWNER_FILE names"},
		"no TOML":                {file: "domain = ", words: "is not in the form it should have"},
		"no domain":              {file: "", words: "domain: it must be set"},
		"domain with a scheme":   {file: `domain = "https://a.example"`, words: "give the domain alone"},
		"domain with a port":     {file: `domain = "a.example:8080"`, words: "has a port"},
		"domain without a dot":   {file: `domain = "groups"`, words: "has no dot"},
		"IP address":             {file: `domain = "192.0.2.1"`, words: "is an IP address"},
		"letters":                {file: `domain = "grüße.example"`, words: "write it in ASCII"},
		"other origin":           {file: domain + `origin = "https://b.example"`, words: "differ"},
		"http":                   {file: domain + `origin = "http://a.example"`, words: "must begin with https://"},
		"origin with a path":     {file: domain + `origin = "https://a.example/x"`, words: "is no address"},
		"listen":                 {file: domain + `listen = "8080"`, words: "listen: \"8080\" is no address and port"},
		"public metrics":         {file: domain + `admin_listen = ":9090"`, words: "could be reached by everybody"},
		"metrics for the world":  {file: domain + `admin_listen = "192.0.2.1:9090"`, words: "could be reached by everybody"},
		"wrong kind":             {file: domain + "[limits]\nworkers = \"many\"", words: "workers"},
		"too few":                {file: domain + "[limits]\nworkers = 0", words: "limits.workers: 0 is too small"},
		"days":                   {file: domain + "[retention]\ninbox = \"month\"", words: `"month" is no time in days`},
		"seconds":                {file: domain + "[fetch]\ntimeout = \"soon\"", words: `"soon" is no time such as "10s"`},
		"short retention":        {file: domain + "[retention]\noutbox = \"1d\"", words: "waiting deliveries are lost"},
		"level":                  {file: domain + "[log]\nlevel = \"loud\"", words: `"loud" is none of: debug, info, warn, error`},
		"mode":                   {file: domain + "[tls]\nmode = \"on\"", words: `"on" is none of: proxy, autocert`},
		"networks":               {file: domain + "[fetch]\nallow_cidrs = [\"10.0.0.0\", \"ten\"]", words: `"ten" is no network`},
		"resolver":               {file: domain + "[fetch]\nresolver = \"dns.example\"", words: "is no IP address and port"},
		"long socket":            {file: domain + `socket = "/` + strings.Repeat("a", 120) + `"`, words: "too long for a socket"},
		"email":                  {file: domain + "[tls]\nmode = \"autocert\"\nemail = \"me\"", words: "tls.email"},
	} {
		t.Run(name, func(t *testing.T) {
			s := Source{File: write(t, "folkmoot.toml", tc.file)}
			if tc.env != "" {
				s.Environ = []string{tc.env}
			}
			_, err := Load(s)
			if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tc.words) {
				t.Errorf("got %v, want it to say %s", err, tc.words)
			}
		})
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	_, err := Load(Source{File: write(t, "folkmoot.toml", "listen = \"x\"\n[log]\nlevel = \"y\"")})
	for _, key := range []string{"domain:", "listen:", "log.level:"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%v does not name %s", err, key)
		}
	}
}

func TestWhereTheFileIs(t *testing.T) {
	a, b := write(t, "a.toml", `domain = "a.example"`), write(t, "b.toml", `domain = "b.example"`)
	c, err := Load(Source{Places: []string{"/nowhere/folkmoot.toml", b, a}})
	if err != nil || c.Domain != "b.example" {
		t.Errorf("the first that exists: %s, %v", c.Domain, err)
	}
	if _, err := Load(Source{File: "/nowhere/folkmoot.toml", Places: []string{a}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a named file that is missing: %v", err)
	}
}

func TestLoopbackMayUseHTTP(t *testing.T) {
	for domain, ok := range map[string]bool{
		"localhost:4000": true, "a.localhost": true, "127.0.0.1:80": true, "[::1]:80": true, "localhost.example": false,
	} {
		_, err := Load(Source{Flags: map[string]string{"domain": domain, "origin": "http://" + domain}})
		if (err == nil) != ok {
			t.Errorf("%s: %v", domain, err)
		}
	}
}

// What Write makes reads back as the same, whatever people type.
func TestWrittenFileReadsBack(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		c := Default()
		c.Domain = "a.example"
		c.Title, c.Rules = rapid.String().Draw(rt, "title"), rapid.String().Draw(rt, "rules")
		c.DataDir = "/srv/folkmoot"
		c.Retention.Inbox = Days(rapid.IntRange(7, 10_000).Draw(rt, "days"))
		c.Fetch.AllowCIDRs = rapid.SliceOfN(rapid.SampledFrom([]string{"10.0.0.0/8", "::1", "fd00::/8"}), 0, 3).Draw(rt, "networks")
		path := filepath.Join(dir, "folkmoot.toml")
		if err := os.WriteFile(path, []byte(Write(c)), 0o600); err != nil {
			rt.Fatal(err)
		}
		got, err := Load(Source{File: path})
		if err != nil {
			rt.Fatalf("%v in\n%s", err, Write(c))
		}
		c.complete("")
		if diff := cmp.Diff(c, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// docs/config.md is made from the struct.
func TestReferenceIsTrue(t *testing.T) {
	kept, err := os.ReadFile("../docs/config.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != Reference() {
		t.Error("docs/config.md is out of date: go run ./cmd/folkmoot config reference --markdown > docs/config.md")
	}
	for _, s := range Settings(Default()) {
		if s.Doc == "" || !strings.HasSuffix(s.Doc, ".") {
			t.Errorf("%s is not explained in a sentence", s.Key)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(Write(Default()))
	f.Add("domain = \"a.example\"\n[tls]\nmode = 1")
	f.Add("[[tls]]\nx = 1")
	f.Add("retention = \"x\"\nlimits = []")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, "folkmoot.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(Source{File: path})
		if err == nil && (c.Domain == "" || c.Origin == "" || c.Limits.Workers < 1) {
			t.Errorf("unusable and no complaint: %+v", c)
		}
	})
}

package main

import (
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"folkmoot/config"
)

func TestDoctorOnCertificates(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	srv.StartTLS()
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	named := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	nobody := httptest.NewTLSServer(http.NotFoundHandler())
	nobody.Close()
	ends := srv.Certificate().NotAfter
	for name, tt := range map[string]struct {
		origin string
		roots  *x509.CertPool
		now    time.Time
		level  string
		words  string
	}{
		"good":         {srv.URL, roots, time.Now(), fine, "good until"},
		"old":          {srv.URL, roots, ends.AddDate(-1, 0, 0), wrong, "was not renewed"},
		"ended":        {srv.URL, roots, ends.AddDate(1, 0, 0), wrong, "Get a new certificate"},
		"of others":    {named, roots, time.Now(), wrong, "Get a certificate for"},
		"home-made":    {srv.URL, x509.NewCertPool(), time.Now(), wrong, "fullchain"},
		"nobody there": {nobody.URL, roots, time.Now(), wrong, "Open port 443"},
	} {
		t.Run(name, func(t *testing.T) {
			c := config.Default()
			c.Origin = tt.origin
			d := newDoctor(c, "", tt.roots)
			d.now = func() time.Time { return tt.now }
			want(t, d.certificate(t.Context()), tt.level, tt.words)
		})
	}
}

// want wants one finding.
func want(t *testing.T, found []finding, level, words string) {
	t.Helper()
	if len(found) != 1 || found[0].Level != level || !strings.Contains(found[0].Words+" "+found[0].Remedy, words) {
		t.Errorf("found %+v, want %s: %s", found, level, words)
	}
	for _, f := range found {
		if (f.Level == fine) != (f.Remedy == "") {
			t.Errorf("every trouble has a remedy, and nothing else: %+v", f)
		}
	}
}

func TestDoctorOnTheClock(t *testing.T) {
	now := time.Now()
	peer := func(off time.Duration) string {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", now.Add(off).UTC().Format(http.TimeFormat))
		}))
		t.Cleanup(srv.Close)
		return srv.URL
	}
	right, late, silent := peer(0), peer(-time.Hour), "http://127.0.0.1:1"
	for name, tt := range map[string]struct {
		peers        []string
		level, words string
	}{
		"nobody":         {nil, fine, "no other server"},
		"silence":        {[]string{silent}, fine, "no other server"},
		"right":          {[]string{right, silent}, fine, "agrees with 1 other server"},
		"one is wrong":   {[]string{late, right, right}, fine, "agrees with 3"},
		"all are behind": {[]string{late, late}, wrong, "away from that of other servers"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoctor(config.Default(), "", nil)
			d.now, d.health = func() time.Time { return now }, &healthInfo{Peers: tt.peers}
			want(t, d.clock(t.Context()), tt.level, tt.words)
		})
	}
}

func TestDoctorOnWhatWaits(t *testing.T) {
	now := time.Now()
	ago := func(d time.Duration) *oldestInfo {
		return &oldestInfo{Host: "a.example", Since: now.Add(-d), Error: "It does not answer."}
	}
	for name, tt := range map[string]struct {
		health       healthInfo
		level, words string
	}{
		"nothing":     {healthInfo{}, fine, "nothing waits"},
		"a moment":    {healthInfo{Behind: 1, Oldest: ago(time.Minute)}, fine, "1 server"},
		"long":        {healthInfo{Behind: 2, Failing: 1, Peers: []string{"x", "y", "z"}, Oldest: ago(48 * time.Hour)}, advice, "queue explain a.example"},
		"nothing out": {healthInfo{Behind: 9, Failing: 9, Oldest: ago(time.Hour)}, wrong, "9 of 9 servers cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoctor(config.Default(), "", nil)
			d.now, d.health = func() time.Time { return now }, &tt.health
			want(t, d.waiting(), tt.level, tt.words)
		})
	}
	d := newDoctor(config.Default(), "", nil)
	d.health = &healthInfo{Undecided: 3, Received: now.Add(-time.Hour)}
	want(t, d.waiting()[:1], advice, "3 activities are received and not decided")
}

func TestDoctorOnWhoAsks(t *testing.T) {
	c := config.Default()
	c.Origin = "https://groups.example"
	d := newDoctor(c, "", nil)
	j := journeyInfo{Client: "172.17.0.1"}
	j.From = "172.17.0.1:5000"
	want(t, d.whoAsks(j), advice, "X-Forwarded-For $proxy_add_x_forwarded_for")
	j.Forwarded = []string{"192.0.2.7"}
	want(t, d.whoAsks(j), advice, "Add 172.17.0.1 to trusted_proxies")
	j.Client = "192.0.2.7"
	if found := d.whoAsks(j); len(found) > 0 {
		t.Errorf("found %+v", found)
	}
}

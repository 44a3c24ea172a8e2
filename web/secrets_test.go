package web

import (
	"bytes"
	"context"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"folkmoot/store"
)

// What a person's own server gives out is not logged, however that server answers: with it in words, as a number, in the wrong place.
func TestNothingOfOwnServersInTheLog(t *testing.T) {
	const client, code, token, number = "clientsecretninejd", "codeofannktwenty", "tokenofannseven", "830183018301"
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"words":   {http.StatusUnauthorized, `{"error":"no such secret ` + client + ` or code ` + code + `"}`},
		"word":    {http.StatusUnauthorized, `{"error":"` + code + `"}`},
		"number":  {http.StatusOK, `{"access_token":` + number + `}`},
		"list":    {http.StatusOK, `{"access_token":["` + token + `"]}`},
		"no JSON": {http.StatusOK, token},
		"token":   {http.StatusOK, `{"access_token":"` + token + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			_, st := site(t)
			var log bytes.Buffer
			s, err := New(Options{
				Store: st, Origin: origin, Domain: "groups.example", Now: clock,
				Log:    slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
				Person: func(context.Context, string) (store.Actor, error) { return mustActor(t, st, ann), nil },
				Ask: func(_ context.Context, c Call) (int, []byte, error) {
					switch {
					case strings.HasSuffix(c.URI, "/apps"):
						return http.StatusOK, []byte(`{"client_id":"moot","client_secret":"` + client + `"}`), nil
					case strings.HasSuffix(c.URI, "/oauth/token"):
						return answer.status, []byte(answer.body), nil
					}
					return http.StatusForbidden, []byte(`{"error":"` + c.Token + string(c.Body) + `"}`), nil
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			h, err := s.Handler()
			if err != nil {
				t.Fatal(err)
			}
			v := browse(t, h)
			link, err := url.Parse(html.UnescapeString(v.away("@ann@mastodon.example", "/")))
			if err != nil {
				t.Fatal(err)
			}
			state := link.Query().Get("state")
			v.get("/sign-in/from/mastodon.example?" + url.Values{"code": {code}, "state": {state}}.Encode())
			if !strings.Contains(log.String(), "sign-in failed") {
				t.Fatalf("nothing is logged:\n%s", &log)
			}
			for _, secret := range []string{client, code, token, number, state} {
				if strings.Contains(log.String(), secret) {
					t.Errorf("the log shows %s:\n%s", secret, &log)
				}
			}
		})
	}
}

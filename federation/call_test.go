package federation

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A token goes to the server it is of, and nowhere that one sends it on to; an answer without end is cut.
func TestCallsStayWithTheServerTheyAreMeantFor(t *testing.T) {
	strayed := false
	c := loopback(t, map[string]http.HandlerFunc{
		"good.example": func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			switch r.URL.Path {
			case "/leads-away":
				http.Redirect(w, r, "http://evil.example/", http.StatusTemporaryRedirect)
			case "/large":
				_, _ = io.WriteString(w, strings.Repeat("x", maxCalled+1))
			default:
				w.WriteHeader(http.StatusAccepted)
				_, _ = io.WriteString(w, r.Method+" "+r.Header.Get("Authorization")+" "+r.Header.Get("Content-Type")+" "+string(body))
			}
		},
		"evil.example": func(http.ResponseWriter, *http.Request) { strayed = true },
	})
	call := Call{Method: http.MethodPost, URI: "http://good.example/api", Token: "secret", Type: "text/plain", Body: []byte("words")}
	status, body, err := c.call(t.Context(), call)
	if err != nil || status != http.StatusAccepted || string(body) != "POST Bearer secret text/plain words" {
		t.Errorf("%d %s %v", status, body, err)
	}
	call.URI = "http://good.example/leads-away"
	if status, _, err = c.call(t.Context(), call); err != nil || status != http.StatusTemporaryRedirect || strayed {
		t.Errorf("%d %v, followed: %v", status, err, strayed)
	}
	call.URI = "http://good.example/large"
	if _, _, err = c.call(t.Context(), call); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large answer: %v", err)
	}
}

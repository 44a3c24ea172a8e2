package federation

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
)

// maxCalled is how much an answer of another server's client API may hold.
const maxCalled = 1 << 20

// Call is a request to the client API of another server, in somebody's name there.
type Call struct {
	Method, URI string
	Token       string // of that person, "" for nobody's name
	Type        string // media type of the body
	Body        []byte
	Key         string // what is sent twice with the same one is done once (Mastodon's Idempotency-Key)
}

// Call asks the client API of another server, as guarded as everything else that is asked there, and returns the status and what came
// with it. Redirects are not followed: what goes along is meant for that server alone.
func (s *Server) Call(ctx context.Context, c Call) (status int, body []byte, err error) {
	if err := s.mayAsk(ctx, c.URI); err != nil {
		return 0, nil, err
	}
	return s.client.call(ctx, c)
}

func (c *Client) call(ctx context.Context, call Call) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	at, err := c.address(call.URI)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, call.Method, at.String(), bytes.NewReader(call.Body))
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %w", ErrBadURL, err)
	}
	r.Header.Set("Accept", "application/json")
	if call.Type != "" {
		r.Header.Set("Content-Type", call.Type)
	}
	if call.Token != "" {
		r.Header.Set("Authorization", "Bearer "+call.Token)
	}
	if call.Key != "" {
		r.Header.Set("Idempotency-Key", call.Key)
	}
	res, err := c.send(r)
	if err != nil {
		return 0, nil, fmt.Errorf("ask %s: %w", at.Host, err)
	}
	defer res.Body.Close()
	if body, err = readAtMost(res, maxCalled); err != nil {
		return 0, nil, fmt.Errorf("ask %s: %w", at.Host, err)
	}
	return res.StatusCode, body, nil
}

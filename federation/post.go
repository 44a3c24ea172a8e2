package federation

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	maxAnswer      = 4 << 10 // bytes read of what an inbox answers
	maxAnswerWords = 500     // bytes of it that are kept, for whoever looks into a failed delivery
)

// PostResult is what an inbox answered.
type PostResult struct {
	Status     int
	RetryAfter time.Duration // as the server asked; 0 if it did not
	Body       string        // the start of its words, one line of plain text; for a redirect, where it points

	AcceptSignature string // how it wants requests signed (RFC 9421 section 5.1), "" if it does not say
}

// Post sends body to inbox, signed by sign. Any answer is a result, also one that means failure; an error means that there
// was none. Redirects are not followed: the signature is for this address, and who moved an inbox says so in its actor.
func (c *Client) Post(
	ctx context.Context, inbox string, body []byte, sign func(*http.Request, []byte) error,
) (*PostResult, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	at, err := c.address(inbox)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadURL, err)
	}
	r.Header.Set("Content-Type", "application/activity+json")
	r.Header.Set("Accept", acceptAS)
	if sign != nil {
		if err := sign(r, body); err != nil {
			return nil, fmt.Errorf("sign the delivery: %w", err)
		}
	}
	res, err := c.sendOver(c.carrier.RoundTrip, r)
	if err != nil {
		return nil, fmt.Errorf("deliver to %s: %w", at.Host, err)
	}
	defer res.Body.Close()
	return &PostResult{
		Status: res.StatusCode, RetryAfter: c.retryAfter(res.Header), Body: answerWords(res),
		AcceptSignature: cutBytes(res.Header.Get("Accept-Signature"), maxAnswerWords),
	}, nil
}

// answerWords returns what an inbox says about a request in words. The status is known by then, so words that never end or
// never come change nothing.
func answerWords(res *http.Response) string {
	raw, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	words := strings.ToValidUTF8(string(raw), "")
	switch {
	case isRedirect(res):
		words = "The inbox has moved to " + res.Header.Get("Location")
	case strings.Contains(strings.ToLower(res.Header.Get("Content-Type")), "html"):
		words = plainText(words)
	}
	words = cleanLine(words, maxAnswerWords)
	return strings.TrimSpace(cutBytes(words, maxAnswerWords))
}

package main

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	sameAgain   = time.Minute // how long a trouble that was written down is not written down again
	maxTroubles = 1000        // known at once; what comes beyond that is written as it comes
)

// repeatHandler keeps a trouble that lasts, such as a full disk, from filling the log: lines with the same words and the same error are
// written once a minute, and say how many were left out since. Lines without an error always pass; with log.level debug all do.
type repeatHandler struct {
	slog.Handler
	known *troubles
}

func newRepeatHandler(next slog.Handler) repeatHandler {
	return repeatHandler{next, &troubles{last: map[trouble]*told{}, now: time.Now}}
}

func (h repeatHandler) Handle(ctx context.Context, line slog.Record) error {
	what, is := troubleOf(line)
	if !is || h.Enabled(ctx, slog.LevelDebug) {
		return h.Handler.Handle(ctx, line)
	}
	left, write := h.known.tell(what)
	if !write {
		return nil
	}
	if left > 0 {
		line = line.Clone() // others may hold it
		line.AddAttrs(slog.Int("left_out", left))
	}
	return h.Handler.Handle(ctx, line)
}

func (h repeatHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return repeatHandler{h.Handler.WithAttrs(attrs), h.known}
}

func (h repeatHandler) WithGroup(name string) slog.Handler {
	return repeatHandler{h.Handler.WithGroup(name), h.known}
}

// trouble is what makes two lines the same: not whom they concern, as a full disk concerns everybody.
type trouble struct{ words, err string }

func troubleOf(line slog.Record) (t trouble, is bool) {
	line.Attrs(func(a slog.Attr) bool {
		if a.Key == "error" {
			t, is = trouble{line.Message, a.Value.String()}, true
		}
		return !is
	})
	return t, is
}

// told is when a trouble was last written down, and how often it was not since.
type told struct {
	at   time.Time
	left int
}

type troubles struct {
	now  func() time.Time
	mu   sync.Mutex
	last map[trouble]*told
}

// tell says whether a trouble is to be written down, and how many lines of it were left out before.
func (k *troubles) tell(what trouble) (left int, write bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if t, is := k.last[what]; is {
		if now.Sub(t.at) < sameAgain {
			t.left++
			return 0, false
		}
		left = t.left
	}
	k.makeRoom(now)
	if len(k.last) < maxTroubles {
		k.last[what] = &told{at: now}
	}
	return left, true
}

// makeRoom forgets what is over.
func (k *troubles) makeRoom(now time.Time) {
	if len(k.last) < maxTroubles {
		return
	}
	for what, t := range k.last {
		if now.Sub(t.at) >= sameAgain {
			delete(k.last, what)
		}
	}
}

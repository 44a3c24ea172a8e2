package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// A trouble that lasts is written once a minute, with how often it was left out; whom it concerns makes no difference, its reason does.
func TestRepeatedTroublesAreLeftOut(t *testing.T) {
	var out bytes.Buffer
	h := newRepeatHandler(slog.NewTextHandler(&out, nil))
	now := time.Now()
	h.known.now = func() time.Time { return now }
	log := slog.New(h).With("of", "the test")
	lines := func() int { return strings.Count(out.String(), "\n") }
	full := errors.New("the disk is full")
	for i := range 30 {
		log.Error("not stored", "activity", i, "error", full)
	}
	if lines() != 1 {
		t.Errorf("30 times the same in a minute are:\n%s", &out)
	}
	log.Error("not stored", "error", errors.New("the disk is broken"))
	log.Error("not read", "error", full)
	log.Info("request", "status", 200)
	log.Info("request", "status", 200)
	if lines() != 5 {
		t.Errorf("another reason, other words or a line without an error was left out:\n%s", &out)
	}
	now = now.Add(sameAgain)
	out.Reset()
	log.Error("not stored", "activity", 30, "error", full)
	log.Error("not stored", "activity", 31, "error", full)
	if lines() != 1 || !strings.Contains(out.String(), "left_out=29") || !strings.Contains(out.String(), "activity=30") {
		t.Errorf("after a minute:\n%s", &out)
	}
}

// Whoever looks for everything gets everything.
func TestNothingIsLeftOutOfDebug(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(newRepeatHandler(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for range 3 {
		log.Error("not stored", "error", errors.New("the disk is full"))
	}
	if n := strings.Count(out.String(), "\n"); n != 3 {
		t.Errorf("%d of 3 lines were written", n)
	}
}

// However many troubles there are at once, all are written and few are remembered; when they are over, new ones are.
func TestTroublesAreBounded(t *testing.T) {
	now := time.Now()
	known := &troubles{last: map[trouble]*told{}, now: func() time.Time { return now }}
	for i := range 2 * maxTroubles {
		if _, write := known.tell(trouble{words: fmt.Sprint(i)}); !write {
			t.Fatalf("trouble %d is new and was left out", i)
		}
	}
	if len(known.last) > maxTroubles {
		t.Errorf("%d troubles are remembered", len(known.last))
	}
	now = now.Add(sameAgain)
	known.tell(trouble{words: "new"})
	if _, write := known.tell(trouble{words: "new"}); write {
		t.Error("a trouble is not remembered though the others are over")
	}
}

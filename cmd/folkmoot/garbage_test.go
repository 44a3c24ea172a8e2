package main

import (
	"runtime"
	"testing"
	"time"
)

func TestGCPercent(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		name   string
		before int
		since  time.Duration
		live   uint64
		want   int
	}{
		{"idle", usualGC, 2 * time.Minute, 4 * mb, usualGC},
		{"a little to do", usualGC, time.Second, 10 * mb, usualGC},
		{"much to do", usualGC, 100 * time.Millisecond, 10 * mb, busyGC},
		{"still much to do", busyGC, 600 * time.Millisecond, 10 * mb, busyGC},
		{"idle again", busyGC, 2 * time.Minute, 10 * mb, usualGC},
		{"much in use", usualGC, 100 * time.Millisecond, 32 * mb, 200},
		{"very much in use", busyGC, 100 * time.Millisecond, 500 * mb, usualGC},
		{"nothing known", usualGC, 0, 0, busyGC},
	} {
		if got := gcPercent(c.before, c.since, c.live); got != c.want {
			t.Errorf("%s: %d percent, want %d", c.name, got, c.want)
		}
	}
}

func TestEachCollectionIsSeen(t *testing.T) {
	seen := make(chan bool, 3)
	afterGC(func() {
		select {
		case seen <- true:
		default: // it is called after the test, too, and whoever holds it up holds up all that is called after a collection
		}
	})
	for len(seen) < cap(seen) {
		runtime.GC() // what is called may be late for one
	}
}

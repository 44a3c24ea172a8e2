package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	usualGC   = 100 // percent of what is in use that may be garbage before it is collected, as Go has it
	busyGC    = 400
	spareHeap = 64 << 20 // bytes of garbage, where that is not the usual percentage anyway
	oftenGC   = time.Second / 2
	seldomGC  = 10 * time.Second
)

// easeGC lets more garbage lie while much is to be done, a little memory for a fifth of the processor's time (likes received, decided and
// passed on; ten megabytes in use were collected fifteen times a second). An idle server stays small: it is looked at after each
// collection, and Go makes one every two minutes where nothing happens. Whoever sets GOGC decides themselves.
func easeGC() {
	if os.Getenv("GOGC") != "" {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	last, percent := time.Now(), usualGC
	afterGC(func() {
		metrics.Read(live)
		now := time.Now()
		if better := gcPercent(percent, now.Sub(last), live[0].Value.Uint64()); better != percent {
			debug.SetGCPercent(better)
			percent = better
		}
		last = now
	})
}

// afterGC calls do after each collection of garbage from now on, never twice at once.
func afterGC(do func()) {
	runtime.AddCleanup(new(marked), func(do func()) {
		do()
		afterGC(do)
	}, do)
}

// marked is something that nobody needs: it is gone after the next collection. It is no smaller, as what is tiny is kept together.
type marked [16]byte

// gcPercent is the percentage after a collection that came so long after the one before and left so many bytes.
func gcPercent(before int, since time.Duration, live uint64) int {
	switch {
	case since >= seldomGC:
		return usualGC
	case since > oftenGC && before == usualGC:
		return usualGC
	}
	return int(min(max(100*spareHeap/max(live, 1), usualGC), busyGC))
}

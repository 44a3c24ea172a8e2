package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"time"
)

// walMeter counts the pages that are written to a write-ahead log, by the index beside it, in which SQLite tells other processes how long
// the log is (https://www.sqlite.org/walformat.html, section 2.1). A log that was moved into the database begins anew, under another salt.
type walMeter struct {
	index string
	seen  walState
	pages int64
	stop  chan struct{}
	done  chan struct{}
}

// walState is how many pages a log has, since it began under a salt.
type walState struct{ pages, salt uint32 }

const (
	walLooks  = time.Millisecond // a log that begins anew between two looks has grown less than the pages of one commit
	walHeader = 48               // bytes, there twice: who reads both alike has read no half of a change
	walFrame  = 4096 + 24        // bytes for a page
)

// measureWAL counts from now on what is written to the log of the database in a folder, until bytes is called.
func measureWAL(dir string) *walMeter {
	m := &walMeter{index: filepath.Join(dir, "folkmoot.db-shm"), stop: make(chan struct{}), done: make(chan struct{})}
	m.seen, _ = readWALState(m.index) // a log that is not there yet is empty
	go m.run()
	return m
}

func (m *walMeter) run() {
	defer close(m.done)
	tick := time.NewTicker(walLooks)
	defer tick.Stop()
	for {
		select {
		case <-m.stop:
			m.look()
			return
		case <-tick.C:
			m.look()
		}
	}
}

func (m *walMeter) look() {
	now, ok := readWALState(m.index)
	if !ok {
		return
	}
	m.pages += grown(m.seen, now)
	m.seen = now
}

// grown is how many pages were written between two looks.
func grown(before, now walState) int64 {
	if now.salt != before.salt || now.pages < before.pages {
		return int64(now.pages)
	}
	return int64(now.pages) - int64(before.pages)
}

// bytes ends the count.
func (m *walMeter) bytes() int64 {
	close(m.stop)
	<-m.done
	return m.pages * walFrame
}

// readWALState reads the index's header; ok is false if it is not there, or is just being changed.
func readWALState(index string) (s walState, ok bool) {
	f, err := os.Open(index)
	if err != nil {
		return s, false
	}
	defer f.Close()
	var raw [2 * walHeader]byte
	if _, err := f.ReadAt(raw[:], 0); err != nil || !bytes.Equal(raw[:walHeader], raw[walHeader:]) {
		return s, false
	}
	return walState{pages: binary.NativeEndian.Uint32(raw[16:]), salt: binary.NativeEndian.Uint32(raw[32:])}, true
}

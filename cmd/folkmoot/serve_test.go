package main

import "testing"

// Connections that are kept leave half of the files that may be open for everything else.
func TestKeptConnectionsLeaveFiles(t *testing.T) {
	for files, want := range map[uint64]int{1: 1, 1024: 512, 16384: 8192, 1 << 20: 8192, 1<<64 - 1: 8192} {
		if got := keptWithin(8192, files); got != want {
			t.Errorf("of %d files %d are for connections, want %d", files, got, want)
		}
	}
}

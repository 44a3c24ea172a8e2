//go:build linux

package main

import (
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// someMaps are those of a program that may lie anywhere: its third part was written to before it was protected.
const someMaps = `55d0c0000000-55d0c0100000 r-xp 00000000 fe:00 247741                     /usr/bin/folk moot
Size:               1024 kB
Rss:                 512 kB
Anonymous:             0 kB
AnonHugePages:         0 kB
55d0c0100000-55d0c0200000 r--p 00100000 fe:00 247741                     /usr/bin/folk moot
Rss:                 512 kB
Anonymous:             0 kB
55d0c0200000-55d0c0300000 r--p 00200000 fe:00 247741                     /usr/bin/folk moot
Rss:                 512 kB
Anonymous:           512 kB
55d0c0300000-55d0c0400000 rw-p 00300000 fe:00 247741                     /usr/bin/folk moot
Anonymous:             0 kB
7f0000000000-7f0000100000 r-xp 00000000 fe:00 247742                     /usr/lib/libc.so.6
Anonymous:             0 kB
7f0000200000-7f0000300000 r--s 00000000 fe:00 247743                     /var/lib/moot
Anonymous:             0 kB
7f0000400000-7f0000500000 r--p 00000000 00:00 0 
Anonymous:             0 kB
`

func TestOnlyWhatIsInTheFileIsGivenBack(t *testing.T) {
	got, err := unwritten(strings.NewReader(someMaps), "/usr/bin/folk moot")
	want := []mapping{{0x55d0c0000000, 0x55d0c0100000}, {0x55d0c0100000, 0x55d0c0200000}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("given back: %x, %v; want %x", got, err, want)
	}
}

func TestAProgramGivesItsPagesBackAndGoesOn(t *testing.T) {
	before := residentFile(t)
	if err := giveBack(); err != nil {
		t.Fatal(err)
	}
	if after := residentFile(t); after >= before {
		t.Errorf("%d KiB of the program file were in use, %d after it was given back", before, after)
	}
}

// residentFile returns how many KiB of files this process has in use.
func residentFile(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "RssFile:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib
}

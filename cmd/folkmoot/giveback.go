package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"
)

// afterStart is how long a server has been ready when all is over that it does at the start alone.
const afterStart = 2 * time.Second

// giveBackLater gives back what only the start needed, once it is over.
func giveBackLater(ctx context.Context, failed func(error)) {
	select {
	case <-ctx.Done():
	case <-time.After(afterStart):
		if err := giveBack(); err != nil {
			failed(err)
		}
	}
}

// giveBack returns the pages of the program that are mapped but may not be needed again, two fifths of what an idle server held: while it
// starts Go reads the whole table of its functions, and each package is set up. What is needed after all comes back from the kernel's
// cache, 64 KiB at a time. Where there is no /proc it does nothing.
func giveBack() error {
	program, err := os.Readlink("/proc/self/exe")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the program file: %w", err)
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return fmt.Errorf("read which pages are in use: %w", err)
	}
	defer maps.Close()
	parts, err := unwritten(maps, program)
	if err != nil {
		return fmt.Errorf("read which pages are in use: %w", err)
	}
	for _, p := range parts {
		if _, _, errno := syscall.Syscall(syscall.SYS_MADVISE, p.from, p.to-p.from, syscall.MADV_DONTNEED); errno != 0 {
			return fmt.Errorf("give back pages of the program: %w", errno)
		}
	}
	return nil
}

// mapping is a part of the memory of this process, between two addresses.
type mapping struct{ from, to uintptr }

// unwritten reads from smaps (proc(5)) which parts of a file can come from it again: nobody may write to them, and nobody has. By the latter
// it knows what is protected only once it was relocated, in a program that may lie anywhere (PIE).
func unwritten(smaps io.Reader, file string) (out []mapping, err error) {
	var at mapping
	of := false // whether that is a part of the file nobody may write to
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		line := lines.Text()
		if own, is := strings.CutPrefix(line, "Anonymous:"); is && of && strings.TrimSpace(own) == "0 kB" {
			out = append(out, at)
		}
		var m mapping
		var mode string
		if n, _ := fmt.Sscanf(line, "%x-%x %4s ", &m.from, &m.to, &mode); n == 3 {
			at, of = m, strings.HasSuffix(line, " "+file) && strings.HasPrefix(mode, "r-")
		}
	}
	return out, lines.Err()
}

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// usage is what a process has used so far, as Linux tells it in /proc; elsewhere known is false and figures of it are left out.
type usage struct {
	known    bool
	cpu      time.Duration
	written  int64 // bytes it had written to disk, the WAL and what moves from there into the database
	resident int64 // bytes
	files    int   // open
}

// clockTick is the unit of the times in /proc/PID/stat: USER_HZ, which is 100 on every architecture Go runs on.
const clockTick = 10 * time.Millisecond

func (s *server) usage() usage { return usageOf(s.cmd.Process.Pid) }

func usageOf(pid int) usage {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return usage{}
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // the name may have blanks
	fields := strings.Fields(rest)
	if len(fields) < 22 {
		return usage{}
	}
	number := func(text string) int64 { n, _ := strconv.ParseInt(text, 10, 64); return n } // proc(5) says that they are numbers
	u := usage{known: true, cpu: time.Duration(number(fields[11])+number(fields[12])) * clockTick, resident: number(fields[21]) * int64(os.Getpagesize())}
	if io, err := os.ReadFile(filepath.Join(dir, "io")); err == nil {
		for line := range strings.Lines(string(io)) {
			if text, ok := strings.CutPrefix(line, "write_bytes: "); ok {
				u.written = number(strings.TrimSpace(text))
			}
		}
	}
	if open, err := os.ReadDir(filepath.Join(dir, "fd")); err == nil {
		u.files = len(open)
	}
	return u
}

// since is what was used after an earlier reading.
func (u usage) since(before usage) usage {
	return usage{known: u.known && before.known, cpu: u.cpu - before.cpu, written: u.written - before.written}
}

// perOp is processor time in microseconds for each of n, 0 where it is not known.
func (u usage) perOp(n int) float64 {
	if !u.known || n == 0 {
		return 0
	}
	return float64(u.cpu.Microseconds()) / float64(n)
}

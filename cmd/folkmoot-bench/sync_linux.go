package main

import (
	"os"
	"syscall"
)

// dataSync is what SQLite does at a commit.
func dataSync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

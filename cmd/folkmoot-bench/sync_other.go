//go:build !linux

package main

import "os"

// dataSync is the nearest to what SQLite does at a commit.
func dataSync(f *os.File) error { return f.Sync() }

//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockFolder keeps a second server out of a data folder: two would each send what the other has sent. The lock ends with
// the process, however it ends.
func lockFolder(path string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(path, "folkmoot.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if err := flock(f); err != nil {
		_ = f.Close() // the refusal matters more
		return nil, fmt.Errorf("another server is running on the data folder %s: stop it first, or give this one another data_dir", path)
	}
	return func() { _ = f.Close() }, nil
}

// flock tries for a moment, because whoever looks whether a server runs holds the lock for an instant.
func flock(f *os.File) (err error) {
	for range 10 {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}

// folderInUse says whether a server runs on a data folder. It creates nothing.
func folderInUse(path string) bool {
	f, err := os.Open(filepath.Join(path, "folkmoot.lock"))
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil // the lock ends with f
}

// ownerOf is the user that a file belongs to.
func ownerOf(info fs.FileInfo) uint32 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Uid
	}
	return 0
}

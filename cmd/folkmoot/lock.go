//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockFolder keeps a second server out of a data folder: two would each send what the other has sent. The lock ends with
// the process, however it ends.
func lockFolder(path string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(path, "folkmoot.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close() // the refusal matters more
		return nil, fmt.Errorf("another server is running on the data folder %s: stop it first, or give this one another data_dir", path)
	}
	return func() { _ = f.Close() }, nil
}

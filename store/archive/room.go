//go:build unix

package archive

import (
	"fmt"
	"syscall"
)

// Free says how many bytes a user who is not root may still write to the disk of a folder.
func Free(folder string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, fmt.Errorf("look how much room is left in %s: %w", folder, err)
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil // #nosec G115 -- sizes of disks; their types differ between systems
}

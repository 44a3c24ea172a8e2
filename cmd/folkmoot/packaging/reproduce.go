package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// reproduce makes a release twice, from clones of the last commit in two folders, with other names, umask, language, time zone and
// cache, and fails unless all files are the same.
func reproduce(ctx context.Context, arch string) error {
	base, err := os.MkdirTemp("", "folkmoot-reproduce-*")
	if err != nil {
		return fmt.Errorf("make a folder to build in: %w", err)
	}
	defer os.RemoveAll(base)
	one, err := releaseIn(ctx, filepath.Join(base, "a"), arch, "umask 022", "TZ=UTC", "LANG=C.UTF-8")
	if err != nil {
		return err
	}
	two, err := releaseIn(ctx, filepath.Join(base, "another", "folder"), arch, "umask 077", "TZ=Asia/Kathmandu", "LANG=tr_TR.UTF-8",
		"GOCACHE="+filepath.Join(base, "cache"), "GOAMD64=v3", "CGO_ENABLED=1", "USER=somebody")
	if err != nil {
		return err
	}
	fmt.Printf("%s%s", one, map[bool]string{true: "Both times the same.\n", false: "The other time:\n" + two}[one == two])
	if one != two {
		return fmt.Errorf("two releases of one commit differ")
	}
	return nil
}

// releaseIn clones the last commit into a folder, makes a release there and returns its sums.
func releaseIn(ctx context.Context, folder, arch, before string, env ...string) (string, error) {
	clone := exec.CommandContext(ctx, "git", "clone", "--quiet", ".", folder)
	if out, err := clone.CombinedOutput(); err != nil {
		return "", fmt.Errorf("clone the tree: %w\n%s", err, out)
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", before+` && exec go run ./cmd/folkmoot/packaging release --arch "$1"`, "sh", arch)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make a release in %s: %w\n%s", folder, err, out)
	}
	return sumsOf(filepath.Join(folder, "dist"), "SHA256SUMS")
}

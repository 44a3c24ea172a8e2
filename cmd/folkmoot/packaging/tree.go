package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// tree is what everything is made from.
type tree struct {
	version string
	at      time.Time // of the last commit: the time that everything made from it has
	hasGit  bool
	tagged  bool // the commit is the release itself, not one before it
}

// debVersion is the version as dpkg orders it: what comes before a release is smaller than that (deb-version(7)).
func (t tree) debVersion() string {
	if t.tagged {
		return t.version
	}
	return t.version + "~" + t.at.Format("20060102150405")
}

// hostArch is the processor of this machine.
func hostArch() string { return runtime.GOARCH }

// readTree looks at the tree in the current folder.
func readTree(ctx context.Context) (tree, error) {
	source, err := os.ReadFile("cmd/folkmoot/version.go")
	if err != nil {
		return tree{}, fmt.Errorf("run this in the root of the tree: %w", err)
	}
	found := regexp.MustCompile(`(?m)^const release = "([0-9][0-9A-Za-z.~+-]*)"$`).FindSubmatch(source)
	if found == nil {
		return tree{}, errors.New("cmd/folkmoot/version.go names no release")
	}
	t := tree{version: string(found[1])}
	_, err = os.Stat(".git")
	t.hasGit = err == nil
	t.tagged = exec.CommandContext(ctx, "git", "describe", "--exact-match", "--match", "v"+t.version).Run() == nil
	t.at, err = sourceDate(ctx)
	return t, err
}

// sourceDate is SOURCE_DATE_EPOCH (reproducible-builds.org/specs/source-date-epoch), or the time of the last commit.
func sourceDate(ctx context.Context) (time.Time, error) {
	seconds := os.Getenv("SOURCE_DATE_EPOCH")
	if seconds == "" {
		out, err := exec.CommandContext(ctx, "git", "log", "-1", "--format=%ct").Output()
		if err != nil {
			return time.Time{}, fmt.Errorf("ask git for the time of the last commit; without git set SOURCE_DATE_EPOCH: %w", err)
		}
		seconds = strings.TrimSpace(string(out))
	}
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the time of the source: %w", err)
	}
	return time.Unix(n, 0).UTC(), nil
}

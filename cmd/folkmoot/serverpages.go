package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"

	"folkmoot/federation"
	"folkmoot/group"
	"folkmoot/store"
	"folkmoot/web"
)

// running is what the pages of those who run the server show and do.
func (a *app) running(o appOptions) web.Running {
	return web.Running{
		Version: versionWords(), Keep: o.Keep, Space: func() []web.Space { return spaceIn(o.DataDir) },
		Speaks: func(h store.Host) (store.Dialect, string) {
			p := federation.ProfileOf(h)
			return p.Dialect, string(p.Basis)
		},
		Wants: federation.Wants,
		Close: func(ctx context.Context, report int64, discard bool, words string) (group.Decision, error) {
			return a.fed.CloseReport(ctx, report, discard, words)
		},
	}
}

func versionWords() string {
	v := readVersion()
	if v.Commit == "" {
		return v.Version
	}
	return v.Version + " (" + v.Commit + ")"
}

// spaceIn measures the files and folders of the data folder. What cannot be measured is left out.
func spaceIn(folder string) (out []web.Space) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		size := int64(0)
		_ = filepath.WalkDir(filepath.Join(folder, e.Name()), func(_ string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil //nolint:nilerr // what cannot be measured is left out
			}
			if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
				size += info.Size()
			}
			return nil
		})
		if size > 0 {
			out = append(out, web.Space{Name: e.Name(), Bytes: size})
		}
	}
	return out
}

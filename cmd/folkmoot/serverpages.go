package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"folkmoot/federation"
	"folkmoot/group"
	"folkmoot/store"
	"folkmoot/store/archive"
	"folkmoot/web"
)

// running is what the pages of those who run the server show and do.
func (a *app) running(o appOptions) web.Running {
	return web.Running{
		Version: versionWords(), Since: time.Now(), Keep: o.Keep, Space: func() []web.Space { return spaceIn(o.DataDir) },
		Free: func() int64 { return freeIn(o.DataDir) }, Backups: backupsFor(o.Backups),
		Speaks: func(h store.Host) (store.Dialect, string) {
			p := federation.ProfileOf(h)
			return p.Dialect, string(p.Basis)
		},
		Wants:      federation.Wants,
		ReadBlocks: federation.ParseBlocks,
		Subject: func(ctx context.Context, name string) (string, error) {
			subject, err := a.fed.BlockSubject(ctx, name)
			return subject, pageError(err)
		},
		TryList: func(ctx context.Context, url string) (store.BlockEffect, error) {
			effect, err := a.fed.TryList(ctx, url)
			return effect, pageError(err)
		},
		Refresh: func(ctx context.Context, url string) (store.BlockEffect, error) {
			effect, err := a.fed.RefreshList(ctx, url, federation.Refresh{Yes: true})
			return effect, pageError(err)
		},
		Passed: a.passages,
		Close: func(ctx context.Context, report int64, discard bool, words string) (group.Decision, error) {
			return a.fed.CloseReport(ctx, report, discard, words)
		},
	}
}

// passages are the activities that passed last, without anything of what they hold.
func (a *app) passages() (out []web.Passage) {
	for _, e := range a.passed.newest() {
		out = append(out, web.Passage{
			At: e.At, Out: e.Out, Peer: e.Peer, Type: e.Type, Group: e.Group, Verdict: e.Verdict, Reason: group.Reason(e.Reason), Words: e.Words, Failed: e.Failed,
		})
	}
	return out
}

// pageError is an error as the pages know it.
func pageError(err error) error {
	switch {
	case errors.Is(err, federation.ErrBarred):
		return fmt.Errorf("%w: %w", web.ErrBarred, err)
	case errors.Is(err, federation.ErrBadURL):
		return fmt.Errorf("%w: %w", web.ErrSubject, err)
	case errors.Is(err, federation.ErrList):
		return fmt.Errorf("%w: %w", web.ErrList, err)
	}
	return err
}

func versionWords() string {
	v := readVersion()
	if v.Commit == "" {
		return v.Version
	}
	return v.Version + " (" + v.Commit + ")"
}

// freeIn is how many bytes there are left for a folder, -1 if nobody knows.
func freeIn(folder string) int64 {
	n, err := archive.Free(folder)
	if err != nil {
		return -1
	}
	return int64(min(n, math.MaxInt64)) // #nosec G115 -- cut to what fits
}

// backupsFor tells the pages how backups go; nil if none are made by schedule.
func backupsFor(b *backups) func() web.Backups {
	if b == nil {
		return nil
	}
	return func() web.Backups {
		s := b.now()
		return web.Backups{Newest: s.Newest, Failed: s.Failed}
	}
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

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"folkmoot/config"
	"folkmoot/store/archive"
)

// backups are made by the server itself, as the settings under backup say.
type backups struct {
	source archive.Source
	folder string
	every  time.Duration
	keep   int
	log    *slog.Logger

	mu    sync.Mutex
	state backupState
}

// backupState is how backups go.
type backupState struct {
	Folder string        `json:"folder"`
	Every  time.Duration `json:"every"`
	Newest time.Time     `json:"newest"` // zero for none
	Failed time.Time     `json:"failed"` // since the newest; zero for not
	Error  string        `json:"error,omitempty"`
	Bytes  int64         `json:"bytes"` // of the newest, if this run of the server made it
}

// newBackups returns nil where none are wanted.
func newBackups(c config.Config, file string, log *slog.Logger) (*backups, error) {
	if c.Backup.Dir == "" {
		return nil, nil
	}
	b := &backups{source: backupSource(c, file), folder: c.Backup.Dir, every: c.Backup.Every, keep: c.Backup.Keep, log: log}
	b.state = backupState{Folder: b.folder, Every: b.every}
	if len(c.Backup.Recipients) > 0 {
		lock, err := archive.ParseRecipients(strings.Join(c.Backup.Recipients, "\n"))
		if err != nil {
			return nil, fmt.Errorf("backup.recipients: %w", err)
		}
		b.source.Lock = lock
	}
	b.state.Newest = newestBackup(b.folder)
	return b, nil
}

// newestBackup is when the newest in a folder was made; zero for none, or if that cannot be seen.
func newestBackup(folder string) time.Time {
	kept, err := archive.List(folder)
	if err != nil || len(kept) == 0 {
		return time.Time{}
	}
	return kept[0].Made
}

// run makes them until ctx ends.
func (b *backups) run(ctx context.Context) {
	for {
		timer := time.NewTimer(b.wait(b.source.Now()))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		b.make(ctx)
	}
}

// againAfter is how long after a failure it is tried again, at most.
const againAfter = 15 * time.Minute

// wait says how long it is until the next one.
func (b *backups) wait(now time.Time) time.Duration {
	s := b.now()
	due := s.Newest.Add(b.every)
	if s.Newest.After(now) { // the clock was wrong then, or is now
		due = now
	}
	if again := s.Failed.Add(min(b.every, againAfter)); !s.Failed.IsZero() && again.After(due) {
		due = again
	}
	return max(due.Sub(now), 0)
}

func (b *backups) make(ctx context.Context) {
	made := b.source.Now()
	w, err := b.write(ctx, made)
	if ctx.Err() != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.Bytes > 0 { // even if an old one could not be deleted afterwards
		b.state.Newest, b.state.Bytes = made, w.Bytes
	}
	if err != nil {
		b.state.Failed, b.state.Error = made, err.Error()
		b.log.Error("backup failed", "error", err)
		return
	}
	b.state.Failed, b.state.Error = time.Time{}, ""
	b.log.Info("backup made", "folder", b.folder, "bytes", w.Bytes)
	for _, name := range w.LeftOut {
		b.log.Warn("left out of the backup, because it is no plain file", "name", name)
	}
}

func (b *backups) write(ctx context.Context, made time.Time) (w archive.Written, err error) {
	// Not the folders above it: they are those of a disk that may be missing.
	if err := os.Mkdir(b.folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return w, fmt.Errorf("make the folder for backups: %w", err)
	}
	w, err = archive.Write(ctx, b.source, filepath.Join(b.folder, archive.Name(made, b.source.Lock.Closed())))
	if err != nil {
		return w, err
	}
	_, err = archive.Rotate(b.folder, b.keep, made)
	return w, err
}

// now is how they go at the moment.
func (b *backups) now() backupState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

// words say that to whoever watches.
func (s backupState) words() string {
	switch {
	case !s.Failed.IsZero():
		return fmt.Sprintf("the last backup failed at %s: %s; the newest is %s", timeWords(s.Failed), s.Error, s.newestWords())
	default:
		return "the newest backup is " + s.newestWords()
	}
}

func (s backupState) newestWords() string {
	if s.Newest.IsZero() {
		return "none yet"
	}
	return "of " + timeWords(s.Newest)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"folkmoot/federation"
)

// bench is a run of the driver: what all scenarios share.
type bench struct {
	options
	dir       string
	people    *people
	names     *names
	receivers *receiverProcess
	groupKeys []byte // of every group: making keys is none of what is measured
	report    *report
	folders   int
	worlds    map[string]string // prepared folders for fan-outs, by scheme
}

func newBench(ctx context.Context, o options) (*bench, error) {
	dir, err := os.MkdirTemp("", "folkmoot-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the run: %w", err)
	}
	b := &bench{options: o, dir: dir, report: newReport(o), worlds: map[string]string{}}
	if err := b.prepare(ctx); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) prepare(ctx context.Context) (err error) {
	if b.Binary == "" {
		if b.Binary, err = build(ctx, b.dir); err != nil {
			return err
		}
	}
	if b.Binary, err = filepath.Abs(b.Binary); err != nil {
		return err
	}
	if b.people, err = newPeople(); err != nil {
		return err
	}
	keys, err := federation.GenerateKeys()
	if err != nil {
		return fmt.Errorf("make a group's keys: %w", err)
	}
	if b.groupKeys, err = keys.Marshal(); err != nil {
		return fmt.Errorf("make a group's keys: %w", err)
	}
	if err := errors.Join(writeCertificates(b.dir), b.people.writePublic(b.dir)); err != nil {
		return err
	}
	if b.names, err = newNames(); err != nil {
		return err
	}
	if b.receivers, err = startReceivers(ctx, b.dir); err != nil {
		return err
	}
	b.people.Port = b.receivers.Port
	return nil
}

// close ends what was started and deletes what was written.
func (b *bench) close() {
	if b.receivers != nil {
		_ = b.receivers.close() // it ends with its input
	}
	if b.names != nil {
		b.names.close()
	}
	_ = os.RemoveAll(b.dir)
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s "+format+"\n", append([]any{time.Now().Format("15:04:05")}, args...)...)
}

// folder makes an empty folder.
func (b *bench) folder() (string, error) {
	b.folders++
	dir := filepath.Join(b.dir, fmt.Sprintf("d%d", b.folders))
	return dir, os.Mkdir(dir, 0o700)
}

// copyPages copies a folder page by page. Linux counts as written what it would write at the most, which is as much as was written to
// that place at once before: of a file copied in large pieces, a page that changes counts up to 2 MB (ext4, Linux 6.18).
func copyPages(to, from string) error {
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := copyPagesOf(filepath.Join(to, f.Name()), filepath.Join(from, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

func copyPagesOf(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{in}, make([]byte, os.Getpagesize()))
	return err
}

// with starts the program on a copy of a prepared folder ("" for an empty one), with receivers that know of nothing, and stops it
// again when do is done.
func (b *bench) with(ctx context.Context, prepared string, do func(s *server) error, flags ...string) error {
	dir, err := b.folder()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if prepared != "" {
		if err := copyPages(dir, prepared); err != nil {
			return fmt.Errorf("copy the prepared database: %w", err)
		}
		if err := flush(dir); err != nil {
			return err
		}
	}
	if err := errors.Join(b.receivers.behave(ctx), b.receivers.reset(ctx)); err != nil {
		return err
	}
	s, err := b.serve(ctx, dir, flags...)
	if err != nil {
		return err
	}
	profiled := make(chan error, 1)
	go func() { profiled <- b.profile(ctx, s) }()
	return errors.Join(do(s), <-profiled, s.stop())
}

// flush waits until a copied folder is on the disk. Otherwise the server's first commit waits for all of the copy, and its start is
// measured with the time that the disk takes for it.
func flush(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read the copied folder: %w", err)
	}
	for _, e := range entries {
		f, err := os.Open(filepath.Join(dir, e.Name()))
		if err != nil {
			return fmt.Errorf("open a copied file: %w", err)
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("flush a copied file: %w", err)
		}
	}
	return nil
}

// profile writes where the processor's time went in the server's first seconds, if that is asked for.
func (b *bench) profile(ctx context.Context, s *server) error {
	if b.Profile == "" {
		return nil
	}
	raw, err := s.get(ctx, "/debug/pprof/profile?seconds=5")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.Profile, filepath.Base(s.dir)+".pprof"), []byte(raw), 0o600)
}

//go:build linux && faults

package main

import (
	"cmp"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
)

// The power fails while activities come in: of the disk there is what had reached it at that moment, and whatever was answered 202
// before is on it. The data folder is on a disk in a file, which is copied while the program is held still. FOLKMOOT_CUTS says how
// often.
func TestFaultOfPowerCut(t *testing.T) {
	t.Run("QUE-02", func(t *testing.T) {
		needTool(t, "mkfs.ext4")
		if os.Getuid() != 0 {
			t.Fatal("not run: mounting a file system wants root")
		}
		cuts, err := strconv.Atoi(cmp.Or(os.Getenv("FOLKMOOT_CUTS"), "10"))
		must(t, err)
		l := newLab(t)
		disk := filepath.Join(t.TempDir(), "disk")
		must(t, os.WriteFile(disk, nil, 0o600))
		must(t, os.Truncate(disk, 96<<20))
		command(t, "mkfs.ext4", "-q", disk)
		command(t, "mount", "-o", "loop", disk, l.dir)
		t.Cleanup(func() {
			l.signal(syscall.SIGKILL)
			_ = l.gone()
			command(t, "umount", l.dir)
		})
		bob := l.host("lemmy", "bob")
		l.start()
		l.found()
		f, random := &flood{host: bob}, rand.New(rand.NewPCG(1, 2))
		for range cuts {
			l.cut(f, disk, 20+random.IntN(80))
		}
		t.Logf("%d acknowledged, none lost; %d power cuts", len(f.taken), cuts)
	})
}

// cut copies the disk once so many more activities are acknowledged, while more come in, and looks at what is on the copy.
func (l *lab) cut(f *flood, disk string, after int) {
	l.t.Helper()
	var acknowledged atomic.Int64
	var enough atomic.Bool
	begin, ended := len(f.taken), make(chan struct{})
	go func() {
		defer close(ended)
		for !enough.Load() {
			if f.post() == http.StatusAccepted {
				acknowledged.Add(1)
			}
		}
	}()
	l.eventually("activities are acknowledged", func() bool { return acknowledged.Load() >= int64(after) })
	must(l.t, l.process.Process.Signal(syscall.SIGSTOP))
	before := begin + int(acknowledged.Load())
	copied := filepath.Join(l.t.TempDir(), "copy")
	command(l.t, "cp", "--sparse=always", disk, copied)
	enough.Store(true)
	must(l.t, l.process.Process.Signal(syscall.SIGCONT))
	<-ended
	here := l.t.TempDir()
	command(l.t, "mount", "-o", "loop", copied, here)
	defer command(l.t, "umount", here)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(here, "folkmoot.db"))
	must(l.t, err)
	defer db.Close()
	l.wantIntegrity(db)
	known := &flood{host: f.host, taken: f.taken[:before]}
	known.wantStored(db)
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Errorf("%s: %v: %s", fmt.Sprint(name, args), err, out)
	}
}

//go:build linux && faults

package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// These tests make the kernel fail, which wants strace and, for the full disk, root. Where those are absent they fail and say so:
//
//	go test -count=1 -tags faults -run Fault ./cmd/folkmoot     (make faults)

// Whatever the disk answers to a write or an fsync, nothing is answered 202 that is not there after a kill, and once the disk works
// again so does the server, without a restart. An fsync that failed is not asked again about the same pages: SQLite writes the
// frames of the next commit over those of the one that failed, and a checkpoint that failed is done anew from its beginning.
func TestFaultOfDisk(t *testing.T) {
	t.Run("QUE-04", func(t *testing.T) {
		needTool(t, "strace")
		l := newLab(t)
		ann, bob := l.host("mastodon", "ann"), l.host("lemmy", "bob")
		l.start()
		l.found()
		f := &flood{host: bob}
		for i, fault := range []string{
			"fsync,fdatasync:error=EIO", "fsync,fdatasync:error=EIO:when=1", "fsync,fdatasync:error=EIO:when=2+2", "fsync,fdatasync:error=EIO:when=3+",
			"fsync,fdatasync:error=ENOSPC", "fsync,fdatasync:error=EDQUOT:when=1+2", "pwrite64:error=EIO", "pwrite64:error=EIO:when=5+4",
			"pwrite64:error=ENOSPC:when=2+3", "pwrite64,fsync,fdatasync:error=EIO:when=4+3",
		} {
			before := f.refused
			end := l.inject(fault)
			f.until(http.StatusServiceUnavailable)
			for range 10 {
				f.post()
			}
			if i%2 == 0 { // with the fault still there
				l.signal(syscall.SIGKILL)
				_ = l.gone()
				end()
				db := l.database()
				l.wantIntegrity(db)
				f.wantStored(db)
				must(t, db.Close())
				l.start()
			}
			end()
			f.until(http.StatusAccepted)
			f.again()
			t.Logf("%s: %d refused", fault, f.refused-before)
		}
		l.settled()
		l.signal(syscall.SIGKILL)
		_ = l.gone()
		ann.wantAll(f.taken)
		db := l.database()
		l.wantIntegrity(db)
		f.wantStored(db)
		if n := l.rude.Load(); n > 0 {
			t.Errorf("%d refusals do not say when to come again", n)
		}
		t.Logf("%d acknowledged, none lost; %d refused", len(f.taken), f.refused)
	})
}

// A disk that does not answer at all keeps the server from ending for nine seconds, and no longer.
func TestFaultOfHangingDisk(t *testing.T) {
	t.Run("QUE-04", func(t *testing.T) {
		needTool(t, "strace")
		l := newLab(t)
		bob := l.host("lemmy", "bob")
		l.start()
		l.found()
		end := l.inject("fsync,fdatasync:delay_enter=60000000")
		defer end()
		sent := make(chan int)
		go func() { // it is answered by nobody
			sent <- bob.send(bob.Write("bob", post(l.group, "hello", "")))
		}()
		l.eventually("a commit hangs", l.isSyncing)
		l.signal(syscall.SIGTERM)
		begin := time.Now()
		l.eventually("it ends", l.isZombie) // whoever delays its thread keeps the kernel from forgetting it
		if took := time.Since(begin); took > stopsWithin+time.Second {
			t.Errorf("it took %s", took)
		}
		end()
		if err := l.gone(); err == nil || !strings.Contains(l.output(), errHangs.Error()) {
			t.Errorf("it ended with %v", err)
		}
		if status := <-sent; status == http.StatusAccepted {
			t.Error("acknowledged, though the disk hangs")
		}
		l.start()
		l.stop()
	})
}

// isSyncing says whether a thread of the program is in fsync or fdatasync.
func (l *lab) isSyncing() bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", l.process.Process.Pid))
	for _, thread := range threads {
		call, _ := os.ReadFile(thread)
		number, _, _ := strings.Cut(string(call), " ")
		if number == strconv.Itoa(syscall.SYS_FSYNC) || number == strconv.Itoa(syscall.SYS_FDATASYNC) {
			return true
		}
	}
	return false
}

// isZombie says whether the program has ended (proc_pid_stat(5)).
func (l *lab) isZombie() bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", l.process.Process.Pid))
	_, state, _ := strings.Cut(string(stat), ") ")
	return err != nil || strings.HasPrefix(state, "Z")
}

// A full disk, a real one: QUE-03.
func TestFaultOfFullDisk(t *testing.T) {
	t.Run("QUE-03", func(t *testing.T) {
		if os.Getuid() != 0 {
			t.Fatal("not run: mounting a file system wants root")
		}
		l := newLab(t)
		must(t, syscall.Mount("tmpfs", l.dir, "tmpfs", 0, "size=8m"))
		t.Cleanup(func() {
			l.signal(syscall.SIGKILL)
			_ = l.gone()
			if err := syscall.Unmount(l.dir, syscall.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
		ann, bob := l.host("mastodon", "ann"), l.host("lemmy", "bob")
		l.start()
		l.found()
		f := &flood{host: bob}
		f.until(http.StatusServiceUnavailable)
		for range 20 {
			f.post()
		}
		if _, status := l.get(l.group); status != http.StatusOK {
			t.Errorf("status %d for a page while the disk is full", status)
		}
		l.wantNotReady("the disk is full")
		must(t, syscall.Mount("tmpfs", l.dir, "tmpfs", syscall.MS_REMOUNT, "size=64m"))
		l.eventually("it is ready again, though nobody writes", func() bool { _, status := l.health(); return status == http.StatusOK })
		f.until(http.StatusAccepted)
		f.again()
		l.settled()
		ann.wantAll(f.taken)
		l.signal(syscall.SIGKILL)
		_ = l.gone()
		db := l.database()
		l.wantIntegrity(db)
		f.wantStored(db)
		must(t, db.Close())
		t.Logf("%d acknowledged, none lost; %d refused", len(f.taken), f.refused)
	})
}

// wantNotReady asks often enough that a try to write is among it.
func (l *lab) wantNotReady(words string) {
	l.t.Helper()
	for range 15 {
		if body, status := l.health(); status != http.StatusServiceUnavailable || !strings.Contains(body, words) {
			l.t.Errorf("%d: %q while nothing is stored, want %q", status, body, words)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func needTool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("not run: %s is not installed", name)
	}
}

// inject has system calls of the program fail until end is called.
func (l *lab) inject(fault string) (end func()) {
	l.t.Helper()
	cmd := exec.Command("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject="+fault, "-p", strconv.Itoa(l.process.Process.Pid))
	cmd.Stderr = &syncWriter{w: &l.printed, mu: &l.mu}
	must(l.t, cmd.Start())
	ended := false
	end = func() {
		if !ended {
			ended = true
			_ = cmd.Process.Kill() // the kernel lets go of the program then
			_ = cmd.Wait()
		}
	}
	l.t.Cleanup(end)
	l.eventually("strace holds every thread", func() bool {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", l.process.Process.Pid))
		for _, thread := range threads {
			status, err := os.ReadFile(thread)
			if err == nil && strings.Contains(string(status), "TracerPid:\t0\n") {
				return false
			}
		}
		return true
	})
	return end
}

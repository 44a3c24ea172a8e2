//go:build linux

package main

import (
	"database/sql"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// While files cannot grow, as on a full disk, activities are answered 503 and a time to come again, pages are shown, and nothing
// that was answered 202 is lost. Once there is room all goes on by itself, and what was refused is taken.
func TestDiskFull(t *testing.T) {
	t.Run("QUE-03", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		ann, bob := l.host("mastodon", "ann"), l.host("lemmy", "bob")
		l.start()
		l.found()
		f := &flood{host: bob}
		for range 3 {
			l.growTo(largest(t, l.dir) + 64<<10)
			f.until(http.StatusServiceUnavailable)
			for range 5 {
				f.post() // a small one may find room
			}
			if _, status := l.get(l.group); status != http.StatusOK {
				t.Errorf("status %d for a page while the disk is full", status)
			}
			l.growTo(unlimited)
			l.eventually("it is ready again, though nobody writes", func() bool { _, status := l.health(); return status == http.StatusOK })
			f.until(http.StatusAccepted)
			f.again()
		}
		l.settled()
		ann.wantAll(f.taken)
		l.signal(syscall.SIGKILL)
		_ = l.gone()
		db := l.database()
		l.wantIntegrity(db)
		f.wantStored(db)
		if n := l.rude.Load(); n > 0 {
			t.Errorf("%d refusals do not say when to come again", n)
		}
		t.Logf("%d acknowledged, none lost; %d refused", len(f.taken), f.refused)
	})
}

// health is what the server says of itself.
func (l *lab) health() (body string, status int) {
	_, address, _ := strings.Cut(l.env[0], "=")
	return l.get("http://" + address + "/readyz")
}

const unlimited = math.MaxUint64 // RLIM_INFINITY

// growTo bounds the size of every file that the program writes, by the limit that ulimit -f sets. It can be lifted again.
func (l *lab) growTo(size uint64) {
	l.t.Helper()
	const fileSize = 1 // RLIMIT_FSIZE
	limit := syscall.Rlimit{Cur: size, Max: unlimited}
	_, _, errno := syscall.Syscall6(syscall.SYS_PRLIMIT64, uintptr(l.process.Process.Pid), fileSize, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		l.t.Fatalf("prlimit: %v", errno)
	}
}

func largest(t *testing.T, dir string) (size uint64) {
	t.Helper()
	for _, name := range []string{"folkmoot.db", "folkmoot.db-wal"} {
		info, err := os.Stat(filepath.Join(dir, name))
		must(t, err)
		size = max(size, uint64(info.Size()))
	}
	return size
}

// flood is what one person posts, one thread after the other.
type flood struct {
	host    *stubHost
	n       int
	taken   []sent
	waiting []map[string]any // were refused
	refused int
}

// until posts until the answer is this one.
func (f *flood) until(want int) {
	f.host.lab.t.Helper()
	f.host.lab.eventually(fmt.Sprint("status ", want), func() bool { return f.post() == want })
}

func (f *flood) post() int {
	f.n++
	return f.send(f.host.Write(f.host.person, post(f.host.lab.group, fmt.Sprint("thread ", f.n), "")))
}

func (f *flood) send(create map[string]any) int {
	status := f.host.send(create)
	switch status {
	case http.StatusAccepted:
		f.taken = append(f.taken, sent{
			id: fmt.Sprint(create["id"]), kind: "Create", object: fmt.Sprint(create["object"].(map[string]any)["id"]), thread: true, from: f.host,
		})
	case http.StatusServiceUnavailable:
		f.refused++
		f.waiting = append(f.waiting, create)
	default:
		f.host.lab.t.Errorf("status %d", status)
	}
	return status
}

// again sends what was refused, as its host would.
func (f *flood) again() {
	f.host.lab.t.Helper()
	waiting := f.waiting
	f.waiting = nil
	for _, create := range waiting {
		if status := f.send(create); status != http.StatusAccepted {
			f.host.lab.t.Errorf("status %d for what was refused before", status)
		}
	}
}

func (h *stubHost) wantAll(taken []sent) {
	h.lab.t.Helper()
	if n := h.lost(taken); n > 0 {
		h.lab.t.Errorf("%d of %d never came to %s", n, len(taken), h.Origin)
	}
}

// wantStored looks for all that was acknowledged.
func (f *flood) wantStored(db *sql.DB) {
	f.host.lab.t.Helper()
	for _, s := range f.taken {
		var n int
		err := db.QueryRow(`SELECT COUNT(*) FROM inbox WHERE activity = $1`, s.id).Scan(&n)
		if err != nil || n != 1 {
			f.host.lab.t.Errorf("%s is there %d times, %v", s.id, n, err)
		}
	}
}

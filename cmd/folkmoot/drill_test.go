//go:build linux

package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"filippo.io/age"
)

// A backup is made while activities arrive; the server is lost; what comes out of the backup serves in its place.
// Nothing that was acknowledged before the backup began is missing, and hosts that know the old keys alone take what the new server
// signs.
func TestDrill(t *testing.T) {
	t.Run("QUE-12", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		var refused atomic.Int64
		l.host("mastodon", "ann").verifies(&refused)
		l.host("lemmy", "bob").verifies(&refused)
		l.start()
		l.found()
		b := newBurst(l)
		kept := filepath.Join(t.TempDir(), "kept.tar.gz.age")
		me, err := age.GenerateX25519Identity()
		must(t, err)
		key := filepath.Join(t.TempDir(), "key")
		must(t, writeNew(key, me.String()+"\n"))
		b.more(80)
		l.eventually("half of it is taken", func() bool { return len(b.soFar()) >= 40 })
		before := b.soFar()
		l.command("backup", "--recipient", me.Recipient().String(), kept)
		b.more(40)
		b.end()
		l.signal(syscall.SIGKILL)
		_ = l.gone()

		l.command("backup", "verify", "--identity", key, kept)
		folder := filepath.Join(t.TempDir(), "restored")
		if said := l.command("restore", "--identity", key, kept, folder); !strings.Contains(said, "was checked") {
			t.Errorf("restore said %s", said)
		}
		l.dir = folder
		l.start()
		l.settled()
		missing := l.missing(before)
		l.postsArrive()
		l.stop()
		if n := refused.Load(); n > 0 {
			t.Errorf("%d signatures were refused", n)
		}
		t.Logf("%d acknowledged, %d of them before the backup began, %d of these missing, %d signatures refused",
			len(b.soFar()), len(before), missing, refused.Load())
	})
}

// soFar lists what was answered 202 by now.
func (b *burst) soFar() []sent {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.taken)
}

// verifies makes a host check each signature with the key that it saw first, and count what does not hold.
func (h *stubHost) verifies(refused *atomic.Int64) {
	h.answer = func(r *http.Request) int {
		answer := httptest.NewRecorder()
		h.Peer.ServeHTTP(answer, r)
		if answer.Code == http.StatusUnauthorized {
			refused.Add(1)
		}
		return answer.Code
	}
}

// missing counts those of the activities that were not accepted by the server that runs now.
func (l *lab) missing(all []sent) (n int) {
	db := l.database()
	for _, s := range all {
		var verdict string
		err := db.QueryRow(`SELECT verdict FROM inbox WHERE activity = $1 AND state = 'done'`, s.id).Scan(&verdict)
		if err != nil || verdict != "accepted" {
			n++
			l.t.Errorf("%s %s: %q, %v", s.kind, s.id, verdict, err)
		}
	}
	return n
}

// postsArrive has somebody of each host write, and wants everybody else to hear of it.
func (l *lab) postsArrive() {
	l.t.Helper()
	for _, from := range l.hosts {
		thread := from.Write(from.person, post(l.group, "after all that", ""))
		if status := from.send(thread); status != http.StatusAccepted {
			l.t.Fatalf("status %d", status)
		}
		object, _ := thread["object"].(map[string]any)
		for _, to := range l.hosts {
			l.eventually("it comes from "+from.Origin+" to "+to.Origin, func() bool {
				return slices.ContainsFunc(to.arrivals(), func(a arrival) bool { return a.About == thread["id"] || a.About == object["id"] })
			})
		}
	}
	l.settled()
}

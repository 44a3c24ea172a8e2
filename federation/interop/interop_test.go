//go:build interop

package interop

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/group"
	"folkmoot/store"
)

// seen is an activity that Fedify took, having verified its signature.
type seen struct {
	Type, ID, Actor, Object string
	Inner                   struct{ Type, ID, Actor, Object string }
}

// lab is one Folkmoot and one Fedify server.
type lab struct {
	t      *testing.T
	store  *store.Store
	fed    *federation.Server
	origin string
	group  string
	port   string
	node   *exec.Cmd
	ahead  atomic.Int64 // how far Folkmoot's clock is ahead
}

func newLab(t *testing.T) *lab {
	l := &lab{t: t, port: "0"}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	l.must(err)
	l.origin = "http://" + listener.Addr().String()
	now := func() time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) }
	l.store, err = store.Open(store.Options{
		Path: filepath.Join(t.TempDir(), "folkmoot.db"), Origin: l.origin, Now: now, Encode: federation.NewEncoder(l.origin),
	})
	l.must(err)
	l.fed, err = federation.New(t.Context(), federation.Options{
		Store: l.store, Origin: l.origin, Version: "test", Now: now, Client: federation.ClientOptions{
			AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, AllowHTTP: true,
		},
	})
	l.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = l.fed.Run(ctx); close(done) }()
	srv := &http.Server{Handler: l.fed.Handler(http.NotFoundHandler()), ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(listener) }()
	l.startNode()
	t.Cleanup(func() {
		l.stopNode()
		_ = srv.Close()
		cancel()
		<-done
		_ = l.store.Close()
	})
	return l
}

// startNode starts the peer, on the port it had before if it ran before.
func (l *lab) startNode() {
	l.t.Helper()
	node, err := filepath.Abs("node_modules/.bin/node")
	l.must(err)
	l.node = exec.Command(node, "peer.mjs")
	l.node.Env = append(os.Environ(), "PORT="+l.port)
	l.node.Stderr = os.Stderr
	out, err := l.node.StdoutPipe()
	l.must(err)
	l.must(l.node.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if port, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
			l.port = port
			return
		}
	}
	l.t.Fatal("the peer did not start; run npm install in this folder")
}

func (l *lab) stopNode() {
	_ = l.node.Process.Kill()
	_ = l.node.Wait() // killed, so it says so
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// control has the peer do something.
func (l *lab) control(name string, in map[string]string) map[string]any {
	l.t.Helper()
	var out map[string]any
	l.must(l.ask(name, in, &out))
	return out
}

func (l *lab) ask(name string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	res, err := http.Post("http://127.0.0.1:"+l.port+"/control/"+name, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		var said struct{ Error string }
		_ = json.NewDecoder(res.Body).Decode(&said)
		return fmt.Errorf("the peer could not %s: %s", name, said.Error)
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// count says how many of the activities the peer took fit.
func (l *lab) count(fits func(seen) bool) int {
	l.t.Helper()
	var all []seen
	l.must(l.ask("seen", nil, &all))
	n := 0
	for _, s := range all {
		if fits(s) {
			n++
		}
	}
	return n
}

// eventually waits, half a minute at most, until something holds.
func (l *lab) eventually(what string, holds func() bool) {
	l.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			l.t.Fatalf("in vain: %s", what)
		}
	}
}

func boostOf(post string) func(seen) bool {
	return func(s seen) bool { return s.Type == "Announce" && s.Object == post }
}

func TestFedify(t *testing.T) {
	l := newLab(t)
	g, err := l.fed.CreateGroup(t.Context(), federation.NewGroup{Name: "books", Title: "Book club: slow", Owner: "@ann@127.0.0.1:" + l.port})
	l.must(err)
	l.group = g.URI
	l.followed()
	post := l.boosted()
	l.answeredAndEdited(post)
	l.deleted(post)
	l.rotated()
	l.downAndBack()
	l.unfollowed()
}

func (l *lab) followed() {
	for _, name := range []string{"ann", "bob"} {
		got := l.control("follow", map[string]string{"as": name, "handle": l.fed.Handle("books")})
		if got["group"] != l.group || got["type"] != "Group" || got["name"] != "Book club: slow" {
			l.t.Errorf("looked up %v", got)
		}
		l.eventually("an Accept of "+name+"'s Follow", func() bool {
			return l.count(func(s seen) bool {
				return s.Type == "Accept" && s.Actor == l.group && s.Inner.Type == "Follow" && s.Inner.ID == got["follow"]
			}) == 1
		})
	}
}

func (l *lab) boosted() string {
	post, _ := l.control("post", map[string]string{"as": "ann", "text": "What next?", "mention": l.group})["id"].(string)
	l.eventually("a boost", func() bool { return l.count(boostOf(post)) > 0 })
	if n := l.count(boostOf(post)); n != 1 {
		l.t.Errorf("%d boosts of one post", n)
	}
	doc := l.control("fetch", map[string]string{"as": "bob", "url": l.group + "/outbox"})
	if doc["type"] != "OrderedCollection" || doc["totalItems"] != 1.0 {
		l.t.Errorf("the outbox as Fedify reads it: %v", doc)
	}
	return post
}

func (l *lab) answeredAndEdited(post string) {
	l.control("post", map[string]string{"as": "bob", "text": "Middlemarch", "mention": l.group, "inReplyTo": post})
	l.eventually("a comment", func() bool {
		c, err := l.store.Counts(l.t.Context(), 1)
		l.must(err)
		return c.Comments == 1
	})
	time.Sleep(time.Second) // versions of a post are told apart by the second
	l.control("edit", map[string]string{"as": "ann", "post": post, "text": "What now?", "mention": l.group})
	l.eventually("the edited words", func() bool {
		p, err := l.store.Post(l.t.Context(), "books", 1)
		l.must(err)
		return strings.Contains(p.HTML, "What now?")
	})
}

func (l *lab) deleted(post string) {
	l.control("remove", map[string]string{"as": "ann", "post": post, "mention": l.group})
	l.eventually("the Undo of the boost", func() bool {
		return l.count(func(s seen) bool { return s.Type == "Undo" && s.Inner.Type == "Announce" && s.Inner.Object == post }) == 1
	})
	p, err := l.store.Post(l.t.Context(), "books", 1)
	l.must(err)
	if p.State != group.Deleted {
		l.t.Errorf("the post is %s", p.State)
	}
}

func (l *lab) rotated() {
	l.control("rotate", map[string]string{"as": "ann"})
	l.ahead.Store(int64(6 * time.Minute)) // past the cool-down between two fetches of one key
	post, _ := l.control("post", map[string]string{"as": "ann", "text": "A new key", "mention": l.group})["id"].(string)
	l.eventually("a boost after the key was changed", func() bool { return l.count(boostOf(post)) == 1 })
}

// downAndBack kills the peer. What it missed comes as soon as it speaks again, although Folkmoot had backed off.
func (l *lab) downAndBack() {
	l.stopNode()
	_, err := l.store.Apply(l.t.Context(), group.Request{
		Kind: group.Publish, By: group.Person{URI: "http://127.0.0.1:" + l.port + "/users/ann"}, Groups: []string{l.group}, Activity: "test:missed",
		Post: &group.Post{URI: "http://127.0.0.1:" + l.port + "/users/ann/posts/missed", Author: "http://127.0.0.1:" + l.port + "/users/ann", HTML: "<p>missed</p>", Published: time.Now()},
	}, 0)
	l.must(err)
	l.eventually("a back-off", func() bool {
		h, err := l.store.Host(l.t.Context(), "127.0.0.1:"+l.port)
		l.must(err)
		return h.Failures > 0 && h.LastError != ""
	})
	l.startNode()
	l.ahead.Store(int64(12 * time.Minute)) // it has new keys since
	l.control("follow", map[string]string{"as": "bob", "handle": l.fed.Handle("books")})
	l.eventually("what it missed", func() bool {
		return l.count(boostOf("http://127.0.0.1:"+l.port+"/users/ann/posts/missed")) == 1
	})
}

func (l *lab) unfollowed() {
	got := l.control("follow", map[string]string{"as": "bob", "handle": l.fed.Handle("books")})
	follow, _ := got["follow"].(string)
	l.control("unfollow", map[string]string{"as": "bob", "group": l.group, "follow": follow})
	l.eventually("one follower less", func() bool {
		c, err := l.store.Counts(l.t.Context(), 1)
		l.must(err)
		return c.Followers == 1
	})
}

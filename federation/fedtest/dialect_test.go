package fedtest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/store"
)

// follower attaches a host whose one person, Eve, follows the book club.
func (w *world) follower(host, software string) *fedtest.Peer {
	p := w.peer(host, software, "eve")
	w.follow(p, "eve", books)
	w.settle()
	return p
}

// forms counts the boosts and wraps that have arrived.
func forms(p *fedtest.Peer) (boosts, wraps int) {
	for _, r := range p.Inbox("Announce") {
		if _, whole := r.Body["object"].(object); whole {
			wraps++
		} else {
			boosts++
		}
	}
	return boosts, wraps
}

func (w *world) wantForms(p *fedtest.Peer, boosts, wraps int) {
	w.t.Helper()
	if b, a := forms(p); b != boosts || a != wraps {
		w.t.Errorf("%s got %d boosts and %d wraps, want %d and %d", p.Origin, b, a, boosts, wraps)
	}
}

func (w *world) wantProfile(host string, d store.Dialect, basis federation.Basis) {
	w.t.Helper()
	h, err := w.store.Host(w.ctx, host)
	w.must(err)
	if p := federation.ProfileOf(h); p.Dialect != d || p.Basis != basis {
		w.t.Errorf("%s speaks %s (%s), want %s (%s); known of it: %+v", host, p.Dialect, p.Basis, d, basis, h)
	}
}

func (w *world) asked(host string) int {
	return w.net.Count(http.MethodGet, host, "/.well-known/nodeinfo")
}

// likeAs sends Eve's like of a post, after a last touch.
func (w *world) likeAs(p *fedtest.Peer, post string, change func(like object)) {
	w.t.Helper()
	like := p.Activity("eve", "Like", post)
	change(like)
	if status, err := p.Send(w.ctx, "eve", books+"/inbox", like); err != nil || status != http.StatusAccepted {
		w.t.Fatalf("like: status %d, %v", status, err)
	}
	w.settle()
}

func withAudience(a object) { a["audience"] = books }

func TestUnknownHostGetsThreadsInBothFormsOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		p, quiet := w.mastodon(), w.follower("quiet.example", "")
		thread := w.publish(p, "ann", mention("to everybody"))
		w.wantForms(quiet, 1, 1)
		if first := quiet.Inbox("Announce")[0].Body["object"]; first != thread {
			t.Errorf("the first is %v, want the boost", first)
		}
		w.publish(p, "bob", reply(thread))
		w.publish(p, "ann", reply(thread))
		w.wantForms(quiet, 1, 3)
		w.later(48 * time.Hour)
		w.wantForms(quiet, 1, 3)
		w.wantForms(p, 1, 0)
	})
}

func TestUnknownHostShowsItself(t *testing.T) {
	mine := mention("mine")
	mine.Change = withAudience
	shows := map[string]func(w *world, p *fedtest.Peer, thread string){
		"audience of an activity": func(w *world, p *fedtest.Peer, thread string) { w.likeAs(p, thread, withAudience) },
		"audience of an object":   func(w *world, p *fedtest.Peer, _ string) { w.publish(p, "eve", mine) },
		"a whole activity announced": func(w *world, p *fedtest.Peer, thread string) {
			w.act(p, "eve", "Announce", p.Activity("eve", "Like", thread))
		},
		"a batch announced": func(w *world, p *fedtest.Peer, thread string) {
			w.act(p, "eve", "Announce", []any{p.Activity("eve", "Like", thread), p.Activity("eve", "Like", thread)})
		},
	}
	for name, show := range shows {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, quiet := w.mastodon(), w.follower("quiet.example", "")
				thread := w.publish(p, "ann", mention("one"))
				w.wantProfile("quiet.example", store.Unknown, federation.BasisNone)
				show(w, quiet, thread)
				w.wantProfile("quiet.example", store.Threadiverse, federation.BasisShown)
				boosts, wraps := forms(quiet)
				w.publish(p, "ann", mention("two"))
				w.wantForms(quiet, boosts, wraps+1)
			})
		})
	}
}

// Nothing that people on a microblog do makes it anything else.
func TestUnknownHostThatShowsNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		p, quiet := w.mastodon(), w.follower("quiet.example", "")
		thread := w.publish(p, "ann", mention("one"))
		w.act(quiet, "eve", "Like", thread)
		w.act(quiet, "eve", "Announce", thread)
		mine := w.publish(quiet, "eve", mention("mine"))
		w.publish(quiet, "eve", reply(thread))
		w.must(quiet.Edit(w.ctx, "eve", books, mine, "mine, better"))
		w.act(quiet, "eve", "Announce", object{"id": mine, "type": "Note", "attributedTo": quiet.Actor("eve"), "content": "x"})
		w.wantProfile("quiet.example", store.Unknown, federation.BasisNone)
	})
}

func TestGroupsOfAHostAct(t *testing.T) {
	inWorld(t, func(w *world) {
		crowd := w.peer("crowds.example", "", "readers")
		w.net.Attach("crowds.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/users/readers" {
				crowd.ServeHTTP(rw, r)
				return
			}
			rec := httptest.NewRecorder()
			crowd.ServeHTTP(rec, r)
			rw.Header().Set("Content-Type", "application/activity+json")
			_, _ = rw.Write([]byte(strings.Replace(rec.Body.String(), `"Person"`, `"Group"`, 1)))
		}))
		w.follow(crowd, "readers", books)
		w.settle()
		w.wantProfile("crowds.example", store.Threadiverse, federation.BasisShown)
	})
}

func TestSmithereenWritesOnWalls(t *testing.T) {
	inWorld(t, func(w *world) {
		p, walls := w.mastodon(), w.follower("walls.example", "")
		wall := object{"id": books + "/wall", "type": "Collection", "attributedTo": books}
		w.publish(walls, "eve", fedtest.Post{Text: "on the wall", Mentions: []string{books}, Change: func(note object) { note["target"] = wall }})
		w.wantProfile("walls.example", store.Smithereen, federation.BasisShown)
		boosts, wraps := forms(walls)
		thread := w.publish(p, "ann", mention("to everybody"))
		w.publish(p, "bob", reply(thread))
		w.wantForms(walls, boosts, wraps)
	})
}

func TestSmithereenIsNeverAnnouncedTo(t *testing.T) {
	inWorld(t, func(w *world) {
		p, walls := w.mastodon(), w.follower("walls.example", "smithereen")
		w.publish(walls, "eve", mention("mine"))
		thread := w.publish(p, "ann", mention("to everybody"))
		w.publish(p, "bob", reply(thread))
		w.wantForms(walls, 0, 0)
		w.wantForms(p, 2, 0)
	})
}

// A domain is given to other software: what it sends gives it away, and it is asked at once.
func TestMastodonBecomesPieFed(t *testing.T) {
	inWorld(t, func(w *world) {
		p, forum := w.mastodon(), w.follower("forum.example", "mastodon")
		thread := w.publish(p, "ann", mention("one"))
		w.wantForms(forum, 1, 0)
		w.later(2 * 24 * time.Hour)
		forum.Software = "piefed"
		before := w.asked("forum.example")
		w.likeAs(forum, thread, withAudience)
		w.publish(p, "ann", mention("two"))
		w.wantForms(forum, 1, 1)
		w.wantProfile("forum.example", store.Threadiverse, federation.BasisSaid)
		if got := w.asked("forum.example") - before; got != 1 {
			t.Errorf("asked %d times what it runs, want once", got)
		}
		w.publish(forum, "eve", mention("and it gets no echo"))
		w.wantForms(forum, 1, 1)
	})
}

func TestSoftwareIsLearntEveryWeek(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.follower("far.example", "lemmy")
		w.publish(p, "ann", mention("one"))
		w.wantForms(far, 0, 1)
		far.Software = "mastodon"
		w.later(6 * 24 * time.Hour)
		w.publish(p, "ann", mention("two"))
		w.wantForms(far, 0, 2)
		w.later(2 * 24 * time.Hour)
		w.publish(p, "ann", mention("three"))
		w.wantForms(far, 1, 2)
	})
}

// Software that passes on whatever clients write may show anything. What it says counts again once it has repeated it, and
// it is asked once an hour at most.
func TestMicroblogThatShowsOtherwise(t *testing.T) {
	inWorld(t, func(w *world) {
		p, odd := w.mastodon(), w.follower("odd.example", "akkoma")
		thread := w.publish(p, "ann", mention("one"))
		before := w.asked("odd.example")
		for hour := range 10 {
			for range 5 {
				w.likeAs(odd, thread, withAudience)
				w.publish(p, "ann", mention("more"))
			}
			if got := w.asked("odd.example") - before; got > hour+1 {
				t.Fatalf("asked %d times in %d hours", got, hour)
			}
			w.later(time.Hour)
		}
		w.wantForms(odd, 51, 0)
	})
}

func TestOverrideWins(t *testing.T) {
	inWorld(t, func(w *world) {
		set := func(d store.Dialect) {
			_, err := w.store.ChangeHost(w.ctx, "far.example", func(h *store.Host) { h.Override = d })
			w.must(err)
		}
		p, far := w.mastodon(), w.follower("far.example", "mastodon")
		set(store.Threadiverse)
		thread := w.publish(p, "ann", mention("one"))
		w.publish(p, "bob", reply(thread))
		w.wantForms(far, 0, 2)
		w.later(8 * 24 * time.Hour) // it says again that it is a microblog
		w.publish(p, "ann", mention("two"))
		w.wantForms(far, 0, 3)
		w.wantProfile("far.example", store.Threadiverse, federation.BasisSet)
		set(store.Microblog)
		w.likeAs(far, thread, withAudience)
		w.publish(p, "ann", mention("three"))
		w.wantForms(far, 1, 3)
		set("")
		w.later(time.Hour)
		w.publish(p, "ann", mention("four"))
		w.wantForms(far, 2, 3)
		w.wantProfile("far.example", store.Microblog, federation.BasisSaid)
	})
}

// A host is sent back what its own people wrote where that does something for them.
func TestEchoes(t *testing.T) {
	for software, echoes := range map[string]bool{
		"lemmy": true, "friendica": true, "mitra": true, "hubzilla": true, "lotide": true,
		"piefed": false, "mbin": false, "kbin": false, "nodebb": false, "discourse": false,
	} {
		t.Run(software, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, far := w.mastodon(), w.follower("far.example", software)
				other := w.follower("other.example", software)
				thread := w.publish(far, "eve", mention("mine"))
				w.publish(far, "eve", reply(thread))
				w.later(time.Minute)
				w.must(far.Edit(w.ctx, "eve", books, thread, "mine, better"))
				w.settle()
				back := 0
				if echoes {
					back = 3
				}
				w.wantForms(far, 0, back)
				w.wantForms(other, 0, 3) // the same software elsewhere gets everything
				w.publish(p, "ann", reply(thread))
				w.wantForms(far, 0, back+1)
				w.wantForms(p, 1, 0)
			})
		})
	}
}

// The boost goes back to where the post came from: others there follow the group and not the author.
func TestBoostsComeBack(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		thread := w.publish(p, "ann", mention("mine"))
		w.wantHome(p, "bob", thread)
	})
}

func TestFiftyComments(t *testing.T) { // gotcha 36
	inWorld(t, func(w *world) {
		p := w.mastodon()
		micro, lemmy, mbin := w.follower("micro.example", "mastodon"), w.follower("lemmy.example", "lemmy"), w.follower("mbin.example", "mbin")
		thread := w.publish(p, "ann", mention("fifty, please"))
		parent := thread
		for i := range 50 {
			who := []string{"ann", "bob"}[i%2]
			parent = w.publish(p, who, reply(parent))
		}
		w.wantForms(micro, 1, 0)
		w.wantForms(p, 1, 0)
		w.wantForms(lemmy, 0, 51)
		w.wantForms(mbin, 0, 51)
		w.wantHome(micro, "eve", thread)
		w.wantCounts(store.GroupCounts{Followers: 5, Members: 6, Threads: 1, Comments: 50})
		for _, far := range []*fedtest.Peer{micro, lemmy, mbin} {
			if all := len(far.Inbox("")); all != len(far.Inbox("Announce"))+1 {
				t.Errorf("%s got %d activities, want the announces and one Accept", far.Origin, all)
			}
		}
	})
}

// Nobody but a host itself shows how to speak to it.
func TestStrangersShowNothingOfAHost(t *testing.T) {
	inWorld(t, func(w *world) {
		p, quiet := w.mastodon(), w.follower("quiet.example", "")
		evil := w.peer("evil.example", "", "mallory")
		thread := w.publish(p, "ann", mention("one"))
		like := quiet.Activity("eve", "Like", thread)
		like["audience"] = books
		_, err := evil.Send(w.ctx, "mallory", books+"/inbox", like)
		w.must(err)
		_, err = evil.Act(w.ctx, "mallory", "Announce", like, books)
		w.must(err)
		w.settle()
		w.wantProfile("quiet.example", store.Unknown, federation.BasisNone)
		w.wantProfile("evil.example", store.Threadiverse, federation.BasisShown)
	})
}

// A host that does not answer about itself is waited for by its own deliveries alone, and gets both forms in the end.
func TestSlowNodeInfoDelaysNobodyElse(t *testing.T) {
	inWorld(t, func(w *world) {
		p, slow := w.mastodon(), w.peer("slow.example", "lemmy", "eve")
		w.net.Attach("slow.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/.well-known/nodeinfo" {
				<-r.Context().Done()
				return
			}
			slow.ServeHTTP(rw, r)
		}))
		w.follow(slow, "eve", books)
		w.settle()
		w.publish(p, "ann", mention("no time passes"))
		w.wantForms(p, 1, 0)
		w.wantForms(slow, 0, 0)
		w.later(11 * time.Second)
		w.wantForms(slow, 1, 1)
		w.publish(p, "ann", mention("nor is it waited for again"))
		w.wantForms(slow, 2, 2)
	})
}

// Whatever stands where NodeInfo should be, the host is asked again once a day and is spoken to meanwhile.
func TestFalseNodeInfoIsToleratedAndAskedForDaily(t *testing.T) {
	for name, answer := range map[string]string{
		"nothing": "", "html": "<!DOCTYPE html><p>Welcome", "false": "false", "null": "null", "list": "[]", "empty": "{}",
		"no links": `{"links":[]}`, "links elsewhere": `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"https://a.example/"}]}`,
		"a lie": `{"software":{"name":"mastodon"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, odd := w.mastodon(), w.peer("odd.example", "", "eve")
				w.net.Attach("odd.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/.well-known/nodeinfo" {
						_, _ = rw.Write([]byte(answer))
						return
					}
					odd.ServeHTTP(rw, r)
				}))
				w.follow(odd, "eve", books)
				w.settle()
				for range 3 * 4 {
					w.publish(p, "ann", mention("every six hours"))
					w.later(6 * time.Hour)
				}
				w.wantForms(odd, 12, 12)
				if got := w.asked("odd.example"); got != 3 {
					t.Errorf("asked %d times in three days", got)
				}
				w.wantProfile("odd.example", store.Unknown, federation.BasisNone)
			})
		})
	}
}

// A host that was away for a day may come back as something else.
func TestBackAsOtherSoftware(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.follower("far.example", "mastodon")
		w.publish(p, "ann", mention("one"))
		w.net.Set("far.example", fedtest.Refused)
		thread := w.publish(p, "ann", mention("two"))
		w.later(2 * 24 * time.Hour)
		w.net.Set("far.example", fedtest.Fine)
		far.Software = "lemmy"
		w.act(far, "eve", "Like", thread)
		w.later(time.Second) // what it missed goes after what is new
		w.wantProfile("far.example", store.Threadiverse, federation.BasisSaid)
		boosts, wraps := forms(far)
		if boosts != 1 || wraps == 0 {
			t.Errorf("after its return: %d boosts, %d wraps", boosts, wraps)
		}
	})
}

// What waits for a host goes out in the forms that hold when it goes out, even if they change halfway.
func TestBacklogFollowsTheDialect(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.follower("far.example", "mastodon")
		w.net.Set("far.example", fedtest.Refused)
		for range 40 { // more than one batch
			w.publish(p, "ann", mention("waits"))
		}
		w.net.Attach("far.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			_, err := w.store.ChangeHost(w.ctx, "far.example", func(h *store.Host) { h.Override = store.Threadiverse })
			if err != nil {
				t.Error(err)
			}
			far.ServeHTTP(rw, r)
		}))
		w.net.Set("far.example", fedtest.Fine)
		w.later(time.Hour)
		boosts, wraps := forms(far)
		if boosts == 0 || wraps == 0 || boosts+wraps != 40 {
			t.Errorf("%d boosts and %d wraps of 40 threads", boosts, wraps)
		}
	})
}

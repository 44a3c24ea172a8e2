package fedtest_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
)

// small attaches a server where each person has an inbox of their own and nobody shares one. answer may refuse what is
// posted to an inbox; 0 lets it through.
func (w *world) small(answer func(inbox string) int, people ...string) *fedtest.Peer {
	p := w.peer("small.example", "snac", people...)
	for _, name := range people {
		p.NoSharedInbox(name)
		w.follow(p, name, books)
	}
	w.settle()
	w.net.Attach("small.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if status := answer(r.URL.Path); status != 0 {
				rw.WriteHeader(status)
				return
			}
		}
		p.ServeHTTP(rw, r)
	}))
	return p
}

func boosts(p *fedtest.Peer, inbox string) (out []string) {
	for _, r := range p.Inbox("Announce") {
		if r.Inbox == inbox {
			about, _ := r.Body["object"].(string)
			out = append(out, about)
		}
	}
	return out
}

// first leaves out what came again: once a day it may, to see whether a server lives whose other inbox fails.
func first(got []string) (out []string) {
	for _, uri := range got {
		if !slices.Contains(out, uri) {
			out = append(out, uri)
		}
	}
	return out
}

// One inbox of a server that is gone, blocks the group or is broken takes nothing from the people beside it.
func TestOneBadInboxTakesNothingFromTheOthers(t *testing.T) {
	for _, bad := range []string{"ada", "cat"} {
		for _, status := range []int{403, 410, 500, 503} {
			t.Run(fmt.Sprint(bad, " ", status), func(t *testing.T) {
				inWorld(t, func(w *world) {
					m := w.mastodon()
					people := []string{"ada", "bea", "cat"}
					p := w.small(func(inbox string) int {
						if inbox == "/users/"+bad+"/inbox" {
							return status
						}
						return 0
					}, people...)
					posts := []string{w.publish(m, "ann", mention("one")), w.publish(m, "ann", mention("two"))}
					w.later(24 * time.Hour)
					posts = append(posts, w.publish(m, "ann", mention("three")))
					w.later(24 * time.Hour)
					for _, name := range people {
						got := boosts(p, "/users/"+name+"/inbox")
						if name != bad && !slices.Equal(first(got), posts) || len(got) > len(posts)+2 {
							t.Errorf("%s got %v, want each post: %v", name, got, posts)
						}
					}
				})
			})
		}
	}
}

// One inbox that hangs or asks to be left alone is not its whole server: nobody beside it waits for it.
func TestOneMuteInboxIsNotItsServer(t *testing.T) {
	for _, bad := range [][]string{{"ada"}, {"cat"}, {"ada", "bea"}, {"bea", "dan"}} {
		for _, status := range []int{0, 429, 503} {
			t.Run(fmt.Sprint(bad, " ", status), func(t *testing.T) {
				inWorld(t, func(w *world) {
					m := w.mastodon()
					people := []string{"ada", "bea", "cat", "dan"}
					p := w.small(func(string) int { return 0 }, people...)
					w.mute(p, status, bad...)
					var posts []string
					for i := range 6 {
						posts = append(posts, w.publish(m, "ann", mention(fmt.Sprint("number ", i))))
						w.later(12 * time.Hour)
						for _, name := range people {
							got := boosts(p, "/users/"+name+"/inbox")
							if !slices.Contains(bad, name) && !slices.Equal(first(got), posts) || len(got) > len(posts)+i/2+1 {
								t.Errorf("half a day after post %d, %s has %d", i+1, name, len(got))
							}
						}
					}
				})
			})
		}
	}
}

// mute has the inboxes of some people never answer, or with a status ask to be left alone for an hour.
func (w *world) mute(p *fedtest.Peer, status int, people ...string) {
	w.net.Attach("small.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/users/"), "/inbox")
		switch {
		case r.Method != http.MethodPost || !slices.Contains(people, name):
			p.ServeHTTP(rw, r)
		case status == 0:
			<-r.Context().Done()
		default:
			rw.Header().Set("Retry-After", "3600")
			rw.WriteHeader(status)
		}
	}))
}

// A server without a shared inbox that is down is asked at two of its inboxes and no more, and gets everything when it is back.
func TestADownServerIsAskedAtTwoInboxes(t *testing.T) {
	inWorld(t, func(w *world) {
		m := w.mastodon()
		people := []string{"ada", "bea", "cat", "dan"}
		p := w.small(func(string) int { return 0 }, people...)
		w.mute(p, 0, people...)
		before := w.net.Count(http.MethodPost, "small.example", "")
		posts := []string{w.publish(m, "ann", mention("one"))}
		w.later(50 * time.Second)
		if got := w.net.Count(http.MethodPost, "small.example", "") - before; got != 2 {
			t.Errorf("%d inboxes were asked, want 2", got)
		}
		w.later(6 * time.Hour)
		w.mute(p, 0)
		w.later(24 * time.Hour)
		for _, name := range people {
			if got := boosts(p, "/users/"+name+"/inbox"); !slices.Equal(got, posts) {
				t.Errorf("%s got %v, want %v", name, got, posts)
			}
		}
	})
}

// An outage that begins after some inboxes of a server took an activity takes it from none of the others, however long it lasts and
// however often it begins anew.
func TestAnOutageBetweenTwoInboxes(t *testing.T) {
	for _, status := range []int{0, 500, 503} {
		for _, outages := range []int{1, 2} {
			t.Run(fmt.Sprint(status, " ", outages), func(t *testing.T) {
				inWorld(t, func(w *world) {
					m := w.mastodon()
					people := []string{"ada", "bea", "cat"}
					p := w.small(func(string) int { return 0 }, people...)
					takes := 1
					w.net.Attach("small.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
						switch {
						case takes > 0:
							takes--
							p.ServeHTTP(rw, r)
						case status == 0:
							<-r.Context().Done()
						default:
							rw.WriteHeader(status)
						}
					}))
					post := w.publish(m, "ann", mention("one"))
					for range outages {
						w.later(12 * time.Hour)
						takes = 1
					}
					w.later(12 * time.Hour)
					takes = 1000
					w.later(48 * time.Hour)
					for _, name := range people {
						if got := boosts(p, "/users/"+name+"/inbox"); !slices.Contains(got, post) {
							t.Errorf("%s got %v", name, got)
						}
					}
				})
			})
		}
	}
}

// Nor does one that ends just when an inbox is to be given up: it is asked once more after another one has answered.
func TestAnOutageThatEndsBetweenTwoInboxes(t *testing.T) {
	inWorld(t, func(w *world) {
		m := w.mastodon()
		people := []string{"ada", "bea"}
		p := w.small(func(string) int { return 0 }, people...)
		posted := 0
		w.net.Attach("small.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				posted++
			}
			if posted > 1 && posted <= 6 { // one inbox took it, the other one fails five times
				rw.WriteHeader(http.StatusBadGateway)
				return
			}
			p.ServeHTTP(rw, r)
		}))
		post := w.publish(m, "ann", mention("one"))
		w.later(24 * time.Hour)
		for _, name := range people {
			if got := boosts(p, "/users/"+name+"/inbox"); !slices.Contains(got, post) {
				t.Errorf("%s got %v", name, got)
			}
		}
	})
}

// An outage of half a day that shows as 500 for everything, or as a redirect to a page that says so, is an outage, not an activity the
// server cannot bear.
func TestAnOutageLosesNothing(t *testing.T) {
	for _, status := range []int{500, 503, 302, 304, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			inWorld(t, func(w *world) {
				m := w.mastodon()
				broken := false
				p := w.small(func(string) int {
					if broken {
						return status
					}
					return 0
				}, "ada")
				broken = true
				var posts []string
				for i := range 6 {
					posts = append(posts, w.publish(m, "ann", mention(fmt.Sprint("post ", i))))
					w.later(3 * time.Hour)
				}
				broken = false
				w.later(48 * time.Hour)
				if got := boosts(p, "/users/ada/inbox"); !slices.Equal(got, posts) {
					t.Errorf("got %v, want %v", got, posts)
				}
			})
		})
	}
}

// poisoned attaches a server that fails with status over the first activity posted to it, and takes all others.
func (w *world) poisoned(status int) *fedtest.Peer {
	far := w.peer("far.example", "mastodon", "eve")
	w.follow(far, "eve", books)
	w.settle()
	poison := ""
	w.net.Attach("far.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && poison == "" {
			poison = r.Header.Get("Digest")
		}
		if r.Method == http.MethodPost && r.Header.Get("Digest") == poison {
			rw.WriteHeader(status)
			return
		}
		far.ServeHTTP(rw, r)
	}))
	return far
}

// An activity that a server cannot bear is passed over, whatever it answers and however lively it is itself.
func TestPoisonIsPassedOverOnALivelyServer(t *testing.T) {
	for _, status := range []int{500, 504, 401} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			inWorld(t, func(w *world) {
				m := w.mastodon()
				far := w.poisoned(status)
				w.publish(m, "ann", mention("breaks the other server"))
				var posts []string
				for i := range 24 {
					posts = append(posts, w.publish(m, "ann", mention(fmt.Sprint("fine ", i))))
					w.later(10 * time.Minute)
					w.act(far, "eve", "Like", posts[i])
				}
				w.later(24 * time.Hour)
				slices.Sort(posts)
				w.wantHome(far, "eve", posts...)
				// Its likes do not make it be asked again and again.
				if tries := w.net.Count(http.MethodPost, "far.example", "") - len(posts); tries > 16 {
					t.Errorf("%d tries of what it cannot bear", tries)
				}
			})
		})
	}
}

// What breaks the connection, and nothing else does, is passed over too: a firewall may dislike an activity.
func TestPoisonThatBreaksTheConnectionIsPassedOver(t *testing.T) {
	inWorld(t, func(w *world) {
		m := w.mastodon()
		far := w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		w.shut()
		w.tune = func(o *federation.Options) { o.Client.Transport = &firewall{RoundTripper: w.net, host: "far.example"} }
		w.start()
		w.publish(m, "ann", mention("breaks the connection"))
		var posts []string
		for i := range 5 {
			posts = append(posts, w.publish(m, "ann", mention(fmt.Sprint("fine ", i))))
			w.later(24 * time.Hour)
		}
		w.wantHome(far, "eve", posts...)
	})
}

// firewall breaks the connection over the first activity posted to a host, each time.
type firewall struct {
	http.RoundTripper
	host, poison string
}

func (f *firewall) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && r.URL.Host == f.host {
		f.poison = cmp.Or(f.poison, r.Header.Get("Digest"))
		if f.poison == r.Header.Get("Digest") {
			return nil, syscall.ECONNRESET
		}
	}
	return f.RoundTripper.RoundTrip(r)
}

// Whoever asks to be left alone for a while is, even while sending activities itself.
func TestRetryAfterHoldsWhileTheServerSends(t *testing.T) {
	inWorld(t, func(w *world) {
		m := w.mastodon()
		far := w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		w.net.Set("far.example", fedtest.Busy) // for ten minutes, it says
		post := w.publish(m, "ann", mention("slowly"))
		before := w.net.Count(http.MethodPost, "far.example", "")
		for range 9 {
			w.later(time.Minute)
			w.act(far, "eve", "Like", post)
		}
		if got := w.net.Count(http.MethodPost, "far.example", "") - before; got != 0 {
			t.Errorf("%d tries though asked to wait ten minutes", got)
		}
		w.net.Set("far.example", fedtest.Fine)
		w.later(2 * time.Minute)
		w.wantHome(far, "eve", post)
	})
}

// A server whose inbox is broken while it sends is asked at once when it speaks up, but then not at each word.
func TestContactRevivesOnceAnHour(t *testing.T) {
	inWorld(t, func(w *world) {
		m := w.mastodon()
		far := w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		w.net.Attach("far.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				rw.WriteHeader(http.StatusBadGateway)
				return
			}
			far.ServeHTTP(rw, r)
		}))
		post := w.publish(m, "ann", mention("anybody?"))
		w.later(36 * time.Hour)
		before := w.net.Count(http.MethodPost, "far.example", "")
		for range 60 {
			w.act(far, "eve", "Like", post)
			w.later(2 * time.Minute)
		}
		if got := w.net.Count(http.MethodPost, "far.example", "") - before; got < 1 || got > 4 {
			t.Errorf("%d tries within two hours of activity", got)
		}
	})
}

// Servers known to be down and servers that hang take no turn from the others, however many they are.
func TestHangingServersDelayNobody(t *testing.T) {
	inCase(t, "QUE-07", func(w *world) {
		m := w.mastodon()
		const many = 25 // more than are delivered to at once
		w.shut()
		w.tune = func(o *federation.Options) { o.Hosts = 10 }
		w.start()
		for i := range many {
			host := fmt.Sprintf("h%d.example", i)
			p := w.peer(host, "mastodon", "eve")
			w.follow(p, "eve", books)
		}
		late := w.peer("zz.example", "mastodon", "eve")
		w.follow(late, "eve", books)
		w.settle()
		for i := range many {
			w.net.Set(fmt.Sprintf("h%d.example", i), fedtest.Silent)
		}
		post := w.publish(m, "ann", mention("now"))
		w.later(3 * time.Second)
		w.wantHome(late, "eve", post)
		w.later(5 * time.Minute) // they are tried again meanwhile
		for range 5 {
			post := w.publish(m, "ann", mention("and now"))
			w.later(1500 * time.Millisecond)
			if got := late.Home("eve"); !slices.Contains(got, post) {
				t.Fatalf("a post took longer than a second and a half, while %s", strings.Join(got, " "))
			}
		}
	})
}

// Nor do those below one domain that hang whenever something new is sent, though they took all before: together they have a part of the
// places, and get everything when they answer.
func TestNamesBelowOneDomainTakeNoPlacesFromOthers(t *testing.T) {
	inCase(t, "QUE-07", func(w *world) {
		m := w.mastodon()
		const many = 60 // more than the lanes have places
		w.shut()
		w.tune = func(o *federation.Options) { o.Hosts = 10 }
		w.start()
		var crowd []*fedtest.Peer
		for i := range many {
			p := w.peer(fmt.Sprintf("h%d.evil.example", i), "mastodon", "eve")
			crowd = append(crowd, p)
			w.follow(p, "eve", books)
		}
		late := w.peer("zz.example", "mastodon", "eve")
		w.follow(late, "eve", books)
		w.settle()
		posts := []string{w.publish(m, "ann", mention("so far"))}
		for i := range 3 {
			for _, p := range crowd {
				w.net.Set(strings.TrimPrefix(p.Origin, "https://"), fedtest.Silent)
			}
			posts = append(posts, w.publish(m, "ann", mention(fmt.Sprint("now ", i))))
			w.later(time.Second)
			w.wantHome(late, "eve", posts...)
			for _, p := range crowd {
				w.net.Set(strings.TrimPrefix(p.Origin, "https://"), fedtest.Fine)
			}
			w.later(6 * time.Hour)
			for _, p := range crowd {
				w.wantHome(p, "eve", posts...)
			}
		}
	})
}

// A lane that fills little by little with servers that hang is found stuck as early as one that is full at once.
func TestALaneThatFillsSlowly(t *testing.T) {
	inWorld(t, func(w *world) {
		m := w.mastodon()
		w.shut()
		w.tune = func(o *federation.Options) { o.Hosts = 10 }
		w.start()
		for i := range 14 {
			w.follow(w.peer(fmt.Sprintf("h%d.example", i), "mastodon", "eve"), "eve", books)
		}
		late := w.peer("zz.example", "mastodon", "eve")
		w.follow(late, "eve", books)
		w.settle()
		hang := func(from, to int) {
			for i := from; i < to; i++ {
				w.net.Set(fmt.Sprintf("h%d.example", i), fedtest.Silent)
			}
		}
		hang(0, 9)
		first := w.publish(m, "ann", mention("now"))
		w.later(300 * time.Millisecond)
		hang(9, 14)
		post := w.publish(m, "ann", mention("and now"))
		w.later(450 * time.Millisecond)
		w.wantHome(late, "eve", first, post)
	})
}

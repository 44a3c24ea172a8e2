package group

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func anyKind(t *rapid.T) Kind {
	return rapid.SampledFrom([]Kind{
		Ask, Erase, Follow, Unfollow, Publish, Edit, Delete, DeleteActor, Like, Unlike, Dislike, Undislike, Boost, Unboost, Report, Block, Move, Note,
		Remove, Restore, Lock, Unlock, Pin, Unpin, Ban, Unban, Appoint, Dismiss, Warn, Resolve, Describe, Relocate,
		Subscribe, Unsubscribe, Confirm, Decline, Quote, Rekey, Bar, Unbar, AddRule, DropRule, Storm, Calm, Appeal, Uphold, Overturn, "nonsense",
		Approve, Refuse, Overdue, Pause, Resume, Offer, TakeUp, Succeed, Instate, Nominate, Tally,
		Join, Leave, Answer, Admit, TurnDown, Expel, Invite, Uninvite, Vouch, Doubt,
	}).Draw(t, "kind")
}

func anyFiled(t *rapid.T, label string) *Filed {
	if rapid.Bool().Draw(t, label+" missing") {
		return nil
	}
	return &Filed{
		URI:     post1,
		Author:  rapid.SampledFrom([]string{ann, bob}).Draw(t, label+" author"),
		Comment: rapid.Bool().Draw(t, label+" comment"),
		State:   rapid.SampledFrom([]PostState{Visible, Pending, Hidden, Removed, Deleted, Erased}).Draw(t, label+" state"),
		Updated: rapid.Int64Range(0, 3000).Draw(t, label+" updated"),
		Locked:  rapid.Bool().Draw(t, label+" locked"),
		Pinned:  rapid.Bool().Draw(t, label+" pinned"),
		Home:    rapid.SampledFrom([]string{"", lounge}).Draw(t, label+" home"),
		Under:   rapid.SampledFrom([]PostState{"", Visible, Pending, Removed}).Draw(t, label+" under"),
		Waiting: anyWaiting(t, label),
	}
}

func anyWaiting(t *rapid.T, label string) *Waiting {
	if rapid.Bool().Draw(t, label+" does not wait") {
		return nil
	}
	return &Waiting{
		Number: rapid.Int64Range(1, 2).Draw(t, label+" number"), Fresh: rapid.Bool().Draw(t, label+" fresh"),
		Opens: rapid.Int64Range(0, 1).Draw(t, label+" opens"), Due: rapid.Int64Range(0, 3000).Draw(t, label+" due"),
		Post: Post{NoBoost: rapid.Bool().Draw(t, label+" no boost"), Wall: rapid.SampledFrom([]string{"", books}).Draw(t, label+" wall")},
	}
}

func anyMember(t *rapid.T, label string) Member {
	return Member{
		State:   rapid.SampledFrom([]Membership{Stranger, Joined, Left, Banned, Reader, Applied}).Draw(t, label+" membership"),
		Role:    rapid.SampledFrom([]Role{"", Ordinary, Moderator, Owner}).Draw(t, label+" role"),
		Follows: rapid.Bool().Draw(t, label+" follows"),
		Until:   rapid.Int64Range(0, 3000).Draw(t, label+" until"),

		Via:      rapid.SampledFrom([]string{"", "https://a.example/0"}).Draw(t, label+" via"),
		Approved: rapid.Bool().Draw(t, label+" approved"),
		Answered: rapid.Bool().Draw(t, label+" answered"),
		Bot:      rapid.Bool().Draw(t, label+" bot"),
	}
}

func anyState(t *rapid.T) State {
	g := openGroup()
	g.Join = rapid.SampledFrom([]JoinPolicy{JoinOpen, JoinApproval, JoinInvite, JoinClosed}).Draw(t, "join")
	g.Posting = rapid.SampledFrom([]PostingPolicy{PostingMembers, PostingAnyone, PostingApproved, PostingMods}).Draw(t, "posting")
	g.Joining = Joining{
		Apart: rapid.Bool().Draw(t, "apart"), Rules: rapid.SampledFrom([]string{"", "Be kind."}).Draw(t, "rules"), Agree: rapid.Bool().Draw(t, "agree"),
		Questions: rapid.SampledFrom([][]string{nil, {"Why?"}}).Draw(t, "questions"), CoolDown: rapid.IntRange(0, 2).Draw(t, "cool down"),
	}
	g.Paused = rapid.SampledFrom([]int64{0, Forever, 1500}).Draw(t, "paused")
	g.Review = Review{
		All: rapid.Bool().Draw(t, "review all"), Links: rapid.Bool().Draw(t, "review links"), First: rapid.IntRange(0, 2).Draw(t, "review first"),
		Slow: rapid.SampledFrom([]int{0, 60}).Draw(t, "slow"), Quiet: rapid.SampledFrom([]string{"", "00:10-00:30"}).Draw(t, "quiet"),
	}
	g.Welcome = Welcome{Note: rapid.SampledFrom([]string{"", "Welcome!"}).Draw(t, "welcome")}
	return State{
		Group:     g,
		Member:    anyMember(t, "member"),
		Parent:    anyFiled(t, "parent"),
		Existing:  anyFiled(t, "existing"),
		Noticed:   rapid.Bool().Draw(t, "noticed"),
		Gone:      rapid.Bool().Draw(t, "gone"),
		Vote:      rapid.SampledFrom([]Kind{"", Like, Dislike}).Draw(t, "vote"),
		Subject:   anyMember(t, "subject"),
		Owners:    rapid.IntRange(1, 3).Draw(t, "owners"),
		Following: rapid.SampledFrom([]Subscription{NotFollowing, Asked, Following, NotWanted}).Draw(t, "following"),
		Boosted:   rapid.Bool().Draw(t, "boosted"),
		Reported:  rapid.Bool().Draw(t, "reported"),
		Addressed: rapid.Bool().Draw(t, "addressed"),
		Appealed: &Appealed{
			Number: 1, Kind: rapid.SampledFrom([]Kind{Ban, Warn, Pin}).Draw(t, "appealed"), By: rapid.SampledFrom([]string{ann, bob}).Draw(t, "acted"),
			Person: rapid.SampledFrom([]string{ann, bob}).Draw(t, "concerned"), Filed: rapid.Bool().Draw(t, "filed"),
			Decided: rapid.Bool().Draw(t, "decided"), Others: rapid.IntRange(0, 1).Draw(t, "others"),
		},
		Standing:   Standing{Level: rapid.SampledFrom([]Level{LevelNone, LevelNone, LevelAllow, LevelSilence, LevelSuspend}).Draw(t, "level")},
		Shown:      rapid.IntRange(0, 2).Draw(t, "posts shown"),
		LastPost:   rapid.Int64Range(0, 3000).Draw(t, "last post"),
		Offered:    rapid.Bool().Draw(t, "offered"),
		Heir:       rapid.SampledFrom([]string{"", ann, bob}).Draw(t, "heir"),
		HeirMember: anyMember(t, "heir").at(3000),
		Ballot:     Ballot{Since: rapid.Int64Range(0, 1).Draw(t, "ballot"), Votes: map[string]int{ann: rapid.IntRange(0, 3).Draw(t, "votes")}},
		Invited:    rapid.Bool().Draw(t, "invited"),
		Told:       Told{NoticeWelcome: rapid.Int64Range(0, 1).Draw(t, "welcomed")},
		Successor:  rapid.SampledFrom([]Membership{Stranger, Joined, Banned}).Draw(t, "successor"),
	}
}

func anyRequest(t *rapid.T) Request {
	r := Request{
		Kind:      anyKind(t),
		By:        Person{URI: rapid.SampledFrom([]string{ann, bob}).Draw(t, "by"), Bot: rapid.Bool().Draw(t, "bot")},
		Activity:  "https://a.example/1",
		Target:    rapid.SampledFrom([]string{post1, ann, bob}).Draw(t, "target"),
		Text:      rapid.SampledFrom([]string{"", "words", "hold if media", "accept"}).Draw(t, "text"),
		Seen:      rapid.Int64Range(0, 2).Draw(t, "seen"),
		Reads:     rapid.Bool().Draw(t, "reads"),
		Groups:    rapid.SliceOfN(rapid.Just(books), 0, 5).Draw(t, "groups"),
		Via:       rapid.SampledFrom([]string{"", "", lounge}).Draw(t, "via"),
		To:        rapid.SampledFrom([]string{books, lounge}).Draw(t, "to"),
		AtOrigin:  rapid.Bool().Draw(t, "at origin"),
		OwnWord:   rapid.Bool().Draw(t, "own word"),
		WithPosts: rapid.Bool().Draw(t, "with posts"), WithReplies: rapid.Bool().Draw(t, "with replies"),
		Barrier: &Barrier{Subject: "evil.example", Level: LevelSuspend},
		Profile: &Profile{Title: rapid.SampledFrom([]string{"", "Books"}).Draw(t, "title")},
		At:      time.Unix(rapid.Int64Range(0, 3000).Draw(t, "at"), 0),
	}
	if rapid.Bool().Draw(t, "with post") {
		r.Post = &Post{
			URI:        post1,
			Author:     rapid.SampledFrom([]string{ann, bob}).Draw(t, "author"),
			InReplyTo:  rapid.SampledFrom([]string{"", "https://x.example/1"}).Draw(t, "in reply to"),
			Visibility: Visibility(rapid.IntRange(0, 3).Draw(t, "visibility")),
			Vote:       rapid.Bool().Draw(t, "vote"),
			Published:  time.Unix(rapid.Int64Range(0, 3000).Draw(t, "published"), 0),
		}
	}
	return r
}

// Every decision gives a reason that people can read, and only what is accepted or held leaves a trace in the group,
// apart from answers to the person who asked.
func TestEveryDecisionHasAReason(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := anyState(t), anyRequest(t)
		d := Decide(s, r)
		if _, ok := sentences()[d.Reason]; !ok {
			t.Fatalf("no sentence for %q", d.Reason)
		}
		for _, e := range d.Effects {
			if d.Verdict == Refused || d.Verdict == Ignored {
				onlyAnswers(t, e, r)
			}
		}
	})
}

func onlyAnswers(t *rapid.T, e Effect, r Request) {
	switch e := e.(type) {
	case Tell:
		if e.To != r.By.URI {
			t.Fatalf("%s tells somebody else: %+v", r.Kind, e)
		}
	case MarkNoticed, MarkTold:
	default:
		t.Fatalf("%s changed something though it was not accepted: %T", r.Kind, e)
	}
}

// A banned person never adds anything: no membership, no post, no count, and no word to the followers but the
// withdrawal of what is theirs.
func TestBannedHaveNoEffect(t *testing.T) {
	t.Run("MOD-03", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			s, r := anyState(t), anyRequest(t)
			s.Member.State, s.Member.Until = Banned, 0
			for _, e := range Decide(s, r).Effects {
				switch e := e.(type) {
				case Withdraw, WithdrawAll, EraseTraces, Forget, SetSubscription, Tell, KeepAppeal:
				case Count:
					if !e.Undo {
						t.Fatalf("banned person counted by %s", r.Kind)
					}
				case SetMember:
					if e.State != Banned {
						t.Fatalf("%s lifted a ban: %+v", r.Kind, e)
					}
				default:
					t.Fatalf("banned person had effect %T by %s", e, r.Kind)
				}
			}
		})
	})
}

// Private posts, votes and comments are never announced as threads, and nobody publishes in another's name.
func TestOnlyPublicThreadsAreBoosted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := anyState(t), anyRequest(t)
		for _, e := range Decide(s, r).Effects {
			tell, ok := e.(Tell)
			if !ok || tell.Held != 0 || tell.What != TellThread && (tell.What != TellBoost || r.Kind == Restore) {
				continue
			}
			p := r.Post
			if p == nil || p.Vote || !p.Visibility.Shareable() || p.InReplyTo != "" || p.Author != r.By.URI {
				t.Fatalf("boosted %+v by %s", p, r.By.URI)
			}
		}
	})
}

// Whoever does not run the group moderates nothing: no removal of another's post, no ban, no role, no lock, no pin.
func TestOnlyModeratorsModerate(t *testing.T) {
	t.Run("MOD-01", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			s, r := anyState(t), anyRequest(t)
			r.AtOrigin = false
			if (r.Via == "" || r.OwnWord) && s.Member.State == Joined && s.Member.Role.Moderates() {
				return
			}
			home := r.Via != "" && s.Existing != nil && s.Existing.Home == r.Via
			for _, e := range Decide(s, r).Effects {
				switch e := e.(type) {
				case SetLocked, SetPinned, Reinstate:
					own := r.Kind == Restore && s.Existing.Author == r.By.URI
					if !home && !own {
						t.Fatalf("%s by somebody without a role: %T", r.Kind, e)
					}
				case Withdraw:
					if !home && s.Existing.Author != r.By.URI {
						t.Fatalf("%s of another's post: %+v", r.Kind, e)
					}
				case ReinstateAll, SetProfile, CloseReports, SetSubscription, Adopt, SetBarrier, SetRule, SetStorm, CloseAppeal, Release, Drop, SetPaused, SetApproved, SetSuccessor:
					if r.Kind != Confirm && r.Kind != Decline {
						t.Fatalf("%s by somebody without a role: %T", r.Kind, e)
					}
				case SetMember:
					asked := s.Offered && e.Person == r.By.URI && (r.Kind == TakeUp || r.Kind == Answer)
					next := s.Owners == 1 && e.Person == s.Heir
					if asked || next {
						continue
					}
					if e.Person != r.By.URI || e.Role.Moderates() && !s.Member.Role.Moderates() {
						t.Fatalf("%s gives a role: %+v", r.Kind, e)
					}
				}
			}
		})
	})
}

// What another community announces is never wrapped again, and no wrap tells of its threads: groups that follow each other
// would never stop.
func TestOneHopOnly(t *testing.T) { // gotcha 68
	t.Run("OVL-04", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			s, r := anyState(t), anyRequest(t)
			if r.Via == "" || r.Kind == Relocate && r.OwnWord { // which makes the thread this group's own
				return
			}
			for _, e := range Decide(s, r).Effects {
				if tell, ok := e.(Tell); ok && (tell.What == TellWrap || tell.What == TellThread || tell.What == TellNote) {
					t.Fatalf("%s announced by %s: %+v", r.Kind, r.Via, tell)
				}
			}
		})
	})
}

// What a community announces in the name of whoever runs this group changes posts alone: nobody's standing, nothing of the group. What
// somebody writes is their own word, since it is fetched from its origin.
func TestOthersSpeakForNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := anyState(t), anyRequest(t)
		s.Following, s.Member = Following, Member{State: Joined, Role: Owner, Follows: true}
		if r.Via, r.OwnWord = lounge, false; r.Kind == Publish || r.Kind == Edit {
			return
		}
		for _, e := range Decide(s, r).Effects {
			switch e := e.(type) {
			case Revise, SetAside, Hold, Unhold, Withdraw, Reinstate, Count, SetLocked, SetPinned, Hand:
			case Tell:
				if e.What != TellUndo && e.What != TellBoost && e.What != TellMods {
					t.Fatalf("%s announced by another community tells: %+v", r.Kind, e)
				}
			default:
				t.Fatalf("%s announced by another community: %T", r.Kind, e)
			}
		}
	})
}

// A group always has an owner, as long as one could be: whoever asks for what, the last owner goes only with an account that is gone,
// or that wants nothing more of the group, and then a successor who may follow does.
func TestAnOwnerRemains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := anyState(t), anyRequest(t)
		owner := Member{State: Joined, Role: Owner, Follows: rapid.Bool().Draw(t, "owner follows")}
		s.Owners, s.Subject = 1, owner
		if r.Target = rapid.SampledFrom([]string{ann, bob}).Draw(t, "target"); r.Target == r.By.URI {
			s.Member = owner
		} else if rapid.Bool().Draw(t, "the owner asks") {
			s.Member, s.Subject = owner, Member{State: Joined, Role: Ordinary}
		}
		last := r.Target
		if s.Member == owner {
			last = r.By.URI
		}
		s.Heir = rapid.SampledFrom([]string{"", "https://heir.example/1"}).Draw(t, "heir")
		owners := map[string]bool{last: true}
		for _, e := range Decide(s, r).Effects {
			switch e := e.(type) {
			case SetMember:
				owners[e.Person] = e.State == Joined && e.Role == Owner
			case Carry:
				owners[e.From], owners[e.To] = false, true
			}
		}
		if slices.Contains(slices.Collect(maps.Values(owners)), true) {
			return
		}
		gone := r.Kind == DeleteActor || r.Kind == Block || r.Kind == Rekey || r.AtOrigin && r.Kind == Ban
		if !gone || s.Heir != "" && s.HeirMember.State != Banned {
			t.Fatalf("%s left nobody who owns the group", r.Kind)
		}
	})
}

// What waits is shown to nobody but moderators, unless it is approved, in the very version that the moderator saw, or its time comes.
func TestWhatWaitsIsNotShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := anyState(t), anyRequest(t)
		d := Decide(s, r)
		held, released := false, false
		for _, e := range d.Effects {
			switch e := e.(type) {
			case Hold:
				held = true
			case Release:
				released = true
				if w := s.Existing.Waiting; e.Number != w.Number || r.Seen != w.Number || s.Subject.at(r.At.Unix()).State == Banned {
					t.Fatalf("released %+v by %+v of %+v", e, r, w)
				}
			}
		}
		for _, e := range d.Effects {
			tell, ok := e.(Tell)
			if !ok || tell.To != "" || tell.What == TellMods || tell.What == TellUndo {
				continue
			}
			if held || tell.Held != 0 && !released {
				t.Fatalf("%s tells everybody of what waits: %+v", r.Kind, tell)
			}
		}
	})
}

func TestDecideIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := anyState(t), anyRequest(t)
		if a, b := Decide(s, r), Decide(s, r); !reflect.DeepEqual(a, b) {
			t.Fatalf("two answers: %+v and %+v", a, b)
		}
	})
}

// TestMarksMatterOnlyWhereTheyAreRead holds what the store may leave out: marks of who posts without a post, of votes without a vote, and
// of subscriptions where no community has to do with it.
func TestMarksMatterOnlyWhereTheyAreRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		full, r := anyState(t), anyRequest(t)
		lean := full
		if r.Post == nil {
			lean.Noticed, lean.Gone = false, false
		}
		if !r.Kind.Counts() {
			lean.Vote, lean.Boosted = "", false
		}
		switch {
		case r.Via != "", r.Kind == Subscribe, r.Kind == Unsubscribe, r.Kind == Confirm, r.Kind == Decline:
		default:
			lean.Following, lean.Since = NotFollowing, 0
		}
		if a, b := Decide(full, r), Decide(lean, r); !reflect.DeepEqual(a, b) {
			t.Fatalf("%s: with all marks %+v, without those nobody reads %+v", r.Kind, a, b)
		}
	})
}

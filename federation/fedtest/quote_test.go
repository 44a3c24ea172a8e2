package fedtest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"

	"github.com/google/go-cmp/cmp"
)

// quoteRequest is Max asking to quote something, as Mastodon 4.5 asks: with the whole of what he wrote (FEP-044f).
func quoteRequest(p *fedtest.Peer, quoted string) object {
	a := p.Activity("max", "QuoteRequest", quoted)
	a["@context"] = []any{"https://www.w3.org/ns/activitystreams", object{"QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest"}}
	a["instrument"] = object{
		"id": p.Actor("max") + "/statuses/quote", "type": "Note", "attributedTo": p.Actor("max"), "content": "<p>look at this</p>",
		"quote": quoted, "to": []any{"https://www.w3.org/ns/activitystreams#Public"},
	}
	return a
}

// noteTo has the group write to Max, who is no member and posts.
func (w *world) noteTo(p *fedtest.Peer) object {
	w.t.Helper()
	w.publish(p, "max", mention("let me in"))
	got := p.Inbox("Create")
	if len(got) != 1 {
		w.t.Fatalf("%d notes arrived", len(got))
	}
	return got[0].Body["object"].(object)
}

func TestNotesAreNotForQuoting(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		note := w.noteTo(p)
		if diff := cmp.Diff(object{"canQuote": object{"automaticApproval": []any{books}}}, note["interactionPolicy"]); diff != "" {
			t.Error(diff)
		}
		ask := quoteRequest(p, note["id"].(string))
		for range 2 { // Mastodon may ask twice; the answer is one
			if status := w.send(p, "max", ask); status != http.StatusAccepted {
				t.Errorf("status %d", status)
			}
		}
		w.wantReason(ask, group.ReasonNotQuoted)
		w.wantRejected(p, ask)
		again := quoteRequest(p, note["id"].(string))
		w.send(p, "max", again)
		w.wantRejected(p, ask, again)
		w.wantArrived(p, "Accept", 2) // of Ann's and Bob's follows
	})
}

// wantRejected checks that Max, and he alone, is told no to each request, with the whole of it.
func (w *world) wantRejected(p *fedtest.Peer, asked ...object) {
	w.t.Helper()
	got := p.Inbox("Reject")
	if len(got) != len(asked) {
		w.t.Fatalf("%d Rejects arrived, want %d", len(got), len(asked))
	}
	for i, r := range got {
		if r.Inbox != "/users/max/inbox" || r.Actor != books {
			w.t.Errorf("%s was told %s by %s", r.Inbox, r.Type, r.Actor)
		}
		if diff := cmp.Diff([]any{p.Actor("max")}, r.Body["to"]); diff != "" {
			w.t.Error(diff)
		}
		if diff := cmp.Diff(any(w.carried(asked[i])), r.Body["object"]); diff != "" {
			w.t.Error(diff)
		}
	}
}

// carried is an activity as it looks after it has been written down and read.
func (w *world) carried(a object) (read object) {
	w.t.Helper()
	raw, err := json.Marshal(a)
	w.must(err)
	w.must(json.Unmarshal(raw, &read))
	return read
}

// TestQuotesOfOthersAreForOthersToAllow asks about everything that the group did not write: each author's server answers for it.
func TestQuotesOfOthersAreForOthersToAllow(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("a thread"))
		boost := p.Inbox("Announce")[0].Body["id"].(string)
		for name, quoted := range map[string]string{
			"a post":                    post,
			"the post's address here":   books + "/post/1",
			"the group":                 books,
			"a boost":                   boost,
			"a note that there is not":  home + "/a/note/0123456789abcdef0123456789abcdef",
			"an address there is not":   home + "/nowhere",
			"a post of nobody's":        "https://elsewhere.example/1",
			"a note spelt another way":  home + "/a/note/0123456789ABCDEF",
			"a note in another's words": "https://mastodon.example/a/note/0123456789abcdef0123456789abcdef",
		} {
			ask := quoteRequest(p, quoted)
			if status := w.send(p, "max", ask); status != http.StatusAccepted {
				t.Errorf("%s: status %d", name, status)
			}
			if got := w.reason(ask); got != string(group.ReasonNothingToDo) {
				t.Errorf("%s: decided by %q", name, got)
			}
		}
		nothing := quoteRequest(p, post)
		delete(nothing, "object")
		w.send(p, "max", nothing)
		w.wantRejected(p)
	})
}

// TestQuotesInSomebodysName lets nobody have Max told no.
func TestQuotesInSomebodysName(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		note := w.noteTo(p)
		w.send(p, "ann", quoteRequest(p, note["id"].(string)))
		w.wantRejected(p)
	})
}

// TestTheBannedAreAnsweredToo checks that a quote does not wait for ever.
func TestTheBannedAreAnsweredToo(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		note := w.noteTo(p)
		w.operate(federation.Act{Kind: group.Ban, Target: p.Actor("max")})
		ask := quoteRequest(p, note["id"].(string))
		w.send(p, "max", ask)
		w.wantRejected(p, ask)
	})
}

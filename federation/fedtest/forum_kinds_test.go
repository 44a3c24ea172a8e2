package fedtest_test

import (
	"strings"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// PieFed writes polls and events, and Mbin short posts without a title, beside the pages that all write. Each is a thread that
// people can read, and the bytes go on as they came.
func TestKindsOfThreads(t *testing.T) {
	start := "2026-10-01T18:00:00+00:00"
	kinds := map[string]struct {
		runs   fedtest.Software
		change func(page object)
		kind   string
		title  string
		shows  string
	}{
		"poll": {fedtest.PieFed(), func(o object) {
			o["type"], o["endTime"], o["votersCount"] = "Question", start, 0
			o["oneOf"] = []any{
				object{"type": "Note", "name": "Middlemarch", "replies": object{"type": "Collection", "totalItems": 0}},
				object{"type": "Note", "name": "Emma", "replies": object{"type": "Collection", "totalItems": 0}},
			}
		}, "Question", "The title", "Middlemarch"},
		"event": {fedtest.PieFed(), func(o object) {
			o["type"], o["startTime"], o["endTime"], o["timezone"] = "Event", start, "2026-10-01T20:00:00+00:00", "Europe/Paris"
			o["joinMode"], o["isOnline"], o["onlineLink"], o["location"] = "free", false, nil, object{"type": "Place", "name": "The library"}
			o["maximumAttendeeCapacity"], o["participantCount"], o["feeAmount"], o["feeCurrency"] = 20, 0, 0, nil
		}, "Event", "The title", "words"},
		"link": {fedtest.PieFed(), func(o object) {
			o["type"], o["attachment"] = "Link", []any{object{"type": "Link", "href": "https://library.example/"}}
		}, "Link", "The title", "words"},
		"gallery": {fedtest.PieFed(), func(o object) {
			o["attachment"] = []any{
				object{"type": "Document", "url": "https://piefed.example/1.webp", "name": "a shelf", "width": 3, "height": 2},
				object{"type": "Document", "url": "https://piefed.example/2.webp", "name": nil, "width": nil, "height": nil},
			}
		}, "Page", "The title", "words"},
		"picture": {fedtest.Lemmy1(), func(o object) {
			o["attachment"] = []any{object{"type": "Image", "url": "https://lemmy.example/pictrs/image/1.png"}}
			o["image"] = object{"type": "Image", "url": "https://lemmy.example/pictrs/image/1.png"}
		}, "Page", "The title", "words"},
		"labelled": {fedtest.Lemmy1(), func(o object) {
			o["tag"] = []any{object{"type": "CommunityPostTag", "id": books + "/tag/news", "preferredUsername": "news"}}
		}, "Page", "The title", "words"},
		"short post": {fedtest.Mbin(), func(o object) {
			o["type"] = "Note"
			delete(o, "name")
		}, "Note", "words", "words"},
	}
	for name, k := range kinds {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, f := w.mastodon(), w.subscriber(k.runs, "forum.example")
				other := w.subscriber(fedtest.Mbin(), "other.example")
				thread := w.wrote(f.Post(w.ctx, "max", books, fedtest.Entry{Title: "The title", Text: "words", Change: k.change}))
				w.wantShown("books", thread)
				got := w.filed("books", thread)
				if got.Title != k.title || got.Kind != k.kind || !strings.Contains(got.HTML, k.shows) || got.Warning != "" {
					t.Errorf("filed as %s %q: %q, warning %q", got.Kind, got.Title, got.HTML, got.Warning)
				}
				w.wantHome(p, "bob", thread)
				w.sees("shown", thread, shown, other)
				said := other.Said("Create")
				if len(said) != 1 || said[0].Body["object"].(object)["type"] != k.kind {
					t.Errorf("announced: %v", said)
				}
				w.wantShown("books", thread, w.wrote(other.Comment(w.ctx, "max", thread, "an answer")))
			})
		})
	}
}

// Votes in a poll and answers chosen are PieFed's own; they are kept, shown to nobody and passed on to nobody.
func TestPieFedsOwnActivities(t *testing.T) {
	inWorld(t, func(w *world) {
		p, f := w.mastodon(), w.subscriber(fedtest.PieFed(), "piefed.example")
		other := w.subscriber(fedtest.PieFed(), "other.example")
		thread := w.publish(p, "ann", mention("a question"))
		heard := len(other.Inbox(""))
		for _, kind := range []string{"PollVote", "ChooseAnswer"} {
			a := w.handmade(f, "max", kind, thread)
			a["choice_text"], a["audience"] = "x", books
			w.did(a, w.sent(f, "max", a))
			w.wantReason(a, group.ReasonNothingToDo)
		}
		w.wantHeard(other, heard)
	})
}

// Lemmy sends the Update of a post whose Create got lost: it is the post.
func TestUpdateOfAPostNeverSeen(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		w.net.Set("groups.example", fedtest.Refused)
		_, _, err := f.Post(w.ctx, "max", books, fedtest.Entry{Title: "Lost", Text: "words"})
		if err == nil {
			w.t.Fatal("the Create arrived")
		}
		w.net.Set("groups.example", fedtest.Fine)
		lost := f.Shown(books)[0]
		w.later(time.Hour)
		w.wantReason(w.did(f.Edit(w.ctx, "max", lost, "found")), group.ReasonThread)
		w.wantShown("books", lost)
		w.wantHome(p, "bob", lost)
	})
}

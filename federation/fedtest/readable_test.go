package fedtest_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folkmoot/group"
	"folkmoot/store"
)

// TestEveryKindOfPostCanBeRead sends what software of each kind sends and looks at what the pages get.
func TestEveryKindOfPostCanBeRead(t *testing.T) {
	const rel = ` rel="nofollow noopener noreferrer ugc"`
	tests := map[string]struct {
		members object
		want    store.Post // of it, what is compared below
	}{
		"link of Lemmy": {
			object{
				"type": "Page", "name": "Tea: a history", "content": nil, "contentMap": nil, "language": object{"identifier": "fr", "name": "Français"},
				"attachment": []object{{"type": "Link", "href": "https://news.example/tea"}},
				"image":      object{"type": "Image", "url": "https://lemmy.example/thumbnail.png"},
				"tag":        []object{{"type": "CommunityPostTag", "id": "https://lemmy.example/t/1", "preferredUsername": "history"}},
			},
			store.Post{Kind: "Page", Title: "Tea: a history", Link: "https://news.example/tea", Language: "fr", Flairs: []string{"history"}},
		},
		"picture of Mastodon": {
			object{"content": "<p>My cat :blobcat:</p>", "attachment": []object{{
				"type": "Document", "mediaType": "image/png", "url": "https://files.example/c.png", "name": "a black\ncat", "blurhash": "x",
			}}},
			store.Post{
				Kind: "Note", Title: "My cat :blobcat:", HTML: "<p>My cat :blobcat:</p>", Language: "en",
				Media: []group.Media{{Kind: "Image", URL: "https://files.example/c.png", Type: "image/png", Alt: "a black cat"}},
			},
		},
		"warning of Mastodon": {
			object{"content": "<p>Cake</p>", "summary": "food", "sensitive": true},
			store.Post{Kind: "Note", Title: "food", HTML: "<p>Cake</p>", Warning: "food", Language: "en"},
		},
		"article of WordPress": {
			object{
				"type": "Article", "name": "On tea", "summary": "<p>What it is.</p>", "sensitive": nil,
				"content": `<p>It is a leaf. <img src="https://wp.example/leaf.jpg" alt="a leaf"></p>`,
			},
			store.Post{
				Kind: "Article", Title: "On tea", Language: "en",
				HTML: `<p><em>What it is.</em></p><p>It is a leaf. <a href="https://wp.example/leaf.jpg"` + rel + `>Image: a leaf</a></p>`,
			},
		},
		"poll of Mastodon": {
			object{
				"type": "Question", "content": "<p>Tea?</p>", "endTime": "2030-05-11T09:03:36Z", "votersCount": 3,
				"oneOf": []object{
					{"type": "Note", "name": "yes", "replies": object{"type": "Collection", "totalItems": 2}},
					{"type": "Note", "name": "no", "replies": object{"type": "Collection", "totalItems": 1}},
				},
			},
			store.Post{
				Kind: "Question", Title: "Tea?", Language: "en",
				HTML: "<p>Tea?</p><ul><li>yes: 2 votes</li><li>no: 1 vote</li></ul><p>3 people voted so far. Votes are taken until 11 May 2030, 09:03 UTC.</p>",
			},
		},
		"event of Mobilizon": {
			object{
				"type": "Event", "name": "Tea party", "content": "<p>Come!</p>", "startTime": "2030-05-11T14:00:00+02:00", "endTime": "2030-05-11T16:00:00+02:00",
				"location": object{"type": "Place", "name": "Garden", "address": object{"type": "PostalAddress", "addressLocality": "Nantes"}}, "onlineLink": "https://call.example/1",
			},
			store.Post{
				Kind: "Event", Title: "Tea party", Language: "en",
				HTML: `<ul><li>When: 11 May 2030, 12:00 – 14:00 UTC</li><li>Where: Garden, Nantes</li><li>Online: <a href="https://call.example/1"` + rel +
					`>https://call.example/1</a></li></ul><p>Come!</p>`,
			},
		},
		"video of PeerTube": {
			object{
				"type": "Video", "name": "Tea, filmed", "content": "Boil **water**.", "mediaType": "text/markdown", "contentMap": nil,
				"url": []object{{"type": "Link", "mediaType": "text/html", "href": "https://mastodon.example/w/1"}, {"type": "Link", "mediaType": "video/mp4", "href": "https://cdn.example/1.mp4"}},
			},
			store.Post{
				Kind: "Video", Title: "Tea, filmed", HTML: "<p>Boil **water**.</p>", URL: "https://mastodon.example/w/1",
				Media: []group.Media{{Kind: "Video", URL: "https://mastodon.example/w/1"}},
			},
		},
		"sensitive link": {
			object{"type": "Page", "name": "x", "content": "<p>y</p>", "sensitive": true},
			store.Post{Kind: "Page", Title: "x", HTML: "<p>y</p>", Warning: "Marked as sensitive", Language: "en"},
		},
	}
	inWorld(t, func(w *world) {
		p := w.mastodon()
		for name, test := range tests {
			post := mention("")
			post.Change = func(note object) {
				maps.Copy(note, test.members)
				maps.DeleteFunc(note, func(_ string, v any) bool { return v == nil })
				if html, ok := note["content"].(string); ok && note["contentMap"] != nil {
					note["contentMap"] = object{"en": html}
				}
			}
			uri := w.publish(p, "ann", post)
			got := w.read(uri)
			if test.want.URL == "" {
				got.URL = ""
			}
			got = store.Post{
				Kind: got.Kind, Title: got.Title, HTML: got.HTML, Warning: got.Warning, Link: got.Link, URL: got.URL, Language: got.Language,
				Media: got.Media, Flairs: got.Flairs,
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
		}
	})
}

// read is a post of the book club as the pages get it.
func (w *world) read(uri string) store.Post {
	w.t.Helper()
	posts, err := w.store.Threads(w.ctx, "books", 0, 100)
	w.must(err)
	for _, p := range posts {
		if p.URI == uri {
			return p
		}
	}
	w.t.Fatalf("%s is not among the threads of the book club", uri)
	return store.Post{}
}

// TestEditsChangeWhatHangsOnAPost covers the votes of a poll too: Mastodon tells of them by an Update.
func TestEditsChangeWhatHangsOnAPost(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		poll := func(votes int) object {
			return object{"oneOf": []object{{"type": "Note", "name": "yes", "replies": object{"type": "Collection", "totalItems": votes}}}}
		}
		question := mention("Tea?")
		question.Change = func(note object) {
			maps.Copy(note, poll(0))
			note["type"] = "Question"
		}
		uri, create, err := p.Publish(w.ctx, "ann", books, question)
		w.must(err)
		w.settle()
		w.later(1e9)
		edited := maps.Clone(create["object"].(object))
		maps.Copy(edited, poll(7))
		edited["updated"] = p.Later(0)
		edited["attachment"] = []object{{"type": "Document", "mediaType": "image/png", "url": "https://files.example/c.png"}}
		update := p.Activity("ann", "Update", edited)
		update["to"], update["cc"] = create["to"], create["cc"]
		if status, err := p.Send(w.ctx, "ann", books+"/inbox", update); err != nil || status != 202 {
			t.Fatalf("%d, %v", status, err)
		}
		w.settle()
		got := w.read(uri)
		if !strings.Contains(got.HTML, "yes: 7 votes") || len(got.Media) != 1 {
			t.Errorf("edited to %s with %s", got.HTML, fmt.Sprint(got.Media))
		}
	})
}

package group

import (
	"reflect"
	"testing"
	"time"
)

func TestContentNotices(t *testing.T) {
	w := Welcome{Warnings: map[string]string{"food": "Food", "#War": "War"}}
	for name, tt := range map[string]struct {
		post Post
		want string
	}{
		"topic":          {Post{Tags: []string{"books", "Food"}}, "Food"},
		"written with #": {Post{Tags: []string{"war"}}, "War"},
		"own warning":    {Post{Tags: []string{"food"}, Warning: "mine"}, "mine"},
		"no topic":       {Post{Tags: []string{"foods"}}, ""},
	} {
		if got := w.Dress(tt.post).Warning; got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	s := State{Group: openGroup(), Member: member(), Addressed: true}
	s.Group.Welcome = w
	p := annsPost()
	p.Tags = []string{"food"}
	if d := Decide(s, publishing(p)); d.Effects[0].(File).Post.Warning != "Food" || p.Warning != "" {
		t.Errorf("filed with %q", d.Effects[0].(File).Post.Warning)
	}
}

// Help is sent to whoever wrote the words and to nobody else, once a week, whatever else becomes of the post.
func TestHelp(t *testing.T) {
	const now = 100 * 24 * 60 * 60
	post := func(text string) *Post { p := annsPost(); p.HTML = text; return p }
	for name, tt := range map[string]struct {
		post *Post
		told int64
		bot  bool
		want bool
	}{
		"a word":           {post("<p>I feel <b>Alone</b>.</p>"), 0, false, true},
		"a phrase":         {post("<p>there is no way<br>out!</p>"), 0, false, true},
		"a part of a word": {post("<p>loaned, not alone-ish? Standalone.</p>"), 0, false, true},
		"only inside":      {post("<p>standalone and loner</p>"), 0, false, false},
		"in an address":    {post(`<p><a href="https://x.example/alone">x</a></p>`), 0, false, false},
		"told this week":   {post("<p>alone</p>"), now - 6*24*60*60, false, false},
		"told last week":   {post("<p>alone</p>"), now - 8*24*60*60, false, true},
		"a machine":        {post("<p>alone</p>"), 0, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := State{Group: openGroup(), Member: member(), Addressed: true, Told: Told{NoticeHelp: tt.told}}
			s.Group.Welcome = Welcome{HelpWords: []string{"alone", "No way out"}, Help: "You can call us."}
			r := publishing(tt.post)
			r.At, r.By.Bot = time.Unix(now, 0), tt.bot
			var notes []Tell
			for _, e := range Decide(s, r).Effects {
				if tell, ok := e.(Tell); ok && tell.What == TellNote {
					notes = append(notes, tell)
				}
			}
			want := []Tell{{What: TellNote, To: ann, Text: own("You can call us.")}}
			if !tt.want {
				want = nil
			}
			if !reflect.DeepEqual(notes, want) {
				t.Errorf("told %+v, want %+v", notes, want)
			}
		})
	}
}

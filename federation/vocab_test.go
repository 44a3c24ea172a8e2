package federation

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestFewFilesKnowGoFed keeps the door to replacing it: what some files build, others can. None takes in what sets all of it up.
func TestFewFilesKnowGoFed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			if strings.Contains(spec.Path.Value, "go-fed/activity") && !strings.HasPrefix(name, "vocab") {
				t.Errorf("%s imports %s; only the vocab files may", name, spec.Path.Value)
			}
			if spec.Path.Value == `"github.com/go-fed/activity/streams"` {
				t.Errorf("%s imports %s, with which the program is half as large again", name, spec.Path.Value)
			}
			if strings.Contains(spec.Path.Value, "go-fed/activity/pub") {
				t.Errorf("%s imports %s, which rewrites what others wrote", name, spec.Path.Value)
			}
		}
	}
}

func TestVocabActivities(t *testing.T) {
	in := envelope{
		ID: "https://g.example/a/x/1", Actor: "https://g.example/g/b", Object: "https://p.example/é#1#2",
		To: []string{"https://p.example/%7Eann"}, Cc: []string{"https://p.example/1", "https://p.example/2"},
		Published: time.Date(2026, 8, 1, 12, 0, 0, 999, time.FixedZone("", 7200)),
	}
	for kind, build := range map[string]func(envelope) (document, error){
		"Accept": vocabAccept, "Reject": vocabReject, "Announce": vocabAnnounce, "Undo": vocabUndo, "Create": vocabCreate, "Update": vocabUpdate,
		"Add": vocabAdd, "Remove": vocabRemove, "Delete": vocabDelete, "Move": vocabMove, "Block": vocabBlock, "Follow": vocabFollow,
	} {
		got, err := build(in)
		if err != nil {
			t.Fatal(err)
		}
		want := document{
			"@context": activityContext(), "id": in.ID, "type": kind, "actor": in.Actor, "object": in.Object,
			"to": []any{in.To[0]}, "cc": []any{in.Cc[0], in.Cc[1]}, "published": "2026-08-01T10:00:00Z",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
}

// TestRemoteIDsSurvive is why iri does not parse: an id that comes back changed names something else.
func TestRemoteIDsSurvive(t *testing.T) {
	rest := rapid.OneOf(rapid.StringMatching(`p\.example/[a-zA-Z%~?#&=é:@ ]{0,20}`), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		uri := "https://" + rest.Draw(t, "uri")
		d, err := vocabAnnounce(envelope{ID: uri, Actor: uri, Object: uri, To: []string{uri}, Cc: []string{uri}})
		if err != nil {
			t.Fatal(err)
		}
		want := document{
			"@context": activityContext(), "type": "Announce", "id": uri, "actor": uri, "object": uri, "to": []any{uri}, "cc": []any{uri},
		}
		if diff := cmp.Diff(want, d); diff != "" {
			t.Fatal(diff)
		}
	})
}

package fedtest_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// fixture is a recorded payload of another server.
type fixture struct {
	name string // file name without its end
	raw  []byte
	tree object // nil if it is no JSON object
}

// fixtures reads the payloads by platform. They are not part of the repository because their licences differ; FOLKMOOT_FIXTURES
// names the directory that holds one directory per platform.
func fixtures(t *testing.T) map[string][]fixture {
	t.Helper()
	dir := os.Getenv("FOLKMOOT_FIXTURES")
	if dir == "" {
		t.Skip("FOLKMOOT_FIXTURES is not set: it must name the directory of recorded payloads of other servers")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no payloads in %s (%v)", dir, err)
	}
	out := map[string][]fixture{}
	for _, path := range paths {
		platform := filepath.Base(filepath.Dir(path))
		if platform == "http" { // signature vectors, not payloads
			continue
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f := fixture{name: strings.TrimSuffix(filepath.Base(path), ".json"), raw: standIns(platform, raw)}
		f.tree, _ = decode(f.raw)
		out[platform] = append(out[platform], f)
	}
	return out
}

// standIns puts values where recordings have none: Mbin's snapshots have ids and dates blotted out, GoToSocial's are Go source.
func standIns(platform string, raw []byte) []byte {
	n := 0
	s := regexp.MustCompile(`"SCRUBBED_ID"`).ReplaceAllStringFunc(string(raw), func(string) string {
		n++
		return fmt.Sprintf(`"https://kbin.test/scrubbed/%d"`, n)
	})
	s = strings.ReplaceAll(s, `"SCRUBBED_DATE"`, `"2026-01-01T00:00:00Z"`)
	if platform == "gotosocial" {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\"` + ", `"https://fossbros-anonymous.io/`), " + `\"", `"`)
	}
	return []byte(s)
}

// library collects the documents among the payloads by their ids, so that what a payload refers to can be fetched.
func library(all map[string][]fixture) map[string]object {
	out := map[string]object{}
	for _, files := range all {
		for _, f := range files {
			id, _ := f.tree["id"].(string)
			if id != "" && out[id] == nil && !isActivityType(typeOf(f.tree)) && !strings.Contains(id, "/scrubbed/") {
				out[id] = f.tree
			}
		}
	}
	return out
}

// fixtureTime is later than every date in the payloads.
func fixtureTime() time.Time { return time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC) }

// TestFixturesAtTheInbox plays every payload: its actor signs it, its group is one of this server, what it is about is there.
// First somebody else sends it, which must change nothing; then its actor, and what its kind demands must follow.
func TestFixturesAtTheInbox(t *testing.T) {
	onStages(t, anyFixture, (*stage).play)
}

// play sends one payload, by a stranger and then by its actor.
func (s *stage) play(f fixture) {
	s.perform(f.tree)
	if !s.isActivity(f) {
		s.refused(f)
		return
	}
	evil := s.person("https://"+s.host("evil."+s.place("example"))+"/users/mal", "Person")
	want := s.scene()
	before := s.everything()
	if status := s.sendAs(evil, home+"/inbox", s.encode(s.tree)); status != http.StatusAccepted {
		s.errorf("sent by somebody else: status %d", status)
	}
	s.unchanged("sent by somebody else, it", before, s.everything())
	body := s.encode(s.tree)
	if status := s.sendAs(s.actor, s.group+"/inbox", body); status != http.StatusAccepted {
		s.errorf("status %d", status)
	}
	want()
	s.wantKept(body)
}

// refused is for payloads that are no activities: that is found out before anybody asks who signed.
func (s *stage) refused(f fixture) {
	s.t.Helper()
	before, kept := s.everything(), s.number(`SELECT COUNT(*) FROM inbox`)
	body := f.raw
	if s.tree != nil && !isSpoilt(f.name) {
		body = s.encode(s.tree)
	}
	if status := s.post(body, func(*http.Request) error { return nil }).StatusCode; status != http.StatusBadRequest {
		s.errorf("no activity, but status %d", status)
	}
	s.unchanged("it", before, s.everything())
	if s.number(`SELECT COUNT(*) FROM inbox`) != kept {
		s.errorf("it is kept although it is no activity")
	}
}

// isSpoilt names payloads that no JSON library writes back as they are: one has a key twice, one is too deep.
func isSpoilt(name string) bool {
	return name == "doc__fep_8a8e_fep-8a8e__11" || name == "evil__deep_nesting"
}

// isActivity says whether a payload is an activity: it has a type, and one actor with an address.
func (s *stage) isActivity(f fixture) bool {
	if s.tree == nil || typeOf(s.tree) == "" || isSpoilt(f.name) {
		return false
	}
	actors := list(s.tree["actor"])
	for _, actor := range actors {
		if !strings.HasPrefix(idOf(actor), "https://") || idOf(actor) != s.actor {
			return false
		}
	}
	return len(actors) > 0
}

// wantKept checks that the bytes are kept as they came, under the activity's own id if it is the actor's to give.
func (s *stage) wantKept(body []byte) {
	s.t.Helper()
	id := idOf(s.tree["id"])
	if hostIn(id) != hostIn(s.actor) || strings.ContainsAny(id, " ") {
		if s.number(`SELECT COUNT(*) FROM inbox WHERE signer = $1 AND raw = $2`, s.actor, body) != 1 {
			s.errorf("the bytes are not kept")
		}
		return
	}
	raw, err := s.store.ReceivedRaw(s.ctx, id, s.actor)
	if err != nil || string(raw) != string(body) {
		s.errorf("kept %s (%v), want what came: %s", raw, err, body)
	}
}

// wantNothingLeft checks that every activity got its answer, even those about what cannot be fetched.
func (w *world) wantNothingLeft() {
	w.t.Helper()
	rows, err := w.database().QueryContext(w.ctx, `SELECT activity, attempts FROM inbox WHERE state <> 'done'`)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var id string
		var attempts int
		w.must(rows.Scan(&id, &attempts))
		w.t.Errorf("%s is undecided after %d attempts", id, attempts)
	}
	w.must(rows.Err())
	for _, e := range w.net.Log() {
		if e.Host == "groups.example" && (e.Status >= 500 || e.Status == http.StatusGone || e.Status == http.StatusTeapot) {
			w.t.Errorf("%s %s was answered %d", e.Method, e.Path, e.Status)
		}
	}
}

// TestFixturesSentByAStranger sends every payload byte for byte as it was recorded, signed by somebody it does not name.
func TestFixturesSentByAStranger(t *testing.T) {
	for platform, files := range fixtures(t) {
		t.Run(platform, func(t *testing.T) {
			inWorldAt(t, fixtureTime(), func(w *world) {
				p := w.mastodon()
				evil := w.peer("evil.example", "mastodon", "mal")
				w.follow(evil, "mal", books)
				w.publish(p, "ann", mention("A thread"))
				before := w.everything()
				for _, f := range files {
					w.answerNothing(f.raw)
					for _, inbox := range []string{home + "/inbox", books + "/inbox"} {
						status, err := evil.SendBytes(w.ctx, "mal", inbox, f.raw)
						w.must(err)
						if status != http.StatusAccepted && status != http.StatusBadRequest {
							t.Errorf("%s: status %d", f.name, status)
						}
					}
					w.settle()
					if d := difference(before, w.everything()); d != "" {
						t.Errorf("%s had an effect:\n%s", f.name, d)
					}
				}
				w.later(26 * time.Hour)
				if d := difference(before, w.everything()); d != "" {
					t.Errorf("a day later there was an effect:\n%s", d)
				}
				w.wantNothingLeft()
			})
		})
	}
}

// answerNothing makes the hosts that a payload names answer 404.
func (w *world) answerNothing(raw []byte) {
	for _, m := range regexp.MustCompile(`https?:\\?/\\?/([^/\\"?# ]+)`).FindAllSubmatch(raw, -1) {
		switch host := string(m[1]); host {
		case "groups.example", "mastodon.example", "evil.example", "lee.example":
		default:
			w.net.Attach(host, http.NotFoundHandler())
		}
	}
}

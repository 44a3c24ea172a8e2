package federation

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// gotchas is how many traps of the field are known; FEDERATION.md lists what this server does about those that no test shows.
const gotchas = 75

// TestEveryGotchaIsAnswered looks for each by its number ("gotcha" and the number): in a comment next to the test that shows it, or
// in FEDERATION.md, which says why it does not concern this server.
func TestEveryGotchaIsAnswered(t *testing.T) {
	shown, told := map[int]bool{}, map[int]bool{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		return noteGotchas(path, shown)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := noteGotchas(filepath.Join("..", "FEDERATION.md"), told); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= gotchas; n++ {
		switch {
		case !shown[n] && !told[n]:
			t.Errorf("no test names gotcha %d, and FEDERATION.md says nothing of it", n)
		case shown[n] && told[n]:
			t.Errorf("FEDERATION.md says why gotcha %d does not concern this server, and a test shows that it does", n)
		}
	}
	for _, found := range []map[int]bool{shown, told} {
		for n := range found {
			if n < 1 || n > gotchas {
				t.Errorf("there is no gotcha %d", n)
			}
		}
	}
}

// noteGotchas adds the numbers that a file names.
func noteGotchas(path string, found map[int]bool) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, m := range regexp.MustCompile(`\bgotcha (\d+)\b`).FindAllSubmatch(raw, -1) {
		n, err := strconv.Atoi(string(m[1]))
		if err != nil {
			return err
		}
		found[n] = true
	}
	return nil
}

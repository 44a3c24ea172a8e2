package folkmoot_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// arrows says which of our packages each package may import, and why not more.
func arrows() map[string]struct {
	may []string
	why string
} {
	type rule = struct {
		may []string
		why string
	}
	return map[string]rule{
		"folkmoot/group":         {nil, "the rules are pure: no storage, no wire, no clock"},
		"folkmoot/store":         {[]string{"folkmoot/group"}, "storage writes what the rules decide and knows no protocol"},
		"folkmoot/store/archive": {[]string{"folkmoot/store"}, "a backup holds what the store can read"},
		"folkmoot/federation":    {[]string{"folkmoot/group", "folkmoot/store"}, "the wire knows no pages"},
		"folkmoot/federation/fedtest": {
			[]string{"folkmoot/group", "folkmoot/store", "folkmoot/federation"}, "a fediverse in one test needs no pages",
		},
		"folkmoot/federation/interop": {
			[]string{"folkmoot/group", "folkmoot/store", "folkmoot/federation"}, "a foreign server meets the wire, not the pages",
		},
		"folkmoot/web":    {[]string{"folkmoot/group", "folkmoot/store"}, "pages know no wire"},
		"folkmoot/config": {nil, "configuration is read, never acted on"},
	}
}

// only says who alone may import a module, so that replacing it stays the work of one room.
func only() map[string]string {
	return map[string]string{
		"modernc.org/sqlite":         "folkmoot/store",
		"filippo.io/age":             "folkmoot/store/archive",
		"github.com/go-fed/activity": "folkmoot/federation",
		"github.com/go-ap/httpsig":   "folkmoot/federation",
		"github.com/gowebpki/jcs":    "folkmoot/federation",
		"github.com/spf13/viper":     "folkmoot/config",
	}
}

func TestArrows(t *testing.T) {
	for pkg, imports := range ourPackages(t) {
		rule, ok := arrows()[pkg]
		if !ok && !strings.HasPrefix(pkg, "folkmoot/cmd/") && pkg != "folkmoot" {
			t.Errorf("%s is not in the picture: add it to ARCHITECTURE.md and to arrows", pkg)
		}
		for _, imported := range imports {
			if ok && strings.HasPrefix(imported, "folkmoot/") && !slices.Contains(rule.may, imported) {
				t.Errorf("%s imports %s, but %s", pkg, imported, rule.why)
			}
			for module, owner := range only() {
				if strings.HasPrefix(imported, module) && pkg != owner {
					t.Errorf("%s imports %s; only %s may", pkg, imported, owner)
				}
			}
		}
	}
}

func TestRulesUseTheStandardLibraryOnly(t *testing.T) {
	for _, imported := range ourPackages(t)["folkmoot/group"] {
		if strings.Contains(strings.Split(imported, "/")[0], ".") {
			t.Errorf("folkmoot/group imports %s; the rules need nothing but the standard library", imported)
		}
		if slices.Contains([]string{"os", "net", "net/http", "math/rand", "crypto/rand", "database/sql"}, imported) {
			t.Errorf("folkmoot/group imports %s; the rules do no I/O and draw no random numbers", imported)
		}
	}
}

func TestEveryPackageHasADocComment(t *testing.T) {
	for _, line := range golist(t, "{{.ImportPath}}\t{{.Doc}}") {
		pkg, doc, _ := strings.Cut(line, "\t")
		if doc == "" && pkg != "folkmoot" {
			t.Errorf("%s has no doc comment; start it with the flow through the package", pkg)
		}
	}
}

// A line that is logged while a request is served is found by the request's id, which only its context knows.
func TestWhoServesARequestLogsWithItsContext(t *testing.T) {
	for _, folder := range []string{"cmd/folkmoot", "federation", "web"} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no files: %v", folder, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range logsWithout(file) {
				t.Errorf("%s logs without the context of the request", fset.Position(at))
			}
		}
	}
}

// logsWithout finds where functions that get a request log without a context.
func logsWithout(file *ast.File) (found []token.Pos) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch f := n.(type) {
		case *ast.FuncDecl:
			if takesRequest(f.Type) {
				found = append(found, plainLogs(f)...)
				return false
			}
		case *ast.FuncLit:
			if takesRequest(f.Type) {
				found = append(found, plainLogs(f)...)
				return false
			}
		}
		return true
	})
	return found
}

func takesRequest(f *ast.FuncType) bool {
	return slices.ContainsFunc(f.Params.List, func(p *ast.Field) bool { return types.ExprString(p.Type) == "*http.Request" })
}

func plainLogs(within ast.Node) (found []token.Pos) {
	plain := regexp.MustCompile(`(^|\.)[lL]og\.(Debug|Info|Warn|Error)$`)
	ast.Inspect(within, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && plain.MatchString(types.ExprString(call.Fun)) {
			found = append(found, call.Pos())
		}
		return true
	})
	return found
}

func ourPackages(t *testing.T) map[string][]string {
	t.Helper()
	packages := map[string][]string{}
	for _, line := range golist(t, `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`) {
		fields := strings.Fields(line)
		packages[fields[0]] = fields[1:]
	}
	return packages
}

func golist(t *testing.T, format string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", format, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

package main

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

//go:embed cases.txt
var caseText string

// attackCase is one line of cases.txt.
type attackCase struct {
	id, words string
	reason    string // why no test shows it, or ""
}

// caseID finds ids of cases in names of tests.
func caseID() *regexp.Regexp {
	return regexp.MustCompile(`(SIG|ORG|FET|PAY|HTM|MOD|PRV|WEB|QUE|OVL)-[0-9]{2}`)
}

func readCases(text string) ([]attackCase, error) {
	var list []attackCase
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		part := strings.Split(line, " | ")
		if len(part) < 2 || len(part) > 3 || caseID().FindString(part[0]) != part[0] {
			return nil, fmt.Errorf("cases.txt: %q is not an id, what it is and perhaps a reason", line)
		}
		list = append(list, attackCase{id: part[0], words: part[1], reason: strings.Join(part[2:], "")})
	}
	return list, nil
}

// testSource is a test function that names cases, or a script that does.
type testSource struct {
	dir  string // of the package, from the root of the tree
	tags string // that its file wants
	name string
	ids  []string
}

// findTests reads all tests of a tree. A case is named by a string in a test, or in a function beside it that it calls, or by the name
// of a script.
func findTests(root string) (tests []testSource, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("look for tests: %w", err)
		}
		dir := strings.TrimPrefix(strings.TrimPrefix(filepath.Dir(path), root), string(filepath.Separator))
		switch {
		case d.IsDir() && path != root && strings.HasPrefix(d.Name(), "."), d.Name() == "folkmoot-bench", d.Name() == "node_modules":
			return fs.SkipDir
		case strings.HasSuffix(path, ".txtar"):
			tests = append(tests, testSource{dir: filepath.Dir(filepath.Dir(dir)), name: "TestScripts", ids: caseID().FindAllString(d.Name(), -1)})
		case strings.HasSuffix(path, "_test.go"):
			found, err := testsOf(path)
			if err != nil {
				return err
			}
			for i := range found {
				found[i].dir = dir
			}
			tests = append(tests, found...)
		}
		return nil
	})
	return slices.DeleteFunc(tests, func(t testSource) bool { return len(t.ids) == 0 }), err
}

func testsOf(path string) ([]testSource, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("read a test: %w", err)
	}
	tags, tables := tagsOf(file), map[string][]string{}
	for _, f := range functions(file) {
		tables[f.Name.Name] = idsIn(f)
	}
	var tests []testSource
	for _, f := range functions(file) {
		if !strings.HasPrefix(f.Name.Name, "Test") {
			continue
		}
		ids := tables[f.Name.Name]
		ast.Inspect(f, func(n ast.Node) bool { // names of subtests may stand in a table beside the test
			if name, ok := n.(*ast.Ident); ok && name.Name != f.Name.Name {
				ids = append(ids, tables[name.Name]...)
			}
			return true
		})
		slices.Sort(ids)
		tests = append(tests, testSource{tags: tags, name: f.Name.Name, ids: slices.Compact(ids)})
	}
	return tests, nil
}

func functions(file *ast.File) []*ast.FuncDecl {
	var list []*ast.FuncDecl
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
			list = append(list, f)
		}
	}
	return list
}

// idsIn finds the ids in the strings of a function.
func idsIn(f *ast.FuncDecl) []string {
	var ids []string
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			ids = append(ids, caseID().FindAllString(lit.Value, -1)...)
		}
		return true
	})
	return ids
}

// tagsOf returns the tags of ours that a file wants, or "".
func tagsOf(file *ast.File) string {
	for _, group := range file.Comments {
		for _, c := range group.List {
			x, err := constraint.Parse(c.Text)
			if err != nil || group.Pos() > file.Package {
				continue
			}
			var ours []string
			x.Eval(func(tag string) bool {
				if slices.Contains([]string{"faults", "browser", "interop", "snac"}, tag) {
					ours = append(ours, tag)
				}
				return true
			})
			return strings.Join(ours, ",")
		}
	}
	return ""
}

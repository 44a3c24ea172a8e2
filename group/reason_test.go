package group

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// allReasons reads from the source what reasons there are, so that none is left out.
func allReasons(t *testing.T) (out []Reason) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Reason" {
			t.Errorf("%s has no kind", spec.Names[0])
			return true
		}
		word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Error(err)
		}
		out = append(out, Reason(word))
		return true
	})
	if len(out) < 130 {
		t.Fatalf("only %d reasons are found", len(out))
	}
	return out
}

// Every reason has words of its own in every language, to whoever asked and to whoever reads of it.
func TestReasonsInEveryLanguage(t *testing.T) {
	reasons := allReasons(t)
	nothing := Reason("no such reason").Sentence()
	for lang := range languages() {
		same := map[string]Reason{}
		for _, r := range reasons {
			words, answer := r.SentenceIn(lang), r.In(lang)
			if words == nothing || answer == nothing {
				t.Errorf("%s: %s has no words", lang, r)
			}
			if lang != English && (words == r.Sentence() || answer == r.In(English)) {
				t.Errorf("%s: %s is said in English: %q, %q", lang, r, words, answer)
			}
			if other, taken := same[words]; taken && r.Sentence() != other.Sentence() && !alike(r, other) {
				t.Errorf("%s: %s and %s say the same: %q", lang, r, other, words)
			}
			same[words] = r
		}
	}
}

// alike says whether two reasons may be said in the same words: who owns a group alone is of a higher role.
func alike(a, b Reason) bool {
	both := map[Reason]bool{ReasonHigherRole: true, ReasonNotOwner: true}
	return both[a] && both[b]
}

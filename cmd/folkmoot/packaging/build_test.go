package main

import (
	"fmt"
	"strings"
	"testing"
)

// The same program has the same SBOM, whatever machine built the tool that writes it.
func TestSBOMIsTheSameOfAnyTool(t *testing.T) {
	written := func(toolSum string) string {
		bom, err := withoutToolSums(fmt.Appendf(nil, `{"specVersion": "1.6", "version": 1,
			"metadata": {"tools": [{"name": "cyclonedx-gomod", "version": "v1.10.0", "hashes": [{"alg": "MD5", "content": %q}]}]},
			"components": [{"name": "a", "hashes": [{"alg": "SHA-256", "content": "abc"}], "purl": "pkg:golang/a@v1?goos=linux&type=module"}]}`, toolSum))
		if err != nil {
			t.Fatal(err)
		}
		return string(bom)
	}
	one, two := written("11"), written("22")
	if one != two {
		t.Errorf("with another tool it is\n%s\ninstead of\n%s", two, one)
	}
	for _, want := range []string{`"name": "cyclonedx-gomod"`, `"v1.10.0"`, `"content": "abc"`, `"version": 1`} {
		if !strings.Contains(one, want) {
			t.Errorf("%s is gone from\n%s", want, one)
		}
	}
	if _, err := withoutToolSums([]byte(`{"metadata": {"tools": {"components": []}}}`)); err == nil {
		t.Error("another form of tools, where the sums may be elsewhere, is taken as if it had none")
	}
}

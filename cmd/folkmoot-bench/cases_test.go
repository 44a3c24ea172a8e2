package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Every case has a test or says why not; no test names one that is not in the list; and docs/security.md has them all.
func TestEveryCaseHasATestOrAReason(t *testing.T) {
	list, err := readCases(caseText)
	if err != nil {
		t.Fatal(err)
	}
	tests, err := findTests("../..")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, c := range list {
		if slices.Contains(known, c.id) {
			t.Errorf("%s stands twice in cases.txt", c.id)
		}
		known = append(known, c.id)
		tested := slices.ContainsFunc(tests, func(s testSource) bool { return slices.Contains(s.ids, c.id) })
		switch {
		case !tested && c.reason == "":
			t.Errorf("%s has neither a test nor a reason: %s", c.id, c.words)
		case !strings.Contains(string(page), "| "+c.id+" | "+c.words+" |"):
			t.Errorf("docs/security.md lacks %s as it is: run make cases", c.id)
		}
	}
	for _, s := range tests {
		for _, id := range s.ids {
			if !slices.Contains(known, id) {
				t.Errorf("%s in %s names %s, which is not in cases.txt", s.name, s.dir, id)
			}
		}
	}
}

func TestResultsOfCases(t *testing.T) {
	results := []caseResult{
		{attackCase: attackCase{id: "SIG-01"}, result: "not tested"},
		{attackCase: attackCase{id: "SIG-02"}, result: "not tested"},
		{attackCase: attackCase{id: "WEB-01", reason: "nobody signs in"}, result: "not tested"},
		{attackCase: attackCase{id: "QUE-02"}, result: "not tested"},
	}
	events := `{"Action":"run","Package":"folkmoot/federation","Test":"TestA/SIG-01_x"}
{"Action":"pass","Package":"folkmoot/federation","Test":"TestA/SIG-01_x"}
{"Action":"fail","Package":"folkmoot/federation","Test":"TestB/SIG-01_SIG-02"}
{"Action":"pass","Package":"folkmoot/federation","Test":"TestC/SIG-02"}
{"Action":"pass","Package":"folkmoot/federation","Test":"TestC"}
{"Action":"output","Package":"folkmoot/store","Test":"TestE/QUE-02","Output":"    e_test.go:7: 312 acknowledged, none lost; 40 refused\n"}
{"Action":"output","Package":"folkmoot/store","Test":"TestE/QUE-02","Output":"    e_test.go:8: 5 refused\n"}
{"Action":"pass","Package":"folkmoot/store","Test":"TestE/QUE-02/one"}
{"Action":"pass","Package":"folkmoot/store","Test":"TestE/QUE-02#01"}
{"Action":"pass","Package":"folkmoot/store","Test":"TestE/QUE-02"}
no event
{"Action":"skip","Package":"folkmoot/federation","Test":"TestD/SIG-02"}
`
	if err := record(strings.NewReader(events), results); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"failed: TestB/SIG-01_SIG-02", "failed: TestB/SIG-01_SIG-02, TestD/SIG-02", "not tested: nobody signs in", "passed, tried in 2 ways. 312 acknowledged, none lost; 40 refused"} {
		if got := results[i].remark(); got != want {
			t.Errorf("%s: %s, want %s", results[i].id, got, want)
		}
	}
	if got := summary(results); got != "1 passed, 2 failed, 1 not tested. Passed by group: SIG 0 of 2, WEB 0 of 1, QUE 1 of 1. "+
		"Tried in 7 ways. Under faults 312 activities were acknowledged, and 0 of them lost." {
		t.Error(got)
	}
}

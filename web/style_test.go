package web

import (
	"regexp"
	"testing"
)

// TestStyleSheetKeepsToItsScales finds sizes of words, room, corners and gaps that are none of the steps at the head of the sheet.
func TestStyleSheetKeepsToItsScales(t *testing.T) {
	sheet, err := files.ReadFile("static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	rule := regexp.MustCompile(`(?:^|[\s{;])((?:font|font-size|(?:scroll-)?(?:margin|padding)[a-z-]*|(?:row-|column-)?gap|border-radius):[^;}]+)`)
	loose := regexp.MustCompile(`[\d.]+(?:rem|px|pt)`)
	n := 0
	for _, m := range rule.FindAllStringSubmatch(string(sheet), -1) {
		n++
		for _, size := range loose.FindAllString(m[1], -1) {
			if size != "1px" { // a hairline
				t.Errorf("style.css has %q; use a step of the scales at its head", m[1])
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d sizes were found in the style sheet", n)
	}
}

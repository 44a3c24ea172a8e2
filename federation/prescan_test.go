package federation

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPrescanRefuses(t *testing.T) {
	nested := func(n int) string { return `{"o":` + strings.Repeat("[", n) + strings.Repeat("]", n) + "}" }
	tests := map[string]string{
		"nothing":                    ``,
		"only space":                 ` `,
		"array":                      `[]`,
		"string":                     `"x"`,
		"null":                       `null`,
		"byte order mark":            "\ufeff{}",
		"trailing text":              `{} x`,
		"second document":            `{}{}`,
		"trailing NUL":               "{}\x00",
		"trailing comma":             `{"a":1,}`,
		"missing comma":              `{"a":1 "b":2}`,
		"missing colon":              `{"a" 1}`,
		"missing value":              `{"a":}`,
		"number as key":              `{1:2}`,
		"single quotes":              `{'a':1}`,
		"comment":                    `{/* */"a":1}`,
		"open object":                `{"a":1`,
		"open array":                 `{"a":[1`,
		"open string":                `{"a":"x`,
		"array comma":                `{"a":[1,]}`,
		"NaN":                        `{"a":NaN}`,
		"leading zero":               `{"a":01}`,
		"plus":                       `{"a":+1}`,
		"bare minus":                 `{"a":-}`,
		"no digits after the point":  `{"a":1.}`,
		"no digits before the point": `{"a":.5}`,
		"no digits in the exponent":  `{"a":1e}`,
		"hexadecimal":                `{"a":0x10}`,
		"number of 65 digits":        `{"a":` + strings.Repeat("1", 65) + `}`,
		"infinite number":            `{"a":-1e309}`,
		"half a word":                `{"a":tru}`,
		"capital word":               `{"a":True}`,
		"bad escape":                 `{"a":"\x41"}`,
		"short escape":               `{"a":"\u12"}`,
		"bad digits":                 `{"a":"\u12g4"}`,
		"raw line end":               "{\"a\":\"x\ny\"}",
		"raw NUL":                    "{\"a\":\"x\x00y\"}",
		"escaped NUL":                `{"a":"x\u0000y"}`,
		"escaped NUL in a key":       `{"a\u0000":1}`,
		"high surrogate alone":       `{"a":"\ud83d"}`,
		"high surrogate, text":       `{"a":"\ud83dxxxxxx"}`,
		"two high surrogates":        `{"a":"\ud83d\ud83d"}`,
		"low surrogate alone":        `{"a":"\ude00"}`,
		"surrogates swapped":         `{"a":"\ude00\ud83d"}`,
		"invalid UTF-8":              "{\"a\":\"\xff\"}",
		"overlong UTF-8":             "{\"a\":\"\xc0\xaf\"}",
		"surrogate in UTF-8":         "{\"a\":\"\xed\xa0\x80\"}",
		"duplicate key":              `{"actor":"a","actor":"b"}`,
		"duplicate key, escaped":     `{"actor":"a","a\u0063tor":"b"}`,
		"duplicate key, both":        `{"\u0061ctor":"a","a\u0063tor":"b"}`,
		"duplicate key, slash":       `{"a/b":1,"a\/b":2}`,
		"duplicate key, surrogates":  `{"😀":1,"\ud83d\ude00":2}`,
		"duplicate empty key":        `{"":1,"":2}`,
		"duplicate key, deep":        `{"a":[{"b":{"c":1,"d":2,"c":3}}]}`,
		"duplicate after nesting":    `{"a":{"x":1},"b":[{"a":2}],"a":3}`,
		"array nesting":              nested(32),
		"deep array, unclosed":       `{"a":` + strings.Repeat("[", 100_000),
		"deep objects, unclosed":     strings.Repeat(`{"a":`, 100_000),
		"1001 members":               `{"a":[` + strings.Repeat("1,", 1000) + `1]}`,
		"201 keys":                   `{` + manyKeys(201) + `}`,
		"long string":                `{"a":"` + strings.Repeat("x", 100_001) + `"}`,
		"long key":                   `{"` + strings.Repeat("x", 100_001) + `":1}`,
		"long escaped string":        `{"a":"` + strings.Repeat(`\u00e9`, 50_001) + `"}`,
		"more than a megabyte":       `{"a":1` + strings.Repeat(" ", 1<<20) + `}`,
	}
	for name, doc := range tests {
		t.Run(name, func(t *testing.T) {
			err := prescan([]byte(doc), defaultJSONLimits())
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("prescan accepted %.80q (err %v)", doc, err)
			}
			if len(err.Error()) > 200 {
				t.Errorf("the error repeats the document: %.300s", err)
			}
		})
	}
}

func TestPrescanAccepts(t *testing.T) {
	tests := map[string]string{
		"empty":                 `{}`,
		"space":                 " \t\r\n{ \"a\" : [ ] , \"b\" : { } } \n",
		"every kind":            `{"a":[null,true,false,0,-0,-1.5e+10,1E-2,"x",{},[]]}`,
		"every escape":          `{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`,
		"last code points":      `{"a":"\uffff\udbff\udfff","b":"` + "\U0010ffff" + `"}`,
		"same key in siblings":  `{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}],"x":1}`,
		"key differing in case": `{"actor":1,"Actor":2}`,
		"31 arrays in 1 object": `{"o":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + "}",
		"1000 members":          `{"a":[` + strings.Repeat("1,", 999) + `1]}`,
		"200 keys":              `{` + manyKeys(200) + `}`,
		"100000 bytes":          `{"a":"` + strings.Repeat("x", 100_000) + `"}`,
		"100000 bytes, escaped": `{"a":"` + strings.Repeat(`\u00e9`, 50_000) + `"}`,
	}
	for name, doc := range tests {
		t.Run(name, func(t *testing.T) {
			if err := prescan([]byte(doc), defaultJSONLimits()); err != nil {
				t.Fatal(err)
			}
			if !json.Valid([]byte(doc)) {
				t.Fatal("the test's own document is not JSON")
			}
		})
	}
}

func manyKeys(n int) string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"k%d":1`, i)
	}
	return strings.Join(keys, ",")
}

// TestRawValueAgrees compares the cutting of objects with encoding/json on generated documents.
func TestRawValueAgrees(t *testing.T) {
	text := rapid.StringOf(rapid.RuneFrom([]rune("ab\"\\/{}[],: \té😀\u2028<&")))
	rapid.Check(t, func(rt *rapid.T) {
		want := rapid.MapOfN(text, rapid.SliceOfN(text, 0, 5), 0, 8).Draw(rt, "document")
		raw, err := json.MarshalIndent(want, rapid.SampledFrom([]string{"", " "}).Draw(rt, "prefix"), "\t")
		if err != nil {
			rt.Fatal(err)
		}
		o, err := scanObject(raw)
		if err != nil {
			rt.Fatalf("prescan refused %s: %v", raw, err)
		}
		if len(o) != len(want) {
			rt.Fatalf("%d members instead of %d in %s", len(o), len(want), raw)
		}
		for key, items := range want {
			got := o.get(key).list()
			if len(got) != len(items) {
				rt.Fatalf("%q: %d items instead of %d", key, len(got), len(items))
			}
			for i, item := range items {
				if got[i].text() != item {
					rt.Fatalf("%q: %q instead of %q", key, got[i].text(), item)
				}
			}
		}
	})
}

// TestLargeBodiesCostLittle feeds what costs a vocabulary library hundreds of megabytes (security: payload exhaustion).
func TestLargeBodiesCostLittle(t *testing.T) {
	list := func(key, item string, n int) string {
		return `{"id":"https://a.example/1","type":"Create","actor":"https://a.example/u","` + key + `":[` +
			strings.TrimSuffix(strings.Repeat(item+",", n), ",") + `]}`
	}
	tests := map[string]string{
		"20k tags":         list("tag", `{"type":"Mention","href":"https://a.example/u"}`, 20_000),
		"50k recipients":   list("to", `"https://a.example"`, 50_000),
		"10k attachments":  list("attachment", `{"type":"Image","url":"https://a.example/i.png"}`, 10_000),
		"10k poll options": list("oneOf", `{"type":"Note","name":"x"}`, 10_000),
		"nesting 10000":    strings.Repeat(`{"object":`, 10_000) + "1" + strings.Repeat("}", 10_000),
		"1 MB of name":     `{"name":"` + strings.Repeat("x", 1<<20-20) + `"}`,
		"many small keys":  `{"a":[` + strings.TrimSuffix(strings.Repeat(`{`+manyKeys(199)+`},`, 600), ",") + `]}`,
		"1000 lists":       list("tag", `[`+strings.TrimSuffix(strings.Repeat("[],", 300), ",")+`]`, 999),
	}
	for name, doc := range tests {
		t.Run("PAY-02 PAY-03 "+name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, errA := decodeActivity([]byte(doc))
			_, errO := decodeObject([]byte(doc), time.Now(), newSanitizer())
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 10<<20 {
				t.Errorf("allocated %d bytes", used)
			}
			if name != "1000 lists" && (errA == nil || errO == nil) {
				t.Error("accepted")
			}
		})
	}
}

func TestPrescanAllocatesOnce(t *testing.T) {
	doc := []byte(`{"id":"https://a.example/1","type":["Create"],"object":{"id":"https://a.example/2","tag":[{"name":"\u00e9"}]}}`)
	allocs := testing.AllocsPerRun(100, func() {
		if err := prescan(doc, defaultJSONLimits()); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 2 {
		t.Errorf("%v allocations", allocs)
	}
}

func FuzzPrescan(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"\u00e9",{"b":null}]}`, `{"a":1,"\u0061":2}`, `{"a":"\ud83d\ude00"}`, `{"a":-0.5e1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if prescan(raw, defaultJSONLimits()) != nil {
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		got, err := scanObject(raw)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d members, encoding/json has %d (%v)", len(got), len(want), err)
		}
		for _, field := range got {
			if string(field.value) != string(want[field.key]) {
				t.Fatalf("%q: %s, encoding/json has %s", field.key, field.value, want[field.key])
			}
			var s string
			if field.value.kind() == '"' && (json.Unmarshal(field.value, &s) != nil || s != field.value.text()) {
				t.Fatalf("%s means %q, not %q", field.value, s, field.value.text())
			}
		}
	})
}

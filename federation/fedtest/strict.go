package fedtest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// This file and its neighbours strict_*.go say what peers insist on, as pure functions of the bytes that reach them. Scripted
// peers refuse with them what the real ones refuse, and what this server sends is held against them.
//
//	bytes ─► read ─► the demands on every activity ─► the demands on its kind ─► nil, or a Refusal
//
// Each XAccepts judges an activity that a group sent, at the peer's inbox; each XReads judges a document that the peer fetched.
// They know what can be known from the bytes alone: signatures, and whether somebody there follows the group, are for others.

// Refusal is why a peer does not take what it got.
type Refusal struct {
	Peer    string // the software
	Gotcha  int    // number in the list of gotchas in FEDERATION.md; 0 for what is plainly required
	Ignored bool   // answered like any other, without effect: the peer does not know the kind, or not from groups
	Why     string
}

// Error says it in one line.
func (r *Refusal) Error() string {
	verb := "refuses"
	if r.Ignored {
		verb = "ignores"
	}
	if r.Gotcha == 0 {
		return fmt.Sprintf("%s %s it: %s", r.Peer, verb, r.Why)
	}
	return fmt.Sprintf("%s %s it (gotcha %d): %s", r.Peer, verb, r.Gotcha, r.Why)
}

// reader reads as one peer does.
type reader string

func (p reader) refuse(gotcha int, format string, a ...any) error {
	return &Refusal{Peer: string(p), Gotcha: gotcha, Why: fmt.Sprintf(format, a...)}
}

func (p reader) ignore(gotcha int, format string, a ...any) error {
	return &Refusal{Peer: string(p), Gotcha: gotcha, Ignored: true, Why: fmt.Sprintf(format, a...)}
}

// read decodes a document and looks for what each has.
func (p reader) read(raw []byte) (object, error) {
	var o object
	if err := json.Unmarshal(raw, &o); err != nil || o == nil {
		return nil, p.refuse(0, "not a JSON object (%v)", err)
	}
	return o, p.check(o, must("id", address), must("type", text))
}

// activity reads what is common to activities everywhere.
func (p reader) activity(raw []byte) (object, error) {
	a, err := p.read(raw)
	if err != nil {
		return nil, err
	}
	return a, p.check(a, must("actor", address), must("object", anything))
}

// demand is what a peer insists on at one place of a document.
type demand struct {
	path   string // such as object/to; * stands for each member of a list
	kind   kind
	must   bool // absent is refused too
	gotcha int
}

func must(path string, k kind) demand { return demand{path: path, kind: k, must: true} }

// may is for what can be left out. Null counts as left out, except where there must be a list.
func may(path string, k kind) demand { return demand{path: path, kind: k} }

// because names the gotcha that a breach runs into.
func (d demand) because(gotcha int) demand {
	d.gotcha = gotcha
	return d
}

// check compares a document with demands.
func (p reader) check(doc object, demands ...demand) error {
	for _, d := range demands {
		values := valuesAt(doc, strings.Split(d.path, "/"))
		if len(values) == 0 && d.must && !strings.Contains(d.path, "*") {
			return p.refuse(d.gotcha, "%s is missing", d.path)
		}
		for _, v := range values {
			if v == nil && !d.must && d.kind.mayBeNull() {
				continue
			}
			if !d.kind.is(v) {
				return p.refuse(d.gotcha, "%s is not %s: %s", d.path, d.kind, shown(v))
			}
		}
	}
	return nil
}

func shown(v any) string {
	raw, err := json.Marshal(v)
	if err != nil || len(raw) > 200 {
		return fmt.Sprintf("%T", v)
	}
	return string(raw)
}

// valuesAt finds what stands at a path: nothing where a part of it is missing.
func valuesAt(v any, path []string) []any {
	if len(path) == 0 {
		return []any{v}
	}
	if list, ok := v.([]any); ok && path[0] == "*" {
		var out []any
		for _, item := range list {
			out = append(out, valuesAt(item, path[1:])...)
		}
		return out
	}
	m, _ := v.(object)
	if inner, ok := m[path[0]]; ok {
		return valuesAt(inner, path[1:])
	}
	return nil
}

// kind is a kind of value, as people call it.
type kind string

const (
	anything    kind = "a value"
	text        kind = "text"
	yesNo       kind = "true or false"
	count       kind = "a whole number"
	list        kind = "a list"
	whole       kind = "an object"
	date        kind = "a date with a zone"
	address     kind = "one address"
	addresses   kind = "a list of addresses"
	oneOrMore   kind = "one address or a list of them"
	oneAddress  kind = "exactly one address"
	idOrObject  kind = "an address or an object with an id"
	languageTag kind = "a language with identifier and name"

	oneOfPrefix = "one of: "
)

// oneOf is text out of a few.
func oneOf(words ...string) kind { return kind(oneOfPrefix + strings.Join(words, ", ")) }

// mayBeNull says whether null stands for nothing: a parser that expects a list does not take it for an empty one.
func (k kind) mayBeNull() bool {
	return k != list && k != addresses && k != oneOrMore && k != oneAddress
}

func (k kind) is(v any) bool {
	switch k {
	case anything:
		return v != nil
	case text:
		_, ok := v.(string)
		return ok
	case yesNo:
		_, ok := v.(bool)
		return ok
	case count:
		n, ok := v.(float64)
		return ok && n >= 0 && n == float64(int64(n))
	case list:
		_, ok := v.([]any)
		return ok
	case whole:
		_, ok := v.(object)
		return ok
	default:
		return k.isMeant(v)
	}
}

// isMeant is is for what has a meaning beyond its form.
func (k kind) isMeant(v any) bool {
	switch k {
	case date:
		return isDate(v)
	case address:
		return isAddress(v)
	case addresses:
		l, ok := v.([]any)
		return ok && !slices.ContainsFunc(l, func(v any) bool { return !isAddress(v) })
	case oneOrMore:
		return isAddress(v) || addresses.is(v)
	case oneAddress:
		return oneOrMore.is(v) && len(texts(v)) == 1
	case idOrObject:
		return isAddress(idOf(v))
	case languageTag:
		m, _ := v.(object)
		return text.is(m["identifier"]) && text.is(m["name"])
	}
	words, ok := strings.CutPrefix(string(k), oneOfPrefix)
	s, isText := v.(string)
	return ok && isText && slices.Contains(strings.Split(words, ", "), s)
}

func isAddress(v any) bool {
	s, _ := v.(string)
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func isDate(v any) bool {
	s, _ := v.(string)
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}

// texts lists what is one text or a list of them.
func texts(v any) []string {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	var out []string
	l, _ := v.([]any)
	for _, item := range l {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// idOf is an id, or the id of an embedded object; "" if there is none.
func idOf(v any) string {
	if m, ok := v.(object); ok {
		v = m["id"]
	}
	s, _ := v.(string)
	return s
}

func textAt(o object, key string) string {
	s, _ := o[key].(string)
	return s
}

func inner(o object) object {
	m, _ := o["object"].(object)
	return m
}

func hostOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	return u.Host
}

// isPublic says whether as:Public is among the addressees, under the one name that everybody knows.
func isPublic(o object) bool {
	return slices.Contains(append(texts(o["to"]), texts(o["cc"])...), public)
}

// isActivity tells an activity from a post.
func isActivity(o object) bool { return o["actor"] != nil && o["object"] != nil }

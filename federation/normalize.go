package federation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// document is a JSON object on its way out. Values are what appendJSON writes.
type document map[string]any

// activityStreams is the one context every document names, spelt exactly so: Mastodon refuses what lacks it.
const activityStreams = "https://www.w3.org/ns/activitystreams"

// normalize makes what peers parse out of what go-fed serialised: lists of one become lists again where peers insist on them and
// single values elsewhere, dates are RFC 3339 in UTC with whole seconds, absent means left out (Lemmy fails on "published": "",
// PieFed on "endpoints": {}), and the context is ours: go-fed would name http://joinmastodon.org/ns, which is no context document.
func normalize(m map[string]any) document {
	d := document{}
	for key, value := range m {
		if v := normalValue(key, value); v != nil {
			d[key] = v
		}
	}
	d["@context"] = activityStreams
	return d
}

func normalValue(key string, value any) any {
	switch v := value.(type) {
	case nil:
		return nil
	case string:
		return normalText(key, v)
	case map[string]any:
		value = normalObject(v)
	case []any:
		value = normalList(key, v)
	}
	if _, isList := value.([]any); value != nil && !isList && isListKey(key) {
		return []any{value}
	}
	return value
}

// normalText reads dates; an empty text is an absent one.
func normalText(key, s string) any {
	if s == "" {
		return nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil && isDateKey(key) {
		s = timestamp(t)
	}
	if isListKey(key) {
		return []any{s}
	}
	return s
}

// normalObject is normalize for what is inside: no context of its own.
func normalObject(m map[string]any) any {
	d := document{}
	for key, value := range m {
		if v := normalValue(key, value); v != nil && key != "@context" {
			d[key] = v
		}
	}
	if len(d) == 0 {
		return nil
	}
	return d
}

// normalList keeps an empty list only where one says something.
func normalList(key string, list []any) any {
	out := make([]any, 0, len(list))
	for _, item := range list {
		if v := normalValue("", item); v != nil {
			out = append(out, v)
		}
	}
	switch {
	case isListKey(key):
		return out
	case len(out) == 0:
		return nil
	case len(out) == 1:
		return out[0]
	}
	return out
}

// isListKey finds the properties that are lists even of one: Lemmy's Note wants lists in to, cc, tag and attachment, everybody's
// collections want them as items. In all others several peers (Lemmy's audience and object, Mbin) fail on a list of one.
func isListKey(key string) bool {
	switch key {
	case "to", "cc", "tag", "attachment", "items", "orderedItems", "assertionMethod", "alsoKnownAs", "implements":
		return true
	}
	return false
}

func isDateKey(key string) bool {
	switch key {
	case "published", "updated", "deleted", "startTime", "endTime":
		return true
	}
	return false
}

func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// addressed makes sure of to and cc, empty or not: Lemmy refuses an Announce or a Note without cc.
func (d document) addressed() document {
	for _, key := range []string{"to", "cc"} {
		if _, ok := d[key]; !ok {
			d[key] = []any{}
		}
	}
	return d
}

// set puts a text in as it is, which go-fed would not; an empty one is left out.
func (d document) set(key, text string) {
	if text != "" {
		d[key] = text
	}
}

// setContent puts HTML in twice: Mastodon learns the language from contentMap, everybody reads content.
func (d document) setContent(html, language string) {
	d["content"] = html
	d["contentMap"] = document{language: html}
}

// nested is d as a part of another document, without a context of its own.
func (d document) nested() document {
	inner := maps.Clone(d)
	delete(inner, "@context")
	return inner
}

// encode writes d with sorted keys, so that equal documents are equal bytes.
func (d document) encode() ([]byte, error) {
	var buf bytes.Buffer
	buf.Grow(1024)
	w := jsonWriter{buf: &buf, enc: json.NewEncoder(&buf)}
	w.enc.SetEscapeHTML(false)
	if err := w.object(d); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// jsonWriter writes documents. encoding/json alone would not do: it compacts and re-escapes a RawMessage, and the bytes of others
// must leave as they came.
type jsonWriter struct {
	buf *bytes.Buffer
	enc *json.Encoder
}

var errEmptyRaw = errors.New("an embedded document has no bytes")

func (w jsonWriter) value(v any) error {
	switch v := v.(type) {
	case document:
		return w.object(v)
	case []any:
		return w.list(len(v), func(i int) any { return v[i] })
	case []string:
		return w.list(len(v), func(i int) any { return v[i] })
	case []json.RawMessage:
		return w.list(len(v), func(i int) any { return v[i] })
	case json.RawMessage:
		if len(v) == 0 {
			return errEmptyRaw
		}
		w.buf.Write(v)
		return nil
	}
	if err := w.enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	w.buf.Truncate(w.buf.Len() - 1) // the encoder ends its values with a line feed
	return nil
}

func (w jsonWriter) object(d document) error {
	w.buf.WriteByte('{')
	for i, key := range slices.Sorted(maps.Keys(d)) {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		if err := w.value(key); err != nil {
			return err
		}
		w.buf.WriteByte(':')
		if err := w.value(d[key]); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	w.buf.WriteByte('}')
	return nil
}

func (w jsonWriter) list(n int, at func(int) any) error {
	w.buf.WriteByte('[')
	for i := range n {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		if err := w.value(at(i)); err != nil {
			return err
		}
	}
	w.buf.WriteByte(']')
	return nil
}

package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"folkmoot/group"
	"folkmoot/store"
)

// maxForm is how many bytes a form takes.
const maxForm = 256 << 10

// form is what somebody typed, and what is wrong with it. A page that shows it again loses nothing of it.
type form struct {
	words  *catalogue
	values url.Values
	wrong  map[string]string // by field; "" for the whole
	large  bool              // more was sent than a form takes, so that nothing of it is known

	pictures map[string][]store.Picture // that came with it, by field
}

// readForm reads what was sent. An empty form is one that nobody has filled in yet.
func (s *Site) readForm(r *http.Request) (*form, error) {
	f := &form{words: s.languageOf(r), wrong: map[string]string{}}
	if err := r.ParseForm(); err != nil {
		tooLong := (*http.MaxBytesError)(nil)
		if errors.As(err, &tooLong) {
			return f.tooLarge(), nil
		}
		return f, fmt.Errorf("read a form: %w", errForm)
	}
	f.values = r.PostForm
	return f, nil
}

// tooLarge is a form of which more was sent than one takes.
func (f *form) tooLarge() *form {
	f.large = true
	f.Fail("", "common.too-long")
	return f
}

// errForm means that what was sent is no form.
var errForm = errors.New("no form")

// Value is a field as it was typed.
func (f *form) Value(name string) string {
	if f == nil {
		return ""
	}
	return f.values.Get(name)
}

func (f *form) set(name, value string) {
	if f.values == nil {
		f.values = url.Values{}
	}
	f.values.Set(name, value)
}

func (f *form) add(name, value string) {
	if f.values == nil {
		f.values = url.Values{}
	}
	f.values.Add(name, value)
}

// Chosen says whether a field has a value, among others perhaps.
func (f *form) Chosen(name, value string) bool {
	if f == nil {
		return false
	}
	return slices.Contains(f.values[name], value)
}

// Line is a field of one line, at most limit characters long.
func (f *form) Line(name string, limit int) string {
	return strings.Join(strings.Fields(f.Text(name, limit)), " ")
}

// Text is a field of any number of lines, at most limit characters long.
func (f *form) Text(name string, limit int) string {
	text := strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(f.Value(name), "\uFFFD"), "\r\n", "\n"))
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, text)
	if n := utf8.RuneCountInString(text); n > limit {
		f.Fail(name, "common.characters", n, limit)
	}
	return text
}

// Fail says what is wrong with a field, and what to do: a text of the catalogues.
func (f *form) Fail(name, key string, args ...any) {
	if f.wrong[name] == "" {
		f.wrong[name] = f.words.T(key, args...)
	}
}

// Wrong is what is wrong with a field, "" for nothing.
func (f *form) Wrong(name string) string {
	if f == nil {
		return ""
	}
	return f.wrong[name]
}

// OK says whether nothing is wrong.
func (f *form) OK() bool { return f == nil || len(f.wrong) == 0 }

// Answer is the status of the page that shows the form: 413 if it was too large, 422 if something else is wrong with it, and that
// of any page for no form.
func (f *form) Answer() int {
	switch {
	case f.OK():
		return 0
	case f.large:
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusUnprocessableEntity
}

// said is what the page after a form says.
type said struct {
	Words string `json:"words"`
	Undo  *undo  `json:"undo,omitempty"`
}

// undo is a form that takes back what was done. It goes the way of every form: who may not, cannot.
type undo struct {
	Action string            `json:"action"` // path it is sent to
	Fields map[string]string `json:"fields,omitempty"`
}

// done leads to a page here that says what was done, and lets it be undone where undo is given.
func (s *Site) done(r *http.Request, who *account, to string, n said) (view, error) {
	text, err := json.Marshal(n)
	if err == nil {
		err = s.Store.Say(r.Context(), who.ID, string(text))
	}
	return view{Location: localPath(to), Status: http.StatusSeeOther}, err
}

// heard is what a page has to say about what was done last, once; nil for nothing.
func (s *Site) heard(r *http.Request, who *account) *said {
	if who == nil || who.Said == "" || r.Method == http.MethodHead {
		return nil
	}
	var n said
	err := json.Unmarshal([]byte(who.Said), &n)
	if err == nil {
		err = s.Store.Say(r.Context(), who.ID, "")
	}
	if err != nil {
		s.Log.ErrorContext(r.Context(), "notice not shown", "error", err)
		return nil
	}
	return &n
}

// apply asks a group for something in the name of whoever is signed in. The rules decide, as they do for every other door.
func (s *Site) apply(r *http.Request, a acting, ask group.Request) (group.Decision, error) {
	var err error
	if ask.By, err = s.speaker(r.Context(), a.Actor); err != nil {
		return group.Decision{}, err
	}
	ask.Groups, ask.At, ask.Lang = []string{a.Group.URI}, s.now(), s.languageOf(r).Code()
	ask.Activity = s.Origin + "/a/form/" + secret()
	outcomes, err := s.Store.Apply(r.Context(), ask, 0)
	if err != nil {
		return group.Decision{}, err
	}
	for _, o := range outcomes {
		if o.Group == a.Group.URI {
			return o.Decision, nil
		}
	}
	return group.Decision{Verdict: group.Ignored, Reason: group.ReasonNothingToDo}, nil
}

// number is a field that holds the number of something, 0 for none.
func (f *form) number(name string) int64 {
	n, err := strconv.ParseInt(f.Value(name), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

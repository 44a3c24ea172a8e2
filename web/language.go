package web

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed languages
var languageFiles embed.FS

// Languages are the folders of languages/, English first: it is what everybody gets who asks for none of them.
func languageTags() []language.Tag {
	return []language.Tag{language.English, language.German, language.French, language.Spanish}
}

const (
	languageCookie = "language"
	languageLasts  = 365 * 24 * time.Hour
)

// wording is a text in one language: one form, and others where numbers ask for them (CLDR: one, few, many …).
type wording struct {
	words string // the form for whatever has none of its own: "other"
	forms map[plural.Form]string
}

// newWording makes one of what JSON has: "words", or {"one": "…", "other": "…"}.
func newWording(read any) (wording, error) {
	switch read := read.(type) {
	case string:
		return wording{words: read}, nil
	case map[string]any:
		return pluralWording(read)
	}
	return wording{}, errors.New("it is neither words nor plural forms")
}

func pluralWording(read map[string]any) (wording, error) {
	names := map[string]plural.Form{
		"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other,
	}
	t := wording{forms: map[plural.Form]string{}}
	for name, words := range read {
		form, ok := names[name]
		if !ok {
			return wording{}, fmt.Errorf("no plural form is called %q", name)
		}
		if t.forms[form], ok = words.(string); !ok {
			return wording{}, fmt.Errorf("its form %q is no words", name)
		}
	}
	var ok bool
	if t.words, ok = t.forms[plural.Other]; !ok {
		return wording{}, errors.New(`the form "other" is missing`)
	}
	return t, nil
}

// catalogue holds the texts of one language.
type catalogue struct {
	Tag   language.Tag
	Name  string // of the language, in itself
	texts map[string]wording
}

// Code is the language as HTML and HTTP name it.
func (c *catalogue) Code() string { return c.Tag.String() }

// Dir is the direction it is written in.
func (c *catalogue) Dir() string {
	script, _ := c.Tag.Script()
	switch script.String() {
	case "Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm":
		return "rtl"
	}
	return "ltr"
}

// readLanguages reads all catalogues, all at once: a server starts so much earlier.
func readLanguages() ([]*catalogue, error) {
	out := make([]*catalogue, len(languageTags()))
	var reading errgroup.Group
	for i, tag := range languageTags() {
		reading.Go(func() (err error) {
			out[i], err = readLanguage(tag)
			return err
		})
	}
	return out, reading.Wait()
}

// readLanguage reads one catalogue: a folder, with one file for each area of the pages.
func readLanguage(tag language.Tag) (*catalogue, error) {
	c := &catalogue{Tag: tag, texts: map[string]wording{}}
	files, err := fs.Glob(languageFiles, path.Join("languages", tag.String(), "*.json"))
	if err != nil {
		return nil, fmt.Errorf("find the texts in %s: %w", tag, err)
	}
	for _, name := range files {
		if err := c.read(name); err != nil {
			return nil, err
		}
	}
	c.Name = c.T("common.language")
	return c, nil
}

func (c *catalogue) read(name string) error {
	raw, err := languageFiles.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read texts: %w", err)
	}
	texts := map[string]any{}
	if err := json.Unmarshal(raw, &texts); err != nil {
		return fmt.Errorf("read texts in %s: %w", name, err)
	}
	area := strings.TrimSuffix(path.Base(name), ".json")
	for key, read := range texts {
		if !strings.HasPrefix(key, area+".") {
			return fmt.Errorf("the text %q in %s does not begin with %q", key, name, area+".")
		}
		if c.texts[key], err = newWording(read); err != nil {
			return fmt.Errorf("read the text %q in %s: %w", key, name, err)
		}
	}
	return nil
}

// T is a text with its arguments in the places {0}, {1} … The first whole number among them chooses the plural form. What is not in
// the catalogue shows its key; a test sees to it that nothing is missing.
func (c *catalogue) T(key string, args ...any) string { return c.filled(key, args, argument) }

// H is T for texts that hold HTML, such as a link: the text is ours, and arguments are escaped unless they are HTML themselves.
func (c *catalogue) H(key string, args ...any) template.HTML {
	return template.HTML(c.filled(key, args, func(a any) string { // #nosec G203 -- a text of ours with escaped arguments
		if safe, ok := a.(template.HTML); ok {
			return string(safe)
		}
		return html.EscapeString(argument(a))
	}))
}

// filled puts arguments into their places, all at once: what stands in an argument is no place.
func (c *catalogue) filled(key string, args []any, words func(any) string) string {
	var pairs []string
	for i, a := range args {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", words(a))
	}
	return strings.NewReplacer(pairs...).Replace(c.form(key, args))
}

func argument(a any) string {
	switch a := a.(type) {
	case string:
		return a
	case int:
		return strconv.Itoa(a)
	}
	return fmt.Sprint(a)
}

func (c *catalogue) form(key string, args []any) string {
	t, ok := c.texts[key]
	if !ok {
		return key
	}
	if len(t.forms) > 1 {
		if n, ok := firstNumber(args); ok {
			if words, ok := t.forms[plural.Cardinal.MatchPlural(c.Tag, n, 0, 0, 0, 0)]; ok {
				return words
			}
		}
	}
	return t.words
}

// firstNumber is the number that a plural form goes by; large ones are cut to what has the same form.
func firstNumber(args []any) (int, bool) {
	for _, a := range args {
		switch n := a.(type) {
		case int:
			return cutNumber(int64(n)), true
		case int64:
			return cutNumber(n), true
		}
	}
	return 0, false
}

// cutNumber keeps the last digits, all that the rules look at, and that it is large (as x/text asks).
func cutNumber(n int64) int {
	if n = max(n, -n); n >= 10_000_000 {
		n = n%10_000_000 + 10_000_000
	}
	return int(n)
}

// date is a day and a time of it.
func (c *catalogue) date(t time.Time) string {
	t = t.UTC()
	return c.T("common.date", t.Day(), c.month("common.months.short", t), t.Year(), t.Format("15:04"))
}

// day is a day.
func (c *catalogue) day(t time.Time) string {
	t = t.UTC()
	return c.T("common.day", t.Day(), c.month("common.months", t), t.Year())
}

func (c *catalogue) month(key string, t time.Time) string {
	names := strings.Split(c.T(key), "|")
	return names[(int(t.Month())-1)%len(names)]
}

// languageOf is the language that somebody chose here, else the first of those their browser asks for that there is.
func (s *Site) languageOf(r *http.Request) *catalogue {
	if c, err := r.Cookie(s.cookieName(languageCookie)); err == nil {
		for _, known := range s.languages {
			if known.Code() == c.Value {
				return known
			}
		}
	}
	asked, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(asked) == 0 {
		return s.languages[0]
	}
	_, i, sure := s.matcher.Match(asked...)
	if sure == language.No {
		i = 0
	}
	return s.languages[i]
}

// chooseLanguage remembers a language in the browser, and leads back to where it was chosen.
func (s *Site) chooseLanguage(w http.ResponseWriter, r *http.Request) {
	code := r.FormValue("language")
	for _, known := range s.languages {
		if known.Code() == code {
			s.setCookie(w, languageCookie, code, languageLasts)
		}
	}
	http.Redirect(w, r, localPath(r.FormValue("to")), http.StatusSeeOther)
}

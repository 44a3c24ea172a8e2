package web

import (
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"folkmoot/store"
)

type staffData struct {
	ServerData
	Admins []store.Actor
	Form   *form
	Fields []bannerField
	Until  time.Time
	Days   string // that the announcement still has, as typed
}

// bannerField is what is told in one language, "" for all others.
type bannerField struct{ Code, Name, Text string }

const (
	maxBanner     = 500
	maxBannerDays = 365
)

// staffPage says who runs the server, and what everybody is told.
func (s *Site) staffPage(r *http.Request, _ *account) (view, error) { return s.staffForm(r, nil) }

func (s *Site) staffForm(r *http.Request, f *form) (view, error) {
	d := staffData{ServerData: serverData("settings"), Form: f}
	var err error
	if d.Admins, err = s.Store.Admins(r.Context()); err != nil {
		return view{}, err
	}
	b, err := s.Store.Banner(r.Context())
	if !b.Over(s.now()) {
		d.Until = b.Until
	} else {
		b = store.Banner{}
	}
	if d.Days = s.bannerFieldsOf(b)["days"]; f != nil {
		d.Days = f.Value("days")
	}
	for _, n := range s.bannerNames() {
		n.Text = b.Texts[n.Code]
		if f != nil {
			n.Text = f.Value("text-" + n.Code)
		}
		d.Fields = append(d.Fields, n)
	}
	v := s.serverView(r, "serverstaff", "settings", d)
	v.Status = f.Answer()
	return v, err
}

// bannerNames are the languages in which everybody is told something: the one for all, and each of the pages.
func (s *Site) bannerNames() []bannerField {
	out := []bannerField{{}}
	for _, c := range s.languages {
		out = append(out, bannerField{Code: c.Code(), Name: c.Name})
	}
	return out
}

// announce tells everybody something on every page, or ends that.
func (s *Site) announce(r *http.Request, who *account) (view, error) {
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	was, err := s.Store.Banner(r.Context())
	if err != nil {
		return view{}, err
	}
	b := store.Banner{Texts: map[string]string{}}
	for _, n := range s.bannerNames() {
		if text := f.Text("text-"+n.Code, maxBanner); text != "" {
			b.Texts[n.Code] = text
		}
	}
	if days := strings.TrimSpace(f.Value("days")); days != "" {
		n, err := strconv.Atoi(days)
		if err != nil || n < 1 || n > maxBannerDays {
			f.Fail("days", "run.days.wrong", maxBannerDays)
		}
		b.Until = s.now().Add(time.Duration(n) * 24 * time.Hour)
	}
	if !b.Empty() && b.Texts[""] == "" {
		f.Fail("text-", "server.banner.for-all-first")
	}
	if !f.OK() {
		return s.staffForm(r, f)
	}
	if err := s.Store.SetBanner(r.Context(), b, who.Actor.URI); err != nil {
		return view{}, err
	}
	n := said{Words: s.languageOf(r).T("server.banner.set"), Undo: &undo{Action: "/server/announcement", Fields: s.bannerFieldsOf(was)}}
	if b.Empty() {
		n.Words = s.languageOf(r).T("server.banner.ended")
	}
	return s.done(r, who, "/server/settings", n)
}

// bannerFieldsOf is the form that tells everybody something again.
func (s *Site) bannerFieldsOf(b store.Banner) map[string]string {
	fields := map[string]string{"text-": ""}
	if b.Over(s.now()) {
		return fields
	}
	for code, text := range b.Texts {
		fields["text-"+code] = text
	}
	if !b.Until.IsZero() {
		const day = 24 * time.Hour
		fields["days"] = strconv.Itoa(int((b.Until.Sub(s.now()) + day - 1) / day))
	}
	return fields
}

// told is what everybody is told now, in a language; "" for nothing.
func (s *Site) told(r *http.Request) (template.HTML, error) {
	if s.Store == nil {
		return "", nil // nothing but what needs none is shown
	}
	b, err := s.Store.Banner(r.Context())
	if err != nil || b.Over(s.now()) {
		return "", err
	}
	text := b.Texts[s.languageOf(r).Code()]
	if text == "" {
		text = b.Texts[""]
	}
	if text == "" {
		return "", nil
	}
	return trustedMarkdown(text)
}

// changeAdmins lets somebody run the server, or no longer.
func (s *Site) changeAdmins(r *http.Request, who *account) (view, error) {
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	on := f.Value("do") == "add"
	if !on && f.Value("do") != "remove" {
		return view{}, errForm
	}
	c := s.languageOf(r)
	person, err := s.somebody(r.Context(), strings.TrimSpace(f.Value("person")))
	if errors.Is(err, store.ErrNotFound) {
		f.Fail("person", "run.nobody", f.Value("person"))
		return s.staffForm(r, f)
	}
	if err == nil {
		err = s.Store.ChangeAdmin(r.Context(), person.URI, on, who.Actor.URI)
	}
	if errors.Is(err, store.ErrLastAdmin) {
		return s.done(r, who, "/server/settings", said{Words: c.T("server.admins.last")})
	}
	if err != nil {
		return view{}, err
	}
	if !on && person.URI == who.Actor.URI {
		return s.done(r, who, "/account", said{Words: c.T("server.admins.removed", personName(person))})
	}
	n := said{Words: c.T("server.admins.added", personName(person)), Undo: &undo{
		Action: "/server/admins", Fields: map[string]string{"do": "remove", "person": person.URI},
	}}
	if !on {
		n.Words, n.Undo.Fields["do"] = c.T("server.admins.removed", personName(person)), "add"
	}
	return s.done(r, who, "/server/settings", n)
}

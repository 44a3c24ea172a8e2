package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// slow is how long an activity that came in waits for its turn before somebody should look.
const slow = 10 * time.Minute

// reportsShown is how many of the reports that only admins decide about are shown at a time.
const reportsShown = 50

// notable is something that whoever runs the server should look at.
type notable struct{ Words, To string }

type overviewData struct {
	ServerData
	Notable  []notable
	Status   store.Status
	Storm    bool
	Wanted   []store.WantedGroup
	Reports  []store.Report // that only admins decide about
	Space    []Space
	Free     int64    // bytes on the disk, -1 if nobody knows
	Backups  *Backups // nil if the server makes none by itself
	Keep     store.Retention
	Version  string
	Closable bool // reports can be dealt with
}

// overviewPage says what needs attention, and how the server is doing.
func (s *Site) overviewPage(r *http.Request, _ *account) (view, error) {
	d := overviewData{ServerData: serverData("overview"), Version: s.Running.Version, Keep: s.Running.Keep, Closable: s.Running.Close != nil, Free: -1}
	var err error
	if d.Status, err = s.Store.Status(r.Context()); err != nil {
		return view{}, err
	}
	if d.Storm, err = s.Store.Storm(r.Context()); err != nil {
		return view{}, err
	}
	if d.Wanted, err = s.Store.WantedGroups(r.Context(), waitingShown); err != nil {
		return view{}, err
	}
	if d.Reports, err = s.adminReports(r); err != nil {
		return view{}, err
	}
	if s.Running.Space != nil {
		d.Space = s.Running.Space()
	}
	if s.Running.Free != nil {
		d.Free = s.Running.Free()
	}
	if s.Running.Backups != nil {
		b := s.Running.Backups()
		d.Backups = &b
	}
	waits, err := s.Store.Attention(r.Context())
	if err != nil {
		return view{}, err
	}
	d.Notable = s.notable(s.languageOf(r), waits, d)
	return s.serverView(r, "serveroverview", "overview", d), nil
}

// adminReports are the open reports about whoever runs a group, or about the server.
func (s *Site) adminReports(r *http.Request) (out []store.Report, err error) {
	open, err := s.Store.Reports(r.Context(), store.ReportQuery{Limit: reportsShown * 10})
	for _, p := range open {
		if p.ForAdmin && len(out) < reportsShown {
			out = append(out, p)
		}
	}
	return out, err
}

func (s *Site) notable(c *catalogue, waits store.Attention, d overviewData) (out []notable) {
	add := func(n int, key, to string) {
		if n > 0 {
			out = append(out, notable{c.T(key, n), to})
		}
	}
	if d.Storm {
		out = append(out, notable{c.T("server.note.storm"), "#storm"})
	}
	add(len(d.Wanted), "server.note.wanted", "#wanted")
	add(waits.ForAdmin, "server.note.for-admin", "#reports")
	add(waits.Reports-waits.ForAdmin, "server.note.reports", "/server/groups")
	add(waits.Held, "server.note.held", "/server/groups")
	add(waits.Appeals, "server.note.appeals", "/server/groups")
	if !d.Status.OldestDue.IsZero() && s.now().Sub(d.Status.OldestDue) > slow {
		add(d.Status.Due, "server.note.undecided", "#numbers")
	}
	add(d.Status.Failing, "server.note.failing", "/server/peers")
	add(waits.Lists, "server.note.lists", "/server/blocks")
	if d.Backups != nil && !d.Backups.Failed.IsZero() {
		out = append(out, notable{c.T("server.note.backup"), "#storage"})
	}
	return out
}

// megabytes is a size in words.
func (c *catalogue) megabytes(n int64) string {
	const kilo, mega = 1 << 10, 1 << 20
	if n < mega {
		return c.T("server.kilobytes", (n+kilo-1)/kilo)
	}
	return c.T("server.megabytes", (n+mega-1)/mega)
}

// days says for how long something is kept.
func (c *catalogue) days(d time.Duration) string {
	if d == 0 {
		return c.T("server.kept-always")
	}
	return c.T("server.days", int(d/(24*time.Hour)))
}

// serverStorm begins or ends a storm on the whole server.
func (s *Site) serverStorm(r *http.Request, who *account) (view, error) {
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	on := f.Value("storm") == "on"
	if !on && f.Value("storm") != "off" {
		return view{}, errForm
	}
	if err := s.Store.SetStorm(r.Context(), on, who.Actor.URI); err != nil {
		return view{}, err
	}
	n := said{Words: s.languageOf(r).T("server.storm.ended"), Undo: &undo{Action: "/server/storm", Fields: map[string]string{"storm": "on"}}}
	if on {
		n.Words, n.Undo.Fields["storm"] = s.languageOf(r).T("server.storm.begun"), "off"
	}
	return s.done(r, who, "/server", n)
}

// closeReport deals with a report that only admins decide about.
func (s *Site) closeReport(r *http.Request, who *account) (view, error) {
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	if s.Running.Close == nil {
		return view{}, store.ErrNotFound
	}
	c := s.languageOf(r)
	id, words, discard := f.number("report"), f.Line("words", maxReason), f.Value("do") == "discard"
	if !f.OK() {
		return s.done(r, who, "/server", said{Words: f.Wrong("words")})
	}
	report, err := s.Store.Report(r.Context(), id)
	var d group.Decision
	if err == nil {
		d, err = s.Running.Close(r.Context(), id, discard, words)
	}
	if errors.Is(err, store.ErrNotFound) || err == nil && !report.Closed.IsZero() {
		return s.done(r, who, "/server", said{Words: group.ReasonNothingWaits.In(c.Code())})
	}
	if err != nil {
		return view{}, err
	}
	kind := group.Resolve
	if discard {
		kind = group.Discard
	}
	act := store.ServerAct{Kind: string(kind), Target: strconv.FormatInt(id, 10), Words: words}
	return s.notes(r, who, act, "/server", said{Words: d.Reason.In(c.Code())})
}

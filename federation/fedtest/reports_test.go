package fedtest_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

func (w *world) reports() []store.Report {
	w.t.Helper()
	list, err := w.store.Reports(w.ctx, store.ReportQuery{Limit: 100})
	w.must(err)
	return list
}

// reportOf is a report as the software sends it: Mastodon in the name of its server, Misskey with the words in content, both with a list.
func reportOf(actor, words string, about ...any) object {
	return object{
		"@context": asContext, "id": "https://" + hostIn(actor) + "/reports/" + words, "type": "Flag", "actor": actor, "content": words,
		"object": about, "to": books,
	}
}

const asContext = "https://www.w3.org/ns/activitystreams"

// Reports of all software stand in one queue. What a moderator says of one goes back to whoever can be told, without a name, and once.
func TestOneQueueForReports(t *testing.T) {
	inWorld(t, func(w *world) {
		p, lemmy := w.mastodon(), w.subscriber(fedtest.Lemmy1(), "lemmy.example")
		misskey := w.peer("misskey.example", "misskey", "kei")
		thread := w.publish(p, "ann", mention("something rude"))
		w.did(lemmy.Report(w.ctx, "mia", thread, "from Lemmy"))
		w.send(misskey, "kei", reportOf(misskey.Actor("kei"), "misskey", p.Actor("ann"), thread))
		w.send(p, "bob", reportOf(p.Actor("bob"), "mastodon", p.Actor("ann"), thread))
		list := w.reports()
		if len(list) != 3 {
			t.Fatalf("%+v", list)
		}
		for _, r := range list {
			if r.About != thread || r.Group != "books" || r.ForAdmin {
				t.Errorf("%+v", r)
			}
		}
		heard := len(p.Private("ann"))
		d, err := w.fed.CloseReport(w.ctx, list[0].ID, false, "We talked to her.")
		w.must(err)
		w.settle()
		if d.Reason != group.ReasonResolved || len(w.reports()) != 0 {
			t.Errorf("%s, still open: %+v", d.Reason, w.reports())
		}
		w.wantSaid(lemmy, "Resolve", 1)
		if notes := p.Private("bob"); len(notes) != 1 || !strings.Contains(notes[0], "We talked to her.") {
			t.Errorf("Bob was told %q", notes)
		}
		if got := len(p.Private("ann")); got != heard {
			t.Error("whoever was reported was told")
		}
		if _, err := w.fed.CloseReport(w.ctx, list[0].ID, true, "again"); err != nil {
			t.Error(err)
		}
		w.wantSaid(lemmy, "Resolve", 1)
	})
}

// Nobody but the server knows who reported: not moderators' servers, not the one that is reported.
func TestReportersAreNotRevealed(t *testing.T) {
	inWorld(t, func(w *world) {
		p, f := w.mastodon(), w.subscriber(fedtest.Lemmy1(), "lemmy.example")
		mods := w.subscriber(fedtest.Lemmy1(), "mods.example")
		w.appoint(mods.Actor("max"))
		w.appoint(p.Actor("bob"))
		thread := w.publish(p, "ann", mention("something rude"))
		w.did(f.Report(w.ctx, "mia", thread, "rude"))
		w.did(mods.Resolve(w.ctx, "max", thread, books+"/agent"))
		w.wantSaid(f, "Resolve", 1)
		for _, host := range []string{"mods.example", "mastodon.example"} {
			for _, body := range w.sentTo(host) {
				if bytes.Contains(body, []byte(f.Actor("mia"))) {
					t.Errorf("%s learns who reported: %s", host, body)
				}
			}
		}
		for _, body := range w.sentTo("lemmy.example") {
			if bytes.Contains(body, []byte("Resolve")) && bytes.Contains(body, []byte(mods.Actor("max"))) {
				t.Errorf("the reporter learns who decided: %s", body)
			}
		}
	})
}

// sentTo returns everything that this server has sent to a host, and meant for it.
func (w *world) sentTo(host string) (bodies [][]byte) {
	w.t.Helper()
	for _, f := range w.forums {
		if f.Origin == "https://"+host {
			for _, a := range f.Inbox("") {
				raw, err := json.Marshal(a.Body)
				w.must(err)
				bodies = append(bodies, raw)
			}
		}
	}
	rows, err := w.database().QueryContext(w.ctx, `SELECT d.body FROM direct d JOIN hosts h ON h.id = d.host_id WHERE h.name = ?`, host)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var body []byte
		w.must(rows.Scan(&body))
		bodies = append(bodies, body)
	}
	w.must(rows.Err())
	return bodies
}

// Reports about those who run a group and about the server are for the admin alone; a moderator cannot close them.
func TestReportsForTheAdmin(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		mods := w.subscriber(fedtest.Lemmy1(), "mods.example")
		w.appoint(mods.Actor("max"))
		w.appoint(p.Actor("bob"))
		thread := w.publish(p, "bob", mention("a moderator is rude"))
		heard, notes := len(mods.Inbox("")), len(p.Private("bob"))
		flag := reportOf(p.Actor("ann"), "post", thread)
		w.send(p, "ann", flag)
		w.wantReason(flag, group.ReasonForAdmin)
		w.send(p, "ann", reportOf(p.Actor("ann"), "person", p.Actor("bob")))
		w.send(p, "ann", reportOf(p.Actor("ann"), "server", home+"/actor"))
		list := w.reports()
		if len(list) != 3 {
			t.Fatalf("%+v", list)
		}
		for _, r := range list {
			if !r.ForAdmin {
				t.Errorf("%+v", r)
			}
		}
		if len(mods.Inbox("")) != heard || len(p.Private("bob")) != notes {
			t.Error("a moderator was told of a report about a moderator")
		}
		w.did(mods.Resolve(w.ctx, "max", thread, p.Actor("ann")))
		if got := len(w.reports()); got != 3 {
			t.Errorf("a moderator closed it: %d open", got)
		}
		for _, r := range list {
			_, err := w.fed.CloseReport(w.ctx, r.ID, true, "")
			w.must(err)
		}
		if got := w.reports(); len(got) != 0 {
			t.Errorf("still open: %+v", got)
		}
	})
}

// What moderators do is public, without who did it and without reasons that are private. Warnings reach the person, are counted, and are
// nobody else's business.
func TestPublicLog(t *testing.T) {
	inCase(t, "MOD-10", func(w *world) {
		p := w.mastodon()
		w.appoint(p.Actor("bob"))
		thread := w.publish(p, "ann", mention("something rude"))
		w.operate(federation.Act{Kind: group.Warn, Target: p.Actor("ann"), Reason: "first"})
		w.operate(federation.Act{Kind: group.Warn, Target: p.Actor("ann"), Reason: "second"})
		w.operate(federation.Act{Kind: group.Remove, Target: thread, Reason: "against rule 3"})
		w.operate(federation.Act{Kind: group.Ban, Target: p.Actor("max"), Reason: "told me in private", Private: true})
		w.settle()
		if notes := p.Private("ann"); len(notes) != 2 || !strings.Contains(strings.Join(notes, " "), "second") {
			t.Errorf("Ann was told %q", notes)
		}
		g, err := w.store.Group(w.ctx, "books")
		w.must(err)
		if list, err := w.store.Warnings(w.ctx, g.ID, p.Actor("ann"), 10); err != nil || len(list) != 2 || list[0].Count != 2 {
			t.Errorf("%+v %v", list, err)
		}
		shown := text(t, w.document("/g/books/modlog"))
		for want, yes := range map[string]bool{
			"against rule 3": true, `"ban"`: true, `"remove"`: true, "told me in private": false, "second": false, `"warn"`: false, "/actor\"": false,
		} {
			if strings.Contains(shown, want) != yes {
				t.Errorf("%q in the log: %v\n%s", want, !yes, shown)
			}
		}
	})
}

package fedtest_test

import (
	"strings"
	"testing"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// A report reaches each moderator in the form that the moderator's server has for it, and nobody else.
func TestReportReachesModeratorsAlone(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		lemmy, piefed := w.subscriber(fedtest.Lemmy1(), "mods.example"), w.subscriber(fedtest.PieFed(), "piefed2.example")
		quiet := w.subscriber(fedtest.Lemmy1(), "quiet.example")
		for _, who := range []string{lemmy.Actor("max"), piefed.Actor("max"), p.Actor("bob")} {
			w.appoint(who)
		}
		thread := w.publish(p, "ann", mention("something rude"))
		heard := len(quiet.Inbox(""))
		w.wantReason(w.did(f.Report(w.ctx, "max", thread, "this is rude")), group.ReasonReported)
		for _, mods := range []*fedtest.Forum{lemmy, piefed} {
			want := fedtest.Flag{Post: thread, By: books + "/agent", Reason: "this is rude"} // who reported stays with the group
			if got := mods.Reports(); len(got) != 1 || got[0] != want {
				w.t.Errorf("%s sees %+v", mods.Origin, got)
			}
		}
		if notes := p.Private("bob"); len(notes) != 1 || !strings.Contains(notes[0], "this is rude") {
			w.t.Errorf("Bob got %q", notes)
		}
		if notes := p.Private("ann"); len(notes) != 0 {
			w.t.Errorf("whoever is reported got %q", notes)
		}
		w.wantHeard(quiet, heard)
		w.wantArrived(p, "Announce", 1)
		w.wantSaid(f, "Flag", 0)
	})
}

// When a moderator has dealt with a report, the reporter's server is told, and nobody else.
func TestResolvedReport(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		mods, f := w.subscriber(fedtest.Lemmy1(), "mods.example"), w.subscriber(fedtest.Lemmy1(), "lemmy.example")
		quiet := w.subscriber(fedtest.Lemmy1(), "quiet.example")
		w.appoint(mods.Actor("max"))
		thread := w.publish(p, "ann", mention("something rude"))
		w.did(f.Report(w.ctx, "mia", thread, "this is rude")) // Mia never followed
		heard := len(quiet.Inbox(""))
		w.wantReason(w.did(f.Resolve(w.ctx, "max", thread, f.Actor("mia"))), group.ReasonNotModerator)
		w.wantSaid(f, "Resolve", 0)
		w.wantReason(w.did(mods.Resolve(w.ctx, "max", thread, f.Actor("mia"))), group.ReasonResolved)
		w.wantSaid(f, "Resolve", 1)
		w.wantHeard(quiet, heard)
		w.did(mods.Resolve(w.ctx, "max", thread, f.Actor("mia")))
		w.wantSaid(f, "Resolve", 1) // told once
	})
}

// Reports come from members, strangers and banned people alike; what is not here is kept with the group that was named.
func TestReportsOfOthers(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		w.appoint(p.Actor("bob"))
		thread := w.publish(p, "ann", mention("something rude"))
		w.wantReason(w.did(f.Report(w.ctx, "mia", thread, "a stranger's report")), group.ReasonReported)
		comment := w.wrote(f.Comment(w.ctx, "mia", thread, "how rude"))
		w.wantReason(w.did(f.Report(w.ctx, "max", comment, "")), group.ReasonReported)
		if got := p.Private("bob"); len(got) != 2 {
			w.t.Errorf("Bob got %q", got)
		}
	})
}

// A report as Mastodon makes it, in the name of its server, is in no form that forums read; their moderators get it in theirs.
func TestMastodonsReportForForums(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		w.appoint(f.Actor("max"))
		thread := w.publish(p, "ann", mention("something rude"))
		flag := p.Activity("max", "Flag", []string{p.Actor("ann"), thread})
		flag["content"], flag["to"] = "this is rude", p.Actor("ann")
		if status, err := p.Send(w.ctx, "max", home+"/inbox", flag); err != nil || status != 202 {
			w.t.Fatalf("status %d, %v", status, err)
		}
		w.settle()
		w.wantReason(flag, group.ReasonReported)
		if got := f.Reports(); len(got) != 1 || got[0].Post != thread || got[0].Reason != "this is rude" || got[0].By != books+"/agent" {
			w.t.Errorf("the moderator sees %+v", got)
		}
	})
}

package group

import (
	"encoding/csv"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestJudge(t *testing.T) {
	suspend := func(subject string) Barrier { return Barrier{Subject: subject, Level: LevelSuspend} }
	listed := func(subject string, l Level) Barrier {
		return Barrier{Subject: subject, Level: l, Source: "https://lists.example/a"}
	}
	spammer := "https://evil.example/users/spammer"
	tests := map[string]struct {
		entries       []Barrier
		host, account string
		allowOnly     bool
		want          Level
	}{
		"nothing said":                    {nil, "a.example", "", false, LevelNone},
		"the host":                        {[]Barrier{suspend("evil.example")}, "evil.example", "", false, LevelSuspend},
		"a subdomain":                     {[]Barrier{suspend("evil.example")}, "a.b.evil.example", "", false, LevelSuspend},
		"another port":                    {[]Barrier{suspend("evil.example")}, "evil.example:8443", "", false, LevelSuspend},
		"that port alone":                 {[]Barrier{suspend("evil.example:8443")}, "evil.example", "", false, LevelNone},
		"a name that ends alike":          {[]Barrier{suspend("evil.example")}, "notevil.example", "", false, LevelNone},
		"the domain above":                {[]Barrier{suspend("a.evil.example")}, "evil.example", "", false, LevelNone},
		"a whole top level domain":        {[]Barrier{suspend("example")}, "evil.example", "", false, LevelSuspend},
		"an address belongs to no domain": {[]Barrier{suspend("0.0.1")}, "127.0.0.1:80", "", false, LevelNone},
		"an exception":                    {[]Barrier{suspend("evil.example"), {Subject: "good.evil.example", Level: LevelAllow}}, "good.evil.example", "", false, LevelAllow},
		"beneath the exception":           {[]Barrier{suspend("evil.example"), {Subject: "good.evil.example", Level: LevelAllow}}, "x.good.evil.example", "", false, LevelAllow},
		"by hand before a list":           {[]Barrier{listed("a.example", LevelSuspend), {Subject: "a.example", Level: LevelSilence}}, "a.example", "", false, LevelSilence},
		"the strictest list":              {[]Barrier{listed("a.example", LevelSilence), {Subject: "a.example", Level: LevelSuspend, Source: "b"}}, "a.example", "", false, LevelSuspend},
		"not on the allow-list":           {nil, "a.example", "", true, LevelSuspend},
		"on the allow-list":               {[]Barrier{{Subject: "a.example", Level: LevelAllow}}, "a.example", "", true, LevelAllow},
		"let in and silenced":             {[]Barrier{{Subject: "a.example", Level: LevelSilence}}, "a.example", "", true, LevelSilence},
		"an account":                      {[]Barrier{suspend(spammer)}, "evil.example", spammer, false, LevelSuspend},
		"another account there":           {[]Barrier{suspend(spammer)}, "evil.example", "https://evil.example/users/bob", false, LevelNone},
		"an account cannot be an exception": {
			[]Barrier{suspend("evil.example"), {Subject: spammer, Level: LevelSilence}}, "evil.example", spammer, false, LevelSuspend,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Judge(tt.entries, tt.host, tt.account, tt.allowOnly); got.Level != tt.want {
				t.Errorf("%q, want %q", got.Level, tt.want)
			}
		})
	}
}

// More entries for other names change nothing, and an entry for a domain holds for every name beneath that no nearer entry names.
func TestJudgeByDomain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		label := rapid.StringMatching(`[a-z]{1,4}`)
		domain := label.Draw(t, "name") + ".example"
		host := strings.Join(append(rapid.SliceOfN(label, 0, 4).Draw(t, "labels"), domain), ".")
		entry := Barrier{Subject: domain, Level: rapid.SampledFrom([]Level{LevelSuspend, LevelSilence, LevelNoop}).Draw(t, "level")}
		other := Barrier{Subject: "x" + domain, Level: LevelSuspend}
		if got := Judge([]Barrier{other, entry}, host, "", false); got.Level != entry.Level {
			t.Fatalf("%s: %q, want %q", host, got.Level, entry.Level)
		}
		if got := Judge([]Barrier{other}, host, "", false); got != (Standing{}) {
			t.Fatalf("%s is blocked by %s", host, other.Subject)
		}
	})
}

// Whoever is suspended changes nothing but what is theirs to take away, and hears nothing.
func TestSuspendedHaveNoEffect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := anyState(t), anyRequest(t)
		s.Standing.Level = LevelSuspend
		d := Decide(s, r)
		if harmless(r.Kind) {
			return
		}
		if len(d.Effects) > 0 || d.Verdict == Accepted {
			t.Fatalf("%s: %+v", r.Kind, d)
		}
	})
}

// What a silenced server sends is shown to nobody and told to nobody before a moderator has seen it.
func TestSilencedPostsAreHeld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := anyState(t), anyRequest(t)
		s.Standing.Level = LevelSilence
		d := Decide(s, r)
		aside := false
		for _, e := range d.Effects {
			if f, ok := e.(File); ok && f.State != Pending {
				t.Fatalf("%s filed %+v", r.Kind, f)
			}
			_, set := e.(SetAside)
			aside = aside || set
		}
		for _, e := range d.Effects {
			tell, isTell := e.(Tell)
			if _, ok := e.(Revise); ok && !aside && s.Existing.State != Pending {
				t.Fatalf("an edit is shown: %+v", d)
			}
			if isTell && d.Verdict == Held && tell.To == "" && tell.What != TellMods && tell.What != TellUndo {
				t.Fatalf("told of what is held: %+v", tell)
			}
		}
	})
}

func TestBlocksOfAGroup(t *testing.T) {
	ask := func(k Kind) Request {
		return Request{Kind: k, By: Person{URI: bob}, Target: "evil.example", Barrier: &Barrier{Subject: "evil.example", Level: LevelSuspend}}
	}
	tests := map[string]struct {
		member  Member
		request Request
		verdict Verdict
		reason  Reason
	}{
		"a moderator blocks":     {moderator(), ask(Bar), Accepted, ReasonBarred},
		"a member blocks":        {member(), ask(Bar), Refused, ReasonNotModerator},
		"a moderator lifts":      {moderator(), ask(Unbar), Accepted, ReasonUnbarred},
		"a member lifts":         {member(), ask(Unbar), Refused, ReasonNotModerator},
		"a block of nothing":     {moderator(), Request{Kind: Bar, By: Person{URI: bob}}, Ignored, ReasonNothingToDo},
		"announced by another":   {moderator(), Request{Kind: Bar, By: Person{URI: bob}, Via: lounge}, Ignored, ReasonNotOurs},
		"reports from elsewhere": {member(), Request{Kind: Report, By: Person{URI: bob}, Target: post1}, Accepted, ReasonReported},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := State{Group: openGroup(), Member: tt.member, Existing: annsFiled(nil), Following: Following}
			tt.request.At = time.Unix(2000, 0)
			if d := Decide(s, tt.request); d.Verdict != tt.verdict || d.Reason != tt.reason {
				t.Errorf("%s, %s", d.Verdict, d.Reason)
			}
			s.Standing.NoReports = true
			if d := Decide(s, tt.request); tt.request.Kind == Report && (d.Verdict != Ignored || d.Reason != ReasonBlocked) {
				t.Errorf("a report from a server whose reports are not taken: %+v", d)
			}
		})
	}
}

func TestMoveToABlockedServer(t *testing.T) {
	s := State{Group: openGroup(), Member: member(), Target: Standing{Level: LevelSuspend}}
	if d := Decide(s, Request{Kind: Move, By: Person{URI: ann}, Target: "https://evil.example/users/ann"}); d.Reason != ReasonBlocked || len(d.Effects) > 0 {
		t.Errorf("%+v", d)
	}
}

func TestBlockList(t *testing.T) {
	text := "\ufeff#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n" +
		"evil.example,suspend,true,TRUE,\"spam, and worse\",false\n" +
		"*.loud.example,silence,false,false,,true\nmild.example,noop,True,false,,\n" +
		"e***.example,suspend,,,,\nodd.example,banish,,,,\n\nshort.example\n"
	got, problems, err := ParseBlockList(text)
	want := []Barrier{
		{Subject: "evil.example", Level: LevelSuspend, RejectMedia: true, RejectReports: true, Public: "spam, and worse"},
		{Subject: "loud.example", Level: LevelSilence, Obfuscate: true},
		{Subject: "mild.example", Level: LevelNoop, RejectMedia: true},
		{Subject: "short.example", Level: LevelSuspend},
	}
	if err != nil || !reflect.DeepEqual(got, want) || len(problems) != 2 {
		t.Errorf("%+v\nproblems %q, %v", got, problems, err)
	}
	written, err := FormatBlockList(append(got, Barrier{Subject: "https://a.example/bob", Level: LevelSuspend}, Barrier{Subject: "ok.example", Level: LevelAllow}))
	if err != nil {
		t.Fatal(err)
	}
	again, problems, err := ParseBlockList(written)
	if err != nil || !reflect.DeepEqual(again, want) || len(problems) != 0 {
		t.Errorf("written and read again: %+v %q %v", again, problems, err)
	}
}

func TestBareListOfDomains(t *testing.T) {
	got, _, err := ParseBlockList("evil.example\nbad.example\n# a remark\n")
	if err != nil || len(got) != 2 || got[1].Subject != "bad.example" || got[1].Level != LevelSuspend {
		t.Errorf("%+v %v", got, err)
	}
	for _, text := range []string{"", "<html>", "a,b\nc,d\n"} {
		if got, _, err := ParseBlockList(text); err == nil {
			t.Errorf("%q read as %+v", text, got)
		}
	}
}

// Whatever a list says, what is read of it is written and read again unchanged.
// A list that somebody opens in a spreadsheet calculates nothing, and comes back as it was.
func TestListsHoldNoFormulas(t *testing.T) {
	for _, words := range []string{`=HYPERLINK("https://evil.example","x")`, "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "|x", "%x", "'=1", "a,\"b\"\nc", "plain"} {
		t.Run("HTM-08 list of blocks, "+words, func(t *testing.T) {
			entries := []Barrier{{Subject: "evil.example", Level: LevelSuspend, Public: words}}
			text, err := FormatBlockList(entries)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			if err != nil || len(rows) != 2 {
				t.Fatalf("%v, %v", rows, err)
			}
			for _, field := range rows[1] {
				if strings.ContainsAny(field[:min(1, len(field))], "=+-@|%\t\r") {
					t.Errorf("a field is %q", field)
				}
			}
			back, problems, err := ParseBlockList(text)
			if err != nil || len(problems) > 0 || len(back) != 1 || back[0].Public != words {
				t.Errorf("came back as %+v, %v, %v", back, problems, err)
			}
		})
	}
}

func FuzzBlockList(f *testing.F) {
	f.Add("#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\nevil.example,suspend,true,true,spam,false\n")
	f.Add("evil.example\n*.bad.example\n")
	f.Add("domain,severity\n\"a\nb\",silence\n,\n#x,noop\n")
	f.Add("\ufeff#obfuscate,#domain\ntrue,a.example")
	f.Fuzz(func(t *testing.T, text string) {
		entries, _, err := ParseBlockList(text)
		if err != nil {
			return
		}
		written, err := FormatBlockList(entries)
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := ParseBlockList(written)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range again {
			if b.Level.rank() == 0 || b.Subject == "" || strings.Contains(b.Subject, "*") {
				t.Fatalf("%+v", b)
			}
		}
		if third, err := FormatBlockList(again); err != nil || len(again) > 0 && third != written {
			t.Fatalf("%q, then %q, %v", written, third, err)
		}
	})
}

func TestObfuscated(t *testing.T) {
	if got := (Barrier{Subject: "evil.example", Obfuscate: true}).Obfuscated(); got == "evil.example" || !strings.HasPrefix(got, "evi") || len(got) != 12 {
		t.Error(got)
	}
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"folkmoot/config"
	"folkmoot/federation"
	"folkmoot/group"
)

// acts are what can be done for a group's moderators.
func acts() []group.Kind {
	return []group.Kind{
		group.Remove, group.Restore, group.Lock, group.Unlock, group.Pin, group.Unpin, group.Relocate, group.Ban, group.Unban, group.Appoint, group.Dismiss, group.Warn,
	}
}

// moderation is an act as it goes over the socket.
type moderation struct {
	Act         group.Kind `json:"act"`
	Target      string     `json:"target"`
	To          string     `json:"to,omitempty"`
	Reason      string     `json:"reason,omitempty"`
	Days        int        `json:"days,omitempty"`
	Minutes     int        `json:"minutes,omitempty"`
	Number      int64      `json:"number,omitempty"` // of a post that waits
	WithPosts   bool       `json:"with_posts,omitempty"`
	WithReplies bool       `json:"with_replies,omitempty"`
	Private     bool       `json:"private,omitempty"`
}

// moderated is the answer: what was decided and why.
type moderated struct {
	Verdict group.Verdict `json:"verdict"`
	Reason  group.Reason  `json:"reason"`
	Words   string        `json:"words"`
}

func moderateCommand(e *environment) *cobra.Command {
	var m moderation
	var days string
	var names []string
	for _, k := range acts() {
		names = append(names, string(k))
	}
	cmd := &cobra.Command{
		Use: "moderate GROUP ACT TARGET", Short: "Do what a group's moderators would",
		Long: "Moderates a group of the running server, for its moderators. ACT is one of: " + strings.Join(names, ", ") + ".\n" +
			"TARGET is the address of a post, or the handle of an account. The followers' servers are told.",
		Example: "  folkmoot moderate books remove https://mastodon.example/@bob/1 --reason spam\n" +
			"  folkmoot moderate books ban @bob@mastodon.example --for 30d --with-posts\n" +
			"  folkmoot moderate books appoint @lee@lemmy.example",
		Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			if m.Act, m.Target = group.Kind(args[1]), args[2]; !slices.Contains(acts(), m.Act) {
				return usageError(fmt.Sprintf("there is no act %q; it is one of: %s", args[1], strings.Join(names, ", ")))
			}
			if (m.Act == group.Relocate) != (m.To != "") {
				return usageError("relocate needs --to with the name of the other group, and nothing else does")
			}
			if days != "" {
				d, err := config.ParseDays(days)
				if err != nil {
					return usageError(fmt.Sprintf("--for: %v", err))
				}
				m.Days = int(d)
			}
			admin, err := e.admin()
			if err != nil {
				return err
			}
			var answer moderated
			if err := admin.do(cmd.Context(), http.MethodPost, "/v1/groups/"+url.PathEscape(args[0])+"/moderate", m, &answer); err != nil {
				return err
			}
			return e.print(answer, func(w io.Writer) { fmt.Fprintln(w, answer.Words) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&m.Reason, "reason", "", "why, for the person concerned and the other moderators")
	f.StringVar(&m.To, "to", "", "with relocate: the group that gets the thread, its name here or its address elsewhere")
	f.StringVar(&days, "for", "", "how long a ban lasts, such as 30d (default: until it is lifted)")
	f.BoolVar(&m.WithPosts, "with-posts", false, "with ban: remove the account's posts; with unban: bring them back")
	f.BoolVar(&m.WithReplies, "with-replies", false, "with remove and restore: everything beneath the post too")
	f.BoolVar(&m.Private, "private", false, "the public log does not give the reason")
	e.jsonFlag(cmd)
	e.settingFlags(cmd, "socket", "data_dir")
	return cmd
}

// moderate does what somebody at the socket asks for.
func (a *app) moderate(r *http.Request) (any, error) {
	var m moderation
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&m); err != nil {
		return nil, &adminError{status: http.StatusBadRequest, Words: "The request is not understood: " + err.Error()}
	}
	act := federation.Act{Kind: m.Act, Target: m.Target, To: m.To, Reason: m.Reason, WithPosts: m.WithPosts, WithReplies: m.WithReplies, Private: m.Private}
	act.Number = m.Number
	if length := config.Days(m.Days).Duration() + time.Duration(m.Minutes)*time.Minute; length > 0 {
		act.Until = time.Now().Add(length)
	}
	d, err := a.fed.Moderate(r.Context(), r.PathValue("name"), act)
	switch {
	case errors.Is(err, federation.ErrHeld):
		return nil, &adminError{status: http.StatusConflict, Words: fmt.Sprintf(
			"Nothing waits as number %d: somebody has decided already, or the author has changed the post or taken it back.", m.Number)}
	case errors.Is(err, federation.ErrAct):
		return nil, &adminError{status: http.StatusBadRequest, Words: sentence(err)}
	case errors.Is(err, federation.ErrOwner):
		a.log.InfoContext(r.Context(), "account not found", "account", m.Target, "error", err)
		return nil, &adminError{status: http.StatusBadGateway, Words: accountWords(m.Target, err)}
	case err != nil:
		return nil, err
	}
	if d.Verdict == group.Refused || d.Verdict == group.Ignored {
		return nil, &adminError{status: http.StatusConflict, Words: d.Reason.Sentence()}
	}
	return moderated{Verdict: d.Verdict, Reason: d.Reason, Words: d.Reason.Sentence()}, nil
}

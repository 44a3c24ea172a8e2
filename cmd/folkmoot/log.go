package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// actInfo is an entry of the moderation log.
type actInfo struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Act     string    `json:"act"`
	By      string    `json:"by,omitempty"`
	Target  string    `json:"target"`
	Words   string    `json:"words,omitempty"`
	Private bool      `json:"private,omitempty"`
	Verdict string    `json:"verdict"`
	Reason  string    `json:"reason"`
	Why     string    `json:"why,omitempty"`
}

// warningInfo is a formal warning.
type warningInfo struct {
	ID     int64     `json:"id"`
	Person string    `json:"person"`
	Count  int       `json:"count"`
	By     string    `json:"by"`
	Words  string    `json:"words"`
	At     time.Time `json:"at"`
	Lifted time.Time `json:"lifted,omitzero"`
}

const maxLog = 1000

// logCommand is about what was done to keep order.
func logCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "log", Short: "See what moderators, rules and blocks did in a group",
		Long: "The moderation log of a group. Everybody reads it at the group's address with /modlog behind, without who did what and without\n" +
			"reasons that are private; here it is whole, with what the group's own rules held back and why.",
	}
	return e.asking(cmd, logShowCommand(e), logWarningsCommand(e), logAppealsCommand(e), logDecideCommand(e))
}

func logShowCommand(e *environment) *cobra.Command {
	var last int
	var public bool
	cmd := &cobra.Command{
		Use: "show GROUP", Short: "Show the log, the newest first", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			list := []actInfo{}
			path := fmt.Sprintf("/v1/groups/%s/log?last=%d&public=%t", url.PathEscape(args[0]), last, public)
			if err := admin.do(cmd.Context(), http.MethodGet, path, nil, &list); err != nil {
				return err
			}
			return e.print(list, func(w io.Writer) { showLog(w, list) })
		},
	}
	cmd.Flags().IntVar(&last, "last", 50, "how many entries, 1000 at most")
	cmd.Flags().BoolVar(&public, "public", false, "as everybody sees it")
	return cmd
}

func showLog(w io.Writer, list []actInfo) {
	if len(list) == 0 {
		fmt.Fprintln(w, "Nothing was done.")
	}
	for _, a := range list {
		fmt.Fprintf(w, "%d  %s  %s  %s", a.ID, timeWords(a.At), a.Act, a.Target)
		if a.By != "" {
			fmt.Fprintf(w, "  by %s", a.By)
		}
		if a.Verdict != "accepted" {
			fmt.Fprintf(w, "  %s: %s", a.Verdict, a.Reason)
		}
		fmt.Fprintln(w)
		if a.Words != "" {
			private := ""
			if a.Private {
				private = " (private)"
			}
			fmt.Fprintf(w, "    %s%s\n", a.Words, private)
		}
		if a.Why != "" {
			fmt.Fprintf(w, "    %s\n", strings.ReplaceAll(a.Why, "\n", "\n    "))
		}
	}
}

func logWarningsCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "warnings GROUP [ACCOUNT]", Short: "List formal warnings, the newest first", Args: cobra.RangeArgs(1, 2),
		Example: "  folkmoot moderate books warn @bob@mastodon.example --reason \"Please stay on topic.\"\n  folkmoot log warnings books",
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			person := ""
			if len(args) > 1 {
				person = args[1]
			}
			list := []warningInfo{}
			path := "/v1/groups/" + url.PathEscape(args[0]) + "/warnings?person=" + url.QueryEscape(person)
			if err := admin.do(cmd.Context(), http.MethodGet, path, nil, &list); err != nil {
				return err
			}
			return e.print(list, func(w io.Writer) {
				if len(list) == 0 {
					fmt.Fprintln(w, "Nobody was warned.")
				}
				for _, v := range list {
					fmt.Fprintf(w, "%s  %s (warning %d), by %s: %s\n", timeWords(v.At), v.Person, v.Count, v.By, cmp.Or(v.Words, "no reason given"))
				}
			})
		},
	}
}

func (a *app) showLog(r *http.Request) (any, error) {
	g, err := a.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	last, err := strconv.Atoi(r.URL.Query().Get("last"))
	if err != nil || last < 1 || last > maxLog {
		return nil, &adminError{status: http.StatusBadRequest, Words: fmt.Sprintf("--last is a number from 1 to %d.", maxLog)}
	}
	acts, err := a.store.ModLog(r.Context(), g.ID, r.URL.Query().Get("public") == "true", 0, last)
	list := make([]actInfo, 0, len(acts))
	for _, p := range acts {
		list = append(list, actInfo{
			ID: p.ID, At: inUTC(p.At), Act: string(p.Kind), By: p.By, Target: p.Target, Words: p.Words, Private: p.Private,
			Verdict: string(p.Verdict), Reason: string(p.Reason), Why: p.Why,
		})
	}
	return list, err
}

func (a *app) listWarnings(r *http.Request) (any, error) {
	g, err := a.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	person := r.URL.Query().Get("person")
	if person != "" {
		found, err := a.fed.Person(r.Context(), person)
		if err != nil {
			return nil, &adminError{status: http.StatusBadGateway, Words: accountWords(person, err)}
		}
		person = found.URI
	}
	warnings, err := a.store.Warnings(r.Context(), g.ID, person, maxLog)
	list := make([]warningInfo, 0, len(warnings))
	for _, v := range warnings {
		list = append(list, warningInfo{ID: v.ID, Person: v.Person, Count: v.Count, By: v.By, Words: v.Words, At: inUTC(v.At), Lifted: inUTC(v.Lifted)})
	}
	return list, err
}

package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"folkmoot/group"
)

// appealInfo is what somebody answers to an act of moderation.
type appealInfo struct {
	Act     int64     `json:"act"`
	Kind    string    `json:"kind"`
	Target  string    `json:"target"`
	By      string    `json:"by"`
	Person  string    `json:"person"`
	Words   string    `json:"words"`
	At      time.Time `json:"at"`
	Decided time.Time `json:"decided,omitzero"`
	Outcome string    `json:"outcome,omitempty"`
	Answer  string    `json:"answer,omitempty"`
}

// ruling decides about an appeal.
type ruling struct {
	Overturn bool   `json:"overturn"`
	Words    string `json:"words,omitempty"`
}

func logAppealsCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "appeals GROUP", Short: "List what people concerned answer to acts of moderation", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			list := []appealInfo{}
			if err := admin.do(cmd.Context(), http.MethodGet, "/v1/groups/"+url.PathEscape(args[0])+"/appeals", nil, &list); err != nil {
				return err
			}
			return e.print(list, func(w io.Writer) {
				if len(list) == 0 {
					fmt.Fprintln(w, "Nobody has appealed.")
				}
				for _, p := range list {
					fmt.Fprintf(w, "%d  %s  %s %s, by %s\n    %s: %s\n", p.Act, timeWords(p.At), p.Kind, p.Target, p.By, p.Person, p.Words)
					if p.Outcome != "" {
						fmt.Fprintf(w, "    %s: %s\n", p.Outcome, p.Answer)
					}
				}
			})
		},
	}
}

func logDecideCommand(e *environment) *cobra.Command {
	var in ruling
	cmd := &cobra.Command{
		Use: "decide GROUP NUMBER uphold|overturn", Short: "Decide about an appeal, by the number of the act", Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			if in.Overturn = args[2] == "overturn"; !in.Overturn && args[2] != "uphold" {
				return usageError("an appeal is decided with uphold or overturn")
			}
			admin, err := e.admin()
			if err != nil {
				return err
			}
			var answer said
			path := "/v1/groups/" + url.PathEscape(args[0]) + "/appeals/" + url.PathEscape(args[1])
			if err := admin.do(cmd.Context(), http.MethodPost, path, in, &answer); err != nil {
				return err
			}
			return e.print(answer, func(w io.Writer) { fmt.Fprintln(w, answer.Words) })
		},
	}
	cmd.Flags().StringVar(&in.Words, "words", "", "what the person concerned is told")
	return cmd
}

func (a *app) listAppeals(r *http.Request) (any, error) {
	g, err := a.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	appeals, err := a.store.Appeals(r.Context(), g.ID, maxLog)
	list := make([]appealInfo, 0, len(appeals))
	for _, p := range appeals {
		list = append(list, appealInfo{
			Act: p.Act, Kind: string(p.Kind), Target: p.Target, By: p.By, Person: p.Person, Words: p.Words, At: inUTC(p.At),
			Decided: inUTC(p.Decided), Outcome: p.Outcome, Answer: p.Answer,
		})
	}
	return list, err
}

func (a *app) decideAppeal(r *http.Request) (any, error) {
	in, err := readJSON[ruling](r, 1<<20)
	if err != nil {
		return nil, err
	}
	act, _ := strconv.ParseInt(r.PathValue("act"), 10, 64) // 0 is no act
	d, err := a.fed.DecideAppeal(r.Context(), r.PathValue("name"), act, in.Overturn, in.Words)
	if err != nil {
		return nil, err
	}
	if d.Verdict != group.Accepted {
		return nil, &adminError{status: http.StatusConflict, Words: d.Reason.Sentence()}
	}
	return said{Words: d.Reason.Sentence()}, nil
}

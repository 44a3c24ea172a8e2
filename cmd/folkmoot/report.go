package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"folkmoot/store"
)

// reportInfo is a report as the administration shows it. Who sent it is for those who decide about it.
type reportInfo struct {
	ID       int64     `json:"id"`
	Group    string    `json:"group"`
	About    string    `json:"about"`
	Reporter string    `json:"reporter"`
	Words    string    `json:"words"`
	At       time.Time `json:"at"`
	ForAdmin bool      `json:"for_admin"`
	Closed   time.Time `json:"closed,omitzero"`
	Outcome  string    `json:"outcome,omitempty"`
	Answer   string    `json:"answer,omitempty"`
	By       string    `json:"by,omitempty"`
}

// closing deals with a report.
type closing struct {
	Discard bool   `json:"discard,omitempty"`
	Words   string `json:"words,omitempty"`
}

const maxReports = 200

// reportCommand is about the reports of the whole server.
func reportCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "report", Short: "See reports and deal with them",
		Long: "Reports from every server come into one queue. A group's moderators are told of those about its posts and members; those\n" +
			"about whoever runs a group or about this server are for the admin alone. Who sent a report is not told\n" +
			"to other servers and not to those it is about: keep it so.",
	}
	return e.asking(cmd,
		reportListCommand(e), reportCloseCommand(e, "resolve", "Close a report: something was done about it", false),
		reportCloseCommand(e, "dismiss", "Close a report: nothing was wrong", true),
	)
}

func reportListCommand(e *environment) *cobra.Command {
	var name string
	var closed bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the open reports", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			list := []reportInfo{}
			path := fmt.Sprintf("/v1/reports?group=%s&closed=%t", url.QueryEscape(name), closed)
			if err := admin.do(cmd.Context(), http.MethodGet, path, nil, &list); err != nil {
				return err
			}
			return e.print(list, func(w io.Writer) { listReports(w, list) })
		},
	}
	cmd.Flags().StringVar(&name, "group", "", "only of this group")
	cmd.Flags().BoolVar(&closed, "closed", false, "those that are dealt with, the last first")
	return cmd
}

func listReports(w io.Writer, list []reportInfo) {
	if len(list) == 0 {
		fmt.Fprintln(w, "There are no reports.")
	}
	for _, r := range list {
		fmt.Fprintf(w, "%d  %s  %s  %s\n", r.ID, timeWords(r.At), cmp.Or(r.Group, "the server"), r.About)
		if r.ForAdmin {
			fmt.Fprintln(w, "   For the admin alone: it is about those who run the group, or the server.")
		}
		fmt.Fprintf(w, "   %s (from %s)\n", strings.ReplaceAll(cmp.Or(r.Words, "no reason given"), "\n", "\n   "), r.Reporter)
		if r.Outcome != "" {
			fmt.Fprintf(w, "   %s %s by %s: %s\n", r.Outcome, timeWords(r.Closed), r.By, cmp.Or(r.Answer, "nothing said"))
		}
	}
}

func reportCloseCommand(e *environment, name, short string, discard bool) *cobra.Command {
	in := closing{Discard: discard}
	cmd := &cobra.Command{
		Use: name + " NUMBER", Short: short, Args: cobra.ExactArgs(1),
		Long:    short + ".\nAll reports about the same are closed with it, and those who sent them are told.",
		Example: "  folkmoot report " + name + " 12 --words \"Thank you.\"",
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			var answer said
			if err := admin.do(cmd.Context(), http.MethodPost, "/v1/reports/"+url.PathEscape(args[0]), in, &answer); err != nil {
				return err
			}
			return e.print(answer, func(w io.Writer) { fmt.Fprintln(w, answer.Words) })
		},
	}
	cmd.Flags().StringVar(&in.Words, "words", "", "what those who reported are told")
	return cmd
}

func (a *app) reportRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/reports", a.admin(a.listReports))
	mux.HandleFunc("POST /v1/reports/{id}", a.admin(a.closeReport))
	mux.HandleFunc("GET /v1/groups/{name}/log", a.admin(a.showLog))
	mux.HandleFunc("GET /v1/groups/{name}/appeals", a.admin(a.listAppeals))
	mux.HandleFunc("POST /v1/groups/{name}/appeals/{act}", a.admin(a.decideAppeal))
	mux.HandleFunc("GET /v1/groups/{name}/warnings", a.admin(a.listWarnings))
}

func (a *app) listReports(r *http.Request) (any, error) {
	id, err := a.scopeID(r, r.URL.Query().Get("group"))
	if err != nil {
		return nil, err
	}
	reports, err := a.store.Reports(r.Context(), store.ReportQuery{GroupID: id, Closed: r.URL.Query().Get("closed") == "true", Limit: maxReports})
	list := make([]reportInfo, 0, len(reports))
	for _, p := range reports {
		list = append(list, reportInfo{
			ID: p.ID, Group: p.Group, About: p.About, Reporter: p.Reporter, Words: p.Words, At: inUTC(p.At), ForAdmin: p.ForAdmin,
			Closed: inUTC(p.Closed), Outcome: p.Outcome, Answer: p.Answer, By: p.By,
		})
	}
	return list, err
}

func (a *app) closeReport(r *http.Request) (any, error) {
	in, err := readJSON[closing](r, 1<<20)
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err == nil {
		d, closed := a.fed.CloseReport(r.Context(), id, in.Discard, in.Words)
		if err = closed; err == nil {
			return said{Words: d.Reason.Sentence()}, nil
		}
	}
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, strconv.ErrSyntax) || errors.Is(err, strconv.ErrRange) {
		return nil, &adminError{status: http.StatusNotFound, Words: fmt.Sprintf("There is no report %s. See them with: folkmoot report list", r.PathValue("id"))}
	}
	return nil, err
}

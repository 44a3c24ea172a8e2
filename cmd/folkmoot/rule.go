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

	"github.com/spf13/cobra"

	"folkmoot/federation"
	"folkmoot/group"
)

// ruleInfo is a rule of a group as the administration shows it.
type ruleInfo struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
	By     string `json:"by"`
}

// ruleRequest adds, removes or tries rules.
type ruleRequest struct {
	Rules []string `json:"rules,omitempty"`
	Last  int      `json:"last,omitempty"`
}

// triedPost is a post that rules would have acted on.
type triedPost struct {
	Post   string   `json:"post"`
	Author string   `json:"author"`
	Title  string   `json:"title"`
	Hits   []string `json:"hits"`
}

// triedRules is what a try comes to.
type triedRules struct {
	Looked int         `json:"looked_at"`
	Posts  []triedPost `json:"posts"`
}

// ruleCommand is about the rules that groups make for posts.
func ruleCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "rule", Short: "Let a group hold, refuse or report posts by itself",
		Long: "A group's own rules look at new posts and edits of everybody but those who run it. A rule is one line:\n\n" +
			"  hold if words casino, \"free money\", crypto* and links > 2\n" +
			"  refuse \"No adverts, please.\" if domain spam.example or pattern /buy\\s+now/\n" +
			"  warn \"spoilers\" if words spoiler\n" +
			"  report if account < 7 days and no avatar\n" +
			"  hold if not language en, de\n\n" +
			"Conditions: words (whole words, however they are spelt), pattern (RE2), links, domain (with subdomains), account, avatar,\n" +
			"language, mentions, media. Joined with and, all must hold; with or, one is enough.",
	}
	return e.asking(cmd, ruleListCommand(e), ruleAddCommand(e), ruleRemoveCommand(e), ruleTryCommand(e))
}

func rulesPath(name string) string { return "/v1/groups/" + url.PathEscape(name) + "/rules" }

func ruleListCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "list GROUP", Short: "List a group's rules", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return e.rules(cmd, http.MethodGet, args[0], nil) },
	}
}

func ruleAddCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "add GROUP RULE", Short: "Add a rule", Args: cobra.MinimumNArgs(2),
		Example: `  folkmoot rule add books 'hold if words casino and links > 2'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.rules(cmd, http.MethodPost, args[0], ruleRequest{Rules: []string{strings.Join(args[1:], " ")}})
		},
	}
}

func ruleRemoveCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "remove GROUP NUMBER", Short: "Take a rule away, by its number in the list", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.rules(cmd, http.MethodDelete, args[0], ruleRequest{Rules: args[1:]})
		},
	}
}

// rules asks for a change, or for nothing, and prints the rules as they are then.
func (e *environment) rules(cmd *cobra.Command, method, name string, in any) error {
	admin, err := e.admin()
	if err != nil {
		return err
	}
	list := []ruleInfo{}
	if err := admin.do(cmd.Context(), method, rulesPath(name), in, &list); err != nil {
		return err
	}
	return e.print(list, func(w io.Writer) {
		if len(list) == 0 {
			fmt.Fprintln(w, "The group has no rules of its own.")
		}
		for _, r := range list {
			fmt.Fprintf(w, "%d  %s\n", r.Number, r.Text)
		}
	})
}

func ruleTryCommand(e *environment) *cobra.Command {
	var in ruleRequest
	cmd := &cobra.Command{
		Use: "try GROUP [RULE...]", Short: "See which of the last posts rules would have acted on, and why", Args: cobra.MinimumNArgs(1),
		Long:    "Tries the group's own rules, or those given, each in one argument, on its last posts. Nothing is changed.",
		Example: `  folkmoot rule try books 'hold if words casino' --last 500`,
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			in.Rules = args[1:]
			var out triedRules
			if err := admin.do(cmd.Context(), http.MethodPost, rulesPath(args[0])+"/try", in, &out); err != nil {
				return err
			}
			return e.print(out, func(w io.Writer) {
				fmt.Fprintf(w, "Of the last %d posts %d would have been acted on.\n", out.Looked, len(out.Posts))
				for _, p := range out.Posts {
					fmt.Fprintf(w, "\n%s\n  %s, by %s\n", p.Post, cmp.Or(p.Title, "without words"), p.Author)
					for _, h := range p.Hits {
						fmt.Fprintf(w, "  %s\n", h)
					}
				}
			})
		},
	}
	cmd.Flags().IntVar(&in.Last, "last", 200, "how many posts to look at, 5000 at most")
	return cmd
}

func (a *app) ruleRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/groups/{name}/rules", a.admin(a.listRules))
	mux.HandleFunc("POST /v1/groups/{name}/rules", a.admin(a.setRule))
	mux.HandleFunc("DELETE /v1/groups/{name}/rules", a.admin(a.setRule))
	mux.HandleFunc("POST /v1/groups/{name}/rules/try", a.admin(a.tryRules))
}

func (a *app) listRules(r *http.Request) (any, error) {
	g, err := a.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	rules, err := a.store.Rules(r.Context(), g.ID)
	list := []ruleInfo{}
	for i, rule := range rules {
		list = append(list, ruleInfo{Number: i + 1, Text: rule.Text, By: rule.By})
	}
	return list, err
}

// setRule adds a rule (POST) or takes one away by its number (DELETE).
func (a *app) setRule(r *http.Request) (any, error) {
	in, err := readJSON[ruleRequest](r, 1<<20)
	if err != nil {
		return nil, err
	}
	if len(in.Rules) != 1 {
		return nil, &adminError{status: http.StatusBadRequest, Words: "Name one rule."}
	}
	text, drop := in.Rules[0], r.Method == http.MethodDelete
	if drop {
		if text, err = a.ruleNumbered(r, text); err != nil {
			return nil, err
		}
	}
	d, err := a.fed.SetRule(r.Context(), r.PathValue("name"), text, drop)
	switch {
	case errors.Is(err, federation.ErrRule):
		return nil, &adminError{status: http.StatusBadRequest, Words: sentence(err)}
	case err != nil:
		return nil, err
	case d.Verdict != group.Accepted:
		return nil, &adminError{status: http.StatusConflict, Words: d.Reason.Sentence()}
	}
	return a.listRules(r)
}

func (a *app) ruleNumbered(r *http.Request, number string) (string, error) {
	list, err := a.listRules(r)
	if err != nil {
		return "", err
	}
	rules, _ := list.([]ruleInfo)
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(rules) {
		return "", &adminError{status: http.StatusNotFound, Words: fmt.Sprintf("The group has no rule %s. See their numbers with: folkmoot rule list %s", number, r.PathValue("name"))}
	}
	return rules[n-1].Text, nil
}

func (a *app) tryRules(r *http.Request) (any, error) {
	in, err := readJSON[ruleRequest](r, 1<<20)
	if err != nil {
		return nil, err
	}
	if in.Last < 1 || in.Last > 5000 {
		return nil, &adminError{status: http.StatusBadRequest, Words: "--last is a number from 1 to 5000."}
	}
	tried, looked, err := a.fed.TryRules(r.Context(), r.PathValue("name"), in.Rules, in.Last)
	if errors.Is(err, federation.ErrRule) {
		return nil, &adminError{status: http.StatusBadRequest, Words: sentence(err)}
	}
	out := triedRules{Looked: looked, Posts: []triedPost{}}
	for _, t := range tried {
		p := triedPost{Post: t.URI, Author: t.Author, Title: t.Title}
		for _, h := range t.Hits {
			p.Hits = append(p.Hits, h.String())
		}
		out.Posts = append(out.Posts, p)
	}
	return out, err
}

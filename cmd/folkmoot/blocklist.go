package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// What a followed list may change without asking, unless said otherwise.
const (
	listHours     = 24
	listEntries   = 200
	listFollowers = 20
)

func blockSubscribeCommand(e *environment) *cobra.Command {
	var in listRequest
	cmd := &cobra.Command{
		Use: "subscribe URL", Short: "Follow a list of blocks elsewhere", Args: cobra.ExactArgs(1),
		Long: "Takes over a list (CSV as Mastodon exports it) again and again: what it adds is blocked, what it drops is lifted, and what is\n" +
			"entered here by hand counts before it. A change larger than the limits waits for: folkmoot block refresh URL --yes",
		Example: "  folkmoot block subscribe https://lists.example/tier0.csv",
		RunE: func(cmd *cobra.Command, args []string) error {
			in.URL = args[0]
			return e.askList(cmd, http.MethodPut, in)
		},
	}
	f := cmd.Flags()
	f.IntVar(&in.Hours, "hours", listHours, "hours between two looks at it")
	f.IntVar(&in.Entries, "max-entries", listEntries, "how many entries may change at once without asking; 0 for any number")
	f.IntVar(&in.Followers, "max-followers", listFollowers, "how many followers may be lost at once without asking; 0 for any number")
	f.BoolVar(&in.Yes, "yes", false, "take it over now, however much it changes")
	return cmd
}

func blockUnsubscribeCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "unsubscribe URL", Short: "No longer follow a list, and lift what came from it alone", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.askList(cmd, http.MethodDelete, listRequest{URL: args[0]})
		},
	}
}

func blockRefreshCommand(e *environment) *cobra.Command {
	var in listRequest
	cmd := &cobra.Command{
		Use: "refresh URL", Short: "Look at a followed list now", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.URL = args[0]
			return e.askList(cmd, http.MethodPost, in)
		},
	}
	cmd.Flags().BoolVar(&in.Yes, "yes", false, "take it over, however much it changes")
	previewFlag(cmd, &in.Preview)
	return cmd
}

func (e *environment) askList(cmd *cobra.Command, method string, in listRequest) error {
	admin, err := e.admin()
	if err != nil {
		return err
	}
	var answer blockAnswer
	if err := admin.do(cmd.Context(), method, "/v1/blocklists", in, &answer); err != nil {
		return err
	}
	return e.print(answer, func(w io.Writer) { sayBlocked(w, answer) })
}

func blockListsCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "lists", Short: "List the lists of blocks that are followed", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			lists := []listInfo{}
			if err := admin.do(cmd.Context(), http.MethodGet, "/v1/blocklists", nil, &lists); err != nil {
				return err
			}
			return e.print(lists, func(w io.Writer) { listLists(w, lists) })
		},
	}
}

func listLists(w io.Writer, lists []listInfo) {
	if len(lists) == 0 {
		fmt.Fprintln(w, "No list is followed. Follow one with: folkmoot block subscribe URL")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "LIST\tEVERY\tTAKEN OVER\tSTATE")
	for _, l := range lists {
		fetched, state := "never", cmp.Or(l.Words, "well")
		if !l.Fetched.IsZero() {
			fetched = timeWords(l.Fetched)
		}
		if !l.Waiting.IsZero() {
			state += " Say yes with: folkmoot block refresh " + l.URL + " --yes"
		}
		fmt.Fprintf(table, "%s\t%d h\t%s\t%s\n", l.URL, l.Hours, fetched, state)
	}
	_ = table.Flush() // writing to a terminal or a buffer
}

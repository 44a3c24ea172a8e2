package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// queueCommand is about what waits to be delivered.
func queueCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "queue", Short: "See what waits to be delivered, why, and what to do about it",
		Long: "Everything the groups send stands in one log, and each other server has its place in it. These commands show which\n" +
			"servers are behind and why, try one again at once, or give up what waits for it.",
	}
	return e.asking(cmd, queueListCommand(e), queueExplainCommand(e), queueRetryCommand(e), queueDropCommand(e))
}

func queueListCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the servers that are behind", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			peers := []peerInfo{}
			if err := admin.do(cmd.Context(), http.MethodGet, "/v1/queue", nil, &peers); err != nil {
				return err
			}
			return e.print(peers, func(w io.Writer) { listQueue(w, peers) })
		},
	}
}

func listQueue(w io.Writer, peers []peerInfo) {
	if len(peers) == 0 {
		fmt.Fprintln(w, "Nothing waits for any server.")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "HOST\tWAITING\tFAILURES\tNEXT TRY\tLAST ERROR")
	for _, p := range peers {
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\n", p.Host, p.Logged+p.Direct, p.Failures, nextTryWords(p), cmp.Or(p.LastError, "none"))
	}
	_ = table.Flush() // writing to a terminal or a buffer
}

func queueExplainCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "explain HOST", Short: "Say what waits for a server, and why it was not delivered yet", Args: oneHost,
		Example: "  folkmoot queue explain mastodon.example",
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			var q queueInfo
			if err := admin.do(cmd.Context(), http.MethodGet, "/v1/queue/"+url.PathEscape(hostArgument(args[0])), nil, &q); err != nil {
				return err
			}
			return e.print(q, func(w io.Writer) { explainQueue(w, q) })
		},
	}
}

func explainQueue(w io.Writer, q queueInfo) {
	fmt.Fprintln(w, q.Why)
	if len(q.Waiting) == 0 {
		return
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SINCE\tGROUP\tFORM\tABOUT\tACTIVITY")
	for _, a := range q.Waiting {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", timeWords(a.Since), a.Group, a.Form, cmp.Or(a.About, "-"), a.Activity)
	}
	_ = table.Flush() // writing to a terminal or a buffer
	if q.Peer.Logged+q.Peer.Direct > len(q.Waiting) {
		fmt.Fprintf(w, "and %d more\n", q.Peer.Logged+q.Peer.Direct-len(q.Waiting))
	}
}

func queueRetryCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "retry HOST", Short: "Try a server again at once", Args: oneHost,
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.tellQueue(cmd, http.MethodPost, args[0], "/retry")
		},
	}
}

func queueDropCommand(e *environment) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "drop HOST", Short: "Give up what waits for a server", Args: oneHost,
		Long: "Gives up everything that waits for a server; it will never get it. What is sent from now on is delivered again.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				return usageError("this cannot be undone; say --yes if that is meant")
			}
			return e.tellQueue(cmd, http.MethodDelete, args[0], "")
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "it is meant")
	return cmd
}

func (e *environment) tellQueue(cmd *cobra.Command, method, host, what string) error {
	admin, err := e.admin()
	if err != nil {
		return err
	}
	var answer said
	if err := admin.do(cmd.Context(), method, "/v1/queue/"+url.PathEscape(hostArgument(host))+what, nil, &answer); err != nil {
		return err
	}
	return e.print(answer, func(w io.Writer) { fmt.Fprintln(w, answer.Words) })
}

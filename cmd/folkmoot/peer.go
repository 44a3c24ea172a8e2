package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"folkmoot/federation"
	"folkmoot/store"
)

// peerCommand is about the other servers that the running one speaks to.
func peerCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "peer", Short: "List, show and set how other servers are spoken to",
		Long: "List and show the other servers that the running one has met, and set how to speak to one that is taken for what it is not.",
	}
	return e.asking(cmd, peerListCommand(e), peerShowCommand(e), peerSetCommand(e))
}

func peerListCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the servers met so far", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			peers := []peerInfo{}
			if err := admin.do(cmd.Context(), http.MethodGet, "/v1/peers", nil, &peers); err != nil {
				return err
			}
			return e.print(peers, func(w io.Writer) { listPeers(w, peers) })
		},
	}
}

func listPeers(w io.Writer, peers []peerInfo) {
	if len(peers) == 0 {
		fmt.Fprintln(w, "No other server has been met yet.")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "HOST\tSOFTWARE\tDIALECT\tFOLLOWERS\tWAITING\tSTATE")
	for _, p := range peers {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%s\n", p.Host, softwareWords(p), p.Dialect, p.Followers, p.Logged+p.Direct, stateWords(p))
	}
	_ = table.Flush() // writing to a terminal or a buffer
}

func softwareWords(p peerInfo) string {
	return cmp.Or(strings.TrimSpace(p.Software+" "+p.Version), "not known")
}

func stateWords(p peerInfo) string {
	switch {
	case p.Failures > 0:
		return "failing since " + timeWords(p.Failing)
	case p.LastSuccess.IsZero():
		return "nothing delivered yet"
	}
	return "well"
}

func timeWords(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func peerShowCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "show HOST", Short: "Show a server: its software, how it is spoken to, and how deliveries go", Args: oneHost,
		Example: `  folkmoot peer show lemmy.example`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.peer(cmd, http.MethodGet, args[0], nil)
		},
	}
}

func peerSetCommand(e *environment) *cobra.Command {
	var dialect string
	cmd := &cobra.Command{
		Use: "set HOST", Short: "Set how a server is spoken to", Args: oneHost,
		Long: "Set how a server is spoken to, whatever it says it runs: as a microblog (boosts of threads), as threadiverse software\n" +
			"(whole activities: threads, comments, votes, moderation) or as Smithereen (posts on the wall). auto goes by what it says\n" +
			"and sends. It holds from the next delivery on.",
		Example: `  folkmoot peer set forum.example --dialect threadiverse`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("dialect") {
				return usageError("nothing to set: give --dialect")
			}
			return e.peer(cmd, http.MethodPatch, args[0], peerChange{Dialect: dialect})
		},
	}
	cmd.Flags().StringVar(&dialect, "dialect", "", "microblog, threadiverse, smithereen or auto")
	return cmd
}

// peer asks the server about a host, or to change it, and prints the host as it is then.
func (e *environment) peer(cmd *cobra.Command, method, host string, change any) error {
	admin, err := e.admin()
	if err != nil {
		return err
	}
	var p peerInfo
	if err := admin.do(cmd.Context(), method, "/v1/peers/"+url.PathEscape(hostArgument(host)), change, &p); err != nil {
		return err
	}
	return e.print(p, func(w io.Writer) { showPeer(w, p) })
}

// oneHost is for commands about one server.
func oneHost(cmd *cobra.Command, args []string) error {
	if err := cobra.ExactArgs(1)(cmd, args); err != nil {
		return err
	}
	if hostArgument(args[0]) == "" {
		return usageError(fmt.Sprintf("%.100q names no server; give its name, such as lemmy.example", args[0]))
	}
	return nil
}

// hostArgument takes what people copy: the address of a server or of a page there as well as its bare name, also as people write it where
// names are kept in ASCII. It is "" for what names no server.
func hostArgument(s string) string {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	s, _, _ = strings.Cut(s, "/")
	return store.HostName(s[strings.LastIndexByte(s, '@')+1:])
}

func showPeer(w io.Writer, p peerInfo) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "Host:\t%s\nSoftware:\t%s%s\n", p.Host, softwareWords(p), askedWords(p))
	fmt.Fprintf(table, "Dialect:\t%s (%s)\n", p.Dialect, basisWords(p))
	fmt.Fprintf(table, "Signatures:\t%s\n", signatureWords(p.Signature))
	fmt.Fprintf(table, "Followers:\t%d\n", p.Followers)
	fmt.Fprintf(table, "Waiting:\t%d from the log of its groups, %d for single people\n", p.Logged, p.Direct)
	success := "never"
	if !p.LastSuccess.IsZero() {
		success = timeWords(p.LastSuccess) + " (noted every ten minutes)"
	}
	fmt.Fprintf(table, "Last success:\t%s\nLast error:\t%s\n", success, cmp.Or(p.LastError, "none since"))
	failures := fmt.Sprint(p.Failures)
	if !p.Failing.IsZero() {
		failures += " in a row, since " + timeWords(p.Failing)
	}
	fmt.Fprintf(table, "Failures:\t%s\nNext try:\t%s\n", failures, nextTryWords(p))
	_ = table.Flush() // writing to a terminal or a buffer
}

func nextTryWords(p peerInfo) string {
	switch {
	case p.NextTry.After(time.Now()):
		return timeWords(p.NextTry)
	case p.Logged+p.Direct > 0:
		return "under way"
	}
	return "when there is something to send"
}

func askedWords(p peerInfo) string {
	if p.Asked.IsZero() {
		return " (not asked yet)"
	}
	return " (asked " + timeWords(p.Asked) + ")"
}

func basisWords(p peerInfo) string {
	switch federation.Basis(p.Basis) {
	case federation.BasisSaid:
		return "said by its NodeInfo"
	case federation.BasisShown:
		return "shown by what it sent"
	case federation.BasisSet:
		return "set by the admin; back with: folkmoot peer set " + p.Host + " --dialect auto"
	default:
		return "it is sent threads in both forms until it shows more; or say it with: folkmoot peer set " + p.Host + " --dialect ..."
	}
}

func signatureWords(scheme string) string {
	switch scheme {
	case "":
		return "not tried yet; draft-cavage goes first"
	case "cavage":
		return "draft-cavage-http-signatures, which worked last"
	case "rfc9421":
		return "RFC 9421, which worked last"
	case "ed25519":
		return "RFC 9421 by Ed25519, which the server uses or asked for"
	}
	return scheme
}

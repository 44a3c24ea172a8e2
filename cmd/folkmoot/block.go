package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// blockCommand is about servers and accounts that may not take part.
func blockCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "block", Short: "Block servers and accounts, on the whole server or in one group",
		Long: "A block of a server covers everything beneath its domain; the nearest entry counts, so that allow makes an exception.\n" +
			"suspend: nothing comes in and nothing goes out; who followed from there follows no longer; members and posts are hidden,\n" +
			"not deleted. silence: posts from there wait for a moderator. noop: only --reject-media or --reject-reports.\n" +
			"Lifting a block brings members and posts back. Follows do not come back: people must follow again.",
	}
	return e.asking(cmd,
		blockListCommand(e), blockAddCommand(e), blockRemoveCommand(e), blockImportCommand(e), blockExportCommand(e), blockModeCommand(e),
		blockSubscribeCommand(e), blockUnsubscribeCommand(e), blockListsCommand(e), blockRefreshCommand(e),
	)
}

func groupFlag(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "group", "", "only in this group (default: the whole server)")
}

func previewFlag(cmd *cobra.Command, preview *bool) {
	cmd.Flags().BoolVar(preview, "preview", false, "change nothing, only tell what would follow")
}

func (e *environment) blocks(ctx context.Context, groupName string) (page blockPage, err error) {
	admin, err := e.admin()
	if err != nil {
		return page, err
	}
	return page, admin.do(ctx, http.MethodGet, "/v1/blocks?group="+url.QueryEscape(groupName), nil, &page)
}

func blockListCommand(e *environment) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "list", Short: "List the blocks", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			page, err := e.blocks(cmd.Context(), name)
			if err != nil {
				return err
			}
			return e.print(page, func(w io.Writer) { listBlocks(w, page) })
		},
	}
	groupFlag(cmd, &name)
	return cmd
}

func listBlocks(w io.Writer, page blockPage) {
	if page.AllowOnly {
		fmt.Fprintln(w, "Only servers that an entry lets in may take part.")
	}
	if len(page.Blocks) == 0 {
		fmt.Fprintln(w, "Nothing is blocked.")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SUBJECT\tLEVEL\tALSO\tFROM\tREASON")
	for _, b := range page.Blocks {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", b.Subject, b.Level, alsoWords(b), cmp.Or(b.Source, "here"), cmp.Or(b.Public, b.Private, "-"))
	}
	_ = table.Flush() // writing to a terminal or a buffer
}

func alsoWords(b blockInfo) string {
	var also []string
	if b.RejectMedia {
		also = append(also, "no media")
	}
	if b.RejectReports {
		also = append(also, "no reports")
	}
	return cmp.Or(strings.Join(also, ", "), "-")
}

func blockAddCommand(e *environment) *cobra.Command {
	var in blockRequest
	var b blockInfo
	cmd := &cobra.Command{
		Use: "add SUBJECT", Short: "Block a server or an account, or change a block", Args: cobra.ExactArgs(1),
		Example: "  folkmoot block add spam.example --reason \"spam\"\n" +
			"  folkmoot block add @bob@mastodon.example --group books --level silence\n" +
			"  folkmoot block add good.spam.example --level allow",
		RunE: func(cmd *cobra.Command, args []string) error {
			b.Subject = args[0]
			in.Set = []blockInfo{b}
			return e.changeBlocks(cmd, in)
		},
	}
	f := cmd.Flags()
	f.StringVar(&b.Level, "level", "suspend", "suspend, silence, noop or allow")
	f.StringVar(&b.Public, "reason", "", "why, for everybody")
	f.StringVar(&b.Private, "note", "", "a note, for those who moderate")
	f.BoolVar(&b.RejectMedia, "reject-media", false, "show no pictures and recordings from there")
	f.BoolVar(&b.RejectReports, "reject-reports", false, "take no reports from there")
	f.BoolVar(&b.Obfuscate, "obfuscate", false, "show the name to the public with stars in it")
	groupFlag(cmd, &in.Group)
	previewFlag(cmd, &in.Preview)
	return cmd
}

func blockRemoveCommand(e *environment) *cobra.Command {
	var in blockRequest
	cmd := &cobra.Command{
		Use: "remove SUBJECT", Short: "Lift a block that was put up by hand", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.Lift = args
			return e.changeBlocks(cmd, in)
		},
	}
	groupFlag(cmd, &in.Group)
	previewFlag(cmd, &in.Preview)
	return cmd
}

func blockImportCommand(e *environment) *cobra.Command {
	var in blockRequest
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Take over a list of blocks as Mastodon exports it", Args: cobra.ExactArgs(1),
		Long: "Takes over a list of blocks: CSV with the columns #domain, #severity, #reject_media, #reject_reports, #public_comment and\n" +
			"#obfuscate, of which only the first is needed. What is blocked here already and not in the list stays. - reads standard input.",
		Example: "  folkmoot block import domain_blocks.csv --preview",
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := e.readFile(args[0])
			if err != nil {
				return err
			}
			in.CSV = string(text)
			return e.changeBlocks(cmd, in)
		},
	}
	groupFlag(cmd, &in.Group)
	previewFlag(cmd, &in.Preview)
	return cmd
}

func (e *environment) readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(e.stdin)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the list: %w", err)
	}
	return text, nil
}

func blockExportCommand(e *environment) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "export", Short: "Write the blocks of servers as a list that Mastodon imports", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			page, err := e.blocks(cmd.Context(), name)
			if err != nil {
				return err
			}
			return e.print(page, func(w io.Writer) { fmt.Fprint(w, page.CSV) })
		},
	}
	groupFlag(cmd, &name)
	return cmd
}

func blockModeCommand(e *environment) *cobra.Command {
	var in blockRequest
	cmd := &cobra.Command{
		Use: "mode open|allow-list", Short: "Let in everybody who is not blocked, or only servers that are allowed", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			only := args[0] == "allow-list"
			if !only && args[0] != "open" {
				return usageError("the mode is open or allow-list")
			}
			in.AllowOnly = &only
			return e.changeBlocks(cmd, in)
		},
	}
	groupFlag(cmd, &in.Group)
	previewFlag(cmd, &in.Preview)
	return cmd
}

// changeBlocks asks for a change and says what followed.
func (e *environment) changeBlocks(cmd *cobra.Command, in blockRequest) error {
	admin, err := e.admin()
	if err != nil {
		return err
	}
	var answer blockAnswer
	if err := admin.do(cmd.Context(), http.MethodPost, "/v1/blocks", in, &answer); err != nil {
		return err
	}
	return e.print(answer, func(w io.Writer) { sayBlocked(w, answer) })
}

func sayBlocked(w io.Writer, a blockAnswer) {
	for _, problem := range a.Problems {
		fmt.Fprintln(w, problem)
	}
	switch {
	case a.Waiting:
		fmt.Fprintln(w, "Nothing is changed: the list changes more than it may without asking. With --yes this would happen:")
	case a.Preview:
		fmt.Fprintln(w, "Nothing is changed. This would happen:")
	}
	for _, part := range []struct {
		mark string
		list []blockInfo
	}{{"+", a.Added}, {"~", a.Changed}, {"-", a.Lifted}} {
		for _, b := range part.list {
			fmt.Fprintf(w, "%s %s %s\n", part.mark, b.Subject, b.Level)
		}
	}
	fmt.Fprintf(w, "%d blocks added, %d changed, %d lifted.\n", len(a.Added), len(a.Changed), len(a.Lifted))
	if a.Followers+a.Members+a.Posts > 0 {
		fmt.Fprintf(w, "%d follows end, %d members (%d of them moderators) and %d posts are hidden. The follows do not come back when a block is lifted.\n",
			a.Followers, a.Members, a.Moderators, a.Posts)
	}
	if a.MembersBack+a.PostsBack > 0 {
		fmt.Fprintf(w, "%d members and %d posts are as before. Whoever followed must follow again.\n", a.MembersBack, a.PostsBack)
	}
}

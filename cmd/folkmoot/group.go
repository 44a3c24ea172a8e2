package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// groupCommand is about the groups of the running server.
func groupCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{Use: "group", Short: "Create, list, show and edit groups", Long: "Create, list, show and edit the groups of the running server."}
	for _, sub := range append(reviewCommands(e),
		groupCreateCommand(e), groupListCommand(e), groupShowCommand(e), groupEditCommand(e), groupSettingsCommand(e),
		groupFollowCommand(e, "follow", http.MethodPut, "Take in the threads of a community elsewhere"),
		groupFollowCommand(e, "unfollow", http.MethodDelete, "No longer take them in"),
	) {
		e.settingFlags(sub, "socket", "data_dir")
		cmd.AddCommand(sub)
	}
	return cmd
}

// admin returns a client for the server that the configuration names.
func (e *environment) admin() (*adminClient, error) {
	c, err := e.load()
	if err != nil {
		return nil, err
	}
	return newAdminClient(c.Socket), nil
}

func groupCreateCommand(e *environment) *cobra.Command {
	var title, summary, owner string
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Found a group",
		Long: "Found a group. NAME becomes part of its handle and address and cannot change later: 3 to 30 small letters, digits\n" +
			"and underscores. The owner is an account anywhere on the fediverse; without --owner it is the one in the configuration.",
		Example: `  folkmoot group create books --title "Book club" --owner @ann@mastodon.example`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := e.load()
			if err != nil {
				return err
			}
			if owner == "" {
				owner = c.Owner
			}
			var g groupInfo
			change := groupChange{Name: args[0], Owner: owner, Title: &title, Summary: &summary}
			if err := newAdminClient(c.Socket).do(cmd.Context(), http.MethodPost, "/v1/groups", change, &g); err != nil {
				return err
			}
			return e.print(g, func(w io.Writer) {
				fmt.Fprintf(w, "The group is founded. Follow it as %s\nIts page: %s\n", g.Handle, g.URI)
			})
		},
	}
	cmd.Flags().StringVar(&title, "title", "", "name that people see (default: NAME)")
	cmd.Flags().StringVar(&summary, "summary", "", "what the group is, Markdown")
	cmd.Flags().StringVar(&owner, "owner", "", "who runs it, such as @ann@mastodon.example")
	e.jsonFlag(cmd)
	return cmd
}

func groupListCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the groups", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			groups := []groupInfo{}
			if err := admin.do(cmd.Context(), http.MethodGet, "/v1/groups", nil, &groups); err != nil {
				return err
			}
			return e.print(groups, func(w io.Writer) { listGroups(w, groups) })
		},
	}
	e.jsonFlag(cmd)
	return cmd
}

func listGroups(w io.Writer, groups []groupInfo) {
	if len(groups) == 0 {
		fmt.Fprintln(w, "There is no group yet. Found one with: folkmoot group create NAME")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "HANDLE\tTITLE\tMEMBERS\tTHREADS")
	for _, g := range groups {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\n", g.Handle, g.Title, g.Members, g.Threads)
	}
	_ = table.Flush() // writing to a terminal or a buffer
}

func groupShowCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Show a group", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			var g groupInfo
			if err := admin.do(cmd.Context(), http.MethodGet, "/v1/groups/"+url.PathEscape(args[0]), nil, &g); err != nil {
				return err
			}
			return e.print(g, func(w io.Writer) { showGroup(w, g) })
		},
	}
	e.jsonFlag(cmd)
	return cmd
}

func showGroup(w io.Writer, g groupInfo) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "Handle:\t%s\nPage:\t%s\nTitle:\t%s\n", g.Handle, g.URI, g.Title)
	if g.Summary != "" {
		fmt.Fprintf(table, "Summary:\t%s\n", strings.ReplaceAll(g.Summary, "\n", " "))
	}
	fmt.Fprintf(table, "Join:\t%s\nPosting:\t%s\nTag cap:\t%d\nVotes:\t%s\nPaused:\t%s\nStorm:\t%s\nModerators:\t%s\n", g.Join, g.Posting, g.TagCap, g.Votes, g.Paused, g.Storm, strings.Join(g.Moderators, ", "))
	if g.Successor != "" {
		fmt.Fprintf(table, "Successor:\t%s\n", g.Successor)
	}
	showPicture(table, "Picture", g.Icon, g.IconAlt)
	showPicture(table, "Header", g.Header, g.HeaderAlt)
	if len(g.Following) > 0 {
		fmt.Fprintf(table, "Following:\t%s\n", strings.Join(g.Following, ", "))
	}
	fmt.Fprintf(table, "Followers:\t%d\nMembers:\t%d\nThreads:\t%d\nComments:\t%d\n", g.Followers, g.Members, g.Threads, g.Comments)
	_ = table.Flush() // writing to a terminal or a buffer
}

func groupEditCommand(e *environment) *cobra.Command {
	var title, summary, join, posting, votes string
	var pictures pictureFlags
	var tagCap int
	cmd := &cobra.Command{
		Use: "edit NAME", Short: "Change a group's title, summary, pictures or settings", Args: cobra.ExactArgs(1),
		Long: "Change a group's title, summary, pictures or settings. A picture is a JPEG, PNG, GIF or WebP file; it is cut to size, and\n" +
			"what else is in the file is not kept. No file (--icon \"\") takes a picture away.",
		Example: `  folkmoot group edit books --title "Slow book club" --posting mods
  folkmoot group edit books --icon books.jpg --icon-alt "Three old books on a chair"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var c groupChange
			given := cmd.Flags().Changed
			set := func(name string, value *string, to **string) {
				if given(name) {
					*to = value
				}
			}
			set("title", &title, &c.Title)
			set("summary", &summary, &c.Summary)
			set("join", &join, &c.Join)
			set("posting", &posting, &c.Posting)
			set("votes", &votes, &c.Votes)
			if given("tag-cap") {
				c.TagCap = &tagCap
			}
			if err := pictures.read(cmd, &c); err != nil {
				return err
			}
			if c == (groupChange{}) {
				return usageError("nothing to change: give at least one of --title, --summary, --icon, --icon-alt, --header, --header-alt, --join, --posting, --votes, --tag-cap")
			}
			admin, err := e.admin()
			if err != nil {
				return err
			}
			var g groupInfo
			if err := admin.do(cmd.Context(), http.MethodPatch, "/v1/groups/"+url.PathEscape(args[0]), c, &g); err != nil {
				return err
			}
			return e.print(g, func(w io.Writer) { showGroup(w, g) })
		},
	}
	cmd.Flags().StringVar(&title, "title", "", "name that people see")
	cmd.Flags().StringVar(&summary, "summary", "", "what the group is, Markdown")
	pictures.add(cmd)
	cmd.Flags().StringVar(&join, "join", "", "open, approval, invite or closed")
	cmd.Flags().StringVar(&posting, "posting", "", "members, anyone, approved or mods")
	cmd.Flags().StringVar(&votes, "votes", "", "pass (announced to servers that show them) or keep (only counted)")
	cmd.Flags().IntVar(&tagCap, "tag-cap", 0, "a post that names more groups than this waits for a moderator")
	e.jsonFlag(cmd)
	return cmd
}

func groupFollowCommand(e *environment, name, method, short string) *cobra.Command {
	cmd := &cobra.Command{
		Use: name + " NAME COMMUNITY", Short: short, Args: cobra.ExactArgs(2),
		Example: "  folkmoot group " + name + " books !literature@lemmy.example",
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			var answer said
			in := map[string]string{"community": args[1]}
			if err := admin.do(cmd.Context(), method, "/v1/groups/"+url.PathEscape(args[0])+"/following", in, &answer); err != nil {
				return err
			}
			return e.print(answer, func(w io.Writer) { fmt.Fprintln(w, answer.Words) })
		},
	}
	e.jsonFlag(cmd)
	return cmd
}

// print writes an answer for scripts (--json) or for people.
func (e *environment) print(answer any, forPeople func(io.Writer)) error {
	if !e.json {
		forPeople(plainWriter{e.stdout})
		return nil
	}
	out := json.NewEncoder(e.stdout)
	out.SetIndent("", "  ")
	return out.Encode(answer)
}

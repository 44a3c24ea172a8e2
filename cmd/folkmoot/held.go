package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"folkmoot/config"
	"folkmoot/group"
)

// reviewCommands are about the posts that wait in a group.
func reviewCommands(e *environment) []*cobra.Command {
	return []*cobra.Command{
		groupHeldCommand(e),
		groupDecideCommand(e, "approve", group.Approve, "Let a post that waits through"),
		groupDecideCommand(e, "refuse", group.Refuse, "Do not let a post that waits through"),
		groupPauseCommand(e), groupResumeCommand(e),
	}
}

func groupHeldCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "held NAME", Short: "List the posts that wait for a moderator", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			held := []heldInfo{}
			if err := admin.do(cmd.Context(), http.MethodGet, "/v1/groups/"+url.PathEscape(args[0])+"/held", nil, &held); err != nil {
				return err
			}
			return e.print(held, func(w io.Writer) { listHeld(w, args[0], held) })
		},
	}
	e.jsonFlag(cmd)
	return cmd
}

func listHeld(w io.Writer, name string, held []heldInfo) {
	if len(held) == 0 {
		fmt.Fprintln(w, "Nothing waits.")
		return
	}
	for _, h := range held {
		what := "post"
		if h.Edit {
			what = "changed post"
		}
		fmt.Fprintf(w, "%d: %s by %s, %s\n    %s\n    %s\n", h.Number, what, h.Author, timeWords(h.Since), h.Why, h.URI)
		for line := range strings.SplitSeq(h.Text, "\n") {
			fmt.Fprintf(w, "    | %s\n", line)
		}
	}
	fmt.Fprintf(w, "Decide with: folkmoot group approve %s NUMBER, or folkmoot group refuse %s NUMBER --reason WHY\n", name, name)
}

func groupDecideCommand(e *environment, name string, act group.Kind, short string) *cobra.Command {
	m := moderation{Act: act}
	cmd := &cobra.Command{
		Use: name + " NAME NUMBER", Short: short, Args: cobra.ExactArgs(2),
		Long: short + ". NUMBER is what folkmoot group held shows. It stands for the words that are shown there: if the author\n" +
			"changes them meanwhile, nothing is done.",
		Example: "  folkmoot group " + name + " books 12",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if m.Number, err = strconv.ParseInt(args[1], 10, 64); err != nil {
				return usageError(fmt.Sprintf("%q is no number of a post that waits; see: folkmoot group held %s", args[1], args[0]))
			}
			return e.decide(cmd, args[0], m)
		},
	}
	if act == group.Refuse {
		cmd.Flags().StringVar(&m.Reason, "reason", "", "why, for the author")
	}
	e.jsonFlag(cmd)
	return cmd
}

func groupPauseCommand(e *environment) *cobra.Command {
	var length string
	cmd := &cobra.Command{
		Use: "pause NAME", Short: "Let nobody but moderators post, for a while or until it is lifted", Args: cobra.ExactArgs(1),
		Example: "  folkmoot group pause books --for 12h",
		RunE: func(cmd *cobra.Command, args []string) error {
			m := moderation{Act: group.Pause}
			if length != "" {
				d, err := parseLength(length)
				if err != nil {
					return usageError(fmt.Sprintf("--for: %v", err))
				}
				m.Minutes = int(d / time.Minute)
			}
			return e.decide(cmd, args[0], m)
		},
	}
	cmd.Flags().StringVar(&length, "for", "", "how long, such as 90m, 12h or 3d (default: until it is lifted)")
	e.jsonFlag(cmd)
	return cmd
}

// parseLength reads a time of a minute or more.
func parseLength(s string) (time.Duration, error) {
	if strings.HasSuffix(s, "d") {
		days, err := config.ParseDays(s)
		return days.Duration(), err
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < time.Minute {
		return 0, fmt.Errorf("%q is no length of time such as 90m, 12h or 3d", s)
	}
	return d, nil
}

func groupResumeCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "resume NAME", Short: "End a pause", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.decide(cmd, args[0], moderation{Act: group.Resume})
		},
	}
	e.jsonFlag(cmd)
	return cmd
}

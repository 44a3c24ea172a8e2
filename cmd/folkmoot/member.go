package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"folkmoot/config"
	"folkmoot/group"
)

// memberAct is a command about one person in a group.
type memberAct struct {
	name, short string
	act         group.Kind
	reason, day bool // takes --reason, --for
}

func memberActs() []memberAct {
	return []memberAct{
		{name: "admit", short: "Let in somebody who waits", act: group.Admit},
		{name: "refuse", short: "Turn down somebody who waits", act: group.TurnDown, reason: true},
		{name: "remove", short: "End somebody's membership and follow", act: group.Expel, reason: true},
		{name: "invite", short: "Invite somebody, whatever the group asks of others", act: group.Invite, day: true},
		{name: "uninvite", short: "Take an invitation back", act: group.Uninvite},
		{name: "vouch", short: "Vouch for a member: where only approved members post, this one does", act: group.Vouch},
		{name: "doubt", short: "No longer vouch for a member", act: group.Doubt},
		{name: "offer", short: "Ask somebody to own the group too; it is theirs once they agree", act: group.Offer},
		{name: "instate", short: "Make somebody an owner at once: the way back where no owner is left", act: group.Instate},
	}
}

// memberCommand is about the people of a group.
func memberCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "member", Short: "Let people in, turn them down, invite and remove them",
		Long: "Shows who belongs to a group or wants to, and does what its moderators would. The people concerned are told.",
	}
	subs := []*cobra.Command{memberListCommand(e), memberOffersCommand(e), memberSuccessorCommand(e), memberExportCommand(e), memberEraseCommand(e)}
	for _, a := range memberActs() {
		subs = append(subs, memberActCommand(e, a))
	}
	for _, sub := range subs {
		e.jsonFlag(sub)
		e.settingFlags(sub, "socket", "data_dir")
		cmd.AddCommand(sub)
	}
	return cmd
}

func memberActCommand(e *environment, a memberAct) *cobra.Command {
	var m moderation
	var days string
	cmd := &cobra.Command{
		Use: a.name + " GROUP PERSON", Short: a.short, Args: cobra.ExactArgs(2),
		Example: "  folkmoot member " + a.name + " books @bob@mastodon.example",
		RunE: func(cmd *cobra.Command, args []string) error {
			if days != "" {
				d, err := config.ParseDays(days)
				if err != nil {
					return usageError(fmt.Sprintf("--for: %v", err))
				}
				m.Days = int(d)
			}
			m.Act, m.Target = a.act, args[1]
			return e.decide(cmd, args[0], m)
		},
	}
	if a.reason {
		cmd.Flags().StringVar(&m.Reason, "reason", "", "why, for the person concerned")
	}
	if a.day {
		cmd.Flags().StringVar(&days, "for", "", "how long it holds, such as 30d (default: as the group is set)")
	}
	return cmd
}

// decide asks the server for an act of moderation and says what came of it.
func (e *environment) decide(cmd *cobra.Command, name string, m moderation) error {
	admin, err := e.admin()
	if err != nil {
		return err
	}
	var answer moderated
	if err := admin.do(cmd.Context(), http.MethodPost, "/v1/groups/"+url.PathEscape(name)+"/moderate", m, &answer); err != nil {
		return err
	}
	return e.print(answer, func(w io.Writer) { fmt.Fprintln(w, answer.Words) })
}

func memberSuccessorCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "successor GROUP [PERSON]", Short: "Name who owns the group when its last owner is gone", Args: cobra.RangeArgs(1, 2),
		Long:    "Names who owns the group when the account of its last owner is gone. Without PERSON nobody is named any more.",
		Example: "  folkmoot member successor books @bob@mastodon.example",
		RunE: func(cmd *cobra.Command, args []string) error {
			m := moderation{Act: group.Succeed}
			if len(args) > 1 {
				m.Target = args[1]
			}
			return e.decide(cmd, args[0], m)
		},
	}
}

func memberListCommand(e *environment) *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use: "list GROUP", Short: "List members, or who waits to be let in", Args: cobra.ExactArgs(1),
		Example: "  folkmoot member list books --state pending",
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			members := []memberInfo{}
			path := "/v1/groups/" + url.PathEscape(args[0]) + "/members?state=" + url.QueryEscape(state)
			if err := admin.do(cmd.Context(), http.MethodGet, path, nil, &members); err != nil {
				return err
			}
			return e.print(members, func(w io.Writer) { listMembers(w, members) })
		},
	}
	cmd.Flags().StringVar(&state, "state", "member", "member, reader, pending, left or banned")
	return cmd
}

func listMembers(w io.Writer, members []memberInfo) {
	if len(members) == 0 {
		fmt.Fprintln(w, "There is nobody.")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PERSON\tROLE\tSINCE\tNOTES")
	for _, m := range members {
		var notes []string
		if m.Approved {
			notes = append(notes, "vouched for")
		}
		if !m.Follows && m.State == string(group.Joined) {
			notes = append(notes, "does not follow")
		}
		if m.Until != nil {
			notes = append(notes, "until "+timeWords(*m.Until))
		}
		if m.Answer != "" {
			notes = append(notes, "says: "+strings.ReplaceAll(m.Answer, "\n", " "))
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", m.Person, m.Role, timeWords(m.Since), strings.Join(notes, "; "))
	}
	_ = table.Flush() // writing to a terminal or a buffer
}

func memberOffersCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "invitations GROUP", Short: "List who is invited, or asked to own the group", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			offers := []offerInfo{}
			if err := admin.do(cmd.Context(), http.MethodGet, "/v1/groups/"+url.PathEscape(args[0])+"/offers", nil, &offers); err != nil {
				return err
			}
			return e.print(offers, func(w io.Writer) {
				if len(offers) == 0 {
					fmt.Fprintln(w, "Nobody is invited.")
				}
				for _, o := range offers {
					fmt.Fprintf(w, "%s, %s, until %s\n", o.Person, o.What, timeWords(o.Expires))
				}
			})
		},
	}
}

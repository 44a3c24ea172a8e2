package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"folkmoot/store"
)

// stormRequest begins or ends a storm.
type stormRequest struct {
	Group string `json:"group,omitempty"` // "" for the whole server
	On    bool   `json:"on"`
}

func stormCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "storm on|off [GROUP]", Short: "Shelter a group, or the whole server, from an attack",
		Long: "While the storm is on, only members write, nobody new comes in, and the first post of whoever has not been seen yet waits for a\n" +
			"moderator. The groups' own settings are kept: with off everything is as it was. Whether it is on is seen with: folkmoot group show",
		Example: "  folkmoot storm on\n  folkmoot storm off books",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := stormRequest{On: args[0] == "on"}
			if !in.On && args[0] != "off" {
				return usageError("a storm is switched on or off")
			}
			if len(args) > 1 {
				in.Group = args[1]
			}
			admin, err := e.admin()
			if err != nil {
				return err
			}
			var answer said
			if err := admin.do(cmd.Context(), http.MethodPost, "/v1/storm", in, &answer); err != nil {
				return err
			}
			return e.print(answer, func(w io.Writer) { fmt.Fprintln(w, answer.Words) })
		},
	}
	e.settingFlags(cmd, "socket", "data_dir")
	e.jsonFlag(cmd)
	return cmd
}

func (a *app) setStorm(r *http.Request) (any, error) {
	in, err := readJSON[stormRequest](r, 1<<20)
	if err != nil {
		return nil, err
	}
	if _, err := a.scopeID(r, in.Group); err != nil {
		return nil, err
	}
	d, err := a.fed.Storm(r.Context(), in.Group, in.On)
	return said{Words: d.Reason.Sentence()}, err
}

// stormWords says where a storm is on.
func stormWords(g store.Group) string {
	switch {
	case g.ServerStorm:
		return "on the whole server"
	case g.Storm:
		return "in this group"
	}
	return "no"
}

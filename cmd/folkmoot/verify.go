package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"folkmoot/store"
	"folkmoot/store/archive"
)

// verifyInfo is what was found in a data folder, as scripts see it.
type verifyInfo struct {
	Folder string   `json:"folder"`
	Origin string   `json:"origin"`
	Schema int      `json:"schema"`
	Groups int      `json:"groups"`
	Bytes  int64    `json:"bytes"`
	Live   bool     `json:"live"` // a server runs on it
	Damage []string `json:"damage"`
}

func verifyCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "verify DIR", Short: "Look through a data folder and say what is damaged",
		Long: "Reads the whole database of a data folder, or of a copy of one: its pages, what refers to what, the private keys and the\n" +
			"version of the schema. It changes nothing and may be used while a server runs. The exit code is 1 if anything is wrong.",
		Example: "  folkmoot verify /var/lib/folkmoot",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := lookThrough(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := e.print(v, func(out io.Writer) { sayVerified(out, v) }); err != nil {
				return err
			}
			if len(v.Damage) > 0 {
				return fmt.Errorf("%s is damaged: restore a backup into another folder with: folkmoot restore FILE DIR", args[0])
			}
			return nil
		},
	}
	e.jsonFlag(cmd)
	return cmd
}

// lookThrough examines a folder. What looks damaged while a server starts on it is looked at again.
func lookThrough(ctx context.Context, folder string) (v verifyInfo, err error) {
	for {
		live := folderInUse(folder)
		x, err := store.Examine(ctx, filepath.Join(folder, archive.Database), store.ExamineOptions{Live: live, Keys: checkKeys})
		if errors.Is(err, fs.ErrNotExist) {
			return v, fmt.Errorf("%s is no data folder: there is no %s in it", folder, archive.Database)
		}
		if err != nil {
			return v, err
		}
		if (len(x.Damage) > 0) && !live && folderInUse(folder) {
			continue
		}
		v = verifyInfo{Folder: folder, Origin: x.Origin, Schema: x.Schema, Groups: x.Groups, Bytes: x.Bytes, Live: live, Damage: x.Damage}
		if v.Damage == nil {
			v.Damage = []string{}
		}
		return v, nil
	}
}

func sayVerified(out io.Writer, v verifyInfo) {
	for _, line := range v.Damage {
		fmt.Fprintln(out, line)
	}
	if len(v.Damage) == 0 {
		fmt.Fprintf(out, "%s is whole: %s with %s (%s, schema %d).\n", v.Folder, v.Origin, plural(v.Groups, "1 group", "groups"), sizeWords(v.Bytes), v.Schema)
	}
}

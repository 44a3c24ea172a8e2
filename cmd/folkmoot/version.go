package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// versionInfo says exactly which program this is.
type versionInfo struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	System  string `json:"system"`
}

func versionCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "version", Short: "Say which Folkmoot this is", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := readVersion()
			return e.print(v, func(w io.Writer) {
				fmt.Fprintf(w, "Folkmoot %s (%s, %s)\n", v.Version, v.Go, v.System)
				if v.Commit != "" {
					fmt.Fprintf(w, "commit %s\n", v.Commit)
				}
			})
		},
	}
	e.jsonFlag(cmd)
	return cmd
}

// programVersion is the version that other servers are told.
func programVersion() string { return readVersion().Version }

// release is the version in the making; CHANGELOG.md says what is in it, and web/upgrades.md what that means for a server.
const release = "0.1.0"

func readVersion() versionInfo {
	v := versionInfo{Version: release, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			v.Commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			v.Commit += " and changes"
		}
	}
	return v
}

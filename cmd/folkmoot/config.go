package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"folkmoot/config"
)

// configCommand is about the settings.
func configCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Show, check and explain the settings"}
	cmd.AddCommand(configShowCommand(e), configCheckCommand(e), configReferenceCommand(e))
	return cmd
}

// settingInfo is one setting in force.
type settingInfo struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
	From  string `json:"from"`
}

func configShowCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "show", Short: "Show the settings in force and where each comes from", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, origins, err := config.LoadWithOrigins(e.source())
			if err != nil {
				return err
			}
			shown := []settingInfo{}
			for _, s := range config.Settings(c) {
				from := origins[s.Key]
				if from == "" {
					from = "default"
				}
				value := s.Value
				if text, ok := value.(fmt.Stringer); ok {
					value = text.String()
				}
				shown = append(shown, settingInfo{Key: s.Key, Value: value, From: from})
			}
			return e.print(shown, func(w io.Writer) {
				for i, s := range config.Settings(c) {
					fmt.Fprintf(w, "%s = %s  # %s\n", s.Key, s.Text(), shown[i].From)
				}
			})
		},
	}
	e.settingFlags(cmd)
	e.jsonFlag(cmd)
	return cmd
}

func configCheckCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "check", Short: "Check the settings without starting anything", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := e.load()
			if err != nil {
				return err
			}
			fmt.Fprintf(e.stdout, "The configuration of %s is in order.\n", c.Domain)
			return nil
		},
	}
	e.settingFlags(cmd)
	return cmd
}

func configReferenceCommand(e *environment) *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use: "reference", Short: "Explain every setting", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			text := config.Write(config.Default())
			if markdown {
				text = config.Reference()
			}
			_, err := io.WriteString(e.stdout, text)
			return err
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "as docs/config.md")
	return cmd
}

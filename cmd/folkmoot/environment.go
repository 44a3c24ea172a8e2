package main

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"folkmoot/config"
)

// environment is what a command may touch of the world around it.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string

	file     string            // --config
	json     bool              // --json
	settings map[string]string // flags that set settings, by key
	known    []config.Setting  // all that there are, once somebody has asked
}

// knownSettings lists all settings. Every command asks for some of them.
func (e *environment) knownSettings() []config.Setting {
	if e.known == nil {
		e.known = config.Settings(config.Default())
	}
	return e.known
}

func (e *environment) jsonFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&e.json, "json", false, "answer in JSON, for scripts")
}

// asking gives a command parts that ask the running server, and answer in JSON where that is wanted.
func (e *environment) asking(cmd *cobra.Command, parts ...*cobra.Command) *cobra.Command {
	for _, part := range parts {
		e.settingFlags(part, "socket", "data_dir")
		e.jsonFlag(part)
		cmd.AddCommand(part)
	}
	return cmd
}

// settingFlags gives a command a flag for each of the settings; none named means all.
func (e *environment) settingFlags(cmd *cobra.Command, keys ...string) {
	for _, s := range e.knownSettings() {
		if len(keys) > 0 && !slices.Contains(keys, s.Key) {
			continue
		}
		cmd.Flags().String(s.Flag(), "", firstSentence(s.Doc))
	}
	before := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		e.settings = map[string]string{}
		for _, s := range e.knownSettings() {
			if f := cmd.Flags().Lookup(s.Flag()); f != nil && f.Changed {
				e.settings[s.Key] = f.Value.String()
			}
		}
		if before == nil {
			return nil
		}
		return before(cmd, args)
	}
}

// firstSentence is short enough for --help.
func firstSentence(text string) string {
	first, _, _ := strings.Cut(text, ". ")
	return strings.TrimSuffix(first, ".")
}

func (e *environment) source() config.Source {
	file := e.file
	for _, line := range e.environ {
		if value, ok := strings.CutPrefix(line, "FOLKMOOT_CONFIG="); ok && file == "" {
			file = value
		}
	}
	return config.Source{Flags: e.settings, Environ: e.environ, File: file, Places: config.Places()}
}

// load reads the configuration. Without any it says how to get one.
func (e *environment) load() (config.Config, error) {
	c, _, err := e.loadWithFile()
	return c, err
}

// loadWithFile also names the file that settings came from, "" for none.
func (e *environment) loadWithFile() (c config.Config, file string, err error) {
	c, origins, err := config.LoadWithOrigins(e.source())
	if err != nil && origins != nil && len(origins) == 0 && c.Domain == "" {
		return c, "", usageError("there is no configuration here: write one with: folkmoot init, or name it with --config")
	}
	for _, origin := range origins {
		if filepath.IsAbs(origin) { // and is neither "flag" nor "environment"
			file = origin
		}
	}
	return c, file, err
}

func isConfigError(err error) bool {
	return errors.Is(err, config.ErrInvalid) || errors.Is(err, fs.ErrNotExist) && strings.Contains(err.Error(), "configuration file")
}

// sentence makes of an error what people read: a capital at the beginning and a full stop at the end.
func sentence(err error) string {
	text := err.Error()
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

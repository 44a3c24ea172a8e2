package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"folkmoot/group"
)

// Every command that docs/moderate.md shows is one: by message to the group, or on the command line.
func TestModerateDocIsTrue(t *testing.T) {
	page, err := os.ReadFile("../../docs/moderate.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[group.Verb]bool{}
	fence := ""
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			fence = strings.TrimPrefix(line, "```")
		case fence == "message":
			c, ok := group.ParseCommand("@books@groups.example "+line, "en")
			if !ok || c.Lang != group.English {
				t.Errorf("the group does not understand %q", line)
			}
			seen[c.Verb] = true
		case fence == "sh":
			if err := checkLine(line); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	for _, v := range group.Verbs() {
		if !seen[v] && v != group.VerbYes {
			t.Errorf("the page says nothing of %q", v)
		}
	}
}

// checkLine finds the command of a line and reads its flags and arguments, without running it.
func checkLine(line string) error {
	args, err := words(line)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	root := rootCommand(&environment{stdout: &out, stderr: &out})
	cmd, rest, err := root.Find(args[1:])
	if err != nil {
		return err
	}
	if cmd == root {
		return usageError("there is no such command")
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	return cmd.ValidateArgs(cmd.Flags().Args())
}

// words splits a line as a shell does, as far as the page needs.
func words(line string) ([]string, error) {
	var out []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		end := " "
		if line[0] == '"' || line[0] == '\'' {
			end, line = line[:1], line[1:]
		}
		word, rest, found := strings.Cut(line, end)
		if !found && end != " " {
			return nil, usageError("a quotation is not closed")
		}
		out, line = append(out, word), rest
	}
	return out, nil
}

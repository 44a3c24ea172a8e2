package main

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"folkmoot/config"
)

//go:embed nextsteps.txt
var nextStepsText string

// nextSteps prints what is left to do after init: everything to copy, nothing to look up.
func nextSteps(w io.Writer, c config.Config, path string) error {
	program, err := os.Executable()
	if err != nil {
		program = "/usr/local/bin/folkmoot"
	}
	data := c.DataDir
	if !filepath.IsAbs(data) {
		data = filepath.Join(filepath.Dir(path), data)
	}
	t, err := template.New("next steps").Parse(nextStepsText)
	if err != nil {
		return fmt.Errorf("read the next steps: %w", err)
	}
	return t.Execute(w, map[string]any{
		"Config": c, "Path": path, "Data": data, "Program": program, "Proxy": c.TLS.Mode == "proxy", "Loopback": c.Origin != "",
		"LowPort": strings.HasSuffix(c.Listen, ":443"),
	})
}

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

//go:embed packaging/folkmoot.service
var packagedUnit string

const (
	packagedProgram = "/usr/bin/folkmoot"
	packagedConfig  = "/etc/folkmoot/folkmoot.toml"
	packagedData    = "/var/lib/folkmoot"
	packagedPlace   = "/usr/lib/systemd/system/folkmoot.service"
)

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
	_, err = os.Stat(packagedPlace)
	packaged := err == nil && program == packagedProgram && path == packagedConfig && data == packagedData
	lowPort := strings.HasSuffix(c.Listen, ":443")
	return t.Execute(w, map[string]any{
		"Config": c, "Path": path, "Data": data, "Proxy": c.TLS.Mode == "proxy", "Loopback": c.Origin != "", "Packaged": packaged && !lowPort,
		"Unit": indented(unitFor(program, path, data, lowPort)),
	})
}

// unitFor is the packages' systemd unit for a program that lies elsewhere.
func unitFor(program, path, data string, lowPort bool) string {
	_, unit, _ := strings.Cut(packagedUnit, "\n\n") // what the first lines explain is done here
	changes := map[string]string{
		"ExecStart=":           "ExecStart=" + program + " serve --config " + path,
		"ConditionPathExists=": "ConditionPathExists=" + path,
		"Documentation=":       "",
	}
	if data != packagedData {
		changes["StateDirectory="], changes["StateDirectoryMode="] = "ReadWritePaths="+data, ""
		changes["WorkingDirectory="] = "WorkingDirectory=" + data
	}
	if lowPort { // in a user namespace of its own it could not
		changes["PrivateUsers="] = ""
		changes["CapabilityBoundingSet="] = "CapabilityBoundingSet=CAP_NET_BIND_SERVICE"
		changes["AmbientCapabilities="] = "AmbientCapabilities=CAP_NET_BIND_SERVICE"
	}
	for _, place := range []string{program, path, data} {
		if strings.HasPrefix(place, "/home/") || strings.HasPrefix(place, "/root/") {
			changes["ProtectHome="] = "ProtectHome=read-only"
		}
	}
	var out strings.Builder
	for line := range strings.Lines(unit) {
		key, _, _ := strings.Cut(line, "=")
		change, changed := changes[key+"="]
		switch {
		case !changed:
			out.WriteString(line)
		case change != "":
			out.WriteString(change + "\n")
		}
	}
	return out.String()
}

// indented is text to copy from within other text.
func indented(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			out.WriteString("    ")
		}
		out.WriteString(line)
	}
	return strings.TrimRight(out.String(), "\n")
}

package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Setting is one value of a Config, described.
type Setting struct {
	Key     string // e.g. "tls.mode"
	Env     string // e.g. "FOLKMOOT_TLS_MODE"
	Doc     string
	Example string // for settings that are empty by default
	Value   any
}

// Flag is the name of the setting on the command line, without the dashes.
func (s Setting) Flag() string { return strings.NewReplacer(".", "-", "_", "-").Replace(s.Key) }

// Text is the value as TOML has it.
func (s Setting) Text() string { return tomlValue(s.Value) }

// Settings lists every setting with its value in c, in the order of the reference.
func Settings(c Config) []Setting { return settingsOf(reflect.ValueOf(c), "") }

func settingsOf(v reflect.Value, prefix string) []Setting {
	var out []Setting
	for i := range v.NumField() {
		field := v.Type().Field(i)
		key := prefix + field.Tag.Get("mapstructure")
		if field.Type.Kind() == reflect.Struct {
			out = append(out, settingsOf(v.Field(i), key+".")...)
			continue
		}
		out = append(out, Setting{
			Key: key, Env: envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_")), Doc: field.Tag.Get("doc"),
			Example: field.Tag.Get("eg"), Value: v.Field(i).Interface(),
		})
	}
	return out
}

func tomlValue(v any) string {
	switch v := v.(type) {
	case string:
		return tomlString(v)
	case time.Duration:
		return strconv.Quote(v.String())
	case Days:
		return strconv.Quote(strconv.Itoa(int(v)) + "d")
	case []string:
		quoted := []string{}
		for _, s := range v {
			quoted = append(quoted, tomlString(s))
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	default:
		return fmt.Sprint(v)
	}
}

// tomlString writes a basic string of TOML 1.0: control characters as \u escapes, which Go's own quoting does not.
func tomlString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Write makes the annotated file. Settings that are as by default are commented out, so that a later version's better
// default holds.
func Write(c Config) string {
	var b strings.Builder
	b.WriteString("# The settings of a Folkmoot server. Check them with: folkmoot config check\n")
	defaults, section := Settings(Default()), ""
	for i, s := range Settings(c) {
		name := s.Key
		if table, rest, ok := strings.Cut(s.Key, "."); ok {
			if name = rest; table != section {
				section = table
				fmt.Fprintf(&b, "\n[%s]\n", table)
			}
		}
		b.WriteString("\n" + comment(s.Doc))
		value, off := s.Text(), ""
		if value == defaults[i].Text() {
			if off = "# "; value == `""` && s.Example != "" {
				value = tomlString(s.Example)
			}
		}
		fmt.Fprintf(&b, "%s%s = %s\n", off, name, value)
	}
	return b.String()
}

// comment wraps a text at about 100 characters.
func comment(text string) string {
	var b strings.Builder
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+len(word) > 100 {
			b.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	return b.String() + line + "\n"
}

// Reference makes docs/config.md.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Settings\n\n<!-- Made by: folkmoot config reference --markdown. Do not edit. -->\n\n" +
		"`folkmoot init` writes a file with all of them, explained. A flag wins over the environment, the environment over the\n" +
		"file, the file over the default. The file is the one named by `--config` or `FOLKMOOT_CONFIG`, else `folkmoot.toml` in\n" +
		"the current folder, else `/etc/folkmoot/folkmoot.toml`. Every variable can also be given as a file: with `_FILE` behind\n" +
		"its name it holds the path of the file whose text is the value. Misspelt names are errors.\n")
	for _, s := range Settings(Default()) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", s.Key, s.Doc)
		value := s.Text()
		switch {
		case value == `""` && s.Example != "":
			fmt.Fprintf(&b, "Empty by default; for example `%s`.", s.Example)
		case value == `""` || value == "[]":
			b.WriteString("Empty by default.")
		default:
			fmt.Fprintf(&b, "Default: `%s`.", value)
		}
		fmt.Fprintf(&b, " Flag `--%s`, environment `%s`.\n", s.Flag(), s.Env)
	}
	return b.String()
}

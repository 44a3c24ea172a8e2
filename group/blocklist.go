package group

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The columns of Mastodon's list of domain blocks (admin/export_domain_blocks_controller.rb), as of 4.x.
func blockColumns() []string {
	return []string{"#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate"}
}

// MaxBlockList is how many entries are read from one list: the largest in use have a few thousand.
const MaxBlockList = 50_000

// noList means that a text is no list of blocks.
func noList() Fault {
	return Fault{What: "list-none", says: "this is no list of blocks: it needs a first line such as " + strings.Join(blockColumns(), ",")}
}

// ParseBlockList reads a list as Mastodon exports it. The columns may come in any order, with or without the number sign, and only
// the domain is needed: a bare list of domains suspends them, as Mastodon imports it. Hosts are as written; whoever stores them brings
// them into the one spelling. Lines that cannot be used are told, and the others still count.
func ParseBlockList(text string) (entries []Barrier, problems []Fault, err error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = -1, true, true
	first, err := r.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("%w (%w)", noList(), err)
	}
	columns, ok := columnsOf(first)
	if !ok {
		return nil, nil, noList()
	}
	if columns == nil {
		columns = map[string]int{"domain": 0}
		entries, problems = addLine(entries, problems, 1, first, columns)
	}
	for len(entries) < MaxBlockList {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return entries, problems, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%w (%w)", noList(), err)
		}
		line, _ := r.FieldPos(0)
		entries, problems = addLine(entries, problems, line, record, columns)
	}
	return nil, nil, tooMuch("list-long", "the list has more than %d entries", MaxBlockList)
}

// columnsOf reads the first line. A single field that looks like a domain is an entry of a list without one: columns is nil then.
func columnsOf(first []string) (columns map[string]int, ok bool) {
	columns = map[string]int{}
	for i, name := range first {
		columns[strings.ToLower(strings.TrimPrefix(strings.TrimSpace(name), "#"))] = i
	}
	if _, ok := columns["domain"]; ok {
		return columns, true
	}
	return nil, len(first) == 1 && strings.Contains(first[0], ".")
}

func addLine(entries []Barrier, problems []Fault, line int, record []string, columns map[string]int) ([]Barrier, []Fault) {
	field := func(name string) string {
		if i, ok := columns[name]; ok && i < len(record) {
			return withoutGuard(strings.TrimSpace(record[i]))
		}
		return ""
	}
	b := Barrier{
		Subject: strings.TrimPrefix(field("domain"), "*."), Level: LevelSuspend, Public: field("public_comment"), Private: field("private_comment"),
		RejectMedia: truth(field("reject_media")), RejectReports: truth(field("reject_reports")), Obfuscate: truth(field("obfuscate")),
	}
	if severity := strings.ToLower(field("severity")); severity != "" {
		b.Level = Level(severity)
	}
	switch {
	case b.Subject == "":
		return entries, problems
	case strings.HasPrefix(b.Subject, "#"): // a remark
		return entries, problems
	case strings.Contains(b.Subject, "*"):
		return entries, append(problems, inLine(line, "line-hidden", "line %d: %s hides the domain; it cannot be blocked", b.Subject))
	case b.Level.rank() == 0 && b.Level != LevelAllow:
		return entries, append(problems, inLine(line, "line-severity", "line %d: there is no severity %q; it is suspend, silence or noop", string(b.Level)))
	}
	return append(entries, b), problems
}

// inLine is a fault of one line.
func inLine(line int, what, words, given string) Fault {
	return Fault{What: what, Most: line, Given: given, says: fmt.Sprintf(words, line, given)}
}

// NoHost is the fault of an entry that blocks something else than a server.
func NoHost(given string) Fault { return instead("line-no-host", "%q is no host", given) }

// EmptyList is the fault of a list that blocks nothing.
func EmptyList() Fault { return Fault{What: "list-empty", says: "it is empty"} }

func truth(s string) bool {
	yes, err := strconv.ParseBool(strings.ToLower(s))
	return err == nil && yes
}

// FormatBlockList writes entries about hosts as Mastodon imports them. Accounts and exceptions have no place there.
func FormatBlockList(entries []Barrier) (string, error) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.Write(blockColumns()); err != nil {
		return "", fmt.Errorf("write the list: %w", err)
	}
	for _, e := range entries {
		if e.IsAccount() || e.Level.rank() == 0 {
			continue
		}
		err := w.Write([]string{
			noFormula(e.Subject), string(e.Level), strconv.FormatBool(e.RejectMedia), strconv.FormatBool(e.RejectReports), noFormula(e.Public),
			strconv.FormatBool(e.Obfuscate),
		})
		if err != nil {
			return "", fmt.Errorf("write the list: %w", err)
		}
	}
	w.Flush()
	return b.String(), w.Error()
}

// noFormula keeps spreadsheets from calculating what somebody wrote into a list: they do with fields that begin with one of these
// (OWASP, CSV injection). An apostrophe before it is what they show as text.
func noFormula(field string) string {
	if strings.ContainsAny(field[:min(1, len(field))], formulaStarts) {
		return "'" + field
	}
	return field
}

const formulaStarts = "=+-@'\t\r\n|%"

// withoutGuard undoes noFormula.
func withoutGuard(field string) string {
	if len(field) > 1 && field[0] == '\'' && strings.IndexByte(formulaStarts, field[1]) >= 0 {
		return field[1:]
	}
	return field
}

// Obfuscated is the name as the public sees it where the entry says so: as Mastodon does, the middle is stars.
func (b Barrier) Obfuscated() string {
	if !b.Obfuscate {
		return b.Subject
	}
	name := []rune(b.Subject)
	from, to := len(name)/4, len(name)-len(name)/4
	for i := from; i < to; i++ {
		if name[i] != '.' {
			name[i] = '*'
		}
	}
	return string(name)
}

package group

import (
	"html"
	"strings"
)

// linksIn finds where the links of sanitised HTML lead, whatever their words say. Mentions and hashtags lead to people and lists, and
// are no links for rules.
func linksIn(fragment string) (out []string) {
	for {
		_, rest, ok := strings.Cut(fragment, "<a ")
		if !ok {
			return out
		}
		tag, after, _ := strings.Cut(rest, ">")
		fragment = after
		class := " " + attribute(tag, "class") + " "
		if strings.Contains(class, " mention ") || strings.Contains(class, " hashtag ") {
			continue
		}
		if href := attribute(tag, "href"); href != "" {
			out = append(out, href)
		}
	}
}

// attribute reads one attribute of a tag as the sanitiser writes them: in double quotes.
func attribute(tag, name string) string {
	_, rest, ok := strings.Cut(" "+tag, " "+name+`="`)
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(value)
}

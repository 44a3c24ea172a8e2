package web

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// Markdown turns what an owner writes (CommonMark, with bare links made clickable) into HTML that is safe to show and to
// send: raw HTML in it is dropped, and so are images, which would tell other servers who reads.
func Markdown(source string) (string, error) {
	md := goldmark.New(goldmark.WithExtensions(extension.Linkify, extension.Strikethrough))
	doc := md.Parser().Parse(text.NewReader([]byte(source)))
	if err := ast.Walk(doc, lowerHeading); err != nil {
		return "", fmt.Errorf("read Markdown: %w", err)
	}
	var out strings.Builder
	if err := md.Renderer().Render(&out, []byte(source), doc); err != nil {
		return "", fmt.Errorf("read Markdown: %w", err)
	}
	return strings.TrimSpace(policy().Sanitize(out.String())), nil
}

// lowerHeading puts headings below the page's own, which are h1 and h2.
func lowerHeading(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if h, ok := n.(*ast.Heading); ok && entering {
		h.Level = min(h.Level+2, 6)
	}
	return ast.WalkContinue, nil
}

func policy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "em", "strong", "del", "ul", "ol", "li", "blockquote", "code", "pre", "h3", "h4", "h5", "h6", "hr")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "http", "mailto")
	p.RequireNoFollowOnLinks(true)
	return p
}

func trustedMarkdown(source string) (template.HTML, error) {
	html, err := Markdown(source)
	return template.HTML(html), err // #nosec G203 -- sanitised by Markdown
}

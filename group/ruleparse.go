package group

import (
	"strconv"
	"strings"
	"unicode"
)

// ruleToken is a piece of a rule's text.
type ruleToken struct {
	text string
	kind byte // 'w' a word, '"' quoted, '/' a pattern, ',' '<' '>' themselves
}

// ruleParser reads a rule's text from left to right.
type ruleParser struct {
	tokens []ruleToken
	at     int
}

func endsWord(r rune) bool {
	return unicode.IsSpace(r) || r == ',' || r == '<' || r == '>' || r == '"' || r == '“' || r == '”' || r == '„'
}

// split cuts the text into pieces. Typographic quotes count too: phones write them by themselves.
func (p *ruleParser) split(text string) error {
	rest := []rune(text)
	for len(rest) > 0 {
		r := rest[0]
		switch {
		case unicode.IsSpace(r):
			rest = rest[1:]
		case r == ',' || r == '<' || r == '>':
			p.tokens, rest = append(p.tokens, ruleToken{string(r), byte(r)}), rest[1:]
		case r == '"' || r == '“' || r == '”' || r == '„' || r == '/':
			t, n, err := enclosed(rest)
			if err != nil {
				return err
			}
			p.tokens, rest = append(p.tokens, t), rest[n:]
		default:
			n := 1
			for n < len(rest) && !endsWord(rest[n]) {
				n++
			}
			p.tokens, rest = append(p.tokens, ruleToken{string(rest[:n]), 'w'}), rest[n:]
		}
	}
	return nil
}

// enclosed reads up to the closing mark. A backslash takes the mark in; within quotes it takes itself in too.
func enclosed(rest []rune) (t ruleToken, n int, err error) {
	closing, kind := `"“”`, byte('"')
	if rest[0] == '/' {
		closing, kind = "/", '/'
	}
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		r := rest[i]
		if r == '\\' && i+1 < len(rest) && (strings.ContainsRune(closing, rest[i+1]) || kind == '"' && rest[i+1] == '\\') {
			i++
			b.WriteRune(rest[i])
			continue
		}
		if strings.ContainsRune(closing, r) {
			return ruleToken{b.String(), kind}, i + 1, nil
		}
		b.WriteRune(r)
		if kind == '/' && r == '\\' && i+1 < len(rest) { // it stands for what follows, which is no end
			i++
			b.WriteRune(rest[i])
		}
	}
	return t, 0, instead("rule-open", "there is an opening %s without a closing one", string(rest[0]))
}

func (p *ruleParser) done() bool { return p.at >= len(p.tokens) }

// word takes the next piece if it is a word; "" if it is not.
func (p *ruleParser) word() string { t, _ := p.take('w'); return t }

func (p *ruleParser) quoted() (string, bool) { return p.take('"') }

func (p *ruleParser) take(kind byte) (string, bool) {
	if p.done() || p.tokens[p.at].kind != kind {
		return "", false
	}
	p.at++
	return p.tokens[p.at-1].text, true
}

func (p *ruleParser) skip(words ...string) {
	for _, w := range words {
		if !p.done() && p.tokens[p.at].kind == 'w' && strings.EqualFold(p.tokens[p.at].text, w) {
			p.at++
			return
		}
	}
}

// values reads words with commas between them.
func (p *ruleParser) values(what string) (out []string, err error) {
	for {
		v, ok := p.quoted()
		if !ok {
			v = p.word()
		}
		if v = strings.Join(strings.Fields(v), " "); v == "" {
			return nil, instead("rule-no-values", "after %s comes what to look for, with commas between", what)
		}
		if out = append(out, v); len(out) > maxValues {
			return nil, tooMuch("rule-values-many", "a condition looks for at most %d things", maxValues)
		}
		if _, more := p.take(','); !more {
			return out, nil
		}
	}
}

func (p *ruleParser) regular() ([]string, error) {
	v, ok := p.take('/')
	if !ok || v == "" {
		return nil, Fault{What: "rule-no-pattern", says: `a pattern stands between slashes, such as: pattern /buy\s+now/`}
	}
	_, err := compilePattern(v)
	return []string{v}, err
}

// number reads how many: "> 2", or nothing at all for "> 0" where more than some number is meant.
func (p *ruleParser) number(c *Condition, mark string) error {
	if _, ok := p.take(mark[0]); !ok {
		if mark == ">" {
			return nil
		}
		return Fault{What: "rule-no-age", says: "write the age of the account as: account < 7 days"}
	}
	digits := strings.TrimSuffix(strings.ToLower(p.word()), "d")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n > 10_000 {
		return instead("rule-no-number", "after < or > comes a number, not %q", digits)
	}
	c.Number = n
	return nil
}

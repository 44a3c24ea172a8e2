package group

import (
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxRuleRead is how much of a post rules read, in bytes: more than people write, and it bounds what a pattern costs.
const maxRuleRead = 16 << 10

// shownText is what people read of sanitised HTML, in one line for each block. Markup within a word is no end of it, and what cannot
// be seen is not there.
func shownText(fragment string) string {
	var b strings.Builder
	for fragment != "" && b.Len() < maxRuleRead {
		text, rest, _ := strings.Cut(fragment, "<")
		b.WriteString(html.UnescapeString(text))
		tag, after, _ := strings.Cut(rest, ">")
		if breaks(tag) {
			b.WriteByte('\n')
		}
		fragment = after
	}
	return seen(b.String())
}

func breaks(tag string) bool {
	name := strings.ToLower(strings.TrimPrefix(tag, "/"))
	if i := strings.IndexFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }); i >= 0 {
		name = name[:i]
	}
	return slices.Contains([]string{"p", "br", "div", "li", "ul", "ol", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "table", "tr", "td"}, name)
}

// seen takes out what has no width, and writes letters in fancy dress (full width, mathematical, circled) as the plain ones.
func seen(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.In(r, unicode.Cf, unicode.Cc, unicode.Variation_Selector) && !unicode.IsSpace(r),
			r == 0x034F, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5, r == 0x3164, r == 0xFFA0:
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return plainLetter(r)
	}, s)
}

// plainLetter undresses a letter or digit. The standard library has no normalisation (NFKC), so the alphabets that spam uses are listed.
func plainLetter(r rune) rune {
	switch {
	case r < 0x2000:
		return r
	case r >= 0xFF01 && r <= 0xFF5E: // full width
		return r - 0xFF01 + '!'
	case r >= 0x1D400 && r <= 0x1D6A3: // mathematical: 52 letters in each style
		return letterAt((r - 0x1D400) % 52)
	case r >= 0x1D7CE && r <= 0x1D7FF:
		return '0' + (r-0x1D7CE)%10
	case r >= 0x24B6 && r <= 0x24E9: // circled
		return letterAt(r - 0x24B6)
	case r >= 0x1F130 && r <= 0x1F149: // squared, then black circled and black squared
		return 'A' + r - 0x1F130
	case r >= 0x1F150 && r <= 0x1F169:
		return 'A' + r - 0x1F150
	case r >= 0x1F170 && r <= 0x1F189:
		return 'A' + r - 0x1F170
	case strings.ContainsRune("ℎℬℰℱℋℐℒℳℛℯℊℴℭℌℑℜℨℂℍℕℙℚℝℤ", r): // those that the mathematical alphabets borrow
		from := []rune("ℎℬℰℱℋℐℒℳℛℯℊℴℭℌℑℜℨℂℍℕℙℚℝℤ")
		return []rune("hBEFHILMRegoCHIRZCHNPQRZ")[slices.Index(from, r)]
	}
	return r
}

func letterAt(i rune) rune {
	if i < 26 {
		return 'A' + i
	}
	return 'a' + i - 26
}

// The letters with marks of the Latin, Greek and Cyrillic alphabets, and what they are without.
const (
	marked = "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľŀłńņňōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżž" +
		"ǎǐǒǔǖǘǚǜșțΐάέήίΰϊϋόύώйѐёѓїќѝўѷґḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵ" +
		"ṷṹṻṽṿẁẃẅẇẉẋẍẏẑẓẕẖẗẘẙẛạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
	unmarked = "aaaaaaaceeeeiiiidnoooooouuuuyyaaaccccddeeeeegggghhiiiiijklllllnnnoooorrrsssstttuuuuuuwyzzz" +
		"aiouuuuustιαεηιυιυουωиеегікиуѵгabbbcdddddeeeeefghhhhhiikkkllllmmmnnnnoooopprrrrsssssttttuu" +
		"uuuvvwwwwwxxyzzzhtwyſaaaaaaaaaaaaeeeeeeeeiioooooooooooouuuuuuuyyyy"
)

// fold brings words into the spelling in which they are compared: without case and without marks.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 {
			return unicode.ToLower(r)
		}
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		r = unicode.ToLower(least)
		if i := strings.IndexRune(marked, r); i >= 0 {
			return []rune(unmarked)[utf8.RuneCountInString(marked[:i])]
		}
		return r
	}, strings.ReplaceAll(s, "ß", "ss"))
}

// wordsOf cuts a text into words.
func wordsOf(s string) []string {
	return strings.FieldsFunc(fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

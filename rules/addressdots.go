package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"marketwarden/internal/weburl"
)

// dotStyle is how the dots of a name are written.
type dotStyle int

const (
	dotPlain   dotStyle = iota // .
	dotLook                    // 。 ． · and other characters that look like it
	dotBracket                 // [.] (.) {dot} 【点】
	dotWord                    // 点, " dot "
	dotSpaced                  // " . "
)

// name reads the rest of a dotted name whose first label is [start, end). Where the style
// of the dots changes after what is a whole name already, the name ends: "www.abc.com。"
// is followed by the next sentence.
// Labels of Han characters are read only after a scheme or www: elsewhere they are the next
// sentence.
func (f *finder) name(start, end int, scheme bool) (name, bool) {
	f.labels[0] = span{start, end}
	n := name{labels: f.labels[:1]}
	www := isWWW(f.text[start:end])
	for len(n.labels) < maxLabels {
		last := n.labels[len(n.labels)-1].end
		after, style, ok := readDot(f.text, last, www && len(n.labels) < 3)
		if !ok {
			break
		}
		if style == dotPlain && f.isFolded && f.written(span{last, last + 1}) != "." {
			style = dotLook
		}
		next := after
		for next < len(f.text) && isLabelByte(f.text[next]) {
			next++
		}
		if next == after {
			var han bool
			if !scheme && !www {
				break
			}
			if next, han = hanLabel(f.text, after); !han {
				break
			}
		}
		if len(n.labels) > 1 && style != n.style {
			if strongName(f.host(n)) || isDotWord(f.text, last) != isDotWord(f.text, n.labels[0].end) {
				break
			}
			n.mixed = true
			style = max(style, n.style)
		}
		n.style = style
		n.labels = append(n.labels, span{after, next})
	}
	return n, len(n.labels) > 1
}

// maxLabels bounds the labels of one name.
const maxLabels = 12

// trimLabels drops what hangs on a host from the words around it: hyphens and
// underscores at its ends, as in "www.abc.com-官网". It answers false when no dotted name
// is left.
func (f *finder) trimLabels(n name) (name, bool) {
	for len(n.labels) > 0 {
		last := &n.labels[len(n.labels)-1]
		for last.end > last.start && (f.text[last.end-1] == '-' || f.text[last.end-1] == '_') {
			last.end--
		}
		if last.end > last.start {
			break
		}
		n.labels = n.labels[:len(n.labels)-1]
	}
	if len(n.labels) < 2 {
		return n, false
	}
	first := &n.labels[0]
	for first.start < first.end && (f.text[first.start] == '-' || f.text[first.start] == '_') {
		first.start++
	}
	return n, first.start < first.end
}

// mayBeginDot reports whether c is the first byte of something that reads as a dot, or of
// a space or bracket before it.
func mayBeginDot(c byte) bool {
	switch c {
	case '.', ' ', '(', '[', '{', 0xC2, 0xE2, 0xE3, 0xE7, 0xE9, 0xEF:
		return true
	}
	return false
}

// readDot reads at i what a person reads as a dot inside a host name and answers where
// the next label begins. loose allows white space on one side alone, which elsewhere
// ends a sentence.
func readDot(t string, i int, loose bool) (after int, style dotStyle, ok bool) {
	start := i
	i = skipSpaces(t, i)
	spaceBefore := i > start
	if i == len(t) || !mayBeginDot(t[i]) && t[i]|0x20 != 'd' {
		return 0, 0, false
	}
	bracket, size := bracketAt(t, i)
	if size > 0 {
		i = skipSpaces(t, i+size)
	}
	style, size = dotAt(t, i)
	if size == 0 {
		return 0, 0, false
	}
	word := style == dotWord && t[i] < 0x80
	i += size
	if bracket != 0 {
		i = skipSpaces(t, i)
		r, size := utf8.DecodeRuneInString(t[i:])
		if r != bracket {
			return 0, 0, false
		}
		return skipSpaces(t, i+size), dotBracket, true
	}
	at := i
	i = skipSpaces(t, i)
	spaceAfter := i > at
	switch {
	case word: // the letters d, o, t are a word of their own, or nothing
		if !spaceBefore || !spaceAfter {
			return 0, 0, false
		}
		return i, dotWord, true
	case spaceBefore && spaceAfter && style == dotWord:
		return i, dotWord, true
	case spaceBefore && spaceAfter, (spaceBefore || spaceAfter) && loose:
		return i, max(style, dotSpaced), true
	case spaceBefore || spaceAfter:
		return 0, 0, false
	}
	return i, style, true
}

// isDotWord reports whether the dot after a label is written with letters.
func isDotWord(t string, i int) bool {
	i = skipSpaces(t, i)
	return i < len(t) && t[i]|0x20 == 'd'
}

// dotAt is the size of what reads as a dot at i, 0 for none.
func dotAt(t string, i int) (dotStyle, int) {
	if i >= len(t) {
		return 0, 0
	}
	switch c := t[i]; {
	case c == '.':
		return dotPlain, 1
	case c|0x20 == 'd':
		if len(t) >= i+3 && (t[i+1]|0x20 == 'o' || t[i+1] == '0') && t[i+2]|0x20 == 't' && (i+3 == len(t) || !isLabelByte(t[i+3])) {
			return dotWord, 3
		}
	case c >= 0x80:
		switch r, size := utf8.DecodeRuneInString(t[i:]); r {
		case '。', '．', '｡', '․', '·', '•', '・', '‧':
			return dotLook, size
		case '点', '點':
			return dotWord, size
		}
	}
	return 0, 0
}

// bracketAt is the closing counterpart of an opening bracket at i and its size.
func bracketAt(t string, i int) (rune, int) {
	r, size := utf8.DecodeRuneInString(t[i:])
	switch r {
	case '(':
		return ')', size
	case '[':
		return ']', size
	case '{':
		return '}', size
	case '（':
		return '）', size
	case '【':
		return '】', size
	case '［':
		return '］', size
	}
	return 0, 0
}

// skipSpaces passes over at most two spaces of any width.
func skipSpaces(t string, i int) int {
	for n := 0; n < 2 && i < len(t); n++ {
		size := spaceAt(t, i)
		if size == 0 {
			break
		}
		i += size
	}
	return i
}

// spaceAt is the size of the space at i, 0 for none.
func spaceAt(t string, i int) int {
	switch t[i] {
	case ' ':
		return 1
	case 0xC2, 0xE2, 0xE3:
		r, size := utf8.DecodeRuneInString(t[i:])
		if r == '\u00A0' || r == '\u3000' || '\u2000' <= r && r <= '\u200A' {
			return size
		}
	}
	return 0
}

// hanLabel reads a label of Han characters at i.
func hanLabel(t string, i int) (end int, ok bool) {
	end = i
	for n := 0; n <= maxHanLabel && end < len(t); n++ {
		r, size := utf8.DecodeRuneInString(t[end:])
		if !unicode.Is(unicode.Han, r) && (n == 0 || t[end] >= 0x80 || !isLabelByte(t[end])) {
			break
		}
		if r == '点' || r == '點' {
			break
		}
		end += size
	}
	return end, end > i && end-i <= 3*maxHanLabel
}

const maxHanLabel = 15

// strongName reports whether a name is a host for certain: more than a suffix, and below
// a top-level domain that names of other things do not end in.
func strongName(host string) bool {
	tld := host[strings.LastIndexByte(host, '.')+1:]
	if strongTLD(tld) {
		return weburl.RegistrableDomain(host) != tld && !isSuffix(host)
	}
	rest, country := strings.TrimSuffix(host, "."+tld), tld
	second := rest[strings.LastIndexByte(rest, '.')+1:]
	switch second {
	case "com", "net", "org", "gov", "edu", "co":
		return len(country) == 2 && strings.Contains(rest, ".") && weburl.IsPublicSuffixTLD(host)
	}
	return false
}

// isSuffix reports whether host is a public suffix such as com.cn and nobody's name.
func isSuffix(host string) bool {
	return weburl.RegistrableDomain(host) == host && weburl.RegistrableDomain("a."+host) == "a."+host
}

// reservedTLD: names that documentation and tests use and nobody can register
// (RFC 2606). Written out as an address they are one.
func reservedTLD(tld string) bool { return tld == "example" || tld == "test" }

// strongTLD: top-level domains in wide use here that are no ends of file, package or
// member names.
func strongTLD(tld string) bool {
	switch tld {
	case "com", "cn", "net", "org", "top", "xyz", "vip", "club", "shop", "ltd", "wang", "icu", "ren",
		"mobi", "asia", "biz", "gov", "edu", "hk", "tw", "example":
		return true
	}
	return false
}

package reports

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// inert makes foreign text safe to show on one line of a terminal or spreadsheet: line
// breaks and tabs become spaces; control characters, bidirectional controls and other
// characters that cannot be seen become escapes such as \x1b or \u202e, so that a reader
// sees that they are there; bytes that are no UTF-8 become U+FFFD. The two joiners stay,
// as scripts and emoji need them and they do no harm.
func inert(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, string(utf8.RuneError))
	}
	if strings.IndexFunc(s, func(r rune) bool { return breaks(r) || unseen(r) }) < 0 {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var b strings.Builder
	for _, r := range s {
		switch {
		case breaks(r):
			b.WriteByte(' ')
		case unseen(r):
			b.WriteString(escape(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// breaks reports whether r ends a line or jumps to a column.
func breaks(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// unseen reports whether r acts on a terminal or on the text around it without being
// seen itself.
func unseen(r rune) bool {
	if ' ' <= r && r <= '~' || '\u3000' <= r && r <= '\ud7ff' { // most text, and nothing of the kind
		return false
	}
	return r != zeroWidthJoiner && r != zeroWidthNonJoiner && unicode.In(r, unicode.Cc, unicode.Cf)
}

func escape(r rune) string {
	switch {
	case r <= 0xff:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	default:
		return fmt.Sprintf(`\U%08x`, r)
	}
}

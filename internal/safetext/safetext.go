// Package safetext makes foreign text safe to show: words of pages, names and addresses
// of feeds, whatever somebody else wrote. It is for people's eyes on one line: of a
// terminal, a cell, a mail or a page.
//
// The package is pure and keeps nothing. It does not escape for a format: HTML, CSV and
// JSON have their own rules, which hold besides (html/template, encoding/json). It does
// not shorten, and it does not undo disguise (internal/textfold reads what was meant; here
// a reader is to see what is there).
package safetext

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

// Line makes foreign text safe to show on one line: line breaks and tabs become spaces;
// control characters, bidirectional controls and other characters that cannot be seen
// become escapes such as \x1b or \u202e, so that a reader sees that they are there; bytes
// that are no UTF-8 become U+FFFD. The two joiners stay, as scripts and emoji need them
// and they do no harm.
func Line(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, string(utf8.RuneError))
	}
	if strings.IndexFunc(s, func(r rune) bool { return Breaks(r) || Unseen(r) }) < 0 {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var b strings.Builder
	for _, r := range s {
		switch {
		case Breaks(r):
			b.WriteByte(' ')
		case Unseen(r):
			b.WriteString(escape(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Breaks reports whether r ends a line or jumps to a column.
func Breaks(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// Joiner reports whether r is one of the two joiners, which are not seen and do no harm.
func Joiner(r rune) bool { return r == zeroWidthJoiner || r == zeroWidthNonJoiner }

// Unseen reports whether r acts on a terminal or on the text around it without being
// seen itself. The joiners do not count.
func Unseen(r rune) bool {
	if ' ' <= r && r <= '~' || '\u3000' <= r && r <= '\ud7ff' { // most text, and nothing of the kind
		return false
	}
	return !Joiner(r) && unicode.In(r, unicode.Cc, unicode.Cf)
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

// Marked returns a snippet as valid UTF-8 and the mark that spans the same words in it. A
// mark (a byte span) that lies outside or cuts a character is moved to what it touches.
func Marked(s string, mark [2]int) (string, [2]int) {
	from := min(max(mark[0], 0), len(s))
	to := min(max(mark[1], from), len(s))
	for from > 0 && from < len(s) && !utf8.RuneStart(s[from]) {
		from--
	}
	for to < len(s) && !utf8.RuneStart(s[to]) {
		to++
	}
	if utf8.ValidString(s) {
		return s, [2]int{from, to}
	}
	valid := func(s string) string { return strings.ToValidUTF8(s, string(utf8.RuneError)) }
	before, words := valid(s[:from]), valid(s[from:to])
	return before + words + valid(s[to:]), [2]int{len(before), len(before) + len(words)}
}

package reports

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"

	"marketwarden/internal/safetext"
)

// maxCell is how many UTF-16 units of a text go into a cell. Excel holds 32767.
const maxCell = 32_000

// cell makes foreign text safe for a spreadsheet that opens the file: inert, short
// enough, and with a leading apostrophe where the program would otherwise compute it or
// make something else of it (account numbers have 16 digits, Excel's numbers 15).
func cell(s string) string {
	text := cut(safetext.Line(s), maxCell)
	if formula(s) || misread(text) {
		return "'" + text
	}
	return text
}

// uncell takes the apostrophe away that cell puts before a text, and leaves alone one that
// belongs to it.
func uncell(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && (formula(rest) || misread(rest)) {
		return rest
	}
	return s
}

// formula reports whether a spreadsheet could take the text for a formula: it begins
// with a sign that starts one, in whatever width, perhaps behind spaces or characters
// that are not seen. A leading tab or line break counts as such a sign, since programs
// drop it and look at what follows.
func formula(s string) bool {
	for i, r := range s {
		switch r {
		case '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '−':
			return true
		}
		if safetext.Joiner(r) {
			continue
		}
		if i == 0 && safetext.Breaks(r) {
			return true
		}
		if !unicode.IsSpace(r) && !safetext.Unseen(r) {
			return false
		}
	}
	return false
}

// misread reports whether a spreadsheet would read the text as a number or a day and
// show something else: a leading zero, more than 15 digits, digits around one letter e,
// or a clause such as 9/24.
func misread(s string) bool {
	switch {
	case len(s) > 400: // longer than any number
		return false
	case likeDay.MatchString(s), likeExponent.MatchString(s):
		return true
	}
	return strings.Trim(s, "0123456789") == "" && (len(s) > 15 || len(s) > 1 && s[0] == '0')
}

// Compiled once, as every cell is held against them.
var (
	likeDay      = regexp.MustCompile(`^[0-9]{1,4}[/-][0-9]{1,4}([/-][0-9]{1,4})?$`)
	likeExponent = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?[eE][0-9]+$`)
)

// cut shortens s to n UTF-16 units and says so with an ellipsis.
func cut(s string, n int) string {
	if len(s) <= n { // bytes are never fewer than units
		return s
	}
	units := 0
	for i, r := range s {
		units += utf16.RuneLen(r)
		if units > n {
			return s[:i] + "…"
		}
	}
	return s
}

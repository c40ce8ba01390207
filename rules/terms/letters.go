package terms

import (
	"unicode/utf8"

	"marketwarden/internal/textfold"
)

// spell brings words of Latin letters that are written in disguise to the form that anchors
// have: with letters of other scripts that look like theirs ("ТОР1" in Cyrillic), and with
// separators between all letters ("T O P 1").
func (v *view) spell() {
	v.latinize()
	v.findSpelt()
	v.join()
}

// latinize writes in Latin letters the words that are written with look-alikes: those of
// nothing but Latin letters, digits and look-alikes, two of them or one beside a Latin
// letter. Words in Russian or Greek nearly always have a letter that looks like no Latin
// one, and formulas have single ones.
func (v *view) latinize() {
	to := 0
	for i := 0; i < len(v.text); {
		r, n := utf8.DecodeRune(v.text[i:])
		end, alike := i+n, false
		if isLetter(r) {
			end, alike = wordInDisguise(v.text, i)
		}
		for ; i < end; i += n {
			r, n = utf8.DecodeRune(v.text[i:])
			if l := textfold.LookAlike(r); alike && l < utf8.RuneSelf {
				v.text[to], v.from[to] = byte(l), v.from[i] //nolint:gosec // l is ASCII
				to++
				continue
			}
			copy(v.from[to:], v.from[i:i+n])
			to += copy(v.text[to:], v.text[i:i+n])
		}
	}
	v.text, v.from = v.text[:to], v.from[:to]
}

// wordInDisguise is where the word that begins at start ends, and whether it is one that
// latinize writes in Latin letters.
func wordInDisguise(text []byte, start int) (end int, disguised bool) {
	letters, alike, foreign := 0, 0, 0
	for end = start; end < len(text); {
		r, n := utf8.DecodeRune(text[end:])
		switch {
		case !isLetter(r):
			return end, foreign == 0 && (alike > 1 || alike == 1 && letters > 0)
		case r < utf8.RuneSelf:
			if r > '9' {
				letters++
			}
		case textfold.LookAlike(r) != r:
			alike++
		default:
			foreign++
		}
		end += n
	}
	return end, foreign == 0 && (alike > 1 || alike == 1 && letters > 0)
}

// isLetter reports whether r may be a part of a word of Latin letters, or of letters that
// look like them.
func isLetter(r rune) bool {
	return r < utf8.RuneSelf && isAlphanumeric(byte(r)) || //nolint:gosec // r is ASCII
		0x250 <= r && r <= 0x2AF || 0x370 <= r && r <= 0x587 || // phonetic, Greek, Cyrillic, Armenian
		0x1D00 <= r && r <= 0x1D7F || r == 'ı' || r == 'ꜱ'
}

// isAlphanumeric reports whether c is a letter or digit, in whatever case.
func isAlphanumeric(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}

// joinsLetters reports whether r is put between letters of a word. What stands in formulas,
// paths and lists of alternatives is not.
func joinsLetters(r rune) bool {
	switch r {
	case ' ', '\u00A0', '\u3000', '.', '-', '·', '•', '‧', '・', '･', '*', '~', '^', '—', '–':
		return true
	}
	return r >= 0x2500 && isSymbol(r)
}

// spelling counts letters and digits that stand alone, one after the other.
type spelling struct{ all, letters int }

// minSpelt is how many of them, two being letters, are a word that is written letter by
// letter. Fewer are names of variables, items of a list and numbers.
const minSpelt = 3

func (s *spelling) add(c byte) {
	s.all++
	if c > '9' {
		s.letters++
	}
}

func (s *spelling) isWord() bool { return s.all >= minSpelt && s.letters > 1 }

// findSpelt finds the separators in words that are written letter by letter.
func (v *view) findSpelt() {
	v.gaps = v.gaps[:0]
	var s spelling
	kept := 0                // gaps of words that are complete
	inside, last := false, 0 // whether i is inside a word; where the last letter of s ends
	flush := func() {
		if !s.isWord() {
			v.gaps = v.gaps[:kept]
		}
		kept, s = len(v.gaps), spelling{}
	}
	for i := 0; i < len(v.text); {
		r, n := utf8.DecodeRune(v.text[i:])
		switch {
		case !isLetter(r) && r != '_':
			inside = false
			if s.all > 0 && !joinsLetters(r) {
				flush()
			}
		case inside || r >= utf8.RuneSelf || r == '_' || letterAt(v.text, i+1):
			inside = true
			flush()
		default:
			if s.all > 0 && i-last > maxSpeltGap {
				flush()
			}
			if s.all > 0 {
				v.gaps = append(v.gaps, span{last, i})
			}
			s.add(byte(r)) //nolint:gosec // r is ASCII
			inside, last = true, i+1
		}
		i += n
	}
	flush()
}

// maxSpeltGap bounds what separates two letters of a word, in bytes.
const maxSpeltGap = 6

// letterAt reports whether the character at i, if any, belongs to a word.
func letterAt(text []byte, i int) bool {
	r, _ := utf8.DecodeRune(text[i:])
	return isLetter(r) || r == '_'
}

package textfold

import (
	"iter"
	"unicode"
	"unicode/utf8"
)

// Sentences yields the byte spans of text's sentences in order, without surrounding
// white space; spans do not overlap, and what lies between them is white space.
//
// A sentence ends after 。｡！？；, after "!", "?" and ";" unless a letter, digit or sign of
// ASCII follows at once (as in addresses), after "." before white space and a capital,
// and at the end of a line. Further marks and closing quotes and brackets belong to the
// sentence they follow. "。" between small letters or digits is the dot of an address
// written to evade a search (www。shop。com) and ends nothing.
func Sentences(text string) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		start, end := -1, 0 // of the sentence at hand, without white space
		flush := func() bool {
			s := start
			start = -1
			return s < 0 || yield(s, end)
		}
		for i := 0; i < len(text); {
			r, n := utf8.DecodeRuneInString(text[i:])
			switch {
			case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
				i += n
				if !flush() {
					return
				}
				continue
			case unicode.IsSpace(r):
				i += n
				continue
			}
			if start < 0 {
				start = i
			}
			if !endsSentence(text, i, r, n) {
				i += n
				end = i
				continue
			}
			i = skipClosing(text, i+n)
			end = i
			if !flush() {
				return
			}
		}
		flush()
	}
}

// endsSentence reports whether the rune r of n bytes at i ends a sentence.
func endsSentence(text string, i int, r rune, n int) bool {
	switch r {
	case '！', '？', '；':
		return true
	case '。', '｡':
		return i == 0 || i+n == len(text) || !inAddress(text[i-1]) || !inAddress(text[i+n])
	case '!', '?', ';':
		next, _ := utf8.DecodeRuneInString(text[skipClosing(text, i+n):])
		return next >= utf8.RuneSelf || unicode.IsSpace(next) // RuneError at the end
	case '.':
		after := skipClosing(text, i+n)
		for j := after; j < len(text); {
			next, m := utf8.DecodeRuneInString(text[j:])
			if !unicode.IsSpace(next) {
				return j > after && unicode.IsUpper(next)
			}
			j += m
		}
		return true
	}
	return false
}

func inAddress(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }

// maxClosing is how many marks, quotes and brackets after its end a sentence takes; each
// mark of a run may look at as many, so it keeps "!!!!…" linear.
const maxClosing = 8

// skipClosing is the offset after the marks, quotes and brackets at i that belong to
// the sentence before.
func skipClosing(text string, i int) int {
	for range maxClosing {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch r {
		case '。', '！', '？', '；', '!', '?', ';', '.', '…', '"', '\'', ')', ']', '”', '’', '」', '』', '）', '】', '》', '~', '～':
			i += n
		default:
			return i
		}
	}
	return i
}

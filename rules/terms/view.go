package terms

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"marketwarden/internal/textfold"
)

// han is the ideograph (isHan) that s begins with and its length, 0 when it begins with
// none. It is what nearly all of a text is made of, and decoded faster than any character.
func han(s string) (rune, int) {
	if len(s) < 3 || s[0] < 0xE3 || s[0] > 0xE9 || s[1]&0xC0 != 0x80 || s[2]&0xC0 != 0x80 {
		return 0, 0
	}
	if r := rune(s[0]&0xF)<<12 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F); isHan(r) {
		return r, 3
	}
	return 0, 0
}

// isSeparator reports whether r is put between characters to evade a search.
func isSeparator(r rune) bool {
	switch r {
	case ' ', '\t', '\u00A0', '\u3000', '·', '•', '‧', '・', '･', '-', '_', '*', '|', '~', '^', '`', '\'', '+', '=', '.', '/', '\\', '—', '–', '#', '@', '&', '$', '%', '※', '°':
		return true
	}
	return r >= 0x2500 && isSymbol(r)
}

// isSymbol reports whether r is a shape or a picture that stands for no character.
func isSymbol(r rune) bool {
	return r <= 0x2775 || // shapes, dingbats but numbers
		r == 0x2795 || r == 0x2796 || r == 0x27B0 || 0x2B50 <= r && r <= 0x2B55 ||
		0x1F300 <= r && r <= 0x1FAFF
}

// isPlain reports whether the character, which is no ideograph, is ordinary in Chinese
// text and neither part of an anchor nor in the way of one.
func isPlain(r rune) bool {
	switch r {
	case '，', '。', '：', '；', '！', '？', '（', '）', '、', '“', '”', '‘', '’', '《', '》', '【', '】', '「', '」', '『', '』', '…', '～', '〈', '〉', '￥', '×', '©', '®':
		return true
	}
	return r == '¥' || r == '£' ||
		0x2010 <= r && r <= 0x2027 || // dashes, quotes, bullets
		0x2190 <= r && r <= 0x245F || // arrows, operators, technical signs
		0x2794 <= r && r <= 0x27BF || // arrows
		0x3041 <= r && r <= 0x30FE || // kana
		0xAC00 <= r && r <= 0xD7A3 // hangul
}

// view is a sentence in plain form, with the way back. It is used again for the next one.
type view struct {
	text []byte
	from []int32 // for each byte of text, where in source the character begins that it comes from; empty until asked for
	gaps []span

	source string
}

// read brings a sentence to the form that patterns of the set see.
func (v *view) read(s *Set, sentence string) {
	v.fold(sentence)
	v.spell()
	v.findGaps(s)
	v.join()
}

// readWhole is read of a sentence that is known to have no gaps and nothing odd in it (see
// Text), and of which plain is given: all but punctuation is there as patterns see it.
func (v *view) readWhole(sentence string, plain []byte) {
	v.source, v.text, v.from, v.gaps = sentence, v.text[:0], v.from[:0], v.gaps[:0]
	done := 0 // up to where plain is copied
	for i := 0; i < len(plain); {
		switch c := plain[i]; {
		case c < utf8.RuneSelf:
			i++
		case 0xE4 <= c && c <= 0xE9: // ideographs
			i += 3
		default:
			r, n := utf8.DecodeRune(plain[i:])
			if !isHan(r) {
				v.text = append(v.text, plain[done:i]...)
				v.text = appendFolded(v.text, r, sentence[i:i+n])
				done = i + n
			}
			i += n
		}
	}
	v.text = append(v.text, plain[done:]...)
}

// fold brings a sentence to the form that patterns see but for gaps, which are still there.
func (v *view) fold(sentence string) {
	v.source, v.text, v.from = sentence, v.text[:0], v.from[:0]
	for i := 0; i < len(sentence); {
		if c := sentence[i]; c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c |= 0x20
			}
			v.text = append(v.text, c)
			v.from = append(v.from, int32(i))
			i++
			continue
		}
		r, n := han(sentence[i:])
		if n > 0 {
			v.text = utf8.AppendRune(v.text, simplify(r))
		} else {
			r, n = utf8.DecodeRuneInString(sentence[i:])
			v.text = appendFolded(v.text, r, sentence[i:i+n])
		}
		for len(v.from) < len(v.text) {
			v.from = append(v.from, int32(i))
		}
		i += n
	}
}

// appendFolded appends what a character that is no ideograph, spelt as given, folds to.
// Folding is character by character, so that those of ordinary text are looked up.
func appendFolded(to []byte, r rune, spelt string) []byte {
	if f, ok := foldedOften()[r]; ok && r != utf8.RuneError {
		return append(to, f...)
	}
	return append(to, simplified(textfold.Fold(spelt).Text)...)
}

// foldedOften has what the characters fold to that are neither ASCII nor ideographs and
// frequent in Chinese text.
var foldedOften = sync.OnceValue(func() map[rune]string { //nolint:gochecknoglobals // a constant table, never changed
	out := map[rune]string{}
	for _, block := range [][2]rune{{0xA0, 0xFF}, {0x370, 0x52F}, {0x2000, 0x206F}, {0x2190, 0x21FF}, {0x2460, 0x27BF}, {0x3000, 0x301F}, {0xFE00, 0xFE0F}, {0xFF00, 0xFF5E}, {0x1F100, 0x1FAFF}} {
		for r := block[0]; r <= block[1]; r++ {
			out[r] = simplified(textfold.Fold(string(r)).Text)
		}
	}
	return out
})

// original is the byte span of the sentence that [start, end), which is not empty, of the
// view comes from.
func (v *view) original(start, end int) (from, to int) {
	if len(v.from) == 0 { // read as a whole
		v.fold(v.source)
	}
	last := int(v.from[end-1])
	_, n := utf8.DecodeRuneInString(v.source[last:])
	for to = last + n; to < len(v.source) && v.source[to] > utf8.RuneSelf; to += n { // of a keycap
		var r rune
		if r, n = utf8.DecodeRuneInString(v.source[to:]); r != '\uFE0F' && r != '\u20E3' {
			break
		}
	}
	return int(v.from[start]), to
}

// join takes the gaps out.
func (v *view) join() {
	if len(v.gaps) == 0 {
		return
	}
	to, from := 0, 0
	for _, g := range append(v.gaps, span{len(v.text), len(v.text)}) {
		copy(v.from[to:], v.from[from:g.start])
		to += copy(v.text[to:], v.text[from:g.start])
		from = g.end
	}
	v.text, v.from = v.text[:to], v.from[:to]
}

// maxGap is how many separators between two characters can be a disguise.
const maxGap = 3

// spacedOut reports whether two ideographs that both stand alone begin s ("靠 谱"): a gap
// before them was put there, too.
func spacedOut(s []byte) bool {
	first, i := utf8.DecodeRune(s)
	if !isHan(first) {
		return false
	}
	for count := 0; ; count++ {
		r, n := utf8.DecodeRune(s[i:])
		i += n
		if isHan(r) {
			after, _ := utf8.DecodeRune(s[i:])
			return count > 0 && !isHan(after)
		}
		if count == maxGap || !isSeparator(r) {
			return false
		}
	}
}

// findGaps finds separators that were put into a word: between two characters that both
// stand alone ("行 业 领 先") and before them ("不 靠 谱"), or between two that stand side by side in an anchor, where
// the separator ends no word ("最·优"), or the first character does not, by itself or
// because it stands alone ("唯 一").
func (v *view) findGaps(s *Set) {
	text := v.text
	v.gaps = v.gaps[:0]
	var (
		last  rune // the ideograph before the gap
		alone bool // it has no other beside it
		run   int  // ideographs in a row up to here
	)
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if isHan(r) {
			run++
			last, alone = r, run == 1
			i += n
			continue
		}
		run = 0
		if last == 0 || !isSeparator(r) {
			last = 0
			i += n
			continue
		}
		start, count, blank := i, 0, true
		for i < len(text) && isSeparator(r) {
			count++
			blank = blank && unicode.IsSpace(r)
			i += n
			r, n = utf8.DecodeRune(text[i:])
		}
		next, _ := utf8.DecodeRune(text[min(i+n, len(text)):])
		switch {
		case count > maxGap || !isHan(r):
			last = 0
		case alone && !isHan(next), s.pairs[[2]rune{last, r}] && (alone || !blank || s.unfinished[last]), spacedOut(text[i:]):
			v.gaps = append(v.gaps, span{start, i})
		}
	}
}

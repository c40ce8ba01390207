package terms

import (
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
	case ' ', '\t', '\u00A0', '\u3000', '·', '•', '‧', '・', '･', '-', '_', '*', '|', '~', '^', '`', '\'', '+', '=', '.', '/', '\\', '—', '–', '#':
		return true
	}
	return false
}

// isPlain reports whether the character, which is no ideograph, is ordinary in Chinese
// text and neither part of an anchor nor in the way of one.
func isPlain(r rune) bool {
	switch r {
	case '，', '。', '：', '；', '！', '？', '（', '）', '、', '“', '”', '‘', '’', '《', '》', '【', '】', '「', '」', '『', '』', '…', '～', '〈', '〉', '￥', '°', '×', '©', '®':
		return true
	}
	return 0x2010 <= r && r <= 0x2027 || // dashes, quotes, bullets
		0x2190 <= r && r <= 0x245F || // arrows, operators, technical signs
		0x2500 <= r && r <= 0x2775 || 0x2794 <= r && r <= 0x27BF || // shapes, dingbats but numbers
		0x3041 <= r && r <= 0x30FE || // kana
		0xAC00 <= r && r <= 0xD7A3 || // hangul
		0x400 <= r && r <= 0x4FF || // Cyrillic
		0x1F300 <= r && r <= 0x1FAFF // pictures
}

// view is a sentence in plain form, with the way back.
type view struct {
	text   string
	folded textfold.Folded
	// at has, for each byte of text, its offset in folded.Text; nil when they are the same.
	at []int32
}

// view brings a sentence to the form that patterns see.
func (s *Set) view(sentence string) view {
	f := textfold.Fold(sentence)
	v := view{text: simplified(f.Text), folded: f}
	if gaps := s.gaps(v.text); len(gaps) > 0 {
		v.join(gaps)
	}
	return v
}

// original is the byte span of the sentence that [start, end) of the view comes from.
func (v *view) original(start, end int) (from, to int) {
	if v.at != nil && start < end {
		start, end = int(v.at[start]), int(v.at[end-1])+1
	}
	return v.folded.Span(start, end)
}

// join takes the gaps out.
func (v *view) join(gaps []span) {
	b := make([]byte, 0, len(v.text))
	v.at = make([]int32, 0, len(v.text))
	from := 0
	for _, g := range append(gaps, span{len(v.text), len(v.text)}) {
		for i := from; i < g.start; i++ {
			b, v.at = append(b, v.text[i]), append(v.at, int32(i))
		}
		from = g.end
	}
	v.text = string(b)
}

// maxGap is how many separators between two characters can be a disguise.
const maxGap = 3

// gaps finds separators that were put into a word: between two characters that both
// stand alone ("行 业 领 先"), or between two that stand side by side in an anchor, where
// the separator ends no word ("最·优"), or the first character does not, by itself or
// because it stands alone ("唯 一").
func (s *Set) gaps(text string) (out []span) {
	var (
		last  rune // the ideograph before the gap
		alone bool // it has no other beside it
		run   int  // ideographs in a row up to here
	)
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
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
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		next, _ := utf8.DecodeRuneInString(text[min(i+n, len(text)):])
		switch {
		case count > maxGap || !isHan(r):
			last = 0
		case alone && !isHan(next), s.pairs[[2]rune{last, r}] && (alone || !blank || s.unfinished[last]):
			out = append(out, span{start, i})
		}
	}
	return out
}

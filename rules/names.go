package rules

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"marketwarden/internal/textfold"
	"marketwarden/rules/terms"
)

// names are names that parameters and the market profile list (clouds, brands), made
// ready to be found in text, whatever the case of letters and with separators put into
// them ("腾 讯 云"). It is immutable.
type names struct {
	// byLead are the names in small letters, longest first, by their first two bytes.
	byLead map[uint16][]string
	// lead has a bit for each two bytes that a name begins with: most places of a text are
	// decided by it.
	lead [1 << 10]uint64
	// adjoin are ideographs that stand side by side in what heads answers.
	adjoin map[[2]rune]bool
	// versions lets a number follow a name at once, as in "MySQL8".
	versions bool
}

// mention is one place of a name, in bytes of the text.
type mention struct {
	name       string // as listed, in small letters
	start, end int
}

// newNames makes the names ready, but for those that contain one of except or are
// contained in one: the platform's own.
func newNames(list, except []string) *names {
	n := &names{byLead: map[uint16][]string{}, adjoin: map[[2]rune]bool{}}
	for _, w := range list {
		w = strings.ToLower(strings.TrimSpace(w))
		if len(w) < 2 || slices.Contains(n.byLead[leadOf(w)], w) || slices.ContainsFunc(except, func(e string) bool { return strings.EqualFold(e, w) }) {
			continue
		}
		i := leadOf(w)
		n.byLead[i] = append(n.byLead[i], w)
		n.lead[i>>6] |= 1 << (i & 63)
		last := rune(0)
		for _, r := range head(w) {
			if last >= utf8.RuneSelf && r >= utf8.RuneSelf {
				n.adjoin[[2]rune{last, r}] = true
			}
			last = r
		}
	}
	for _, same := range n.byLead {
		slices.SortStableFunc(same, func(a, b string) int { return len(b) - len(a) })
	}
	return n
}

// head is the first word of a name: what stands as it is wherever the name does, unless it
// is in disguise (terms.Text.Disguises).
func head(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}

// heads are the heads of all names, in any order.
func (n *names) heads() (out []string) {
	for _, same := range n.byLead {
		for _, name := range same {
			out = append(out, head(name))
		}
	}
	return out
}

// leadOf is the first two bytes of s as a number.
func leadOf[T string | []byte](s T) uint16 { return uint16(s[0])<<8 | uint16(s[1]) }

// plainLead is leadOf the two characters that s begins with, where these are letters or
// digits in full width, in circles or of another script, as they are read.
func plainLead(s []byte) uint16 {
	if s[0] < utf8.RuneSelf && s[1] < utf8.RuneSelf || 0xE3 <= s[0] && s[0] <= 0xE9 {
		return leadOf(s)
	}
	a, size := plainLetter(s)
	b, _ := plainLetter(s[size:])
	if a >= utf8.RuneSelf || b >= utf8.RuneSelf {
		return leadOf(s)
	}
	return uint16(a)<<8 | uint16(b) //nolint:gosec // both are ASCII
}

// plainLetter is the character that s begins with as it is read, and its length in s.
func plainLetter(s []byte) (r rune, size int) {
	r, size = utf8.DecodeRune(s)
	return foldLetter(r), size
}

// foldLetter is the letter or digit of ASCII, in small letters, that r is read as, r where
// it is no such.
func foldLetter(r rune) rune {
	if r < 0x250 || 0x2E80 <= r && r <= 0xD7FF || r == utf8.RuneError {
		return r
	}
	folded := textfold.FoldOptions{Homoglyphs: true}.Fold(string(r)).Text
	if len(folded) != 1 || !latin(folded[0]) {
		return r
	}
	return rune(folded[0])
}

// find is where the names stand in plain (terms.Text.Plain), in order, the longest where
// several begin at one place.
func (n *names) find(plain []byte) (out []mention) {
	for i := 0; i+1 < len(plain); i++ {
		if l := plainLead(plain[i:]); n.lead[l>>6]&(1<<(l&63)) == 0 {
			continue
		}
		if m, ok := n.at(plain, i); ok {
			out = append(out, m)
			i = m.end - 1
		}
	}
	return out
}

// findAt is find where it is known in which places, by their offsets from start, a head
// stands in plain, in which none is in disguise.
func (n *names) findAt(plain []byte, heads []terms.Place, start int) (out []mention) {
	done, tried := 0, -1
	for _, p := range heads {
		i := p.Start - start
		if i < done || i == tried || p.End > start+len(plain) {
			continue
		}
		tried = i
		if m, ok := n.at(plain, i); ok {
			out = append(out, m)
			done = m.end
		}
	}
	return out
}

// at is the longest name that begins at i.
func (n *names) at(plain []byte, i int) (mention, bool) {
	if r, _ := utf8.DecodeRune(plain[i:]); i > 0 && ofWord(r) {
		if before, _ := utf8.DecodeLastRune(plain[:i]); ofWord(before) {
			return mention{}, false // inside a word
		}
	}
	for _, name := range n.byLead[plainLead(plain[i:])] {
		if end := n.end(plain, i, name); end > 0 {
			return mention{name, i, end}, true
		}
	}
	return mention{}, false
}

// end is where the name that begins at start, which is not inside a word, ends; 0 when it
// does not stand there.
func (n *names) end(plain []byte, start int, name string) int {
	at := start
	last := rune(0)
	for _, want := range name {
		if last != 0 {
			at = skipInName(plain, at, last, want)
		}
		if want == ' ' {
			last = want
			continue
		}
		r, size := utf8.DecodeRune(plain[at:])
		if r != want && foldLetter(r) != want {
			return 0
		}
		at, last = at+size, want
	}
	next, _ := utf8.DecodeRune(plain[at:])
	if at == len(plain) || !ofWord(last) || !ofWord(next) {
		return at
	}
	if digit := func(r rune) bool { return r >= '0' && r <= '9' }; n.versions && digit(next) && !digit(last) {
		return at
	}
	return 0
}

// ofWord reports whether r is a part of words of letters and digits, in whatever form.
func ofWord(r rune) bool {
	if r < utf8.RuneSelf {
		return latin(byte(r)) //nolint:gosec // r is ASCII
	}
	return 0x250 <= r && r < 0x2E80 && unicode.IsLetter(r) || foldLetter(r) != r
}

// maxInName bounds the separators between two characters of a name.
const maxInName = 3

// skipInName goes over what may be put between two characters of a name: what does not
// show, a space of the name, and between ideographs separators.
func skipInName(plain []byte, at int, last, want rune) int {
	for range maxInName {
		r, size := utf8.DecodeRune(plain[at:])
		switch {
		case size == 0 || r == want:
			return at
		case r == '\u00AD' || r == '\u2060' || r == '\uFEFF' || '\u200B' <= r && r <= '\u200F':
		case r == ' ' && (last == ' ' || want == ' '):
		case last >= utf8.RuneSelf && want >= utf8.RuneSelf && bytes.ContainsRune([]byte(" \u00A0\u3000·•・-_*.|/~"), r):
		default:
			return at
		}
		at += size
	}
	return at
}

// placed is a text in which names are replaced by one word, so that term files can speak
// of any of them, with the way back.
type placed struct {
	text   string
	pieces []placedPiece
}

// placedPiece is a part of a placed text: a mention, or a copy of what stands between.
type placedPiece struct {
	at, from, size int // offset in the placed text, in the original, bytes in the placed text
	mention        *mention
}

// placeNames replaces the mentions in text. A space between an ideograph and a name goes with
// it: Chinese is written with and without.
func placeNames(text string, found []mention, word string) placed {
	var p placed
	var b strings.Builder
	add := func(from, to int) {
		if from < to {
			p.pieces = append(p.pieces, placedPiece{at: b.Len(), from: from, size: to - from})
			b.WriteString(text[from:to])
		}
	}
	done := 0
	for i := range found {
		m := &found[i]
		end := m.start
		if end-done >= 4 && text[end-1] == ' ' && text[end-2] >= utf8.RuneSelf {
			end--
		}
		add(done, end)
		p.pieces = append(p.pieces, placedPiece{at: b.Len(), from: m.start, size: len(word), mention: m})
		b.WriteString(word)
		if done = m.end; done+1 < len(text) && text[done] == ' ' && text[done+1] >= utf8.RuneSelf {
			done++
		}
	}
	add(done, len(text))
	p.text = b.String()
	return p
}

// original is the span of the text that [start, end) of the placed one comes from, and
// the name when it is a mention.
func (p *placed) original(start, end int) (from, to int, name string) {
	for i := range p.pieces {
		c := &p.pieces[i]
		inside := c.at <= start && start < c.at+c.size
		last := c.at < end && end <= c.at+c.size
		switch {
		case inside && c.mention != nil:
			from, name = c.mention.start, c.mention.name
		case inside:
			from = c.from + start - c.at
		}
		switch {
		case last && c.mention != nil:
			to = c.mention.end
		case last:
			to = c.from + end - c.at
		}
	}
	return from, to, name
}

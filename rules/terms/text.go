package terms

import (
	"sort"
	"unicode/utf8"
)

// Text is a text made ready for the anchors of any set: it takes about as long as looking
// for them, and is done once for all sets that are to look at a text. It is immutable and
// safe for concurrent use.
type Text struct {
	text  string
	plain []byte // in small letters and simplified characters, byte for byte
	// odd are lines in which there is more to fold than that: they may hold anchors that
	// cannot be seen in plain.
	odd []span
	// gaps are ideographs with separators between, which make a line odd to a set that has
	// the two side by side in an anchor.
	gaps []gap
	// scanned is what a Scanner found; nil when there was none.
	scanned *scanned
}

type gap struct {
	pair [2]rune
	at   int // of the second one
}

// maxGaps bounds Text.gaps. Lines with more are odd to every set, which costs time and
// changes no answer.
const maxGaps = 10_000

// Read makes a text ready.
func Read(text string) *Text {
	t := &Text{}
	t.reset(text)
	return t
}

// reset makes t what Read gives, with the buffers it has. Nobody else may look at t.
func (t *Text) reset(text string) {
	*t = Text{text: text, plain: append(t.plain[:0], text...), odd: t.odd[:0], gaps: t.gaps[:0]} // plain differs from text in few places
	start, isOdd := 0, false                                                                     // of the line at hand
	last, parts := rune(0), 0                                                                    // the ideograph before, and how many separators after it
	inside, spelt := false, spelling{}                                                           // a word of letters, those that stand alone up to here
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if isAlphanumeric(c) {
				if 'A' <= c && c <= 'Z' {
					t.plain[i] = c | 0x20
				}
				if inside || i+1 < len(text) && isAlphanumeric(text[i+1]) {
					spelt = spelling{}
				} else {
					spelt.add(c)
					isOdd = isOdd || spelt.isWord()
				}
				last, inside = 0, true
				i++
				continue
			}
			if inside = false; spelt.all > 0 && !joinsLetters(rune(c)) {
				spelt = spelling{}
			}
			switch {
			case c == '\n':
				if isOdd {
					t.odd = append(t.odd, span{start, i})
				}
				start, isOdd, last = i+1, false, 0
			case last == 0:
			case isSeparator(rune(c)):
				parts++
			default:
				last = 0
			}
			i++
			continue
		}
		inside = false
		r, n := han(text[i:])
		if n == 0 {
			r, n = utf8.DecodeRuneInString(text[i:])
			if spelt.all > 0 && !joinsLetters(r) {
				spelt = spelling{}
			}
			switch {
			case isSeparator(r):
				parts++
			case isPlain(r):
				last = 0
			default:
				isOdd = true
			}
			i += n
			continue
		}
		if to := simplify(r); to != r {
			utf8.EncodeRune(t.plain[i:], to)
			r = to
		}
		if last != 0 && parts > 0 && !isOdd {
			t.gaps = append(t.gaps, gap{[2]rune{last, r}, i})
			isOdd = len(t.gaps) > maxGaps
		}
		last, parts, spelt = r, 0, spelling{}
		i += n
	}
	if isOdd {
		t.odd = append(t.odd, span{start, len(text)})
	}
}

// oddLines are the lines of [start, end) that are odd to the set, in order, by their
// offsets from start.
func (s *Set) oddLines(t *Text, start, end int) (out []span) {
	odd := t.odd[sort.Search(len(t.odd), func(i int) bool { return t.odd[i].end > start }):]
	gaps := t.gaps[sort.Search(len(t.gaps), func(i int) bool { return t.gaps[i].at >= start }):]
	add := func(l span) {
		if l = (span{max(l.start, start) - start, min(l.end, end) - start}); len(out) == 0 || out[len(out)-1].end < l.end {
			out = append(out, l)
		}
	}
	for _, g := range gaps {
		if g.at >= end {
			break
		}
		if !s.pairs[g.pair] || len(out) > 0 && g.at-start < out[len(out)-1].end {
			continue
		}
		for len(odd) > 0 && odd[0].end < g.at {
			add(odd[0])
			odd = odd[1:]
		}
		add(lineAround(t.text[:end], start, g.at))
	}
	for _, l := range odd {
		if l.start >= end {
			break
		}
		add(l)
	}
	return out
}

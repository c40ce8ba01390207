package terms

import (
	"slices"
	"sort"
	"sync"
	"unicode/utf8"

	"marketwarden/internal/textfold"
)

// Scanner looks for the anchors of many sets, and for lists of other words, in one pass
// over a text, so that each further set costs what it finds and no pass of its own. It is
// immutable and safe for concurrent use.
type Scanner struct {
	automaton *matcher
	users     [][]user // of each word of the automaton
	sets      map[*Set]int
	lists     int               // those of sets come first
	pairs     map[[2]rune][]int // the sets that have the two side by side in an anchor
	buffers   sync.Pool         // of *[]match
}

// user is whose word it is: that of the list so numbered, and its number there.
type user struct{ list, word int }

// Place is where a word of a list stands: its number in the list, and bytes of the text.
type Place struct{ Word, Start, End int }

// NewScanner makes a scanner for sets and for lists of words; empty words are never found.
func NewScanner(sets []*Set, lists ...[]string) *Scanner {
	sc := &Scanner{sets: map[*Set]int{}, pairs: map[[2]rune][]int{}, lists: len(sets) + len(lists)}
	var words []string
	number := map[string]int{}
	add := func(word string, by user) {
		if word == "" {
			return
		}
		i, ok := number[word]
		if !ok {
			i = len(words)
			number[word] = i
			words = append(words, word)
			sc.users = append(sc.users, nil)
		}
		sc.users[i] = append(sc.users[i], by)
	}
	for i, s := range sets {
		sc.sets[s] = i
		for id := range s.anchors {
			add(s.anchors[id].text, user{i, id})
		}
		for pair := range s.pairs {
			sc.pairs[pair] = append(sc.pairs[pair], i)
		}
	}
	for i, list := range lists {
		for id, word := range list {
			add(simplified(lower(word)), user{len(sets) + i, id})
		}
	}
	sc.automaton = newMatcher(words)
	return sc
}

// scanned is what a scanner found in a text.
type scanned struct {
	by *Scanner
	// anchors are those of each set in Text.plain, in order of their places.
	anchors [][]match
	// odd are the lines that each set has to look at, whatever stands in plain, in order.
	odd [][]span
	// places are those of each list, in order.
	places [][]Place
}

// Read makes a text ready as the function Read does, and looks for everything.
func (sc *Scanner) Read(text string) *Text {
	t := Read(text)
	n := len(sc.sets)
	t.scanned = &scanned{by: sc, anchors: make([][]match, n), odd: make([][]span, n), places: make([][]Place, sc.lists-n)}
	found, ok := sc.buffers.Get().(*[]match)
	if !ok {
		found = &[]match{}
	}
	*found = sc.automaton.appendAll((*found)[:0], t.plain)
	t.scanned.deal(*found)
	if cap(*found) <= maxJudged {
		sc.buffers.Put(found)
	}
	t.scanned.oddLines(t)
	return t
}

// deal gives each list what was found of it.
func (s *scanned) deal(found []match) {
	count := make([]int, s.by.lists)
	for _, m := range found {
		for _, u := range s.by.users[m.id] {
			count[u.list]++
		}
	}
	n := len(s.anchors)
	for i, c := range count {
		switch {
		case c == 0:
		case i < n:
			s.anchors[i] = make([]match, 0, c)
		default:
			s.places[i-n] = make([]Place, 0, c)
		}
	}
	for _, m := range found {
		for _, u := range s.by.users[m.id] {
			if u.list < n {
				s.anchors[u.list] = append(s.anchors[u.list], match{u.word, m.start, m.end})
			} else {
				s.places[u.list-n] = append(s.places[u.list-n], Place{u.word, m.start, m.end})
			}
		}
	}
}

// oddLines finds which sets have to look at which odd lines: those of which an anchor
// stands there when the line is folded, or once separators between two ideographs of one
// are taken out.
func (s *scanned) oddLines(t *Text) {
	add := func(set int, line span) {
		if l := s.odd[set]; len(l) == 0 || l[len(l)-1] != line {
			s.odd[set] = append(l, line)
		}
	}
	var line span
	for _, g := range t.gaps {
		if sets := s.by.pairs[g.pair]; len(sets) > 0 {
			if g.at >= line.end {
				line = lineAround(t.text, 0, g.at)
			}
			for _, i := range sets {
				add(i, line)
			}
		}
	}
	var v view
	var found []match
	for _, line := range t.odd {
		text := t.text[line.start:line.end]
		for start, end := range textfold.Sentences(text) {
			v.fold(text[start:end])
			v.spell()
			found = s.by.automaton.appendAll(found[:0], v.text)
			for _, m := range found {
				for _, u := range s.by.users[m.id] {
					if u.list < len(s.odd) {
						add(u.list, line)
					}
				}
			}
			for pair := range gapsIn(v.text) {
				for _, i := range s.by.pairs[pair] {
					add(i, line)
				}
			}
		}
	}
	for i, lines := range s.odd {
		slices.SortFunc(lines, func(a, b span) int { return a.start - b.start })
		s.odd[i] = slices.Compact(lines)
	}
}

// gapsIn are the ideographs of a folded text with separators between.
func gapsIn(text []byte) func(yield func([2]rune) bool) {
	return func(yield func([2]rune) bool) {
		last, parts := rune(0), false
		for i := 0; i < len(text); {
			r, n := utf8.DecodeRune(text[i:])
			i += n
			switch {
			case isHan(r):
				if parts && !yield([2]rune{last, r}) {
					return
				}
				last, parts = r, false
			case last != 0 && isSeparator(r):
				parts = true
			default:
				last, parts = 0, false
			}
		}
	}
}

// scannedFor is what was found of a set, false when its anchors were not looked for.
func (t *Text) scannedFor(s *Set) (anchors []match, odd []span, ok bool) {
	if t.scanned == nil {
		return nil, nil, false
	}
	i, ok := t.scanned.by.sets[s]
	if !ok {
		return nil, nil, false
	}
	return t.scanned.anchors[i], t.scanned.odd[i], true
}

// Places are where words of a list stand in plain text, in order; the lists are counted as NewScanner got them. It answers false when they were not looked for.
func (t *Text) Places(list int) ([]Place, bool) {
	if t.scanned == nil || list < 0 || list >= len(t.scanned.places) {
		return nil, false
	}
	return t.scanned.places[list], true
}

// Disguises reports whether the part [start, end) of the text may hold words that do not
// stand in plain as they are: there are characters to fold, or separators between two
// ideographs that adjoin in one of the words.
func (t *Text) Disguises(start, end int, adjoin map[[2]rune]bool) bool {
	if i := sort.Search(len(t.odd), func(i int) bool { return t.odd[i].end > start }); i < len(t.odd) && t.odd[i].start < end {
		return true
	}
	for _, g := range t.gaps[sort.Search(len(t.gaps), func(i int) bool { return t.gaps[i].at >= start }):] {
		if g.at >= end {
			break
		}
		if adjoin[g.pair] {
			return true
		}
	}
	return false
}

// whole reports whether no separators stand between ideographs in [start, end).
func (t *Text) whole(start, end int) bool {
	i := sort.Search(len(t.odd), func(i int) bool { return t.odd[i].end > start })
	k := sort.Search(len(t.gaps), func(i int) bool { return t.gaps[i].at >= start })
	return (i == len(t.odd) || t.odd[i].start >= end) && (k == len(t.gaps) || t.gaps[k].at >= end)
}

// appendAnchors appends the anchors of the set in the part [start, end) of a text, by their
// offsets from start, and answers the lines of it that are odd to the set.
func (s *Set) appendAnchors(out []match, t *Text, start, end int) ([]match, []span) {
	anchors, lines, ok := t.scannedFor(s)
	if !ok {
		return s.automaton.appendAll(out, t.plain[start:end]), s.oddLines(t, start, end)
	}
	for _, m := range anchors[sort.Search(len(anchors), func(i int) bool { return anchors[i].start >= start }):] {
		if m.start >= end {
			break
		}
		if m.end <= end {
			out = append(out, match{m.id, m.start - start, m.end - start})
		}
	}
	var odd []span
	for _, l := range lines[sort.Search(len(lines), func(i int) bool { return lines[i].end > start }):] {
		if l.start >= end {
			break
		}
		odd = append(odd, span{max(l.start, start) - start, min(l.end, end) - start})
	}
	return out, odd
}

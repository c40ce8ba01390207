package terms

import "math/bits"

// matcher finds all of many words in one pass, overlapping ones too. Bitmaps say of nearly
// every place of a text, by its first characters, that no word begins there; where one may,
// the tree of words is walked, character by character. An automaton would look at each byte
// in turn, which takes several times as long on text of ideographs, of three bytes each. A
// matcher is immutable and safe for concurrent use.
type matcher struct {
	goOn  [looked]bitmap // by hash of the first characters: words go on after so many
	last  [looked]bitmap // … these are the last of a word, or the last that are looked at
	edges []edge         // of the tree, at the place that their hash says or behind it
	shift uint           // of hashes, so that they fit edges
	words []int32        // by node, the word that ends there, -1 for none; the root is 0
}

// edge leads from a node of the tree by a character to another, which is none of an edge
// that is none.
type edge struct {
	from int32
	char rune
	to   int32
}

// looked is how many characters decide whether the tree is walked.
const looked = 3

// bitmap is a set of hashes.
type bitmap [1 << 10]uint64

func (b *bitmap) set(h uint16)      { b[h>>6] |= 1 << (h & 63) }
func (b *bitmap) has(h uint16) bool { return b[h>>6]&(1<<(h&63)) != 0 }

// match is the word number id at [start, end).
type match struct{ id, start, end int }

// newMatcher makes a matcher of words, which are valid UTF-8, not empty and all different.
// The number of a word is its index.
func newMatcher(words []string) *matcher {
	m := &matcher{words: []int32{-1}}
	most := 1 // edges
	for _, w := range words {
		for rest := []byte(w); len(rest) > 0; most++ {
			_, n := character(rest)
			rest = rest[n:]
		}
	}
	m.shift = uint(32 - bits.Len(uint(2*most)))
	m.edges = make([]edge, 1<<(32-m.shift))
	for id, w := range words {
		m.admit(w)
		node := int32(0)
		for rest := []byte(w); len(rest) > 0; {
			r, n := character(rest)
			rest = rest[n:]
			e := m.edge(node, r)
			if e.to == 0 {
				*e = edge{node, r, int32(len(m.words))} //nolint:gosec // Load bounds a file to a million bytes
				m.words = append(m.words, -1)
			}
			node = e.to
		}
		m.words[node] = int32(id)
	}
	return m
}

// edge is the edge from a node by a character, or the empty place where it would be.
func (m *matcher) edge(from int32, char rune) *edge {
	h := (uint32(from)*0x9E3779B1 + uint32(char)*0x85EBCA77) >> m.shift //nolint:gosec // a hash
	for {
		e := &m.edges[h]
		if e.to == 0 || e.char == char && e.from == from {
			return e
		}
		if h++; int(h) == len(m.edges) {
			h = 0
		}
	}
}

// admit marks in the bitmaps that the word may begin.
func (m *matcher) admit(w string) {
	h, rest := uint16(0), []byte(w)
	for k := range looked {
		r, n := character(rest)
		h, rest = with(h, r), rest[n:]
		if len(rest) == 0 || k == looked-1 {
			m.last[k].set(h)
			return
		}
		m.goOn[k].set(h)
	}
}

// character is the ideograph that s begins with, else its first byte, and its length.
func character(s []byte) (r rune, n int) {
	if c := s[0]; 0xE3 <= c && c <= 0xE9 && len(s) > 2 && s[1]&0xC0 == 0x80 && s[2]&0xC0 == 0x80 {
		return rune(c&0xF)<<12 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F), 3
	}
	return rune(s[0]), 1
}

// with is the hash of the characters that h is of and one more.
func with(h uint16, r rune) uint16 {
	return uint16((uint32(h)*0x9E3779B1 + uint32(r)*0x85EBCA77) >> 16) //nolint:gosec // a hash
}

// appendAll appends what text has, in order of places, the shorter first.
func (m *matcher) appendAll(out []match, text []byte) []match {
	for i := 0; i < len(text); {
		r, n := character(text[i:])
		if h := with(0, r); m.last[0].has(h) || m.goOn[0].has(h) && m.begins(h, text[i+n:]) {
			out = m.appendAt(out, text, i)
		}
		i += n
	}
	return out
}

// begins reports whether words may begin with the character that h is of and the next ones.
func (m *matcher) begins(h uint16, rest []byte) bool {
	for k := 1; k < looked && len(rest) > 0; k++ {
		r, n := character(rest)
		h, rest = with(h, r), rest[n:]
		if m.last[k].has(h) {
			return true
		}
		if !m.goOn[k].has(h) {
			return false
		}
	}
	return false
}

// appendAt appends the words that begin at start.
func (m *matcher) appendAt(out []match, text []byte, start int) []match {
	node := int32(0)
	for i := start; i < len(text); {
		r, n := character(text[i:])
		if node = m.edge(node, r).to; node == 0 {
			break
		}
		i += n
		if id := m.words[node]; id >= 0 {
			out = append(out, match{int(id), start, i})
		}
	}
	return out
}

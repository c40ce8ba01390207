package terms

import (
	"cmp"
	"slices"
)

// matcher finds all of many words in one pass, overlapping ones too. Bitmaps say of nearly
// every place of a text, by its first characters, that no word begins there; where one may,
// the tree of words is walked. An automaton would look at each byte in turn, which takes
// several times as long on text of ideographs, of three bytes each. A matcher is immutable
// and safe for concurrent use.
type matcher struct {
	goOn  [looked]bitmap // by hash of the first characters: words go on after so many
	last  [looked]bitmap // … these are the last of a word, or the last that are looked at
	root  [256]int32     // the nodes of the tree that each first byte leads to, 0 for none
	nodes []node
	edges []byte  // the bytes that lead on from nodes
	to    []int32 // … and where to
}

// looked is how many characters decide whether the tree is walked.
const looked = 3

// bitmap is a set of hashes.
type bitmap [1 << 10]uint64

func (b *bitmap) set(h uint16)      { b[h>>6] |= 1 << (h & 63) }
func (b *bitmap) has(h uint16) bool { return b[h>>6]&(1<<(h&63)) != 0 }

// node is a node of the tree of words.
type node struct {
	from, till int32 // its edges
	word       int32 // that ends there, -1 for none
}

// match is the word number id at [start, end).
type match struct{ id, start, end int }

// newMatcher makes a matcher of words, which are valid UTF-8, not empty and all different.
// The number of a word is its index.
func newMatcher(words []string) *matcher {
	m := &matcher{}
	order := make([]int32, len(words))
	for i, w := range words {
		order[i] = int32(i) //nolint:gosec // Load bounds a file to a million bytes
		m.admit(w)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(words[a], words[b]) })
	type part struct{ from, till, depth int } // words in order that have so many bytes in common
	parts := []part{{0, len(order), 0}}       // by node
	for i := 0; i < len(parts); i++ {
		p := parts[i]
		n := node{from: int32(len(m.edges)), word: -1} //nolint:gosec // as above
		for k := p.from; k < p.till; {
			w := words[order[k]]
			if len(w) == p.depth {
				n.word = order[k]
				k++
				continue
			}
			from := k
			for k < p.till && words[order[k]][p.depth] == w[p.depth] {
				k++
			}
			m.edges = append(m.edges, w[p.depth])
			m.to = append(m.to, int32(len(parts))) //nolint:gosec // as above
			parts = append(parts, part{from, k, p.depth + 1})
		}
		n.till = int32(len(m.edges)) //nolint:gosec // as above
		m.nodes = append(m.nodes, n)
	}
	for k := m.nodes[0].from; k < m.nodes[0].till; k++ {
		m.root[m.edges[k]] = m.to[k]
	}
	return m
}

// admit marks in the bitmaps that the word may begin.
func (m *matcher) admit(w string) {
	h := uint16(0)
	for k := range looked {
		r, n := character([]byte(w))
		h, w = with(h, r), w[n:]
		if w == "" || k == looked-1 {
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
	next := m.root[text[start]]
	for i := start + 1; next > 0; i++ {
		n := &m.nodes[next]
		if n.word >= 0 {
			out = append(out, match{int(n.word), start, i})
		}
		next = 0
		if i == len(text) {
			break
		}
		for k := n.from; k < n.till && m.edges[k] <= text[i]; k++ {
			if m.edges[k] == text[i] {
				next = m.to[k]
			}
		}
	}
	return out
}

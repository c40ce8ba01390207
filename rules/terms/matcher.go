package terms

// matcher finds all of many words in one pass, overlapping ones too: the automaton of Aho
// and Corasick over bytes, with every transition written out. It is ours because it has to
// append to a buffer that is used again; the libraries return new ones for each text. It
// is immutable and safe for concurrent use.
type matcher struct {
	class   [256]int32 // of bytes; 0 is every byte that no word has
	classes int32
	next    []int32   // by state and class: the state, times classes; hit is set where words end
	ends    [][]int32 // by state: the words that end there, the longest first
	length  []int     // of words
}

// match is the word number id at [start, end).
type match struct{ id, start, end int }

// hit marks a state in which words end.
const hit = 1 << 30

// newMatcher makes a matcher of words, none of which is empty. The number of a word is its
// index.
func newMatcher(words []string) *matcher {
	m := &matcher{classes: 1}
	for _, w := range words {
		m.length = append(m.length, len(w))
		for i := range len(w) {
			if m.class[w[i]] == 0 {
				m.class[w[i]] = m.classes
				m.classes++
			}
		}
	}
	row := make([]int32, m.classes)
	add := func() int32 {
		m.next = append(m.next, row...)
		m.ends = append(m.ends, nil)
		return int32(len(m.ends) - 1) //nolint:gosec // Load bounds a file to a million bytes
	}
	add()
	for id, w := range words {
		state := int32(0)
		for i := range len(w) {
			at := state*m.classes + m.class[w[i]]
			if m.next[at] == 0 {
				to := add() // before next is written: it may move
				m.next[at] = to
			}
			state = m.next[at]
		}
		m.ends[state] = append(m.ends[state], int32(id))
	}
	m.complete()
	return m
}

// complete turns the tree of words into the automaton: states in order of their depth, each
// with the transitions of the longest end of its word that begins another.
func (m *matcher) complete() {
	fail := make([]int32, len(m.ends))
	var queue []int32
	for c := int32(1); c < m.classes; c++ {
		if to := m.next[c]; to != 0 {
			queue = append(queue, to)
		}
	}
	for i := 0; i < len(queue); i++ {
		s := queue[i]
		m.ends[s] = append(m.ends[s], m.ends[fail[s]]...)
		for c := int32(1); c < m.classes; c++ {
			at, back := s*m.classes+c, m.next[fail[s]*m.classes+c]
			if to := m.next[at]; to != 0 {
				fail[to] = back
				queue = append(queue, to)
			} else {
				m.next[at] = back
			}
		}
	}
	for i, to := range m.next {
		if m.next[i] = to * m.classes; len(m.ends[to]) > 0 {
			m.next[i] |= hit
		}
	}
}

// appendAll appends what text has, in order of ends, the longer first.
func (m *matcher) appendAll(out []match, text []byte) []match {
	state := int32(0)
	for i, c := range text {
		state = m.next[state+m.class[c]]
		if state&hit == 0 {
			continue
		}
		state &^= hit
		for _, id := range m.ends[state/m.classes] {
			out = append(out, match{int(id), i + 1 - m.length[id], i + 1})
		}
	}
	return out
}

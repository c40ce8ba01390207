package terms

import (
	"cmp"
	"fmt"
	"regexp/syntax"
	"slices"
	"sort"
)

// cues tell which patterns cannot hold, without running them. From a pattern follow lists
// of literals such that every match has one of each list ("国内", "行业", … of a market,
// and a word of the offer); all literals of all patterns are looked for in one pass over the
// sentence, and only patterns that have one of each of their lists on the right side of the
// anchor are run. Most anchors have none.
type cues struct {
	index     map[string]int
	literals  []string
	anchors   int // how many of the literals, the first ones, are the anchors of the set
	automaton *matcher
}

// cueSet is a list of literals by number, as bits.
type cueSet []uint64

func (c cueSet) add(i int)      { c[i/64] |= 1 << (i % 64) }
func (c cueSet) has(i int) bool { return c[i/64]&(1<<(i%64)) != 0 }

// cueSets are lists of which every match has a literal each; none: nothing is known.
type cueSets []cueSet

// meet reports whether each list has one of the literals found.
func (c cueSets) meet(found []int) bool {
	for _, set := range c {
		if !slices.ContainsFunc(found, set.has) {
			return false
		}
	}
	return true
}

// gather gives every pattern its literals. The anchors are looked for in the same pass.
func (c *cues) gather(patterns []*pattern, anchors []string) error {
	c.index = map[string]int{}
	for _, a := range anchors {
		c.number(a)
	}
	c.anchors = len(anchors)
	type want struct {
		sets     *cueSets
		literals []int
	}
	var wants []want
	ask := func(sets *cueSets, source string) error {
		if source == "" {
			return nil
		}
		re, err := syntax.Parse(source, syntax.Perl)
		if err != nil {
			return fmt.Errorf("parse %q: %w", source, err)
		}
		for _, list := range needed(re) {
			w := want{sets: sets}
			for _, l := range list {
				w.literals = append(w.literals, c.number(l))
			}
			wants = append(wants, w)
		}
		return nil
	}
	for _, p := range patterns {
		for sets, source := range map[*cueSets]string{&p.cuesBefore: p.sources[0], &p.cuesAfter: p.sources[1], &p.cuesAround: p.sources[2]} {
			if err := ask(sets, source); err != nil {
				return err
			}
		}
	}
	for _, w := range wants {
		set := make(cueSet, (len(c.literals)+63)/64)
		for _, i := range w.literals {
			set.add(i)
		}
		*w.sets = append(*w.sets, set)
	}
	c.automaton = newMatcher(c.literals)
	return nil
}

func (c *cues) number(literal string) int {
	i, ok := c.index[literal]
	if !ok {
		i = len(c.literals)
		c.index[literal] = i
		c.literals = append(c.literals, literal)
	}
	return i
}

// Bounds of the literals of one pattern: more, or shorter ones, tell little.
const (
	maxLists      = 3
	maxLiterals   = 400 // of a list
	minLiteral    = 2   // bytes; every Chinese character has more
	maxClassRunes = 24
)

// needed is lists of literals, the best ones first, such that every match of re has one of
// each; none when nothing is known.
func needed(re *syntax.Regexp) [][]string {
	switch re.Op { //nolint:exhaustive // the others may match nothing, or anything
	case syntax.OpLiteral:
		if s := string(re.Rune); re.Flags&syntax.FoldCase == 0 && len(s) >= minLiteral {
			return [][]string{{s}}
		}
	case syntax.OpCharClass:
		if list := neededClass(re.Rune); list != nil {
			return [][]string{list}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needed(re.Sub[0])
		}
	case syntax.OpConcat:
		var all [][]string
		for _, sub := range re.Sub {
			all = append(all, needed(sub)...)
		}
		slices.SortStableFunc(all, compareLists)
		return all[:min(len(all), maxLists)]
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			got := needed(sub)
			if len(got) == 0 || len(all)+len(got[0]) > maxLiterals {
				return nil
			}
			all = append(all, got[0]...)
		}
		return [][]string{all}
	}
	return nil
}

// neededClass is the characters of a small class without short ones.
func neededClass(ranges []rune) (out []string) {
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			s := string(r)
			if len(s) < minLiteral || len(out) == maxClassRunes {
				return nil
			}
			out = append(out, s)
		}
	}
	return out
}

// compareLists orders lists by how rare they are in texts, as far as lengths tell.
func compareLists(a, b []string) int {
	shortest := func(s []string) int {
		n := len(s[0])
		for _, l := range s {
			n = min(n, len(l))
		}
		return n
	}
	return cmp.Or(cmp.Compare(shortest(b), shortest(a)), cmp.Compare(len(a), len(b)))
}

// find appends the literals of one sentence, and the anchors among them, in order of their
// places.
func (c *cues) find(literals, anchors []match, sentence []byte) ([]match, []match) {
	literals = c.automaton.appendAll(literals, sentence)
	for _, m := range literals {
		if m.id < c.anchors {
			anchors = append(anchors, m)
		}
	}
	return literals, anchors
}

// nearby are the literals in the windows of an anchor, by number.
type nearby struct{ before, after, around []int }

// set sets them from those of the sentence.
func (n *nearby) set(x *context, found []match) {
	n.before, n.after, n.around = n.before[:0], n.after[:0], n.around[:0]
	from, to := x.start-len(x.before), x.end+len(x.after)
	low := x.start - windowSentence
	first := sort.Search(len(found), func(i int) bool { return found[i].start >= low })
	for _, m := range found[first:] {
		if m.start > x.end+windowSentence {
			break
		}
		n.around = append(n.around, m.id)
		if m.start >= from && m.end <= x.start {
			n.before = append(n.before, m.id)
		}
		if m.start >= x.end && m.end <= to {
			n.after = append(n.after, m.id)
		}
	}
}

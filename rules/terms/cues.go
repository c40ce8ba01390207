package terms

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"sort"
)

// cues tell which patterns cannot hold, without running them. From a pattern follow
// literals of which every match has one ("国内", "行业", … of a market); all literals of
// all patterns are looked for in one pass over the sentence, and only patterns that have
// one of theirs on the right side of the anchor are run. Most anchors have none.
type cues struct {
	index     map[string]int
	literals  []string
	automaton *matcher // nil when no pattern has cues
}

// cueSet is a set of literals by number, as bits; nil is any.
type cueSet []uint64

func (c cueSet) add(i int) { c[i/64] |= 1 << (i % 64) }

// meets reports whether the sets have a literal in common.
func (c cueSet) meets(o cueSet) bool {
	for i, w := range c {
		if w&o[i] != 0 {
			return true
		}
	}
	return false
}

// gather gives every pattern of the terms its literals.
func (c *cues) gather(ts []*Term) error {
	c.index = map[string]int{}
	done := map[*pattern]bool{}
	type want struct {
		set      *cueSet
		literals []int
	}
	var wants []want
	ask := func(set *cueSet, source string) error {
		if source == "" {
			return nil
		}
		re, err := syntax.Parse(source, syntax.Perl)
		if err != nil {
			return fmt.Errorf("parse %q: %w", source, err)
		}
		literals := needed(re)
		if literals == nil {
			return nil
		}
		w := want{set: set}
		for _, l := range literals {
			w.literals = append(w.literals, c.number(l))
		}
		wants = append(wants, w)
		return nil
	}
	for _, t := range ts {
		for _, p := range slices.Concat(t.claim, t.not, t.evidence) {
			if done[p] {
				continue
			}
			done[p] = true
			for set, source := range map[*cueSet]string{&p.cuesBefore: p.sources[0], &p.cuesAfter: p.sources[1], &p.cuesAround: p.sources[2]} {
				if err := ask(set, source); err != nil {
					return err
				}
			}
		}
	}
	if len(c.literals) == 0 {
		return nil
	}
	for _, w := range wants {
		*w.set = c.none()
		for _, i := range w.literals {
			w.set.add(i)
		}
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

func (c *cues) none() cueSet { return make(cueSet, (len(c.literals)+63)/64) }

// Bounds of the literals of one pattern: more, or shorter ones, tell little.
const (
	maxLiterals   = 400
	minLiteral    = 2 // bytes; every Chinese character has more
	maxClassRunes = 24
)

// needed is literals of which every match of re has at least one; nil when that is not
// known.
func needed(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if s := string(re.Rune); re.Flags&syntax.FoldCase == 0 && len(s) >= minLiteral {
			return []string{s}
		}
	case syntax.OpCharClass:
		return neededClass(re.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needed(re.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if got := needed(sub); got != nil && (best == nil || better(got, best)) {
				best = got
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			got := needed(sub)
			if got == nil || len(all)+len(got) > maxLiterals {
				return nil
			}
			all = append(all, got...)
		}
		return all
	default: // may match nothing, or anything
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

// better reports whether literals a are rarer in texts than b, as far as lengths tell.
func better(a, b []string) bool {
	shortest := func(s []string) int {
		n := len(s[0])
		for _, l := range s {
			n = min(n, len(l))
		}
		return n
	}
	if x, y := shortest(a), shortest(b); x != y {
		return x > y
	}
	return len(a) < len(b)
}

// appendFound appends the literals found in one sentence, in order of their places.
func (c *cues) appendFound(out []match, sentence []byte) []match {
	if c.automaton == nil {
		return out
	}
	return c.automaton.appendAll(out, sentence)
}

// near sets which literals lie in the windows of the anchor [start, end).
func (x *context) near(found []match, start, end int) {
	clear(x.cuesBefore)
	clear(x.cuesAfter)
	clear(x.cuesAround)
	from, to := start-len(x.before), end+len(x.after)
	low := start - windowSentence
	first := sort.Search(len(found), func(i int) bool { return found[i].start >= low })
	for _, m := range found[first:] {
		if m.start > end+windowSentence {
			break
		}
		x.cuesAround.add(m.id)
		if m.start >= from && m.end <= start {
			x.cuesBefore.add(m.id)
		}
		if m.start >= end && m.end <= to {
			x.cuesAfter.add(m.id)
		}
	}
}

package terms

import (
	"errors"
	"fmt"
	"strings"

	"marketwarden/internal/record"
)

// runExamples checks that every example of the file comes out as it says, and that every
// anchor and pattern is needed by one.
func (f *file) runExamples(s *Set) error {
	x := examples{set: s, claims: map[*pattern]bool{}, nots: map[*pattern]bool{}, evidence: map[*pattern]bool{}, anchors: map[anchorOf]bool{}}
	for i := range f.Terms {
		e, t := &f.Terms[i], s.terms[i]
		for _, m := range e.Match {
			x.mustMatch(t, m, t.Outcome, false)
		}
		for _, m := range e.Suspect {
			x.mustMatch(t, m, record.Suspected, true)
		}
		for _, m := range e.NoMatch {
			x.mustNotMatch(e.ID, m)
		}
	}
	for _, m := range f.Suspect {
		x.mustMatch(nil, m, record.Suspected, true)
	}
	for _, m := range f.NoMatch {
		x.mustNotMatch("no_match", m)
	}
	x.dead(f)
	return errors.Join(x.errs...)
}

// examples is a run of all examples of a file.
type examples struct {
	set                    *Set
	claims, nots, evidence map[*pattern]bool // which examples needed
	anchors                map[anchorOf]bool
	errs                   []error
}

type anchorOf struct {
	term *Term
	text string
}

func (x *examples) fail(format string, args ...any) {
	x.errs = append(x.errs, fmt.Errorf(format, args...))
}

// mustMatch wants a hit at every place marked in the example, by the term unless it is
// nil.
func (x *examples) mustMatch(t *Term, example string, outcome record.Outcome, evidence bool) {
	id := "suspect"
	if t != nil {
		id = t.ID
	}
	text, marks, ok := unmark(example)
	if !ok {
		x.fail("%s: %q does not mark the words that fire, as in ⟦…⟧", id, example)
		return
	}
	s := search{set: x.set, text: text, used: func(of *Term, p *pattern) {
		if t == nil || of == t {
			x.claims[p] = true
			x.evidence[p] = true
		}
	}}
	s.run(Read(text), 0)
	for _, m := range marks {
		fired := false
		for _, h := range s.hits {
			if h.Start != m.start || h.End != m.end || t != nil && h.Term != t {
				continue
			}
			fired = true
			if h.Outcome != outcome || h.Evidence != evidence {
				x.fail("%s: %q gives %s (evidence %v), not %s (evidence %v)", id, example, h.Outcome, h.Evidence, outcome, evidence)
			}
			v := x.set.view(text[h.Start:h.End])
			x.anchors[anchorOf{h.Term, v.text}] = true
		}
		if !fired {
			x.fail("%s: %q does not fire at %q; what fires is %s", id, example, text[m.start:m.end], describe(text, s.hits))
		}
	}
}

// unmark takes the marks out of an example. It answers false when there are none, or
// half ones.
func unmark(example string) (text string, marks []span, ok bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(example, "⟦")
		b.WriteString(before)
		if !found {
			return b.String(), marks, len(marks) > 0 && !strings.Contains(b.String(), "⟧")
		}
		words, after, closed := strings.Cut(rest, "⟧")
		if !closed || words == "" {
			return "", nil, false
		}
		marks = append(marks, span{b.Len(), b.Len() + len(words)})
		b.WriteString(words)
		example = after
	}
}

// mustNotMatch wants no hit at all.
func (x *examples) mustNotMatch(id, example string) {
	s := search{set: x.set, text: example, used: func(_ *Term, p *pattern) { x.nots[p] = true }}
	s.run(Read(example), 0)
	if len(s.hits) > 0 {
		x.fail("%s: %q must not fire, but so does %s", id, example, describe(example, s.hits))
	}
}

func describe(text string, hits []Hit) string {
	if len(hits) == 0 {
		return "nothing"
	}
	var b strings.Builder
	for i, h := range hits {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s at %q", h.Term.ID, text[h.Start:h.End])
	}
	return b.String()
}

// dead reports what no example needed. Patterns for every term of the file are compiled
// once and shared, so that one example is enough for them.
func (x *examples) dead(f *file) {
	needed := func(where, what string, used map[*pattern]bool, patterns []*pattern) {
		for _, p := range patterns {
			if !used[p] {
				x.fail("%s: %s %q is used by no example", where, what, p.source)
			}
		}
	}
	for i := range f.Terms {
		e, t := &f.Terms[i], x.set.terms[i]
		needed(e.ID, "claim", x.claims, t.claim)
		needed(e.ID, "not", x.nots, t.not[:len(e.Not)])
		needed(e.ID, "evidence", x.evidence, t.evidence[:len(e.Evidence)])
		for _, a := range x.set.anchors {
			for _, of := range a.terms {
				if of == t && !x.anchors[anchorOf{t, a.text}] {
					x.fail("%s: anchor %q is used by no match", e.ID, a.text)
				}
			}
		}
	}
	first := x.set.terms[0]
	needed("file", "not", x.nots, first.not[len(f.Terms[0].Not):])
	needed("file", "evidence", x.evidence, first.evidence[len(f.Terms[0].Evidence):])
}

package terms

import (
	"errors"
	"fmt"
	"slices"
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
			x.mustMatch(m.at, t, m.text, t.Outcome, false)
		}
		for _, m := range e.Suspect {
			x.mustMatch(m.at, t, m.text, record.Suspected, true)
		}
		for _, m := range e.NoMatch {
			x.mustNotMatch(t.ID, &m)
		}
		x.gaps(e, t)
	}
	for _, m := range f.Suspect {
		x.mustMatch(m.at, nil, m.text, record.Suspected, true)
	}
	for _, m := range f.NoMatch {
		x.mustNotMatch("no_match", &m)
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

func (x *examples) fail(at place, format string, args ...any) {
	x.errs = append(x.errs, fmt.Errorf("%s "+format, append([]any{at}, args...)...))
}

// mustMatch wants a hit at every place marked in the example, by the term unless it is
// nil.
func (x *examples) mustMatch(at place, t *Term, example string, outcome record.Outcome, evidence bool) {
	id := "suspect"
	if t != nil {
		id = t.ID
	}
	text, marks, ok := unmark(example)
	if !ok {
		x.fail(at, "%s: %q does not mark the words that fire, as in ⟦…⟧", id, example)
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
				x.fail(at, "%s: %q gives %s (evidence %v), not %s (evidence %v)", id, example, h.Outcome, h.Evidence, outcome, evidence)
			}
			var v view
			v.read(x.set, text[h.Start:h.End])
			x.anchors[anchorOf{h.Term, string(v.text)}] = true
		}
		if !fired {
			x.fail(at, "%s: %q does not fire at %q; what fires is %s", id, example, text[m.start:m.end], describe(text, s.hits))
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

// mustNotMatch wants no hit at all, and where the example names an exemption, that it is
// what keeps a hit away.
func (x *examples) mustNotMatch(id string, e *example) {
	exempted := false
	s := search{set: x.set, text: e.text, used: func(_ *Term, p *pattern) { x.nots[p] = true }, told: func(v *Verdict) {
		exempted = exempted || v.Why == Exempted && v.By.ID == e.exempt.text
	}}
	s.run(Read(e.text), 0)
	switch {
	case len(s.hits) > 0:
		x.fail(e.at, "%s: %q must not fire, but so does %s", id, e.text, describe(e.text, s.hits))
	case e.exempt.text != "" && !exempted:
		x.fail(e.exempt.at, "%s: %q is not exempted by %s", id, e.text, e.exempt.text)
	}
}

// gaps holds that the known gaps of a term still are.
func (x *examples) gaps(e *entry, t *Term) {
	for _, m := range e.TodoMatch {
		text, marks, ok := unmark(m.text)
		if !ok {
			x.fail(m.at, "%s: %q does not mark the words that should fire, as in ⟦…⟧", t.ID, m.text)
			continue
		}
		missing := false
		hits, _ := x.set.Find(text)
		for _, k := range marks {
			missing = missing || !slices.ContainsFunc(hits, func(h Hit) bool { return h.Start == k.start && h.End == k.end })
		}
		if !missing {
			x.fail(m.at, "%s: todo_match %q fires by now; move it to match", t.ID, m.text)
		}
	}
	for _, m := range e.TodoNoMatch {
		if hits, _ := x.set.Find(m.text); len(hits) == 0 {
			x.fail(m.at, "%s: todo_no_match %q does not fire any more; move it to no_match", t.ID, m.text)
		}
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
				x.fail(p.at, "%s: %s %q is used by no example", where, what, p.source)
			}
		}
	}
	for i := range f.Terms {
		e, t := &f.Terms[i], x.set.terms[i]
		needed(t.ID, "claim", x.claims, t.claim)
		needed(t.ID, "not", x.nots, t.not[:len(e.Not)])
		needed(t.ID, "evidence", x.evidence, t.evidence[:len(e.Evidence)])
		for _, a := range e.Anchors {
			if !x.anchors[anchorOf{t, plainAnchor(a.text)}] {
				x.fail(a.at, "%s: anchor %q is used by no match", t.ID, a.text)
			}
		}
	}
	first := x.set.terms[0]
	needed("file", "not", x.nots, first.not[len(f.Terms[0].Not):])
	needed("file", "evidence", x.evidence, first.evidence[len(f.Terms[0].Evidence):])
}

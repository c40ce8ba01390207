package rules

import (
	"maps"
	"slices"
	"sort"

	"marketwarden/internal/record"
	"marketwarden/rules/terms"
)

// Exempted is a place where words look like a fault of a rule and are none, with the
// reason.
type Exempted struct {
	Rule       string
	Term       string
	By         terms.Exemption
	Occurrence record.Occurrence
}

// Exempted lists what the terms of the rules for listing pages found in the provider's
// words and exempted, by rule and in page order. It is nil for pages that must not be
// judged.
func (b *Book) Exempted(f *Facts) (out []Exempted) {
	if unjudgeable(f) != nil {
		return nil
	}
	facts := *f
	facts.book = b
	if facts.Params == nil {
		facts.Params = b.defaults
	}
	for _, in := range b.termSets() {
		r, ok := b.ByID(in.rule)
		if !ok || r.Scope != ScopeListingPage || !r.InForce(f.AsOf) {
			continue
		}
		found := in.set.LookIn(facts.pageWords(), 0, len(f.Page.Text))
		c := claims{page: f.Page}
		for i := range found.Exempted {
			c.add(&found.Exempted[i])
		}
		for _, cl := range c.found {
			out = append(out, Exempted{Rule: in.rule, Term: cl.hit.Term.ID, By: *cl.hit.By, Occurrence: c.occurrence(cl)})
		}
	}
	sort.SliceStable(out, func(i, k int) bool { return out[i].Rule < out[k].Rule })
	return out
}

// Explained is what the terms of one file say of a text.
type Explained struct {
	Rule     string // that the file is for; the file's name where it is for several
	Verdicts []terms.Verdict
	Complete bool
}

// Explain says of every anchor that a text has which terms fired, and why the others did
// not. It knows words alone: in which field they stand, and what else a rule asks for, is
// not looked at.
func (b *Book) Explain(text string) (out []Explained) {
	for _, in := range b.termSets() {
		v, complete := in.set.Explain(text)
		out = append(out, Explained{in.rule, v, complete})
	}
	return out
}

// termSet is a term file with the rule that it is for.
type termSet struct {
	rule string
	set  *terms.Set
}

// termSets are all term files: those that come with the program, by name, then the
// operator's.
func (b *Book) termSets() (out []termSet) {
	files := termFiles()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		set := mustTerms(files[name]())
		in := termSet{set.Rule(), set}
		if in.rule == "" {
			in.rule = name
		}
		out = append(out, in)
	}
	for i := range b.rules {
		for _, set := range b.rules[i].own {
			out = append(out, termSet{b.rules[i].ID, set})
		}
	}
	return out
}

package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"marketwarden/internal/record"
	"marketwarden/rules/terms"
)

// TermFile is a term file of the operator, in the form of package terms.
type TermFile struct {
	Name   string // what errors call it
	Source []byte
}

// WithTerms is the book with the operator's term files: each names the rule that it
// extends, which must be one that reads listing pages. The files are a part of the new
// book's hash. The error tells of all files that do not load.
func (b *Book) WithTerms(files []TermFile) (*Book, error) {
	if len(files) == 0 {
		return b, nil
	}
	out := &Book{rules: slices.Clone(b.rules), defaults: b.defaults}
	sum := sha256.New()
	sum.Write([]byte(b.hash))
	var errs []error
	for _, f := range files {
		if err := out.extend(f); err != nil {
			errs = append(errs, err)
		}
		fmt.Fprintf(sum, "own %q %d\n", f.Name, len(f.Source))
		sum.Write(f.Source)
	}
	out.hash = hex.EncodeToString(sum.Sum(nil))
	return out, errors.Join(errs...)
}

func (b *Book) extend(f TermFile) error {
	set, err := terms.Load(f.Name, f.Source)
	if err != nil {
		return err // names the file
	}
	i, ok := slices.BinarySearchFunc(b.rules, set.Rule(), func(r Rule, id string) int { return strings.Compare(r.ID, id) })
	switch {
	case set.Rule() == "":
		return fmt.Errorf("%s: does not say which rule it extends (rule: ID)", f.Name)
	case !ok:
		return fmt.Errorf("%s: there is no rule %q", f.Name, set.Rule())
	case b.rules[i].Scope != ScopeListingPage:
		return fmt.Errorf("%s: rule %s reads no listing pages (its scope is %s)", f.Name, set.Rule(), b.rules[i].Scope)
	}
	b.rules[i].own = append(slices.Clone(b.rules[i].own), set)
	return nil
}

// extend adds what the operator's terms find to a rule's answer. Where the rule has nothing
// to say of the listing, or could not look at the page, they have nothing to say either.
//
// The concept is the file's, in a field, kept apart from the rule's own ones.
func (r *Rule) extend(f *Facts, res record.Result) record.Result {
	switch {
	case len(r.own) == 0 || unjudgeable(f) != nil:
		return res
	case res.Outcome == record.NotApplicable, res.Outcome == record.NotChecked && res.Reason.Code != ReasonTruncated:
		return res
	}
	c := claims{page: f.Page}
	complete := true
	for _, set := range r.own {
		hits, all := set.FindIn(f.pageWords(), 0, len(f.Page.Text))
		complete = complete && all
		for i := range hits {
			c.add(&hits[i])
		}
	}
	findings, all := c.findings(pagePart(f, f.Listing.DetailURL))
	complete = complete && all
	for i := range findings {
		fi := &findings[i]
		fi.Expected = c.advice(fi.Discriminator)
		fi.Discriminator = "own/" + fi.Discriminator
	}
	switch {
	case len(findings) == 0 && complete:
		return res
	case len(findings) == 0 && res.Outcome == record.Pass:
		return notChecked(ReasonTruncated, "页面中需要判断的词语过多，只检查了一部分", "the page has more words to judge than are judged, only a part was read")
	}
	if res.Outcome == record.NotChecked || !complete { // what was not seen must not close a record
		res.Parts = nil
	}
	if len(findings) > 0 {
		res.Outcome, res.Reason = "", record.Reason{}
		res.Findings = append(slices.Clone(res.Findings), findings...)
	}
	return res
}

// advice is how to mend the claims of a kind in a field, as the first of their terms that
// says so has it.
func (c *claims) advice(key string) record.Text {
	for _, cl := range c.found {
		if t := cl.hit.Term; t.Concept+"@"+cl.block.Field == key && !t.Advice.IsZero() {
			return t.Advice
		}
	}
	return record.Text{ZH: "不出现此类用语", EN: "no wording of this kind"}
}

package rules

import (
	"slices"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/scanners/page"
)

// denigration is clause 16 lead: providers compete fairly and do not run down
// competitors.
//
// It reads the provider's words only (Field is set). Competitors are the names in the
// parameters (the clouds of rule other-cloud, which are not the platform's own, among
// them) and words such as "同行" and "友商". What running down is says
// terms/denigration.yaml; a comparison in figures is none. Whether it is true is not
// known here, so the answer is always suspected.
//
// The concept is what is done to whom: a competitor by name, or competitors at large.
func denigration(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	part := pagePart(f, f.Listing.DetailURL)
	w := wordings{page: f.Page, expected: record.Text{
		ZH: "只介绍自己的产品，不贬低竞争对手",
		EN: "a page that presents its own product and runs down no competitor",
	}}
	set := mustTerms(rivalTerms())
	named, complete := w.named(f, set, rivalNames, anyRival)
	rest := w.plain(f, set, func(b *page.Block) bool { return named[b] })
	w.found = onceNamed(w.found)
	findings, all := w.findings(part)
	return answer(f, part, findings, complete && rest && all)
}

// onceNamed drops what is said of competitors at large in a sentence that runs one down by
// name: "用友的售后形同虚设" is one matter, told by the name.
func onceNamed(found []wording) []wording {
	named := map[*page.Block][]*wording{}
	for i := range found {
		if w := &found[i]; w.key != w.term.Concept {
			named[w.block] = append(named[w.block], w)
		}
	}
	var out []wording
	for i := range found {
		w := &found[i]
		if w.key == w.term.Concept && slices.ContainsFunc(named[w.block], func(n *wording) bool { return n.from <= w.start && w.start < n.to }) {
			continue
		}
		out = append(out, *w)
	}
	return out
}

// platformNames are the names of the platform and its company.
func platformNames(p *market.Profile) []string { return slices.Concat(p.NamesZH, p.NamesEN) }

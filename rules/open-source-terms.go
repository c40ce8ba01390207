package rules

import (
	"slices"
	"strings"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/rules/terms"
	"marketwarden/scanners/page"
)

// openSourceLicence is clause 10(4): a listing that contains open-source software keeps to
// the terms of its licence, and so names it.
//
// It reads the provider's words only (Field is set), code left out. What the product is
// made of, comes with or is, is told by the names of well-known open-source software
// (opensourceproducts.go and a parameter) and by words such as "开源组件", in the
// surroundings that terms/open-source.yaml says: to work with such software, to look after
// it or to teach it is nothing. A licence is named, or the place where it stands, by
// terms/open-source-licences.yaml, anywhere on the page where visitors see it, or in the
// catalogue.
//
// It is suspected, for words alone do not tell what is in a package; where the catalogue
// says that the product contains open-source software and no licence is named there or on
// the page, it is a violation. Whether a licence is the right one, or is kept, is not
// judged.
//
// There is one concept: the licence.
func openSourceLicence(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	p := f.Page
	part := pagePart(f, f.Listing.DetailURL)
	if strings.TrimSpace(f.Listing.Licence) != "" {
		return pass(part)
	}
	w := wordings{page: p, expected: record.Text{
		ZH: "含开源软件的商品写明其许可证并遵守其授权规定",
		EN: "a listing that contains open-source software names its licence and keeps to it",
	}}
	set := mustTerms(openSourceTerms())
	complete := w.openSource(f, set)
	filed := f.Listing.OpenSource == market.OpenSourceYes
	if len(w.found) == 0 && !filed || namesLicence(f) {
		return answer(f, part, nil, complete)
	}
	if p.Truncated != "" { // what was not read may name it
		return truncated(p)
	}
	wares := w.wares()
	for i := range w.found {
		// Names are written in many ways ("Spring Boot", "SpringBoot"): none is a disguise.
		w.found[i].key, w.found[i].disguised = "licence", false
	}
	findings, _ := w.findings(part)
	if len(findings) == 0 { // the catalogue alone says so
		if res := notWhole(f); res != nil {
			return *res
		}
		findings = []record.Finding{{
			Discriminator: "licence", Part: part, Expected: w.expected, Material: market.OpenSourceYes,
			Found: record.Text{ZH: "登记为含开源软件，页面没有写明许可证", EN: "filed as containing open-source software; the page names no licence"},
		}}
	}
	fi := &findings[0]
	if len(wares) > 0 {
		fi.Found = record.Same(strings.Join(wares, "、"))
	}
	switch {
	case filed && notWhole(f) == nil:
		fi.Outcome, fi.Ask = record.Violation, record.Text{}
		fi.Reason = record.Text{ZH: "登记为含开源软件，商品数据和页面都没有写明许可证", EN: "filed as containing open-source software, and neither catalogue nor page names a licence"}
	case f.Listing.OpenSource == market.OpenSourceNo:
		fi.Reason = also(fi.Reason, record.Text{ZH: "登记为不含开源软件", EN: "filed as containing none"})
	}
	return answer(f, part, findings, complete)
}

// maxOpenSource is after how many places the search for more ends: one is enough.
const maxOpenSource = 50

// openSource adds where the provider's words tell of open-source software, by name and
// otherwise. complete is false when not all was judged and nothing was found.
func (w *wordings) openSource(f *Facts, set *terms.Set) (complete bool) {
	complete = true
	named := map[*page.Block]bool{}
	left := maxNamed
	for i := range w.page.Blocks {
		b := &w.page.Blocks[i]
		if b.Field == "" || isCode(b.Tag) {
			continue
		}
		found := f.mentions(wareNames, b.Start, b.End)
		if len(found) == 0 {
			continue
		}
		if left == 0 {
			return len(w.found) > 0
		}
		if len(found) > left {
			found, complete = found[:left], false
		}
		left -= len(found)
		named[b] = true
		p := placeNames(w.page.Text[b.Start:b.End], found, anyWare)
		hits, all := set.Find(p.text)
		complete = complete && all
		for j := range hits {
			w.addNamed(b, &p, &hits[j])
		}
		if len(w.found) >= maxOpenSource {
			return true
		}
	}
	all := w.plain(f, set, func(b *page.Block) bool { return named[b] })
	return complete && all
}

// maxWares bounds the names that a finding lists.
const maxWares = 10

// wares are the names that were found, each once, in page order.
func (w *wordings) wares() (out []string) {
	found := slices.Clone(w.found)
	slices.SortStableFunc(found, func(a, b wording) int { return a.start - b.start })
	for i := range found {
		if !strings.Contains(found[i].key, ":") {
			continue // a word such as "开源"
		}
		name := oneLine(w.page.Text[found[i].start:found[i].end])
		if len(out) < maxWares && !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, name) }) {
			out = append(out, name)
		}
	}
	return out
}

// namesLicence reports whether the provider's words, where visitors see them, name a
// licence or where it stands.
func namesLicence(f *Facts) bool {
	hits, _ := mustTerms(licenceTerms()).FindIn(f.pageWords(), 0, len(f.Page.Text))
	return slices.ContainsFunc(hits, func(h terms.Hit) bool {
		b := providerBlock(f.Page, h.Start, h.End)
		return b != nil && !b.Hidden && h.Term.In(b.Field)
	})
}

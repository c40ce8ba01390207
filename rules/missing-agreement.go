package rules

import "marketwarden/internal/record"

// missingAgreement is clause 10(3): a listing shows its users an agreement or terms of
// service.
//
// An agreement is shown by a link that leads somewhere or by its words: in the part of the
// page that the market profile names as the agreement's, or anywhere outside the
// platform's header, footer and menus by a name such as 《…服务协议》. A heading without
// anything below it is none.
//
// It is a violation where the place of the agreement is on the page and stands empty. It is
// suspected where the page has no such place (another step of the order may show one), and
// where there is something that this program cannot see through: words that are hidden
// from visitors, an entry that only a script opens, a link to a place on the page itself,
// a sentence that names an agreement without showing it.
//
// Whether a linked agreement answers is not asked: pages of listings are judged without
// following their links. Nor is what an agreement must contain.
//
// Words alone, and a page without the layout of a listing page, cannot lack one: they are
// not checked when they show none.
//
// There is one concept: the agreement.
func missingAgreement(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	p := f.Page
	part := pagePart(f, f.Listing.DetailURL)
	a := readAgreement(f)
	switch {
	case a.shown:
		return pass(part)
	case notWhole(f) != nil:
		return *notWhole(f)
	case p.Truncated != "":
		return truncated(p)
	}
	return accuse(part, a.finding(part))
}

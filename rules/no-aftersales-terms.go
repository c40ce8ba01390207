package rules

import (
	"marketwarden/internal/record"
)

// noAftersalesTerms is clause 12 lead, 12(1)1: for a listing that costs money the page, or
// the store's agreement, says how buyers get after-sales support and at what hours.
//
// It reads what visitors are shown of the provider's words. In the support field and the
// agreement every way to get help counts (telephone, mail, messengers, tickets, online
// support); elsewhere only one that stands beside or below words about support. What is
// for buyers before the sale is none. Hours that the marketplace itself shows of the
// provider ("在线时间") count as hours.
//
// It is a violation where the page denies support, or lacks a way or hours and there is
// nothing else that could state them. It is suspected where they may stand in what is not
// read here (an agreement or a page that is linked, a picture, "contact us"), and where
// the catalogue does not say whether the listing costs anything. Free listings are left
// out: which of them must be supported is not on file. Whether the hours are long enough
// is another question (12(1)2).
//
// Words alone, and a page without the layout of a listing page, cannot lack terms: unless
// they deny support, they are not checked when they state none.
//
// There is one concept: the terms of support.
func noAftersalesTerms(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	p := f.Page
	part := pagePart(f, f.Listing.DetailURL)
	costs := pageCost(p).or(costOf(f.Listing.Price))
	if costs == costFree {
		return notApplicable(ReasonFree, "免费商品", "the listing is free", part)
	}
	s := readSupport(f)
	switch {
	case s.method && s.hours:
		return pass(part)
	case notWhole(f) != nil && s.denial[1] == 0:
		return *notWhole(f)
	case p.Truncated != "":
		return truncated(p)
	}
	return accuse(part, s.finding(part, costs))
}

package rules

import (
	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// offSale answers for listings that are not on sale, nil for the others.
func offSale(f *Facts) *record.Result {
	if f.Listing.Status != market.StatusOffSale && f.Listing.DelistedAt.IsZero() {
		return nil
	}
	res := notApplicable(record.ReasonNotOnSale, "商品不在售", "the listing is not on sale")
	return &res
}

// siteDown answers for listings whose provider's website is reported by
// site-unavailable, nil for the others.
func siteDown(f *Facts) *record.Result {
	if f.Product == nil || f.Product.Page != nil || f.Seen == nil || !f.Seen.IsDown() {
		return nil
	}
	res := notApplicable(record.ReasonExplained,
		"企业官网无法访问，由 site-unavailable 规则报告", "the provider's website cannot be reached, which site-unavailable reports")
	return &res
}

// noPage answers for listings whose product page cannot be judged, nil when f.Page can:
// it is the first question of every rule about the product page. That there is no
// product page is reported by no-product-page alone; what was said of a page that is no
// longer the product page ends with it.
func noPage(f *Facts) *record.Result {
	if res := offSale(f); res != nil {
		return res
	}
	if res := siteDown(f); res != nil {
		return res
	}
	if f.Product != nil && f.Product.Page == nil && f.PageProblem == nil {
		res := notApplicable(record.ReasonExplained,
			"官网上没有该商品的产品页，由 no-product-page 规则报告", "the website has no page for the product, which no-product-page reports", sitePart(f))
		return &res
	}
	if r := unjudgeable(f); r != nil {
		res := unchecked(*r)
		return &res
	}
	return nil
}

// productPart is the part that findings on the product page rest on: the declared
// address where it is the page that was chosen, else the address of the chosen one.
func productPart(f *Facts) string {
	if f.Product != nil && f.Product.Page != nil && f.Product.Page.How != SiteDeclared {
		return record.PartHTML(f.Profile.Canonical(f.Product.Page.URL))
	}
	return pagePart(f, f.Listing.ProductPageURL)
}

// sitePart is the part that findings about the whole website rest on.
func sitePart(f *Facts) string {
	home := f.Provider.SiteURL
	if home == "" && f.Site != nil {
		home = f.Site.Home
	}
	return record.PartSite(canonicalAddress(f, home))
}

package rules

import (
	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// listingUnavailable shows the marketplace that a detail page of its own fails, on two
// observations twelve hours or more apart; clause 18(12) asks that what is sold can be
// had. It is the platform's to mend: no points, no notice to the provider. A page that
// answers but cannot be read (layout, wall) is for the rules that read it to say.
func listingUnavailable(f *Facts) record.Result {
	if f.Listing.Status == market.StatusOffSale || !f.Listing.DelistedAt.IsZero() {
		return notApplicable(record.ReasonNotOnSale, "商品不在售", "the listing is not on sale")
	}
	if f.Seen == nil && f.Page != nil {
		return notApplicable(record.ReasonOffline, "页面内容是给出的，没有访问详情页", "the page was given; its address was not visited")
	}
	return unavailable(f, answersPart(f, f.Listing.DetailURL), "detail-page", f.Listing.DetailURL, record.Text{
		ZH: "在售商品的云市场详情页可以打开", EN: "the detail page of a listing on sale can be opened",
	})
}

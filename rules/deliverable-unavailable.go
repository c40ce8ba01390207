package rules

import (
	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// deliverableUnavailable is clause 18(12): what is sold stays usable. The address where
// buyers log in (SaaS) or download, as filed in the catalogue, fails on two observations
// twelve hours or more apart. A log-in page, a demand for credentials and a file are
// answers; a wall or a robots.txt that keeps us out says nothing.
func deliverableUnavailable(f *Facts) record.Result {
	l := &f.Listing
	switch {
	case l.Status == market.StatusOffSale || !l.DelistedAt.IsZero():
		return notApplicable(record.ReasonNotOnSale, "商品不在售", "the listing is not on sale")
	case l.DeliverableURL == "" && l.Delivery != market.DeliverySaaS && l.Delivery != market.DeliveryDownload:
		return notApplicable(record.ReasonNoAddress, "该交付方式没有登录或下载地址", "listings of this delivery have no address to log in or download at")
	case l.DeliverableURL == "":
		return notChecked(record.ReasonNoAddress, "没有登记登录或下载地址", "no address to log in or download at is on file")
	}
	return unavailable(f, answersPart(f, l.DeliverableURL), "deliverable", l.DeliverableURL, record.Text{
		ZH: "登录或下载地址可以打开", EN: "the address to log in or download at can be opened",
	})
}

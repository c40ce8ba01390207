package rules

import (
	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// kindMismatch is clause product kinds, 6: what a listing delivers is what its kind says.
// An image delivers an image, SaaS an address to log in at, a download a package; a
// service delivers work and no software.
//
// It holds what the provider's words say of the delivery, and the address on file where
// buyers get it, against the kind in the catalogue. It is a violation where the page names
// a delivery, under that label, that the kind excludes, or says that what the kind
// consists of is not in it; and where the log-in address of a SaaS is a package. What
// buyers are told to expect after they paid, and software from a service, is suspected.
// Several deliveries in one statement pass when one of them fits. Functions of the product
// that deal with images, packages and accounts are no delivery.
//
// A SaaS or download of which no address is on file is not checked, as the catalogue may
// simply not carry it. Software, API and DingTalk listings are delivered in several ways
// and left out.
//
// The concept is what is delivered.
func kindMismatch(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	p := f.Page
	part := pagePart(f, f.Listing.DetailURL)
	switch f.Listing.Delivery {
	case market.DeliveryImage, market.DeliverySaaS, market.DeliveryDownload, market.DeliveryService:
	case "":
		return notChecked(record.ReasonNoInput, "商品数据缺少交付方式", "the catalogue lacks the way of delivery")
	default:
		return notApplicable(ReasonManyWays, "该类商品有多种交付方式", "listings of this kind are delivered in several ways", part)
	}
	k := kindReader{facts: f, part: part}
	k.address()
	k.words()
	switch {
	case len(k.findings) > 0 && p.Truncated != "":
		res := accuse(part, k.findings...)
		res.Parts = nil
		return res
	case len(k.findings) > 0:
		return accuse(part, k.findings...)
	case p.Truncated != "":
		return truncated(p)
	case f.Listing.DeliverableURL == "" && f.Listing.Delivery != market.DeliveryImage && f.Listing.Delivery != market.DeliveryService:
		return notChecked(record.ReasonNoAddress, "没有登记登录或下载地址，无法核对", "no address to log in or download at is on file to compare with")
	}
	return pass(part)
}

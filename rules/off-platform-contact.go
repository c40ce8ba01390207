package rules

import (
	"marketwarden/internal/record"
)

// offPlatformContact is clause 14 lead, 14(4): in dealing with users a provider does not
// draw them away from the marketplace. On a listing page that is done by contact details
// together with a better price, a purchase, a payment or a renewal.
//
// It looks at the provider's words only (Field is set).
//
//   - Contact details (telephone, WeChat, QQ, group, e-mail, messenger; disguised ones too,
//     and links to them) in one sentence with such an intent, or beside it (the cell or the
//     line before, a sentence that asks to get in touch), are a violation. So are phrases
//     that need no details: "绕过云市场", "加微信享折扣", "请勿在平台下单". Accounts with banks
//     get nobody in touch: they are off-platform-sale's.
//   - Contact details alone are suspected. Those of after-sales service are, too, in a
//     field that describes the product; the reason says where they belong.
//   - In the fields where contact details are required (support) or usual (agreement,
//     company) they pass, and so do words about buying: only a better price, payment or
//     renewal beside them counts there, in agreements and company data only phrases that
//     lead away.
//   - What buyers need after they bought ("购买后联系客服开通") is no intent. Samples in
//     code and documentation, placeholders, numbers that the words before make something
//     else (orders, ICP), identity numbers, the platform's own numbers and what a product does with contact
//     details (微信支付, 企业微信自动回复) are nothing.
//
// The concept of steering is what draws buyers away, whatever it says and how often; of
// details alone it is the kind and a short hash of the value. What is shown of a value is
// masked in Found. Snippets quote the page as it stands: offsets and marks are theirs, and
// a provider must find the words; they are what the provider published.
func offPlatformContact(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	p := f.Page
	part := pagePart(f, f.Listing.DetailURL)
	a := approaches{facts: f, words: readSteering(f, familyContact), allowed: f.Params.List("off-platform-contact", "allowed_numbers")}
	a.gather()
	findings, complete := a.findings(part)
	complete = complete && a.complete && a.words.complete
	switch {
	case len(findings) == 0 && (p.Truncated != "" || !complete):
		return overfull(p)
	case len(findings) == 0:
		return pass(part)
	}
	res := accuse(part, findings...)
	if p.Truncated != "" || !complete {
		res.Parts = nil
	}
	return res
}

package rules

import (
	"marketwarden/internal/record"
	"marketwarden/scanners/page"
)

// offPlatformSale is clause 10(8)6, 14 lead: a listing has no entry built in for buying,
// topping up or renewing what is not sold on the marketplace; renewals go through the
// marketplace, and so does the listing itself.
//
// It looks at the provider's words only (Field is set).
//
//   - Links, forms, handlers and addresses written as text that lead off the platform
//     are entries where their words, or those just around them, say buy, top up or renew:
//     a violation. So are links to shops on other platforms and to where money is taken,
//     whatever they say.
//   - Suspected: an address outside whose path says buy or checkout under words that say
//     nothing; an entry to user content or through a redirector that does not say where
//     it leads; a button whose target a script decides.
//   - Text that tells buyers to buy, renew or pay elsewhere, or names an account to pay
//     to, is a violation where it asks or entices, suspected where it merely says so. So is
//     the number of a bank account without such words.
//   - What leads to the marketplace, its stores and listings, the platform's console and
//     help passes. So do the words of a product that itself sells, takes payments or
//     keeps members' credit: they are features, whoever buys by them.
//
// An entry for the listed item itself breaks 14 as well; a renewal always is one. The
// reason says so.
//
// The concept of an entry is its canonical target, of a button what it is for, of a text
// what it asks for. Rule external-link reports the same address under 10(5): that an
// address is there and that something is sold through it are two faults, mended apart
// where the address is of a sister company that the operator allows.
func offPlatformSale(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	p := f.Page
	part := pagePart(f, f.Listing.DetailURL)
	s := readSteering(f, familySale)
	e := saleEntries{facts: f, words: s, out: outward{facts: f, allowed: f.Params.List("external-link", "allowed_hosts")}}
	for i := range p.Links {
		if l := &p.Links[i]; l.Field != "" && l.Kind != page.LinkForm {
			e.link(l)
		}
	}
	e.forms()
	e.buttons()
	e.texts()
	e.accounts()
	findings, complete := e.findings(part)
	complete = complete && s.complete && !e.full
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

package rules

import (
	"html"
	"strings"

	"marketwarden/internal/record"
	"marketwarden/internal/textfold"
	"marketwarden/scanners/page"
)

// listingMismatch is clause 10(5): title and price of a listing's page agree with the
// catalogue.
//
// Prices are compared as numbers, with currency and with what they are for ("/月"); a year
// is twelve months. One price on the page that differs from the one of the catalogue is a
// violation. Where the page shows several and none is the catalogue's, or where either is
// no number, it is suspected. A title is suspected when neither contains the other, white
// space, case and disguises aside.
//
// What the page or the catalogue does not state is not compared. Descriptions, versions,
// attributes and pictures are not compared here, and delivery is kind-mismatch's.
//
// The concept is what disagrees: the title, the price.
func listingMismatch(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	p := f.Page
	part := pagePart(f, f.Listing.DetailURL)
	var findings []record.Finding
	if b := fieldBlock(p, "title"); b != nil && !sameTitle(p.Text[b.Start:b.End], f.Listing.Title) {
		findings = append(findings, mismatch(p, b, part, "title", f.Listing.Title, record.Suspected,
			record.Text{ZH: "页面标题与登记的名称不一致", EN: "the title of the page is not that of the catalogue"}))
	}
	if b := fieldBlock(p, "price"); b != nil {
		if outcome := comparePrices(p, b, f.Listing.Price); outcome != record.Pass {
			findings = append(findings, mismatch(p, b, part, "price", f.Listing.Price, outcome,
				record.Text{ZH: "页面价格与登记的价格不一致", EN: "the price of the page is not that of the catalogue"}))
		}
	}
	switch {
	case len(findings) > 0:
		return accuse(part, findings...)
	case p.Truncated != "":
		return truncated(p)
	}
	return pass(part)
}

// fieldBlock is the first block of a field that visitors see, nil when there is none.
func fieldBlock(p *page.Page, field string) *page.Block {
	for i := range p.Blocks {
		if b := &p.Blocks[i]; b.Field == field && !b.Hidden && b.Attr == "" {
			return b
		}
	}
	return nil
}

// sameTitle compares titles as readers do. A catalogue without one agrees with any.
func sameTitle(shown, filed string) bool {
	plain := func(s string) string {
		return strings.Join(strings.Fields(strings.ToLower(textfold.Fold(s).Text)), "")
	}
	a, b := plain(shown), plain(filed)
	return strings.Contains(a, b) || a != "" && strings.Contains(b, a)
}

// comparePrices compares the prices in the page's price field with the catalogue's.
func comparePrices(p *page.Page, b *page.Block, filed string) record.Outcome {
	plain := func(s string) string { return strings.Join(strings.Fields(s), "") }
	switch {
	case plain(filed) == "", plain(filed) == plain(p.Text[b.Start:b.End]):
		return record.Pass
	}
	want := page.Parse([]byte("<p>"+html.EscapeString(cut(filed, snippetMost))+"</p>"), page.Options{}).Prices()
	var shown []page.Price
	for _, price := range p.Prices() {
		if price.Field == "price" {
			shown = append(shown, price)
		}
	}
	for _, a := range shown {
		for _, c := range want {
			if samePrice(a, c) {
				return record.Pass
			}
		}
	}
	if len(shown) == 1 && len(want) == 1 && shown[0].Currency == want[0].Currency {
		return record.Violation
	}
	return record.Suspected
}

// samePrice compares two prices. One that does not say what it is for agrees with any
// that asks for as much.
func samePrice(a, b page.Price) bool {
	unitA, monthsA := period(a.Unit)
	unitB, monthsB := period(b.Unit)
	switch {
	case a.Currency != b.Currency:
		return false
	case monthsA > 0 && monthsB > 0:
		return a.Fen*monthsB == b.Fen*monthsA
	}
	return a.Fen == b.Fen && (unitA == "" || unitB == "" || unitA == unitB)
}

// period is what a price is for, and how many months that is (0: it is no period of
// months).
func period(unit string) (name string, months int64) {
	switch unit {
	case "月", "个月", "month", "mo":
		return "月", 1
	case "季", "季度":
		return "季", 3
	case "半年":
		return "半年", 6
	case "年", "year", "yr":
		return "年", 12
	case "天", "日", "day":
		return "天", 0
	case "小时", "hour":
		return "小时", 0
	case "人", "用户", "user":
		return "人", 0
	}
	return unit, 0
}

func mismatch(p *page.Page, b *page.Block, part, what, filed string, outcome record.Outcome, why record.Text) record.Finding {
	fi := record.Finding{
		Outcome: outcome, Discriminator: what, Part: part, Reason: why,
		Expected:    record.Same(cut(oneLine(filed), snippetMost)),
		Found:       record.Same(cut(oneLine(p.Text[b.Start:b.End]), snippetMost)),
		Occurrences: []record.Occurrence{blockOccurrence(p, b)},
	}
	if outcome == record.Suspected {
		fi.Ask = record.Text{ZH: "核实二者是否指同一商品、同一规格", EN: "see whether both are of one listing and one edition"}
	}
	return fi
}

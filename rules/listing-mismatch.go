package rules

import (
	"strings"

	"marketwarden/internal/record"
	"marketwarden/scanners/page"
)

// listingMismatch is clause 10(5): title, price, attributes, pictures and description of a
// listing agree with each other and with the catalogue.
//
// Titles: where the page's and the catalogue's say another edition, quantity or version it
// is a violation; suspected where neither contains the other, white space, case and
// disguises aside.
//
// Prices are compared as numbers, with currency and with what they are for ("/月"); a year
// is twelve months. One price in the page's price field that differs from the catalogue's
// is a violation; several of which none is the catalogue's, or no number, suspected. A
// price in the provider's words counts where it is stated as that of the listing, and not
// of something else (charges by others, extras, editions beside the one that is right), and
// is a violation where none that counts is the catalogue's. That the price is not the price
// (a deposit, pieces to be bought by the amount) is suspected.
//
// What the title counts (seats, messages, storage, months) is compared with what the
// description says is included, and versions of what the title names with those that the
// description says are installed: a violation where none agrees. A point release agrees
// with its release. Another edition that is said to be what is bought is a violation;
// another product that it is said to be, or that a picture's text names, is suspected.
//
// What the page or the catalogue does not state is not compared, and where nothing was
// compared the listing is not checked. Customer stories are left out. Delivery is
// kind-mismatch's.
//
// The concept is what disagrees: the title, the price, the unit that is counted, the
// version, the edition, the product, the picture.
func listingMismatch(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	p := f.Page
	m := mismatchReader{facts: f, part: pagePart(f, f.Listing.DetailURL)}
	m.read()
	m.titles()
	m.priceField()
	m.prices()
	m.amounts()
	m.versions()
	m.product()
	m.contraries()
	m.pictured()
	complete := m.conditions()
	switch {
	case len(m.findings) > 0 && (p.Truncated != "" || !complete):
		res := accuse(m.part, m.findings...)
		res.Parts = nil
		return res
	case len(m.findings) > 0:
		return accuse(m.part, m.findings...)
	case p.Truncated != "" || !complete:
		return overfull(p)
	case !m.compared:
		return notChecked(record.ReasonNoInput, "页面和登记信息没有可以相互核对的内容", "page and catalogue state nothing that can be compared")
	}
	return pass(m.part)
}

// mismatchReader gathers what disagrees, each concept once.
type mismatchReader struct {
	facts    *Facts
	part     string
	title    *page.Block // of the page
	shown    string      // its words, plain
	filed    string      // the catalogue's title, plain
	text     []passage   // the provider's words about the listing
	compared bool        // something could be compared
	soft     bool        // what is read is no more than suspected
	findings []record.Finding
}

// passage is a block of the provider's words, plain.
type passage struct {
	block *page.Block
	words string
}

// add adds a finding, unless its concept has one already. start and end are the place in a
// block; Found is those words.
func (m *mismatchReader) add(outcome record.Outcome, what string, b *page.Block, start, end int, filed string, why record.Text) {
	for i := range m.findings {
		if m.findings[i].Discriminator == what {
			return
		}
	}
	if m.soft {
		outcome, why = record.Suspected, also(why, record.Text{ZH: "见图片的文字说明", EN: "in the text of a picture"})
	}
	p := m.facts.Page
	words, mark := snippet(p.Text, b.Start+start, b.Start+end, b.Start, b.End)
	fi := record.Finding{
		Outcome: outcome, Discriminator: what, Part: m.part, Reason: why,
		Expected: m.expected(filed),
		Found:    record.Same(cut(oneLine(p.Text[b.Start+start:b.Start+end]), snippetMost)),
		Occurrences: []record.Occurrence{{
			URL: pageAddress(p), Field: b.Field, Selector: p.Selector(b.Node), Snippet: words, Mark: mark, Span: [2]int{b.Start + start, b.Start + end},
		}},
	}
	if fi.Outcome == record.Suspected {
		fi.Ask = record.Text{ZH: "核实二者是否指同一商品、同一规格", EN: "see whether both are of one listing and one edition"}
	}
	m.findings = append(m.findings, fi)
}

// expected is what a finding is held against: what the title or the catalogue says, or in
// general.
func (m *mismatchReader) expected(filed string) record.Text {
	if strings.TrimSpace(filed) == "" && m.title != nil {
		filed = m.facts.Page.Text[m.title.Start:m.title.End]
	}
	if strings.TrimSpace(filed) == "" {
		return record.Text{ZH: "标题、价格、描述与登记信息一致", EN: "title, price, description and catalogue agree"}
	}
	return record.Same(cut(oneLine(strings.ReplaceAll(filed, "\n", " / ")), snippetMost))
}

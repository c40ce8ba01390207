package rules

import (
	"slices"

	"marketwarden/internal/record"
)

// accountReach is how far before a block the words may stand that tell of the account in
// it, in bytes: the cell or the lines before.
const accountReach = 150

// accounts finds the numbers of bank accounts that the page names to nobody's words: what
// is beside a phrase that asks for money is told by that phrase.
func (e *saleEntries) accounts() {
	p := e.facts.Page
	for _, in := range e.facts.contacts() {
		b := &p.Blocks[in.block]
		for _, c := range in.found {
			if c.kind != contactBank || c.sample || !e.mayAsk() || e.toldMoney(b.Start-accountReach, b.End) {
				continue
			}
			c.start += b.Start
			c.end += b.Start
			e.add(saleEntry{pos: c.start, key: c.key(), to: c.masked(), way: entryAccount, deal: dealBuy, block: b, account: &c})
		}
	}
}

// toldMoney reports whether a phrase about paying begins in [from, to).
func (e *saleEntries) toldMoney(from, to int) bool {
	return slices.ContainsFunc(e.words.between(from, to), func(h phrase) bool {
		return h.term.Concept == "account" || h.term.Concept == "pay"
	})
}

// accountReason is what is wrong with the number of an account in a description.
func accountReason() record.Text {
	return record.Text{ZH: "写有银行账号", EN: "the number of a bank account"}
}

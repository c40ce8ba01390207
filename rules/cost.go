package rules

import (
	"strings"

	"marketwarden/scanners/page"
)

// ReasonFree says that the rule is about what is sold for money, and this costs nothing.
const ReasonFree = "free"

// cost is whether something is sold for money.
type cost int

const (
	costUnknown cost = iota
	costFree
	costPaid
)

// costOf reads a price as catalogues and pages state it. A price of nothing "and up" has
// dearer editions.
func costOf(price string) cost {
	zero := false
	for _, r := range price {
		switch {
		case '1' <= r && r <= '9', '１' <= r && r <= '９':
			return costPaid
		case r == '0' || r == '０':
			zero = true
		}
	}
	switch {
	case zero && strings.Contains(price, "起"):
		return costPaid
	case zero, strings.Contains(price, "免费"), strings.EqualFold(strings.TrimSpace(price), "free"):
		return costFree
	}
	return costUnknown
}

// or is what two sources say together: one that asks for money decides, then one that
// says anything.
func (c cost) or(other cost) cost { return max(c, other) }

// pageCost is what the page shows as its price.
func pageCost(p *page.Page) cost {
	c := costUnknown
	for i := range p.Blocks {
		if b := &p.Blocks[i]; b.Field == "price" && !b.Hidden {
			c = c.or(costOf(p.Text[b.Start:b.End]))
		}
	}
	return c
}

package rules

import (
	"slices"
	"sort"
	"strings"

	"marketwarden/internal/record"
	"marketwarden/scanners/page"
)

// linkSpan is where the words of a link stand in the text.
type linkSpan struct{ start, end int }

// texts judges the addresses written as text, where words around them say what they are
// for. Those that are the words of a link are judged as that link.
func (e *saleEntries) texts() {
	p := e.facts.Page
	for i := range p.Links {
		if l := &p.Links[i]; l.Field != "" && l.Text != "" {
			e.spans = append(e.spans, linkSpan{l.Pos, l.Pos + len(l.Text)})
		}
	}
	slices.SortFunc(e.spans, func(a, b linkSpan) int { return a.start - b.start })
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Field == "" || codeBlock(b) {
			continue
		}
		if found := e.facts.addressesIn(b); len(found) > 0 && mayDeal(p.Text[b.Start:b.End]) {
			e.block(b, found)
		}
	}
}

// block judges the addresses written in a block.
func (e *saleEntries) block(b *page.Block, found []textAddress) {
	for _, a := range found {
		start, end := b.Start+a.start, b.Start+a.end
		where, target := e.out.whereTo(a.url)
		if where == inside || !a.sure || e.onLink(start) {
			continue
		}
		if !e.mayAsk() {
			return
		}
		d, itself := e.words.around(start, end)
		if d == dealNone {
			continue
		}
		n := saleEntry{pos: start, to: e.facts.Profile.Canonical(target), way: entrySays, deal: d, itself: itself, block: b, addr: a}
		if where != outside {
			n.way = entryStorage
		}
		e.add(n)
	}
}

// onLink reports whether the offset lies in the words of a link.
func (e *saleEntries) onLink(at int) bool {
	const nested = 8 // links that begin at one place
	i := sort.Search(len(e.spans), func(i int) bool { return e.spans[i].start > at })
	for k := i - 1; k >= 0 && k >= i-nested; k-- {
		if at < e.spans[k].end {
			return true
		}
	}
	return false
}

// findings are the entries by target and the texts by what they ask for, in page order.
// complete is false when there are more than a result holds.
func (e *saleEntries) findings(part string) (out []record.Finding, complete bool) {
	slices.SortStableFunc(e.found, func(a, b saleEntry) int { return a.pos - b.pos })
	groups := map[string][]*saleEntry{}
	var order []string
	for i := range e.found {
		n := &e.found[i]
		if groups[n.key] == nil {
			order = append(order, n.key)
		}
		groups[n.key] = append(groups[n.key], n)
	}
	complete = len(order) <= maxTargets
	for _, key := range order[:min(len(order), maxTargets)] {
		out = append(out, e.finding(part, groups[key]))
	}
	return append(out, e.asking(part)...), complete
}

// finding makes one finding of all entries to a target.
func (e *saleEntries) finding(part string, found []*saleEntry) record.Finding {
	worst := found[0]
	for _, n := range found {
		if n.way.outcome() == record.Violation && worst.way.outcome() != record.Violation {
			worst = n
		}
	}
	for _, n := range found {
		worst.itself = worst.itself || n.itself
	}
	fi := record.Finding{
		Outcome: worst.way.outcome(), Discriminator: worst.key, Part: part, Count: len(found),
		Expected: saleExpected(), Found: record.Same(worst.to), Reason: worst.reason(), Ask: worst.way.ask(),
	}
	if worst.button != nil {
		fi.Found = record.Same(oneLine(worst.button.Text))
	}
	for _, n := range found[:min(len(found), record.MaxOccurrences)] {
		fi.Occurrences = append(fi.Occurrences, e.occurrence(n))
	}
	return fi
}

func saleExpected() record.Text {
	return record.Text{ZH: "购买、充值、续费都通过云市场进行", EN: "buying, topping up and renewing go through the marketplace"}
}

// ask is what a reviewer has to look at.
func (w entryWay) ask() record.Text {
	switch w {
	case entrySays, entryShop, entryPay:
		return record.Text{}
	case entryAddress:
		return record.Text{ZH: "只从网址看来如此，请人工核实", EN: "so it seems by the address alone; a person must look"}
	case entryAccount:
		return record.Text{ZH: "请人工核实是否用于在云市场之外收款", EN: "a person must look whether buyers are to pay to it"}
	case entryStorage, entryButton:
	}
	return record.Text{ZH: "请人工核实", EN: "a person must look"}
}

func (n *saleEntry) reason() record.Text {
	kind := record.Text{ZH: "购买", EN: "purchase"}
	switch n.deal {
	case dealTopUp:
		kind = record.Text{ZH: "充值", EN: "top-up"}
	case dealRenew:
		kind = record.Text{ZH: "续费", EN: "renewal"}
	case dealBuy, dealNone:
	}
	var t record.Text
	switch n.way {
	case entrySays:
		t = record.Text{ZH: kind.ZH + "入口指向云市场之外", EN: "a " + kind.EN + " entry leads off the marketplace"}
	case entryShop:
		t = record.Text{ZH: "入口指向其他平台的店铺或商品", EN: "an entry to a shop or an offer on another platform"}
	case entryPay:
		t = record.Text{ZH: "入口指向云市场之外的收款页面", EN: "an entry to where money is taken outside the marketplace"}
	case entryAddress:
		t = record.Text{ZH: "链接地址用于下单、付款或续费", EN: "the address is for ordering, paying or renewing"}
	case entryStorage:
		t = record.Text{ZH: kind.ZH + "入口指向用户内容，或没有写明去向", EN: "a " + kind.EN + " entry leads to user content or does not say where"}
	case entryButton:
		t = record.Text{ZH: kind.ZH + "按钮的去向由脚本决定", EN: "a script decides where a " + kind.EN + " button leads"}
	case entryAccount:
		t = accountReason()
	}
	if n.itself {
		t.ZH += "；涉及本商品自身的交易，同时违反第 14 条"
		t.EN += "; it concerns the listing itself and so breaks clause 14 as well"
	}
	return t
}

func (e *saleEntries) occurrence(n *saleEntry) record.Occurrence {
	p := e.facts.Page
	switch {
	case n.link != nil:
		return linkOccurrence(p, n.link)
	case n.account != nil:
		return e.words.occurrence(n.account.start, n.account.end)
	case n.button != nil:
		words := cut(oneLine(n.button.Text), snippetMost)
		return record.Occurrence{
			URL: pageAddress(p), Field: n.button.Field, Selector: p.Selector(n.button.Node),
			Snippet: words, Mark: [2]int{0, len(words)}, Span: [2]int{n.pos, n.pos + len(words)},
		}
	}
	return textOccurrence(p, n.block, n.addr)
}

// asking are the texts that send people elsewhere, by what they ask for. A sentence that
// holds an entry is reported as that, and one that wants buyers to go around the
// marketplace for a better price by rule off-platform-contact alone.
func (e *saleEntries) asking(part string) []record.Finding {
	if len(e.words.phrases) == 0 {
		return nil
	}
	around := readSteering(e.facts, familyContact)
	var hits []phrase
	for _, h := range e.words.phrases {
		if e.covered(&h) || around.bargains(&h) {
			continue
		}
		if n := len(hits); n > 0 && h.start < hits[n-1].end { // one clause is one fault
			if saleWeight(&h) > saleWeight(&hits[n-1]) {
				hits[n-1] = h
			}
			continue
		}
		hits = append(hits, h)
	}
	return e.words.findings(part, hits)
}

// bargains reports whether the sentence of h goes around the marketplace for a better price.
func (s *steering) bargains(h *phrase) bool {
	return cheaper(s.page.Text[h.from:h.to]) && slices.ContainsFunc(s.between(h.from, h.to), func(c phrase) bool {
		return c.term.Concept == "bypass" && !c.maybe()
	})
}

// cheaper reports whether words speak of a better price.
func cheaper(words string) bool {
	return slices.ContainsFunc([]string{"更低", "更便宜", "更优惠", "更划算", "更实惠", "优惠价", "可省", "省下", "省去", "省掉", "折扣", "低价"}, func(w string) bool {
		return strings.Contains(words, w)
	})
}

// saleWeight prefers what says more of the same words.
func saleWeight(h *phrase) int {
	w := 0
	switch h.term.Concept {
	case "account":
		w = 4
	case "shop":
		w = 3
	case "pay":
		w = 2
	case "renew":
		w = 1
	}
	if !h.maybe() {
		w += 8
	}
	return w
}

// covered reports whether an entry stands in the sentence of a phrase. The entries are in
// page order.
func (e *saleEntries) covered(h *phrase) bool {
	i := sort.Search(len(e.found), func(i int) bool { return e.found[i].pos >= h.from })
	for ; i < len(e.found) && e.found[i].pos < h.to; i++ {
		if e.found[i].way != entryAddress {
			return true
		}
	}
	return false
}

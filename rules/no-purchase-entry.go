package rules

import (
	"strings"
	"unicode/utf8"

	"marketwarden/internal/record"
	"marketwarden/scanners/page"
)

// noPurchaseEntry is a part of clause 10(6): the product page on the provider's website
// has a purchase entry: a link, form or button that says so, in text or label. Where it
// leads is the question of no-marketplace-backlink; one that leads to the listing's detail
// page is an entry whatever it says, and one that leads to the marketplace is one when
// the passage it stands in speaks of buying.
//
// What cannot be seen or is disabled is no entry. A free trial, a price list, a quotation
// or a talk with sales is none either, nor are how-tos, records of past purchases and
// subscriptions of news; the finding names them. An entry that stands in the frame of
// every page of the site is the site's and not the product's: suspected.
func noPurchaseEntry(f *Facts) record.Result {
	if res := noPage(f); res != nil {
		return *res
	}
	part := productPart(f)
	e := &entries{facts: f, target: newTarget(f.Profile, &f.Listing)}
	if f.Site != nil {
		e.common = f.Site.Common
	}
	if e.links() || e.buttons() {
		return pass(part)
	}
	if f.Page.Truncated != "" {
		return truncated(f.Page)
	}
	return accuse(part, e.finding(part))
}

// entries looks for the purchase entry of a page and keeps what comes near.
type entries struct {
	target

	facts  *Facts
	common *page.Common

	site, hidden, near []record.Occurrence
}

// links looks at the links and forms and reports whether one is the entry.
func (e *entries) links() bool {
	p := e.facts.Page
	disabled := map[page.Node]bool{}
	for i := range p.Buttons {
		disabled[p.Buttons[i].Node] = p.Buttons[i].Disabled
	}
	for i := range p.Links {
		l := &p.Links[i]
		if l.URL == nil || !isEntry(l) || disabled[l.Node] {
			continue
		}
		says := entryWords(l.Text)
		if l.Kind == page.LinkForm {
			says = entryNothing // its buttons speak for it
		}
		switch detail := e.is(l.URL); {
		case !detail && says != entryBuys && (!e.profile.IsMarketHost(l.URL.Host()) || !e.aboutBuying(l)):
			if says == entryNear && !l.Hidden && !frame(l.Zone) {
				e.near = append(e.near, linkOccurrence(p, l))
			}
		case l.Hidden:
			e.hidden = append(e.hidden, linkOccurrence(p, l))
		case !detail && frame(l.Zone) && e.common.Link(l):
			e.site = append(e.site, linkOccurrence(p, l))
		default:
			return true
		}
	}
	return false
}

// aboutBuying reports whether the passage that a link stands in speaks of buying.
func (e *entries) aboutBuying(l *page.Link) bool {
	p := e.facts.Page
	for i := range p.Blocks {
		if b := &p.Blocks[i]; b.Start <= l.Pos && l.Pos <= b.End && !b.Hidden {
			text := p.Text[b.Start:b.End]
			if anyOf(plain(text), buyWords()) {
				return true
			}
		}
	}
	return false
}

// buttons looks at what can be clicked without being a link.
func (e *entries) buttons() bool {
	p := e.facts.Page
	for i := range p.Buttons {
		b := &p.Buttons[i]
		says := entryWords(b.Text)
		if says == entryNothing {
			continue
		}
		o := record.Occurrence{
			URL: pageAddress(p), Field: b.Field, Selector: p.Selector(b.Node),
			Snippet: cut(oneLine(b.Text), snippetMost),
		}
		o.Mark[1] = len(o.Snippet)
		switch {
		case says == entryNear:
			if !b.Hidden && !frame(b.Zone) {
				e.near = append(e.near, o)
			}
		case b.Hidden || b.Disabled:
			e.hidden = append(e.hidden, o)
		default:
			return true
		}
	}
	return false
}

// finding says what the page has instead, the nearest miss first.
func (e *entries) finding(part string) record.Finding {
	fi := record.Finding{
		Outcome: record.Violation, Discriminator: "purchase-entry", Part: part,
		Expected: record.Text{ZH: "产品页上有可见、可用的购买入口（链接或按钮）", EN: "the product page has a purchase entry, a link or button that can be seen and used"},
		Reason:   record.Text{ZH: "没有链接或按钮写明购买、订购、开通等", EN: "no link or button says buy, order, subscribe or the like"},
	}
	switch {
	case len(e.site) > 0:
		fi.Outcome = record.Suspected
		fi.Found = record.Text{ZH: "只有全站页头、页脚或导航里的购买入口", EN: "has only an entry that stands in the frame of every page of the site"}
		fi.Reason = record.Text{ZH: "该产品没有自己的购买入口", EN: "the product has no purchase entry of its own"}
		fi.Ask = record.Text{ZH: "该入口是否可以购买该产品须人工核实", EN: "a person must look whether the product can be bought by it"}
		fi.Occurrences = e.site
	case len(e.hidden) > 0:
		fi.Found = record.Text{ZH: "购买入口对访客不可见或不可用", EN: "the purchase entry cannot be seen or used by visitors"}
		fi.Occurrences = e.hidden
	case len(e.near) > 0:
		fi.Found = record.Text{ZH: "只有试用、询价、咨询等入口，不能购买", EN: "has only entries for a trial, a quotation or a talk with sales, not to buy"}
		fi.Occurrences = e.near
	default:
		fi.Found = record.Text{ZH: "没有购买入口", EN: "has no purchase entry"}
	}
	return fi
}

// entryText is what the text of a link or button offers.
type entryText int

const (
	entryNothing entryText = iota
	entryNear              // something that comes before buying
	entryBuys
)

const maxEntryRunes = 30 // of the text of an entry; longer ones are sentences and titles

// entryWords reads the text of a link or button.
func entryWords(text string) entryText {
	words := plain(text)
	if words == "" || utf8.RuneCountInString(words) > maxEntryRunes || strings.ContainsAny(text, "?？") {
		return entryNothing
	}
	if anyOf(words, []string{
		"吗", "哪", "是否", "如何", "怎么", "指南", "须知", "流程", "说明", "教程", "记录", "常见问题", "政府采购", "采购公告", "招标", "协议", "条款", "攻略", "已购", "购买前", "订阅号",
		"新闻订阅", "邮件订阅", "订阅邮件", "订阅我们", "rss", "newsletter", "how to", "guide", "faq", "history", "in order",
	}) {
		return entryNothing
	}
	if buys(words) {
		return entryBuys
	}
	if anyOf(words, []string{
		"试用", "体验", "价格", "报价", "询价", "咨询", "联系销售", "联系我们", "预约", "演示", "申请", "获取", "使用", "trial", "demo", "pricing", "price", "quote",
		"contact sales", "get started", "try ",
	}) && utf8.RuneCountInString(words) <= maxEntryRunes/2 {
		return entryNear
	}
	return entryNothing
}

func buyWords() []string {
	return []string{
		"购买", "订购", "下单", "开通", "选购", "抢购", "采购", "订阅", "购物车", "付款", "付费", "续费", "去买", "买断", "直接买", "立即买", "马上买",
	}
}

// buys reports whether a link says that it is about buying; plain.
func buys(words string) bool {
	if anyOf(words, buyWords()) {
		return true
	}
	for _, w := range []string{"buy", "order", "subscribe", "purchase", "checkout", "add to cart", "shop now"} {
		if containsWord(words, w) {
			return true
		}
	}
	return false
}

// marketWords reports whether a link says that it leads to a marketplace; plain.
func marketWords(words string) bool {
	return strings.Contains(words, "云市场") || strings.Contains(words, "marketplace")
}

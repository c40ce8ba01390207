package rules

import (
	"slices"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/scanners/page"
)

// finding says what the page has instead of the entry: the nearest miss first.
func (b *backlink) finding(part string) record.Finding {
	p := b.facts.Page
	fi := record.Finding{
		Outcome: record.Violation, Discriminator: "marketplace-entry", Part: part,
		Expected: record.Text{ZH: "有一个可见的购买入口链接到该商品的详情页", EN: "a visible entry leads to the listing's detail page"},
	}
	if b.detail != "" {
		fi.Expected.ZH += "（" + b.detail + "）"
		fi.Expected.EN += " (" + b.detail + ")"
	}
	addLinks := func(links []*page.Link) {
		for _, l := range links {
			fi.Occurrences = append(fi.Occurrences, linkOccurrence(p, l))
		}
	}
	written := b.written()
	switch {
	case len(b.maybe) > 0:
		fi.Outcome = record.Suspected
		fi.Found = record.Text{ZH: "入口要经过站外或自有的跳转地址", EN: "the entry passes through a redirect that is not the platform's"}
		fi.Reason = record.Text{ZH: "该入口没有直接链接到该商品的详情页", EN: "it does not link to the listing's detail page directly"}
		fi.Ask = record.Text{ZH: "未跟随跳转，无法确定是否到达该商品的详情页，请人工核实", EN: "the redirect was not followed, so whether it reaches the listing is not known; a person must look"}
		addLinks(b.maybe)
	case len(b.hidden) > 0:
		fi.Found = record.Text{ZH: "指向该商品的链接对访客不可见", EN: "the link to the listing cannot be seen by visitors"}
		fi.Reason = record.Text{ZH: "隐藏的链接不是购买入口", EN: "a hidden link is no entry"}
		addLinks(b.hidden)
	case len(written) > 0:
		fi.Found = record.Text{ZH: "该商品的地址只写成了文字，不能点击", EN: "the listing's address is only written as text and cannot be followed"}
		fi.Reason = record.Text{ZH: "没有链接指向该商品的详情页", EN: "no link leads to the listing's detail page"}
		fi.Occurrences = written
	case len(b.wrong) > 0:
		kinds := b.wrongKinds()
		fi.Found = record.Text{ZH: "只链接到：" + kinds.ZH, EN: "links only to " + kinds.EN}
		fi.Reason = record.Text{ZH: "这些链接都不通往该商品的详情页", EN: "none of them leads to the listing's detail page"}
		for _, w := range b.wrong {
			fi.Occurrences = append(fi.Occurrences, linkOccurrence(p, w.link))
		}
	default:
		fi.Found = record.Text{ZH: "页面上没有通往云市场的链接", EN: "the page has no link to the marketplace"}
		fi.Reason = record.Text{ZH: "没有链接指向该商品的详情页", EN: "no link leads to the listing's detail page"}
	}
	return fi
}

// wrongKinds names each kind of wrong link once, in page order.
func (b *backlink) wrongKinds() record.Text {
	var seen []record.Text
	for _, w := range b.wrong {
		if !slices.Contains(seen, w.what) {
			seen = append(seen, w.what)
		}
	}
	out := seen[0]
	for _, t := range seen[1:min(len(seen), maxKindsNamed)] {
		out.ZH += "、" + t.ZH
		out.EN += ", " + t.EN
	}
	if len(seen) > maxKindsNamed {
		out.ZH += " 等"
		out.EN += " and others"
	}
	return out
}

const maxKindsNamed = 8

// written are the places where the right address stands as text. Pages have much text
// and few addresses, so this is asked only when there is no entry.
func (b *backlink) written() []record.Occurrence {
	p := b.facts.Page
	var out []record.Occurrence
	for i := range p.Blocks {
		bl := &p.Blocks[i]
		for _, a := range findAddresses(p.Text[bl.Start:bl.End]) {
			if kind := b.facts.Profile.Classify(a.url).Kind; kind == market.AddrForeign && b.detail == "" {
				continue
			}
			if b.is(a.url) {
				out = append(out, textOccurrence(p, bl, a))
			}
		}
	}
	return out
}

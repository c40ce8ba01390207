package rules

import (
	"strings"

	"marketwarden/scanners/page"
)

// deal is what an entry is for.
type deal string

const (
	dealNone  deal = ""
	dealBuy   deal = "buy"
	dealTopUp deal = "top-up"
	dealRenew deal = "renew"
)

// dealOf is the deal that a concept of the term file stands for; better prices and quotes
// are none.
func dealOf(concept string) deal {
	switch concept {
	case "renew":
		return dealRenew
	case "top-up":
		return dealTopUp
	case "buy", "pay":
		return dealBuy
	}
	return dealNone
}

// worthier prefers what says more: renewing to topping up to buying.
func worthier(a, b deal) deal {
	rank := func(d deal) int {
		switch d {
		case dealRenew:
			return 3
		case dealTopUp:
			return 2
		case dealBuy:
			return 1
		case dealNone:
		}
		return 0
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// ofLabel is what the words of a link or a button say it is for, and whether they name
// the listing itself.
func (s *steering) ofLabel(words string) (d deal, itself bool) {
	hits, _ := s.deals.Find(cut(words, 4*maxLabel))
	for _, h := range hits {
		d = worthier(d, dealOf(h.Term.Concept))
	}
	return d, d != dealNone && (d == dealRenew || s.namesItself(words))
}

// namesItself reports whether words name the listing they stand on.
func (s *steering) namesItself(words string) bool {
	if len(s.title) >= 6 && strings.Contains(words, s.title) {
		return true
	}
	for _, w := range []string{"本产品", "本商品", "该商品", "该产品", "此商品", "此产品", "本软件", "本服务", "本系统", "本插件", "本镜像", "本应用"} {
		if strings.Contains(words, w) {
			return true
		}
	}
	return false
}

// ofLink is what a link is for by its words and, where these say nothing, by those around
// it.
func (s *steering) ofLink(l *page.Link) (d deal, itself bool) {
	if d, itself = s.ofLabel(l.Text); d != dealNone || aboutPapers(l.Text) {
		return d, itself
	}
	end := l.Pos
	if l.Text != "" && strings.HasPrefix(s.page.Text[min(l.Pos, len(s.page.Text)):], l.Text) {
		end += len(l.Text)
	}
	return s.around(l.Pos, end)
}

// aboutPapers reports whether a label names something to read or to try.
func aboutPapers(label string) bool {
	label = strings.ToLower(label)
	for _, w := range []string{"手册", "文档", "说明", "教程", "指南", "帮助", "演示", "试用", "案例", "协议", "doc", "manual", "guide", "demo", "faq"} {
		if strings.Contains(label, w) {
			return true
		}
	}
	return false
}

// Bounds of the words around an address that say what it is for, in bytes.
const (
	reachBefore = 48
	reachAfter  = 30
)

// around is what the words around [start, end) say that it is for: before it, leading up
// to it ("购买地址：", "续费请登录"), or right after it ("访问…续费").
func (s *steering) around(start, end int) (d deal, itself bool) {
	i := s.blockAt(start)
	if i == len(s.page.Blocks) || start < s.page.Blocks[i].Start {
		return dealNone, false
	}
	b, text := &s.page.Blocks[i], s.page.Text
	from, to := max(b.Start, start-2*reachBefore), min(b.End, end+reachAfter)
	before := text[max(from, start-reachBefore):start]
	for _, h := range s.dealsIn(from, to) {
		kind := dealOf(h.term.Concept)
		switch {
		case kind == dealNone:
			continue
		case h.end <= start && start <= h.to && start-h.end <= reachBefore && leadsUp(text[h.end:start]):
		case h.start >= end && h.from <= end && !strings.ContainsAny(text[end:h.start], "，。；,;") && callsOn(before):
		default:
			continue
		}
		d = worthier(d, kind)
		itself = itself || kind == dealRenew || s.namesItself(text[h.from:h.to])
	}
	return d, itself
}

// leadsUp reports whether the words between a deal and an address lead from one to the
// other.
func leadsUp(gap string) bool {
	if strings.ContainsAny(gap, "，。；,;！？") {
		return false
	}
	gap = strings.TrimRight(gap, " “\"「（(")
	return gap == "" || strings.HasSuffix(gap, "：") || strings.HasSuffix(gap, ":") || callsOn(gap)
}

// callsOn reports whether words ask to go somewhere.
func callsOn(words string) bool {
	for _, w := range []string{"点击", "访问", "前往", "进入", "打开", "登录", "登陆", "请", "戳", "入口", "链接", "地址", "网址", "官网", "visit", "click", "go to"} {
		if strings.Contains(words, w) {
			return true
		}
	}
	return false
}

// mayDeal reports cheaply whether a text may speak of a deal, plainly written.
func mayDeal(text string) bool {
	for _, w := range []string{"购", "購", "续", "續", "充值", "储值", "下单", "下單", "付", "结算", "buy", "Buy", "BUY", "urchase", "rder", "enew", "harge", "heckout", "op up"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

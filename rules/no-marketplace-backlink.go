package rules

import (
	"strings"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// noMarketplaceBacklink is a part of clause 10(6): the page on the provider's own website
// that presents a listing offers an entry to buy it, which leads to that listing's detail
// page on the marketplace.
//
// One right entry anywhere on the page is enough: a link, an area, a form, a jump by
// script or a data attribute that scripts follow. Right is an address with the listing's
// product code, whatever its shape and tracking parameters, also behind a redirector of
// the platform that names it. What stands in the head, embeds or merely loads is no
// entry, and neither is one that visitors cannot see nor an address that is only text.
//
// Where the only candidates are redirectors of others (short links, or an address of the
// site that carries the right one as a parameter) nothing is sure without following
// them: suspected. Pages of the provider's own site are not entries to the marketplace,
// wherever their own entries lead.
//
// Whether there is a product page at all, and whether the address is alive, are
// questions of other rules.
func noMarketplaceBacklink(f *Facts) record.Result {
	if f.Listing.Status == market.StatusOffSale || !f.Listing.DelistedAt.IsZero() {
		return notApplicable(record.ReasonNotOnSale, "商品不在售", "the listing is not on sale")
	}
	if f.Listing.ProductPageURL == "" && f.Page == nil && f.PageProblem == nil {
		return notChecked(record.ReasonNotDeclared,
			"服务商没有登记该商品在官网上的产品页；是否存在这样的页面，本规则不作判断",
			"no product page is on file for the listing; whether there is one, this rule does not judge")
	}
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	b := newBacklink(f)
	if len(b.codes) == 0 && b.detail == "" {
		return notChecked(record.ReasonNoInput, "不知道商品的编码或详情页地址", "neither the listing's product code nor its detail address is known")
	}
	p := f.Page
	part := pagePart(f, f.Listing.ProductPageURL)
	for i := range p.Links {
		if b.link(&p.Links[i]) {
			return pass(part)
		}
	}
	if p.Truncated != "" {
		return truncated(p)
	}
	return accuse(part, b.finding(part))
}

// backlink looks for the entry to one listing.
type backlink struct {
	facts  *Facts
	codes  []string // product codes that mean the listing
	detail string   // its canonical detail address, for markets whose shapes are not known

	hidden []*page.Link // right, but not to be seen
	maybe  []*page.Link // would have to be followed
	wrong  []wrongLink
}

type wrongLink struct {
	link *page.Link
	what record.Text
}

func newBacklink(f *Facts) *backlink {
	b := &backlink{facts: f}
	if f.Listing.ID != "" {
		b.codes = append(b.codes, f.Listing.ID)
	}
	if u, err := weburl.Parse(f.Listing.DetailURL); err == nil {
		b.detail = f.Profile.Canonical(u)
		if a := f.Profile.Classify(u); a.Kind == market.AddrDetail {
			b.codes = append(b.codes, a.Code)
		}
	}
	return b
}

// right reports whether an address is the listing's detail page.
func (b *backlink) right(u *weburl.URL) bool {
	for _, c := range b.codes {
		if b.facts.Profile.HasCode(u, c) {
			return true
		}
	}
	return b.detail != "" && b.facts.Profile.Canonical(u) == b.detail
}

// link looks at one link and reports whether it is the entry.
func (b *backlink) link(l *page.Link) bool {
	if l.URL == nil || !isEntry(l) {
		return false
	}
	switch right := b.right(l.URL); {
	case right && !l.Hidden:
		return true
	case right:
		b.hidden = append(b.hidden, l)
	case b.carries(l.URL), shortener(l.URL.Host()) && buys(l.Text):
		b.maybe = append(b.maybe, l)
	default:
		if what := b.wrongKind(l.URL); !what.IsZero() {
			b.wrong = append(b.wrong, wrongLink{l, what})
		}
	}
	return false
}

// isEntry reports whether a visitor can go somewhere by the link.
func isEntry(l *page.Link) bool {
	switch l.Kind {
	case page.LinkA, page.LinkArea, page.LinkForm, page.LinkFormAction, page.LinkSVG, page.LinkHandler, page.LinkScript:
		return true
	case page.LinkData:
		return dataWay(l.Attr) != howLoad
	case page.LinkIframe, page.LinkFrame, page.LinkObject, page.LinkEmbed, page.LinkMetaRefresh, page.LinkBase,
		page.LinkCite, page.LinkPing, page.LinkRel,
		page.LoadImage, page.LoadScript, page.LoadStyle, page.LoadMedia, page.LoadCSS:
	}
	return false
}

// carries reports whether a parameter of a foreign address is the right address.
func (b *backlink) carries(u *weburl.URL) bool {
	if b.facts.Profile.IsOwn(u) || u.RawQuery() == "" {
		return false
	}
	for pair := range strings.SplitSeq(u.RawQuery(), "&") {
		name, _, _ := strings.Cut(pair, "=")
		value, ok := u.Param(name)
		if !ok || !strings.Contains(value, "://") {
			continue
		}
		if to, err := weburl.Parse(value); err == nil && b.right(to) {
			return true
		}
	}
	return false
}

// shortener: services whose addresses say nothing about where they lead.
func shortener(host string) bool {
	switch strings.TrimPrefix(host, "www.") {
	case "t.cn", "dwz.cn", "url.cn", "suo.im", "suo.nz", "3.cn", "bit.ly", "t.co", "is.gd", "tinyurl.com", "goo.gl":
		return true
	}
	return false
}

// buys reports whether a link says that it is about buying or about the marketplace.
func buys(text string) bool {
	text = strings.ToLower(text)
	for _, w := range []string{"购买", "订购", "下单", "开通", "选购", "云市场", "buy", "order", "subscribe", "purchase", "marketplace"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// wrongKind says what an address of a marketplace is that is not the listing's detail
// page; the zero Text for addresses that have nothing to do with one.
func (b *backlink) wrongKind(u *weburl.URL) record.Text {
	a := b.facts.Profile.Classify(u)
	if a.Kind == market.AddrRedirector && a.Target != nil {
		a = b.facts.Profile.Classify(a.Target)
	}
	switch a.Kind {
	case market.AddrDetail:
		return record.Text{ZH: "另一个商品（" + a.Code + "）", EN: "another listing (" + a.Code + ")"}
	case market.AddrStore:
		return record.Text{ZH: "店铺", EN: "a store"}
	case market.AddrSearch:
		return record.Text{ZH: "搜索页", EN: "a search page"}
	case market.AddrCampaign:
		return record.Text{ZH: "活动页", EN: "a campaign page"}
	case market.AddrMarketHome:
		return record.Text{ZH: "云市场首页或类目页", EN: "the marketplace's home or a category page"}
	case market.AddrRedirector:
		return record.Text{ZH: "去向不明的跳转地址", EN: "a redirect that does not say where it leads"}
	case market.AddrOwn:
		return record.Text{ZH: "平台的其他页面（" + u.Host() + "）", EN: "another page of the platform (" + u.Host() + ")"}
	case market.AddrUserContent, market.AddrForeign:
	}
	if foreignMarket(u) {
		return record.Text{ZH: "其他平台的市场（" + u.Host() + "）", EN: "the marketplace of another platform (" + u.Host() + ")"}
	}
	return record.Text{}
}

// foreignMarket reports whether an address belongs to another cloud's marketplace.
func foreignMarket(u *weburl.URL) bool {
	host, path := u.Host(), strings.ToLower(u.Path())
	switch host {
	case "marketplace.huaweicloud.com", "market.cloud.tencent.com", "azuremarketplace.microsoft.com",
		"appsource.microsoft.com", "market.baidu.com", "marketplace.volcengine.com", "market.jdcloud.com":
		return true
	case "aws.amazon.com", "cloud.tencent.com", "www.amazonaws.cn", "cloud.baidu.com", "console.cloud.google.com":
		return strings.HasPrefix(path, "/market")
	}
	return false
}

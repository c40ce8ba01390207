package rules

import (
	"regexp"
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
// Where the only candidates are redirects (short links, an address that carries the right
// one as a parameter, an entry of the site such as /go/buy) they have to be followed
// (backlinkNeeds): where one leads decides. Not followed, they are suspected. Pages of the
// provider's own site are no entries to the marketplace, wherever their own entries lead.
//
// Whether there is a product page at all is the question of no-product-page, whether it
// has a purchase entry that of no-purchase-entry: a page without any has both faults.
func noMarketplaceBacklink(f *Facts) record.Result {
	if res := noPage(f); res != nil {
		return *res
	}
	b := &backlink{facts: f, target: newTarget(f.Profile, &f.Listing)}
	if !b.known() {
		return notChecked(record.ReasonNoInput, "不知道商品的编码或详情页地址", "neither the listing's product code nor its detail address is known")
	}
	p := f.Page
	part := productPart(f)
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
	target

	facts  *Facts
	hidden []*page.Link // right, but not to be seen
	maybe  []*page.Link // would have to be followed
	wrong  []wrongLink
}

type wrongLink struct {
	link *page.Link
	what record.Text
}

// link looks at one link and reports whether it is the entry.
func (b *backlink) link(l *page.Link) bool {
	if l.URL == nil || !isEntry(l) {
		return false
	}
	to, followed := l.URL, false
	if probe, ok := b.facts.Probes[l.URL.String()]; ok && probe.Final != nil {
		to, followed = probe.Final, true
	}
	switch right := b.is(to); {
	case right && !l.Hidden:
		return true
	case right:
		b.hidden = append(b.hidden, l)
	case !followed && b.redirects(l):
		b.maybe = append(b.maybe, l)
	default:
		if what := b.wrongKind(to); !what.IsZero() {
			b.wrong = append(b.wrong, wrongLink{l, what})
		}
	}
	return false
}

// redirects reports whether a link may lead to the listing by a redirect.
func (b *backlink) redirects(l *page.Link) bool {
	return b.carries(l.URL) || shortener(l.URL.Host()) && entrance(l.Text) || b.sameSite(l.URL) && jump.MatchString(l.URL.Path())
}

// jump matches paths that sites use for redirects.
var jump = regexp.MustCompile(`(?i)^/(?:go|goto|jump|link|links|out|redirect|r|to|tz|url)(?:[/.]|$)`)

// sameSite reports whether an address is another page of the site that the page is on.
func (b *backlink) sameSite(u *weburl.URL) bool {
	at := b.facts.Page.URL
	return at != nil && u.Host() == at.Host() && u.Path() != at.Path()
}

// backlinkNeeds are the addresses to follow where no link of the page is the right one as
// it stands: redirects, and entries of the site itself, which may be some.
func backlinkNeeds(f *Facts) []*weburl.URL {
	if noPage(f) != nil {
		return nil
	}
	b := &backlink{facts: f, target: newTarget(f.Profile, &f.Listing)}
	if !b.known() {
		return nil
	}
	var first, then []*weburl.URL
	for i := range f.Page.Links {
		l := &f.Page.Links[i]
		if b.link(l) {
			return nil
		}
		switch {
		case l.URL == nil || l.Hidden || !isEntry(l) || !l.URL.IsHTTP():
		case b.redirects(l):
			first = append(first, l.URL)
		case b.sameSite(l.URL) && entrance(l.Text):
			then = append(then, l.URL)
		}
	}
	return append(first, then...)
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
		if to, err := weburl.Parse(value); err == nil && b.is(to) {
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

// entrance reports whether a link says that it is about buying or about the marketplace.
func entrance(text string) bool {
	words := plain(text)
	return buys(words) || marketWords(words)
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

package rules

import (
	"strings"

	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// entryWay is what makes something on a page an entry for buying outside the marketplace.
type entryWay int

const (
	entrySays    entryWay = iota // its words, or those around it, say buy, top up or renew
	entryShop                    // it leads to a shop on another platform
	entryPay                     // it leads to where money is taken
	entryAddress                 // its words say nothing; its address says order, pay, …
	entryStorage                 // its words say so; it leads to user content, or does not say where
	entryButton                  // its words say so; a script decides where it leads
	entryAccount                 // the number of a bank account, without words that ask to pay
)

func (w entryWay) outcome() record.Outcome {
	switch w {
	case entrySays, entryShop, entryPay:
		return record.Violation
	case entryAddress, entryStorage, entryButton, entryAccount:
	}
	return record.Suspected
}

// saleEntry is one place where a page lets people buy outside the marketplace.
type saleEntry struct {
	pos    int
	key    string // the discriminator
	to     string // canonical target; "" where it is unknown
	way    entryWay
	deal   deal
	itself bool // what is sold is the listing itself
	link   *page.Link
	button *page.Button
	block  *page.Block // of an address written as text
	addr   textAddress
	// account is the detail that an entryAccount is.
	account *contact
}

// saleEntries gathers the entries of a page.
type saleEntries struct {
	facts *Facts
	out   outward // knows which addresses are the platform's own
	words *steering
	found []saleEntry
	spans []linkSpan // of the words of the provider's links, in page order
	// asked counts what the terms were asked about: links, buttons and addresses. Beyond
	// maxAsked nothing more is, and full says so.
	asked int
	full  bool
}

// link judges one way the provider's words point somewhere.
func (e *saleEntries) link(l *page.Link) {
	switch l.Kind {
	case page.LinkBase, page.LinkRel, page.LinkCite, page.LinkPing, page.LinkScript:
		return // no visitor clicks on them
	case page.LinkData:
		if dataWay(l.Attr) == howLoad {
			return
		}
	default:
		if l.Kind.IsLoad() {
			return
		}
	}
	if payScheme(l.Raw) {
		e.add(saleEntry{pos: l.Pos, to: cut(oneLine(l.Raw), snippetMost), way: entryPay, deal: dealBuy, link: l})
		return
	}
	if l.URL == nil || !isWeb(l.URL.Scheme()) {
		return
	}
	where, target := e.out.whereTo(l.URL)
	n := saleEntry{pos: l.Pos, link: l, to: e.facts.Profile.Canonical(target)}
	switch {
	case where == inside && !e.facts.Profile.IsOwn(target) && shopAddress(target), where == outside && shopAddress(target):
		n.way = entryShop
	case where == outside && payAddress(target):
		n.way = entryPay
	case where == inside:
		return
	case where == outside:
		n.way = entrySays
	case where == storage || where == unknown:
		n.way = entryStorage
	}
	if !e.mayAsk() {
		return
	}
	n.deal, n.itself = e.words.ofLink(l)
	switch {
	case n.deal != dealNone:
	case n.way == entryShop || n.way == entryPay:
		n.deal = dealBuy
	case n.way == entrySays && n.deal == dealNone && dealPath(target):
		n.way, n.deal = entryAddress, dealBuy
	default:
		return
	}
	e.add(n)
}

// maxAsked bounds the links, buttons and addresses of a page whose words are judged.
const maxAsked = 4000

func (e *saleEntries) mayAsk() bool {
	e.asked++
	e.full = e.full || e.asked > maxAsked
	return !e.full
}

func (e *saleEntries) add(n saleEntry) {
	if n.key == "" {
		n.key = "entry:" + n.to
	}
	e.found = append(e.found, n)
}

// buttons judges what there is to click without an address. The platform's own button
// stands among them where the layout is unknown and every word is taken for the
// provider's; then nothing is said.
func (e *saleEntries) buttons() {
	p := e.facts.Page
	if p.Layout.Tried && !p.Layout.Matched {
		return
	}
	candidates := 0
	for i := range p.Buttons {
		b := &p.Buttons[i]
		if b.Field == "" || b.Text == "" || len(b.Text) > maxLabel {
			continue
		}
		if !e.mayAsk() {
			return
		}
		d, itself := e.words.ofLabel(b.Text)
		if d == dealNone {
			continue
		}
		if candidates++; candidates > maxTargets {
			e.full = true
			return
		}
		if e.leadsSomewhere(b) {
			continue
		}
		e.add(saleEntry{pos: buttonPos(p, b), key: "button:" + string(d), way: entryButton, deal: d, itself: itself, button: b})
	}
}

// maxLabel bounds the words of a button; what is longer is no label.
const maxLabel = 90

// leadsSomewhere reports whether the button's target is known, and so judged as a link:
// its own handler, the link or the form it stands in.
func (e *saleEntries) leadsSomewhere(b *page.Button) bool {
	p := e.facts.Page
	path := p.Selector(b.Node)
	for i := range p.Links {
		l := &p.Links[i]
		if l.Field == "" || l.URL == nil || l.Kind.IsLoad() {
			continue
		}
		if l.Node == b.Node || l.Text != "" && strings.Contains(l.Text, b.Text) && strings.HasPrefix(path, p.Selector(l.Node)) {
			return true
		}
	}
	for i := range p.Forms {
		if f := &p.Forms[i]; f.Action != nil && strings.Contains(f.Text, b.Text) && strings.HasPrefix(path, p.Selector(f.Node)) {
			return true
		}
	}
	return false
}

// buttonPos is where the words of a button stand in the text, 0 when they do not.
func buttonPos(p *page.Page, b *page.Button) int {
	for i := range p.Blocks {
		if k := &p.Blocks[i]; k.Field == b.Field {
			if j := strings.Index(p.Text[k.Start:k.End], b.Text); j >= 0 {
				return k.Start + j
			}
		}
	}
	return 0
}

// forms judges where the provider's forms send what is filled in.
func (e *saleEntries) forms() {
	p := e.facts.Page
	for i := range p.Links {
		l := &p.Links[i]
		if l.Field == "" || l.Kind != page.LinkForm || l.URL == nil {
			continue
		}
		for k := range p.Forms {
			if f := &p.Forms[k]; f.Node == l.Node {
				words := *l
				words.Text = f.Text
				e.link(&words)
				if n := len(e.found); n > 0 && e.found[n-1].link == &words {
					e.found[n-1].link = l
				}
			}
		}
	}
}

// payScheme reports whether an address opens an application to pay in it.
func payScheme(raw string) bool {
	raw = strings.ToLower(raw)
	for _, s := range []string{"alipays:", "alipay:", "wxp:", "weixin://wxpay", "weixin://pay", "upwallet:"} {
		if strings.HasPrefix(raw, s) {
			return true
		}
	}
	return false
}

// payAddress reports whether an address is one where money is taken.
func payAddress(u *weburl.URL) bool {
	switch host := u.Host(); host {
	case "qr.alipay.com", "mclient.alipay.com", "cashier.alipay.com", "qr.95516.com", "payapp.weixin.qq.com", "paypal.me",
		"buy.stripe.com", "checkout.stripe.com", "pay.weixin.qq.com":
		return host != "pay.weixin.qq.com" || !strings.HasPrefix(u.Path(), "/doc") && !strings.HasPrefix(u.Path(), "/wiki") && u.Path() != "/"
	}
	return strings.HasSuffix(u.Host(), ".paypal.com") && strings.HasPrefix(u.Path(), "/paypalme")
}

// shopAddress reports whether an address is a shop or an offer on another platform. What
// such platforms tell developers and merchants is none.
func shopAddress(u *weburl.URL) bool {
	host := u.Host()
	first, _, _ := strings.Cut(host, ".")
	switch first {
	case "open", "developer", "developers", "doc", "docs", "help", "support", "api", "mms", "dev", "rule", "rules", "service":
		return false
	}
	for _, pattern := range []string{
		"item.taobao.com", "shop*.taobao.com", "*.world.taobao.com", "2.taobao.com", "m.tb.cn",
		"tmall.com", "*.tmall.com", "goofish.com", "*.goofish.com", "detail.1688.com", "shop*.1688.com",
		"item.jd.com", "mall.jd.com", "item.m.jd.com", "shop.m.jd.com", "u.jd.com", "3.cn",
		"weidian.com", "*.weidian.com", "*.youzan.com", "*.koudaitong.com", "*.yangkeduo.com", "*.pinduoduo.com",
		"*.xiaoe-tech.com", "*.xetslk.com", "mbd.pub", "mianbaoduo.com", "afdian.com", "afdian.net", "ifdian.net",
		"market.cloud.tencent.com", "marketplace.huaweicloud.com", "marketplace.volcengine.com",
	} {
		if weburl.HostIs(host, pattern) {
			return true
		}
	}
	switch host {
	case "aws.amazon.com":
		return strings.HasPrefix(u.Path(), "/marketplace")
	case "cloud.tencent.com":
		return strings.HasPrefix(u.Path(), "/market")
	}
	return false
}

// dealPath reports whether a step of an address's path is named for buying.
func dealPath(u *weburl.URL) bool {
	for step := range strings.SplitSeq(strings.ToLower(u.Path()), "/") {
		step, _, _ = strings.Cut(step, ".")
		switch step {
		case "buy", "buynow", "purchase", "checkout", "cart", "recharge", "topup", "top-up", "renew", "renewal", "placeorder", "cashier":
			return true
		}
	}
	return false
}

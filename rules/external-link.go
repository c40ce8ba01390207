package rules

import (
	"strings"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// externalLink is the second half of clause 10(5): the pages that describe a listing,
// its cases included, embed no address outside the sites of the platform's company.
//
// It looks at the provider's words only (Field is set), never at the platform's frame
// around them.
//
//   - Anything that takes a visitor out is a violation: links and areas, forms, embedded
//     pages and objects, refreshes, jumps by script, data attributes of elements that
//     scripts turn into links, and addresses written as text, however disguised.
//   - An own address that redirects counts as what it leads to; where it does not say, a
//     person must look.
//   - Own domains on which anybody's content lies (object storage): what is loaded from
//     there passes, a link to there is suspected.
//   - What is merely loaded from outside to show the page (pictures, scripts, styles,
//     media; also lazily, from data attributes), and addresses that no visitor follows
//     (rel, cite, ping) are suspected.
//   - A link to this machine or a private network leads nowhere outside. As text, also
//     placeholders of documentation (example.com, your-domain.com, xxx.com) are nothing;
//     as a link they are an address like others.
//   - Four numbers with a port or a path but without scheme are suspected, alone nothing:
//     they may be a version.
//   - Two words around a dot that also ends sentences ("Docker。com") are suspected where
//     the first is a name in capitals or the last a word of its own (vip, shop).
//   - Schemes other than the web's (mailto, tel, applications) are contact, not addresses.
//
// The concept is the canonical target, for loads the host they come from.
func externalLink(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	p := f.Page
	part := pagePart(f, f.Listing.DetailURL)
	o := outward{facts: f, allowed: f.Params.List("external-link", "allowed_hosts")}
	for i := range p.Links {
		if l := &p.Links[i]; l.Field != "" {
			o.link(l)
		}
	}
	for i := range p.Blocks {
		if b := &p.Blocks[i]; b.Field != "" {
			o.block(b)
		}
	}
	findings, complete := o.findings(part)
	switch {
	case len(findings) == 0 && p.Truncated != "":
		return truncated(p)
	case len(findings) == 0:
		return pass(part)
	}
	res := accuse(part, findings...)
	if p.Truncated != "" || !complete { // what was not seen must not close a record
		res.Parts = nil
	}
	return res
}

// sighting is one place where an address leads out.
type sighting struct {
	pos  int
	key  string // the discriminator
	how  how
	to   string // canonical target
	via  string // the own address that leads there, "" when it is the target itself
	link *page.Link
	// For addresses written as text:
	block *page.Block
	addr  textAddress
}

// how is in which way an address leads out.
type how int

const (
	howLink how = iota
	howEmbed
	howForm
	howScript
	howText
	howDisguised
	howNumbers
	howDoubtful
	howUnknown // a redirector that does not say where it leads
	howStorage
	howUnfollowed
	howLoad
)

func (h how) outcome() record.Outcome {
	switch h {
	case howLink, howEmbed, howForm, howScript, howText, howDisguised:
		return record.Violation
	case howNumbers, howDoubtful, howUnknown, howStorage, howUnfollowed, howLoad:
	}
	return record.Suspected
}

func (h how) text() record.Text {
	switch h {
	case howLink:
		return record.Text{ZH: "链接指向站外", EN: "a link to another site"}
	case howEmbed:
		return record.Text{ZH: "内嵌了站外页面", EN: "a page of another site is embedded"}
	case howForm:
		return record.Text{ZH: "表单提交到站外", EN: "a form sends to another site"}
	case howScript:
		return record.Text{ZH: "脚本跳转到站外", EN: "a script jumps to another site"}
	case howText:
		return record.Text{ZH: "文字中写有站外网址", EN: "an address of another site is written as text"}
	case howDisguised:
		return record.Text{ZH: "文字中写有变形的站外网址", EN: "an address of another site is written in disguise"}
	case howNumbers:
		return record.Text{ZH: "文字中写有公网 IP 地址", EN: "a public IP address is written as text"}
	case howDoubtful:
		return record.Text{ZH: "文字中写有变形的站外网址", EN: "an address of another site is written in disguise"}
	case howUnknown:
		return record.Text{ZH: "跳转地址没有写明去向", EN: "a redirect that does not say where it leads"}
	case howStorage:
		return record.Text{ZH: "链接指向存放用户内容的地址", EN: "a link to user content"}
	case howUnfollowed:
		return record.Text{ZH: "标注了站外地址，访客不会直接打开", EN: "another site's address is named where visitors do not follow it"}
	case howLoad:
		return record.Text{ZH: "从站外加载图片、脚本或样式", EN: "pictures, scripts or styles are loaded from another site"}
	}
	return record.Text{}
}

// ask is what a reviewer has to look at.
func (h how) ask() record.Text {
	switch h {
	case howLink, howEmbed, howForm, howScript, howText, howDisguised:
		return record.Text{}
	case howNumbers:
		return record.Text{ZH: "也可能是别的数字，请人工核实", EN: "the numbers may be something else; a person must look"}
	case howDoubtful:
		return record.Text{ZH: "也可能不是网址，请人工核实", EN: "it may be no address; a person must look"}
	case howStorage:
		return record.Text{ZH: "请人工核实其内容", EN: "a person must look at what lies there"}
	case howUnknown, howUnfollowed, howLoad:
	}
	return record.Text{ZH: "请人工核实", EN: "a person must look"}
}

// place is what an address is to this rule.
type place int

const (
	inside place = iota
	storage
	unknown
	outside
)

// whereTo follows own redirectors as far as their addresses say.
func (o *outward) whereTo(u *weburl.URL) (place, *weburl.URL) {
	if o.facts.Profile.IsOwn(u) || o.facts.Profile.IsUserContent(u) {
		switch a := o.facts.Profile.Classify(u); a.Kind {
		case market.AddrUserContent:
			return storage, u
		case market.AddrRedirector:
			if a.Target == nil {
				return unknown, u
			}
			if a.Target.Equal(u) {
				return inside, u
			}
			return o.whereTo(a.Target)
		default:
			return inside, u
		}
	}
	if localHost(u.Host()) {
		return inside, u
	}
	for _, h := range o.allowed {
		if weburl.HostIs(u.Host(), h) {
			return inside, u
		}
	}
	return outside, u
}

// link judges one way the page points somewhere.
func (o *outward) link(l *page.Link) {
	if l.Kind == page.LinkBase { // shows in the addresses resolved by it
		return
	}
	u := l.URL
	if u == nil || !isWeb(u.Scheme()) {
		o.unreadable(l)
		return
	}
	where, target := o.whereTo(u)
	if where == inside {
		return
	}
	way := linkWay(l)
	switch {
	case way == howLoad && where == storage:
		return
	case way == howLoad:
		o.add(sighting{pos: l.Pos, key: "load:" + target.Host(), how: way, to: target.Host(), link: l})
		return
	case where == storage:
		way = howStorage
	case where == unknown:
		way = howUnknown
	}
	s := sighting{pos: l.Pos, how: way, to: o.facts.Profile.Canonical(target), link: l}
	s.key = s.to
	if !target.Equal(u) {
		s.via = o.facts.Profile.Canonical(u)
	}
	o.add(s)
}

// unreadable looks at a link whose address a browser cannot follow but a person may
// (hxxp://…).
func (o *outward) unreadable(l *page.Link) {
	if l.Kind.IsLoad() || !strings.Contains(l.Raw, "://") || strings.HasPrefix(l.Raw, "data:") {
		return
	}
	for _, a := range findAddresses(l.Raw) {
		if where, target := o.whereTo(a.url); where == outside {
			to := o.facts.Profile.Canonical(target)
			o.add(sighting{pos: l.Pos, key: to, how: howDisguised, to: to, link: l})
		}
	}
}

func isWeb(scheme string) bool {
	switch scheme {
	case "http", "https", "ftp", "ws", "wss":
		return true
	}
	return false
}

// linkWay is in which way a link takes a visitor somewhere.
func linkWay(l *page.Link) how {
	switch l.Kind {
	case page.LinkA, page.LinkArea, page.LinkSVG, page.LinkMetaRefresh:
		return howLink
	case page.LinkForm, page.LinkFormAction:
		return howForm
	case page.LinkIframe, page.LinkFrame, page.LinkObject, page.LinkEmbed:
		return howEmbed
	case page.LinkHandler, page.LinkScript:
		return howScript
	case page.LinkData:
		return dataWay(l.Attr)
	case page.LinkRel, page.LinkCite, page.LinkPing, page.LinkBase:
		return howUnfollowed
	case page.LoadImage, page.LoadScript, page.LoadStyle, page.LoadMedia, page.LoadCSS:
		return howLoad
	}
	return howLink
}

// dataWay tells by its name what scripts do with an address in a data attribute: follow
// it (data-href), load it (data-src), or something that only a person can find out.
func dataWay(attr string) how {
	name := strings.ToLower(attr)
	for _, w := range []string{"src", "img", "image", "lazy", "original", "poster", "background", "bg", "thumb", "cover"} {
		if strings.Contains(name, w) {
			return howLoad
		}
	}
	for _, w := range []string{"href", "link", "url", "jump", "goto", "target", "open", "nav", "redirect"} {
		if strings.Contains(name, w) {
			return howLink
		}
	}
	return howUnfollowed
}

// block judges the addresses written in a run of text.
func (o *outward) block(b *page.Block) {
	for _, a := range o.facts.addressesIn(b) {
		where, target := o.whereTo(a.url)
		if where == inside {
			continue
		}
		s := sighting{pos: b.Start + a.start, block: b, addr: a, to: o.facts.Profile.Canonical(target)}
		s.key = s.to
		switch {
		case where == storage:
			s.how = howStorage
		case where == unknown:
			s.how = howUnknown
		case !a.sure && a.disguised:
			s.how = howDoubtful
		case !a.sure:
			s.how = howNumbers
		case a.disguised:
			s.how = howDisguised
		default:
			s.how = howText
		}
		if !target.Equal(a.url) {
			s.via = o.facts.Profile.Canonical(a.url)
		}
		o.add(s)
	}
}

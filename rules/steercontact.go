package rules

import (
	"slices"
	"strings"

	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// approach is one place where a page draws people away, or gives them the means.
type approach struct {
	start, end int     // of the words, in Page.Text
	intent     *phrase // nil: contact data alone
	contact    *contact
	link       *page.Link
	service    bool // the sentence is about after-sales service
}

// approaches gathers them.
type approaches struct {
	facts   *Facts
	words   *steering
	allowed []string
	found   []approach
	seen    int // contact details looked at
	// complete is false when there are more than are looked at.
	complete bool
}

// gather finds the contact details of the provider's words, and joins each with what the
// words around it want; and what draws away without any.
func (a *approaches) gather() {
	p := a.facts.Page
	a.complete = true
	for _, in := range a.facts.contacts() {
		a.complete = a.complete && len(in.found) < maxContacts
		for _, c := range in.found {
			c.start += p.Blocks[in.block].Start
			c.end += p.Blocks[in.block].Start
			a.contact(in.block, c)
		}
	}
	for i := range p.Links {
		if l := &p.Links[i]; l.Field != "" && l.Raw != "" {
			a.link(l)
		}
	}
	told := map[int]bool{} // sentences that are told of already, by where they begin
	for i := range a.found {
		if h := a.found[i].intent; h != nil {
			told[h.from] = true
		}
	}
	for i := range a.words.phrases {
		if h := &a.words.phrases[i]; !told[h.from] {
			told[h.from] = true
			a.found = append(a.found, approach{start: h.start, end: h.end, intent: a.weightiest(h)})
		}
	}
}

// weightiest is the phrase that says most in the sentence that h stands in first.
func (a *approaches) weightiest(h *phrase) *phrase {
	in := a.words.between(h.start, min(h.to, h.start+sentenceReach))
	for k := range in {
		if n := &in[k]; weight(n) > weight(h) {
			h = n
		}
	}
	return h
}

// contact keeps one contact detail of block i, with what the words around it want.
func (a *approaches) contact(i int, c contact) {
	switch {
	case slices.Contains(a.allowed, c.value), c.kind == contactIdentity:
		return
	case c.kind == contactBank: // money, not a person: off-platform-sale tells of it
		return
	}
	if a.seen++; a.seen > maxContacts {
		a.complete = false
		return
	}
	b := &a.facts.Page.Blocks[i]
	field := b.Field
	h := a.intentOf(i, &c)
	if c.sample && (h == nil || !c.cued) {
		return
	}
	if h == nil && contactField(field) {
		return
	}
	n := approach{start: c.start, end: c.end, intent: h, contact: &c}
	if h == nil {
		n.service = aboutService(a.facts.Page.Text[max(b.Start, c.start-2*reachBefore):c.start])
	}
	a.found = append(a.found, n)
}

// contactField reports whether contact details are required or usual in a field.
func contactField(field string) bool {
	switch field {
	case "support", "service", "agreement", "company":
		return true
	}
	return false
}

// aboutService reports whether words are about after-sales service.
func aboutService(words string) bool {
	for _, w := range []string{"售后", "技术支持", "服务热线", "服务电话", "客服热线", "客服电话", "报修", "报障", "工作时间", "服务时间"} {
		if strings.Contains(words, w) {
			return true
		}
	}
	return false
}

// sentenceReach bounds how far from a contact detail a phrase of its sentence or of the
// block beside it may stand, in bytes.
const sentenceReach = 300

// intentOf is what the words around a contact detail want: in its sentence, else in the
// sentences and blocks beside it.
func (a *approaches) intentOf(i int, c *contact) *phrase {
	blocks := a.facts.Page.Blocks
	b := &blocks[i]
	from, to := max(b.Start, c.start-sentenceReach), min(b.End, c.end+sentenceReach)
	var best *phrase
	better := func(h *phrase) bool {
		return a.counts(h, b.Field) && (best == nil || weight(h) > weight(best))
	}
	around := slices.Concat(a.words.between(from, to), a.words.dealsIn(from, to))
	for k := range around {
		if h := &around[k]; h.from < c.end && c.start <= h.to && better(h) {
			best = h
		}
	}
	if best != nil || contactField(b.Field) { // where details must stand, others stand beside them
		return best
	}
	var near []phrase
	if from == b.Start && i > 0 && blocks[i-1].Field == b.Field {
		from = max(blocks[i-1].Start, b.Start-sentenceReach)
		text := a.facts.Page.Text[from:blocks[i-1].End]
		if len(text) <= cueReach || strings.HasSuffix(text, "：") || strings.HasSuffix(text, ":") { // it says what this one holds
			near = a.words.dealsIn(from, blocks[i-1].End)
		}
	}
	if to == b.End && i+1 < len(blocks) && blocks[i+1].Field == b.Field {
		to = min(blocks[i+1].End, b.End+sentenceReach)
	}
	for _, h := range a.words.between(from, to) {
		if !h.maybe() {
			near = append(near, h)
		}
	}
	for k := range near {
		if better(&near[k]) {
			best = &near[k]
		}
	}
	return best
}

// counts reports whether a phrase makes a contact detail beside it one that draws away.
func (a *approaches) counts(h *phrase, field string) bool {
	if h.family == familyContact {
		return !h.maybe() || !contactField(field)
	}
	switch field {
	case "agreement", "company":
		return false
	case "support", "service":
		c := h.term.Concept
		return c == "discount" || c == "renew" || c == "top-up" || c == "pay"
	}
	return true
}

// weight prefers what says more where a sentence says several things.
func weight(h *phrase) int {
	w := 0
	switch draw(h) {
	case "bypass":
		w = 7
	case "private":
		w = 6
	case "renew":
		w = 5
	case "price":
		w = 4
	case "pay":
		w = 3
	case "buy":
		w = 2
	}
	if h.term.Concept == "quote" {
		w = 1
	}
	if h.family == familyContact && !h.maybe() {
		w += 8
	}
	return w
}

// link keeps a link that gets people in touch: by telephone, mail or a messenger.
func (a *approaches) link(l *page.Link) {
	c, ok := contactLink(l)
	if !ok || slices.Contains(a.allowed, c.value) {
		return
	}
	if a.seen++; a.seen > maxContacts {
		a.complete = false
		return
	}
	c.start, c.end = l.Pos, l.Pos
	i := a.words.blockAt(l.Pos)
	if i == len(a.facts.Page.Blocks) {
		if !contactField(l.Field) {
			a.found = append(a.found, approach{start: l.Pos, end: l.Pos, contact: &c, link: l})
		}
		return
	}
	if l.Text != "" && strings.HasPrefix(a.facts.Page.Text[l.Pos:], l.Text) {
		c.end += len(l.Text)
	}
	h := a.intentOf(i, &c)
	if h == nil && contactField(l.Field) || c.sample && h == nil {
		return
	}
	a.found = append(a.found, approach{start: c.start, end: c.end, intent: h, contact: &c, link: l})
}

// contactLink reads a link as a contact detail.
func contactLink(l *page.Link) (c contact, ok bool) {
	raw := l.Raw
	scheme, rest, has := strings.Cut(raw, ":")
	if !has || l.Kind.IsLoad() {
		return c, false
	}
	c.cued = true
	switch strings.ToLower(strings.TrimSpace(scheme)) {
	case "tel", "sms", "callto":
		found := findContacts("电话"+rest, "", false)
		if len(found) == 0 {
			return c, false
		}
		c.kind, c.value = found[0].kind, found[0].value
		return c, true
	case "mailto":
		address, _, _ := strings.Cut(rest, "?")
		found := findContacts("邮箱："+address, "", false)
		if len(found) == 0 || found[0].sample {
			return c, false
		}
		c.kind, c.value = found[0].kind, found[0].value
		return c, true
	case "tencent", "mqqwpa", "mqq", "mqqapi":
		return contactOfQuery(rest, contactQQ)
	case "weixin":
		if payScheme(raw) {
			return c, false
		}
		return contact{kind: contactWeChat, value: strings.TrimLeft(rest, "/"), cued: true}, true
	case "http", "https":
		return contactAddress(l.URL)
	}
	return c, false
}

// contactAddress reads an address of the web that opens a chat.
func contactAddress(u *weburl.URL) (c contact, ok bool) {
	if u == nil {
		return c, false
	}
	switch u.Host() {
	case "wpa.qq.com", "wpa.b.qq.com", "wpa1.qq.com":
		return contactOfQuery(u.RawQuery(), contactQQ)
	case "qm.qq.com", "jq.qq.com", "qun.qq.com":
		return contact{kind: contactGroup, value: u.Host() + u.Path(), cued: true}, true
	case "u.wechat.com", "work.weixin.qq.com":
		return contact{kind: contactWeChat, value: u.Host() + u.Path(), cued: true}, u.Host() != "work.weixin.qq.com" || strings.HasPrefix(u.Path(), "/kfid") || strings.HasPrefix(u.Path(), "/ca/")
	case "wa.me", "api.whatsapp.com", "t.me", "telegram.me", "line.me":
		return contact{kind: contactOther, value: u.Host() + u.Path(), cued: true}, len(u.Path()) > 1
	}
	return c, false
}

// contactOfQuery takes the number out of "uin=…".
func contactOfQuery(query string, kind contactKind) (c contact, ok bool) {
	_, v, found := strings.Cut(strings.ToLower(query), "uin=")
	n := 0
	for n < len(v) && isDigit(v[n]) {
		n++
	}
	if !found || n < 5 || n > 11 {
		return contact{kind: kind, value: query, cued: true}, query != ""
	}
	return contact{kind: kind, value: v[:n], cued: true}, true
}

package rules

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"marketwarden/internal/record"
	"marketwarden/internal/textfold"
	"marketwarden/rules/terms"
	"marketwarden/scanners/page"
)

// read gathers the provider's words.
func (m *mismatchReader) read() {
	p, plain := m.facts.Page, m.facts.pageWords().Plain()
	m.title = fieldBlock(p, "title")
	if m.title != nil {
		m.shown = string(plain[m.title.Start:m.title.End])
	}
	m.filed = string(terms.Read(cut(m.facts.Listing.Title, snippetMost)).Plain())
	for i := range p.Blocks {
		b := &p.Blocks[i]
		switch b.Field {
		case "", "title", "price", "cases":
			continue
		}
		if b.Hidden || b.Attr != "" || isCode(b.Tag) {
			continue
		}
		m.text = append(m.text, passage{b, string(plain[b.Start:b.End])})
	}
}

// pictured compares what the texts of pictures state, where the words themselves agree.
func (m *mismatchReader) pictured() {
	if len(m.findings) > 0 {
		return
	}
	p, plain := m.facts.Page, m.facts.pageWords().Plain()
	var alts []passage
	for i := range p.Blocks {
		if b := &p.Blocks[i]; b.Attr == "alt" && b.Field != "" && b.Field != "cases" {
			alts = append(alts, passage{b, string(plain[b.Start:b.End])})
		}
	}
	if len(alts) == 0 {
		return
	}
	words := m.text
	m.text, m.soft = alts, true
	m.prices()
	m.amounts()
	m.versions()
	m.text, m.soft = words, false
}

// headline is the titles of page and catalogue.
func (m *mismatchReader) headline() string {
	if m.filed == "" || m.filed == m.shown {
		return m.shown
	}
	return m.shown + "\n" + m.filed
}

// statedReach bounds what of a sentence is looked at, in bytes on each side.
const statedReach = 400

// sentenceIn is the sentence of s around [start, end), as far as it is looked at.
func sentenceIn(s string, start, end int) (from, to int) {
	const marks = "。；！？;!?\n"
	before := cutTail(s[:start], statedReach)
	from = start - len(before)
	if i := strings.LastIndexAny(before, marks); i >= 0 {
		_, n := utf8.DecodeRuneInString(before[i:])
		from += i + n
	}
	to = min(len(s), end+statedReach)
	for to < len(s) && !utf8.RuneStart(s[to]) {
		to++
	}
	if i := strings.IndexAny(s[end:to], marks); i >= 0 {
		to = end + i
	}
	return from, to
}

// anyIn reports whether s holds one of the words.
func anyIn(s string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}

// titles compares the titles of page and catalogue.
func (m *mismatchReader) titles() {
	filed := m.facts.Listing.Title
	if m.title == nil || strings.TrimSpace(filed) == "" {
		return
	}
	m.compared = true
	words := m.facts.Page.Text[m.title.Start:m.title.End]
	if sameTitle(words, filed) {
		return
	}
	outcome := record.Suspected
	a, b := editionsIn(m.shown), editionsIn(m.filed)
	switch {
	case len(a) == 1 && len(b) == 1 && a[0] != b[0]:
		outcome = record.Violation
	case otherQuantity(quantities(m.shown), quantities(m.filed)):
		outcome = record.Violation
	}
	m.add(outcome, "title", m.title, 0, m.title.End-m.title.Start, filed,
		record.Text{ZH: "页面标题与登记的名称不一致", EN: "the title of the page is not that of the catalogue"})
}

// otherQuantity reports whether two titles count the same thing and disagree.
func otherQuantity(a, b []quantity) bool {
	for i := range a {
		for k := range b {
			if same, alike := a[i].same(&b[k]); alike && !same {
				return true
			}
		}
	}
	return false
}

// editions are what parts of a product line are called.
func editions() []string {
	return []string{
		"标准版", "基础版", "专业版", "企业版", "旗舰版", "高级版", "个人版", "免费版", "试用版", "入门版", "团队版", "集团版",
		"豪华版", "尊享版", "精简版", "普通版", "商业版", "体验版", "单店版", "连锁版", "初级版", "进阶版", "至尊版", "社区版", "家庭版",
		"黄金版", "白银版", "钻石版", "铂金版", "教育版", "政企版", "网络版", "单机版", "多店版", "总部版", "经典版", "增强版", "完整版", "简化版", "国际版", "pro版", "lite版", "plus版",
	}
}

// editionsIn are the editions named in s.
func editionsIn(s string) (out []string) {
	for _, e := range editions() {
		if strings.Contains(s, e) {
			out = append(out, e)
		}
	}
	return out
}

// fieldBlock is the first block of a field that visitors see, nil when there is none.
func fieldBlock(p *page.Page, field string) *page.Block {
	for i := range p.Blocks {
		if b := &p.Blocks[i]; b.Field == field && !b.Hidden && b.Attr == "" {
			return b
		}
	}
	return nil
}

// sameTitle compares titles as readers do, by their letters and numbers. A catalogue without one agrees with any.
func sameTitle(shown, filed string) bool {
	plain := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsNumber(r) {
				return r
			}
			return -1
		}, strings.ToLower(textfold.Fold(s).Text))
	}
	a, b := plain(shown), plain(filed)
	return strings.Contains(a, b) || a != "" && strings.Contains(b, a)
}

// conditions adds what the provider says of the price itself. complete is false when not
// all was judged.
func (m *mismatchReader) conditions() (complete bool) {
	p := m.facts.Page
	hits, complete := mustTerms(priceTerms()).FindIn(m.facts.pageWords(), 0, len(p.Text))
	for i := range hits {
		h := &hits[i]
		b := providerBlock(p, h.Start, h.End)
		if b == nil || b.Hidden || b.Attr != "" || b.Field == "cases" || h.Term.Concept == "price-none" && costOf(m.facts.Listing.Price) != costPaid {
			continue
		}
		from, to := clause(p.Text, h.Start, h.End, max(b.Start, h.SentenceStart), min(b.End, h.SentenceEnd))
		m.compared = true
		m.add(h.Outcome, h.Term.Concept, b, from-b.Start, to-b.Start, m.facts.Listing.Price, h.Term.Title)
	}
	return complete
}

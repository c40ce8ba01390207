package rules

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"marketwarden/internal/record"
)

// contraries compares what the title promises with what the description takes back.
func (m *mismatchReader) contraries() {
	head, denied := m.headline(), m.facts.onPage(denialWord)
	for i := range m.text {
		x := &m.text[i]
		if denied.mayMatch(x.block.Start, x.block.End) {
			m.takenBack(x, head)
		}
		m.bounded(x, head)
	}
	m.paidOnce()
}

// denials are words that say that something is not included.
func denials() []string {
	return []string{"不含", "不包含", "不包括", "不提供", "不支持", "不附带", "不附赠", "不送", "没有", "无法使用", "仅支持中文", "仅中文", "只有中文", "暂无"}
}

// denialWord is one of them.
var denialWord = gate(strings.Join(denials(), "|"), false, denials()...) //nolint:gochecknoglobals // an expression, never changed

// takenBack looks for what the title says is included ("含域名", "支持 iOS", "双语") among
// what the description says is not.
func (m *mismatchReader) takenBack(x *passage, head string) {
	for _, no := range denials() {
		for at := 0; ; {
			i := strings.Index(x.words[at:], no)
			if i < 0 {
				break
			}
			i += at
			at = i + len(no)
			what := leadingNoun(x.words[at:])
			if strings.HasSuffix(no, "中文") && anyIn(head, []string{"双语", "中英", "多语言", "多语种", "英文"}) {
				what = no
			} else if what == "" || !promised(head, what) {
				continue
			}
			m.compared = true
			end := at + len(what)
			if what == no {
				end = at
			}
			m.add(record.Suspected, "contents", x.block, i, end, head,
				record.Text{ZH: "描述写明不含标题所写的内容", EN: "the description says that what the title names is not included"})
			return
		}
	}
}

// leadingNoun is the word that s begins with: Latin letters, or Chinese characters up to
// the next mark, at most six.
func leadingNoun(s string) string {
	s = strings.TrimPrefix(s, "任何")
	n := 0
	for i, r := range s {
		if n == 6 || !unicode.IsLetter(r) || strings.ContainsRune("的和与及或等", r) {
			return s[:i]
		}
		if r >= utf8.RuneSelf {
			n++
		}
	}
	return s
}

// promised reports whether a title says that the thing is included, or is all about it.
func promised(head, what string) bool {
	for n := len(what); n > 0; n-- {
		if n < len(what) && !utf8.RuneStart(what[n]) {
			continue
		}
		word := what[:n]
		if utf8.RuneCountInString(word) < 2 {
			return false
		}
		before, after, found := strings.Cut(head, word)
		if !found {
			continue
		}
		if slices.Contains([]string{"源码", "源代码", "小程序", "手机端", "移动端", "ios", "安卓", "android", "双语", "英文", "发票", "教程", "linux", "windows", "mac", "macos", "arm"}, word) || strings.HasPrefix(after, "版") {
			return true
		}
		return anyIn(cutTail(before, len("含含")), []string{"含", "送", "赠", "带", "+", "＋", "支持", "附"})
	}
	return false
}

// bounded looks for bounds of what the title says has none: a term of "永久版", a number
// of users where there is "不限用户", office hours where help is said to be had around the
// clock.
func (m *mismatchReader) bounded(x *passage, head string) {
	if anyIn(head, []string{"永久", "终身", "买断"}) {
		for _, q := range quantities(x.words) {
			if q.class == "time" && q.milli < 50*360_000 && m.included(x.words, &q, false) {
				m.compared = true
				m.add(record.Violation, "time", x.block, q.start, q.end, head, record.Text{ZH: "标题写明永久，描述却有期限", EN: "for good by the title, for a term by the description"})
			}
		}
	}
	for _, no := range []string{"不限", "无限"} {
		_, after, found := strings.Cut(head, no)
		if !found {
			continue
		}
		u, n := unitAt(strings.TrimPrefix(after, "制"))
		if n == 0 {
			continue
		}
		for _, q := range append(quantities(x.words), labelled(x.words, u.class)...) {
			if q.class == u.class && q.per == "" && m.included(x.words, &q, false) {
				m.compared = true
				m.add(record.Violation, u.class, x.block, q.start, q.end, head, record.Text{ZH: "标题写明不限，描述却有上限", EN: "without bounds by the title, bounded by the description"})
			}
		}
	}
	around := []string{"7×24", "7*24", "7x24", "24小时", "全天候"}
	if anyIn(head, around) && !anyIn(x.words, around) {
		for _, hours := range []string{"工作日", "5×8", "5*8", "5x8", "周一至周五", "9:00-18:00", "9:00-17:30", "非工作时间不"} {
			if at := strings.Index(x.words, hours); at >= 0 && anyIn(x.words, []string{"服务", "值守", "响应", "支持", "运维", "客服", "在线"}) && !anyIn(cutTail(x.words[:at], 36), []string{"咨询", "商务", "售前", "发票", "财务"}) {
				m.compared = true
				m.add(record.Suspected, "hours", x.block, at, at+len(hours), head, record.Text{ZH: "标题写明全天，描述只有部分时间", EN: "around the clock by the title, at some hours by the description"})
			}
		}
	}
}

// paidOnce compares a price by the year or month with words that it is paid once for good,
// and a price with a title that says there is none.
func (m *mismatchReader) paidOnce() {
	filed := m.facts.Listing.Price
	want := pricesOf(filed)
	if len(want) != 1 || want[0].Fen == 0 || m.title == nil {
		return
	}
	if at := strings.Index(m.shown, "免费"); at >= 0 && !anyIn(m.shown[at:], []string{"免费试用", "免费升级", "免费安装", "免费咨询", "免费版", "免费送"}) {
		m.add(record.Suspected, "price-none", m.title, at, at+len("免费"), filed, record.Text{ZH: "收费商品的标题写明免费", EN: "the title of a listing that costs money says that it is free"})
	}
	if unit, _ := period(want[0].Unit); unit != "月" {
		return
	}
	why := record.Text{ZH: "写明一次付费长期使用，登记的价格却按期计", EN: "paid once for good by its words, by the term in the catalogue"}
	for _, w := range []string{"永久版", "终身版", "买断版", "永久授权", "终身授权"} {
		if at := strings.Index(m.shown, w); at >= 0 {
			m.add(record.Suspected, "price-term", m.title, at, at+len(w), filed, why)
		}
	}
	for i := range m.text {
		x := &m.text[i]
		for _, w := range []string{"一次付费", "一次性付费", "一次购买，终身", "一次购买，永久", "买断", "终身使用", "永久使用", "永久授权", "终身授权"} {
			if at := strings.Index(x.words, w); at >= 0 && !anyIn(cutTail(x.words[:at], 24), denials()) && !anyIn(cutTail(x.words[:at], 24), []string{"非", "支持", "可", "另", "版", "如需", "也"}) {
				m.add(record.Suspected, "price-term", x.block, at, at+len(w), filed, why)
			}
		}
	}
}

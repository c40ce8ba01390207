package rules

import (
	"slices"
	"strings"
	"unicode/utf8"

	"marketwarden/internal/record"
)

// stating are the words that say how much is included, before a quantity.
func stating() []string {
	return []string{
		"含", "包括", "共", "合计", "总计", "全年", "提供", "支持", "最多", "最大", "上限", "限", "可用", "可供", "容纳", "可创建", "创建", "接入", "管理",
		"可绑定", "绑定", "开通", "交付", "容量", "空间", "配额", "规格", "数量", "额度", "套餐", "存储", "仅", "实为", "实际", "得到", "配", "授权", "托管", "巡检", "一年", "每年",
		"制作", "设计", "为", "可调用", "调用", "可签", "签署", ":", "：", "到账", "发送", "送达", "覆盖", "保护", "监控", "人数", "支撑", "承载", "可得", "可开", "可发", "总", "派驻", "合",
		"include", "up to", "with", "allow", "support", "cover", "get", "limited to", "comes", "for",
	}
}

// apart are the words that say that a quantity is not what is included: extras, bounds of
// single things, histories, examples, others.
func apart() []string {
	return []string{
		"单文件", "单个", "单日", "单号", "单人", "单条", "单次", "单张", "单坐席", "如需", "扩", "升级", "增加", "追加", "加购", "另购", "可增", "超出", "超过", "起", "送", "赠", "额外", "另", "各",
		"试用", "例如", "比如", "示例", "案例", "客户有", "曾", "已服务", "累计", "服务过", "服务了", "不少于", "不低于", "不足", "未满", "续费", "历史", "导入", "同屏", "预览", "只读", "质检",
		"经验", "响应", "内页", "首页", "栏目", "首批", "其中", "分", "按", "满", "以上", "低至", "拥有", "成立", "团队", "免费", "部门", "管理员", "门以",
		"extra", "additional", "add ", "upgrade", "per ", "each", "trial", "example",
	}
}

// maxTitled bounds what of a title is compared with the description, so that a title made
// of numbers costs little.
const maxTitled = 12

// amounts compares what the titles count with what the description says is included.
func (m *mismatchReader) amounts() {
	titled := append(quantities(m.headline()), labelled(m.headline(), "")...)
	titled = append(titled, termOf(m.headline())...)
	titled = titled[:min(len(titled), maxTitled)]
	m.within(titled)
	for i := range titled {
		t := &titled[i]
		if t.class == "time" && anyIn(m.headline(), []string{"质保", "维保", "保修"}) || t.class == "bit" && t.milli != 32_000 && t.milli != 64_000 || t.class == "storage" && strings.Contains(m.headline(), "核") {
			continue
		}
		m.amount(t)
	}
}

// termOf is the term that a title names by a word: "年卡", "季度版".
func termOf(head string) (out []quantity) {
	for _, x := range []struct {
		words []string
		days  int64
	}{
		{[]string{"年卡", "年度版", "包年", "年付", "年度套餐"}, 360},
		{[]string{"半年版", "半年卡"}, 180},
		{[]string{"季卡", "季度版", "季度套餐"}, 90},
		{[]string{"月卡", "包月", "月度版"}, 30},
	} {
		for _, w := range x.words {
			if at := strings.Index(head, w); at >= 0 {
				return append(out, quantity{class: "time", milli: x.days * 1000, start: at, end: at + len(w)})
			}
		}
	}
	return nil
}

// amount compares one quantity of a title.
func (m *mismatchReader) amount(t *quantity) {
	var against *passage
	var other quantity
	said := false
	for i := range m.text {
		x := &m.text[i]
		found := append(quantities(x.words), labelled(x.words, t.class)...)
		for k := range found {
			q := &found[k]
			same, alike := q.same(t)
			switch {
			case !alike:
			case same:
				m.compared, said = true, true
			case !m.included(x.words, q, m.kept(t)):
			case m.bought(x.words, q):
				m.disagree(t, x, q)
				return
			case against == nil && t.class != "level":
				against, other = x, *q
			}
		}
	}
	if against == nil || said { // what the title says is said, whatever else is counted
		return
	}
	m.disagree(t, against, &other)
}

// within compares what is said to be in what is bought with what summary and features say
// is included, where the title does not count it.
func (m *mismatchReader) within(titled []quantity) {
	var said, bought []statement
	for i := range m.text {
		x := &m.text[i]
		sure := anyIn(x.words, ofBought())
		if !sure && x.block.Field != "summary" && x.block.Field != "features" {
			continue
		}
		for _, q := range quantities(x.words) {
			switch {
			case !countsAlone(q.class) && q.class != "copy" && q.class != "storage" || slices.ContainsFunc(titled, func(t quantity) bool { return t.class == q.class }) || !m.included(x.words, &q, false):
			case m.bought(x.words, &q):
				bought = append(bought, statement{x, q})
			default:
				said = append(said, statement{x, q})
			}
		}
	}
	for i := range bought {
		for k := range said {
			if same, alike := bought[i].same(&said[k].quantity); alike && !same {
				m.compared = true
				m.add(record.Violation, bought[i].class, bought[i].passage.block, bought[i].start, bought[i].end, said[k].passage.words[said[k].start:said[k].end],
					record.Text{ZH: "描述中的数量与简介或功能特性不一致", EN: "the description states another quantity than the summary or the features"})
				return
			}
		}
	}
}

// statement is a quantity where it is stated.
type statement struct {
	passage *passage
	quantity
}

// kept reports whether a time of the title is how long something is kept.
func (m *mismatchReader) kept(t *quantity) bool {
	return t.class == "time" && anyIn(cutTail(m.headline()[:t.start], 12), keeping())
}

// keeping are the words of how long something is kept.
func keeping() []string { return []string{"保存", "保留", "留存", "存储", "归档"} }

// bought reports whether words state a quantity as that of what is bought, which says more
// than any other statement.
func (m *mismatchReader) bought(words string, q *quantity) bool {
	from, _ := sentenceIn(words, q.start, q.end)
	return anyIn(cutTail(words[from:q.start], 48), ofBought())
}

// ofBought are the words for what is bought.
func ofBought() []string {
	return []string{"本规格", "本商品", "本套餐", "本产品", "该规格", "该套餐", "本版本", "此规格", "您购买", "所购", "本服务", "您拍下"}
}

// disagree tells that a passage states another quantity than the title.
func (m *mismatchReader) disagree(t *quantity, against *passage, other *quantity) {
	m.compared = true
	m.add(record.Violation, t.class, against.block, min(other.start, other.end), other.end, m.headline()[t.start:t.end],
		record.Text{ZH: "描述中的数量与标题不一致", EN: "the description states another quantity than the title"})
}

// included reports whether words state a quantity as what the listing includes; of a time,
// how long the service lasts, or with kept how long something is kept.
func (m *mismatchReader) included(words string, q *quantity, kept bool) bool {
	from, to := sentenceIn(words, q.start, q.end)
	before := words[from:q.start]
	if i := strings.LastIndexAny(before, "，,"); i >= 0 {
		before = before[i:]
	}
	after := words[q.end:to]
	if i := strings.IndexAny(after, "，,、"); i >= 0 {
		after = after[:i]
	}
	near := cutTail(before, 30)
	if strings.Contains(near, "每") && perYear(q.per) == 0 {
		return false
	}
	if q.class == "time" && !kept && anyIn(near, otherTimes()) {
		return false
	}
	if anyIn(near, apart()) || anyIn(cut(after, 24), []string{"以内", "之内", "以上", "起", "连麦", "内", "左右", "另", "/", "前", "后", "外", "答复", "响应", "完成", "出", "版"}) {
		return false
	}
	for _, e := range editionsIn(words[from:to]) {
		if !strings.Contains(m.headline(), e) {
			return false // another edition
		}
	}
	if kept {
		return anyIn(near, keeping())
	}
	if q.class == "time" {
		return anyIn(near, []string{"服务期", "有效期", "期限", "使用期", "授权期", "时长", "订阅期", "套餐期", "服务时间为", "服务周期为", "使用权", "valid for", "term"})
	}
	if q.class == "bit" {
		return true
	}
	if countsAlone(q.class) && utf8.RuneCountInString(strings.Trim(before, "，, "))+utf8.RuneCountInString(after) <= 12 {
		return true
	}
	return anyIn(near, stating()) || strings.Trim(before, "，, ") == "" && strings.TrimSpace(after) == ""
}

// otherTimes are the words of times that are not how long the service lasts.
func otherTimes() []string {
	return []string{"质保", "保修", "维护期", "退款", "保留", "备份", "日志", "工期", "周期为", "交付周期"}
}

// countsAlone reports whether a short clause with such a quantity says what is included,
// without a word that says so. Devices, hours and times have too many other uses.
func countsAlone(class string) bool {
	switch class {
	case "seat", "user", "message", "party", "channel", "store", "domain", "page", "set", "draft", "article", "keyword", "man-day", "bandwidth", "concurrency", "sku", "project", "core":
		return true
	}
	return false
}

// cutTail is the last n bytes of s, from a boundary of a character on.
func cutTail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[len(s)-n:]
	for len(s) > 0 && s[0]&0xC0 == 0x80 {
		s = s[1:]
	}
	return s
}

// labelled reads quantities whose unit stands before the number: "账号数：20", "可用账号20个".
// class "" is any.
func labelled(words, class string) (out []quantity) {
	for _, u := range unitWords() {
		if class != "" && u.class != class || u.class == "time" || u.class == "storage" || u.word[0] >= 0x80 && len(u.word) < 2*len("人") {
			continue
		}
		at := strings.Index(words, u.word)
		if at < 0 {
			continue
		}
		rest := words[at+len(u.word):]
		trimmed := strings.TrimLeft(rest, "数量上限总额度个最多共有为是:： ")
		used := len(rest) - len(trimmed)
		milli, n := number(trimmed)
		if n == 0 || !strings.HasPrefix(trimmed[n:], "个") && (used == 0 || class == "") {
			continue
		}
		if _, other := unitAt(trimmed[n:]); other > 0 || anyIn(cut(trimmed[n:], 3), []string{"元", "%", "."}) {
			continue
		}
		start := at + len(u.word) + used
		out = append(out, quantity{class: u.class, milli: milli * u.times, start: start, end: start + n})
	}
	return out
}

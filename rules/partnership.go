package rules

import (
	"slices"
	"strings"
	"unicode/utf8"

	"marketwarden/internal/market"
	"marketwarden/internal/textfold"
)

// cooperation finds statements of a cooperation with the platform in text. It reads
// clause by clause: what is said of the platform must stand beside its name.
type cooperation struct {
	words   []cooperationWord
	names   []string // of the platform and its marketplace, folded, longer ones first
	markets []string // those of the marketplace
	// short: the page names the platform, so that "云市场" alone means its marketplace.
	short bool
}

func newCooperation(p *market.Profile) *cooperation {
	c := &cooperation{words: cooperationWords()}
	for _, n := range append(append([]string(nil), p.NamesZH...), p.NamesEN...) {
		n = textfold.Fold(n).Text
		c.names = append(c.names, n)
		if strings.Contains(n, "市场") || strings.Contains(n, "market") {
			c.markets = append(c.markets, n)
		}
	}
	slices.SortFunc(c.names, func(a, b string) int { return len(b) - len(a) })
	return c
}

// said is what a clause says about the cooperation.
type said int

const (
	saidNothing said = iota
	saidName         // names the platform
	saidOther        // states it with another platform
	saidAsked        // a question, or how to
	saidDenied       // denied, ended or still to come
	saidStated
)

// heard is one clause that speaks of the platform or of a cooperation, by its place in
// the text.
type heard struct {
	said       said
	start, end int
}

// passage is the most that a text says, and where.
func (c *cooperation) passage(text string) heard {
	best := heard{}
	if !c.worthReading(textfold.Fold(text).Text) {
		return best
	}
	for s, e := range textfold.Sentences(text) {
		f := textfold.Fold(text[s:e])
		sentence := f.Text
		asks := strings.HasSuffix(strings.TrimSpace(sentence), "?")
		for _, span := range c.clauses(sentence) {
			h := c.clause(sentence[span[0]:span[1]])
			if h.said == saidStated && asks {
				h.said = saidAsked
			}
			if h.said > best.said {
				best.said = h.said
				from, to := f.Span(span[0]+h.start, span[0]+h.end)
				best.start, best.end = s+from, s+to
			}
		}
	}
	return best
}

// worthReading: most blocks name neither platform nor marketplace.
func (c *cooperation) worthReading(text string) bool {
	if strings.Contains(text, "云市场") || strings.Contains(text, "marketplace") || partnerWord(text) {
		return true
	}
	return slices.ContainsFunc(c.names, func(n string) bool { return strings.Contains(text, n) })
}

func partnerWord(text string) bool {
	return strings.Contains(text, "合作") || strings.Contains(text, "伙伴") || strings.Contains(text, "partner")
}

// clauses are the spans between commas and the like; commas between names of clouds
// divide nothing.
func (c *cooperation) clauses(s string) [][2]int {
	var out [][2]int
	start := 0
	for i, r := range s {
		switch r {
		case ',', ';', '\n', '|':
			if r == ',' && c.endsInCloud(s[start:i]) && c.beginsWithCloud(s[i+1:]) {
				continue
			}
			if i > start {
				out = append(out, [2]int{start, i})
			}
			start = i + 1
		}
	}
	if start < len(s) {
		out = append(out, [2]int{start, len(s)})
	}
	return out
}

func (c *cooperation) endsInCloud(s string) bool {
	s = strings.TrimRight(s, " ")
	has := func(n string) bool { return strings.HasSuffix(s, n) }
	return slices.ContainsFunc(c.names, has) || slices.ContainsFunc(otherClouds(), has)
}

func (c *cooperation) beginsWithCloud(s string) bool {
	s = strings.TrimLeft(s, " ")
	has := func(n string) bool { return strings.HasPrefix(s, n) }
	return slices.ContainsFunc(c.names, has) || slices.ContainsFunc(otherClouds(), has)
}

// clause reads one clause, folded.
func (c *cooperation) clause(s string) heard {
	out := heard{}
	for _, n := range c.names {
		if i := strings.Index(s, n); i >= 0 && plainName(s, i, n) {
			out = heard{saidName, i, i + len(n)}
			break
		}
	}
	raise := func(h heard) {
		if h.said > out.said {
			out = h
		}
	}
	for k := range c.words {
		w := &c.words[k]
		for from := 0; ; {
			i := strings.Index(s[from:], w.text)
			if i < 0 {
				break
			}
			i += from
			from = i + len(w.text)
			if w.text == "商品" && strings.HasSuffix(s[:i], "的") {
				continue // 云市场的商品: those of others
			}
			if h := c.beside(s, i, from, w); h.said != saidNothing {
				raise(h)
			}
		}
	}
	if out.said == saidStated {
		switch {
		case anyOf(s, notYet()) || c.excepted(s):
			out.said = saidDenied
		case anyOf(s, asking()):
			out.said = saidAsked
		}
	}
	return out
}

// excepted: 非阿里云合作伙伴.
func (c *cooperation) excepted(s string) bool {
	return slices.ContainsFunc(c.names, func(n string) bool { return strings.Contains(s, "非"+n) })
}

// beside looks whose name stands beside the word at [start, end): before it, else after
// it. In an enumeration of several platforms each one counts. Some words ask that the
// name be where the deed is done: "在阿里云市场上线", "上线阿里云市场", "发布到阿里云".
func (c *cooperation) beside(s string, start, end int, w *cooperationWord) heard {
	from, to := back(s, start, w.reach), ahead(s, end, w.reach)
	if i, n := c.named(s[:start], w.market, true); n > 0 && i+n >= from && (!w.in || within(s[:i])) {
		return heard{saidStated, i, end}
	}
	if anyOf(s[from:start], otherClouds()) {
		if i, n := c.enumerated(s[:start]); n > 0 && !w.market {
			return heard{saidStated, i, end}
		}
		return heard{saidOther, from, end}
	}
	if i, n := c.named(s[end:], w.market, false); n > 0 && end+i <= to && (!w.in || w.market || within(s[end:end+i])) {
		return heard{saidStated, start, end + i + n}
	}
	if anyOf(s[end:to], otherClouds()) {
		return heard{saidOther, start, to}
	}
	return heard{}
}

// enumerated is where the platform's name stands among those of other clouds, with its
// length; 0 when it does not.
func (c *cooperation) enumerated(s string) (at, length int) {
	for _, n := range c.names {
		i := strings.Index(s, n)
		if i < 0 || !plainName(s, i, n) {
			continue
		}
		before, after := strings.TrimRight(s[:i], " "), strings.TrimLeft(s[i+len(n):], " ")
		for _, sep := range []string{"、", ",", "/", "和", "及", "与", "and"} {
			if rest, ok := strings.CutPrefix(after, sep); ok && c.beginsWithCloud(rest) {
				return i, len(n)
			}
			if rest, ok := strings.CutSuffix(before, sep); ok && c.endsInCloud(rest) {
				return i, len(n)
			}
		}
	}
	return 0, 0
}

// named is where a name stands (the last or the first time) in part of a clause, with its
// length; 0 when none does.
// "云市场" alone is the platform's where the page names it and no other cloud stands
// before it.
func (c *cooperation) named(part string, marketOnly, last bool) (at, length int) {
	index := strings.Index
	if last {
		index = strings.LastIndex
	}
	names := c.names
	if marketOnly {
		names = c.markets
	}
	for _, n := range names {
		if i := index(part, n); i >= 0 && plainName(part, i, n) {
			return i, len(n)
		}
	}
	if marketOnly && (c.short || c.anyName(part)) {
		i := index(part, "云市场")
		if i >= 0 && !anyOf(part[back(part, i, 8):i+len("云")], otherClouds()) && (c.anyName(part) || !anyMarket(part[:i])) {
			return i, len("云市场")
		}
	}
	return 0, 0
}

func (c *cooperation) anyName(s string) bool {
	return slices.ContainsFunc(c.names, func(n string) bool { return strings.Contains(s, n) })
}

// anyMarket: what stands before "云市场" when it means no certain one.
func anyMarket(before string) bool {
	before = strings.TrimRight(before, " ")
	for _, w := range []string{"的", "各大", "各个", "多个", "多家", "其他", "主流", "等"} {
		if strings.HasSuffix(before, w) {
			return true
		}
	}
	return false
}

// within: what stands before a name says that something is done there.
func within(before string) bool {
	before = before[back(before, len(before), 16):]
	return anyOf(before, []string{"在", "于", "到", "至", "向", "由"})
}

// plainName: a Latin name is not a part of a longer word or of an address.
func plainName(s string, i int, n string) bool {
	if !latin(n[0]) {
		return true
	}
	end := i + len(n)
	inside := func(c byte) bool { return latin(c) || strings.IndexByte("-_/@", c) >= 0 }
	switch {
	case i > 0 && (inside(s[i-1]) || s[i-1] == '.'), end < len(s) && inside(s[end]):
		return false
	}
	return end+1 >= len(s) || s[end] != '.' || !latin(s[end+1])
}

func back(s string, at, runes int) int {
	for ; runes > 0 && at > 0; runes-- {
		_, n := utf8.DecodeLastRuneInString(s[:at])
		at -= n
	}
	return at
}

func ahead(s string, at, runes int) int {
	for ; runes > 0 && at < len(s); runes-- {
		_, n := utf8.DecodeRuneInString(s[at:])
		at += n
	}
	return at
}

func anyOf(s string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}

// cooperationWord is a word that states a cooperation beside the platform's name, or,
// with market, beside the name of the marketplace only.
type cooperationWord struct {
	text   string
	reach  int // in runes, to either side
	market bool
	in     bool // a name before the word must be said to be the place: in, at, to
}

func cooperationWords() []cooperationWord {
	const sort, near, far = 4, 12, 20 // in runes
	both := func(reach int, words ...string) []cooperationWord {
		return wordsOf(cooperationWord{reach: reach}, words)
	}
	market := func(reach int, words ...string) []cooperationWord {
		return wordsOf(cooperationWord{reach: reach, market: true}, words)
	}
	return slices.Concat(
		both(far, "合作伙伴", "合作", "伙伴"),
		both(near, "联合", "携手", "联手", "代理商", "经销商", "官方授权", "生态集成认证", "兼容性认证", "isv"),
		wordsOf(cooperationWord{reach: far, in: true}, []string{"发布"}),
		market(far, "上架", "入驻", "购买", "订购", "订阅", "开通", "下单", "选购"),
		market(near, "服务商", "在售", "发售", "销售", "收录", "店铺", "旗舰店", "获取", "采购", "交易"),
		market(sort, "商品"),
		wordsOf(cooperationWord{reach: near, market: true, in: true}, []string{"上线", "登陆"}),
		both(60, "partnership", "partner", "cooperat", "collaborat", "alliance"),
		market(60, "listed", "available", "published", "launched", "purchase", "buy ", "subscribe", "order ", "sold ", "get it", "our listing"),
	)
}

func wordsOf(like cooperationWord, words []string) []cooperationWord {
	out := make([]cooperationWord, 0, len(words))
	for _, w := range words {
		like.text = w
		out = append(out, like)
	}
	return out
}

// notYet: what is denied, over or still to come.
func notYet() []string {
	return []string{
		"尚未", "曾是", "曾为", "曾经", "还未", "暂未", "未曾", "未能", "未与", "未入驻", "未上架", "没有", "并非", "并不", "不是", "而非", "不再", "终止", "解除",
		"无关", "无任何", "无合作", "无隶属", "不属于", "不代表", "不存在", "不构成", "不提供", "不支持", "即将", "计划", "拟于", "筹备", "敬请期待", "争取", "申请成为", "希望成为", "下架",
		" not ", "n't", "no longer", "never", "without", "unaffiliated", "no affiliation", "coming soon", "will be ", "plan to", "planned",
	}
}

// asking: questions and how-tos.
func asking() []string {
	return []string{
		"如何", "怎么", "怎样", "是否", "能否", "什么是", "为什么", "吗", "教程", "攻略", "how to", "how do", "how can", "what is", "why ",
	}
}

func otherClouds() []string {
	return []string{
		"华为云", "腾讯云", "百度智能云", "百度云", "京东云", "天翼云", "移动云", "联通云", "火山引擎", "金山云", "青云", "ucloud", "七牛云", "浪潮云",
		"aws", "亚马逊", "azure", "微软", "google cloud", "谷歌云", "oracle", "huawei cloud", "tencent cloud", "amazon",
	}
}

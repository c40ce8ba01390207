package rules

import (
	"slices"
	"strings"
	"unicode/utf8"

	"marketwarden/internal/record"
)

// product compares what the description says that the listing is with the title: its
// edition, and what sort of thing it is; and what a picture's text names.
func (m *mismatchReader) product() {
	head := m.headline()
	if strings.TrimSpace(head) == "" {
		return
	}
	own, subject := editionsIn(head), m.facts.onPage(subjectWord)
	name := newProductName(strings.ReplaceAll(head, "\n", " "))
	for i := range m.text {
		x := &m.text[i]
		m.edition(x, own)
		if !subject.mayMatch(x.block.Start, x.block.End) {
			continue
		}
		start, end, ok := saidToBe(x.words)
		if !ok || anyIn(head, []string{x.words[start:end]}) || generalWords(x.words[start:end]) {
			continue
		}
		if sharesHan(x.words, head) || name.in(x.words[start:end], "") != fitNone {
			m.compared = true
			continue
		}
		m.add(record.Suspected, "product", x.block, start, end, m.facts.Listing.Title,
			record.Text{ZH: "描述写明的商品与标题不是同一个", EN: "the description says that it is another product than the title names"})
	}
	m.pictures(head)
}

// edition compares the edition that buyers are said to get.
func (m *mismatchReader) edition(x *passage, own []string) {
	if len(own) != 1 {
		return
	}
	if slices.Contains(editionsIn(x.words), own[0]) {
		m.compared = true
		return
	}
	for _, e := range editionsIn(x.words) {
		at := strings.Index(x.words, e)
		from, to := sentenceIn(x.words, at, at+len(e))
		before := cutTail(x.words[from:at], 36)
		if a := strings.LastIndexAny(before, "，,"); a >= 0 {
			before = before[a:]
		}
		base := strings.TrimSpace(strings.Trim(strings.ReplaceAll(m.shown, own[0], ""), "（）() "))
		if (base != "" && strings.HasSuffix(before, base) || anyIn(before, []string{"购买的是", "购买的为", "本商品为", "本商品是", "本产品为", "本产品是", "交付", "当前版本", "规格", "版本：", "版本:", "对应", "提供的是", "实际为", "开通的是", "实为", "本页为", "以下为", "功能为", "介绍的是", "内容为", "当前为", "选购的", "所购", "套餐：", "套餐:", "订购的是", "拿到的是"})) &&
			!anyIn(x.words[from:to], []string{"升级", "比", "另", "如需", "不同", "以及", "和", "或"}) {
			m.compared = true
			m.add(record.Violation, "edition", x.block, at, at+len(e), own[0],
				record.Text{ZH: "描述写明的版本规格与标题不一致", EN: "the description states another edition than the title"})
			return
		}
	}
}

// subjects are words for what the page offers.
func subjects() []string {
	return []string{"本商品", "本产品", "本服务", "本软件", "本镜像", "本系统", "本平台", "本工具", "本课程", "本套餐", "该商品", "该产品", "此商品", "本链接", "本页面"}
}

// subjectWord is one of them.
var subjectWord = gate(strings.Join(subjects(), "|"), false, subjects()...) //nolint:gochecknoglobals // an expression, never changed

// saidToBe is what words say that the listing is: what follows "本商品为" up to the end of
// the clause.
func saidToBe(words string) (start, end int, ok bool) {
	for _, subject := range subjects() {
		_, rest, named := strings.Cut(words, subject)
		if !named {
			continue
		}
		for _, is := range []string{"提供的是", "是一款", "是一套", "实际为", "实际是", "所售为", "为", "是"} {
			what, found := strings.CutPrefix(rest, is)
			if !found {
				continue
			}
			start = len(words) - len(what)
			end = start + strings.IndexAny(what+"。", "，。；！？,;!?、（( \n")
			n := utf8.RuneCountInString(words[start:end])
			return start, end, n >= 4 && n <= 24
		}
	}
	return 0, 0, false
}

// generalWords reports whether words say only what sort of delivery something is.
func generalWords(s string) bool {
	for _, w := range generalHan() {
		s = strings.ReplaceAll(s, w, "")
	}
	return utf8.RuneCountInString(s) < 2
}

// generalHan are words that any product may be called by.
func generalHan() []string {
	return []string{
		"saas", "软件", "系统", "平台", "服务", "商品", "产品", "镜像", "人工", "技术", "远程", "虚拟", "数字", "在线", "云端", "工具", "应用", "程序", "订阅", "按年", "按月", "按次", "一次性", "免费", "付费", "正版", "永久", "授权", "单机版", "网页版", "标准", "企业级",
		"企业", "专业", "我司", "我们", "自主", "研发", "自研", "开发", "的", "国产", "独立", "完整", "一套", "一款", "由", "提供", "官方", "插件", "模板", "源码", "接口", "api", "基于", "面向", "年付", "月付", "包年", "一年", "新版", "中小", "用户", "客户", "新一代", "解决方案", "智能", "管理", "类", "型", "下载", "纯", "实施", "咨询", "支持", "人工服务", "定制", "交付", "部署", "安装", "免安装", "即用", "电子", "发货", "自动",
	}
}

// sharesHan reports whether two texts have two neighbouring Chinese characters in common,
// or a Latin word, besides words that any product may be called by.
func sharesHan(a, b string) bool {
	for _, w := range []string{"服务", "系统", "平台", "软件", "管理", "企业", "产品", "商品", "镜像", "部署", "专业", "标准", "网站"} {
		a = strings.ReplaceAll(a, w, "|")
	}
	runes := []rune(a)
	for i := 0; i+1 < len(runes); i++ {
		if runes[i] != '|' && runes[i+1] != '|' && strings.Contains(b, string(runes[i:i+2])) {
			return true
		}
	}
	return false
}

// pictures looks for the names of other products in the texts of pictures.
func (m *mismatchReader) pictures(head string) {
	p := m.facts.Page
	for i := range p.Images {
		img := &p.Images[i]
		alt := strings.ToLower(strings.TrimSpace(img.Alt))
		n := utf8.RuneCountInString(alt)
		if img.Field == "" || img.Field == "cases" || n < 5 || n > 24 || generalWords(alt) {
			continue
		}
		if !anyIn(alt, []string{"系统", "平台", "软件", "镜像", "管家", "助手"}) || sharesHan(alt, head) {
			continue
		}
		known := false
		for k := range m.text {
			known = known || sharesHan(alt, m.text[k].words)
		}
		if b := m.title; !known && b != nil {
			m.add(record.Suspected, "picture", b, 0, b.End-b.Start, img.Alt,
				record.Text{ZH: "图片的文字说明是另一个商品：" + cut(oneLine(img.Alt), snippetMost), EN: "the text of a picture names another product: " + cut(oneLine(img.Alt), snippetMost)})
		}
	}
}

package rules

import (
	"slices"
	"strings"
	"unicode/utf8"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/scanners/page"
)

// Concepts of terms/kind-mismatch.yaml that the program knows by name.
const (
	conceptPackage = "package"
	conceptOnline  = "online"
	conceptWork    = "work"
)

// deliveryLabels are what the way of delivery is called where it stands under a label.
func deliveryLabels() []string {
	return []string{"交付方式", "交付形式", "交付内容", "交付物", "交付类型", "交付形态", "发货方式", "delivery method", "deliverables", "deliverable", "delivery"}
}

// deliveryWord are the words for one delivery under a label.
type deliveryWord struct {
	concept string
	words   []string
}

// deliveryWords are the words for what is delivered, under a label that says so.
func deliveryWords() []deliveryWord {
	return []deliveryWord{
		{"image", []string{"镜像", "image"}},
		{conceptPackage, []string{"安装包", "安装程序", "安装盘", "安装光盘", "光盘", "u盘", "加密狗", "软件包", "压缩包", "离线包", "部署包", "源代码", "源码", "授权码", "激活码", "注册码", "软件下载", "下载", "installer", "installation package", "source code", "license key", "licence key", "zip", "download"}},
		{conceptOnline, []string{"登录地址", "账号", "账户", "saas", "在线使用", "在线开通", "在线", "account", "login", "log-in", "online"}},
		{"api", []string{"api", "接口"}},
		{conceptWork, []string{"人工", "上门", "驻场", "实施", "现场", "报告", "远程", "部署服务", "安装服务", "培训", "咨询", "服务", "report", "on-site", "onsite", "manual", "consulting"}},
	}
}

// labels reads what stands under labels for the delivery, beside them ("交付方式：镜像") or
// in the block after.
func (k *kindReader) labels() {
	p, plain := k.facts.Page, k.facts.pageWords().Plain()
	label := false // the block before is such a label
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Field == "" || b.Field == "title" || b.Field == "cases" || b.Hidden || isCode(b.Tag) || b.Attr != "" {
			label = false
			continue
		}
		words := string(plain[b.Start:b.End])
		if label {
			k.labelled(b, words, 0, len(words))
		}
		label = false
		if !strings.Contains(words, "交付") && !strings.Contains(words, "发货方式") && !holdsLetters(words, "deliver") {
			continue
		}
		label = utf8.RuneCountInString(words) <= 16 && slices.Contains(deliveryLabels(), strings.Trim(strings.TrimPrefix(words, "商品"), " :："))
		for _, name := range deliveryLabels() {
			if at := strings.Index(words, name); at >= 0 && !label {
				k.beside(b, words, at+len(name))
				break
			}
		}
	}
}

// beside reads what follows a label in the same block.
func (k *kindReader) beside(b *page.Block, words string, at int) {
	rest := words[at:]
	value := strings.TrimLeft(rest, " ")
	for _, mark := range []string{":", "：", "为", "是"} {
		if after, ok := strings.CutPrefix(value, mark); ok {
			from := len(words) - len(strings.TrimLeft(after, " "))
			to := from + strings.IndexAny(words[from:]+"。", "。；！？;!?\n")
			if to > from {
				k.labelled(b, words, from, to)
			}
			return
		}
	}
}

// labelled compares what [from, to) of a block's plain words names as the delivery. One
// that fits is enough.
func (k *kindReader) labelled(b *page.Block, words string, from, to int) {
	var named []string
	for _, w := range deliveryWords() {
		if slices.ContainsFunc(w.words, func(x string) bool { return strings.Contains(words[from:to], x) }) {
			named = append(named, w.concept)
		}
	}
	if len(named) == 0 || named[0] == conceptPackage && k.facts.Listing.Delivery == market.DeliveryService && slices.ContainsFunc(workResults(), func(x string) bool { return strings.Contains(words[from:to], x) }) {
		return
	}
	if slices.ContainsFunc(named, func(c string) bool { return slices.Contains(k.says.fits, c) }) {
		k.fits = true
		return
	}
	for _, concept := range named {
		outcome := k.says.outcome(concept, record.Violation)
		if outcome == record.Pass || concept == conceptOnline && outcome == record.Suspected {
			return // a delivery that goes with any kind, such as an account to follow the work by
		}
	}
	k.say(k.says.outcome(named[0], record.Violation), named[0], b, b.Start+from, b.Start+to, b.Start+from, b.Start+to,
		record.Text{ZH: "页面写明的交付方式与商品类型不符", EN: "the delivery that the page states is not that of the listing's kind"})
}

// workResults are what services hand over, in an archive or not.
func workResults() []string {
	return []string{"设计", "文档", "报告", "方案", "源文件", "图纸", "网站", "课件", "数据库", "稿", "清单"}
}

package rules

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// ReasonManyWays says that the kind of the listing tells nothing about how it is delivered.
const ReasonManyWays = "many_ways"

// What tells deliveries. Compiled once; they never change.
var (
	kindLabel  = regexp.MustCompile(`(?i)^\s*(?:商品)?(?:交付(?:方式|内容|物|形式)|发货方式|delivery(?: method)?|deliverables?)\s*$`)
	kindStated = regexp.MustCompile(`(?i)(?:交付(?:方式|内容|物|形式)|发货方式|delivery(?: method)?|deliverables?)\s*(?:[:：]|为|是)\s*([^。；;\n]{1,120})`)
	// kindPromised: what comes after the payment.
	kindPromised = regexp.MustCompile(`(?:购买|下单|付款|支付)(?:成功)?(?:之)?后[^。；;，,]{0,12}[，,]?[^。；;，,]{0,8}(?:发送|发给|提供|发放|交付|下载|寄送|发货)([^。；;，,\n]{1,30})`)
	kindLacking  = regexp.MustCompile(`(?:本商品|本产品|本镜像|商品|产品)[^。；;，,]{0,4}(?:不含|不包含|不提供|没有|不附带)(?:任何|可用的?|系统)?(镜像|安装包|安装程序|登录地址|登录账号)`)
)

// kindWord are the words for one delivery.
type kindWord struct {
	delivery string
	words    *regexp.Regexp
}

// kindWords are the words for what is delivered, by delivery.
func kindWords() []kindWord {
	return []kindWord{
		{market.DeliveryImage, imageWords}, {market.DeliveryDownload, packageWords},
		{market.DeliverySaaS, accountWords}, {market.DeliveryService, workWords},
	}
}

// The words themselves. Compiled once; they never change.
var (
	imageWords   = regexp.MustCompile(`(?i)镜像|machine image|\bimage\b`)
	packageWords = regexp.MustCompile(`(?i)安装包|安装程序|安装盘|软件包|压缩包|离线包|源代码|源码|授权码|激活码|注册码|软件下载|installer|installation package|source code|licen[cs]e key`)
	accountWords = regexp.MustCompile(`(?i)登录地址|登录账号|账号|帐号|账户|\bsaas\b|在线使用|在线开通|\baccounts?\b|\blog-?in\b`)
	workWords    = regexp.MustCompile(`(?i)人工|上门|驻场|实施|现场|报告|远程|部署服务|安装服务|\breports?\b|on-?site|manual`)
)

// kindReader gathers what contradicts the kind of a listing, each delivery once.
type kindReader struct {
	facts    *Facts
	part     string
	findings []record.Finding
}

// address compares the address on file.
func (k *kindReader) address() {
	l := &k.facts.Listing
	if l.Delivery != market.DeliverySaaS && l.Delivery != market.DeliveryService {
		return
	}
	u, err := weburl.Parse(l.DeliverableURL)
	if err != nil {
		return
	}
	switch strings.ToLower(path.Ext(u.Path())) {
	case ".zip", ".rar", ".7z", ".gz", ".tgz", ".exe", ".msi", ".dmg", ".pkg", ".apk", ".iso", ".deb", ".rpm", ".jar", ".whl":
	default:
		return
	}
	outcome := record.Violation
	if l.Delivery == market.DeliveryService {
		outcome = record.Suspected
	}
	k.add(outcome, market.DeliveryDownload, record.Same(cut(oneLine(u.String()), snippetMost)),
		record.Text{ZH: "登记的地址是一个软件包", EN: "the address on file is a package"}, record.Occurrence{URL: cut(u.String(), snippetMost)})
}

// words compares what the provider says.
func (k *kindReader) words() {
	p := k.facts.Page
	label := false // the cell before is the label of deliveries
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Field == "" || b.Field == "title" || b.Field == "cases" || b.Hidden || isCode(b.Tag) || b.Attr != "" {
			label = false
			continue
		}
		words := p.Text[b.Start:b.End]
		if label {
			k.stated(b, 0, len(words))
		}
		for _, m := range kindStated.FindAllStringSubmatchIndex(words, 8) {
			k.stated(b, m[2], m[3])
		}
		for _, m := range kindPromised.FindAllStringSubmatchIndex(words, 8) {
			k.promised(b, m[2], m[3])
		}
		for _, m := range kindLacking.FindAllStringSubmatchIndex(words, 8) {
			k.lacking(b, m[0], m[2], m[3])
		}
		label = kindLabel.MatchString(words)
	}
}

// deliveriesIn are the deliveries that words name.
func deliveriesIn(words string) (out []string) {
	for _, w := range kindWords() {
		if w.words.MatchString(words) {
			out = append(out, w.delivery)
		}
	}
	return out
}

// other is the delivery named in words that the kind excludes, "" when one of those named
// fits or none is.
func (k *kindReader) other(words string) string {
	named := deliveriesIn(words)
	if len(named) == 0 || slices.Contains(named, k.facts.Listing.Delivery) {
		return ""
	}
	return named[0]
}

func (k *kindReader) stated(b *page.Block, from, to int) {
	other := k.other(k.facts.Page.Text[b.Start+from : b.Start+to])
	outcome := record.Violation
	if k.facts.Listing.Delivery == market.DeliveryService {
		if other == market.DeliverySaaS {
			return // an account to follow the work by
		}
		outcome = record.Suspected
	}
	k.say(outcome, other, b, from, to, record.Text{ZH: "页面写明的交付方式与商品类型不符", EN: "the delivery that the page states is not that of the listing's kind"})
}

// promised takes what is handed over after the payment: a package or an image that the
// kind excludes.
func (k *kindReader) promised(b *page.Block, from, to int) {
	other := k.other(k.facts.Page.Text[b.Start+from : b.Start+to])
	if other != market.DeliveryDownload && other != market.DeliveryImage {
		return // accounts and help come with everything
	}
	k.say(record.Suspected, other, b, from, to, record.Text{ZH: "购买后交付的内容与商品类型不符", EN: "what buyers get after the purchase is not what the listing's kind says"})
}

func (k *kindReader) lacking(b *page.Block, from, at, to int) {
	text := k.facts.Page.Text
	if !slices.Contains(deliveriesIn(text[b.Start+at:b.Start+to]), k.facts.Listing.Delivery) {
		return
	}
	k.say(record.Violation, "nothing", b, from, to, record.Text{ZH: "页面写明不含该类商品应交付的内容", EN: "the page says that what such a listing consists of is not in it"})
}

// say makes a finding of words of a block.
func (k *kindReader) say(outcome record.Outcome, other string, b *page.Block, from, to int, why record.Text) {
	if other == "" {
		return
	}
	p := k.facts.Page
	start, end := b.Start+from, b.Start+to
	words, mark := snippet(p.Text, start, end, b.Start, b.End)
	k.add(outcome, other, record.Same(cut(oneLine(p.Text[start:end]), snippetMost)), why, record.Occurrence{
		URL: pageAddress(p), Field: b.Field, Selector: p.Selector(b.Node), Snippet: words, Mark: mark, Span: [2]int{start, end},
	})
}

// add makes a finding of a delivery, or adds a place to the one there is. What is sure
// tells it.
func (k *kindReader) add(outcome record.Outcome, other string, found, why record.Text, at record.Occurrence) {
	key := "delivers " + other
	for i := range k.findings {
		fi := &k.findings[i]
		if fi.Discriminator != key {
			continue
		}
		fi.Occurrences = append(fi.Occurrences, at)
		if outcome == record.Violation && fi.Outcome != record.Violation {
			fi.Outcome, fi.Found, fi.Reason, fi.Ask = outcome, found, why, record.Text{}
		}
		return
	}
	fi := record.Finding{
		Outcome: outcome, Discriminator: key, Part: k.part, Found: found, Reason: why,
		Expected:    record.Text{ZH: "交付的内容与商品类型一致", EN: "what is delivered is what the listing's kind says"},
		Occurrences: []record.Occurrence{at}, Material: other,
	}
	if outcome == record.Suspected {
		fi.Ask = record.Text{ZH: "核实实际交付的内容", EN: "see what is in fact delivered"}
	}
	k.findings = append(k.findings, fi)
}

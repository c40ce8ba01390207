package rules

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"marketwarden/internal/record"
	"marketwarden/scanners/page"
)

// What tells support and its hours. Compiled once; they never change.
var (
	// supportAbout: words that make what stands beside or below them after-sales terms.
	supportAbout = gate(`(?i)售[后後]|客服|客户服务|技[术術]支持|技术服务|服务支持|服务热线|服务电话|服务邮箱|服务时段|服务渠道|支持热线|支持电话|支持邮箱|服务时间|服务方式|服务承诺|答疑|维保|质保|保修|\bsupport\b|after-?sales|customer service|help ?desk|warranty`, false, "售后", "售後", "客服", "客户服务", "技术支持", "技術支持", "技术服务", "服务支持", "热线", "服务电话", "服务邮箱", "服务时段", "服务渠道", "支持电话", "支持邮箱", "服务时间", "服务方式", "服务承诺", "答疑", "维保", "质保", "保修", "support", "sales", "customer", "desk", "warranty") //nolint:gochecknoglobals // an expression, never changed
	// supportWay: ways to get help, each of which says how without a number beside it.
	supportWay = gate(`(?i)在线(?:客服|咨询|支持|答疑|服务|解答|工单)|客服在线|(?:电话|邮件|邮箱|微信|QQ)[、/和及与](?:电话|邮件|邮箱|微信|QQ)|提交工单|工单(?:支持|受理|响应|服务|系统|渠道)|(?:通过|以)[^，。；,;]{0,6}工单|旺旺|(?:钉钉|QQ|微信|服务|支持|售后|交流)群|远程(?:协助|支持|服务|指导)|上门(?:服务|维修|支持)|电话(?:支持|服务)|(?:e-?mail|phone|telephone|online|remote) support|(?:live|online) chat|help ?desk|support tickets?|submit a ticket|hotline`, false, "客服", "邮", "微信", "qq", "desk", "在线", "工单", "旺旺", "群", "远程", "上门", "电话", "mail", "phone", "remote", "online", "chat", "ticket", "hotline") //nolint:gochecknoglobals // an expression, never changed
	// supportWayHere: what is as good in the support field, where everything is about it.
	supportWayHere = regexp.MustCompile(`(?i)工单|热线|电话|邮件|邮箱|微信|钉钉|留言|(?:客户|项目|客户成功)经理|站内信|\btickets?\b|\bby (?:e-?mail|phone)\b`)
	supportVague   = regexp.MustCompile(`(?i)(?:联系|咨询|找)(?:我们|客服|服务商|卖家|商家|本店)|客服|contact us`)
	// supportHours: when help is to be had. A number of working days is how long an answer
	// takes.
	supportHours = gate(`(?i)(?:[01]?\d|2[0-4])\s*[:：]\s*[0-5]\d\s*(?:[-–—~～－至到]|to|until)+\s*(?:次日|晚上?|下午)?\s*(?:[01]?\d|2[0-4])\s*[:：]\s*[0-5]\d|\d{1,2}\s*[点时](?:半|整)?\s*[-–—~～－至到]+\s*(?:次日|晚上?|下午)?\s*\d{1,2}\s*[点时]|\d{1,2}\s*[-–—~～－至到]\s*\d{1,2}\s*[点时]|[一二三四五六七八九十两]{1,3}点(?:半|整)?\s*[-–—~～－至到]+\s*(?:次日|晚上?|下午|傍晚)?\s*[一二三四五六七八九十两]{1,3}点|[早朝]上?\s*[\d一二三四五六七八九十]{1,2}\s*点?\s*(?:[-–—~～－至到]+\s*)?晚上?\s*[\d一二三四五六七八九十]{1,2}|7\s*(?:天)?\s*[*×xX✕/·乘]?\s*24|5\s*(?:天)?\s*[*×xX✕乘]\s*8|8\s*小时\s*[*×xX✕乘]\s*5|24\s*[*×xX✕/乘]\s*7|(?:每天|全天|每日)\s*24\s*小时|24 hours a day|around the clock|全天(?:受理|在线|服务)|节假日(?:无休|照常|不休)|随时(?:可|能|联系|拨打|致电|响应|受理)|(?:24|二十四)\s*小时(?:在线|客服|服务|值班|热线|支持|响应|售后|受理|待命)|全天候|全年无休|(?:周|星期|礼拜)一\s*[-–—~～－至到]+\s*(?:周|星期|礼拜)?[五六日天]|(?:^|[^个\d一二两三四五六七八九十])\s*工作日|mon(?:day)?s?\s*(?:[-–—~]|to|through)\s*(?:fri|sat|sun)|(?:business|working|office) (?:hours|days)|\d{1,2}(?::\d\d)?\s*a\.?m`, true, "点", "早", "朝", "全天", "节假日", "随时", "clock", "二十四", "全天候", "全年无休", "周一", "星期一", "礼拜一", "工作日", "mon", "hours", "days") //nolint:gochecknoglobals // an expression, never changed
	// shownHours: how a marketplace labels the hours of a provider.
	shownHours = gate(`(?i)(?:在线|服务|客服|营业|咨询)时间|(?:service|support|online) hours`, false, "时间", "hours") //nolint:gochecknoglobals // an expression, never changed
	// supportDenied: the provider says that there is none.
	supportDenied = gate(`(?:不提供|不再提供|不包含|不包括|不含|没有|概不|恕不|无)(?:任何|提供|免费|人工|后续|的){0,3}(?:售后|技术支持|客服支持)`, false, "售后", "技术支持", "客服支持") //nolint:gochecknoglobals // an expression, never changed
	supportSafe   = regexp.MustCompile(`无售后之忧|(?:无|没有)售后(?:烦恼|顾虑|困扰)|(?:以外|之外|期外|到期后|过保|范围外|超出)[^。；]{0,12}(?:不提供|不含|概不|恕不)`)
	presaleOnly   = gate(`售前|购买前咨询|下单前咨询|pre-?sales`, false, "售前", "购买前", "下单前", "sales") //nolint:gochecknoglobals // an expression, never changed
	bothSales     = regexp.MustCompile(`售前[、/及和与,，]?售后`)
)

// support is what a page says of after-sales support.
type support struct {
	page          *page.Page
	shown, about  onPage // shownHours, supportAbout
	agreement     onPage // agreementName
	method, hours bool
	// Where else the terms may stand.
	vague    bool // "contact us" without a way
	linked   bool // an agreement or a page about support is linked
	pictured bool // pictures stand in the provider's words
	hidden   bool // words about it are there, which visitors do not see
	denial   [2]int
	at       *page.Block // the first block of the support field
}

// readSupport reads the page's words in one pass, up to where they state way and hours.
func readSupport(f *Facts) *support {
	p := f.Page
	s := &support{page: p, shown: f.onPage(shownHours), about: f.onPage(supportAbout), agreement: f.onPage(agreementName)}
	var field, before string
	below := false // the last heading is about support
	for i := range p.Blocks {
		if s.method && s.hours {
			return s // there is nothing more to find out
		}
		b := &p.Blocks[i]
		words := p.Text[b.Start:b.End]
		if b.Field == "" {
			s.frame(b, before, words)
			before = words
			continue
		}
		if b.Field != field {
			field, before, below = b.Field, "", false
		}
		if isCode(b.Tag) || b.Attr != "" {
			continue
		}
		if b.Field == "title" || b.Field == "price" || b.Field == "cases" {
			continue
		}
		here := b.Field == "support" || b.Field == "agreement"
		about := s.about.matches(b.Start, b.End)
		if headsWords(b.Tag) || about && utf8.RuneCountInString(words) <= 12 {
			below = about
		}
		switch {
		case b.Hidden:
			s.hidden = s.hidden || here || about
		case here || about || below:
			s.block(b, before, here)
		}
		before = words
	}
	s.elsewhere()
	return s
}

// frame takes the hours that the marketplace shows of the provider.
func (s *support) frame(b *page.Block, before, words string) {
	switch b.Zone {
	case "header", "footer", "nav":
		return
	}
	if !b.Hidden && (s.shown.matches(b.Start, b.End) || len(before) < 40 && shownHours.MatchString(before)) && supportHours.MatchString(words) {
		s.hours = true
	}
}

// block reads a block that is about support.
func (s *support) block(b *page.Block, before string, here bool) {
	if here && s.at == nil && b.Field == "support" {
		s.at = b
	}
	text := s.page.Text
	for at := b.Start; at < b.End; {
		end := sentenceEnd(text, at, b.End)
		words := text[at:end]
		if m := supportDenied.FindStringIndex(words); m != nil && s.denial[1] == 0 && !supportSafe.MatchString(words) {
			s.denial = [2]int{at + m[0], at + m[1]}
			words = words[:m[0]] + words[m[1]:]
		}
		if m := presaleOnly.FindStringIndex(words); m != nil && !bothSales.MatchString(words) {
			words = words[:m[0]]
		}
		s.words(words, before, here)
		at = end
	}
}

func (s *support) words(words, before string, here bool) {
	hours := supportHours.MatchString(words)
	s.hours = s.hours || hours
	switch {
	case s.method:
	case supportWay.MatchString(words), here && supportWayHere.MatchString(words),
		here && hours && strings.Contains(words, "在线"), reachable(words, before):
		s.method = true
	case here && supportVague.MatchString(words):
		s.vague = true
	}
}

// reachable reports whether words hold a contact detail that is no sample.
func reachable(words, before string) bool {
	for _, c := range findContacts(words, before, false) {
		if !c.sample {
			return true
		}
	}
	return false
}

// sentenceEnd is where the sentence that begins at from ends, its mark included.
func sentenceEnd(text string, from, to int) int {
	if i := strings.IndexAny(text[from:to], "。；;！!？\n"); i >= 0 {
		_, n := utf8.DecodeRuneInString(text[from+i:])
		return from + i + n
	}
	return to
}

func headsWords(tag string) bool {
	switch tag {
	case "h1", "h2", "h3", "h4", "h5", "h6", "dt", "th", "legend", "summary", "caption":
		return true
	}
	return false
}

// elsewhere looks for what might hold the terms and is not read.
func (s *support) elsewhere() {
	p := s.page
	for i := range p.Links {
		l := &p.Links[i]
		if l.Hidden || l.Kind.IsLoad() || l.URL == nil || !l.URL.IsHTTP() {
			continue
		}
		if l.Field == "agreement" || s.agreement.matchesLink(l) && !platformZone(l.Zone) || l.Field != "" && s.about.matchesLink(l) {
			s.linked = true
			break
		}
	}
	for i := range p.Images {
		switch p.Images[i].Field {
		case "", "title", "price", "cases":
		default:
			s.pictured = true
			return
		}
	}
}

// finding tells what is missing.
func (s *support) finding(part string, costs cost) record.Finding {
	fi := record.Finding{
		Outcome: record.Violation, Discriminator: "terms", Part: part,
		Expected: record.Text{ZH: "写明售后服务的方式和时间", EN: "how to get after-sales support is stated, and at what hours"},
		Reason:   record.Text{ZH: "收费商品须提供售后服务", EN: "a listing that costs money must come with after-sales support"},
	}
	switch {
	case !s.method && !s.hours:
		fi.Material, fi.Found = "method,hours", record.Text{ZH: "未写明售后服务方式和时间", EN: "neither a way to get support nor its hours"}
	case !s.method:
		fi.Material, fi.Found = "method", record.Text{ZH: "未写明售后服务方式", EN: "no way to get support"}
	default:
		fi.Material, fi.Found = "hours", record.Text{ZH: "未写明售后服务时间", EN: "no hours of support"}
	}
	denied := s.denial[1] > 0 && !s.method
	if denied {
		fi.Reason = record.Text{ZH: "页面声明不提供售后服务", EN: "the page says that there is no after-sales support"}
	} else if ask := s.ask(costs); !ask.IsZero() {
		fi.Outcome, fi.Ask = record.Suspected, ask
	}
	if s.hidden {
		fi.Reason.ZH += "；相关内容对访客隐藏"
		fi.Reason.EN += "; words about it are hidden from visitors"
	}
	fi.Occurrences = []record.Occurrence{s.place(denied)}
	return fi
}

// ask is what a person has to look at before the page can be blamed.
func (s *support) ask(costs cost) (ask record.Text) {
	if s.linked {
		ask = also(ask, record.Text{ZH: "查看所链接的协议或说明是否写明", EN: "see whether the agreement or page that is linked states it"})
	}
	if s.pictured {
		ask = also(ask, record.Text{ZH: "查看图片中是否写明", EN: "see whether a picture states it"})
	}
	if s.vague {
		ask = also(ask, record.Text{ZH: "核实“联系客服”等指的是哪种方式", EN: "see what way \"contact us\" and the like stand for"})
	}
	if s.hidden {
		ask = also(ask, record.Text{ZH: "核实隐藏的内容点击后是否显示", EN: "see whether what is hidden appears on a click"})
	}
	if costs == costUnknown {
		ask = also(ask, record.Text{ZH: "核实商品是否收费", EN: "see whether the listing costs anything"})
	}
	return ask
}

// place is where the words deny support, else where they should stand.
func (s *support) place(denied bool) record.Occurrence {
	o := record.Occurrence{URL: pageAddress(s.page)}
	blocks := s.page.Blocks
	switch {
	case denied:
		for i := range blocks {
			if b := &blocks[i]; b.Start <= s.denial[0] && s.denial[1] <= b.End {
				o.Field, o.Selector, o.Span = b.Field, s.page.Selector(b.Node), s.denial
				o.Snippet, o.Mark = snippet(s.page.Text, s.denial[0], s.denial[1], b.Start, b.End)
			}
		}
	case s.at != nil:
		b := s.at
		o.Field, o.Selector, o.Span = b.Field, s.page.Selector(b.Node), [2]int{b.Start, b.End}
		o.Snippet, o.Mark = snippet(s.page.Text, b.Start, b.End, b.Start, b.End)
	}
	return o
}

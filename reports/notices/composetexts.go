package notices

import (
	"strings"
	"unicode/utf8"

	"marketwarden/internal/record"
	"marketwarden/rules"
)

// texts are all words of notices, each in both languages, in one place. Formats take their
// arguments in the same order in both.
type texts struct {
	subject, subjectFirst, title                                            record.Text
	reference, date, provider, asOf, supersedes, preview, previewText       record.Text
	greeting, opening, before                                               record.Text
	items, listing, whole, address, withID                                  record.Text
	clause, clauseLead, and, heading, headingRisk                           record.Text
	counts, found, places, place, more, expected, reason                    record.Text
	since, sinceText, how, howText, mend, deadline, deadlineText            record.Text
	action, actionText, evidence, recordID, as, briefly, byRule, listings   record.Text
	shortened                                                               record.Text
	days, daysText, daysUnknown                                             record.Text
	points, pointsText, pointsReached, pointsOpen                           record.Text
	appeal, appealBy, appealAt, appealReply, appealSupport, appealWith      record.Text
	contact, contactText, contactNone, notes, incomplete, automated, moment record.Text
	element, join, colon, open, close                                       record.Text
}

// words returns the texts. It makes them anew, so that nobody can change them for others.
func words() *texts {
	return &texts{
		subject:      record.Text{ZH: "[%s] %s：请于 %s（含）前整改，共 %d 项", EN: "[%s] %s: please mend by the end of %s, items: %d"},
		subjectFirst: record.Text{ZH: "[%s] %s：请按各项期限整改，最早 %s（含），共 %d 项", EN: "[%s] %s: please mend by the deadline of each item, the earliest %s, items: %d"},
		title:        record.Text{ZH: "整改通知", EN: "Notice: what has to be mended"},
		reference:    record.Text{ZH: "通知编号", EN: "Reference"},
		date:         record.Text{ZH: "通知日期", EN: "Date"},
		provider:     record.Text{ZH: "服务商", EN: "Provider"},
		asOf:         record.Text{ZH: "最近检查", EN: "Last checked"},
		preview:      record.Text{ZH: "【预览】", EN: "[preview] "},
		previewText:  record.Text{ZH: "【预览，尚未发送】相关页面未重新检查；发送前会再次检查，已整改的内容将被去除。", EN: "[Preview, not sent] The pages were not looked at again. That is done before sending, and what has been mended by then is left out."},
		supersedes:   record.Text{ZH: "本通知取代未能送达的通知 %s，各项期限以本通知为准。", EN: "This notice takes the place of notice %s, which could not be delivered; the deadlines are those given here."},

		greeting: record.Text{ZH: "尊敬的服务商：", EN: "Dear provider,"},
		opening: record.Text{
			ZH: "经自动巡检发现并由工作人员逐项确认，贵方在%s的商品、企业官网或交易数据中，有以下 %d 项内容不符合服务商管理规范。请在各项期限前完成整改。整改后无需另行回复，后续巡检会重新检查。",
			EN: "An automated check found and a person confirmed, one by one, that your listings on %s, your website or your orders do not meet the provider norms in the items below (%d in all). Please mend each by its deadline. You need not report back: later checks look again.",
		},
		before: record.Text{ZH: "以下内容以 %s的检查结果为准，此前已整改的未列入。", EN: "They are as found on %s; what had been mended by then is left out."},

		items:      record.Text{ZH: "需要整改的事项", EN: "What has to be mended"},
		listing:    record.Text{ZH: "商品：%s", EN: "Listing: %s"},
		whole:      record.Text{ZH: "服务商整体（不针对单个商品）", EN: "The provider as a whole (no single listing)"},
		address:    record.Text{ZH: "商品地址", EN: "Listing address"},
		withID:     record.Text{ZH: "%s（%s）", EN: "%s (%s)"},
		clause:     record.Text{ZH: "第 %s 条", EN: "clause %s"},
		clauseLead: record.Text{ZH: "第 %s 条首段", EN: "clause %s (opening words)"},
		and:        record.Text{ZH: "、", EN: ", "},
		heading:    record.Text{ZH: "%s（规范%s）", EN: "%s (norms, %s)"},

		headingRisk: record.Text{ZH: "预警（尚未构成违规）：%s（规范%s）", EN: "Warning, no breach yet: %s (norms, %s)"},

		counts:       record.Text{ZH: "认定标准", EN: "What counts"},
		found:        record.Text{ZH: "发现内容", EN: "Found"},
		places:       record.Text{ZH: "原文及位置", EN: "Words and places"},
		place:        record.Text{ZH: "位置：%s", EN: "at: %s"},
		more:         record.Text{ZH: "另有 %d 处未列出", EN: "and %d more places"},
		expected:     record.Text{ZH: "应为", EN: "Expected"},
		reason:       record.Text{ZH: "说明", EN: "Explanation"},
		since:        record.Text{ZH: "发现时间", EN: "Seen"},
		sinceText:    record.Text{ZH: "首次发现 %s，最近一次 %s（北京时间，UTC+8）", EN: "first on %s, last on %s (Shanghai time, UTC+8)"},
		how:          record.Text{ZH: "认定方式", EN: "How it was found"},
		howText:      record.Text{ZH: "自动巡检发现，工作人员于 %s 查看并确认", EN: "by an automated check; a person looked at it and confirmed it on %s"},
		mend:         record.Text{ZH: "整改要求", EN: "How to mend it"},
		deadline:     record.Text{ZH: "整改期限", EN: "Mend by"},
		deadlineText: record.Text{ZH: "%s 24:00（北京时间，UTC+8；自通知之日起 %d 个工作日）", EN: "%s, 24:00 (Shanghai time, UTC+8; %d working day(s) from the date of this notice)"},
		action:       record.Text{ZH: "处理措施", EN: "Consequence"},
		actionText:   record.Text{ZH: "建议“%s”；是否采取由工作人员决定，不会自动执行", EN: "recommended is “%s”; a person decides, nothing happens by itself"},
		evidence:     record.Text{ZH: "证据（SHA-256）", EN: "Evidence (SHA-256)"},
		recordID:     record.Text{ZH: "记录编号", EN: "Record"},
		as:           record.Text{ZH: "同第 %d 项", EN: "as for item %d"},
		briefly:      record.Text{ZH: "%s：%s；期限 %s", EN: "%s: %s; by %s"},
		byRule:       record.Text{ZH: "%s：共 %d 项", EN: "%s: %d in all"},
		listings:     record.Text{ZH: "商品编号", EN: "Listings"},
		shortened:    record.Text{ZH: "事项较多，本通知省略了部分明细。需要完整明细的，请凭通知编号索取。", EN: "There are many items, so this notice leaves details out. Ask for them by the reference."},

		days:     record.Text{ZH: "期限的计算", EN: "How the days are counted"},
		daysText: record.Text{ZH: "期限按北京时间（UTC+8）的工作日计算：通知当日不计，最后一日至 24:00 止；周末和法定节假日不计，调休上班的周末计入。", EN: "Working days are counted in Shanghai time (UTC+8): the day of the notice does not count, and the last day counts until 24:00. Weekends and public holidays do not count; make-up working days at weekends do."},
		daysUnknown: record.Text{
			ZH: "%s 年的法定节假日和调休安排未能全部计入，未计入的日期暂按周一至周五计算；期间遇法定节假日的，期限相应顺延。",
			EN: "Not all public holidays of %s are taken into account: days that are not known to be holidays are counted Monday to Friday for now, and a public holiday among them extends the deadline accordingly.",
		},

		points:        record.Text{ZH: "扣分情况", EN: "Points"},
		pointsText:    record.Text{ZH: "%d 自然年截至目前累计扣分：%d 分。", EN: "Points so far in the natural year %d: %d."},
		pointsOpen:    record.Text{ZH: "按规范（第 20 条、第 24(4) 条），一个自然年内累计达到 %d 分的，下架全部商品、清退并扣除保证金；距此还有 %d 分。", EN: "By the norms (clauses 20 and 24(4)), %d points in a natural year take all listings down, end the provider's membership and forfeit the deposit; that is %d points away."},
		pointsReached: record.Text{ZH: "按规范（第 20 条、第 24(4) 条），一个自然年内累计达到 %d 分的，下架全部商品、清退并扣除保证金；目前已达到。", EN: "By the norms (clauses 20 and 24(4)), %d points in a natural year take all listings down, end the provider's membership and forfeit the deposit; that number is reached."},

		appeal:        record.Text{ZH: "如何申诉", EN: "How to appeal"},
		appealBy:      record.Text{ZH: "对任何一项有异议的，请在期限内申诉，截止 %s。申诉不收取任何费用。", EN: "If you disagree with an item, appeal by %s. An appeal does not cost anything."},
		appealAt:      record.Text{ZH: "申诉渠道：%s", EN: "Where to appeal: %s"},
		appealReply:   record.Text{ZH: "回复本邮件，或写信至 %s", EN: "answer this mail, or write to %s"},
		appealSupport: record.Text{ZH: "%s的服务商支持渠道", EN: "the provider support of %s"},
		appealWith:    record.Text{ZH: "请写明通知编号 %s 和事项序号，说明理由，并附上证明材料，例如页面截图、检测或获奖证明、授权文件、订单号。", EN: "Name the reference %s and the number of the item, give your reasons, and hand in what proves them, such as screenshots, test reports or awards, authorisations, order numbers."},

		contact:     record.Text{ZH: "联系方式", EN: "Contact"},
		contactText: record.Text{ZH: "%s，%s", EN: "%s, %s"},
		contactNone: record.Text{ZH: "请通过%s的服务商支持渠道联系我们，并注明通知编号。", EN: "Reach us through the provider support of %s and name the reference."},
		notes:       record.Text{ZH: "说明", EN: "Notes"},
		incomplete:  record.Text{ZH: "本通知只列出目前已经确认的事项，可能并不完整；未列出的内容不代表符合规范。", EN: "This notice lists what has been confirmed so far and may not be complete; what is not listed is not thereby found to meet the norms."},
		automated:   record.Text{ZH: "本通知由程序制作，所列事项均经工作人员确认。为安全起见，文中网址只以文字列出。", EN: "This notice was made out by a program from items that people confirmed. To be safe, addresses are given as text only."},
		moment:      record.Text{ZH: "%s（北京时间，UTC+8）", EN: "%s (Shanghai time, UTC+8)"},

		element: record.Text{ZH: "页面元素 %s", EN: "element %s"},
		join:    record.Text{ZH: "，", EN: ", "},
		colon:   record.Text{ZH: "：", EN: ": "},
		open:    record.Text{ZH: "“", EN: "“"},
		close:   record.Text{ZH: "”", EN: "”"},
	}
}

// page is what kind of page a place lies on, in words: the field of a listing page, or the
// pages of the provider's own. Fields of those are nothing that a provider knows.
func (t *texts) page(scope rules.Scope, field string) record.Text {
	switch scope {
	case rules.ScopeProductPage:
		return record.Text{ZH: "企业官网", EN: "your website"}
	case rules.ScopeSite:
		return record.Text{ZH: "企业官网首页", EN: "home page of your website"}
	case rules.ScopeDeliverable:
		return record.Text{ZH: "登录或下载地址", EN: "address to log in or download at"}
	case rules.ScopeListingPage, rules.ScopeOrders, rules.ScopeDeployment, rules.ScopeFeeds:
	}
	if field == "" {
		return record.Text{}
	}
	return t.field(field)
}

// field is a field of a listing page in words; one that is not known here stands for
// itself.
func (*texts) field(name string) record.Text {
	switch name {
	case "title":
		return record.Text{ZH: "商品标题", EN: "title"}
	case "summary":
		return record.Text{ZH: "商品简介", EN: "summary"}
	case "detail":
		return record.Text{ZH: "商品详情", EN: "description"}
	case "features":
		return record.Text{ZH: "商品亮点", EN: "features"}
	case "cases":
		return record.Text{ZH: "客户案例", EN: "cases"}
	case "guide":
		return record.Text{ZH: "使用指南", EN: "guide"}
	case "support":
		return record.Text{ZH: "售后支持", EN: "support"}
	case "agreement":
		return record.Text{ZH: "商品协议", EN: "agreement"}
	case "price":
		return record.Text{ZH: "价格", EN: "price"}
	}
	return record.Same(foreign(name, maxID))
}

// clauseOf is the clause of a rule in words: "14 lead, 14(4)" names two places.
func (c *composer) clauseOf(clause string) string {
	var out []string
	for part := range strings.SplitSeq(clause, ", ") {
		if article, lead := strings.CutSuffix(part, " lead"); lead {
			out = append(out, c.say(c.t.clauseLead, article))
		} else {
			out = append(out, c.say(c.t.clause, part))
		}
	}
	return strings.Join(out, c.say(c.t.and))
}

// sentence is a text of the rulebook as one line. The folding of YAML leaves spaces where
// its lines end, which Chinese has not.
func sentence(s string) string {
	var b strings.Builder
	before := rune(0)
	for i, r := range s {
		after, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		if r != ' ' || before < utf8.RuneSelf || after < utf8.RuneSelf {
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

// firstSentence is the sentence that a rule's explanation begins with: what is a
// violation. Stops in quotes and brackets end no sentence.
func firstSentence(s string) string {
	depth, quoted := 0, false
	for i, r := range s {
		switch r {
		case '（', '(', '“', '「':
			depth++
		case '）', ')', '”', '」':
			depth--
		case '"':
			quoted = !quoted
		}
		if depth > 0 || quoted {
			continue
		}
		if r == '。' || strings.HasPrefix(s[i:], ". ") {
			return s[:i+utf8.RuneLen(r)]
		}
	}
	return s
}

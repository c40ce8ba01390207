package rules

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"marketwarden/internal/textfold"
	"marketwarden/scanners/page"
)

// What tells a version of the product from other numbers, and from versions of others. All
// are asked about the few characters beside a number that was found, never about a page.
var (
	// versionAmount is a unit behind a number. Words that merely begin like one are none:
	// 元数据, 分布式, 个性化, 日志.
	versionAmount = regexp.MustCompile(`^ ?(?:[%‰块亿千倍折款岁吨米套届座]|元(?:[^数宇]|$)|万(?:[^能]|$)|秒(?:[^杀]|$)|台(?:[^账]|$)|次(?:[^世]|$)|位(?:[^置]|$)|名(?:[^称]|$)|项(?:[^目]|$)|场(?:[^景]|$)|期(?:[^望]|$)|周(?:[^报]|$)|年(?:[^报]|$)|月(?:[^报]|$)|日(?:[^志程历报]|$)|字(?:[^段体典符]|$)|人(?:[^工脸事力员机]|$)|个(?:[^性人]|$)|分(?:[^布析享类支销级组页阶期配]|$)|家(?:[^庭居]|$)|天(?:[^气]|$)|条(?:[^件]|$)|级(?:[^联]|$)|小时|美元|公里|公斤|(?:[kmgtp]i?b|[kmg]?bps|[kmgwh]|ms|rmb|usd|cny|hz|[mg]hz)(?:[^a-z]|$))`)
	// amountBefore is what makes an amount of the number behind it.
	amountBefore = regexp.MustCompile(`(?:[¥$€]|rmb|usd|cny|超过?|近|逾|约|达|仅需|只要|评分|得分|增长|融资|第) ?$`)
	// eventBehind are words behind a number that make it an occasion or a paper, no version.
	eventBehind = regexp.MustCompile(`^ ?(?:版)?(?:的)?[^,;。!]{0,6}(?:白皮书|战略|发布会|榜|报告|计划|大会|峰会|放假|假期|国庆|元旦|劳动节|妇女节|消费者|权益日|大促|促销|特惠|活动|庆典|周年|沙龙|公告|通知|购物节|狂欢|专场)`)
	// changeBehind tells that what stands behind a number was changed in the product.
	changeBehind = regexp.MustCompile(`^[ )\]:,-]{0,4}[^,;。!]{0,8}(?:新增|增加|修复|优化|改进|完善|调整|重构|新功能|fix|add|improv|new )`)
	// versionMark is a word for a version beside a number.
	versionMark = regexp.MustCompile(`版|version|release|更新至|更新到|升级至|升级到|发布`)
	// versionWord is one that no occasion has.
	versionWord = regexp.MustCompile(`版|version|release|更新至|更新到|升级至|升级到`)
	// ownWords are those before a version that name nothing: what is left is a name.
	ownWords = regexp.MustCompile(`当前|目前|最新|现行|稳定|正式|全新|重磅|重大|隆重|新一代|新版|发行|产品|软件|系统|平台|镜像|本[次月周年]|此次|这次|我们|我司|本公司|公司|公告|通知|喜讯|今日|今天|近日|近期|日前|日期|时间|现在|现已|已经?|全面|全员|全部|(?:很|非常|十分)?高兴地?|宣布|于|的|了|版本号?为?|版|更新|升级|发布|上线|推出|迎来|来到|带来|日志|历史|记录|说明|企业|标准|专业|旗舰|基础|高级|服务端|管理端|主程序|安装包|下载|\b(?:new|the|our|current|latest|newest|stable|product|version|release|changelog|is|we|have|now|v)\b`)
	// clauseDay is a day in a clause; it names nothing either.
	clauseDay = regexp.MustCompile(`\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?`)
)

// occasion reports whether two numbers are a day with a name: 3.15, 6.18, 11.11.
func occasion(v version) bool {
	if len(v) != 2 {
		return false
	}
	days := []int{101, 214, 308, 315, 405, 501, 504, 520, 601, 618, 701, 707, 801, 808, 818, 909, 910, 930, 1001, 1010, 1024, 1111, 1212, 1224, 1225, 1231}
	return v[1] < 100 && slices.Contains(days, v[0]*100+v[1])
}

// markedV reports whether a V stands before the number that begins at start. No amount and
// no day has one.
func markedV(text string, start int) bool {
	before := strings.TrimSuffix(text[:start], " ")
	n := len(before)
	return n > 0 && before[n-1] == 'v' && (n == 1 || before[n-2] < 'a' || before[n-2] > 'z')
}

// certainty is how sure it is that a number is a version.
type certainty int

const (
	noVersion certainty = iota
	maybeVersion
	sureVersion
)

// certain judges the number v at [start, end) of text, which was matched from from to to.
// Numbers of two parts are amounts and days, too, unless a word says version.
func certain(text string, v version, from, to, start, end int) certainty {
	if partOfNumber(text, start, end) || looksLikeDate(v) {
		return noVersion
	}
	if markedV(text, start) {
		return sureVersion
	}
	behind := text[end:]
	if versionAmount.MatchString(behind) || amountBefore.MatchString(text[max(0, start-12):start]) || eventBehind.MatchString(cut(behind, 60)) {
		return noVersion
	}
	if isPrivateAddress(v) {
		return noVersion
	}
	if len(v) > 2 {
		return sureVersion
	}
	beside := text[from:to]
	rest := strings.TrimLeft(behind, " ")
	named := versionWord.MatchString(beside) || strings.HasPrefix(rest, "版") || strings.HasPrefix(rest, "正式版") || strings.HasPrefix(rest, "稳定版")
	switch {
	case named:
		return sureVersion
	case occasion(v):
		return noVersion
	case versionMark.MatchString(beside):
		return sureVersion
	}
	return maybeVersion
}

// versionOwner tells whose a version is.
type versionOwner struct {
	head  string // the page's title and first headings, in small letters
	named func(string) bool
}

// pageHead is what the page says it is about.
func pageHead(p *page.Page) string {
	var head strings.Builder
	for i := range p.Blocks {
		if b := &p.Blocks[i]; (b.Tag == "h1" || b.Tag == "title") && b.End-b.Start <= maxHead && head.Len() <= maxHead {
			head.WriteString(strings.ToLower(textfold.Fold(p.Text[b.Start:b.End]).Text) + "\n")
		}
	}
	return head.String()
}

// maxHead bounds the bytes of a page's head.
const maxHead = 400

// of judges by the words of the clause before a version whose it is. Words that name
// the product or stand in the page's head, and words that name nothing, say its own; one
// name that is not the product's says another's; of anything longer nobody can say. byName
// tells that the product is named.
func (o versionOwner) of(before string) (own certainty, byName bool) {
	before = clauseDay.ReplaceAllString(before, " ")
	if i := strings.LastIndexAny(before, ",;:!?()[]|\n\t"); i >= 0 {
		before = before[i+1:]
	}
	for _, stop := range []string{"。", "、", "【", "】", "「", "《", "》"} {
		if i := strings.LastIndex(before, stop); i >= 0 {
			before = before[i+len(stop):]
		}
	}
	left := strings.Trim(ownWords.ReplaceAllString(before, " "), " -.·+*#/")
	switch {
	case utf8.RuneCountInString(left) < 2:
		return sureVersion, false
	case o.named(before) || strings.Contains(o.head, left):
		return sureVersion, true
	case utf8.RuneCountInString(left) <= 8:
		return noVersion, false
	}
	return maybeVersion, false
}

// isPrivateAddress reports whether numbers are an address of a local network.
func isPrivateAddress(v version) bool {
	return len(v) == 4 && (v[0] == 10 && v[1] == 0 || v[0] == 127 && v[1] == 0 || v[0] == 172 && v[1] >= 16 && v[1] < 32 || v[0] == 192 && v[1] == 168)
}

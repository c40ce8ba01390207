package fetch

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"marketwarden/internal/record"
)

// Bounds of what still counts as a page with hardly anything on it, in characters of
// visible text. Walls and error pages say one or two sentences; an article that speaks
// about captchas says more.
const (
	maxWallText  = 250
	maxWallLinks = 10
	maxSoftText  = 500
)

// Judge says why an answer is no page to judge: a bot wall, an error, or an error page
// with status 200. nil means it is one. body is UTF-8. It is a pure function; whether an
// error holds on a second visit and whether the content is HTML is not its concern.
//
// 401 and 403 are walls even without a known challenge: the server told us to stay out,
// and what it shows to a visitor with a browser is not known.
func Judge(status int, header http.Header, body []byte) *record.Reason {
	v := look(body)
	if who := wall(status, header, body, v); who != "" {
		return wallReason(status, who)
	}
	switch {
	case status == http.StatusUnauthorized:
		return &record.Reason{Code: record.ReasonBotWall, Text: record.Text{
			ZH: "服务器要求登录（状态码 401），没有看到页面",
			EN: "the server asks for credentials (status 401); the page was not seen",
		}}
	case status == http.StatusForbidden:
		return &record.Reason{Code: record.ReasonBotWall, Text: record.Text{
			ZH: "服务器拒绝本程序访问（状态码 403），用浏览器能否看到不得而知",
			EN: "the server refuses this program (status 403); whether a browser sees the page is not known",
		}}
	case status < 200 || status > 299:
		return &record.Reason{Code: record.ReasonErrorStatus, Text: record.Text{
			ZH: "服务器返回错误状态码 " + statusName(status),
			EN: "the server answered with status " + statusName(status),
		}}
	case len(bytes.TrimSpace(body)) == 0:
		return &record.Reason{Code: record.ReasonSoft404, Text: record.Text{
			ZH: fmt.Sprintf("状态码为 %d，但页面内容为空", status),
			EN: fmt.Sprintf("the status is %d, but the page is empty", status),
		}}
	}
	if said := softNotFound(v); said != "" {
		return &record.Reason{Code: record.ReasonSoft404, Text: record.Text{
			ZH: fmt.Sprintf("状态码为 %d，但页面只显示“%s”", status, said),
			EN: fmt.Sprintf("the status is %d, but all the page says is %q", status, said),
		}}
	}
	return nil
}

func wallReason(status int, who string) *record.Reason {
	return &record.Reason{Code: record.ReasonBotWall, Text: record.Text{
		ZH: fmt.Sprintf("被人机验证或防护拦截（%s，状态码 %d），没有看到页面", who, status),
		EN: fmt.Sprintf("a bot wall stands before the page (%s, status %d)", who, status),
	}}
}

// statusName is the status with its standard name, where it has one.
func statusName(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// wallMark is what gives a product's challenge page away. All of has must be in the body.
// Only products' own artefacts count here, no words an author might write.
type wallMark struct {
	who string
	has []string
}

// wallMarks lists the artefacts, in lower case.
func wallMarks() []wallMark {
	return []wallMark{
		{who: "Cloudflare", has: []string{"_cf_chl_opt"}},
		{who: "Cloudflare", has: []string{"cf-browser-verification"}},
		{who: "Cloudflare", has: []string{"<title>attention required! | cloudflare"}},
		{who: "Aliyun WAF", has: []string{"acw_sc__v2", "arg1"}},
		{who: "Aliyun WAF", has: []string{"acw_sc__v3"}},
		{who: "Aliyun WAF", has: []string{`name="aliyun_waf`}},
		{who: "Aliyun WAF", has: []string{`"_waf_`, "renderdata"}},
		{who: "Aliyun punish", has: []string{"_____tmd_____/punish"}},
		{who: "Aliyun punish", has: []string{"x5secdata"}},
		{who: "Aliyun WAF", has: []string{"您的访问被阻断"}},
		{who: "Akamai", has: []string{"errors.edgesuite.net"}},
		{who: "Akamai", has: []string{"sec-if-cpt-container"}},
		{who: "Akamai", has: []string{"bm-verify="}},
		{who: "Imperva", has: []string{"_incapsula_resource", "main-iframe"}},
		{who: "Imperva", has: []string{"incapsula incident id"}},
		{who: "DataDome", has: []string{"captcha-delivery.com"}},
		{who: "PerimeterX", has: []string{"px-captcha"}},
		{who: "AWS WAF", has: []string{"gokuprops"}},
		{who: "加速乐", has: []string{"__jsl_clearance"}},
		{who: "瑞数", has: []string{"$_ts=window['$_ts']"}},
		{who: "SafeLine", has: []string{"safeline", "challenge"}},
		{who: "宝塔", has: []string{"宝塔防火墙"}},
	}
}

// wallTitle is a whole title that only a wall has.
var wallTitle = regexp.MustCompile(`(?i)^(?:just a moment\W*|访问验证|(?:百度)?安全验证|滑动验证|滑动验证页面|人机验证|验证码拦截|captcha interception|security check|are you a robot\W*|robot check)$`)

// wallWords is what a wall asks of its visitor. An article can say it too, so it counts
// only on a page with hardly anything else.
var wallWords = regexp.MustCompile(`(?i)请(?:先)?完成(?:安全|人机|滑动|以下|下方|下列)?的?验证|请(?:按住|拖动|滑动|向右滑动).{0,6}滑块|拖动(?:下方)?滑块.{0,12}(?:验证|拼图|最右)|(?:请)?(?:确认|证明|验证)您?(?:是真人|不是机器人)|访问(?:过于|太)频繁|正在进行(?:安全|人机)(?:检测|验证)|检测到.{0,8}(?:异常访问|网络环境异常|异常流量)|verify (?:that )?you are (?:a )?human|checking (?:if the site connection is secure|your browser before)|prove you are not a robot|unusual traffic from your|complete the security check|enable javascript and cookies to continue`)

// wall names the bot wall an answer is, "" for none.
func wall(status int, header http.Header, body []byte, v view) string {
	if header.Get("Cf-Mitigated") == "challenge" {
		return "Cloudflare"
	}
	if action := header.Get("X-Amzn-Waf-Action"); action == "captcha" || action == "challenge" {
		return "AWS WAF"
	}
	if header.Get("Bxpunish") != "" {
		return "Aliyun punish"
	}
	// A server that answers with one of these has no page for us, whatever it writes;
	// what remains to be told is whether a wall is the reason.
	refused := slices.Contains([]int{401, 403, 405, 412, 429, 503, 521}, status)
	if !refused && !v.bare() {
		return "" // a page with something to say; nearly all pages end here
	}
	lower := bytes.ToLower(body)
	for _, m := range wallMarks() {
		if hasAll(lower, m.has) {
			return m.who
		}
	}
	if !v.bare() || v.password {
		return "" // much text is a page, and a login form with a captcha is one, too
	}
	if wallTitle.MatchString(v.title) {
		return clip(v.title)
	}
	return clip(wallWords.FindString(v.title + "\n" + v.text))
}

func hasAll(body []byte, marks []string) bool {
	for _, m := range marks {
		if !bytes.Contains(body, []byte(m)) {
			return false
		}
	}
	return true
}

// bare reports whether the page shows hardly anything.
func (v view) bare() bool { return !v.more && v.runes <= maxWallText && v.links <= maxWallLinks }

// notFound is a whole title or heading that says that the page does not exist. A product
// that was taken off the shelf is not among them: that is an answer about the product.
var notFound = regexp.MustCompile(`(?i)^[\s\p{P}]*(?:` +
	`(?:http|error|错误|错误代码)?[\s\p{P}]*404[\s\p{P}]*(?:not found|page not found|file not found|the page could not be found|error|page|错误|错误页面?|页面|提示|找不到页面|未找到页面|页面(?:不存在|未找到|找不到了?))?` +
	`|(?:sorry|oops)?[\s\p{P}]*(?:the )?(?:requested )?(?:page|file|url)?(?: you (?:requested|are looking for|were looking for))?\s*(?:was |is |could |can)?\s*(?:not be found|not found|doesn.?t exist|does not exist)` +
	`|(?:抱歉|对不起|很抱歉|非常抱歉)?[\s\p{P}]*(?:您|你)?(?:所)?(?:访问|查找|浏览|请求|要找)?的?(?:该|此)?(?:页面|网页|文件|地址|网址)(?:不存在|未找到|没有找到|找不到了?|已经?被?删除|不存在或已经?被?删除|走丢了|丢失了)` +
	`|(?:找不到|未找到|没有找到)(?:该|此|(?:您|你)(?:要|所)?(?:访问|查找|请求)的)?(?:页面|网页)` +
	`)[\s\p{P}]*$`)

// softNotFound returns what a page that exists only by its status says, "" for a page
// that has anything else to say.
func softNotFound(v view) string {
	if v.more || v.runes > maxSoftText {
		return ""
	}
	for _, said := range append(titleParts(v.title), v.heading) {
		if said != "" && notFound.MatchString(said) {
			return clip(said)
		}
	}
	return ""
}

// titleParts are the title and its pieces: sites put their name before or behind.
func titleParts(title string) []string {
	pieces := strings.FieldsFunc(title, func(c rune) bool { return strings.ContainsRune("|_–—·", c) })
	pieces = append(pieces, strings.Split(title, " - ")...)
	for i := range pieces {
		pieces[i] = strings.TrimSpace(pieces[i])
	}
	return append([]string{title}, pieces...)
}

// clip bounds what is quoted from a page.
func clip(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// runeCount counts the characters of s that are no white space.
func runeCount(s []byte) int {
	n := utf8.RuneCount(s)
	for _, c := range s {
		if c == ' ' || c == '\n' || c == '\t' || c == '\r' {
			n--
		}
	}
	return n
}

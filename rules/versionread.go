package rules

import (
	"regexp"
	"strings"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/textfold"
	"marketwarden/scanners/page"
)

// shownVersion is a version of the product that its page states.
type shownVersion struct {
	version version
	at      time.Time // since when, as the page says; zero when it does not
	block   *page.Block
	unsure  bool // the number may be something else's
}

// Bounds of what is read of a page for versions.
const (
	maxVersionBlock = 4 << 10 // bytes of a block: a changelog is a block an entry
	maxShown        = 200
)

// What versions are told by.
var (
	versionLabelled = regexp.MustCompile(`(?:(?:当前|最新|现行|稳定|正式|发行|产品|软件|系统|平台|镜像)的?)?(?:版本号?|发行版)(?:已|为|是|:|更新|升级|发布|到|至|于| ){0,8}v? ?(\d{1,4}(?:\.\d{1,5}){0,4})`)
	versionNewest   = regexp.MustCompile(`(?:当前版|最新版|正式版|稳定版|新版)(?:已|为|是|:|更新|升级|到|至| ){0,8}v? ?(\d{1,4}(?:\.\d{1,5}){1,4})`)
	versionLaunched = regexp.MustCompile(`v? ?(\d{1,4}(?:\.\d{1,5}){1,4}) ?(?:正式版|稳定版|版本|版)?(?:已|现|正式|现已|全新|全面|重磅|今日|于[^,;。!]{2,16}){0,3} ?(?:发布|上线|推出|面世|来袭)`)
	versionReleased = regexp.MustCompile(`(?:发布|上线|推出|更新至|升级至|升级到|更新到)了?(?:全新|最新|正式|新)?(?:的)?(?:版本)?:? ?v? ?(\d{1,4}(?:\.\d{1,5}){1,4})`)
	versionEnglish  = regexp.MustCompile(`(?:(?:current|latest|newest|stable|product|new) )?(?:version|release)(?: is| number|:| now| )* ?v?(\d{1,4}(?:\.\d{1,5}){0,4})|v?(\d{1,4}(?:\.\d{1,5}){1,4}) (?:is |was |has been )?(?:now )?(?:released|available|out)\b`)
	versionEntry    = regexp.MustCompile(`^\s*\[?(?:v|版本|version|release)? ?v?(\d{1,4}(?:\.\d{1,5}){1,4})\s*(?:\(|\[|\]|-|:|,| |发布|更新|于)*(\d{4}[-./年]\d{1,2}[-./月]\d{1,2})|^\s*(\d{4}[-./年]\d{1,2}[-./月]\d{1,2})日?\s*(?:发布|更新|上线|:|-|,| |版本|推出了?|version|release)*v?(\d{1,4}(?:\.\d{1,5}){1,4})`)
	versionNumbered = regexp.MustCompile(`v ?(\d{1,4}(?:\.\d{1,5}){0,4})`)

	// versionOthers tells that the number before which it stands is somebody else's or of the past.
	versionOthers = regexp.MustCompile(`(?:支持|兼容|适配|要求|依赖|需要?|基于|采用|内置|集成|从|由|自|低于|高于|旧版?|老版?|历史|早期|此前|原|上一|微信|钉钉|飞书|支付宝|抖音|淘宝|鸿蒙|麒麟|统信|欧拉|达梦|wechat|dingtalk|feishu|harmonyos|kylin|\buos\b|postgresql|mongodb|mariadb|tomcat|wordpress|chromium|firefox|safari|安卓|android|ios|windows|linux|centos|ubuntu|mysql|php|java|jdk|python|node\.?js|nginx|redis|docker|kubernetes|chrome|浏览器|协议|接口|api|sdk|客户端|app|小程序|插件|固件|内核|数据库|操作系统|环境|usb|tls|http|ssl|蓝牙|oracle|office|标准|规范|等保|框架|引擎|模型|requires?|required|supports?|compatible with|works with|tested (?:on|with)|based on|powered by|depends on|minimum|at least|upgrade from|\bneeds?|白皮书|手册|文档|条例|法)[^,;。!]{0,8}$`)
	// versionComing tells that a version is not there yet or not for everybody.
	versionComing = regexp.MustCompile(`即将|计划|预计|敬请期待|规划|路线图|预告|研发中|开发中|内测|公测|测试版|预览|抢先|beta|alpha|\brc\d*\b|preview|upcoming|coming soon|roadmap|planned`)
	// versionLeast tells that at least this version is asked for.
	versionLeast = regexp.MustCompile(`^ ?(?:及|或|版本)?(?:以上|以后|之后|更高|起|\+|or (?:later|above|higher))`)
	versionBare  = regexp.MustCompile(`^\s*v?(\d{1,4}(?:\.\d{1,5}){1,4})\s*$`)
	versionDated = regexp.MustCompile(`(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})`)
)

// versionGates are the expressions that tell of a version by words, each asked only where
// one of its words stands.
func versionGates() []gated {
	return []gated{
		{re: versionLabelled, words: []string{"版本", "发行版"}},
		{re: versionNewest, words: []string{"当前版", "最新版", "正式版", "稳定版", "新版"}},
		{re: versionLaunched, words: []string{"发布", "上线", "推出", "面世", "来袭"}},
		{re: versionReleased, words: []string{"发布", "上线", "推出", "更新至", "升级至", "升级到", "更新到"}},
		{re: versionEnglish, words: []string{"version", "release", "available", " out"}},
	}
}

// shownVersions are the versions of the product that its page states to visitors, in page
// order. named reports whether words name the product.
func shownVersions(p *page.Page, named func(string) bool) (out []shownVersion) {
	box, own := relatedBox{}, versionOwner{head: pageHead(p), named: named}
	for i := range p.Blocks {
		b := &p.Blocks[i]
		related := box.in(b, p.Text[b.Start:b.End])
		if related || !versionPlace(b) || len(out) >= maxShown {
			continue
		}
		text := strings.ToLower(textfold.Fold(p.Text[b.Start:b.End]).Text)
		if versionComing.MatchString(text) {
			continue
		}
		for _, g := range versionGates() {
			out = addVersions(out, b, text, g, own)
		}
		if m := versionBare.FindStringSubmatch(text); m != nil && i > 0 && versionLabel(p, &p.Blocks[i-1]) {
			if v := parseVersion(m[1]); v != nil && !looksLikeDate(v) {
				out = append(out, shownVersion{version: v, block: b})
			}
		}
		if m := entryOf(text); m != nil {
			m.block = b
			out = append(out, *m)
		}
		if (isHeading(b.Tag) || b.Tag == "title") && named(text) {
			out = addVersions(out, b, text, gated{re: versionNumbered, words: []string{"v"}}, own)
		}
	}
	for i := range out {
		if out[i].at.IsZero() {
			out[i].at = dateNear(p, out[i].block)
		}
	}
	return out
}

// versionLabel reports whether a block is the name of a cell in which the version stands.
func versionLabel(p *page.Page, b *page.Block) bool {
	switch strings.Trim(strings.ToLower(textfold.Fold(p.Text[b.Start:b.End]).Text), " :") {
	case "版本", "版本号", "当前版本", "最新版本", "产品版本", "软件版本", "version", "current version", "latest version", "product version":
		return true
	}
	return false
}

// versionPlace reports whether a block can state the version of what the page presents.
func versionPlace(b *page.Block) bool {
	if b.Hidden || b.Attr != "" || isCode(b.Tag) || b.End-b.Start > maxVersionBlock {
		return false
	}
	switch b.Zone {
	case "header", "footer", "nav", "aside":
		return false
	}
	return true
}

// addVersions adds what an expression finds in the words of a block.
func addVersions(out []shownVersion, b *page.Block, text string, g gated, own versionOwner) []shownVersion {
	if !g.may(text) {
		return out
	}
	for _, m := range g.re.FindAllStringSubmatchIndex(text, 20) {
		start, end := m[2], m[3]
		if start < 0 && len(m) > 4 {
			start, end = m[4], m[5]
		}
		before := strings.ToValidUTF8(text[max(0, m[0]-60):m[0]], "")
		if start < 0 || versionOthers.MatchString(before) || versionLeast.MatchString(text[end:]) {
			continue
		}
		v := parseVersion(text[start:end])
		if v == nil {
			continue
		}
		sure := certain(text, v, m[0], m[1], start, end)
		whose, byName := own.of(before)
		if byName && sure == maybeVersion {
			sure = sureVersion
		}
		if sure = min(sure, whose); sure != noVersion {
			out = append(out, shownVersion{version: v, at: dateIn(text), block: b, unsure: sure == maybeVersion})
		}
	}
	return out
}

// partOfNumber reports whether the digits belong to a longer number, an address or a share.
func partOfNumber(text string, start, end int) bool {
	if end < len(text) {
		switch c := text[end]; {
		case c >= '0' && c <= '9', c == '%':
			return true
		case (c == '-' || c == '/') && end+1 < len(text) && text[end+1] >= '0' && text[end+1] <= '9':
			return true // a day
		case c == '.' && end+1 < len(text) && text[end+1] >= '0' && text[end+1] <= '9':
			return true
		}
	}
	return start > 0 && (text[start-1] >= '0' && text[start-1] <= '9' || text[start-1] == '.')
}

// looksLikeDate: 2026.5.1 is a day, and 2026 a year, and no version.
func looksLikeDate(v version) bool {
	year := v[0] >= 1990 && v[0] <= 2199
	return year && (len(v) == 1 || len(v) == 3 && v[1] >= 1 && v[1] <= 12 && v[2] >= 1 && v[2] <= 31)
}

// entryOf reads an entry of a changelog: a version with its day, in either order. News and
// campaigns are entries with days, too: a bare number is a version only where a change
// follows, and then in doubt.
func entryOf(text string) *shownVersion {
	m := versionEntry.FindStringSubmatchIndex(text)
	if m == nil {
		return nil
	}
	start, end, dayStart, dayEnd := m[2], m[3], m[4], m[5]
	if start < 0 {
		start, end, dayStart, dayEnd = m[8], m[9], m[6], m[7]
	}
	v := parseVersion(text[start:end])
	if v == nil || versionLeast.MatchString(text[end:]) {
		return nil
	}
	sure := certain(text, v, m[0], m[1], start, end)
	switch rest := text[max(end, dayEnd):]; {
	case sure == noVersion, eventBehind.MatchString(cut(rest, 60)) && !markedV(text, start):
		return nil
	case sure == maybeVersion && !changeBehind.MatchString(cut(rest, 60)):
		return nil
	}
	return &shownVersion{version: v, at: dateIn(text[dayStart:dayEnd]), unsure: sure == maybeVersion}
}

// dateIn is the only day that a text names, the zero time when it names none or several.
func dateIn(text string) time.Time {
	var day time.Time
	for _, m := range versionDated.FindAllStringSubmatch(text, 5) {
		t, err := time.ParseInLocation("2006-1-2", m[1]+"-"+m[2]+"-"+m[3], market.Shanghai)
		if err != nil || !day.IsZero() && !day.Equal(t) {
			return time.Time{}
		}
		day = t
	}
	return day
}

// dateNear is the day in a short block beside b that says when something was updated.
func dateNear(p *page.Page, b *page.Block) time.Time {
	for i := range p.Blocks {
		if &p.Blocks[i] != b {
			continue
		}
		for _, k := range []int{i + 1, i + 2, i - 1, i - 2} {
			if k < 0 || k >= len(p.Blocks) {
				continue
			}
			text := strings.ToLower(p.Text[p.Blocks[k].Start:p.Blocks[k].End])
			if len(text) <= 80 && anyOf(text, []string{"更新", "发布", "日期", "时间", "updated", "released", "date"}) {
				if at := dateIn(text); !at.IsZero() {
					return at
				}
			}
		}
		break
	}
	return time.Time{}
}

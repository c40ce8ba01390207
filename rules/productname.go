package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"marketwarden/internal/textfold"
)

// productName is what tells a listing's product from others, taken from the listing's
// title. A title such as "MaxKB 企业级智能体平台（镜像）" names a brand, says what sort of
// thing it is and how it is delivered; only the first two tell it apart, and the words
// that half of all titles have (系统, 平台, 企业版, …) do not.
type productName struct {
	whole string // the title, plain
	parts []namePart
	// vague: the title has no distinctive word, so a page may well name the product
	// otherwise.
	vague bool
}

// namePart is one distinctive word of Latin letters and digits, or a run of Han.
type namePart struct {
	text   string // plain
	runes  int
	han    bool
	brand  bool    // a Latin word that names this thing and nothing else
	first  bool    // the first of several plain Latin words, perhaps a brand
	pieces []piece // of Han: what counts as a share of it, longest first
}

// piece is a run out of a part, and what it is worth.
type piece struct {
	text  string
	share float64
}

// fit says how well some words name a product.
type fit int

const (
	fitNone fit = iota
	fitPart     // name it in part
	fitFull     // name it in full, or by its brand
)

// How much of a name must be named. Sites shorten the long titles of the marketplace
// ("云岚堡垒机 V5 运维安全审计系统" is "云岚堡垒机" at home), so neither is all of it.
const (
	shareFull = 0.65
	sharePart = 0.45
	// shareHead: Chinese names have the sort of thing at their end, so names that differ
	// there are other products (智能客服, 智能外呼): what leaves the end out must have most
	// of the rest.
	shareHead = 0.75
)

// maxPartRunes bounds the parts of which pieces count; titles have none that long.
const maxPartRunes = 40

func newProductName(title string) productName {
	n := productName{whole: plain(title)}
	for _, t := range []string{withoutBrackets(title), title} {
		if n.parts = nameParts(plain(t), true); len(n.parts) == 0 {
			n.parts, n.vague = nameParts(plain(t), false), true
		}
		n.markBrands(coined(t))
		if len(n.parts) > 0 {
			break
		}
	}
	return n
}

// withoutBrackets leaves out what stands in brackets: the delivery, the edition, what is
// inside.
func withoutBrackets(s string) string {
	depth := 0
	return strings.Map(func(r rune) rune {
		switch r {
		case '(', '（', '[', '【', '「', '〔', '{', '<', '《':
			depth++
			return ' '
		case ')', '）', ']', '】', '」', '〕', '}', '>', '》':
			depth = max(0, depth-1)
			return ' '
		}
		if depth > 0 {
			return ' '
		}
		return r
	}, s)
}

// nameParts cuts plain words; with strict, those that tell nothing apart are left out.
func nameParts(s string, strict bool) []namePart {
	var out []namePart
	for s != "" {
		end := runEnd(s)
		word := s[:end]
		s = strings.TrimLeft(s[end:], " ")
		first, _ := utf8.DecodeRuneInString(word)
		p := namePart{text: word, han: first >= utf8.RuneSelf}
		if strict {
			p.text = distinctive(p)
		}
		if p.text == "" {
			continue
		}
		p.runes = utf8.RuneCountInString(p.text)
		if p.han = p.han && p.runes <= maxPartRunes; p.han {
			p.pieces = piecesOf(p.text)
		} else {
			p.runes = min(p.runes, 6)
		}
		out = append(out, p)
	}
	return out
}

// markBrands tells the Latin words that name a thing from those that say what it is:
// those written as nobody writes a word of the language (GitLab, LNMP, Websoft9), and one
// that stands alone. Of several plain ones the first may be.
func (n *productName) markBrands(coined map[string]bool) {
	for i := range n.parts {
		p := &n.parts[i]
		if p.han || len(p.text) < 4 || sortOfThing(p.text) {
			continue
		}
		alone := (i == 0 || n.parts[i-1].han) && (i+1 == len(n.parts) || n.parts[i+1].han)
		p.brand = coined[p.text] || alone
		p.first = !p.brand && i == 0
	}
}

// coined are the words of a title, in small letters, that have a capital or a digit
// beside letters anywhere but at their beginning.
func coined(title string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.FieldsFunc(title, func(r rune) bool {
		return r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		lower := strings.ToLower(w)
		if lower[1:] != w[1:] || strings.ContainsAny(w, "0123456789") && strings.ContainsFunc(w, unicode.IsLetter) {
			out[lower] = true
		}
	}
	return out
}

// runEnd is where the first run of Latin or of other letters ends.
func runEnd(s string) int {
	first, _ := utf8.DecodeRuneInString(s)
	for i, r := range s {
		if r == ' ' || (r < utf8.RuneSelf) != (first < utf8.RuneSelf) {
			return i
		}
	}
	return len(s)
}

// distinctive is what is left of a part without words that tell nothing apart.
func distinctive(p namePart) string {
	if !p.han {
		if genericLatin(p.text) {
			return ""
		}
		return p.text
	}
	for s := p.text; ; {
		rest := s
		for _, w := range genericHan() {
			if t, ok := strings.CutSuffix(rest, w); ok && (t == "" || utf8.RuneCountInString(t) >= 2) {
				rest = t
			}
			if t, ok := strings.CutPrefix(rest, w); ok && (t == "" || utf8.RuneCountInString(t) >= 2) {
				rest = t
			}
		}
		// 进销存管理 is 进销存, but 客户管理 is not 客户.
		if t, ok := strings.CutSuffix(rest, "管理"); ok && utf8.RuneCountInString(t) >= 3 {
			rest = t
		}
		if rest == s || rest == "" {
			return rest
		}
		s = rest
	}
}

// genericHan are words at the ends of titles that tell no product apart, longer ones
// before those that end them.
func genericHan() []string {
	return []string{
		"私有化部署版", "私有部署版", "私有化部署", "整体解决方案", "解决方案", "企业级", "企业版", "旗舰版", "标准版", "专业版",
		"高级版", "基础版", "免费版", "社区版", "试用版", "定制版", "在线版", "单机版", "集群版", "国际版", "至尊版", "豪华版",
		"体验版", "商业版", "云端版", "云版", "正版", "新版", "旧版", "官方", "一体化", "一站式", "定制化", "运行环境", "镜像",
		"系统", "平台", "软件", "服务", "工具", "方案", "产品", "应用", "套餐", "版本", "版", "第", "型",
	}
}

// genericLatin: words of titles that tell no product apart.
func genericLatin(w string) bool {
	if !strings.ContainsFunc(w, unicode.IsLetter) {
		return true
	}
	if v, ok := strings.CutPrefix(w, "v"); ok && v != "" && strings.Trim(v, "0123456789") == "" {
		return true
	}
	switch w {
	case "api", "apis", "saas", "paas", "iaas", "app", "apps", "pro", "plus", "max", "mini", "lite", "edition", "enterprise",
		"professional", "standard", "ultimate", "premium", "free", "community", "version", "system", "software", "platform",
		"service", "services", "solution", "solutions", "product", "products", "tool", "tools", "suite", "cloud", "image",
		"server", "online", "official", "web", "the", "a", "an", "for", "and", "or", "of", "with", "on", "in", "by", "to",
		"centos", "ubuntu", "debian", "windows", "linux", "anolis", "x86", "arm", "arm64", "x64", "bit":
		return true
	}
	return false
}

// sortOfThing: words that say what sort of thing a product is. They tell apart, but name
// no product by themselves.
func sortOfThing(w string) bool {
	switch w {
	case "docker", "java", "mysql", "node", "nodejs", "python", "tomcat", "nginx", "apache", "redis", "oracle", "mongodb",
		"postgresql", "kubernetes", "android", "email", "mail", "https", "http", "devops", "data", "database", "backup",
		"security", "monitor", "website", "wechat", "chat", "robot", "search", "video", "voice", "mobile", "office":
		return true
	}
	return false
}

// plain is text made comparable: folded, with white space and punctuation as single
// blanks, and none beside Han, which is written with and without.
func plain(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap, last := false, rune(0)
	for _, r := range textfold.Fold(s).Text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			gap = true
			continue
		}
		if gap && last != 0 && last < utf8.RuneSelf && r < utf8.RuneSelf {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
		gap, last = false, r
	}
	return b.String()
}

// in reports how well plain words name the product. company is what the site is called
// anyway: a part that says no more does not count unless it is the only one.
func (n *productName) in(text, company string) fit {
	if text == "" || len(n.parts) == 0 {
		return fitNone
	}
	if len(n.whole) >= 4 && containsWord(text, n.whole) {
		return fitFull
	}
	if short := n.shortened(text); short != fitNone {
		return short
	}
	all, got := 0.0, 0.0
	brand, head, maybe := false, false, false
	for i := range n.parts {
		p := &n.parts[i]
		if p.text == company && len(n.parts) > 1 {
			continue
		}
		first := all == 0
		all += float64(p.runes)
		share := p.share(text)
		got += share * float64(p.runes)
		brand = brand || p.brand && share == 1
		maybe = maybe || p.first && share == 1
		head = head || p.han && first && share == 1 && p.runes >= 4
	}
	switch {
	case all == 0:
		return fitNone
	case brand, head, got/all >= shareFull:
		return fitFull
	case maybe, got/all >= sharePart:
		return fitPart
	}
	return fitNone
}

// shortened: the words are the beginning of a longer name and nothing else, as a heading
// "云岚堡垒机" is of 云岚堡垒机运维安全审计系统.
func (n *productName) shortened(text string) fit {
	if len(text) > len(n.whole) || !strings.HasPrefix(n.whole, text) {
		return fitNone
	}
	short := nameParts(text, true)
	if len(short) != 1 || !short[0].han || short[0].runes < 4 {
		return fitNone
	}
	for i := range n.parts {
		if rest, ok := strings.CutPrefix(n.parts[i].text, short[0].text); ok {
			if len(rest) < len(short[0].text) {
				return fitFull
			}
			return fitPart
		}
	}
	return fitNone
}

// near reports whether any of the name is in plain words at all: a text that is not near
// has no words that name the product.
func (n *productName) near(text string) bool {
	for i := range n.parts {
		if n.parts[i].share(text) > 0 {
			return true
		}
	}
	return false
}

// share is how much of the part is there: all or nothing of a Latin word, of Han the
// longest run.
func (p *namePart) share(text string) float64 {
	if !p.han {
		if containsWord(text, p.text) {
			return 1
		}
		return 0
	}
	if strings.Contains(text, p.text) {
		return 1
	}
	for i := range p.pieces {
		if strings.Contains(text, p.pieces[i].text) {
			return p.pieces[i].share
		}
	}
	return 0
}

// piecesOf are the runs of two and more letters, and two fifths of the part at least.
func piecesOf(part string) []piece {
	runes := []rune(part)
	var out []piece
	for n := len(runes) - 1; n >= max(2, len(runes)*2/5); n-- {
		for i := 0; i+n <= len(runes); i++ {
			share := float64(n) / float64(len(runes))
			if i+n < len(runes) && share < shareHead {
				share = min(share, sharePart) / 2
			}
			out = append(out, piece{string(runes[i : i+n]), share})
		}
	}
	return out
}

// containsWord reports whether plain text has the words s, not inside longer Latin words.
func containsWord(text, s string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], s)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(s)
		glued := i > 0 && latin(s[0]) && latin(text[i-1]) || end < len(text) && latin(s[len(s)-1]) && latin(text[end])
		if !glued {
			return true
		}
		from = i + 1
	}
}

func latin(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// before is how many letters stand before the name in plain words that name it.
func (n *productName) before(text string) int {
	at := strings.Index(text, n.whole)
	for i := range n.parts {
		if j := strings.Index(text, n.parts[i].text); j >= 0 && (at < 0 || j < at) {
			at = j
		}
	}
	return utf8.RuneCountInString(text[:max(0, at)])
}

// rest is what plain words say beside the name.
func (n *productName) rest(text string) string {
	text = strings.ReplaceAll(text, n.whole, " ")
	for i := range n.parts {
		text = strings.ReplaceAll(text, n.parts[i].text, " ")
	}
	return strings.TrimSpace(text)
}

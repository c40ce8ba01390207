package rules

import (
	"slices"
	"strings"

	"marketwarden/internal/textfold"
	"marketwarden/internal/weburl"
)

// contactReader finds the contact details in one run of text.
type contactReader struct {
	raw    string
	folded textfold.Folded
	// before is what stands above or left of the text: the cell or the line before.
	before string
	code   bool // the text is an element of code: what stands there is a sample
	found  []contact
	looked int // places looked at for accounts
}

// maxContacts bounds the contact details of one text, and of a page, that are looked at.
const maxContacts = 500

// findContacts finds them in s, in order and without overlaps, at most maxContacts.
func findContacts(s, before string, code bool) []contact {
	return readContacts(s, before, code, inspect(s))
}

// readContacts is findContacts of a text of which the signs are known.
func readContacts(s, before string, code bool, signs contactSigns) []contact {
	if signs == (contactSigns{}) {
		return nil
	}
	r := contactReader{raw: s, folded: textfold.Fold(s), before: before, code: code}
	if signs.digits {
		r.numbers()
	}
	if signs.loose {
		r.loose()
	}
	if signs.at {
		r.mails()
	}
	if signs.handle {
		r.handles()
	}
	if signs.digits {
		r.besideCell()
	}
	slices.SortFunc(r.found, func(a, b contact) int { return a.start - b.start })
	return r.found
}

func (r *contactReader) numbers() {
	t := r.folded.Text
	for i := 0; i < len(t) && len(r.found) < maxContacts; {
		if _, size := digitAt(t, i); size == 0 {
			i++
			continue
		}
		run := readRun(t, i)
		if run.n >= minNumber && !r.long(&run) {
			run.numbers(r.number)
		}
		i = run.end
	}
}

// number keeps the number [from, to) of the folded text, unless what is around it says
// that it is something else.
func (r *contactReader) number(kind contactKind, value string, from, to int) {
	t := r.folded.Text
	if to < len(t) && (isLabelByte(t[to]) && t[to] != '-' || t[to] == '%' || t[to] == '@' || t[to] == '=') {
		return
	}
	if !r.begins(from) {
		return
	}
	c := contact{kind: kind, value: value}
	cue := r.cueBefore(from)
	switch {
	case cue == cueAgainst:
		return
	case cue == cueContact:
		c.cued = true
	case cue == cueNone && counted(t[to:]):
		return
	case kind == contactPhone && strings.Trim(t[from:to], "0123456789") == "":
		return // ten digits and more in one may be anything
	case kind == contactPhone && value[0] == '0' && value[areaCode(value)] < '2' && cue != cueContact:
		return // nobody has such a number; after "电话" one is meant all the same
	}
	c.sample = r.code || r.inCode(from) || kind == contactMobile && sampleNumber(value) && (!c.cued || r.example(from))
	r.add(c, from, from, to)
}

// add keeps the contact detail that stands at [from, to) of the folded text, its value at
// [value, to), unless another one stands there.
func (r *contactReader) add(c contact, from, value, to int) {
	c.start, c.end = r.folded.Span(from, to)
	for i := range r.found {
		if f := &r.found[i]; c.start < f.end && f.start < c.end {
			return
		}
	}
	v, _ := r.folded.Span(value, to)
	c.disguised = strings.Trim(r.raw[v:c.end], asciiPrintable) != ""
	r.found = append(r.found, c)
}

const asciiPrintable = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

// begins reports whether a number may begin at i: it is not the end of a name, a path, a
// version or a longer number.
func (r *contactReader) begins(i int) bool {
	t := r.folded.Text
	if i == 0 {
		return true
	}
	switch c := t[i-1]; {
	case 'a' <= c && c <= 'z':
		word := i - 1
		for word > 0 && 'a' <= t[word-1] && t[word-1] <= 'z' {
			word--
		}
		switch t[word:i] {
		case "tel", "phone", "mobile", "call", "t", "v", "vx", "wx", "wechat", "qq", "m":
			return true
		}
		return false
	case c == '_' || c == '.' || c == '%' || c == '#' || c == '$' || c == '\\':
		return false
	case c == '-' || c == '/':
		return i < 2 || t[i-2] >= 0x80 || t[i-2] == ' '
	}
	return true
}

// cue is what the words before a number make of it.
type cue int

const (
	cueNone cue = iota
	cueContact
	cueAgainst
)

const cueReach = 42 // bytes: some fourteen Han characters

// cueBefore looks for the nearest word that says what the number at i is: before it in
// the same sentence, else in the text before.
func (r *contactReader) cueBefore(i int) cue {
	words := lastSentence(r.folded.Text[max(0, i-cueReach):i])
	if trimmed := strings.TrimRight(words, " :"); trimmed != "" {
		for _, verb := range []string{"加", "➕", "找", "拨", "拨打", "致电", "加我"} { // right before it
			if strings.HasSuffix(trimmed, verb) {
				return cueContact
			}
		}
	}
	if c := nearestCue(words); c != cueNone {
		return c
	}
	if strings.TrimRight(words, " :：(（") == "" && len(r.before) <= cueReach {
		return nearestCue(strings.ToLower(r.before))
	}
	return cueNone
}

// counted reports whether what follows a number says what it counts.
func counted(after string) bool {
	after = strings.TrimLeft(after, " ")
	for _, unit := range []string{"字节", "元", "次", "个", "条", "行", "位", "万", "亿", "毫秒", "bytes", "byte"} {
		if strings.HasPrefix(after, unit) {
			return true
		}
	}
	return false
}

// lastSentence is what follows the last mark that ends a sentence.
func lastSentence(s string) string {
	for _, end := range []string{"！", "？", "；", "!", "?", ";"} {
		if i := strings.LastIndex(s, end); i >= 0 {
			s = s[i+len(end):]
		}
	}
	for i := strings.LastIndexByte(s, '.'); i >= 0; i = strings.LastIndexByte(s[:i], '.') {
		if i+1 < len(s) && (s[i+1] >= 0x80 || s[i+1] == ' ') && i > 0 && s[i-1] >= 0x80 { // 。 folds to it
			return s[i+1:]
		}
	}
	return s
}

func nearestCue(s string) cue {
	best, at := cueNone, -1
	look := func(words []string, c cue) {
		for _, w := range words {
			if i := strings.LastIndex(s, w); i >= 0 && i+len(w) > at {
				best, at = c, i+len(w)
			}
		}
	}
	look([]string{
		"电话", "手机", "联系", "致电", "拨打", "来电", "热线", "咨询", "客服", "微信", "vx", "v信", "薇信", "专线", "座机", "呼叫",
		"微信账号", "qq账号", "找我", "经理", "顾问", "销售", "老师", "tel", "phone", "mobile", "call", "contact", "wechat", "whatsapp", "hotline",
	}, cueContact)
	look([]string{
		"订单", "编号", "单号", "流水", "版本", "序列", "备案", "icp", "证书", "登字", "软著", "许可", "专利", "合同号", "税号",
		"信用代码", "条码", "型号", "身份证", "卡号", "字节", "时间戳", "id", "uid", "isbn", "编码", "代码", "发票", "快递", "账号", "帐号",
	}, cueAgainst)
	return best
}

// inCode reports whether the value at i is one of a query, a command or an object.
func (r *contactReader) inCode(i int) bool {
	before := strings.TrimRight(r.folded.Text[:i], " ")
	if before == "" {
		return false
	}
	switch before[len(before)-1] {
	case '=', '"', '\'', '`', '<', '{', '[':
		return true
	case ':':
		return strings.HasSuffix(before, `":`) || strings.HasSuffix(before, `':`)
	}
	return false
}

// example reports whether the words before i introduce an example.
func (r *contactReader) example(i int) bool {
	words := lastSentence(r.folded.Text[max(0, i-2*cueReach):i])
	if strings.HasSuffix(strings.TrimRight(words, " :\"“"), "如") {
		return true
	}
	words += r.before
	for _, w := range []string{"示例", "样例", "例如", "比如", "例:", "参数", "字段", "返回值", "返回结果", "e.g", "example", "sample"} {
		if strings.Contains(words, w) {
			return true
		}
	}
	return false
}

// mailCue reports whether words before an address say that it is where to write to.
func (r *contactReader) mailCue(i int) bool {
	words := lastSentence(r.folded.Text[max(0, i-cueReach):i])
	if strings.TrimRight(words, " :") == "" && len(r.before) <= cueReach {
		words = strings.ToLower(r.before)
	}
	for _, w := range []string{"邮箱", "邮件", "邮址", "联系", "咨询", "发至", "发送至", "mail", "contact", "write to"} {
		if strings.Contains(words, w) {
			return true
		}
	}
	return false
}

// mails finds e-mail addresses.
func (r *contactReader) mails() {
	t := r.folded.Text
	for at := strings.IndexByte(t, '@'); at >= 0; {
		end := r.mail(at)
		next := strings.IndexByte(t[end:], '@')
		if next < 0 || len(r.found) >= maxContacts {
			return
		}
		at = end + next
	}
}

// maxLocal bounds what stands before the @ of an address.
const maxLocal = 64

// mail looks at one @ and answers where to go on.
func (r *contactReader) mail(at int) int {
	t := r.folded.Text
	from := at
	for from > 0 && at-from < maxLocal && (isLabelByte(t[from-1]) || t[from-1] == '.' || t[from-1] == '+') {
		from--
	}
	for from < at && (t[from] == '.' || t[from] == '-' || t[from] == '+') {
		from++
	}
	to := at + 1
	for to < len(t) && (isLabelByte(t[to]) || t[to] == '.') {
		to++
	}
	for to > at+1 && (t[to-1] == '.' || t[to-1] == '-' || t[to-1] == '_') {
		to--
	}
	local, host := t[from:at], t[at+1:to]
	dot := strings.LastIndexByte(host, '.')
	if local == "" || dot <= 0 || !mailHost(host) {
		return at + 1
	}
	if strings.HasSuffix(t[:from], "//") || from > 0 && (t[from-1] == ':' && strings.Contains(lastToken(t[:from]), "//") || t[from-1] == '/') {
		return to // a user name in an address
	}
	if to < len(t) && (t[to] == ':' || t[to] == '/') && (to+1 < len(t) && t[to+1] > ' ' && t[to+1] < 0x80) {
		return to // git@host:path
	}
	c := contact{kind: contactMail, value: local + "@" + host, cued: r.mailCue(from)}
	c.sample = r.code || r.inCode(from) || r.example(from) || sampleMail(local, host, c.cued)
	r.add(c, from, from, to)
	return to
}

// lastToken is what follows the last white space.
func lastToken(s string) string {
	s = s[max(0, len(s)-2*maxLocal):]
	return s[strings.LastIndexAny(s, " \t\n")+1:]
}

// mailHost reports whether a name can be the host of an address that mail reaches.
func mailHost(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if len(last) < 2 || isDigit(last[0]) || strings.Contains(host, "..") || strings.Contains(host, "_") {
		return false
	}
	switch last {
	case "md", "sh", "py", "js", "ts", "zip", "mov", "png", "jpg":
		return false
	}
	return weburl.IsPublicSuffixTLD(host) || reservedTLD(last)
}

// sampleMail reports whether an address is a placeholder or nobody's. An address of
// documentation's domains counts where words say to write to it and its name is one that
// a company would give out.
func sampleMail(local, host string, cued bool) bool {
	switch local {
	case "git", "root", "noreply", "no-reply", "user", "username", "your", "yourname", "youremail", "name", "example", "xxx", "xxxx", "xx", "test", "foo", "abc", "demo", "someone":
		return true
	}
	return strings.Contains(host, "xxx") || quiet(host) && !cued
}

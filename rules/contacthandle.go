package rules

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"marketwarden/internal/textfold"
)

// Accounts of messengers are given away only by the words before them. The patterns see
// folded text; the account ends the match.
var (
	qqHandle = regexp.MustCompile(`(?:q[ ._*+-]{0,3}q|扣扣|抠抠|蔻蔻|球球|秋秋|企鹅号?|q号|(?:加|\+|➕|联系|咨询)q|(?:^|[^a-z0-9])q ?:)` +
		`(?:号码?|客服|在线|咨询|联系|售后|技术|同号|[: ]|为|是|[(（])*([1-9]\d{2,3}(?: \d{3,4}){1,2}|[1-9]\d{4,10}|(?:[零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖幺]|\d){5,11})`)
	groupHandle = regexp.MustCompile(`(?:(?:qq|q|微信|钉钉|交流|技术|售后|用户|客户|官方|粉丝|讨论|企鹅|扣扣)群(?:号码?)?|群号)(?:为|是|[: (])*([1-9]\d{5,11}|(?:[零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖幺]|\d){6,12})`)
	chatHandle  = regexp.MustCompile(`(?:(?:telegram|电报|纸飞机|whatsapp|skype)(?:号|账号|群)? ?(?:: ?@?| @)\+?|(?:钉钉|飞书)(?:号|账号)?(?:为|是|搜索?|添加|加|[: ])+)[a-z0-9][a-z0-9_.-]{4,30}`)

	wechatHandle = regexp.MustCompile(`(?:微信号|企微号?|企业微信号|微信账号|微信同号|v信同号|vx同号|wechat id)(?:为|是|[: (])*[a-z][-_a-z0-9]{5,19}` +
		`|(?:[微威维薇][ ._·-]{0,2}信|微 ?❤|❤信号?|vx|v信|wx号?|薇信|威信|维信|徽信|wechat|weixin|薇)(?:客服|咨询|联系)?(?:为|是)? ?: ?[a-z][-_a-z0-9]{5,19}` +
		`|(?:加|添加|搜索?|\+|➕|联系|咨询)(?:我们?的?|客服的?|销售的?|好友)*(?:微信|微 ?❤|vx|v信|wx|薇信|威信|维信|徽信|卫星|v|薇|微|威)(?:号|咨询|了解|详聊|详谈|领取|沟通|[: ])*[a-z][-_a-z0-9]{5,19}` +
		`|(?:v信|薇信|威信|维信|徽信|绿泡泡|同薇|同微|[微薇威徽] ?[❤♥♡])[: ]*[a-z][-_a-z0-9]{5,19}` +
		`|❤信号?[: ]*[a-z][-_a-z0-9]{5,19}|微信[a-z][-_a-z]{3,16}\d{2,8}` +
		`|(?:^|[^a-z0-9])v ?: ?[a-z][-_a-z0-9]{5,19}`)
	// What stands there in documents about the interfaces of WeChat.
	wechatWord = regexp.MustCompile(`appid|appsecret|jsapi|openid|unionid|mchid|native|miniprogram|oauth|sdk|wechat|weixin|h5|^api`)
)

// handles finds accounts of messengers: where a word for one is followed by something
// like an account.
func (r *contactReader) handles() {
	for _, h := range []struct {
		kind contactKind
		re   *regexp.Regexp
		cues []string
	}{
		{contactGroup, groupHandle, []string{"群"}},
		{contactQQ, qqHandle, []string{"qq", "扣扣", "抠抠", "蔻蔻", "球球", "秋秋", "企鹅", "q号", "q q", "q-q", "q.q", "q_q", "q*q", "q+q", "加q", "q:", "q :", "联系q", "咨询q"}},
		{contactWeChat, wechatHandle, []string{"❤信", "微", "薇", "威", "维信", "徽", "卫星", "绿泡泡", "v信", "vx", "wx", "v:", "v ", "加v", "wechat", "weixin"}},
		{contactOther, chatHandle, []string{"telegram", "电报", "纸飞机", "whatsapp", "skype", "钉钉", "飞书"}},
	} {
		for _, cue := range h.cues {
			r.after(h.kind, h.re, cue)
		}
	}
}

// Bounds of the words around a cue, in bytes.
const (
	handleBefore = 24
	handleAfter  = 64
	minHandle    = 5 // of an account
)

// after looks for accounts after every occurrence of a cue.
func (r *contactReader) after(kind contactKind, re *regexp.Regexp, cue string) {
	t := r.folded.Text
	for at := strings.Index(t, cue); at >= 0 && r.looked < maxContacts && len(r.found) < maxContacts; {
		end := min(len(t), at+len(cue)+handleAfter)
		next := at + len(cue)
		if accountNear(t[next:end]) {
			r.looked++
			from := max(0, at-handleBefore)
			for !utf8.RuneStart(t[from]) {
				from++
			}
			m := re.FindStringSubmatchIndex(t[from:end])
			for m != nil && from+m[1] <= at { // the account before
				from += m[1]
				m = re.FindStringSubmatchIndex(t[from:end])
			}
			if m != nil {
				if len(m) > 2 && m[2] >= 0 {
					r.account(kind, from+m[0], from+m[2], from+m[3])
				} else {
					r.handle(kind, from+m[0], from+m[1])
				}
				next = max(next, from+m[1])
			}
		}
		k := strings.Index(t[next:], cue)
		if k < 0 {
			return
		}
		at = next + k
	}
}

func (r *contactReader) handle(kind contactKind, from, to int) {
	t := r.folded.Text
	if to < len(t) && (isLabelByte(t[to]) || t[to] == '@' || t[to] == '.' && to+1 < len(t) && isDigit(t[to+1])) {
		return
	}
	i := to
	for i > from && (isLabelByte(t[i-1]) || t[i-1] == '.') {
		i--
	}
	value := strings.TrimLeft(t[i:to], "-_.")
	for _, cue := range []string{"qq", "vx", "wx", "wechat", "weixin"} { // "qq12345"
		if rest, ok := strings.CutPrefix(value, cue); ok && rest != "" && isDigit(rest[0]) && kind != contactWeChat {
			value = rest
		}
	}
	if kind == contactWeChat && wechatWord.MatchString(value) {
		return
	}
	r.add(contact{kind: kind, value: value, cued: true, sample: r.code || r.example(from)}, from, i, to)
}

// account keeps an account that is a number of five digits and more at [value, to), in
// groups or in Chinese numerals.
func (r *contactReader) account(kind contactKind, from, value, to int) {
	t := r.folded.Text
	if to < len(t) && (isLabelByte(t[to]) || t[to] == '@' || t[to] == '.' && to+1 < len(t) && isDigit(t[to+1])) {
		return
	}
	var digits []byte
	for i := value; i < to; {
		d, size := digitAt(t, i)
		if size == 0 {
			size = 1
		} else {
			digits = append(digits, d)
		}
		i += size
	}
	if len(digits) < minHandle || digits[0] == '0' {
		return
	}
	r.add(contact{kind: kind, value: string(digits), cued: true, sample: r.code || r.example(from)}, from, value, to)
}

// messengerCell is a cell that says which messenger the account in the next cell is of.
var messengerCell = regexp.MustCompile(`^(?:qq|扣扣|抠抠|球球|蔻蔻|企鹅号?|q号|q q)(?:号码?|客服|咨询|售后|群)?[: ]*$`)

// besideCell takes a text that is a number and nothing else for an account where the text
// before names the messenger, as in the rows of a table.
func (r *contactReader) besideCell() {
	t := strings.TrimSpace(r.folded.Text)
	if len(t) < minHandle || len(t) > 11 || t[0] == '0' || strings.Trim(t, "0123456789") != "" || len(r.before) > cueReach {
		return
	}
	if !messengerCell.MatchString(textfold.Fold(strings.TrimSpace(r.before)).Text) || len(r.found) > 0 {
		return
	}
	from := strings.Index(r.folded.Text, t)
	r.handle(contactQQ, from, from+len(t))
}

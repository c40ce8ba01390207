package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Long numbers: what a bank calls an account, and what a state calls a citizen.

// Digits of cards that banks issue.
const (
	minCard = 16
	maxCard = 19
	// Accounts of companies have no check digit that all banks share.
	minAccount = 12
	maxAccount = 22
	idDigits   = 18 // of an identity number, its check character included
)

// long keeps a run that is a whole identity number, or the number of a bank card after
// words that say so. It answers whether the run is used up.
func (r *contactReader) long(run *digitRun) bool {
	t := r.folded.Text
	if run.n < minAccount || run.n > maxAccount || !r.begins(run.start) {
		return false
	}
	end := run.end
	id := string(run.digits[:run.n])
	if run.n == idDigits-1 && end < len(t) && t[end] == 'x' {
		id += "x"
		end++
	}
	if end < len(t) && (isLabelByte(t[end]) && t[end] != '-' || t[end] == '%' || t[end] == '=') {
		return false
	}
	sample := r.code || r.inCode(run.start) || r.example(run.start)
	switch {
	case identityNumber(id):
		r.add(contact{kind: contactIdentity, value: id, sample: sample}, run.start, run.start, end)
	case end == run.end && run.n >= minCard && run.n <= maxCard && luhn(id) && r.bankBefore(run.start), end == run.end && r.companyAccount(run.start):
		r.add(contact{kind: contactBank, value: id, cued: true, sample: sample}, run.start, run.start, end)
	default:
		return false
	}
	return true
}

// bankBefore reports whether the words before a number, or the text before, make it an
// account with a bank.
func (r *contactReader) bankBefore(i int) bool {
	t := r.folded.Text
	from := max(0, i-2*cueReach)
	for from < i && !utf8.RuneStart(t[from]) {
		from++
	}
	words := lastSentence(t[from:i])
	if strings.TrimRight(words, " :(") == "" && len(r.before) <= cueReach {
		words = strings.ToLower(r.before)
	}
	bank, at := -1, -1
	for _, w := range []string{"银行", "卡号", "开户", "账号", "帐号", "账户", "帐户", "户名", "收款", "汇款", "转账", "打款", "对公", "储蓄卡", "信用卡", "bank", "account", "card"} {
		bank = max(bank, strings.LastIndex(words, w))
	}
	for _, w := range []string{"订单", "流水", "单号", "会员卡", "物联网卡", "流量卡", "加油卡", "iccid", "sim", "编号", "序列", "设备号", "快递", "发票", "税号", "信用代码", "备案", "版本", "礼品卡", "充值卡"} {
		if k := strings.LastIndex(words, w); k >= 0 {
			at = max(at, k+len(w))
		}
	}
	return bank >= 0 && bank >= at
}

// companyAccount reports whether the words before a number name a bank or a holder, and
// the last of them say that this is the account.
func (r *contactReader) companyAccount(i int) bool {
	t := r.folded.Text
	from := max(0, i-3*cueReach)
	for from < i && !utf8.RuneStart(t[from]) {
		from++
	}
	words := strings.TrimRight(t[from:i], " :(为是")
	named := false
	for _, w := range []string{"账号", "帐号", "账户", "帐户", "卡号"} {
		named = named || strings.HasSuffix(words, w)
	}
	return named && containsAny(words, "开户", "户名", "对公", "收款", "汇款", "打款") && !containsAny(words, "订单", "流水", "例如", "示例", "样例")
}

// luhn reports whether the check digit of a card number is right, and its first digit one
// that cards for payments have.
func luhn(v string) bool {
	if v == "" || v[0] < '3' || v[0] > '6' || strings.Trim(v, v[:1]) == "" {
		return false
	}
	sum := 0
	for i := range len(v) {
		d := int(v[len(v)-1-i] - '0')
		if d > 9 {
			return false // a letter
		}
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// identityNumber reports whether v is an identity number of mainland China (GB 11643): a
// province, a day of birth and the check character.
func identityNumber(v string) bool {
	if len(v) != idDigits {
		return false
	}
	const checks = "10x98765432"
	sum, weight := 0, 1
	for i := idDigits - 2; i >= 0; i-- { // weights are powers of two modulo eleven, from the right
		weight = weight * 2 % 11
		sum += int(v[i]-'0') * weight
	}
	number := func(s string) (n int) {
		for i := range len(s) {
			n = n*10 + int(s[i]-'0')
		}
		return n
	}
	year, month, day := number(v[6:10]), number(v[10:12]), number(v[12:14])
	return v[17] == checks[sum%11] && '1' <= v[0] && v[0] <= '8' && 1900 <= year && year <= 2100 &&
		1 <= month && month <= 12 && 1 <= day && day <= 31
}

// looseCues are the words after which a mobile number is looked for that is no run of
// digits.
func looseCues() []string {
	return []string{"电话", "手机", "联系", "致电", "拨打", "微信", "vx", "v信", "tel", "phone", "mobile", "call", "咨询", "加微", "同号"}
}

// loose finds mobile numbers that are written so that they are no run of digits: letters
// for digits ("l35O1234"), signs or words between groups ("135🌟1234杠9876"). Only right
// after words that say so.
func (r *contactReader) loose() {
	t := r.folded.Text
	tried := 0
	for _, cue := range looseCues() {
		for at := strings.Index(t, cue); at >= 0 && tried < maxContacts && len(r.found) < maxContacts; {
			next := at + len(cue)
			tried++
			if from, to, value := looseMobile(t, next); value != "" {
				n := len(r.found)
				r.add(contact{kind: contactMobile, value: value, cued: true, sample: r.code || r.example(from)}, from, from, to)
				if len(r.found) > n {
					r.found[n].disguised = true
				}
				next = to
			}
			k := strings.Index(t[next:], cue)
			if k < 0 {
				break
			}
			at = next + k
		}
	}
}

const (
	looseBefore  = 12 // bytes between a cue and the number
	looseBetween = 8  // bytes between groups
)

// looseMobile reads a mobile number that begins soon after i.
func looseMobile(t string, i int) (from, to int, value string) {
	for end := min(len(t), i+looseBefore); i < end; {
		if d, _ := looseDigit(t, i); d == '1' {
			break
		} else if d != 0 || strings.IndexByte(".;!?\n", t[i]) >= 0 {
			return 0, 0, ""
		}
		_, n := utf8.DecodeRuneInString(t[i:])
		i += n
	}
	var digits [mobileDigits]byte
	var groups [mobileDigits]int
	n, g, plain := 0, 0, 0
	from, to = i, i
	for i < len(t) && i-to <= looseBetween {
		d, size := looseDigit(t, i)
		if size == 0 {
			if strings.IndexByte(".;!?\n", t[i]) >= 0 || n == 0 {
				break
			}
			_, size = utf8.DecodeRuneInString(t[i:])
			i += size
			continue
		}
		if n == mobileDigits {
			if i == to {
				return 0, 0, "" // longer than a number
			}
			break
		}
		if n > 0 && i > to {
			if i-to > maxSeparator && !onlySigns(t[to:i]) {
				return 0, 0, ""
			}
			g++
		}
		if isDigit(t[i]) {
			plain++
		}
		digits[n] = d
		groups[g]++
		n++
		i += size
		to = i
	}
	const least = 6 // digits that are digits
	whole := g == 0 || g == 10 || g == 2 && groups[0] == 3 && groups[1] == 4 || g == 1 && (groups[0] == 3 || groups[0] == 7)
	if n != mobileDigits || !whole || plain < least || !mobile(digits[:]) || to < len(t) && isLabelByte(t[to]) {
		return 0, 0, ""
	}
	return from, to, string(digits[:])
}

const mobileDigits = 11

// onlySigns reports whether what stands between digits is signs alone, no letters and no
// digits.
func onlySigns(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

// looseDigit is digitAt, and letters that look like digits.
func looseDigit(t string, i int) (digit byte, size int) {
	switch t[i] {
	case 'o':
		return '0', 1
	case 'l', 'i':
		return '1', 1
	}
	return digitAt(t, i)
}

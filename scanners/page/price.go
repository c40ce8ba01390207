package page

import "strings"

// maxPrices bounds the prices kept of one page.
const maxPrices = 2000

// maxFen is the largest amount read as a price: ten billion yuan.
const maxFen = 1_000_000_000_000

// Prices finds the prices that the page states, in the order of the text. They are looked
// for when asked for, as few rules ask.
func (p *Page) Prices() []Price { return prices(p.Text, p.Blocks) }

// prices finds amounts of money in the text: a currency sign before the number ("¥1,280",
// "CNY 30") or a unit behind it ("1280元", "1.5万元"), and the period or piece it is for
// ("/月", "元/次", "每年"). Amounts are exact; more than two decimals are no price.
func prices(text string, blocks []Block) []Price {
	var out []Price
	block := 0
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < '0' || c > '9' {
			if c >= 0xE0 {
				i += 2 // at least two more bytes of the character
			}
			continue
		}
		fen, n := amount(text[i:])
		if n == 0 {
			for i+1 < len(text) && (text[i+1] >= '0' && text[i+1] <= '9' || text[i+1] == '.' || text[i+1] == ',') {
				i++
			}
			continue
		}
		end := i + n
		currency, start := currencyBefore(text, i)
		after, times := currencyAfter(text[end:])
		if currency == "" && after > 0 {
			currency = "CNY"
		}
		if currency == "" || fen > maxFen/times {
			i = end - 1
			continue
		}
		fen *= times
		end += after
		unit, used := unitAfter(text[end:])
		end += used
		for block+1 < len(blocks) && blocks[block].End <= i {
			block++
		}
		out = append(out, Price{Fen: fen, Currency: currency, Unit: unit, Start: start, End: end, Field: blocks[block].Field})
		if len(out) == maxPrices {
			break
		}
		i = end - 1
	}
	return out
}

// amount reads digits with optional groups of thousands and at most two decimals. n is 0
// when s does not start with such a number.
func amount(s string) (fen int64, n int) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		fen = fen*10 + int64(s[i]-'0')
		if fen > maxFen {
			return 0, 0
		}
		i++
	}
	for first := true; i+3 < len(s) && s[i] == ',' && digits(s[i+1:]) == 3; first = false {
		if first && i > 3 {
			break
		}
		for k := i + 1; k < i+4; k++ {
			fen = fen*10 + int64(s[k]-'0')
		}
		i += 4
		if fen > maxFen {
			return 0, 0
		}
	}
	fen *= 100
	if i+1 < len(s) && s[i] == '.' {
		switch digits(s[i+1:]) {
		case 0:
		case 1:
			fen += int64(s[i+1]-'0') * 10
			i += 2
		case 2:
			fen += int64(s[i+1]-'0')*10 + int64(s[i+2]-'0')
			i += 3
		default:
			return 0, 0
		}
		if i+1 < len(s) && s[i] == '.' && digits(s[i+1:]) > 0 {
			return 0, 0 // a version or an IP address
		}
	}
	return fen, i
}

func digits(s string) int {
	n := 0
	for n < len(s) && n < 20 && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// currencyBefore reads the sign before the number at i and says where it starts.
func currencyBefore(text string, i int) (currency string, start int) {
	j := i
	for k := 0; k < 2 && j > 0 && (text[j-1] == ' ' || text[j-1] == '\n'); k++ {
		j--
	}
	before := text[:j]
	if before == "" {
		return "", i
	}
	switch before[len(before)-1] {
	case 0xA5, 0x81, 'Y', 'B', '$', 'D': // last bytes of the signs: most numbers have none
	default:
		return "", i
	}
	for _, s := range [...]struct{ sign, currency string }{
		{"¥", "CNY"}, {"￥", "CNY"}, {"CNY", "CNY"}, {"RMB", "CNY"}, {"人民币", "CNY"}, {"US$", "USD"}, {"$", "USD"}, {"USD", "USD"},
	} {
		if strings.HasSuffix(before, s.sign) {
			start := j - len(s.sign)
			if c := s.sign[0]; c >= 'A' && c <= 'Z' && start > 0 && isIdent(text[start-1]) && text[start-1] < 0x80 {
				return "", i
			}
			return s.currency, start
		}
	}
	return "", i
}

// currencyAfter reads 元 and its multiples.
func currencyAfter(s string) (n int, times int64) {
	t := strings.TrimPrefix(s, " ")
	skipped := len(s) - len(t)
	times = 1
	if rest, ok := strings.CutPrefix(t, "万"); ok {
		t, times = rest, 10_000
		skipped += len("万")
	}
	for _, unit := range [...]string{"元人民币", "元", "RMB", "CNY"} {
		if strings.HasPrefix(t, unit) && !strings.HasPrefix(t, "元素") {
			return skipped + len(unit), times
		}
	}
	if times > 1 {
		return skipped, times // "¥1.5万"; without a sign before it is no price
	}
	return 0, 1
}

// unitAfter reads what the price is for: "/月", "/ 次起", "每年".
func unitAfter(s string) (unit string, n int) {
	t := strings.TrimLeft(s, " \n")
	if len(s)-len(t) > 2 {
		return "", 0
	}
	for _, per := range [...]string{"/", "／", "每"} {
		rest, ok := strings.CutPrefix(t, per)
		if !ok {
			continue
		}
		rest = strings.TrimLeft(rest, " ")
		for _, u := range [...]string{
			"个月", "月", "季度", "季", "半年", "年", "小时", "天", "日", "周", "千次", "万次", "次", "人天", "人", "用户", "账号",
			"套", "个", "条", "台", "GB", "TB", "张", "份", "件", "month", "mo", "year", "yr", "day", "hour", "user",
		} {
			if strings.HasPrefix(rest, u) {
				return u, len(s) - len(rest) + len(u)
			}
		}
	}
	return "", 0
}

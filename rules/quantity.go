package rules

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// quantity is a number with what it counts, as titles and descriptions have it ("5坐席",
// "10 个页面", "1TB", "六个月", "4次/年"), in small letters and simplified characters.
type quantity struct {
	class      string // of units that count the same
	milli      int64  // in thousandths of the class's smallest unit
	per        string // "年" of "4次/年", "每台" of "每台3个"; "" when it is for nothing
	start, end int    // bytes, unit included
}

// unit is one word for what is counted.
type unit struct {
	word, class string
	times       int64 // in the smallest unit of the class
}

// unitWords are the units, made once.
var unitWords = sync.OnceValue(units) //nolint:gochecknoglobals // immutable once it is there

// units are what titles count by. A class is what is the same thing to a buyer.
func units() []unit {
	var out []unit
	for _, c := range []struct {
		class, words string
		times        int64
	}{
		{"seat", "坐席 座席 席位 席 seat seats agents", 1},
		{"user", "用户账号 子账号 用户 账号 账户 帐号 员工 成员 人 users accounts members", 1},
		{"message", "条短信 短信 条 封 messages", 1},
		{"set", "套", 1},
		{"draft", "稿", 1},
		{"copy", "份", 1},
		{"level", "级", 1},
		{"word", "字", 1},
		{"bandwidth", "mbps m带宽 m专线 兆", 1},
		{"sku", "sku skus", 1},
		{"storage", "mb m内存", 1},
		{"storage", "gb g空间 g存储 g硬盘 g流量 g", 1000},
		{"storage", "tb t空间 t存储 t", 1_000_000},
		{"time", "天 days", 1},
		{"time", "个月 months month", 30},
		{"time", "个季度", 90},
		{"time", "年 年期 years year", 360},
		{"page", "网页 页面 页 pages", 1},
		{"device", "服务器 主机 设备 终端 节点 台 devices servers nodes", 1},
		{"time-of-work", "次 times", 1},
		{"party", "方", 1},
		{"channel", "路视频 路 通道 channels", 1},
		{"store", "门店 店铺 网点 家店", 1},
		{"domain", "域名 站点 网站 domains sites", 1},
		{"concurrency", "并发 路并发", 1},
		{"core", "核心 核 vcpu", 1},
		{"article", "篇", 1},
		{"keyword", "关键词", 1},
		{"hour", "个工时 工时 小时 hours", 1},
		{"man-day", "人天 人日", 1},
		{"project", "项目", 1},
		{"bit", "位系统 位 bit -bit", 1},
	} {
		for w := range strings.FieldsSeq(c.words) {
			out = append(out, unit{w, c.class, c.times})
		}
	}
	return out
}

// unitAt is the longest unit that s begins with, after a measure word.
func unitAt(s string) (u unit, n int) {
	skip := 0
	for skip < len(s) && s[skip] == ' ' {
		skip++
	}
	best := -1
	take := func(at int) {
		for _, x := range unitWords() {
			end := at + len(x.word)
			if len(x.word) <= best || !strings.HasPrefix(s[at:], x.word) {
				continue
			}
			if whole := x.word[len(x.word)-1] >= 0x80 || end >= len(s) || !latin(s[end]); whole {
				u, best, n = x, len(x.word), at+len(x.word)
			}
		}
	}
	take(skip)
	for _, measure := range []string{"个", "名", "位", "家", "台", "路", "款"} {
		if strings.HasPrefix(s[skip:], measure) {
			if measure == "位" && best > 0 && u.class == "bit" {
				best = -1
			}
			take(skip + len(measure))
			if best < 0 { // "64位"
				take(skip)
			}
		}
	}
	if best < 0 {
		return unit{}, 0
	}
	return u, n
}

// quantities reads the quantities of s, in order. It takes time linear in s.
func quantities(s string) (out []quantity) {
	for i := 0; i < len(s); {
		milli, n := number(s[i:])
		if n == 0 {
			_, n = utf8.DecodeRuneInString(s[i:])
			i += n
			continue
		}
		start := i
		i += n
		if start > 0 && (latin(s[start-1]) || s[start-1] == '.' || s[start-1] == '-' && start > 1 && latin(s[start-2])) {
			continue // a part of a name or a version
		}
		u, used := unitAt(s[i:])
		if used == 0 || milli > 1<<40 {
			continue
		}
		q := quantity{class: u.class, milli: milli * u.times, start: start, end: i + used}
		if u.class == "time" && u.word == "年" && milli > 50_000 {
			continue // a date
		}
		if u.class == "time" && strings.HasSuffix(s[:start], "每") {
			continue // a period, which belongs to what follows
		}
		if u.word == "g" && milli < 8000 {
			continue // "5G"
		}
		if q.class == "user" && atOnce(s[q.end:]) {
			q.class = "concurrency"
		}
		q.per, used = perAfter(s[q.end:])
		q.end += used
		if q.per == "" {
			q.per = perBefore(s[:start])
		}
		out = append(out, q)
		i = max(i, q.end)
	}
	return out
}

// atOnce reports whether what was counted is counted at one time.
func atOnce(s string) bool {
	for _, w := range []string{"并发", "同时", "在线"} {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

// number reads a number in digits or Chinese numerals, in thousandths.
func number(s string) (milli int64, n int) {
	for n < len(s) && n < 12 && (s[n] >= '0' && s[n] <= '9' || s[n] == ',' && n > 0 && leadingDigits(s[n+1:]) == 3) {
		if s[n] != ',' {
			milli = milli*10 + int64(s[n]-'0')
		}
		n++
	}
	if n == 0 {
		return chineseNumber(s)
	}
	milli *= 1000
	if n+1 < len(s) && s[n] == '.' {
		k := leadingDigits(s[n+1:])
		if k == 0 || k > 3 || n+1+k < len(s) && s[n+1+k] == '.' {
			return milli, n
		}
		f := int64(1000)
		for _, c := range []byte(s[n+1 : n+1+k]) {
			f /= 10
			milli += int64(c-'0') * f
		}
		n += 1 + k
	}
	for _, m := range []struct {
		word  string
		times int64
	}{{"万", 10_000}, {"千", 1000}, {"百", 100}} {
		if strings.HasPrefix(s[n:], m.word) {
			return milli * m.times, n + len(m.word)
		}
	}
	return milli, n
}

func leadingDigits(s string) (n int) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// chineseNumber reads numerals up to 99,999,999 ("六", "三十", "五百", "两万").
func chineseNumber(s string) (milli int64, n int) {
	const numerals, formal = "零一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖"
	var total, part, digit int64
	seen := false
	for n < len(s) && n < 24 {
		r, size := utf8.DecodeRuneInString(s[n:])
		times := int64(0)
		switch r {
		case '两', '贰':
			digit, seen = 2, true
		case '十', '拾':
			times = 10
		case '百', '佰':
			times = 100
		case '千', '仟':
			times = 1000
		case '万':
			if !seen {
				return 0, 0
			}
			total, part, digit = (total+part+digit)*10_000, 0, 0
		case '半':
			if n == 0 { // half a year
				return 500, size
			}
			return (total + part + digit) * 1000, n
		default:
			i := max(strings.IndexRune(numerals, r), strings.IndexRune(formal, r))
			if i < 0 {
				if !seen {
					return 0, 0
				}
				return (total + part + digit) * 1000, n
			}
			digit, seen = int64(i/len("零")), true
		}
		if times > 0 {
			if !seen && r != '十' && r != '拾' {
				return 0, 0
			}
			part += max(digit, 1) * times
			digit, seen = 0, true
		}
		n += size
	}
	return (total + part + digit) * 1000, n
}

// perAfter reads what a quantity is for: "/年", "每月".
func perAfter(s string) (per string, n int) {
	for _, sign := range []string{"/", "每"} {
		rest, ok := strings.CutPrefix(strings.TrimLeft(s, " "), sign)
		if !ok {
			continue
		}
		if p := periodAt(rest); p != "" {
			return p, len(s) - len(rest) + len(p)
		}
		return "", 0
	}
	return "", 0
}

// perBefore reads it before the number: "每季度", "一年", "每台".
func perBefore(s string) string {
	s = strings.TrimRight(cutTail(s, 40), " 可各共")
	i := strings.LastIndex(s, "每")
	if i < 0 || utf8.RuneCountInString(s[i:]) > 6 {
		if strings.HasSuffix(s, "一年") || strings.HasSuffix(s, "全年") || strings.HasSuffix(s, "年") {
			return "年"
		}
		return ""
	}
	rest := s[i+len("每"):]
	if milli, n := number(rest); n > 0 { // "每3个月"
		if u, used := unitAt(rest[n:]); used > 0 && u.class == "time" {
			switch milli * u.times / 30_000 {
			case 1:
				return "月"
			case 3:
				return "季"
			case 6:
				return "半年"
			case 12:
				return "年"
			}
		}
	}
	if p := periodAt(rest); p != "" {
		return p
	}
	return s[i:]
}

// periodAt is the period that s begins with.
func periodAt(s string) string {
	for _, p := range []string{"半年", "季度", "季", "年", "个月", "月", "周", "天", "日"} {
		if strings.HasPrefix(s, p) {
			return p
		}
	}
	return ""
}

// perYear is how often a period is in a year; 0 when it is no period.
func perYear(per string) int64 {
	switch per {
	case "年":
		return 1
	case "半年":
		return 2
	case "季", "季度":
		return 4
	case "月", "个月":
		return 12
	case "周":
		return 52
	case "天", "日":
		return 365
	}
	return 0
}

// same compares quantities of one class, by the year where both are for a period. Storage
// is as much in thousands as in 1,024s. alike is false where they are for different
// things.
func (q *quantity) same(o *quantity) (same, alike bool) {
	a, b := q.milli, o.milli
	switch {
	case q.class != o.class:
		return false, false
	case perYear(q.per) > 0 && perYear(o.per) > 0:
		a, b = a*perYear(q.per), b*perYear(o.per)
	case q.per != o.per && perYear(q.per) == 0 && perYear(o.per) == 0:
		return false, false
	case q.per != "" && perYear(q.per) == 0 || o.per != "" && perYear(o.per) == 0:
		return false, false
	}
	if q.class == "storage" {
		return a*100 <= b*106 && b*100 <= a*106, true
	}
	if q.class == "time" { // twelve months, 365 days
		return a*100 <= b*103 && b*100 <= a*103, true
	}
	return a == b, true
}

package rules

import (
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"marketwarden/scanners/page"
)

// forEver is the unit of a price that is paid once for good.
const forEver = "永久"

// saidPrices are the prices that the provider's words state as those of the listing.
func (m *mismatchReader) saidPrices() (out []saidPrice) {
	all := m.facts.Page.Prices()
	k := 0
	text := m.text
	if m.title != nil {
		text = append([]passage{{m.title, m.shown}}, text...)
	}
	for _, x := range text {
		for k < len(all) && all[k].Start < x.block.Start {
			k++
		}
		var here []page.Price
		for ; k < len(all) && all[k].End <= x.block.End; k++ {
			here = append(here, all[k])
		}
		here = append(here, spokenPrices(x.words, x.block.Start)...)
		sort.SliceStable(here, func(a, b int) bool { return here[a].Start < here[b].Start })
		for _, price := range here {
			if m.isOwn(&price, x) {
				out = append(out, saidPrice{price, x, m.sure(&price, x)})
			}
		}
	}
	return out
}

// isOwn reports whether a price is stated as that of the listing, and reads what it is for
// from the words around it.
func (m *mismatchReader) isOwn(price *page.Price, x passage) bool {
	start, end := price.Start-x.block.Start, price.End-x.block.Start
	from, to := sentenceIn(x.words, start, end)
	before, after := x.words[from:start], x.words[end:to]
	near := before
	if i := strings.LastIndexAny(before, "，,"); i >= 0 {
		near = before[i:]
	}
	if i := strings.IndexAny(after, "，,"); i >= 0 {
		after = after[:i]
	}
	lead, tail := strings.Trim(near, "，, "), strings.TrimLeft(after, " 钱用")
	if rest, ok := strings.CutPrefix(tail, "/"); ok { // "元/台/天"
		if p := periodAt(rest); p != "" {
			price.Unit = p
		}
	}
	if price.Unit == "" {
		price.Unit = unitOf(near, tail)
	}
	switch {
	case x.block.Field == "agreement" && !strings.Contains(before, "每"):
		return false
	case anyIn(near, othersPrice()) || anyIn(before, []string{"例如", "比如", "示例", "如某", "举例"}):
		return false
	case anyIn(cut(after, 30), []string{"由", "另", "优惠", "以上", "以内", "以下", "商收取", "券", "红包", "成本", "示例", "减"}):
		return false
	case len(editionsIn(near)) > 0 && len(editionsIn(m.headline())) > 0 && !anyIn(m.headline(), editionsIn(near)):
		return false // the price of another edition
	case anyIn(near, ownPrice()), strings.HasSuffix(lead, "收"), x.block.Field == "title", anyIn(cut(tail, 12), []string{"搞定", "全包", "拿下", "包干", "一口价"}):
		return true
	case lead == "" && strings.Trim(before, "，, ") != "" && anyIn(before, ownPrice()):
		return true // "年付优惠价：…，…元" goes on
	}
	// A price alone, with what it is for.
	return (x.block.Field == "summary" || x.block.Field == "detail") && price.Unit != "" && slices.Contains([]string{"", "仅", "只", "现", "才", "现在", "¥"}, lead) && utf8.RuneCountInString(tail) <= 4
}

// sure reports whether a price is called that of the listing and of nothing less: no
// edition, term, customer or first year.
func (m *mismatchReader) sure(price *page.Price, x passage) bool {
	start := price.Start - x.block.Start
	from, to := sentenceIn(x.words, start, start)
	near := cutTail(x.words[from:start], 30)
	if i := strings.LastIndexAny(near, "，,"); i >= 0 {
		near = near[i:]
	}
	return anyIn(near, []string{"现价", "售价", "套餐价", "一口价", "定价", "总价", "本商品价格", "本产品价格"}) &&
		!anyIn(x.words[from:to], []string{"版", "档", "级", "阶", "首", "次年", "起", "规格", "型", "包年", "年付", "两年", "三年", "第", "款", "单", "以", "套餐一", "套餐二", "或"})
}

// unitOf is what a price is for by the words before it ("年费", "每次") or behind it
// ("一年", "包月").
func unitOf(before, after string) string {
	for _, x := range []struct{ word, unit string }{
		{"一年", "年"},
		{"包年", "年"},
		{"一个月", "月"},
		{"包月", "月"},
		{"一次", "次"},
		{"买断", forEver},
		{"永久", forEver},
		{"终身", forEver},
		{"per year", "年"},
		{"per month", "月"},
		{"a year", "年"},
		{"a month", "月"},
	} {
		if strings.HasPrefix(after, x.word) {
			return x.unit
		}
	}
	best, unit := -1, ""
	for _, x := range []struct{ word, unit string }{
		{"年费", "年"},
		{"年付", "年"},
		{"包年", "年"},
		{"每年", "年"},
		{"一年", "年"},
		{"月费", "月"},
		{"月付", "月"},
		{"包月", "月"},
		{"每月", "月"},
		{"月租", "月"},
		{"季费", "季"},
		{"季付", "季"},
		{"每季", "季"},
		{"每天", "天"},
		{"每日", "天"},
		{"每次", "次"},
		{"每千次", "千次"},
		{"每万次", "万次"},
		{"每人", "人"},
		{"每台", "台"},
		{"每套", "套"},
		{"每条", "条"},
		{"每个", "个"},
		{"买断", forEver},
	} {
		if i := strings.LastIndex(before, x.word); i > best {
			best, unit = i, x.unit
		}
	}
	return unit
}

// spokenPrices are prices in Chinese numerals ("八百元") or in 块; base is where the words
// stand in the page.
func spokenPrices(words string, base int) (out []page.Price) {
	for _, sign := range []string{"元", "块"} {
		for at := 0; at < len(words); {
			i := strings.Index(words[at:], sign)
			if i < 0 {
				break
			}
			i += at
			at = i + len(sign)
			start := i
			for start > 0 && i-start < 30 {
				r, n := utf8.DecodeLastRuneInString(words[:start])
				if !strings.ContainsRune("一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟", r) && (sign == "元" || r < '0' || r > '9') {
					break
				}
				start -= n
			}
			milli, n := number(words[start:i])
			if n == 0 || n != i-start || strings.HasPrefix(words[at:], "素") || milli > 1<<50 {
				continue
			}
			if r, _ := utf8.DecodeLastRuneInString(words[:start]); r == '第' || r == '.' || r == '0' {
				continue
			}
			out = append(out, page.Price{Fen: milli / 10, Currency: "CNY", Unit: perOf(words[at:]), Start: base + start, End: base + at})
		}
	}
	return out
}

// perOf is what a price is for by the sign behind it: "/月", "每年".
func perOf(s string) string {
	for _, sign := range []string{"/", "每"} {
		if rest, ok := strings.CutPrefix(strings.TrimLeft(s, " 钱"), sign); ok {
			for _, u := range []string{"千次", "次", "台", "人", "条", "套", "个月"} {
				if strings.HasPrefix(rest, u) {
					return u
				}
			}
			return periodAt(rest)
		}
	}
	return ""
}

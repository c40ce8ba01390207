package rules

import (
	"html"
	"slices"
	"strings"

	"marketwarden/internal/record"
	"marketwarden/scanners/page"
)

// priceField compares the page's price field with the catalogue.
func (m *mismatchReader) priceField() {
	b := fieldBlock(m.facts.Page, "price")
	if b == nil || strings.TrimSpace(m.facts.Listing.Price) == "" {
		return
	}
	m.compared = true
	if outcome := comparePrices(m.facts.Page, b, m.facts.Listing.Price); outcome != record.Pass {
		m.add(outcome, "price", b, 0, b.End-b.Start, m.facts.Listing.Price,
			record.Text{ZH: "页面价格与登记的价格不一致", EN: "the price of the page is not that of the catalogue"})
	}
}

// comparePrices compares the prices in the page's price field with the catalogue's.
func comparePrices(p *page.Page, b *page.Block, filed string) record.Outcome {
	plain := func(s string) string { return strings.Join(strings.Fields(s), "") }
	switch {
	case plain(filed) == "", plain(filed) == plain(p.Text[b.Start:b.End]):
		return record.Pass
	}
	want := pricesOf(filed)
	var shown []page.Price
	for _, price := range p.Prices() {
		if price.Field == "price" {
			shown = append(shown, price)
		}
	}
	for _, a := range shown {
		for _, c := range want {
			if samePrice(a, c) {
				return record.Pass
			}
		}
	}
	if len(shown) == 1 && len(want) == 1 && shown[0].Currency == want[0].Currency {
		return record.Violation
	}
	return record.Suspected
}

// pricesOf reads the prices of a text of the catalogue; "免费" is a price of nothing.
func pricesOf(s string) []page.Price {
	s = cut(s, snippetMost)
	if costOf(s) == costFree && !strings.ContainsAny(s, "0０") {
		return []page.Price{{Currency: "CNY"}}
	}
	return page.Parse([]byte("<p>"+html.EscapeString(s)+"</p>"), page.Options{}).Prices()
}

// samePrice compares two prices. One that does not say what it is for agrees with any
// that asks for as much.
func samePrice(a, b page.Price) bool {
	unitA, perA := period(a.Unit)
	unitB, perB := period(b.Unit)
	switch {
	case a.Currency != b.Currency:
		return false
	case unitA == unitB:
		return a.Fen*perB == b.Fen*perA
	}
	return a.Fen == b.Fen && (unitA == "" || unitB == "")
}

// period is what a price is for, and how many of it: months, calls, or whatever else.
func period(unit string) (name string, many int64) {
	switch unit {
	case "月", "个月", "month", "mo":
		return "月", 1
	case "季", "季度":
		return "月", 3
	case "半年":
		return "月", 6
	case "年", "year", "yr":
		return "月", 12
	case "千次":
		return "次", 1000
	case "万次":
		return "次", 10_000
	case "天", "日", "day":
		return "天", 1
	case "小时", "hour":
		return "小时", 1
	case "人", "用户", "账号", "user":
		return "人", 1
	}
	return unit, 1
}

// ownPrice are words that make a price that of the listing itself.
func ownPrice() []string {
	return []string{
		"价格", "售价", "定价", "总价", "一口价", "单价", "包价", "套餐价", "购买价", "产品价", "服务价", "价:", "价：", "价为", "年费", "月费", "季费", "月租", "年付", "月付", "季付", "包年", "包月",
		"费用", "收费", "服务费", "只要", "只需", "仅需", "仅要", "只收", "每月", "每年", "每次", "每套", "价钱", "标价", "收取", "现价", "特价", "活动价", "使用费", "合计", "租金", "套餐", "买断", "合同价", "报价", "仅售", "每季", "租用", "服务费", "需付", "需支付", "付费", "每次收", "每千次", "每万次",
		"price", "fee", "cost", "only",
	}
}

// othersPrice are words that make it that of something else.
func othersPrice() []string {
	return []string{
		"通话", "短信", "硬件", "域名", "证书费", "认证费", "押金", "定金", "订金", "首付", "保证金", "加购", "另购", "超出", "超过", "增购", "扩容", "增加", "额外", "另收", "另计", "另付", "差旅", "快递", "邮费", "运费", "配送", "起送", "税",
		"差价", "原价", "市场价", "划线价", "门市", "同行", "同类", "市面", "市场", "竞品", "别家", "节省", "省", "立减", "减", "优惠", "返", "奖", "赔", "罚", "充值", "示例", "例", "比如", "如某", "客户", "人工成本", "成本", "损失", "流水", "营收", "交易",
		"订单", "金额", "满", "余额", "预算", "面值", "红包", "客单", "工资", "房价", "商品价", "一件商品", "升级", "尾款", "第三方", "运营商", "收取的", "各", "官方", "云服务器", "ecs", "oss", "流量", "上门", "培训", "安装费", "实施费", "定制", "开发费", "号码", "不到", "平均", "约", "相当于", "折合", "每天",
		"活动前", "价值", "旧用户", "老用户", "旧版", "老版", "历史", "加收", "多收", "代收", "续费", "老客", "手续费", "成交", "进阶", "加急", "席位", "增值", "插件", "模块费", "门票", "课程", "维护费", "抵扣",
		"deposit", "extra", "additional", "add", "save", "discount", "was ", "upgrade", "shipping",
	}
}

// saidPrice is a price in the provider's words that is stated as that of the listing.
type saidPrice struct {
	page.Price
	passage passage
	sure    bool // called the price of the listing, without a word of another edition
}

// prices compares the prices in the provider's words with the catalogue's.
func (m *mismatchReader) prices() {
	filed := m.facts.Listing.Price
	want := pricesOf(filed)
	if len(want) == 0 {
		return
	}
	said := m.saidPrices()
	var wrong []saidPrice
	right := false
	for _, s := range said {
		m.compared = true
		same, agrees := false, false
		for _, w := range want {
			same = same || samePrice(s.Price, w)
			agrees = agrees || plausible(s.Price, w, filed)
			if len(want) == 1 && otherPeriod(s.Price, w) {
				m.wrongPrice(record.Violation, &s, filed)
				return
			}
		}
		right = right || same
		switch {
		case same || agrees:
		case s.sure && len(want) == 1 && !strings.ContainsAny(filed, "起~～-—至"):
			m.wrongPrice(record.Violation, &s, filed)
			return
		default:
			wrong = append(wrong, s)
		}
	}
	if right || len(wrong) == 0 || len(wrong) < len(said) { // the right one is stated, whatever others are
		return
	}
	outcome := record.Violation
	if len(wrong) > 1 && wrong[0].Fen != wrong[1].Fen || len(want) > 1 {
		outcome = record.Suspected // prices of editions
	}
	m.wrongPrice(outcome, &wrong[0], filed)
}

// otherPeriod reports whether two prices ask for as much, but for another period.
func otherPeriod(a, b page.Price) bool {
	periods := []string{"天", "日", "月", "个月", "季", "季度", "半年", "年", "day", "month", "mo", "year", "yr"}
	unitA, perA := period(a.Unit)
	unitB, perB := period(b.Unit)
	return a.Fen > 0 && a.Fen == b.Fen && a.Currency == b.Currency && slices.Contains(periods, a.Unit) && slices.Contains(periods, b.Unit) && (unitA != unitB || perA != perB)
}

// wrongPrice tells that a price is not the catalogue's.
func (m *mismatchReader) wrongPrice(outcome record.Outcome, w *saidPrice, filed string) {
	m.add(outcome, "price", w.passage.block, w.Start-w.passage.block.Start, w.End-w.passage.block.Start, filed,
		record.Text{ZH: "描述中的价格与登记的价格不一致", EN: "the price in the description is not that of the catalogue"})
}

// plausible reports whether a price may go with the catalogue's: dearer than one that is
// "from", for another thing than a period, or more of it at a discount.
func plausible(a, filed page.Price, words string) bool {
	unitA, perA := period(a.Unit)
	unitB, perB := period(filed.Unit)
	switch {
	case a.Currency != filed.Currency:
		return true
	case strings.ContainsAny(words, "起~～-—至") && a.Fen > filed.Fen:
		return true
	case unitB == "" && filed.Fen > 0 && unitA != "月" && unitA != "天" && unitA != "": // by the piece
		return true
	case unitA == "" || unitB == "":
		return false
	case unitA == forEver:
		return a.Fen != filed.Fen
	case unitA != unitB:
		return true
	case perA > perB:
		rate, of := a.Fen*perB, filed.Fen*perA
		return rate <= of && rate*2 >= of
	case perA < perB:
		rate, of := filed.Fen*perA, a.Fen*perB
		return rate <= of && rate*2 >= of
	}
	return false
}

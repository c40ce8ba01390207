package terms

import (
	"strings"
	"unicode/utf8"
)

// variants are pairs of a character and the simplified one that is meant by it:
// traditional and variant forms of what occurs in terms, and characters that are used
// for 最 because they sound or look like it. Both of a pair have the same length in
// UTF-8, so that offsets hold.
const variants = "優优級级業业國国內内領领獨独門门頂顶極极佈布無无與与對对絕绝壞坏證证險险賺赚賠赔價价質质術术務务" +
	"產产個个種种進进強强專专權权實实費费購购買买賣卖費费續续線线聯联繫系係系電电話话號号掃扫碼码陸陆轉转帳账賬账" +
	"戶户銀银滿满擇择選选開开關关創创軍军銷销終终遠远遙遥復复複复數数據据類类歲岁為为爲为們们會会過过" +
	"達达達达難难萬万億亿靈灵體体驗验應应該该將将時时間间問问題题動动態态員员團团隊队師师報报獎奖獲获認认" +
	"証证統统計计劃划標标準准簡简單单總总經经濟济營营運运維维護护衛卫訊讯雲云網网絡络點点處处機机構构辦办" +
	"風风臺台盡尽補补潰溃斷断丟丢誤误論论歡欢暢畅確确贏赢穩稳識识廠厂導导龍龙頭头雙双壓压場场環环節节軟软設设備备資资" +
	"訂订請请約约聲声譽誉損损傷伤檔档庫库圖图雜杂異异薦荐廣广豐丰齊齐響响鏡镜" +
	"騰腾華华馬马遜逊東东遷迁議议勝胜騙骗鍵键傳传遊游賭赌彈弹藥药槍枪竊窃聽听視视製制偽伪冊册牆墙學学擊击殺杀貶贬競竞鑽钻戰战夥伙輔辅釣钓魚鱼" +
	"蕞最朂最㝡最冣最"

// simple has the simplified character of each ideograph of variants, by its distance from
// firstHan; 0 elsewhere. A table, because every character of every page is looked up.
var simple = func() (t [lastHan - firstHan + 1]uint16) { //nolint:gochecknoglobals // a constant table, never changed
	for s := variants; s != ""; {
		from, n := utf8.DecodeRuneInString(s)
		to, k := utf8.DecodeRuneInString(s[n:])
		if from != to {
			t[from-firstHan] = uint16(to)
		}
		s = s[n+k:]
	}
	return t
}()

// simplify is the simplified character of r, r where there is no other.
func simplify(r rune) rune {
	if isHan(r) && simple[r-firstHan] != 0 {
		return rune(simple[r-firstHan])
	}
	return r
}

// simplified is s with the characters of variants as the simplified ones, of the same
// length.
func simplified(s string) string {
	for _, r := range s {
		if simplify(r) != r {
			return strings.Map(simplify, s)
		}
	}
	return s
}

// The ideographs of the two blocks that texts are written in.
const (
	firstHan = 0x3400
	lastHan  = 0x9FFF
)

// isHan reports whether r is one of them.
func isHan(r rune) bool { return firstHan <= r && r <= lastHan }

package terms

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/traditionalchinese"
)

// merged are simplified characters that traditional text has too, but for other words:
// Big5 does not tell that they have another form.
const merged = "万与丑个么云伙价体余佣党几准凭划制卷厂只台叶号吁后向听启吨周咸回困坏坛坝夸姜宁尸岳布帘干广庄床征彻御愿才托扑扰折担据拟采挂捆挤无昆松术朱极杰杯柜栖构气汇沈沟泄注泪洒涂灶炮烟猪献痒痴症盖秆秘种筑累篱胜胡脚腊舍范苏药荐荡获蒙虫蜡表谷踪迹适逻遗郁里钟铁雇面须"

// needsVariant reports whether r is a simplified character that traditional text writes
// otherwise: Big5, the code of Taiwan without the extensions of Hong Kong, lacks it, or it
// is one of merged.
func needsVariant(r rune) bool {
	if !isHan(r) || strings.ContainsRune("着包港帐", r) { // 著 is simplified, too; 帳 is 账; the codes of the others are doubled
		return false
	}
	b, err := traditionalchinese.Big5.NewEncoder().Bytes([]byte(string(r)))
	if err != nil || len(b) != 2 {
		return true
	}
	code := int(b[0])<<8 | int(b[1])
	return code < 0xA440 || 0xC67E < code && code < 0xC940 || 0xF9D5 < code
}

// lackVariants are the simplified characters of the set's anchors that no other one stands
// for, with an anchor that has them: whoever writes it in traditional characters is not
// understood.
func lackVariants(set *Set) map[rune]string {
	known := map[rune]bool{}
	for s := []rune(variants); len(s) > 1; s = s[2:] {
		known[s[1]] = true
	}
	lacking := map[rune]string{}
	for i := range set.anchors {
		for _, r := range set.anchors[i].text {
			if !known[r] && (needsVariant(r) || strings.ContainsRune(merged, r)) {
				lacking[r] = set.anchors[i].text
			}
		}
	}
	return lacking
}

// TestVariantsAreTraditional holds that the table translates nothing twice, and nothing
// that it translates to.
func TestVariantsAreTraditional(t *testing.T) {
	t.Parallel()
	seen := map[rune]bool{}
	for s := []rune(variants); len(s) > 1; s = s[2:] {
		if from, to := s[0], s[1]; seen[from] || simplify(to) != to || len(string(from)) != len(string(to)) {
			t.Errorf("%c for %c: twice, or a step only", from, to)
		}
		seen[s[0]] = true
	}
}

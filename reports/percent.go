package reports

import (
	"fmt"
	"math/bits"
)

// permille is the share of part in whole in thousandths, rounded down so that a share
// below a limit never shows as the limit: 7999 of 10000 is 799, not 800. ok is false
// when there is no whole. It is exact for every int64.
func permille(part, whole int64) (share int64, ok bool) {
	if whole <= 0 {
		return 0, false
	}
	part = min(max(part, 0), whole)
	hi, lo := bits.Mul64(uint64(part), 1000)
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return int64(q), true //nolint:gosec // at most 1000
}

// percent writes permille with one decimal and without a sign: "79.9". It is empty when
// there is no whole.
func percent(part, whole int64) string {
	p, ok := permille(part, whole)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d.%d", p/10, p%10)
}

// percentRange adds what the share could be at most, if what is unknown counted too.
func percentRange(part, unknown, whole int64) string {
	low := percent(part, whole)
	if low == "" || unknown <= 0 {
		return low
	}
	return low + "–" + percent(part+unknown, whole)
}

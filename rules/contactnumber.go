package rules

import "strings"

// Bounds of a number as written. Longer runs of digits are no telephone numbers.
const (
	maxDigits    = 24
	maxSeparator = 3 // bytes between two digits
)

// digitRun is a run of digits with little between them, in folded text.
type digitRun struct {
	start, end int
	n          int // digits
	digits     [maxDigits]byte
	at, till   [maxDigits]int  // where each digit begins and ends
	sep        [maxDigits]byte // what stands before each digit: 0 nothing, else its first byte
}

// readRun reads the run that begins at i. It goes on to the end of runs that are too
// long, whose n is then 0.
func readRun(t string, i int) digitRun {
	r := digitRun{start: i, end: i}
	long := false
	var before byte
	for i < len(t) {
		d, size := digitAt(t, i)
		if size == 0 {
			n := separatorAt(t, i)
			if n == 0 || i+n-r.end > maxSeparator {
				break
			}
			if before == 0 {
				before = t[i]
			}
			i += n
			continue
		}
		if r.n == maxDigits {
			long = true
		} else {
			r.digits[r.n], r.at[r.n], r.till[r.n], r.sep[r.n] = d, i, i+size, before
			r.n++
		}
		before = 0
		i += size
		r.end = i
	}
	if long {
		r.n = 0
	}
	return r
}

// digitAt is the digit at i and its size in bytes, 0 for none.
func digitAt(t string, i int) (digit byte, size int) {
	c := t[i]
	if isDigit(c) {
		return c, 1
	}
	if 0xE2 <= c && c <= 0xE9 && i+3 <= len(t) {
		if d := hanDigit(t[i : i+3]); d != 0 && d != hanHandle {
			return d, 3
		}
	}
	return 0, 0
}

// separatorAt is the size of what people write between the digits of a number, 0 for
// anything else.
func separatorAt(t string, i int) int {
	switch t[i] {
	case ' ', '-', '.', '(', ')', '_', '~', '*', '\'':
		return 1
	case 0xC2: // ·
		if strings.HasPrefix(t[i:], "·") {
			return 2
		}
	case 0xE2: // hyphens and dashes
		if i+2 < len(t) && t[i+1] == 0x80 && 0x90 <= t[i+2] && t[i+2] <= 0x95 {
			return 3
		}
	}
	return 0
}

// numbers finds the telephone numbers of a run.
func (r *digitRun) numbers(yield func(kind contactKind, value string, from, to int)) {
	for i := 0; i+minNumber <= r.n; {
		if i > 0 && r.sep[i] == 0 { // not inside a group of digits
			i++
			continue
		}
		kind, skip, n := r.numberAt(i)
		if n == 0 {
			i++
			continue
		}
		yield(kind, string(r.digits[i+skip:i+skip+n]), r.at[i], r.till[i+skip+n-1])
		i += skip + n
	}
}

// numberAt looks for a number that begins with the digit i: after skip digits of country
// code it has n.
func (r *digitRun) numberAt(i int) (kind contactKind, skip, n int) {
	d := r.digits[i:r.n]
	switch {
	case strings.HasPrefix(string(d[:4]), "0086"):
		skip = 4
	case d[0] == '8' && d[1] == '6':
		skip = 2
	}
	d = d[skip:]
	if len(d) >= 11 && mobile(d[:11]) && r.whole(i+skip, 11, mobileGroups) {
		return contactMobile, skip, 11
	}
	if skip > 0 && len(d) >= 9 && d[0] != '0' {
		return "", 0, 0
	}
	if len(d) >= 10 && (d[0] == '4' || d[0] == '8') && d[1] == '0' && d[2] == '0' && r.whole(i+skip, 10, serviceGroups) {
		return contactPhone, skip, 10
	}
	if d[0] != '0' || d[1] == '0' {
		return "", 0, 0
	}
	area := areaCode(string(d))
	for _, n := range [...]int{area + 8, area + 7} {
		if len(d) >= n && r.whole(i+skip, n, func(g []int, sep byte) bool { return landlineGroups(g, area, sep) }) {
			return contactPhone, skip, n
		}
	}
	return "", 0, 0
}

// whole reports whether the n digits from i end where a group of digits does, and are
// grouped as people group them.
func (r *digitRun) whole(i, n int, grouped func(groups []int, sep byte) bool) bool {
	if i+n < r.n && (r.sep[i+n] == 0 || r.sep[i+n] == '.') {
		return false
	}
	var groups [maxDigits]int
	k := 0
	var sep byte
	for j := i; j < i+n; j++ {
		if j > i && r.sep[j] != 0 {
			k++
			if sep == 0 || r.sep[j] == '.' {
				sep = r.sep[j]
			}
		}
		groups[k]++
	}
	return grouped(groups[:k+1], sep)
}

// mobileGroups: in one, in threes and fours, or every digit by itself.
func mobileGroups(g []int, sep byte) bool {
	switch len(g) {
	case 1, 11:
		return sep != '.' || len(g) == 1
	case 2:
		return sep != '.' && (g[0] == 3 || g[0] == 7)
	case 3:
		return g[0] == 3 && g[1] == 4 || sep != '.' && min(g[0], g[1], g[2]) >= 3
	}
	return false
}

func serviceGroups(g []int, sep byte) bool {
	switch len(g) {
	case 1, 10:
		return sep != '.'
	case 2, 3:
		return g[0] >= 3 && min(g[len(g)-1], g[1]) >= 3
	}
	return false
}

// landlineGroups: in one, or the area code stands apart.
func landlineGroups(g []int, area int, sep byte) bool {
	switch {
	case len(g) == 1:
		return true
	case sep == '.' || g[0] != area:
		return false
	}
	return len(g) == 2 || len(g) == 3 && g[1] >= 3 && g[2] >= 3
}

// mobile reports whether eleven digits are a mobile number of mainland China.
func mobile(d []byte) bool {
	if d[0] != '1' {
		return false
	}
	switch d[1] {
	case '3', '5', '7', '8', '9':
		return true
	case '4', '6': // some of 14 and 16 are for machines or not given out
		return d[2] != '0' && d[2] != '2' && d[2] != '3'
	}
	return false
}

// areaCode is how many digits of a number that begins with 0 are its area code.
func areaCode(v string) int {
	if len(v) > 1 && v[1] <= '2' {
		return 3
	}
	return 4
}

// sampleNumber reports whether a mobile number is of those that documentation is full of:
// in a row, or nearly all alike.
func sampleNumber(v string) bool {
	if strings.HasPrefix(v, "1380013800") || strings.Contains(v, "1234567") || strings.Contains(v, "7654321") {
		return true
	}
	var seen [10]bool
	kinds := 0
	for i := 1; i < len(v); i++ {
		if !seen[v[i]-'0'] {
			seen[v[i]-'0'] = true
			kinds++
		}
	}
	return kinds <= 2
}

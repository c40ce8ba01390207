package rules

import (
	"cmp"
	"strconv"
	"strings"
)

// version is a version of a product: numbers, the weightiest first.
type version []int

// maxVersionParts bounds the numbers of a version.
const maxVersionParts = 5

// parseVersion reads "3.2.1", "V3.2" or "v 2024.1"; nil for what is none.
func parseVersion(s string) version {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimPrefix(strings.TrimPrefix(s, "version"), "v")
	s = strings.TrimLeft(s, ". ")
	var v version
	for part := range strings.SplitSeq(s, ".") {
		digits := strings.TrimRight(part, "abcdefghijklmnopqrstuvwxyz-_ +")
		n, err := strconv.Atoi(digits)
		if err != nil || n < 0 || len(digits) > 6 || len(v) == maxVersionParts {
			break
		}
		v = append(v, n)
		if digits != part { // a build or an edition follows
			break
		}
	}
	return v
}

// compare orders versions: 1.10 is newer than 1.9, and 1.2 the same as 1.2.0.
func (v version) compare(o version) int {
	at := func(x version, i int) int {
		if i < len(x) {
			return x[i]
		}
		return 0
	}
	for i := range max(len(v), len(o)) {
		if c := cmp.Compare(at(v, i), at(o, i)); c != 0 {
			return c
		}
	}
	return 0
}

// begins reports whether o says the same as v and perhaps more: "3.2" begins "3.2.1".
func (v version) begins(o version) bool {
	return len(v) <= len(o) && v.compare(o[:len(v)]) == 0
}

// String is the version as people write it.
func (v version) String() string {
	parts := make([]string, len(v))
	for i, n := range v {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ".")
}

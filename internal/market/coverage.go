package market

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Range is a stretch of whole days in Shanghai: From is the first day at 00:00, To the
// day after the last at 00:00.
type Range struct{ From, To time.Time }

// ParseRange reads FROM..TO, two dates, both included.
func ParseRange(s string) (Range, error) {
	from, to, ok := strings.Cut(s, "..")
	if !ok {
		return Range{}, fmt.Errorf("%q is no range such as 2026-01-01..2026-01-31", s)
	}
	var r Range
	for _, part := range []struct {
		text string
		at   *time.Time
	}{{from, &r.From}, {to, &r.To}} {
		t, err := time.ParseInLocation(time.DateOnly, part.text, Shanghai)
		if err == nil && (t.Year() < 1970 || t.Year() > 2199) {
			err = errYear
		}
		if err != nil {
			return Range{}, fmt.Errorf("%q in %q is no date such as 2026-01-31", part.text, s)
		}
		*part.at = t
	}
	if r.To.Before(r.From) {
		return Range{}, fmt.Errorf("%q ends before it begins", s)
	}
	r.To = r.To.AddDate(0, 0, 1)
	return r, nil
}

// String is FROM..TO with both days included.
func (r Range) String() string {
	return r.From.In(Shanghai).Format(time.DateOnly) + ".." + r.To.In(Shanghai).AddDate(0, 0, -1).Format(time.DateOnly)
}

// Contains reports whether t lies in the range.
func (r Range) Contains(t time.Time) bool { return !t.Before(r.From) && t.Before(r.To) }

// MergeRanges sorts ranges and joins those that overlap or touch. It leaves its argument
// as it is.
func MergeRanges(ranges []Range) []Range {
	sorted := slices.Clone(ranges)
	slices.SortFunc(sorted, func(a, b Range) int { return a.From.Compare(b.From) })
	var out []Range
	for _, r := range sorted {
		if !r.From.Before(r.To) {
			continue
		}
		if n := len(out); n > 0 && !r.From.After(out[n-1].To) {
			if r.To.After(out[n-1].To) {
				out[n-1].To = r.To
			}
			continue
		}
		out = append(out, r)
	}
	return out
}

// Covers reports whether the ranges, merged or not, cover all of [from, to).
func Covers(ranges []Range, from, to time.Time) bool {
	for _, r := range MergeRanges(ranges) {
		if !from.Before(r.From) && !to.After(r.To) {
			return true
		}
	}
	return false
}

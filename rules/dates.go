package rules

import (
	"time"

	"marketwarden/internal/market"
)

// OrderWindow is the half-open time [from, to) in which orders count for asOf: from the
// same day that many months earlier, 00:00, to the end of asOf's day, in Shanghai time.
// Where the earlier month is too short its last day is taken: three months before 31 May
// is 28 or 29 February.
func OrderWindow(asOf time.Time, months int) (from, to time.Time) {
	day := dayOf(asOf)
	return addMonths(day, -months), day.AddDate(0, 0, 1)
}

// FullOn is the first day (00:00, Shanghai) on which that many months without an order
// are full: the first day whose OrderWindow begins neither before listedAt nor on or
// before the day of lastPaid. lastPaid is zero when no order is known. It answers the
// zero time when neither is known.
func FullOn(listedAt, lastPaid time.Time, months int) time.Time {
	var base time.Time
	if !listedAt.IsZero() {
		base = dayOf(listedAt)
		if base.Before(listedAt) {
			base = base.AddDate(0, 0, 1)
		}
	}
	if !lastPaid.IsZero() {
		if next := dayOf(lastPaid).AddDate(0, 0, 1); next.After(base) {
			base = next
		}
	}
	if base.IsZero() {
		return base
	}
	// Clamping moves the answer by at most three days.
	day := addMonths(base, months)
	for addMonths(day, -months).Before(base) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// dayOf is the beginning of t's day in Shanghai.
func dayOf(t time.Time) time.Time {
	y, m, d := t.In(market.Shanghai).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, market.Shanghai)
}

// addMonths moves a day by months and stays inside the month arrived in.
func addMonths(day time.Time, months int) time.Time {
	y, m, d := day.Date()
	first := time.Date(y, m+time.Month(months), 1, 0, 0, 0, 0, market.Shanghai)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(d, last)-1)
}

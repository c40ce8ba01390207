package market

import "time"

// WorkCalendar counts working days (工作日) in Shanghai: Monday to Friday, without public
// holidays and with make-up days (调休), as the norms count them. Keys are days such as
// 2026-10-01. The zero value knows weekends alone.
type WorkCalendar struct {
	Holidays map[string]bool
	WorkDays map[string]bool // worked though they fall on a weekend
}

// IsWorkDay reports whether the day of t in Shanghai is worked.
func (c WorkCalendar) IsWorkDay(t time.Time) bool {
	t = t.In(Shanghai)
	day := t.Format(time.DateOnly)
	switch {
	case c.WorkDays[day]:
		return true
	case c.Holidays[day]:
		return false
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday
}

// Knows reports whether the calendar holds any day of the year of t, without which the
// holidays of that year are not known.
func (c WorkCalendar) Knows(t time.Time) bool {
	year := t.In(Shanghai).Format("2006-")
	for _, days := range []map[string]bool{c.Holidays, c.WorkDays} {
		for day := range days {
			if len(day) > len(year) && day[:len(year)] == year {
				return true
			}
		}
	}
	return false
}

// maxDaysOff bounds the search for a working day: a calendar of holidays alone is wrong.
const maxDaysOff = 60

// After returns the moment at which n working days after the day of t are over: the start
// day is not counted, and the last one counts to its end (24:00, which is 00:00 of the day
// after).
func (c WorkCalendar) After(t time.Time, n int) time.Time {
	y, m, d := t.In(Shanghai).Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, Shanghai)
	for off := 0; n > 0 && off < maxDaysOff; {
		day = day.AddDate(0, 0, 1)
		if c.IsWorkDay(day) {
			n, off = n-1, 0
		} else {
			off++
		}
	}
	return day.AddDate(0, 0, 1)
}

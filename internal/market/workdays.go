package market

import (
	"slices"
	"time"
)

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

// Knows reports whether the calendar holds the public holidays of the year of t: some day
// off for each festival of a year. They are announced for a whole year at a time, so a
// calendar that lacks one was not brought up to date; its other days are still counted.
func (c WorkCalendar) Knows(t time.Time) bool {
	year := t.In(Shanghai).Format("2006-")
	for _, places := range festivals() {
		if !slices.ContainsFunc(places, func(s span) bool { return c.holidayIn(year+s.from, year+s.to) }) {
			return false
		}
	}
	return true
}

// holidayIn reports whether there is a holiday from one day to another, both included.
func (c WorkCalendar) holidayIn(from, to string) bool {
	for day, off := range c.Holidays {
		if off && from <= day && day <= to {
			return true
		}
	}
	return false
}

// span is a part of a year, both days included, such as 05-01 to 05-05.
type span struct{ from, to string }

// festivals are the public holidays of a year with the parts of the year that their days
// off can lie in. Those of the moon move; where a day falls on a weekend, one nearby is off
// for it, and a calendar may leave the weekend out.
func festivals() [][]span {
	return [][]span{
		{{"01-01", "01-03"}},                     // New Year
		{{"01-21", "02-28"}},                     // Spring Festival
		{{"04-02", "04-08"}},                     // Tomb-Sweeping
		{{"05-01", "05-05"}},                     // Labour Day
		{{"05-25", "06-30"}},                     // Dragon Boat
		{{"09-07", "09-30"}, {"10-08", "10-08"}}, // Mid-Autumn, which may fall into the next, then a day longer
		{{"10-01", "10-07"}},                     // National Day
	}
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

package market

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// nationalDay is a calendar with a holiday of eight days between two working weekends, as
// National Day and Mid-Autumn have them when they meet, and with New Year.
func nationalDay() WorkCalendar {
	days := func(list ...string) map[string]bool {
		out := map[string]bool{}
		for _, d := range list {
			out[d] = true
		}
		return out
	}
	return WorkCalendar{
		Holidays: days("2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04", "2026-10-05", "2026-10-06", "2026-10-07", "2026-10-08", "2027-01-01"),
		WorkDays: days("2026-09-27", "2026-10-10"), // a Sunday and a Saturday
	}
}

func TestWorkCalendarAfter(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, from string
		n          int
		want       string
		calendar   WorkCalendar
	}{
		{"the start day does not count", "2026-09-21T09:00:00+08:00", 1, "2026-09-23T00:00:00+08:00", nationalDay()},
		{"nothing to wait for ends today", "2026-09-21T09:00:00+08:00", 0, "2026-09-22T00:00:00+08:00", nationalDay()},
		{"a weekend does not count", "2026-09-18T09:00:00+08:00", 1, "2026-09-22T00:00:00+08:00", nationalDay()},
		{"a make-up Sunday counts", "2026-09-25T09:00:00+08:00", 1, "2026-09-28T00:00:00+08:00", nationalDay()},
		{"over National Day to the make-up Saturday", "2026-09-30T09:00:00+08:00", 2, "2026-10-11T00:00:00+08:00", nationalDay()},
		{"over National Day and the Sunday after", "2026-09-30T09:00:00+08:00", 3, "2026-10-13T00:00:00+08:00", nationalDay()},
		{"from inside the holiday", "2026-10-03T12:00:00+08:00", 1, "2026-10-10T00:00:00+08:00", nationalDay()},
		{"without a calendar only weekends are off", "2026-09-30T09:00:00+08:00", 3, "2026-10-06T00:00:00+08:00", WorkCalendar{}},
		{"over the end of the year", "2026-12-31T09:00:00+08:00", 1, "2027-01-05T00:00:00+08:00", nationalDay()},
		{"a leap day", "2028-02-28T09:00:00+08:00", 1, "2028-03-01T00:00:00+08:00", nationalDay()},
		{"the day is Shanghai's: still the 21st", "2026-09-21T15:59:59Z", 1, "2026-09-23T00:00:00+08:00", nationalDay()},
		{"the day is Shanghai's: the 22nd already", "2026-09-21T16:00:00Z", 1, "2026-09-24T00:00:00+08:00", nationalDay()},
		{"midnight begins a day", "2026-09-22T00:00:00+08:00", 1, "2026-09-24T00:00:00+08:00", nationalDay()},
	} {
		from, err := time.Parse(time.RFC3339, test.from)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, test.calendar.After(from, test.n).Format(time.RFC3339)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.name, diff)
		}
	}
}

// TestWorkCalendarEnds: a calendar that says that nobody works any more is wrong, and the
// count ends all the same.
func TestWorkCalendarEnds(t *testing.T) {
	t.Parallel()
	idle := WorkCalendar{Holidays: map[string]bool{}}
	from := time.Date(2026, 9, 21, 0, 0, 0, 0, Shanghai)
	for i := range 4000 {
		idle.Holidays[from.AddDate(0, 0, i).Format(time.DateOnly)] = true
	}
	if got := idle.After(from, 5); got.Before(from) || got.After(from.AddDate(1, 0, 0)) {
		t.Errorf("five days without any working day end on %s", got)
	}
}

func TestWorkCalendarIsWorkDay(t *testing.T) {
	t.Parallel()
	for day, want := range map[string]bool{
		"2026-09-25": true, "2026-09-26": false, "2026-09-27": true, "2026-10-01": false,
		"2026-10-08": false, "2026-10-09": true, "2026-10-10": true, "2026-10-11": false,
	} {
		at, err := time.ParseInLocation(time.DateOnly, day, Shanghai)
		if err != nil {
			t.Fatal(err)
		}
		if got := nationalDay().IsWorkDay(at.UTC()); got != want {
			t.Errorf("%s is worked: %v, want %v", day, got, want)
		}
	}
}

func TestWorkCalendarKnows(t *testing.T) {
	t.Parallel()
	// The days off of 2025 and 2026, those of 2026 without weekends.
	full := []string{
		"2025-01-01", "2025-01-28", "2025-02-04", "2025-04-04", "2025-05-01", "2025-05-31", "2025-06-02", "2025-10-01", "2025-10-08",
		"2026-01-01", "2026-01-02", "2026-02-16", "2026-02-23", "2026-04-06", "2026-05-01", "2026-06-19", "2026-09-25", "2026-10-01",
	}
	calendar := func(without ...string) WorkCalendar {
		c := WorkCalendar{Holidays: map[string]bool{}}
		for _, day := range full {
			c.Holidays[day] = !slices.ContainsFunc(without, func(s string) bool { return strings.HasPrefix(day, s) })
		}
		return c
	}
	in := func(year int) time.Time { return time.Date(year, 7, 1, 0, 0, 0, 0, Shanghai) }
	for _, test := range []struct {
		name     string
		calendar WorkCalendar
		at       time.Time
		want     bool
	}{
		{"all of 2025", calendar(), in(2025), true},
		{"all of 2026", calendar(), in(2026), true},
		{"the last second of 2026", calendar(), time.Date(2026, 12, 31, 23, 59, 59, 0, Shanghai), true},
		{"2027 in Shanghai", calendar(), time.Date(2026, 12, 31, 17, 0, 0, 0, time.UTC), false},
		{"2026 in Shanghai", calendar(), time.Date(2025, 12, 31, 17, 0, 0, 0, time.UTC), true},
		{"no New Year", calendar("2026-01"), in(2026), false},
		{"no Spring Festival", calendar("2026-02"), in(2026), false},
		{"no Tomb-Sweeping", calendar("2026-04"), in(2026), false},
		{"no Labour Day", calendar("2026-05"), in(2026), false},
		{"no Dragon Boat", calendar("2026-06"), in(2026), false},
		{"no Mid-Autumn", calendar("2026-09"), in(2026), false},
		{"no Mid-Autumn in October", calendar("2025-10-08"), in(2025), false},
		{"no National Day", calendar("2026-10"), in(2026), false},
		{"National Day alone", nationalDay(), in(2026), false},
		{"nothing", WorkCalendar{}, in(2026), false},
	} {
		if got := test.calendar.Knows(test.at); got != test.want {
			t.Errorf("%s: known is %v, want %v", test.name, got, test.want)
		}
	}
}

package schedule

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/robfig/cron/v3"
)

func parsed(tb testing.TB, spec, zone string) *Schedule {
	tb.Helper()
	s, err := Parse(spec, zone)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// at reads a time of day of a zone, or an instant with its offset.
func at(tb testing.TB, text, zone string) time.Time {
	tb.Helper()
	if t, err := time.Parse("2006-01-02 15:04:05.999 -0700", text); err == nil {
		return t
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		tb.Fatal(err)
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", text, loc)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// TestNext: what follows a moment, around the changes of clocks that have hurt others.
func TestNext(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, spec, zone, from string
		want                   []string // with the offset from UTC
	}{
		{
			"a plain night", "30 1 * * *", "Asia/Shanghai", "2026-01-31 01:30",
			[]string{"2026-02-01 01:30 +0800", "2026-02-02 01:30 +0800"},
		},
		{
			"a moment within a second", "30 1 * * *", "Asia/Shanghai", "2026-01-31 01:29:59.5 +0800",
			[]string{"2026-01-31 01:30 +0800"},
		},
		{
			"a time of day that is left out comes after the gap", "30 2 * * *", "America/New_York", "2026-03-07 12:00",
			[]string{"2026-03-08 03:00 -0400", "2026-03-09 02:30 -0400"},
		},
		{
			"all that a gap holds comes once", "*/20 2,3 * * *", "America/New_York", "2026-03-08 01:00",
			[]string{"2026-03-08 03:00 -0400", "2026-03-08 03:20 -0400"},
		},
		{
			"a time of day that comes twice counts once", "30 1 * * *", "America/New_York", "2026-10-31 12:00",
			[]string{"2026-11-01 01:30 -0400", "2026-11-02 01:30 -0500"},
		},
		{
			"asked within the repeated hour", "45 1 * * *", "America/New_York", "2026-11-01 01:15:00 -0500",
			[]string{"2026-11-02 01:45 -0500"},
		},
		{
			"the end of the repeated hour is no repetition", "0 2 * * *", "America/New_York", "2026-11-01 01:59:00 -0500",
			[]string{"2026-11-01 02:00 -0500"},
		},
		{
			"a beat goes on in the repeated hour", "30 * * * *", "America/New_York", "2026-11-01 00:30",
			[]string{"2026-11-01 01:30 -0400", "2026-11-01 01:30 -0500", "2026-11-01 02:30 -0500"},
		},
		{
			"a beat gets nothing for a missing hour", "30 * * * *", "America/New_York", "2026-03-08 00:30",
			[]string{"2026-03-08 01:30 -0500", "2026-03-08 03:30 -0400"},
		},
		{
			"a beat at the instant of a change", "0 0-23 * * *", "America/New_York", "2026-03-08 01:00",
			[]string{"2026-03-08 03:00 -0400", "2026-03-08 04:00 -0400"},
		},
		{
			"midnight that does not exist", "0 0 * * *", "America/Sao_Paulo", "2018-11-03 00:00",
			[]string{"2018-11-04 01:00 -0200", "2018-11-05 00:00 -0200"},
		},
		{
			"midnight is passed twice", "30 23 * * *", "America/Sao_Paulo", "2018-02-17 12:00",
			[]string{"2018-02-17 23:30 -0200", "2018-02-18 23:30 -0300"},
		},
		{
			"@daily in Cairo", "@daily", "Africa/Cairo", "2025-04-24 12:00",
			[]string{"2025-04-25 01:00 +0300", "2025-04-26 00:00 +0300"},
		},
		{
			"the month begins without a midnight", "@monthly", "Asia/Beirut", "1984-04-10 00:00",
			[]string{"1984-05-01 01:00 +0300", "1984-06-01 00:00 +0300"},
		},
		{
			"Shanghai put its clock forward", "30 2 * * *", "Asia/Shanghai", "1986-05-03 12:00",
			[]string{"1986-05-04 03:00 +0900", "1986-05-05 02:30 +0900"},
		},
		{
			"Shanghai put its clock back", "30 1 * * *", "Asia/Shanghai", "1991-09-14 12:00",
			[]string{"1991-09-15 01:30 +0900", "1991-09-16 01:30 +0800"},
		},
		{
			"a day that does not exist", "0 2 * * *", "Pacific/Apia", "2011-12-29 01:00",
			[]string{"2011-12-29 02:00 -1000", "2011-12-31 00:00 +1400", "2011-12-31 02:00 +1400"},
		},
		{
			"a beat over a day that does not exist", "0 * * * *", "Pacific/Apia", "2011-12-29 22:30",
			[]string{"2011-12-29 23:00 -1000", "2011-12-31 00:00 +1400"},
		},
		{
			"a beat on the day that does not exist", "0 * 30 12 *", "Pacific/Apia", "2011-12-01 00:00",
			[]string{"2012-12-30 00:00 +1400"},
		},
		{
			"a day that came twice", "0 12 * * *", "Pacific/Kwajalein", "1969-09-30 00:00",
			[]string{"1969-09-30 12:00 +1100", "1969-10-01 12:00 -1200"},
		},
		{
			"half an hour is left out", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03 12:00",
			[]string{"2026-10-04 02:30 +1100", "2026-10-05 02:15 +1100"},
		},
		{
			"half an hour comes twice", "*/15 1 * * *", "Australia/Lord_Howe", "2026-04-05 01:20:00 +1100",
			[]string{"2026-04-05 01:30 +1100", "2026-04-05 01:45 +1100", "2026-04-06 01:00 +1030"},
		},
		{
			"a beat when half an hour comes twice", "45 * * * *", "Australia/Lord_Howe", "2026-04-05 01:20:00 +1100",
			[]string{"2026-04-05 01:45 +1100", "2026-04-05 01:45 +1030", "2026-04-05 02:45 +1030"},
		},
		{
			"eight years without 29 February", "0 0 29 2 *", "UTC", "2096-03-01 00:00",
			[]string{"2104-02-29 00:00 +0000"},
		},
		{
			"either day is enough", "0 0 13 * fri", "UTC", "2026-02-01 00:00",
			[]string{"2026-02-06 00:00 +0000", "2026-02-13 00:00 +0000", "2026-02-20 00:00 +0000"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var s cron.Schedule = parsed(t, test.spec, test.zone)
			var got []string
			next := at(t, test.from, test.zone)
			for range test.want {
				next = s.Next(next)
				got = append(got, next.Format("2006-01-02 15:04 -0700"))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestRefused: what would not do what it looks like is refused, with what to write
// instead.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ spec, zone, want string }{
		{"", "UTC", "write five fields"},
		{" \t", "UTC", "write five fields"},
		{"TZ=UTC", "UTC", "under the key zone"},
		{"TZ=", "UTC", "under the key zone"},
		{"CRON_TZ=Asia/Shanghai 0 1 * * *", "UTC", "under the key zone"},
		{"@every 1h", "UTC", "write fields"},
		{"@every", "UTC", "write fields"},
		{"@reboot", "UTC", "write the time of day"},
		{"@fortnightly", "UTC", "@daily"},
		{"@daily 5", "UTC", "@daily"},
		{"5", "UTC", "five fields, not 1"},
		{"0 1 * *", "UTC", "five fields, not 4"},
		{"0 0 1 * * *", "UTC", "leave out seconds"},
		{"0 0 1 * * * 2026", "UTC", "leave out seconds"},
		{"*/70 * * * *", "UTC", "write 0 alone"},
		{"*/60 * * * *", "UTC", "write 0 alone"},
		{"0 */24 * * *", "UTC", "write 0 alone"},
		{"50/20 * * * *", "UTC", "write 50 alone"},
		{"*/0 * * * *", "UTC", "at least 1"},
		{"60 * * * *", "UTC", "between 0 and 59"},
		{"0 24 * * *", "UTC", "between 0 and 23"},
		{"0 0 0 * *", "UTC", "between 1 and 31"},
		{"0 0 * * 7", "UTC", "Sunday is 0 or sun"},
		{"0 0 * * mon-7", "UTC", "Sunday is 0 or sun"},
		{"0 0 * * fri-sun", "UTC", "two ranges"},
		{"0 22-5 * * *", "UTC", "22-23,0-5"},
		{"0 0 L * *", "UTC", "28"},
		{"0 0 * * 5L", "UTC", "28"},
		{"0 0 * * 5#2", "UTC", "1-7"},
		{"0 0 15W * *", "UTC", "mon-fri"},
		{"0 0 ? * *", "UTC", "write *"},
		{"0 0 * * *-3", "UTC", "cannot be read"},
		{", 0 * * *", "UTC", "leave out the comma"},
		{"0, 0 * * *", "UTC", "leave out the comma"},
		{"0 ,, * * *", "UTC", "leave out the comma"},
		{"+5 0 * * *", "UTC", "cannot be read"},
		{"-5 0 * * *", "UTC", "cannot be read"},
		{"1-2-3 0 * * *", "UTC", "cannot be read"},
		{"*/5/5 0 * * *", "UTC", "cannot be read"},
		{"*/99999999999999999999 0 * * *", "UTC", "cannot be read"},
		{"０ 1 * * *", "UTC", "cannot be read"},
		{"0 0 30 2 *", "UTC", "no such date"},
		{"0 0 31 4,6,9,11 *", "UTC", "no such date"},
		{strings.Repeat("0,", MaxSpec) + "0 1 * * *", "UTC", "longer than"},
		{"0 1 * * *", "", "such as Asia/Shanghai"},
		{"0 1 * * *", "Local", "such as Asia/Shanghai"},
		{"0 1 * * *", "Asia/Peking", "such as Asia/Shanghai"},
		{"0 1 * * *", "+08:00", "such as Asia/Shanghai"},
		{"0 1 * * *", "../../etc/passwd", "such as Asia/Shanghai"},
	} {
		s, err := Parse(test.spec, test.zone)
		if err == nil {
			t.Errorf("%q in %q is accepted and fires at %v", test.spec, test.zone, s.Next(time.Unix(0, 0)))
			continue
		}
		if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q in %q: %q does not say %q", test.spec, test.zone, err, test.want)
		}
		if strings.Contains(err.Error(), "\n") || len(err.Error()) > 300 {
			t.Errorf("%q in %q: %q is not one short sentence", test.spec, test.zone, err)
		}
	}
}

// TestAccepted: short forms and names mean what they mean everywhere.
func TestAccepted(t *testing.T) {
	t.Parallel()
	for spec, same := range map[string]string{
		"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * sun",
		"@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 JAN *",
		"  0\t1 * *  1-5 ": "0 1 * * mon-fri", "*/20 1 * * *": "0,20,40 1 * * *", "50-59/3 1 * * *": "50,53,56,59 1 * * *",
		"0 0 */30 * *": "0 0 1,31 * *",
	} {
		a, b := parsed(t, spec, "UTC"), parsed(t, same, "UTC")
		from := time.Date(2026, 1, 1, 0, 30, 0, 0, time.UTC)
		to := from.AddDate(1, 1, 0)
		if diff := cmp.Diff(b.Due(from, to, 1000), a.Due(from, to, 1000)); diff != "" {
			t.Errorf("%s is not %s (-want +got)\n%s", spec, same, diff)
		}
	}
}

// FuzzParse: whatever stands in a configuration, reading it answers, and what is accepted
// has a next time.
func FuzzParse(f *testing.F) {
	for _, spec := range []string{
		"30 1 * * *", "@daily", "@every 1s", "TZ=", "TZ=UTC", "CRON_TZ= ", "*/70 * * * *", "0 0 30 2 *", "0 0 29 2 *",
		"0 0 ? * L", ",,, ,", "1-/5 * * * *", "* * * * sun-sat/3", "59 23 31 12 *",
	} {
		for _, zone := range []string{"Asia/Shanghai", "Pacific/Apia", "Local", ""} {
			f.Add(spec, zone, int64(1_768_000_000))
		}
	}
	f.Fuzz(func(t *testing.T, spec, zone string, unix int64) {
		s, err := Parse(spec, zone)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		const century = 100 * 365 * 24 * 3600
		from := time.Unix(unix%century, 0)
		first := s.Next(from)
		if second := s.Next(first); !from.Before(first) || !first.Before(second) || second.Second() != 0 {
			t.Errorf("%s after %v: %v, then %v", s, from, first, second)
		}
	})
}

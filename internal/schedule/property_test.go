package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// changes are days on which clocks were changed, and how many hours around them to draw a
// moment from.
func changes() []struct{ zone, day string } {
	return []struct{ zone, day string }{
		{"America/New_York", "2026-03-08"},
		{"America/New_York", "2026-11-01"},
		{"America/Sao_Paulo", "2018-11-04"},
		{"America/Sao_Paulo", "2018-02-18"},
		{"Africa/Cairo", "2025-04-25"},
		{"Africa/Cairo", "2025-10-31"},
		{"Asia/Shanghai", "1986-05-04"},
		{"Asia/Shanghai", "1991-09-15"},
		{"Asia/Shanghai", "2026-01-31"},
		{"Pacific/Apia", "2011-12-31"},
		{"Pacific/Kwajalein", "1969-10-01"},
		{"Pacific/Kwajalein", "1993-08-21"},
		{"Australia/Lord_Howe", "2026-10-04"},
		{"Australia/Lord_Howe", "2026-04-05"},
		{"Africa/Casablanca", "2026-02-15"},
		{"Africa/Casablanca", "2026-03-22"},
		{"Antarctica/Troll", "2026-03-29"},
		{"Antarctica/Troll", "2026-10-25"},
	}
}

// line is a schedule as sets of numbers, for the slow way.
type line struct {
	minutes, hours, days, weekdays []int // nil = every
}

func (l line) String() string {
	list := func(n []int) string {
		if n == nil {
			return "*"
		}
		var parts []string
		for _, v := range n {
			parts = append(parts, strconv.Itoa(v))
		}
		return strings.Join(parts, ",")
	}
	return fmt.Sprintf("%s %s %s * %s", list(l.minutes), list(l.hours), list(l.days), list(l.weekdays))
}

func (l line) matches(wall time.Time) bool {
	in := func(set []int, v int) bool { return set == nil || slices.Contains(set, v) }
	day, weekday := in(l.days, wall.Day()), in(l.weekdays, int(wall.Weekday()))
	if l.days != nil && l.weekdays != nil {
		return in(l.minutes, wall.Minute()) && in(l.hours, wall.Hour()) && (day || weekday)
	}
	return in(l.minutes, wall.Minute()) && in(l.hours, wall.Hour()) && day && weekday
}

// ticks goes through a stretch of time minute by minute, looking at the clock on the wall.
func (l line) ticks(from, to time.Time, zone *time.Location) []time.Time {
	show := func(t time.Time) time.Time {
		t = t.In(zone)
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	}
	var out []time.Time
	warm := from.Add(-72 * time.Hour)
	top := show(warm)
	for t := warm; !t.After(to); t = t.Add(time.Minute) {
		wall := show(t)
		fires := l.hours == nil && l.matches(wall)
		for ; top.Before(wall); top = top.Add(time.Minute) {
			if l.hours != nil && l.matches(top.Add(time.Minute)) {
				fires = true
			}
		}
		if fires && t.After(from) {
			out = append(out, t)
		}
	}
	return out
}

func drawSet(t *rapid.T, name string, lo, hi int) []int {
	if rapid.Bool().Draw(t, name+" is restricted") {
		return rapid.SliceOfNDistinct(rapid.IntRange(lo, hi), 1, 6, rapid.ID[int]).Draw(t, name)
	}
	return nil
}

// TestAgreesWithTheWall: what Next gives is what somebody would write down who looks at
// the clock on the wall every minute, in strictly rising order.
func TestAgreesWithTheWall(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		change := rapid.SampledFrom(changes()).Draw(t, "change")
		zone, err := time.LoadLocation(change.zone)
		if err != nil {
			t.Fatal(err)
		}
		day, err := time.ParseInLocation(time.DateOnly, change.day, zone)
		if err != nil {
			t.Fatal(err)
		}
		l := line{
			minutes:  drawSet(t, "minutes", 0, 59),
			hours:    drawSet(t, "hours", 0, 23),
			days:     drawSet(t, "days", 1, 31),
			weekdays: drawSet(t, "weekdays", 0, 6),
		}
		s, err := Parse(l.String(), change.zone)
		if err != nil {
			t.Fatal(err)
		}
		from := day.Add(time.Duration(rapid.IntRange(-30*60, 30*60).Draw(t, "minutes from then")) * time.Minute).UTC()
		to := from.Add(50 * time.Hour)
		want := l.ticks(from, to, zone)
		var got []time.Time
		for tick, last := s.Next(from), from; !tick.After(to); tick, last = s.Next(tick), tick {
			if !tick.After(last) {
				t.Fatalf("%s: after %v comes %v", s, last, tick)
			}
			got = append(got, tick.UTC())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s from %v (-want +got)\n%s", s, from, diff)
		}
	})
}

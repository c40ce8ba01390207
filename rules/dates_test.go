package rules

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"marketwarden/internal/market"
)

func day(t *testing.T, s string) time.Time {
	t.Helper()
	for _, layout := range []string{time.DateOnly, time.DateTime} {
		if d, err := time.ParseInLocation(layout, s, market.Shanghai); err == nil {
			return d
		}
	}
	t.Fatalf("bad day %q", s)
	return time.Time{}
}

func TestOrderWindow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ asOf, from, to string }{
		{"2026-05-31 18:00:00", "2026-02-28", "2026-06-01"},
		{"2024-05-31", "2024-02-29", "2024-06-01"},
		{"2026-02-28", "2025-11-28", "2026-03-01"},
		{"2026-01-15 23:59:59", "2025-10-15", "2026-01-16"},
		{"2026-12-31", "2026-09-30", "2027-01-01"},
	} {
		from, to := OrderWindow(day(t, tt.asOf), 3)
		if !from.Equal(day(t, tt.from)) || !to.Equal(day(t, tt.to)) {
			t.Errorf("OrderWindow(%s) = %s, %s; want %s, %s", tt.asOf, from, to, tt.from, tt.to)
		}
	}
	// A moment of another zone counts by its day in Shanghai.
	from, _ := OrderWindow(time.Date(2026, 5, 30, 16, 0, 0, 0, time.UTC), 3)
	if !from.Equal(day(t, "2026-02-28")) {
		t.Errorf("by UTC the window begins %s", from)
	}
}

func TestFullOn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ listed, paid, want string }{
		{"2026-01-10", "", "2026-04-10"},
		{"2026-01-10 00:00:01", "", "2026-04-11"},
		{"2025-01-01", "2026-03-14 23:59:59", "2026-06-15"},
		{"2025-11-30", "", "2026-03-01"},
		{"2026-04-01", "2026-01-01", "2026-07-01"},
	} {
		var paid time.Time
		if tt.paid != "" {
			paid = day(t, tt.paid)
		}
		if got := FullOn(day(t, tt.listed), paid, 3); !got.Equal(day(t, tt.want)) {
			t.Errorf("FullOn(%s, %s) = %s, want %s", tt.listed, tt.paid, got, tt.want)
		}
	}
}

// TestFullOnIsTheFirstDay: on the day itself the window holds neither the last order nor
// the time before the listing, on the day before it does.
func TestFullOnIsTheFirstDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		base := time.Date(2023, 1, 1, 0, 0, 0, 0, market.Shanghai)
		listed := base.Add(time.Duration(rapid.Int64Range(0, 1500*86400).Draw(rt, "listed")) * time.Second)
		paid := listed.Add(time.Duration(rapid.Int64Range(-86400, 500*86400).Draw(rt, "paid")) * time.Second)
		full := FullOn(listed, paid, 3)
		empty := func(d time.Time) bool {
			from, _ := OrderWindow(d, 3)
			return !from.Before(listed) && paid.Before(from)
		}
		if !empty(full) || empty(full.AddDate(0, 0, -1)) {
			rt.Fatalf("listed %s, paid %s: full on %s", listed, paid, full)
		}
	})
}

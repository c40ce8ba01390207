package schedule

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDue(t *testing.T) {
	t.Parallel()
	shanghai := func(text string) time.Time { return at(t, text, "Asia/Shanghai") }
	nights := []time.Time{shanghai("2026-01-30 01:30"), shanghai("2026-01-31 01:30"), shanghai("2026-02-01 01:30")}
	leapDays := []time.Time{shanghai("2020-02-29 00:00"), shanghai("2024-02-29 00:00")}
	for name, test := range map[string]struct {
		spec      string
		last, now time.Time
		most      int
		want      []time.Time
	}{
		"all since":               {"30 1 * * *", shanghai("2026-01-29 12:00"), shanghai("2026-02-01 12:00"), 10, nights},
		"last is out, now is in":  {"30 1 * * *", nights[0], nights[2], 10, nights[1:]},
		"the newest":              {"30 1 * * *", shanghai("2026-01-01 12:00"), shanghai("2026-02-01 12:00"), 3, nights},
		"nothing yet":             {"30 1 * * *", nights[0], nights[1].Add(-1), 10, nil},
		"a clock that was turned": {"30 1 * * *", nights[2], nights[0], 10, nil},
		"none wanted":             {"30 1 * * *", nights[0], nights[2], 0, nil},
		"every minute for ever":   {"* * * * *", time.Time{}, nights[0], 1, nights[:1]},
		"hardly ever, for ever":   {"0 0 29 2 *", time.Time{}, nights[0], 2, leapDays},
	} {
		got := parsed(t, test.spec, "Asia/Shanghai").Due(test.last, test.now, test.most)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// TestDueAll: where every tick since a time is wanted, a time centuries ago is no
// difficulty either.
func TestDueAll(t *testing.T) {
	t.Parallel()
	s := parsed(t, "@yearly", "Asia/Shanghai")
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	if got := len(s.Due(time.Date(1026, 6, 1, 0, 0, 0, 0, time.UTC), now, 5000)); got != 1000 {
		t.Errorf("%d ticks in 1000 years", got)
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 31, 2, 0, 0, 0, time.UTC)
	ago := func(ds ...time.Duration) []time.Time {
		var out []time.Time
		for _, d := range ds {
			out = append(out, now.Add(-d))
		}
		return out
	}
	var many []time.Duration
	for i := range 40 {
		many = append(many, time.Duration(41-i)*24*time.Hour)
	}
	const day = 24 * time.Hour
	for _, test := range []struct {
		name, catchUp string
		due           []time.Time
		run, missed   []time.Time
	}{
		{"nothing due", CatchUpOnce, nil, nil, nil},
		{"on time", CatchUpSkip, ago(time.Second), ago(time.Second), nil},
		{"just on time", CatchUpSkip, ago(LateAfter), ago(LateAfter), nil},
		{"skip", CatchUpSkip, ago(2*day, day), nil, ago(2*day, day)},
		{"skip, but the last is on time", CatchUpSkip, ago(2*day, day, 0), ago(0), ago(2*day, day)},
		{"once", CatchUpOnce, ago(2*day, day), ago(day), ago(2 * day)},
		{"once, and the last is on time", CatchUpOnce, ago(2*day, day, 0), ago(0), ago(2*day, day)},
		{"two on time", CatchUpOnce, ago(day, time.Minute, 0), ago(time.Minute, 0), ago(day)},
		{"all", CatchUpAll, ago(2*day, day, 0), ago(2*day, day, 0), nil},
		{"all, bounded", CatchUpAll, ago(append(many, 0)...), ago(append(many[9:], 0)...), ago(many[:9]...)},
	} {
		run, missed := Choose(test.due, now, test.catchUp)
		for what, pair := range map[string][2][]time.Time{"run": {test.run, run}, "missed": {test.missed, missed}} {
			if len(pair[0])+len(pair[1]) > 0 && !cmp.Equal(pair[0], pair[1]) {
				t.Errorf("%s: %s (-want +got)\n%s", test.name, what, cmp.Diff(pair[0], pair[1]))
			}
		}
	}
}

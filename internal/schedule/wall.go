package schedule

import "time"

// A clock on the wall is written as a time in UTC that shows the same digits.

// stretch returns by how much a zone's clock is ahead of UTC at an instant, and the
// instant at which that changes; zero = it stays so.
func stretch(t time.Time, zone *time.Location) (offset time.Duration, end time.Time) {
	t = t.In(zone)
	_, seconds := t.Zone()
	_, end = t.ZoneBounds()
	return time.Duration(seconds) * time.Second, end
}

// maxShift is longer than any clock was ever put back or differs from UTC: where the date
// line moved, by a day.
const maxShift = 48 * time.Hour

// highest returns the latest time of day that the clock has shown up to an instant, which
// is what it shows unless it was put back just before.
func highest(t time.Time, zone *time.Location) time.Time {
	offset, _ := stretch(t, zone)
	top := t.UTC().Add(offset)
	for at := t; ; {
		start, _ := at.In(zone).ZoneBounds()
		if start.IsZero() || t.Sub(start) > maxShift {
			return top
		}
		// The clock never showed the time at which it was put back.
		at = start.Add(-time.Nanosecond)
		offset, _ = stretch(at, zone)
		if w := at.UTC().Add(offset); w.After(top) {
			top = w
		}
	}
}

// reached returns the first instant at which the clock showed a time of day or a later
// one.
func reached(wall time.Time, zone *time.Location) time.Time {
	for at := wall.Add(-maxShift); ; {
		offset, end := stretch(at, zone)
		t := wall.Add(-offset)
		if t.Before(at) { // the gap before at held it
			t = at
		}
		if end.IsZero() || t.Before(end) {
			return t
		}
		at = end
	}
}

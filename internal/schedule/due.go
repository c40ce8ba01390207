package schedule

import (
	"slices"
	"time"
)

const (
	// LateAfter is how old a tick may be and still be on time: it is acted upon whatever
	// is configured for ticks that nobody was there for.
	LateAfter = time.Minute
	// MaxCatchUp bounds how many late ticks are made up for at once: a month of nights.
	MaxCatchUp = 31
)

// What becomes of ticks that nobody was there for.
const (
	CatchUpSkip = "skip" // nothing
	CatchUpOnce = "once" // the newest is made up for
	CatchUpAll  = "all"  // each is, up to MaxCatchUp
)

// Due returns the ticks in (last, now], the oldest first, but at most the newest so many.
// It looks back no further than it must, so that a time of last that lies years ago costs
// nothing.
func (s *Schedule) Due(last, now time.Time, most int) []time.Time {
	if most < 1 || !last.Before(now) {
		return nil
	}
	for back := time.Hour; ; back *= 2 {
		from := now.Add(-back)
		if back > maxBack || from.Before(last) {
			from = last
		}
		ticks := s.between(from, now)
		if n := len(ticks); n >= most || from.Equal(last) {
			return ticks[max(0, n-most):]
		}
	}
}

// maxBack is where looking back in ever longer stretches ends: far beyond it are no times
// that anybody has written down, and durations end, too.
const maxBack = 100 * 365 * 24 * time.Hour

func (s *Schedule) between(from, to time.Time) []time.Time {
	var ticks []time.Time
	for t := s.Next(from); !t.After(to); t = s.Next(t) {
		ticks = append(ticks, t)
	}
	return ticks
}

// Choose parts ticks that came due, the oldest first, into those to run and those that
// are missed. A tick that is not older than LateAfter always runs. Of the late ones skip
// runs none, all runs the newest MaxCatchUp, and once (and whatever else is said) runs
// the newest, but only where no tick is on time, which then stands for all.
func Choose(due []time.Time, now time.Time, catchUp string) (run, missed []time.Time) {
	onTime := slices.IndexFunc(due, func(t time.Time) bool { return now.Sub(t) <= LateAfter })
	if onTime < 0 {
		onTime = len(due)
	}
	first := onTime
	switch catchUp {
	case CatchUpSkip:
	case CatchUpAll:
		first = max(0, onTime-MaxCatchUp)
	default:
		if onTime == len(due) {
			first = max(0, onTime-1)
		}
	}
	return slices.Clone(due[first:]), slices.Clone(due[:first])
}

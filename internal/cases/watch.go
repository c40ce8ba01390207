package cases

import (
	"math"
	"slices"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// WaiverState is what there is to say about a waiver today.
type WaiverState string

// States of waivers, in the order in which they ask for attention.
const (
	NoWaiver       WaiverState = ""
	WaiverExpired  WaiverState = "expired"         // over, and the record is open
	WaiverVoid     WaiverState = "content_changed" // the record says something else than what was waived
	WaiverEnding   WaiverState = "ending"          // over within the days of warning
	WaiverUnused   WaiverState = "unused"          // not over, and the record is resolved
	WaiverStanding WaiverState = "standing"
)

// Rank is the place of a state in that order; NoWaiver comes last.
func (w WaiverState) Rank() int {
	order := []WaiverState{WaiverExpired, WaiverVoid, WaiverEnding, WaiverUnused, WaiverStanding}
	if i := slices.Index(order, w); i >= 0 {
		return i
	}
	return len(order)
}

// Watch tells how the waiver of a record is doing at now, NoWaiver when its last decision
// is none or nothing is left to say: the waiver is over and the record is resolved.
// warnDays is how many days ahead an end is told; 0 tells it on the last day.
func Watch(r *record.Record, last *record.Decision, now time.Time, warnDays int) WaiverState {
	if last == nil || last.Kind != record.Waive {
		return NoWaiver
	}
	s := Stand(r, last, now)
	switch {
	case r.Status != record.Open && s.Back == BackExpired:
		return NoWaiver
	case r.Status != record.Open:
		return WaiverUnused
	case s.Back == BackExpired:
		return WaiverExpired
	case s.Back == BackChanged:
		return WaiverVoid
	case DaysLeft(last.Until, now) <= warnDays:
		return WaiverEnding
	}
	return WaiverStanding
}

// DaysLeft counts the days in Shanghai from that of now to a day: 0 on the day itself,
// negative when it is over.
func DaysLeft(until, now time.Time) int {
	return int(math.Round(midnight(until).Sub(midnight(now)).Hours() / 24))
}

func midnight(t time.Time) time.Time {
	y, m, d := t.In(market.Shanghai).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, market.Shanghai)
}

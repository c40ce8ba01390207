// Package cases is the human side of records: what a decision that people took means
// today. A decision never changes and is never taken away; whether it still stands
// follows from it, the record and the day.
//
// The package is pure: it is handed records, decisions and the time, and it keeps
// nothing. It does not store decisions (internal/store does), it composes no notices
// (reports/notices does), and it carries no penalty out.
package cases

import (
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// State is where a record stands with the people who decide.
type State string

// States of a case.
const (
	Undecided State = "undecided" // nobody decided, or what was decided no longer stands
	Confirmed State = "confirmed"
	Dismissed State = "dismissed"
	Waived    State = "waived"
)

// Back is why a decision no longer stands, and the record is for people to look at again.
type Back string

// Reasons why a record is back.
const (
	BackNone    Back = ""
	BackExpired Back = "expired"         // the waiver's last day is over
	BackChanged Back = "content_changed" // a waived record says something else now
	BackAgain   Back = "came_back"       // it was mended after it was confirmed, and broken again
	BackWorse   Back = "worse"           // a suspicion was decided about, and now it is a violation that says something else
)

// Standing is what was decided about a record and whether it stands.
type Standing struct {
	State State
	Back  Back
	// Changed: the record says something else than when it was decided. A confirmation
	// or dismissal stands all the same, because it is about the fault and not its wording.
	Changed  bool
	Decision *record.Decision // the last one, nil when there is none
}

// Stand tells where a record stands at now with its last decision, which may be nil.
//
// A waiver is about what was seen: it ends with its last day, and when the content
// changes. A confirmation is about one spell of a fault: what was mended and came back
// is confirmed anew. A dismissal stands until people decide otherwise. Neither reaches
// beyond what was decided about: where a suspicion ("two months without an order") has
// become a violation that says something else ("three months"), people look again.
func Stand(r *record.Record, last *record.Decision, now time.Time) Standing {
	s := Standing{State: Undecided, Decision: last}
	if last == nil {
		return s
	}
	s.Changed = last.ContentHash != r.ContentHash
	worse := s.Changed && last.Outcome == record.Suspected && r.Finding.Outcome == record.Violation
	switch last.Kind {
	case record.Confirm:
		s.State = Confirmed
		switch {
		case r.ReopenedSweep > last.Sweep:
			s.State, s.Back = Undecided, BackAgain
		case worse:
			s.State, s.Back = Undecided, BackWorse
		}
	case record.Dismiss:
		s.State = Dismissed
		if worse {
			s.State, s.Back = Undecided, BackWorse
		}
	case record.Waive:
		s.State = Waived
		switch {
		case !now.Before(EndOf(last.Until)):
			s.State, s.Back = Undecided, BackExpired
		case s.Changed:
			s.State, s.Back = Undecided, BackChanged
		}
	}
	return s
}

// EndOf is the moment at which a day in Shanghai is over.
func EndOf(day time.Time) time.Time {
	y, m, d := day.In(market.Shanghai).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, market.Shanghai)
}

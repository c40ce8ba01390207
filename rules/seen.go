package rules

import (
	"time"

	"marketwarden/internal/record"
)

// SeenState is what one visit showed of an address.
type SeenState string

// States of an address.
const (
	SeenAnswers   SeenState = "answers"
	SeenDown      SeenState = "down"      // no answer, or an error: counts as unavailable
	SeenForbidden SeenState = "forbidden" // robots.txt forbids the visit
	SeenUnknown   SeenState = "unknown"   // a wall, a refused address, …: says nothing either way
)

// SeenApart is how far apart observations of an address must lie to count as two
// (rulebook: site-unavailable, deliverable-unavailable).
const SeenApart = 12 * time.Hour

// Seen is the unbroken row of observations of one address that ended in the same state,
// the latest visit included.
type Seen struct {
	State  SeenState     `json:"state"`
	Since  time.Time     `json:"since"`           // the first observation of the row
	Last   time.Time     `json:"last"`            // the last one that counted
	Nights int           `json:"nights"`          // observations of the row that lie SeenApart or more apart
	Reason record.Reason `json:"reason,omitzero"` // what the latest visit met, when it does not answer
}

// SeenOf is the state that a visit's problem stands for; nil is an answer. What is no
// HTML, a page of unknown layout and a shell are answers, too.
func SeenOf(problem *record.Reason) SeenState {
	if problem == nil {
		return SeenAnswers
	}
	switch problem.Code {
	case record.ReasonUnreachable, record.ReasonErrorStatus, record.ReasonSoft404:
		return SeenDown
	case record.ReasonRobots:
		return SeenForbidden
	case record.ReasonNotHTML, record.ReasonLayout, record.ReasonShell:
		return SeenAnswers
	}
	return SeenUnknown
}

// Next is the row after another visit at time at. A state that says nothing leaves the
// row as it was, except that the visit's own state and reason are told. A visit less
// than SeenApart after the last one that counted does not count, so that nothing that is
// done twice in one night counts twice.
func (s Seen) Next(at time.Time, problem *record.Reason) Seen {
	state := SeenOf(problem)
	next := Seen{State: state, Since: at, Last: at, Nights: 1}
	if s.State == state && !s.Since.IsZero() {
		next.Since, next.Last, next.Nights = s.Since, s.Last, s.Nights
		if at.Sub(s.Last) >= SeenApart {
			next.Last, next.Nights = at, s.Nights+1
		}
	}
	if problem != nil && state != SeenAnswers {
		next.Reason = *problem
	}
	return next
}

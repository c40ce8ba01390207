package record

import "time"

// DecisionKind is what a person decided about a record.
type DecisionKind string

// Kinds of decisions. They are stored: do not rename.
const (
	Confirm DecisionKind = "confirm" // it is so; only this reaches notices
	Dismiss DecisionKind = "dismiss" // it is not so
	Waive   DecisionKind = "waive"   // it may be so, for a time and a reason
)

// Decision is what a person decided about a record, as kept: decisions are only ever
// added, and the last one stands. Package cases tells what it means today.
type Decision struct {
	ID          int64
	Fingerprint string
	Kind        DecisionKind
	Who, Why    string
	At          time.Time
	Outcome     Outcome   // of the record at that time
	ContentHash string    // of what was decided about
	Sweep       int64     // in which the record had been seen last
	Until       time.Time // of a waiver: the beginning (Shanghai) of its last day
	Owner       string    // of a waiver: who answers for it
	Source      string    // the reviewed file that it was read from, "" when decided by itself
}

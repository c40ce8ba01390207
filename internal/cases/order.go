package cases

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// Bounds of what people write, in characters.
const (
	MaxWho = 200 // of who decides and who answers for a waiver
	MaxWhy = 2000
)

// Order is what a person wants to have decided about one record.
type Order struct {
	Kind     record.DecisionKind
	Who, Why string
	Until    time.Time // of a waiver: the beginning (Shanghai) of its last day
	Owner    string    // of a waiver: who answers for it
	// Content is the content hash of what the person saw; "" = decide about what there is.
	Content string
	// Source names the reviewed file that the order was read from, see [Source].
	Source string
	// Seen is, where there is a Source, the ID of the last decision that the file shows
	// about the record; 0 = none had been taken.
	Seen int64
}

// Field names a part of an order that is at fault, so that the reader of a file can tell
// the column.
type Field string

// Fields of orders.
const (
	FieldRecord  Field = "record"
	FieldKind    Field = "kind"
	FieldWho     Field = "who"
	FieldWhy     Field = "why"
	FieldUntil   Field = "until"
	FieldOwner   Field = "owner"
	FieldContent Field = "content"
	FieldSeen    Field = "seen"
)

// OrderError is why an order cannot be carried out.
type OrderError struct {
	Field  Field
	Reason string
}

func (f *OrderError) Error() string { return f.Reason }

func fault(at Field, format string, args ...any) error {
	return &OrderError{at, fmt.Sprintf(format, args...)}
}

// Check tells what is wrong with an order whatever the record: a *OrderError, or nil. maxDays
// is the longest that a waiver may last, in days from the day of now.
func (o *Order) Check(now time.Time, maxDays int) error {
	switch o.Kind {
	case record.Confirm, record.Dismiss, record.Waive:
	default:
		return fault(FieldKind, "there is no decision %q", o.Kind)
	}
	for _, t := range []struct {
		field Field
		text  string
		most  int
		need  bool
	}{
		{FieldWho, o.Who, MaxWho, true},
		{FieldWhy, o.Why, MaxWhy, true},
		{FieldOwner, o.Owner, MaxWho, o.Kind == record.Waive},
	} {
		if err := checkText(t.field, t.text, t.most, t.need); err != nil {
			return err
		}
	}
	if o.Kind != record.Waive {
		if !o.Until.IsZero() {
			return fault(FieldUntil, "only a waiver has a last day")
		}
		if o.Owner != "" {
			return fault(FieldOwner, "only a waiver has an owner")
		}
		return nil
	}
	if o.Until.IsZero() {
		return fault(FieldUntil, "a waiver needs its last day")
	}
	switch left := DaysLeft(o.Until, now); {
	case left < 1:
		return fault(FieldUntil, "the last day of a waiver must lie after today, and %s does not", day(o.Until))
	case left > maxDays:
		return fault(FieldUntil, "a waiver may last %d days, until %s at most", maxDays, day(now.AddDate(0, 0, maxDays)))
	}
	return nil
}

func checkText(field Field, s string, most int, need bool) error {
	switch {
	case need && strings.TrimSpace(s) == "":
		return fault(field, "%s must not be empty", field)
	case !utf8.ValidString(s):
		return fault(field, "%s is no valid UTF-8", field)
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }):
		return fault(field, "%s holds control characters", field)
	case utf8.RuneCountInString(s) > most:
		return fault(field, "%s is longer than %d characters", field, most)
	}
	return nil
}

// Answer is what becomes of an order about a record.
type Answer string

// Answers to orders.
const (
	Decided Answer = "decided" // there is a decision to add
	Stands  Answer = "stands"  // the same was decided before and stands
	Read    Answer = "read"    // it was decided when the same file was read before
)

// Decide carries out an order about a record with the decisions so far, the oldest first:
// it returns the decision to add, or tells why there is none to add. The order must have
// passed Check. An error is a *OrderError.
func Decide(r *record.Record, history []record.Decision, o *Order, now time.Time) (record.Decision, Answer, error) {
	var none record.Decision
	for i := range history {
		if o.Source != "" && SameSource(history[i].Source, o.Source) {
			return none, Read, nil
		}
	}
	if answer, err := since(r, history, o, now); answer != "" || err != nil {
		return none, answer, err
	}
	if r.Status != record.Open {
		return none, "", fault(FieldRecord, "the record is resolved: there is nothing to decide")
	}
	if o.Content != "" && o.Content != r.ContentHash {
		return none, "", fault(FieldContent, "the record says something else now than what was decided about: its content hash is %s", r.ContentHash)
	}
	if len(history) > 0 {
		s := Stand(r, &history[len(history)-1], now)
		if s.State == stateOf(o.Kind) && !s.Changed &&
			(o.Kind != record.Waive || sameDay(s.Decision.Until, o.Until) && s.Decision.Owner == o.Owner) {
			return none, Stands, nil
		}
	}
	return record.Decision{
		Fingerprint: r.Fingerprint, Kind: o.Kind, Who: o.Who, Why: o.Why, At: now, Outcome: r.Finding.Outcome,
		ContentHash: r.ContentHash, Sweep: r.LastSweep, Until: o.Until, Owner: o.Owner, Source: o.Source,
	}, Decided, nil
}

// AsOrderError returns the fault that an error is, nil when it is none.
func AsOrderError(err error) *OrderError {
	f, _ := errors.AsType[*OrderError](err)
	return f
}

func stateOf(k record.DecisionKind) State {
	switch k {
	case record.Confirm:
		return Confirmed
	case record.Dismiss:
		return Dismissed
	case record.Waive:
		return Waived
	}
	return Undecided
}

const sumMark = " sha256:"

// Source names a reviewed file by its name and the SHA-256 (hex) of its bytes.
func Source(name, sha256 string) string { return name + sumMark + sha256 }

// SameSource reports whether two sources hold the same bytes, whatever the file is called.
func SameSource(a, b string) bool {
	i, k := strings.LastIndex(a, sumMark), strings.LastIndex(b, sumMark)
	return i >= 0 && k >= 0 && a[i:] == b[k:]
}

func day(t time.Time) string { return t.In(market.Shanghai).Format(time.DateOnly) }

func sameDay(a, b time.Time) bool { return day(a) == day(b) }

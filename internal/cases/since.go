package cases

import (
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/safetext"
)

// since answers for an order from a file whose row does not show the last decision about
// its record: Stands where an earlier version of the file was read, so that what the row
// says is what stands; else a fault that tells what was decided, so that no sheet that lay
// about for a while undoes it. "" when nobody decided since the file was exported.
//
// It comes before the record and its content are looked at: what was carried out already
// is no fault because the record went on since.
func since(r *record.Record, history []record.Decision, o *Order, now time.Time) (Answer, error) {
	var last *record.Decision
	if len(history) > 0 {
		last = &history[len(history)-1]
	}
	switch {
	case o.Source == "":
		return "", nil
	case last == nil && o.Seen == 0, last != nil && last.ID == o.Seen:
		return "", nil
	case last == nil || last.ID < o.Seen:
		return "", fault(FieldSeen, "there is no decision %d about this record: the number was edited or the file comes from another database", o.Seen)
	}
	if Stand(r, last, now).State == stateOf(o.Kind) && says(last, o) {
		return Stands, nil
	}
	return "", fault(FieldSeen, "decided since the file was exported: %s by %s at %s (decision %d); export it anew, or clear the row",
		last.Kind, safetext.Line(last.Who), last.At.In(market.Shanghai).Format(time.DateTime), last.ID)
}

// says reports whether a decision is, word for word, what the order wants.
func says(d *record.Decision, o *Order) bool {
	return d.Kind == o.Kind && d.Why == o.Why && d.Owner == o.Owner &&
		d.Until.IsZero() == o.Until.IsZero() && (d.Until.IsZero() || sameDay(d.Until, o.Until))
}

package cases

import (
	"strings"
	"testing"

	"marketwarden/internal/record"
)

// TestDecideFromAFileThatLayAbout: what people decided after a file was exported is never
// undone by reading it, and rows of an earlier version of the file do no harm.
func TestDecideFromAFileThatLayAbout(t *testing.T) {
	t.Parallel()
	const before, after = 3, 7 // decisions taken before and after the file was exported
	sheet := Source("a.csv", "bb")
	decision := func(id int64, kind record.DecisionKind, who, why string) record.Decision {
		return record.Decision{
			ID: id, Kind: kind, Who: who, Why: why, At: on(2, 15), Outcome: record.Suspected, ContentHash: "c1", Sweep: 5, Source: Source("a.csv", "aa"),
		}
	}
	old := decision(before, record.Confirm, "zhao", "first look")
	boss := decision(after, record.Confirm, "boss\nroot", "asked the provider")
	boss.Source = ""
	dismissed := decision(after, record.Dismiss, "li", "no link")
	waived := decision(after, record.Waive, "li", "moving")
	waived.Until, waived.Owner = on(20, 0), "wang"

	row := func(kind record.DecisionKind, why string, seen int64) Order {
		return Order{Kind: kind, Who: "li", Why: why, Content: "c1", Source: sheet, Seen: seen}
	}
	waiver := func(day int, owner string) Order {
		o := row(record.Waive, "moving", before)
		o.Until, o.Owner = on(day, 0), owner
		return o
	}
	byHand := row(record.Dismiss, "no link", 0)
	byHand.Source, byHand.Content = "", ""
	again := func(r *record.Record) { r.ReopenedSweep = 6 }
	changed := func(r *record.Record) { r.ContentHash = "c2" }
	resolved := func(r *record.Record) { r.Status = record.Resolved }
	const since = "decided since the file was exported: "
	tests := map[string]struct {
		history []record.Decision
		order   Order
		change  func(*record.Record)
		want    Answer
		fault   string // how it begins
	}{
		"nobody decided":                       {nil, row(record.Dismiss, "no link", 0), nil, Decided, ""},
		"nobody decided since":                 {[]record.Decision{old}, row(record.Dismiss, "no link", before), nil, Decided, ""},
		"the same again":                       {[]record.Decision{old}, row(record.Confirm, "still so", before), nil, Stands, ""},
		"somebody decided since":               {[]record.Decision{boss}, row(record.Dismiss, "no link", 0), nil, "", since + "confirm by boss root at 2026-03-02 15:00:00 (decision 7)"},
		"somebody decided anew":                {[]record.Decision{old, boss}, row(record.Dismiss, "no link", before), nil, "", since + "confirm by boss root"},
		"of the same kind for another reason":  {[]record.Decision{boss}, row(record.Confirm, "seen", 0), nil, "", since},
		"read from an earlier version":         {[]record.Decision{old, dismissed}, row(record.Dismiss, "no link", before), nil, Stands, ""},
		"read and in other words since":        {[]record.Decision{old, dismissed}, row(record.Dismiss, "no link", before), changed, Stands, ""},
		"read and mended since":                {[]record.Decision{old, dismissed}, row(record.Dismiss, "no link", before), resolved, Stands, ""},
		"read, then decided otherwise":         {[]record.Decision{dismissed, decision(9, record.Confirm, "boss", "so")}, row(record.Dismiss, "no link", 0), nil, "", since + "confirm by boss"},
		"confirmed, mended and broken since":   {[]record.Decision{decision(after, record.Confirm, "li", "so")}, row(record.Confirm, "so", 0), again, "", since + "confirm by li"},
		"waiver of an earlier version":         {[]record.Decision{old, waived}, waiver(20, "wang"), nil, Stands, ""},
		"waiver with another day":              {[]record.Decision{old, waived}, waiver(21, "wang"), nil, "", since + "waive by li"},
		"waiver with another owner":            {[]record.Decision{old, waived}, waiver(20, "sun"), nil, "", since + "waive by li"},
		"a number that is not there yet":       {[]record.Decision{old}, row(record.Dismiss, "no link", 99), nil, "", "there is no decision 99 about this record"},
		"a number where nobody decided":        {nil, row(record.Dismiss, "no link", 99), nil, "", "there is no decision 99 about this record"},
		"by hand, whatever was decided before": {[]record.Decision{old, boss}, byHand, nil, Decided, ""},
	}
	for name, tt := range tests {
		r := openRecord()
		if tt.change != nil {
			tt.change(&r)
		}
		_, got, err := Decide(&r, tt.history, &tt.order, on(3, 9))
		if got != tt.want || (err != nil) != (tt.fault != "") {
			t.Errorf("%s: %q (%v), want %q, fault %q", name, got, err, tt.want, tt.fault)
			continue
		}
		if f := AsOrderError(err); err != nil && (f == nil || f.Field != FieldSeen || !strings.HasPrefix(f.Reason, tt.fault)) {
			t.Errorf("%s: %v (%+v), want %q at %q", name, err, f, tt.fault, FieldSeen)
		}
	}
}

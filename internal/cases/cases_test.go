package cases

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

func on(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, market.Shanghai) }

func openRecord() record.Record {
	return record.Record{
		Fingerprint: "f1", ContentHash: "c1", Status: record.Open, FirstSweep: 1, LastSweep: 5,
		Finding: record.Finding{Outcome: record.Suspected},
	}
}

func TestStand(t *testing.T) {
	t.Parallel()
	decision := func(kind record.DecisionKind) *record.Decision {
		d := &record.Decision{Kind: kind, ContentHash: "c1", Sweep: 5}
		if kind == record.Waive {
			d.Until = on(10, 0)
		}
		return d
	}
	changed := func(r *record.Record) { r.ContentHash = "c2" }
	again := func(r *record.Record) { r.ReopenedSweep = 6 }
	suspected := func(kind record.DecisionKind) *record.Decision {
		d := decision(kind)
		d.Outcome = record.Suspected
		return d
	}
	worse := func(r *record.Record) { r.ContentHash, r.Finding.Outcome = "c2", record.Violation }
	surer := func(r *record.Record) { r.Finding.Outcome = record.Violation }
	tests := map[string]struct {
		last   *record.Decision
		change func(*record.Record)
		now    time.Time
		want   Standing
	}{
		"nobody decided":               {nil, changed, on(1, 0), Standing{State: Undecided}},
		"confirmed":                    {decision(record.Confirm), nil, on(1, 0), Standing{State: Confirmed}},
		"confirmed, other words":       {decision(record.Confirm), changed, on(1, 0), Standing{State: Confirmed, Changed: true}},
		"confirmed, mended and broken": {decision(record.Confirm), again, on(1, 0), Standing{State: Undecided, Back: BackAgain}},
		"confirmed when it was back": {
			decision(record.Confirm), func(r *record.Record) { r.ReopenedSweep = 5 }, on(1, 0), Standing{State: Confirmed},
		},
		"dismissed, other words":                  {decision(record.Dismiss), changed, on(1, 0), Standing{State: Dismissed, Changed: true}},
		"dismissed, back":                         {decision(record.Dismiss), again, on(1, 0), Standing{State: Dismissed}},
		"confirmed as suspected, a violation now": {suspected(record.Confirm), worse, on(1, 0), Standing{State: Undecided, Back: BackWorse, Changed: true}},
		"dismissed as suspected, a violation now": {suspected(record.Dismiss), worse, on(1, 0), Standing{State: Undecided, Back: BackWorse, Changed: true}},
		"waived as suspected, a violation now":    {suspected(record.Waive), worse, on(1, 0), Standing{State: Undecided, Back: BackChanged, Changed: true}},
		"the same words, taken for a violation":   {suspected(record.Dismiss), surer, on(1, 0), Standing{State: Dismissed}},
		"waived on the last day":                  {decision(record.Waive), nil, on(10, 23), Standing{State: Waived}},
		"waived, the day after":                   {decision(record.Waive), nil, on(11, 0), Standing{State: Undecided, Back: BackExpired}},
		"waived, other words":                     {decision(record.Waive), changed, on(1, 0), Standing{State: Undecided, Back: BackChanged, Changed: true}},
		"waived, over, other words":               {decision(record.Waive), changed, on(12, 0), Standing{State: Undecided, Back: BackExpired, Changed: true}},
		"waived, mended, back the same":           {decision(record.Waive), again, on(1, 0), Standing{State: Waived}},
	}
	for name, tt := range tests {
		r := openRecord()
		if tt.change != nil {
			tt.change(&r)
		}
		tt.want.Decision = tt.last
		if diff := cmp.Diff(tt.want, Stand(&r, tt.last, tt.now)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	waiver := &record.Decision{Kind: record.Waive, ContentHash: "c1", Sweep: 5, Until: on(20, 0)}
	resolved := func(r *record.Record) { r.Status = record.Resolved }
	changed := func(r *record.Record) { r.ContentHash = "c2" }
	tests := map[string]struct {
		last   *record.Decision
		change func(*record.Record)
		now    time.Time
		want   WaiverState
	}{
		"no decision":          {nil, nil, on(1, 0), NoWaiver},
		"another decision":     {&record.Decision{Kind: record.Confirm}, nil, on(1, 0), NoWaiver},
		"stands":               {waiver, nil, on(5, 23), WaiverStanding},
		"ends within the days": {waiver, nil, on(6, 0), WaiverEnding},
		"last day":             {waiver, nil, on(20, 23), WaiverEnding},
		"over":                 {waiver, nil, on(21, 0), WaiverExpired},
		"other words":          {waiver, changed, on(1, 0), WaiverVoid},
		"resolved":             {waiver, resolved, on(19, 0), WaiverUnused},
		"resolved and over":    {waiver, resolved, on(21, 0), NoWaiver},
	}
	for name, tt := range tests {
		r := openRecord()
		if tt.change != nil {
			tt.change(&r)
		}
		if got := Watch(&r, tt.last, tt.now, 14); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestOrderCheck(t *testing.T) {
	t.Parallel()
	confirm := Order{Kind: record.Confirm, Who: "li", Why: "seen"}
	waive := Order{Kind: record.Waive, Who: "li", Why: "seen", Owner: "wang", Until: on(2, 0)}
	with := func(o Order, change func(*Order)) Order { change(&o); return o }
	tests := map[string]struct {
		order Order
		want  Field // "" = none
	}{
		"confirm":            {confirm, ""},
		"waive":              {waive, ""},
		"longest":            {with(waive, func(o *Order) { o.Until = on(11, 0) }), ""},
		"too long":           {with(waive, func(o *Order) { o.Until = on(12, 0) }), FieldUntil},
		"until today":        {with(waive, func(o *Order) { o.Until = on(1, 0) }), FieldUntil},
		"without end":        {with(waive, func(o *Order) { o.Until = time.Time{} }), FieldUntil},
		"without owner":      {with(waive, func(o *Order) { o.Owner = " " }), FieldOwner},
		"nobody":             {with(confirm, func(o *Order) { o.Who = "" }), FieldWho},
		"no reason":          {with(confirm, func(o *Order) { o.Why = " \n" }), FieldWhy},
		"too much reason":    {with(confirm, func(o *Order) { o.Why = strings.Repeat("因", MaxWhy+1) }), FieldWhy},
		"control characters": {with(confirm, func(o *Order) { o.Why = "a\x1b[2J" }), FieldWhy},
		"no UTF-8":           {with(confirm, func(o *Order) { o.Who = "a\xff" }), FieldWho},
		"several lines":      {with(confirm, func(o *Order) { o.Why = "a\nb" }), ""},
		"no such decision":   {with(confirm, func(o *Order) { o.Kind = "maybe" }), FieldKind},
		"confirm with end":   {with(confirm, func(o *Order) { o.Until = on(2, 0) }), FieldUntil},
		"confirm with owner": {with(confirm, func(o *Order) { o.Owner = "wang" }), FieldOwner},
	}
	for name, tt := range tests {
		err := tt.order.Check(on(1, 23), 10)
		var got Field
		if f := AsOrderError(err); f != nil {
			got = f.Field
		}
		if got != tt.want || (err == nil) != (tt.want == "") {
			t.Errorf("%s: %v at %q, want %q", name, err, got, tt.want)
		}
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	file := Source("a.csv", "aa")
	confirmed := record.Decision{Kind: record.Confirm, Who: "li", ContentHash: "c1", Sweep: 5, Source: file}
	waived := record.Decision{Kind: record.Waive, Who: "li", ContentHash: "c1", Sweep: 5, Until: on(20, 0), Owner: "wang"}
	confirm := Order{Kind: record.Confirm, Who: "zhao", Why: "seen"}
	waive := Order{Kind: record.Waive, Who: "zhao", Why: "seen", Until: on(20, 0), Owner: "wang"}
	later := waive
	later.Until = on(25, 0)
	fromFile, renamed := confirm, confirm
	fromFile.Source, renamed.Source = file, Source("b.csv", "aa")
	pinned := confirm
	pinned.Content = "c1"
	changed := func(r *record.Record) { r.ContentHash = "c2" }
	resolved := func(r *record.Record) { r.Status = record.Resolved }
	tests := map[string]struct {
		history []record.Decision
		order   Order
		change  func(*record.Record)
		want    Answer
		fault   Field
	}{
		"first":                        {nil, confirm, nil, Decided, ""},
		"what was seen":                {nil, pinned, nil, Decided, ""},
		"something else than was seen": {nil, pinned, changed, "", FieldContent},
		"resolved":                     {nil, confirm, resolved, "", FieldRecord},
		"again":                        {[]record.Decision{confirmed}, confirm, nil, Stands, ""},
		"again, about other words":     {[]record.Decision{confirmed}, confirm, changed, Decided, ""},
		"otherwise":                    {[]record.Decision{confirmed}, waive, nil, Decided, ""},
		"waived again":                 {[]record.Decision{waived}, waive, nil, Stands, ""},
		"waived for longer":            {[]record.Decision{waived}, later, nil, Decided, ""},
		"from a file":                  {[]record.Decision{waived}, fromFile, nil, Decided, ""},
		"from the same file, though decided otherwise since": {
			[]record.Decision{confirmed, waived}, renamed, nil, Read, "",
		},
		"from the same file, though resolved since": {[]record.Decision{confirmed}, fromFile, resolved, Read, ""},
	}
	for name, tt := range tests {
		r := openRecord()
		if tt.change != nil {
			tt.change(&r)
		}
		d, got, err := Decide(&r, tt.history, &tt.order, on(3, 9))
		var at Field
		if f := AsOrderError(err); f != nil {
			at = f.Field
		}
		if got != tt.want || at != tt.fault {
			t.Errorf("%s: %q, fault at %q (%v), want %q, %q", name, got, at, err, tt.want, tt.fault)
		}
		if got != Decided {
			continue
		}
		want := record.Decision{
			Fingerprint: "f1", Kind: tt.order.Kind, Who: "zhao", Why: "seen", At: on(3, 9), Outcome: record.Suspected,
			ContentHash: r.ContentHash, Sweep: 5, Until: tt.order.Until, Owner: tt.order.Owner, Source: tt.order.Source,
		}
		if diff := cmp.Diff(want, d); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// TestStandingOverTime lets sweeps, days and people do what they like to one record, and
// holds what it shows against what must never be: confirmed where the fault came back
// after the confirmation, waived after the last day or for other words, anything but
// undecided where nobody decided.
func TestStandingOverTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := openRecord()
		now, sweep := on(1, 12), r.LastSweep
		var history []record.Decision
		cameBack := false // since the last decision
		seen := r.ContentHash
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"seen", "mended", "hours", "days", "decide"}).Draw(rt, "step") {
			case "seen":
				sweep++
				if r.Status == record.Resolved {
					r.Status, r.ReopenedSweep, cameBack = record.Open, sweep, true
				}
				r.LastSweep, r.ContentHash = sweep, rapid.SampledFrom([]string{"c1", "c2"}).Draw(rt, "content")
			case "mended":
				sweep++
				r.Status, r.ResolvedSweep = record.Resolved, sweep
			case "hours":
				now = now.Add(time.Duration(rapid.IntRange(1, 30).Draw(rt, "hours")) * time.Hour)
			case "days":
				now = now.AddDate(0, 0, rapid.IntRange(1, 20).Draw(rt, "days"))
			case "decide":
				o := Order{Kind: rapid.SampledFrom([]record.DecisionKind{record.Confirm, record.Dismiss, record.Waive}).Draw(rt, "kind"), Who: "li", Why: "so"}
				if o.Kind == record.Waive {
					o.Until, o.Owner = midnight(now).AddDate(0, 0, rapid.IntRange(1, 30).Draw(rt, "for")), "wang"
				}
				if err := o.Check(now, 30); err != nil {
					rt.Fatalf("the order is refused: %v", err)
				}
				d, answer, err := Decide(&r, history, &o, now)
				if (err != nil) != (r.Status == record.Resolved) {
					rt.Fatalf("%s record: %v", r.Status, err)
				}
				if answer == Decided {
					history, cameBack, seen = append(history, d), false, r.ContentHash
				}
			}
			var last *record.Decision
			if len(history) > 0 {
				last = &history[len(history)-1]
			}
			s := Stand(&r, last, now)
			switch {
			case last == nil && s != Standing{State: Undecided}:
				rt.Fatalf("nobody decided, and it stands at %+v", s)
			case s.State == Confirmed && (last.Kind != record.Confirm || cameBack):
				rt.Fatalf("confirmed though it came back after %+v", last)
			case s.State == Waived && (last.Kind != record.Waive || !now.Before(midnight(last.Until).AddDate(0, 0, 1))):
				rt.Fatalf("waived at %v, and the waiver ended with %v", now, last.Until)
			case s.State == Waived && r.ContentHash != seen:
				rt.Fatal("waived though it says something else")
			case s.State == Dismissed && last.Kind != record.Dismiss:
				rt.Fatalf("dismissed by %+v", last)
			case last != nil && (s.State == Undecided) != (s.Back != BackNone):
				rt.Fatalf("decided, undecided and no reason: %+v", s)
			}
		}
	})
}

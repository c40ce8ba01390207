package pipeline_test

import (
	"errors"
	"testing"
	"time"

	"marketwarden/fixtures"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
	"marketwarden/rules"
)

// TestReopened: what was mended and broke again is reopened, under its first date, and
// the report of the sweep in between still tells that it was mended.
func TestReopened(t *testing.T) {
	t.Parallel()
	b, srv, asOf := shipped(t)
	only := store.Scope{Only: pipeline.OnlyListings}
	var sweeps []int64
	for i, night := range []int{1, 2, 1} {
		srv.SetNight(night)
		sweeps = append(sweeps, b.sweep(pipeline.Order{AsOf: asOf.AddDate(0, 0, i), Scope: only}).ID)
	}
	mended, reopened := 0, 0
	between, last := b.records(sweeps[1]), b.records(sweeps[2])
	for fp, v := range between {
		if v.Change != record.ChangeResolved {
			continue
		}
		mended++
		if v.Status != record.Resolved || v.ResolvedWhy != record.ResolvedMended || !v.ResolvedAt.Equal(asOf.AddDate(0, 0, 1)) {
			t.Errorf("sweep 2 says of %s: %s %s at %s", fp, v.Status, v.ResolvedWhy, v.ResolvedAt)
		}
		again := last[fp]
		if again.Change != record.ChangeReopened || again.Status != record.Open || !again.FirstSeen.Equal(v.FirstSeen) {
			t.Errorf("sweep 3 says of %s: %s, %s, first seen %s", fp, again.Change, again.Status, again.FirstSeen)
			continue
		}
		reopened++
	}
	if mended == 0 || mended != reopened {
		t.Errorf("%d records were mended and %d reopened", mended, reopened)
	}
}

// TestOtherBundle: a process that judges by other parameters does not take part.
func TestOtherBundle(t *testing.T) {
	t.Parallel()
	b, _, asOf := generated(t, 20, nil)
	if _, err := b.engine().Plan(t.Context(), pipeline.Order{AsOf: asOf}); err != nil {
		t.Fatal(err)
	}
	b.options.Config.Params = map[string]map[string]string{"deployment-ratio": {"percent": "70"}}
	if _, err := b.engine().Resume(t.Context()); !errors.Is(err, pipeline.ErrOtherBundle) {
		t.Errorf("resume with other parameters answers %v, want ErrOtherBundle", err)
	}
}

// TestAbandoned: who works on a sweep that another process gave up is told so.
func TestAbandoned(t *testing.T) {
	t.Parallel()
	b, _, asOf := generated(t, 20, nil)
	e := b.engine()
	sw, err := e.Plan(t.Context(), pipeline.Order{AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.store.AbandonSweep(t.Context(), sw.ID); err != nil {
		t.Fatal(err)
	}
	if err := e.Run(t.Context(), sw.ID, func(store.Progress) {}); err == nil {
		t.Error("a sweep that was given up ended well")
	}
}

// TestYesterdaysFeed: at two in the morning the order feed ends with the day before;
// orders are judged all the same, as of that day.
func TestYesterdaysFeed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		covers string
		want   bool // judged
	}{
		{"2024-01-01..2026-03-10", true}, // the day that has just begun, too
		{"2024-01-01..2026-03-09", true},
		{"2024-01-01..2026-03-08", false}, // a day that is over is missing
	} {
		m := fixtures.Generate(40)
		b := setup(t, fixtures.ProfileID, nil, nil)
		b.load(m.Feeds(), tc.covers)
		asOf, err := fixtures.AsOf(1)
		if err != nil {
			t.Fatal(err)
		}
		sw := b.sweep(pipeline.Order{AsOf: asOf, Scope: store.Scope{Only: pipeline.OnlyAccounts}})
		outcomes := map[record.Outcome]int{}
		for _, r := range b.results(sw.ID) {
			if r.Rule == "zero-orders" {
				outcomes[r.Outcome]++
			}
		}
		if outcomes[record.Violation] == 0 == tc.want || outcomes[record.NotChecked] > 0 == tc.want {
			t.Errorf("covering %s: zero-orders answers %v", tc.covers, outcomes)
		}
	}
}

// TestFeedReasons: a feed that was never imported and one whose days nobody named are two
// reasons, so that the operator knows what to do.
func TestFeedReasons(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		orders bool
		want   string
	}{
		{"no feed", false, record.ReasonFeedMissing},
		{"no coverage said", true, record.ReasonFeedCoverage},
	} {
		feeds := map[string][]byte{}
		for kind, body := range fixtures.Generate(40).Feeds() {
			if kind != fixtures.FeedOrders || tc.orders {
				feeds[kind] = body
			}
		}
		b := setup(t, fixtures.ProfileID, nil, nil)
		b.load(feeds, "")
		asOf, err := fixtures.AsOf(1)
		if err != nil {
			t.Fatal(err)
		}
		sw := b.sweep(pipeline.Order{AsOf: asOf, Scope: store.Scope{Only: pipeline.OnlyAccounts}})
		results := b.results(sw.ID)
		if len(results) == 0 {
			t.Errorf("%s: nothing was answered", tc.name)
		}
		for _, r := range results {
			if rule, _ := b.options.Book.ByID(r.Rule); rule.Scope == rules.ScopeFeeds {
				continue // rests on the other feeds, which are there
			}
			if r.Outcome == record.NotChecked && r.Reason.Code != tc.want {
				t.Errorf("%s: %s on %s is not checked because %s, want %s", tc.name, r.Rule, r.Subject.ID, r.Reason.Code, tc.want)
			}
			if r.Outcome == record.Violation {
				t.Errorf("%s: %s on %s is a violation", tc.name, r.Rule, r.Subject.ID)
			}
		}
	}
}

// TestDiffOfNarrowSweep: what the later sweep did not look at is not called gone.
func TestDiffOfNarrowSweep(t *testing.T) {
	t.Parallel()
	b, _, asOf := generated(t, 40, nil)
	first := b.sweep(pipeline.Order{AsOf: asOf})
	second := b.sweep(pipeline.Order{AsOf: asOf.Add(time.Hour), Scope: store.Scope{Only: pipeline.OnlyAccounts}})
	d, err := b.store.DiffSweeps(t.Context(), first.ID, second.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.New)+len(d.Gone)+len(d.Changed) != 0 || len(d.Unjudged) == 0 {
		t.Errorf("diff: %d new, %d gone, %d changed, %d unjudged; want all unjudged", len(d.New), len(d.Gone), len(d.Changed), len(d.Unjudged))
	}
	for _, f := range d.Unjudged {
		if f.Rule == "zero-orders" || f.Rule == "deployment-ratio" {
			t.Errorf("%s on %s was judged again and is called unjudged", f.Rule, f.Subject.ID)
		}
	}
}

package pipeline_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/fixtures"
	"marketwarden/internal/record"
	"marketwarden/pipeline"
)

// TestMarket holds the program to the truth file: nothing missed, nothing invented, in
// both nights; and the records to what happened between them.
func TestMarket(t *testing.T) {
	t.Parallel()
	b, srv, _ := shipped(t)
	truths, err := fixtures.Truths()
	if err != nil {
		t.Fatal(err)
	}
	var last map[string]record.View
	for night := 1; night <= 2; night++ {
		srv.SetNight(night)
		asOf, err := fixtures.AsOf(night)
		if err != nil {
			t.Fatal(err)
		}
		sw := b.sweep(pipeline.Order{AsOf: asOf})
		for _, d := range fixtures.Compare(night, truths, b.results(sw.ID)) {
			t.Errorf("night %d: %s", night, d)
		}
		records := b.records(sw.ID)
		changes := map[record.Change]int{}
		for fp, v := range records {
			changes[v.Change]++
			old, known := last[fp]
			if known && old.Status == record.Open && v.Change == record.ChangeNew {
				t.Errorf("night %d: %s %s is called new again", night, v.Finding.Rule, v.Finding.Subject.ID)
			}
			if known && !v.FirstSeen.Equal(old.FirstSeen) {
				t.Errorf("night %d: first seen of %s moved", night, fp)
			}
			b.hasEvidence(v)
		}
		t.Logf("night %d: %v", night, changes)
		if night == 2 {
			for _, c := range []record.Change{record.ChangeNew, record.ChangePersisting, record.ChangeResolved, record.ChangeUnseen} {
				if changes[c] == 0 {
					t.Errorf("night 2 shows no record that is %s: the story of the fixture market is lost", c)
				}
			}
		}
		last = records
	}
}

// hasEvidence checks that a record of a page names a body that is kept.
func (b *bundle) hasEvidence(v record.View) {
	b.t.Helper()
	if v.Finding.Part == "" || v.Finding.Part[:5] != "html:" {
		return
	}
	if len(v.Finding.Evidence) == 0 {
		b.t.Errorf("%s on %s has no evidence", v.Finding.Rule, v.Finding.Subject.ID)
	}
	for _, sha := range v.Finding.Evidence {
		if ok, err := b.evidence.Has(sha); err != nil || !ok {
			b.t.Errorf("evidence %s of %s is not kept: %v", sha, v.Finding.Rule, err)
		}
	}
}

// TestUnchangedMarket: a second sweep of an unchanged market changes nothing but last
// seen.
func TestUnchangedMarket(t *testing.T) {
	t.Parallel()
	b, _, asOf := shipped(t)
	first := b.sweep(pipeline.Order{AsOf: asOf})
	before := b.records(first.ID)
	later := asOf.Add(1) // the same day, a moment later
	second := b.sweep(pipeline.Order{AsOf: later})
	after := b.records(second.ID)
	if len(before) == 0 {
		t.Fatal("the market gave no records")
	}
	for fp, v := range after {
		if v.LastSweep != second.ID || v.LastSeen.Before(v.FirstSeen) {
			t.Errorf("%s was not seen again", fp)
		}
		v.LastSeen, v.LastSweep, v.Change = before[fp].LastSeen, before[fp].LastSweep, before[fp].Change
		after[fp] = v
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("records changed (-first +second):\n%s", diff)
	}
}

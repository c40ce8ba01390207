package corpus

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/record"
)

func TestWilson(t *testing.T) {
	t.Parallel()
	// Wanted values are those of the published closed form, to four places.
	for _, c := range []struct {
		ratio     Ratio
		low, high float64
	}{
		{Ratio{0, 0}, 0, 1},
		{Ratio{0, 10}, 0, 0.2775},
		{Ratio{10, 10}, 0.7225, 1},
		{Ratio{50, 100}, 0.4038, 0.5962},
		{Ratio{97, 100}, 0.9155, 0.9897},
	} {
		low, high := c.ratio.Wilson()
		if math.Abs(low-c.low) > 5e-5 || math.Abs(high-c.high) > 5e-5 {
			t.Errorf("%d of %d: got [%.4f, %.4f], want [%.4f, %.4f]", c.ratio.K, c.ratio.N, low, high, c.low, c.high)
		}
	}
}

func TestTally(t *testing.T) {
	t.Parallel()
	var a, b Tally
	a.Add(Violation, record.Violation)
	a.Add(Violation, record.Suspected)
	a.Add(Violation, record.NotChecked)
	a.Add(Suspected, record.Violation)
	b.Add(Suspected, record.Pass)
	b.Add(Clean, record.Pass)
	b.Add(Clean, record.Suspected)
	b.Add(Clean, record.Violation)
	a.Merge(b)
	want := Tally{Accused: Ratio{1, 3}, Flagged: Ratio{3, 5}, Faulty: Ratio{3, 5}, Rows: 8, Unchecked: 1}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRight(t *testing.T) {
	t.Parallel()
	outcomes := []record.Outcome{record.Violation, record.Suspected, record.Pass, record.NotChecked, record.NotApplicable}
	for label, want := range map[Label][]bool{
		Violation: {true, true, false, false, false},
		Suspected: {false, true, false, false, false},
		Clean:     {false, false, true, true, true},
	} {
		var got []bool
		for _, o := range outcomes {
			got = append(got, Right(label, o))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", label, diff)
		}
	}
}

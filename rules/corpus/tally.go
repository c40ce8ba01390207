package corpus

import (
	"fmt"
	"math"

	"marketwarden/internal/record"
)

// Ratio is a count out of a total.
type Ratio struct{ K, N int }

// z is the two-sided 95 % point of the standard normal distribution.
const z = 1.959963984540054

// Wilson is the Wilson score interval of the ratio at 95 %: it holds near 0 and 1 and for
// small totals, where the usual one does not. With a total of 0 it is [0, 1].
func (r Ratio) Wilson() (low, high float64) {
	if r.N == 0 {
		return 0, 1
	}
	n := float64(r.N)
	p := float64(r.K) / n
	mid := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	scale := 1 + z*z/n
	return max(0, (mid-half)/scale), min(1, (mid+half)/scale)
}

// String is the ratio with its interval, "0.960 [0.865, 0.989] 48/50", or "–" without a
// total.
func (r Ratio) String() string {
	if r.N == 0 {
		return "–"
	}
	low, high := r.Wilson()
	return fmt.Sprintf("%.3f [%.3f, %.3f] %d/%d", float64(r.K)/float64(r.N), low, high, r.K, r.N)
}

// Tally counts answers against labels. The zero value is empty.
type Tally struct {
	// Accused are the answers "violation"; K of them are labelled so. To be sure of what
	// is only suspicious counts as wrong.
	Accused Ratio
	// Flagged are the answers "violation" or "suspected"; K of them are labelled either.
	Flagged Ratio
	// Faulty are the rows labelled "violation" or "suspected"; K of them got either answer.
	Faulty Ratio
	// Rows are all rows; Unchecked those that were answered "not checked".
	Rows, Unchecked int
}

// Add counts one answer.
func (t *Tally) Add(want Label, got record.Outcome) {
	t.Rows++
	faulty := want != Clean
	flagged := got == record.Violation || got == record.Suspected
	if got == record.NotChecked {
		t.Unchecked++
	}
	if got == record.Violation {
		t.Accused.add(want == Violation)
	}
	if flagged {
		t.Flagged.add(faulty)
	}
	if faulty {
		t.Faulty.add(flagged)
	}
}

// Merge adds what another tally counted.
func (t *Tally) Merge(o Tally) {
	for _, r := range []struct {
		into *Ratio
		from Ratio
	}{{&t.Accused, o.Accused}, {&t.Flagged, o.Flagged}, {&t.Faulty, o.Faulty}} {
		r.into.K += r.from.K
		r.into.N += r.from.N
	}
	t.Rows += o.Rows
	t.Unchecked += o.Unchecked
}

func (r *Ratio) add(hit bool) {
	r.N++
	if hit {
		r.K++
	}
}

// Right reports whether an answer is one that the label allows: clean rows want neither
// accusation nor suspicion, suspected rows a suspicion alone, violations either.
func Right(want Label, got record.Outcome) bool {
	flagged := got == record.Violation || got == record.Suspected
	switch want {
	case Clean:
		return !flagged
	case Suspected:
		return got == record.Suspected
	case Violation:
		return flagged
	}
	return false
}

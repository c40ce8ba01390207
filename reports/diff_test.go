package reports

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"marketwarden/internal/record"
)

func TestDiffGolden(t *testing.T) {
	t.Parallel()
	d := record.SweepDiff{
		From: 6, To: 7,
		New:      []record.Finding{finding("P1", "L10", "https://new.example/"), finding("P2", "L20", "https://b.example/")},
		Gone:     []record.Finding{finding("P1", "L13", "https://gone.example/")},
		Unjudged: []record.Finding{finding("P1", "L14", "https://unseen.example/")},
		Changed:  []record.Finding{finding("P1", "L11", "https://shop.example/buy")},
	}
	for _, lang := range []string{"zh", "en"} {
		var b bytes.Buffer
		shuffle(rand.New(rand.NewPCG(1, 2)), d.New)
		if err := Diff(&b, d, lang); err != nil {
			t.Fatal(err)
		}
		golden(t, lang+"-diff.txt", b.Bytes())
	}
	var b bytes.Buffer
	if err := Diff(&b, record.SweepDiff{From: 6, To: 7}, "en"); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "From sweep 6 to sweep 7\nNo difference.\n"; got != want {
		t.Errorf("no difference = %q, want %q", got, want)
	}
}

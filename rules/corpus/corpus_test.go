package corpus

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/market"
)

func load(tb testing.TB) []Row {
	tb.Helper()
	rows, err := Load()
	if err != nil {
		tb.Fatal(err)
	}
	return rows
}

// TestSizes holds what the figures need to mean something: enough rows, half of them
// traps, both kinds in each part of each rule.
func TestSizes(t *testing.T) {
	t.Parallel()
	total, clean := map[Part]int{}, map[Part]int{}
	faults, traps := map[string]int{}, map[string]int{}
	for _, r := range load(t) {
		total[r.Part]++
		if r.Label == Clean {
			clean[r.Part]++
			traps[string(r.Part)+"/"+r.Rule]++
		} else {
			faults[string(r.Part)+"/"+r.Rule]++
		}
	}
	for _, p := range Parts() {
		if total[p] < 400 {
			t.Errorf("%s has %d rows, at least 400 are wanted", p, total[p])
		}
		least := 0.45
		if p == Tune {
			least = 0.40 // what is missed was written more of
		}
		if share := float64(clean[p]) / float64(total[p]); share < least || share > 0.60 {
			t.Errorf("%.2f of the rows of %s are clean, about half of them should be", share, p)
		}
	}
	for key := range faults {
		if traps[key] == 0 {
			t.Errorf("%s has no clean rows", key)
		}
	}
	for key := range traps {
		if faults[key] == 0 {
			t.Errorf("%s has no faulty rows", key)
		}
	}
}

// TestAlike finds rows of one rule that are nearly the same text: in one part they count
// twice, in both they carry what was tuned on into what is measured.
func TestAlike(t *testing.T) {
	t.Parallel()
	byRule := map[string][]Row{}
	for _, r := range load(t) {
		byRule[r.Rule] = append(byRule[r.Rule], r)
	}
	const tooAlike = 0.8
	for rule, rows := range byRule {
		sets := make([]map[string]bool, len(rows))
		for i := range rows {
			sets[i] = bigrams(rows[i].Text)
			for k := range i {
				// Opposite labels on near texts are the best traps there are.
				if rows[i].Label == rows[k].Label && overlap(sets[i], sets[k]) > tooAlike {
					t.Errorf("%s: %s and %s are nearly the same", rule, rows[k].ID, rows[i].ID)
				}
			}
		}
	}
}

// bigrams are the pairs of neighbouring letters and digits.
func bigrams(s string) map[string]bool {
	var letters []rune
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters = append(letters, unicode.ToLower(r))
		}
	}
	out := map[string]bool{}
	for i := 1; i < len(letters); i++ {
		out[string(letters[i-1:i+1])] = true
	}
	return out
}

// overlap is the share of pairs of both that are in both.
func overlap(a, b map[string]bool) float64 {
	both := 0
	for k := range a {
		if b[k] {
			both++
		}
	}
	return float64(both) / float64(max(1, len(a)+len(b)-both))
}

func TestDeliveries(t *testing.T) {
	t.Parallel()
	known := map[string]bool{
		market.DeliveryImage: true, market.DeliverySoftware: true, market.DeliverySaaS: true,
		market.DeliveryDownload: true, market.DeliveryService: true, market.DeliveryAPI: true,
	}
	for _, r := range load(t) {
		f, err := r.Fragment()
		if err != nil {
			t.Fatal(err)
		}
		if d, ok := f.Facts[FactDelivery]; ok && !known[d] {
			t.Errorf("%s: unknown delivery %q", r.ID, d)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	const head = "id\trule\tlabel\tfield\ttext\tnote\n"
	for _, c := range []struct{ name, in, want string }{
		{"good", head + "a-rule-001\ta-rule\tclean\tdetail\tone\t\n", ""},
		{"no head", "a-rule-001\ta-rule\tclean\tdetail\tone\t\n", "line 1: not the column names"},
		{"short", head + "a-rule-001\ta-rule\tclean\n", "line 2: 3 columns"},
		{"other rule", head + "b-rule-001\tb-rule\tclean\tdetail\tone\t\n", `of rule "b-rule"`},
		{"id", head + "a-rule-1\ta-rule\tclean\tdetail\tone\t\n", "three digits"},
		{"part", head + "a-rule-002\ta-rule\tclean\tdetail\tone\t\n", "belongs to"},
		{"label", head + "a-rule-001\ta-rule\tbad\tdetail\tone\t\n", `label "bad"`},
		{"field", head + "a-rule-001\ta-rule\tclean\tfooter\tone\t\n", `field "footer"`},
		{"empty", head + "a-rule-001\ta-rule\tclean\tdetail\t \t\n", "a text of 1 bytes"},
		{"escape", head + "a-rule-001\ta-rule\tclean\tdetail\tC:\\windows\t\n", "escapes nothing"},
		{"fact", head + "a-rule-001\ta-rule\tclean\tpage\t@age: 3\\ndetail: x\t\n", `fact "age"`},
		{"line", head + "a-rule-001\ta-rule\tclean\tpage\tno field\t\n", "not a field and its text"},
		{"not UTF-8", head + "a-rule-001\ta-rule\tclean\tdetail\t\xff\t\n", "not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := read(strings.NewReader(c.in), "a-rule", PartOf("a-rule-001"))
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestFragment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row  Row
		want Fragment
	}{
		{Row{Field: "title", Text: "@ is no fact"}, Fragment{Blocks: []Block{{"title", "@ is no fact"}}}},
		{
			Row{Field: FieldPage, Text: "@price: 9\n@delivery: saas\ntitle: one\ndetail: two: three"},
			Fragment{
				Facts:  map[string]string{FactPrice: "9", FactDelivery: "saas"},
				Blocks: []Block{{"title", "one"}, {"detail", "two: three"}},
			},
		},
		{Row{Field: FieldHTML, Text: "<p>a</p>\n<p>b</p>"}, Fragment{HTML: "<p>a</p>\n<p>b</p>"}},
	} {
		got, err := c.row.Fragment()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.row.Text, diff)
		}
	}
}

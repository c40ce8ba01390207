package record

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func finding() Finding {
	return Finding{
		Rule: "external-link", Version: 1, Outcome: Violation,
		Subject:       Subject{Kind: SubjectListing, ID: "l1", ProviderID: "p1", ListingID: "l1"},
		Discriminator: "https://a.com/", Part: PartHTML("https://m/l1"),
		Expected: Same("none"), Found: Same("https://a.com/"),
		Occurrences: []Occurrence{
			{URL: "https://m/l1", Field: "detail", Selector: "#a", Snippet: "see a.com", Mark: [2]int{4, 9}},
			{URL: "https://m/l1", Field: "summary", Selector: "#b", Snippet: "a.com again", Mark: [2]int{0, 5}},
		},
	}
}

// TestFingerprint: the fingerprint is the concept's. It is stored: a change of this
// value issues every record anew.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	base := finding()
	const stored = "501ae1cd8413e237408e00a0c2e2633a238e78de7cd2b56c6b43315ce849b818"
	if got := base.Fingerprint(); got != stored {
		t.Errorf("fingerprint %s, want %s: records in databases would be issued anew", got, stored)
	}
	for name, change := range map[string]func(*Finding){
		"outcome":  func(f *Finding) { f.Outcome = Suspected },
		"part":     func(f *Finding) { f.Part = PartHTML("https://m/other") },
		"wording":  func(f *Finding) { f.Expected, f.Found, f.Reason = Same("x"), Same("y"), Same("z") },
		"places":   func(f *Finding) { f.Occurrences = nil },
		"evidence": func(f *Finding) { f.Evidence = []string{"ab"} },
	} {
		f := finding()
		change(&f)
		if f.Fingerprint() != base.Fingerprint() {
			t.Errorf("%s enters the fingerprint", name)
		}
	}
	for name, change := range map[string]func(*Finding){
		"rule":          func(f *Finding) { f.Rule = "other" },
		"version":       func(f *Finding) { f.Version = 2 },
		"provider":      func(f *Finding) { f.Subject.ProviderID = "p2" },
		"subject kind":  func(f *Finding) { f.Subject.Kind = SubjectProvider },
		"subject":       func(f *Finding) { f.Subject.ID = "l2" },
		"discriminator": func(f *Finding) { f.Discriminator = "https://b.com/" },
		// Joined without lengths these would be the same.
		"a shifted boundary": func(f *Finding) { f.Subject.ProviderID, f.Subject.Kind = "p1l", "isting" },
	} {
		f := finding()
		change(&f)
		if f.Fingerprint() == base.Fingerprint() {
			t.Errorf("%s does not enter the fingerprint", name)
		}
	}
}

// TestContentHash: it follows what is said and in which field, not the element or the
// order of places.
func TestContentHash(t *testing.T) {
	t.Parallel()
	base := finding()
	same := finding()
	same.Occurrences[0], same.Occurrences[1] = same.Occurrences[1], same.Occurrences[0]
	same.Occurrences[0].Selector = "#elsewhere"
	if same.ContentHash() != base.ContentHash() {
		t.Error("a rearranged page has another content hash")
	}
	other := finding()
	other.Occurrences[0].Snippet = "buy at a.com"
	if other.ContentHash() == base.ContentHash() {
		t.Error("other words have the same content hash")
	}
	figures := func(o Outcome, material string) string {
		f := Finding{Outcome: o, Material: material, Found: Text{EN: "worded in one way or another " + material}}
		return f.ContentHash()
	}
	if figures(Suspected, "a") == figures(Violation, "a") || figures(Violation, "a") == figures(Violation, "b") {
		t.Error("without places, outcome and material make no difference")
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	none := RuleCoverage{Outcomes: map[Outcome]int{NotApplicable: 3}}
	half := RuleCoverage{Outcomes: map[Outcome]int{Pass: 1, Violation: 1, Suspected: 1, NotChecked: 3, NotApplicable: 9}}
	run := Run{Coverage: []RuleCoverage{none, half, {Outcomes: map[Outcome]int{Pass: 6}}}}
	if diff := cmp.Diff([]float64{1, 0.5, 0.75}, []float64{none.Checked(), half.Checked(), run.Checked()}); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	text := Text{ZH: "中", EN: "en"}
	got := []string{text.In("zh"), text.In("en"), text.In(""), Same("x").In("en")}
	if diff := cmp.Diff([]string{"中", "en", "中", "x"}, got); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
}

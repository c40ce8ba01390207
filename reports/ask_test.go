package reports

import (
	"bytes"
	"strings"
	"testing"

	"marketwarden/internal/record"
)

// TestReviewersAreAsked: whoever decides reads what has to be looked at beside the reason,
// and how this one can be mended, wherever a report tells of it.
func TestReviewersAreAsked(t *testing.T) {
	t.Parallel()
	f := finding("P1", "L10", "https://cdn.example/a.png")
	f.Outcome = record.Suspected
	f.Ask = record.Text{ZH: "请人工核实", EN: "a person must look"}
	f.Mend = record.Text{ZH: "请提交更正材料", EN: "Hand in the correction"}
	v := view(f, record.ChangeNew)
	o := Options{Lang: "en", Rules: testCatalogue()}
	r := record.Report{Records: []record.View{v}}
	var pages strings.Builder
	for _, p := range renderPages(t, r, o) {
		pages.WriteString(p)
	}
	var lines, table, one bytes.Buffer
	if err := JSONL(&lines, r, o); err != nil {
		t.Fatal(err)
	}
	if err := ViolationsCSV(&table, r, o); err != nil {
		t.Fatal(err)
	}
	if err := Case(&one, &CaseFile{View: v}, TerminalOptions{Lang: "en", Rules: testCatalogue()}); err != nil {
		t.Fatal(err)
	}
	const asked, mend = "not a host of the platform; a person must look", "Hand in the correction"
	for _, report := range []struct {
		name, text string
		wants      []string
	}{
		{"pages", pages.String(), []string{asked, mend}},
		{"lines", lines.String(), []string{asked}},
		{"table", table.String(), []string{asked, mend}},
		{"case", one.String(), []string{asked, mend}},
	} {
		for _, want := range report.wants {
			if !strings.Contains(report.text, want) {
				t.Errorf("the %s do not say %q", report.name, want)
			}
		}
		if strings.Contains(report.text, "Remove the link") && report.name != "pages" { // pages tell of the rule, too
			t.Errorf("the %s tell how to mend others", report.name)
		}
	}
}

package rules_test

import (
	"strings"
	"testing"

	"marketwarden/internal/record"
)

// TestWordsForProviders: what a finding says is told to the provider once a person has
// confirmed it. What is asked of that person stands in Ask alone, and only suspicions ask.
func TestWordsForProviders(t *testing.T) {
	t.Parallel()
	r := runner(t)
	asked := 0
	for _, c := range cases(t) {
		res, err := r.Judge(&c)
		if err != nil {
			t.Fatal(err)
		}
		for i := range res.Findings {
			f := &res.Findings[i]
			for _, said := range []record.Text{f.Expected, f.Reason, f.Mend, f.Action} {
				for _, word := range []string{"人工核实", "人工判断", "看来", "可能", "person must look", "it seems", "seems to"} {
					if strings.Contains(said.ZH, word) || strings.Contains(said.EN, word) {
						t.Errorf("%s %s says %q to providers: %v", c.Rule, c.Name, word, said)
					}
				}
				if (said.ZH == "") != (said.EN == "") {
					t.Errorf("%s %s says something in one language only: %v", c.Rule, c.Name, said)
				}
			}
			if !f.Ask.IsZero() {
				asked++
				if f.Outcome != record.Suspected {
					t.Errorf("%s %s asks about what is sure: %s", c.Rule, c.Name, f.Ask.EN)
				}
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d findings of the fixtures ask a reviewer", asked)
	}
}

// TestMendWhatCanBeMended: nobody is told to do what the date rules out, nor threatened
// with what follows only later.
func TestMendWhatCanBeMended(t *testing.T) {
	t.Parallel()
	r := runner(t)
	type words struct{ Mend, Action string }
	want := map[string]words{
		"zero-orders/three-months-full":           {"take the listing down", ""},
		"zero-orders/at-risk-from-two-months":     {"before 2026-07-02", "A warning"},
		"zero-orders/third-month-not-covered":     {"", "A warning"},
		"deployment-ratio/below":                  {"new deliveries do not change", ""},
		"deployment-ratio/running-year":           {"Until the year is over", "A warning"},
		"deployment-ratio/only-the-literal-count": {"new deliveries do not change", "whether to expel"},
	}
	for _, c := range cases(t) {
		w, ok := want[c.Rule+"/"+c.Name]
		if !ok {
			continue
		}
		delete(want, c.Rule+"/"+c.Name)
		res, err := r.Judge(&c)
		if err != nil {
			t.Fatal(err)
		}
		f := &res.Findings[0]
		if f.AtRisk != strings.Contains(f.Action.EN, "A warning") {
			t.Errorf("%s %s: at risk is %v, and recommended is %q", c.Rule, c.Name, f.AtRisk, f.Action.EN)
		}
		for _, s := range []struct{ what, got, want string }{{"mend", f.Mend.EN, w.Mend}, {"action", f.Action.EN, w.Action}} {
			if !strings.Contains(s.got, s.want) || s.want == "" && s.got != "" {
				t.Errorf("%s %s: %s is %q, want %q", c.Rule, c.Name, s.what, s.got, s.want)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("there are no fixtures %v", want)
	}
}

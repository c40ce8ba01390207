package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

const entry = `rules:
  - id: a-rule
    clause: "1(1)"
    scope: orders
    subject: listing
    severity: low
    fingerprint_version: 3
    valid_from: 2024-01-01
    valid_to: 2024-12-31
    title: {zh: 题, en: title}
    what: {zh: 何, en: what}
    mend: {zh: 改, en: mend}
    action: {zh: 办, en: action}
    params:
      - {name: n, type: int, default: "2", min: 1, max: 5, doc: {zh: 数, en: number}}
      - {name: kinds, type: list, default: "a, b", allowed: [a, b], doc: {zh: 类, en: kinds}}
      - {name: on, type: bool, default: "true", doc: {zh: 开, en: switch}}
`

func oneRule(t *testing.T, check1 func(*Facts) record.Result) *Book {
	t.Helper()
	b, err := load([]byte(entry), []check{{"a-rule", check1}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func finding(o record.Outcome) record.Finding {
	return record.Finding{Outcome: o, Discriminator: "d-" + string(o), Part: "p", Expected: record.Same("e"), Found: record.Same("f"), Reason: record.Same("r")}
}

func TestJudgeMakesAnswersWhole(t *testing.T) {
	t.Parallel()
	facts := &Facts{
		AsOf:     time.Date(2024, 12, 31, 23, 59, 59, 0, market.Shanghai),
		Provider: market.Provider{ID: "P"}, Listing: market.Listing{ID: "L"},
	}
	subject := record.Subject{Kind: record.SubjectListing, ID: "L", ProviderID: "P", ListingID: "L"}
	for name, tt := range map[string]struct {
		check func(*Facts) record.Result
		asOf  time.Time
		want  record.Outcome
		code  string
	}{
		"pass":                  {check: func(*Facts) record.Result { return pass("p") }, want: record.Pass},
		"worst of its findings": {check: func(*Facts) record.Result { return accuse("p", finding(record.Suspected), finding(record.Violation)) }, want: record.Violation},
		"suspected":             {check: func(*Facts) record.Result { return accuse("p", finding(record.Suspected)) }, want: record.Suspected},
		"panic":                 {check: func(*Facts) record.Result { panic("boom") }, want: record.NotChecked, code: record.ReasonBroken},
		"no finding":            {check: func(*Facts) record.Result { return record.Result{Outcome: record.Violation} }, want: record.NotChecked, code: record.ReasonBroken},
		"no outcome":            {check: func(*Facts) record.Result { return record.Result{} }, want: record.NotChecked, code: record.ReasonBroken},
		"no reason":             {check: func(*Facts) record.Result { return record.Result{Outcome: record.NotChecked} }, want: record.NotChecked, code: record.ReasonBroken},
		"twice the same":        {check: func(*Facts) record.Result { return accuse("p", finding(record.Suspected), finding(record.Suspected)) }, want: record.NotChecked, code: record.ReasonBroken},
		"unknown parameter":     {check: func(f *Facts) record.Result { f.Params.Int("a-rule", "x"); return pass("p") }, want: record.NotChecked, code: record.ReasonBroken},
		"not yet in force":      {check: func(*Facts) record.Result { return pass("p") }, asOf: time.Date(2023, 12, 31, 23, 59, 59, 0, market.Shanghai), want: record.NotApplicable, code: ReasonNotInForce},
		"no longer in force":    {check: func(*Facts) record.Result { return pass("p") }, asOf: time.Date(2025, 1, 1, 0, 0, 0, 0, market.Shanghai), want: record.NotApplicable, code: ReasonNotInForce},
	} {
		f := *facts
		if !tt.asOf.IsZero() {
			f.AsOf = tt.asOf
		}
		got := oneRule(t, tt.check).Judge(ScopeOrders, &f)
		if len(got) != 1 {
			t.Fatalf("%s: %d results", name, len(got))
		}
		r := got[0]
		if r.Outcome != tt.want || r.Reason.Code != tt.code || r.Rule != "a-rule" {
			t.Errorf("%s: got %s %s by %s, want %s %s", name, r.Outcome, r.Reason.Code, r.Rule, tt.want, tt.code)
		}
		if diff := cmp.Diff(subject, r.Subject); diff != "" {
			t.Errorf("%s: subject (-want +got)\n%s", name, diff)
		}
		for _, fi := range r.Findings {
			if fi.Rule != "a-rule" || fi.Version != 3 || fi.Subject != subject {
				t.Errorf("%s: finding of %s %d %v", name, fi.Rule, fi.Version, fi.Subject)
			}
		}
	}
	if got := oneRule(t, func(*Facts) record.Result { return pass("p") }).Judge(ScopeDeployment, facts); len(got) != 0 {
		t.Errorf("a rule of another scope was asked: %v", got)
	}
}

func TestJudgeKeepsFewOccurrences(t *testing.T) {
	t.Parallel()
	fi := finding(record.Violation)
	fi.Occurrences = make([]record.Occurrence, record.MaxOccurrences+7)
	got := oneRule(t, func(*Facts) record.Result { return accuse("p", fi) }).Judge(ScopeOrders, &Facts{AsOf: time.Date(2024, 6, 1, 0, 0, 0, 0, market.Shanghai)})
	if f := got[0].Findings[0]; len(f.Occurrences) != record.MaxOccurrences || f.Count != record.MaxOccurrences+7 {
		t.Errorf("kept %d occurrences, counted %d", len(f.Occurrences), f.Count)
	}
}

func TestParams(t *testing.T) {
	t.Parallel()
	b := oneRule(t, func(*Facts) record.Result { return pass("p") })
	p, err := b.Params(map[string]map[string]string{"a-rule": {"n": "5", "kinds": "b"}})
	if err != nil {
		t.Fatal(err)
	}
	if n, kinds, on := p.Int("a-rule", "n"), p.List("a-rule", "kinds"), p.Bool("a-rule", "on"); n != 5 || len(kinds) != 1 || kinds[0] != "b" || !on {
		t.Errorf("got %d %v %v", n, kinds, on)
	}
	_, err = b.Params(map[string]map[string]string{
		"a-rule": {"n": "6", "kinds": "c", "on": "yes", "m": "1"}, "b-rule": {"n": "1"},
	})
	if err == nil {
		t.Fatal("unfit parameters were taken")
	}
	for _, want := range []string{`no parameter "m"`, `n: "6" is no whole number between 1 and 5`, `"c" is none of a, b`, `"yes" is neither`, "b-rule: no such rule"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %s:\n%v", want, err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	ok := func(*Facts) record.Result { return pass("p") }
	for name, tt := range map[string]struct {
		source string
		checks []check
		want   string
	}{
		"an entry without rule":  {entry, nil, "a-rule: has an entry but is not listed in all.go"},
		"a rule without entry":   {"rules: []", []check{{"a-rule", ok}}, "a-rule: has no entry"},
		"an unknown key":         {"rules:\n  - id: a-rule\n    colour: red\n", nil, "[3:5]"},
		"a missing text":         {strings.Replace(entry, "mend: {zh: 改, en: mend}", "mend: {zh: 改}", 1), []check{{"a-rule", ok}}, "mend must be given in zh and en"},
		"an id of another shape": {strings.Replace(entry, "a-rule", "A_rule", 1), []check{{"A_rule", ok}}, "kebab-case"},
		"an unfit default":       {strings.Replace(entry, `default: "2"`, `default: "9"`, 1), []check{{"a-rule", ok}}, "default"},
		"a bad day":              {strings.Replace(entry, "2024-01-01", "2024-13-01", 1), []check{{"a-rule", ok}}, "is no day"},
	} {
		if _, err := load([]byte(tt.source), tt.checks); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v does not say %q", name, err, tt.want)
		}
	}
}

func TestRulebook(t *testing.T) {
	t.Parallel()
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Hash()) != 64 {
		t.Errorf("hash %q", b.Hash())
	}
	list := b.Rules()
	for i := range list {
		if i > 0 && list[i-1].ID >= list[i].ID {
			t.Errorf("%s stands before %s", list[i-1].ID, list[i].ID)
		}
	}
}

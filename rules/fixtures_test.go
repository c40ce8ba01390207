package rules_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	rulefixtures "marketwarden/fixtures/rules"
	"marketwarden/rules"
	"marketwarden/rules/ruletest"
)

var (
	update     = flag.Bool("update", false, "write what was got as what is wanted, and the generated docs")
	updateRule = flag.String("rule", "", "with -update: write the fixtures of this rule alone")
)

const fixtureDir = "../fixtures/rules"

func book(tb testing.TB) *rules.Book {
	tb.Helper()
	b, err := rules.Load()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func cases(tb testing.TB) []ruletest.Case {
	tb.Helper()
	cs, err := ruletest.Load(rulefixtures.Files)
	if err != nil {
		tb.Fatal(err)
	}
	return cs
}

func runner(tb testing.TB) *ruletest.Runner {
	tb.Helper()
	r, err := ruletest.New(book(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// TestFixtures runs every fixture by its rule alone, twice: the same facts give the same
// bytes.
func TestFixtures(t *testing.T) {
	t.Parallel()
	r := runner(t)
	if *update {
		updateFixtures(t, r)
		return
	}
	for _, c := range cases(t) {
		t.Run(c.Rule+"/"+c.Kind+":"+c.Name, func(t *testing.T) {
			t.Parallel()
			if err := r.Check(&c); err != nil {
				got, _ := r.Run(&c)
				t.Errorf("%v\n(-want +got)\n%s", err, cmp.Diff(c.Want, got))
			}
			first, _ := r.Run(&c)
			second, _ := r.Run(&c)
			if first != second {
				t.Errorf("the same facts gave two answers (-first +second)\n%s", cmp.Diff(first, second))
			}
		})
	}
}

func updateFixtures(t *testing.T, r *ruletest.Runner) {
	t.Helper()
	byRule := map[string][]ruletest.Case{}
	for _, c := range cases(t) {
		got, err := r.Run(&c)
		if err != nil {
			t.Fatal(err)
		}
		c.Want = got
		byRule[c.Rule] = append(byRule[c.Rule], c)
	}
	for rule, cs := range byRule {
		if *updateRule != "" && rule != *updateRule {
			continue
		}
		if err := os.WriteFile(filepath.Join(fixtureDir, rule+".txtar"), ruletest.Format(cs), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRecipe holds the parts of a rule together: its file, its fixtures, its entry and
// its line.
func TestRecipe(t *testing.T) {
	t.Parallel()
	b := book(t) // fails when entry or line is missing
	seen := map[string]map[string]bool{}
	for _, c := range cases(t) {
		if _, ok := b.ByID(c.Rule); !ok {
			t.Errorf("fixtures/rules/%s.txtar belongs to no rule", c.Rule)
		}
		if seen[c.Rule] == nil {
			seen[c.Rule] = map[string]bool{}
		}
		seen[c.Rule][c.Kind] = true
	}
	for _, r := range b.Rules() {
		if !seen[r.ID]["fires"] || !seen[r.ID]["clean"] {
			t.Errorf("%s needs a fixture that fires and one that is clean", r.ID)
		}
		src, err := os.ReadFile(r.ID + ".go")
		if err != nil {
			t.Errorf("%s has no file of its own: %v", r.ID, err)
		}
		if !bytes.Contains(src, []byte("clause "+r.Clause)) {
			t.Errorf("%s.go does not say what clause %s asks for", r.ID, r.Clause)
		}
	}
}

// TestDamagedPages feeds every page of the fixtures to its rule in pieces.
func TestDamagedPages(t *testing.T) {
	t.Parallel()
	r := runner(t)
	for _, c := range cases(t) {
		if c.Page == "" {
			continue
		}
		whole := c.Page
		for i := 1; i < len(whole); i += 1 + len(whole)/20 {
			for _, damaged := range []string{whole[:i], whole[i:], whole[:i] + "\xff<\x00" + whole[i:], strings.Repeat("<div>", 60) + whole[i:]} {
				c.Page = damaged
				got, err := r.Run(&c)
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(got, "rule_broken") {
					t.Fatalf("%s:%s broke on %q:\n%s", c.Rule, c.Name, damaged, got)
				}
			}
		}
	}
}

package rules_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/rules"
	"marketwarden/scanners/page"
)

// labelled is one sentence with the verdict of a reader.
type labelled struct {
	violating                            bool
	term, sentence, kind, sure, register string
}

// tally counts verdicts against labels.
type tally struct{ tp, fp, fn, tn int }

func (n *tally) add(want, got bool) {
	switch {
	case want && got:
		n.tp++
	case got:
		n.fp++
	case want:
		n.fn++
	default:
		n.tn++
	}
}

func (n tally) precision() float64 { return float64(n.tp) / float64(max(1, n.tp+n.fp)) }
func (n tally) recall() float64    { return float64(n.tp) / float64(max(1, n.tp+n.fn)) }

func (n tally) String() string {
	return fmt.Sprintf("precision %.2f recall %.2f (%d of %d violating, %d of %d legitimate flagged)",
		n.precision(), n.recall(), n.tp, n.tp+n.fn, n.fp, n.fp+n.tn)
}

// TestLabelledClaims measures exaggerated-claim on hand-labelled sentences. The floor is
// what was reached; a change that falls below it loses what there was.
func TestLabelledClaims(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MARKETWARDEN_REAL_DATA")
	if dir == "" {
		t.Skip("MARKETWARDEN_REAL_DATA is not set: the labelled sentences were not judged")
	}
	judge := claimJudge(t)
	byRegister := map[string]*tally{}
	var registers []string
	var plain, puffless, sure, all tally
	for _, l := range readLabelled(t, filepath.Join(dir, "text", "superlatives-tune.tsv")) {
		outcome := judge(l.sentence)
		flagged := outcome == record.Violation || outcome == record.Suspected
		all.add(l.violating, flagged)
		if l.sure != "clear" {
			continue
		}
		plain.add(l.violating, flagged)
		sure.add(l.violating, outcome == record.Violation)
		if l.kind != "V5-puffery" {
			puffless.add(l.violating, flagged)
		}
		if byRegister[l.register] == nil {
			byRegister[l.register] = &tally{}
			registers = append(registers, l.register)
		}
		byRegister[l.register].add(l.violating, flagged)
		if flagged != l.violating {
			t.Logf("%s, labelled violating=%v (%s, %s): %s", outcome, l.violating, l.kind, l.register, l.sentence)
		}
	}
	slices.Sort(registers)
	t.Logf("clear rows, violation or suspected: %v", plain)
	t.Logf("clear rows without puffery: %v", puffless)
	t.Logf("clear rows, violation alone: %v", sure)
	t.Logf("all rows: %v", all)
	for _, r := range registers {
		t.Logf("clear rows of %s: %v", r, *byRegister[r])
	}
	const leastPrecision, leastRecall = 0.90, 0.95
	if plain.precision() < leastPrecision || plain.recall() < leastRecall {
		t.Errorf("clear rows: %v, below precision %.2f or recall %.2f", plain, leastPrecision, leastRecall)
	}
}

// claimJudge answers what exaggerated-claim says of a text by itself.
func claimJudge(tb testing.TB) func(text string) record.Outcome {
	tb.Helper()
	rulebook := book(tb)
	rule, ok := rulebook.ByID("exaggerated-claim")
	if !ok {
		tb.Fatal("there is no rule exaggerated-claim")
	}
	profile, err := market.LoadProfile("aliyun")
	if err != nil {
		tb.Fatal(err)
	}
	return func(text string) record.Outcome {
		f := rules.Facts{AsOf: time.Unix(1_780_000_000, 0), Profile: profile, WholeBody: true, Page: &page.Page{
			Text: text, Blocks: []page.Block{{End: len(text), Field: "detail", Tag: "p"}},
		}}
		worst := record.Pass
		for _, res := range rulebook.Judge(rule.Scope, &f) {
			if res.Rule != rule.ID {
				continue
			}
			for _, fi := range res.Findings {
				if worst = fi.Outcome; worst == record.Violation {
					break
				}
			}
		}
		return worst
	}
}

func readLabelled(t *testing.T, path string) (out []labelled) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		c := strings.Split(lines.Text(), "\t")
		if len(c) != 7 {
			t.Fatalf("%s: a line of %d columns", path, len(c))
		}
		if c[0] == "label" {
			continue
		}
		out = append(out, labelled{c[0] == "violating", c[1], c[2], c[4], c[5], c[6]})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

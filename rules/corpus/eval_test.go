package corpus_test

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/rules"
	"marketwarden/rules/corpus"
	"marketwarden/scanners/page"
)

// misses is a flag of the test command; flags are package-level by their nature.
var misses = flag.Bool("misses", false, "with TestEval: print the rows of the tune part that were judged wrongly")

// answer is what a row's rule said of it.
type answer struct {
	row     corpus.Row
	outcome record.Outcome
}

// TestEval judges every row by the rule that it is labelled for and prints how the rules
// do ("make eval"). It fails only where a rule could not answer: how good the answers
// have to be is for people who look at the figures to say.
func TestEval(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	rows, err := corpus.Load()
	if err != nil {
		t.Fatal(err)
	}
	var answers []answer
	missing := map[string]int{}
	for _, row := range rows {
		rule, ok := j.book.ByID(row.Rule)
		if !ok {
			missing[row.Rule]++
			continue
		}
		res := j.judge(t, rule, row)
		if res.Reason.Code == record.ReasonBroken {
			t.Errorf("%s: %s", row.ID, res.Reason.Text.EN)
		}
		answers = append(answers, answer{row, res.Outcome})
	}
	if !testing.Verbose() {
		return
	}
	for _, part := range corpus.Parts() {
		printPart(t.Output(), part, answers)
	}
	for _, id := range slices.Sorted(maps.Keys(missing)) {
		fmt.Fprintf(t.Output(), "%s: there is no such rule yet; %d rows were not judged and are in no figure\n", id, missing[id])
	}
	if *misses {
		printMisses(t.Output(), answers)
	}
}

// printPart writes a line a rule and one over all, of one part.
func printPart(w io.Writer, part corpus.Part, answers []answer) {
	byRule := map[string]*corpus.Tally{}
	var all corpus.Tally
	for _, a := range answers {
		if a.row.Part != part {
			continue
		}
		if byRule[a.row.Rule] == nil {
			byRule[a.row.Rule] = &corpus.Tally{}
		}
		byRule[a.row.Rule].Add(a.row.Label, a.outcome)
	}
	fmt.Fprintf(w, "\nPart %s: figures with 95 %% intervals (Wilson)\n", part)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "rule\tn\tnot checked\tprecision of violation\trecall of violation + suspected\tprecision of either")
	line := func(name string, c *corpus.Tally) {
		fmt.Fprintf(tw, "%s\t%d\t%d\t%v\t%v\t%v\n", name, c.Rows, c.Unchecked, c.Accused, c.Faulty, c.Flagged)
	}
	for _, id := range slices.Sorted(maps.Keys(byRule)) {
		line(id, byRule[id])
		all.Merge(*byRule[id])
	}
	line("all rules", &all)
	tw.Flush() //nolint:errcheck // the output of a test
}

// printMisses writes what is wrong in the tune part. The measured part is never shown.
func printMisses(w io.Writer, answers []answer) {
	fmt.Fprintln(w, "\nRows of the tune part that were judged wrongly: id, label, answer, field, text")
	for _, a := range answers {
		if a.row.Part == corpus.Tune && !corpus.Right(a.row.Label, a.outcome) {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%q\t%s\n", a.row.ID, a.row.Label, a.outcome, a.row.Field, a.row.Text, a.row.Note)
		}
	}
}

// address is where fragments of pages are taken to stand: relative links need one.
const address = "https://market.aliyun.com/products/56000000/cmgj00000001.html"

// judge asks rules about rows as "check --as text" and "check --as listing" do.
type judge struct {
	book    *rules.Book
	profile *market.Profile
	matcher *page.Matcher
}

func newJudge(t *testing.T) *judge {
	t.Helper()
	j := &judge{}
	var err error
	if j.book, err = rules.Load(); err != nil {
		t.Fatal(err)
	}
	if j.profile, err = market.LoadProfile("aliyun"); err != nil {
		t.Fatal(err)
	}
	if j.matcher, err = page.NewMatcher(j.profile); err != nil {
		t.Fatal(err)
	}
	return j
}

// judge returns what one rule answers about one row.
func (j *judge) judge(t *testing.T, rule rules.Rule, row corpus.Row) record.Result {
	t.Helper()
	fragment, err := row.Fragment()
	if err != nil {
		t.Fatal(err)
	}
	f := rules.Facts{
		AsOf:      time.Date(2026, time.June, 1, 12, 0, 0, 0, market.Shanghai),
		Profile:   j.profile,
		WholeBody: true,
		Listing: market.Listing{
			Title:     fragment.Facts[corpus.FactTitle],
			Price:     fragment.Facts[corpus.FactPrice],
			Delivery:  fragment.Facts[corpus.FactDelivery],
			Status:    market.StatusOnSale,
			DetailURL: address,
		},
	}
	if fragment.HTML != "" {
		u, err := weburl.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		f.Page = page.Parse([]byte("<!doctype html><meta charset=utf-8><body>"+fragment.HTML), page.Options{
			URL: u, Profile: j.profile, Matcher: j.matcher, AsListing: true,
		})
	} else {
		f.Page = textPage(fragment.Blocks)
	}
	for _, res := range j.book.Judge(rule.Scope, &f) {
		if res.Rule == rule.ID {
			return res
		}
	}
	t.Fatalf("rule %s did not answer for its scope", rule.ID)
	return record.Result{}
}

// textPage makes a page of texts: one block a line, as they are.
func textPage(texts []corpus.Block) *page.Page {
	var b strings.Builder
	p := &page.Page{}
	for _, x := range texts {
		for line := range strings.Lines(x.Text) {
			start := b.Len()
			b.WriteString(strings.TrimRight(line, "\n"))
			p.Blocks = append(p.Blocks, page.Block{Start: start, End: b.Len(), Field: x.Field, Tag: "p"})
			b.WriteByte('\n')
		}
	}
	p.Text = b.String()
	return p
}

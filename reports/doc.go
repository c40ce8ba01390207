// Package reports renders what a sweep found: web pages for the compliance team, the
// canonical JSONL for machines, CSV for spreadsheets and a summary for the terminal.
//
// Life-cycle: every function takes a [record.Report] that was read before, writes it to
// the given writer and keeps nothing. Input is never changed. The same input, in whatever
// order its lists come, gives the same bytes: nothing depends on the clock, the machine
// or the order of maps.
//
// Everything that came from a page or a feed is foreign and stays inert: it cannot end a
// line, move the cursor, turn the reading direction or become a formula. Each format says
// how it sees to that.
//
// The package decides nothing about results and reads no database; only [WriteFiles]
// touches the file system. Texts for people are in texts.go, each in both languages; those
// of the pages are in package html, which sets the pages.
package reports

import (
	"cmp"
	"slices"

	"marketwarden/internal/cases"
	"marketwarden/internal/record"
)

// Rule is what a report says of a rule besides its answers.
type Rule struct {
	Clause   string // of the norms, such as "10(5)"
	Severity string // low, medium, high or critical
	Title    record.Text
	What     record.Text // what is a violation, and what is not
	Mend     record.Text // what the provider does about a violation
	Action   record.Text // what is recommended once a person confirmed it
	Params   []Param
	// PlatformSide rules show what the marketplace itself has to do.
	PlatformSide bool
}

// Param is a parameter of a rule, with the value it has.
type Param struct {
	Name, Value string
	Doc         record.Text
}

// Catalogue holds the rules by id. Rules that it lacks are reported by their id alone,
// so a record outlives the rule that made it.
type Catalogue map[string]Rule

// Options choose how a report is written.
type Options struct {
	Lang  string // "en"; anything else is "zh"
	Rules Catalogue
	// Provider is the provider the report was narrowed to, "" for all. It is only said:
	// whoever read the report has narrowed it.
	Provider string
	// Today is the day on which decisions are shown.
	Today Today
}

// byPlace is the order of records in every file: provider, listing, rule, fingerprint.
func byPlace(views []record.View) []*record.View { return sorted(views, viewOrder) }

func viewOrder(a, b *record.View) int {
	return cmp.Or(
		cmp.Compare(a.Finding.Subject.ProviderID, b.Finding.Subject.ProviderID),
		cmp.Compare(a.Finding.Subject.ListingID, b.Finding.Subject.ListingID),
		cmp.Compare(a.Finding.Rule, b.Finding.Rule),
		cmp.Compare(a.Fingerprint, b.Fingerprint),
	)
}

// notCheckedByPlace orders the answers that are missing like the records.
func notCheckedByPlace(results []record.Result) []*record.Result {
	return sorted(results, resultOrder)
}

func resultOrder(a, b *record.Result) int {
	return cmp.Or(
		cmp.Compare(a.Subject.ProviderID, b.Subject.ProviderID),
		cmp.Compare(a.Subject.ListingID, b.Subject.ListingID),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Subject.Kind, b.Subject.Kind),
		cmp.Compare(a.Subject.ID, b.Subject.ID),
		cmp.Compare(a.Variant, b.Variant),
	)
}

func coverageByRule(coverage []record.RuleCoverage) []*record.RuleCoverage {
	return sorted(coverage, func(a, b *record.RuleCoverage) int { return cmp.Compare(a.Rule, b.Rule) })
}

func deploymentByProvider(rows []record.DeploymentRow) []*record.DeploymentRow {
	return sorted(rows, func(a, b *record.DeploymentRow) int {
		return cmp.Or(cmp.Compare(a.ProviderID, b.ProviderID), cmp.Compare(a.Year, b.Year))
	})
}

func orderlessByListing(rows []record.OrderlessRow) []*record.OrderlessRow {
	return sorted(rows, func(a, b *record.OrderlessRow) int {
		return cmp.Or(cmp.Compare(a.ProviderID, b.ProviderID), cmp.Compare(a.ListingID, b.ListingID))
	})
}

// sorted returns pointers into list in order and leaves list as it is.
func sorted[T any](list []T, order func(a, b *T) int) []*T {
	out := make([]*T, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	slices.SortStableFunc(out, order)
	return out
}

// counts are the figures of the records.
type counts struct {
	Open       int `json:"open"`
	Violations int `json:"violations"` // of the open ones
	Suspected  int `json:"suspected"`  // of the open ones
	New        int `json:"new"`
	Persisting int `json:"persisting"`
	Reopened   int `json:"reopened"`
	NotJudged  int `json:"not_judged"`
	Resolved   int `json:"resolved"`
	// Where the open ones stand.
	Undecided int `json:"undecided"`
	Confirmed int `json:"confirmed"`
	Waived    int `json:"waived"`
	Dismissed int `json:"dismissed"`

	// Of the violations and the suspected ones those that are waived or dismissed.
	quietViolations, quietSuspected int
	// Waivers that end soon, that are over or void, and that nobody needs.
	ending, ended, unused int
}

func count(views []record.View, today Today) counts {
	var c counts
	for i := range views {
		c.add(&views[i], today)
	}
	return c
}

func (c *counts) add(v *record.View, today Today) {
	if v.Status == record.Open {
		c.open(v, today.stand(v).State)
	}
	switch v.Change {
	case record.ChangeNew:
		c.New++
	case record.ChangePersisting:
		c.Persisting++
	case record.ChangeReopened:
		c.Reopened++
	case record.ChangeUnseen:
		c.NotJudged++
	case record.ChangeResolved:
		c.Resolved++
	}
	switch today.watch(v) {
	case cases.WaiverEnding:
		c.ending++
	case cases.WaiverExpired, cases.WaiverVoid:
		c.ended++
	case cases.WaiverUnused:
		c.unused++
	case cases.NoWaiver, cases.WaiverStanding:
	}
}

// open counts an open record.
func (c *counts) open(v *record.View, state cases.State) {
	c.Open++
	all, hushed := &c.Suspected, &c.quietSuspected
	if v.Finding.Outcome == record.Violation {
		all, hushed = &c.Violations, &c.quietViolations
	}
	*all++
	if quiet(state) {
		*hushed++
	}
	switch state {
	case cases.Undecided:
		c.Undecided++
	case cases.Confirmed:
		c.Confirmed++
	case cases.Waived:
		c.Waived++
	case cases.Dismissed:
		c.Dismissed++
	}
}

// work is what is left to do: open and neither waived nor dismissed.
func (c *counts) work() (open, violations, suspected int) {
	violations, suspected = c.Violations-c.quietViolations, c.Suspected-c.quietSuspected
	return violations + suspected, violations, suspected
}

// decided reports whether people decided about any open record.
func (c *counts) decided() bool { return c.Undecided < c.Open }

// places is in how many places a finding was seen.
func places(f *record.Finding) int { return max(f.Count, len(f.Occurrences)) }

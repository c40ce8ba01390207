package record

import "time"

// Run is one sweep as reports tell it.
type Run struct {
	ID       int64
	AsOf     time.Time // the moment judged
	Started  time.Time
	Closed   time.Time // zero while running
	State    string    // running, closed, abandoned
	Scope    string    // what was swept: "all", or the flags that narrowed it
	Market   string    // id of the market profile
	Bundle   string    // SHA-256 of rulebook, profile and parameters
	Engine   string    // engine version
	Coverage []RuleCoverage
	Units    UnitCounts
}

// UnitCounts counts the sweep's units by their final state.
type UnitCounts struct{ Planned, Done, NotChecked, Open int }

// RuleCoverage counts a rule's outcomes in one sweep.
type RuleCoverage struct {
	Rule       string
	Outcomes   map[Outcome]int
	NotChecked map[string]int // by reason code
}

// Checked is the share of the subjects it applies to that the rule could judge, 1 when
// there was none.
func (c RuleCoverage) Checked() float64 {
	n := c.Outcomes[Pass] + c.Outcomes[Violation] + c.Outcomes[Suspected]
	all := n + c.Outcomes[NotChecked]
	if all == 0 {
		return 1
	}
	return float64(n) / float64(all)
}

// Change is what a record did in one sweep, derived from where it was seen.
type Change string

// Changes of a record against the sweep before.
const (
	ChangeNew        Change = "new"
	ChangePersisting Change = "persisting"
	ChangeReopened   Change = "reopened"
	ChangeResolved   Change = "resolved"
	ChangeUnseen     Change = "not_judged" // open, but its part was not judged in this sweep
)

// Checked is the share of everything that the rules were asked and that applies, which
// they could judge; 1 when there was nothing.
func (r *Run) Checked() float64 {
	var judged, all int
	for i := range r.Coverage {
		c := &r.Coverage[i]
		n := c.Outcomes[Pass] + c.Outcomes[Violation] + c.Outcomes[Suspected]
		judged += n
		all += n + c.Outcomes[NotChecked]
	}
	if all == 0 {
		return 1
	}
	return float64(judged) / float64(all)
}

// SweepDiff is what changed between two sweeps. Only what both judged is compared:
// Gone are findings whose subject and rule were judged again and are clean, Unjudged are
// those that the later sweep could not judge.
type SweepDiff struct {
	From, To                     int64
	New, Gone, Unjudged, Changed []Finding
}

// View is a record with what a reader needs to know around it.
type View struct {
	Record
	Change       Change
	ProviderName string
	ListingTitle string
	// Decision is the last one that people took, nil when there is none. What it means
	// today is told by cases.Stand.
	Decision *Decision
}

// DeploymentRow is one line of the deployment table: a provider's items in a year.
type DeploymentRow struct {
	ProviderID, ProviderName    string
	Year                        int
	Sold, Cloud, Other, Unknown int64
	// The same over the kinds that can be deployed (image, software, SaaS) alone.
	Deployable, DeployableCloud, DeployableUnknown int64

	Outcome Outcome
	Reason  Text
}

// OrderlessRow is one line of the zero-order table: a listing and its last order.
type OrderlessRow struct {
	ListingID, Title, ProviderID, ProviderName string
	ListedAt, LastOrder                        time.Time // LastOrder is zero when no order is known
	Months                                     int       // whole months without an order, from the later of both
	DelistOn                                   time.Time // when three months are full
	Outcome                                    Outcome
	Reason                                     Text
}

// Report is all that a report shows about one sweep.
type Report struct {
	Run        Run
	Records    []View   // open ones, and those resolved in this sweep, by fingerprint
	NotChecked []Result // what was not checked in this sweep, and why
	Deployment []DeploymentRow
	Orderless  []OrderlessRow
	// Trend is what was open after each of the last sweeps, this one last; empty when the
	// sweep touched no records.
	Trend []TrendPoint
}

// TrendPoint counts the records that were open when a sweep had ended.
type TrendPoint struct {
	Sweep                 int64
	AsOf                  time.Time
	Violations, Suspected int
}

package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/safetext"
)

// whyWidth holds every reason that texts.go has words for; the code of another one is
// cut there.
const whyWidth = 56

// notChecked groups what was not checked by its reason, the most frequent first.
func (s *summarizer) notChecked(sum *Summary) {
	list := slices.SortedFunc(maps.Values(sum.reasons), func(a, b *reasonSum) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.code, b.code))
	})
	t := &table{cols: []column{
		{head: s.say(s.t.colCount), right: true},
		{head: s.say(s.t.colWhy)},
		{head: s.say(s.t.colRule), flex: true},
		{head: s.say(s.t.colExample), flex: true, spare: 1},
	}}
	for _, g := range list {
		t.add(tableCell{strconv.Itoa(g.n), yellow}, tableCell{clip(safetext.Line(s.say(s.t.reason(g.code))), whyWidth), plain}, foreign(tally(g.rules)),
			foreign(g.example.Subject.ID+" "+g.example.Reason.Text.In(s.lang)))
	}
	s.section(s.t.secNotChecked, t, len(t.rows), tableRows)
}

// tally lists names with their numbers, the most frequent first: "a 3, b 1".
func tally(counts map[string]int) string {
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, counts[name])
	}
	return strings.Join(names, ", ")
}

// providers are those with the most open records.
func (s *summarizer) providers(sum *Summary) {
	list := slices.SortedFunc(maps.Values(sum.providers), func(a, b *providerSum) int {
		return cmp.Or(cmp.Compare(b.violations, a.violations), cmp.Compare(b.suspected, a.suspected), cmp.Compare(a.id, b.id))
	})
	t := &table{cols: []column{
		{head: s.say(s.t.colProviderID), flex: true},
		{head: s.say(s.t.colProvider), flex: true, spare: 1},
		{head: s.say(s.t.colViolation), right: true},
		{head: s.say(s.t.colSuspected), right: true},
		{head: s.say(s.t.colNew), right: true},
	}}
	for _, p := range list[:min(len(list), providerRows)] {
		t.add(foreign(p.id), foreign(p.name), s.number(p.violations, red), s.number(p.suspected, yellow), s.number(p.news, plain))
	}
	s.section(s.t.secProviders, t, len(list), providerRows)
}

func (s *summarizer) number(n int, st style) tableCell {
	if n == 0 {
		st = dim
	}
	return tableCell{strconv.Itoa(n), st}
}

// deploymentByAttention are the shares, those that fail first. Provider years that sold
// nothing are only counted.
func deploymentByAttention(list []record.DeploymentRow) (rows []*record.DeploymentRow, nothing int) {
	rows = slices.DeleteFunc(sorted(list, deploymentOrder), soldNothing)
	return rows, len(list) - len(rows)
}

func soldNothing(d *record.DeploymentRow) bool {
	return d.Sold == 0 && d.Outcome == record.NotApplicable
}

// deploymentOrder is those that fail first, the lowest shares first among them.
func deploymentOrder(a, b *record.DeploymentRow) int {
	pa, _ := permille(a.Cloud, a.Sold)
	pb, _ := permille(b.Cloud, b.Sold)
	return cmp.Or(
		cmp.Compare(rank(a.Outcome), rank(b.Outcome)), cmp.Compare(pa, pb),
		cmp.Compare(a.ProviderID, b.ProviderID), cmp.Compare(a.Year, b.Year),
	)
}

// deployment is the table of shares.
func (s *summarizer) deployment(sum *Summary) {
	rows := sum.deployment.first
	t := &table{cols: []column{
		{head: s.say(s.t.colProviderID), flex: true},
		{head: s.say(s.t.colProvider), flex: true, spare: 1},
		{head: s.say(s.t.colYear), right: true},
		{head: s.say(s.t.colSold), right: true},
		{head: s.say(s.t.colCloud), right: true},
		{head: s.say(s.t.colUnknown), right: true},
		{head: "%", right: true},
		{head: s.say(s.t.colOutcome)},
		{head: s.say(s.t.colReason), flex: true, spare: 2},
	}}
	for i := range rows {
		d := &rows[i]
		t.add(foreign(d.ProviderID), foreign(d.ProviderName), tableCell{strconv.Itoa(d.Year), plain},
			tableCell{strconv.FormatInt(d.Sold, 10), plain}, tableCell{strconv.FormatInt(d.Cloud, 10), plain},
			tableCell{strconv.FormatInt(d.Unknown, 10), plain}, tableCell{percentRange(d.Cloud, d.Unknown, d.Sold), plain},
			s.outcome(d.Outcome), foreign(d.Reason.In(s.lang)))
	}
	s.section(s.t.secDeployment, t, sum.deployment.all, tableRows)
	if sum.soldNone > 0 && len(rows) > 0 {
		s.line(dim, "  "+s.say(s.t.deploymentRest, sum.soldNone))
	}
}

// orderlessRest counts the listings that orderlessByAttention leaves out.
type orderlessRest struct{ young, unknown, exempt int }

// orderlessByAttention are the listings that had no order for at least a month, the
// longest first.
func orderlessByAttention(list []record.OrderlessRow) (rows []*record.OrderlessRow, rest orderlessRest) {
	rows = slices.DeleteFunc(sorted(list, orderlessOrder), rest.leavesOut)
	return rows, rest
}

// leavesOut reports whether a listing is left out, and counts it then.
func (r *orderlessRest) leavesOut(l *record.OrderlessRow) bool {
	switch {
	case l.Outcome == record.Violation || l.Outcome == record.Suspected:
		return false
	case l.Outcome == record.NotChecked:
		r.unknown++
	case l.Outcome == record.NotApplicable:
		r.exempt++
	case l.Months < 1:
		r.young++
	default:
		return false
	}
	return true
}

func orderlessOrder(a, b *record.OrderlessRow) int {
	return cmp.Or(
		cmp.Compare(rank(a.Outcome), rank(b.Outcome)), cmp.Compare(b.Months, a.Months), a.DelistOn.Compare(b.DelistOn),
		cmp.Compare(a.ProviderID, b.ProviderID), cmp.Compare(a.ListingID, b.ListingID),
	)
}

// orderless is the table of listings that had no order for at least a month. What is left
// out is counted.
func (s *summarizer) orderless(sum *Summary) {
	rows, rest := sum.orderless.first, sum.rest
	t := &table{cols: []column{
		{head: s.say(s.t.colListingID), flex: true},
		{head: s.say(s.t.colListing), flex: true},
		{head: s.say(s.t.colProvider), flex: true, spare: 1},
		{head: s.say(s.t.colLastOrder)},
		{head: s.say(s.t.colMonths), right: true},
		{head: s.say(s.t.colDelistOn)},
		{head: s.say(s.t.colOutcome)},
	}}
	for i := range rows {
		l := &rows[i]
		last := s.say(s.t.never)
		if !l.LastOrder.IsZero() {
			last = string(day(l.LastOrder.In(market.Shanghai)))
		}
		t.add(foreign(l.ListingID), foreign(l.Title), foreign(cmp.Or(l.ProviderName, l.ProviderID)), tableCell{last, plain},
			tableCell{strconv.Itoa(l.Months), plain}, tableCell{string(day(l.DelistOn)), plain}, s.outcome(l.Outcome))
	}
	s.section(s.t.secOrderless, t, sum.orderless.all, tableRows)
	if rest != (orderlessRest{}) && len(rows) > 0 {
		s.line(dim, "  "+s.say(s.t.orderlessRest, rest.young, rest.unknown, rest.exempt))
	}
}

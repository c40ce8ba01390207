package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// whyWidth holds every reason that texts.go has words for; the code of another one is
// cut there.
const whyWidth = 56

// notChecked groups what was not checked by its reason, the most frequent first.
func (s *summarizer) notChecked(r *record.Report) {
	type group struct {
		code    string
		n       int
		rules   map[string]int
		example *record.Result
	}
	groups := map[string]*group{}
	for _, a := range notCheckedByPlace(r.NotChecked) {
		g := groups[a.Reason.Code]
		if g == nil {
			g = &group{code: a.Reason.Code, rules: map[string]int{}, example: a}
			groups[a.Reason.Code] = g
		}
		g.n++
		g.rules[a.Rule]++
	}
	list := make([]*group, 0, len(groups))
	for _, g := range groups {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b *group) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.code, b.code)) })

	t := &table{cols: []column{
		{head: s.say(s.t.colCount), right: true},
		{head: s.say(s.t.colWhy)},
		{head: s.say(s.t.colRule), flex: true},
		{head: s.say(s.t.colExample), flex: true, spare: 1},
	}}
	for _, g := range list {
		t.add(tableCell{strconv.Itoa(g.n), yellow}, tableCell{clip(inert(s.say(s.t.reason(g.code))), whyWidth), plain}, foreign(tally(g.rules)),
			foreign(g.example.Subject.ID+" "+g.example.Reason.Text.In(s.lang)))
	}
	s.section(s.t.secNotChecked, t, tableRows)
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
func (s *summarizer) providers(r *record.Report) {
	type provider struct {
		id, name                    string
		violations, suspected, news int
	}
	byID := map[string]*provider{}
	for _, v := range byPlace(r.Records) {
		if v.Status != record.Open {
			continue
		}
		id := v.Finding.Subject.ProviderID
		p := byID[id]
		if p == nil {
			p = &provider{id: id}
			byID[id] = p
		}
		p.name = cmp.Or(p.name, v.ProviderName)
		if v.Finding.Outcome == record.Violation {
			p.violations++
		} else {
			p.suspected++
		}
		if v.Change == record.ChangeNew || v.Change == record.ChangeReopened {
			p.news++
		}
	}
	list := make([]*provider, 0, len(byID))
	for _, p := range byID {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *provider) int {
		return cmp.Or(cmp.Compare(b.violations, a.violations), cmp.Compare(b.suspected, a.suspected), cmp.Compare(a.id, b.id))
	})
	t := &table{cols: []column{
		{head: s.say(s.t.colProviderID), flex: true},
		{head: s.say(s.t.colProvider), flex: true, spare: 1},
		{head: s.say(s.t.colViolation), right: true},
		{head: s.say(s.t.colSuspected), right: true},
		{head: s.say(s.t.colNew), right: true},
	}}
	for _, p := range list {
		t.add(foreign(p.id), foreign(p.name), s.number(p.violations, red), s.number(p.suspected, yellow), s.number(p.news, plain))
	}
	s.section(s.t.secProviders, t, providerRows)
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
	rows = deploymentByProvider(list)
	rows = slices.DeleteFunc(rows, func(d *record.DeploymentRow) bool {
		return d.Sold == 0 && d.Outcome == record.NotApplicable
	})
	slices.SortStableFunc(rows, func(a, b *record.DeploymentRow) int {
		pa, _ := permille(a.Cloud, a.Sold)
		pb, _ := permille(b.Cloud, b.Sold)
		return cmp.Or(cmp.Compare(rank(a.Outcome), rank(b.Outcome)), cmp.Compare(pa, pb))
	})
	return rows, len(list) - len(rows)
}

// deployment is the table of shares.
func (s *summarizer) deployment(r *record.Report) {
	rows, rest := deploymentByAttention(r.Deployment)
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
	for _, d := range rows {
		t.add(foreign(d.ProviderID), foreign(d.ProviderName), tableCell{strconv.Itoa(d.Year), plain},
			tableCell{strconv.FormatInt(d.Sold, 10), plain}, tableCell{strconv.FormatInt(d.Cloud, 10), plain},
			tableCell{strconv.FormatInt(d.Unknown, 10), plain}, tableCell{percentRange(d.Cloud, d.Unknown, d.Sold), plain},
			s.outcome(d.Outcome), foreign(d.Reason.In(s.lang)))
	}
	s.section(s.t.secDeployment, t, tableRows)
	if rest > 0 && len(rows) > 0 {
		s.line(dim, "  "+s.say(s.t.deploymentRest, rest))
	}
}

// orderlessRest counts the listings that orderlessByAttention leaves out.
type orderlessRest struct{ young, unknown, exempt int }

// orderlessByAttention are the listings that had no order for at least a month, the
// longest first.
func orderlessByAttention(list []record.OrderlessRow) (rows []*record.OrderlessRow, rest orderlessRest) {
	rows = slices.DeleteFunc(orderlessByListing(list), func(l *record.OrderlessRow) bool {
		switch {
		case l.Outcome == record.Violation || l.Outcome == record.Suspected:
			return false
		case l.Outcome == record.NotChecked:
			rest.unknown++
		case l.Outcome == record.NotApplicable:
			rest.exempt++
		case l.Months < 1:
			rest.young++
		default:
			return false
		}
		return true
	})
	slices.SortStableFunc(rows, func(a, b *record.OrderlessRow) int {
		return cmp.Or(
			cmp.Compare(rank(a.Outcome), rank(b.Outcome)), cmp.Compare(b.Months, a.Months), a.DelistOn.Compare(b.DelistOn),
		)
	})
	return rows, rest
}

// orderless is the table of listings that had no order for at least a month. What is left
// out is counted.
func (s *summarizer) orderless(r *record.Report) {
	rows, rest := orderlessByAttention(r.Orderless)
	t := &table{cols: []column{
		{head: s.say(s.t.colListingID), flex: true},
		{head: s.say(s.t.colListing), flex: true},
		{head: s.say(s.t.colProvider), flex: true, spare: 1},
		{head: s.say(s.t.colLastOrder)},
		{head: s.say(s.t.colMonths), right: true},
		{head: s.say(s.t.colDelistOn)},
		{head: s.say(s.t.colOutcome)},
	}}
	for _, l := range rows {
		last := s.say(s.t.never)
		if !l.LastOrder.IsZero() {
			last = string(day(l.LastOrder.In(market.Shanghai)))
		}
		t.add(foreign(l.ListingID), foreign(l.Title), foreign(cmp.Or(l.ProviderName, l.ProviderID)), tableCell{last, plain},
			tableCell{strconv.Itoa(l.Months), plain}, tableCell{string(day(l.DelistOn)), plain}, s.outcome(l.Outcome))
	}
	s.section(s.t.secOrderless, t, tableRows)
	if rest != (orderlessRest{}) && len(rows) > 0 {
		s.line(dim, "  "+s.say(s.t.orderlessRest, rest.young, rest.unknown, rest.exempt))
	}
}

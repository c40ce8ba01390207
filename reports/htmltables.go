package reports

import (
	"cmp"
	"maps"
	"slices"

	"marketwarden/internal/cases"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/reports/html"
)

// rules are those that were asked in the sweep or have records, those with most to do
// first.
func (h *htmlBuilder) rules() []html.Rule {
	byID := map[string]*html.Rule{}
	at := func(id string) *html.Rule {
		r := byID[id]
		if r == nil {
			meta := h.o.Rules[id]
			r = &html.Rule{
				ID: id, Clause: meta.Clause, Title: h.title(id), Severity: h.severity(id), PlatformSide: meta.PlatformSide,
				What: h.foreign(meta.What), Mend: h.foreign(meta.Mend), Action: h.foreign(meta.Action),
			}
			for _, p := range meta.Params {
				r.Params = append(r.Params, html.Param{Name: p.Name, Value: seen(p.Value), Doc: h.foreign(p.Doc)})
			}
			byID[id] = r
		}
		return r
	}
	for _, c := range coverageByRule(h.r.Run.Coverage) {
		r := at(c.Rule)
		r.Pass, r.Violation, r.Suspected = c.Outcomes[record.Pass], c.Outcomes[record.Violation], c.Outcomes[record.Suspected]
		r.NotApplicable, r.NotChecked = c.Outcomes[record.NotApplicable], c.Outcomes[record.NotChecked]
		r.Coverage = coverageShare([]record.RuleCoverage{*c})
	}
	for i := range h.r.Records { // a rule that was not asked this time may have open records
		at(h.r.Records[i].Finding.Rule)
	}
	for i := range h.r.NotChecked {
		at(h.r.NotChecked[i].Rule)
	}
	list := values(byID)
	slices.SortFunc(list, func(a, b html.Rule) int {
		return cmp.Or(
			cmp.Compare(b.Violation, a.Violation), cmp.Compare(b.Suspected, a.Suspected),
			cmp.Compare(b.NotChecked, a.NotChecked), cmp.Compare(a.ID, b.ID),
		)
	})
	return list
}

// reasons counts the answers that are missing by their reason.
func (h *htmlBuilder) reasons(missing []record.Result) []html.Reason {
	byCode := map[string]*html.Reason{}
	rules := map[string]map[string]int{}
	for i := range missing {
		code := missing[i].Reason.Code
		r := byCode[code]
		if r == nil {
			r = &html.Reason{Word: h.why(code)}
			byCode[code], rules[code] = r, map[string]int{}
		}
		r.Count++
		rules[code][missing[i].Rule]++
	}
	for code, r := range byCode {
		for rule, n := range rules[code] {
			r.Rules = append(r.Rules, html.RuleCount{Rule: rule, Title: h.title(rule), Count: n})
		}
		slices.SortFunc(r.Rules, func(a, b html.RuleCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule))
		})
	}
	list := values(byCode)
	slices.SortFunc(list, func(a, b html.Reason) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code))
	})
	return list
}

func values[T any](m map[string]*T) []T {
	out := make([]T, 0, len(m))
	for _, id := range slices.Sorted(maps.Keys(m)) {
		out = append(out, *m[id])
	}
	return out
}

// deployment fills in the shares, those that fail first.
func (h *htmlBuilder) deployment(out *html.Report) {
	rows, nothing := deploymentByAttention(h.r.Deployment)
	out.NothingSold = nothing
	for _, d := range rows {
		out.Deployment = append(out.Deployment, html.Deployment{
			ProviderID: ident(d.ProviderID), Provider: seen(d.ProviderName), Year: d.Year,
			Sold: d.Sold, Cloud: d.Cloud, Other: d.Other, Unknown: d.Unknown,
			Share:           percentRange(d.Cloud, d.Unknown, d.Sold),
			DeployableShare: percentRange(d.DeployableCloud, d.DeployableUnknown, d.Deployable),
			Outcome:         h.outcome(d.Outcome), Reason: h.foreign(d.Reason),
		})
	}
}

// orderless fills in the listings without orders, those with the fewest days left first.
func (h *htmlBuilder) orderless(out *html.Report) {
	rows, rest := orderlessByAttention(h.r.Orderless)
	out.Young, out.Unjudged, out.OutOfSale = rest.young, rest.unknown, rest.exempt
	slices.SortStableFunc(rows, func(a, b *record.OrderlessRow) int { return a.DelistOn.Compare(b.DelistOn) })
	for _, l := range rows {
		row := html.Orderless{
			ListingID: ident(l.ListingID), Listing: seen(l.Title), ProviderID: ident(l.ProviderID), Provider: seen(l.ProviderName),
			Months: l.Months, DelistOn: string(day(l.DelistOn)), DaysLeft: daysUntil(h.r.Run.AsOf, l.DelistOn),
			Outcome: h.outcome(l.Outcome), Reason: h.foreign(l.Reason),
		}
		if !l.LastOrder.IsZero() {
			row.LastOrder = string(day(l.LastOrder.In(market.Shanghai)))
		}
		out.Orderless = append(out.Orderless, row)
	}
}

// providersOf are the providers that the report shows anything of, those with most to do
// first.
func providersOf(r *html.Report) []html.Provider {
	byID := map[string]*html.Provider{}
	at := func(id, name string) *html.Provider {
		p := byID[id]
		if p == nil {
			p = &html.Provider{ID: id}
			byID[id] = p
		}
		p.Name = cmp.Or(p.Name, name)
		return p
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		p := at(f.ProviderID, f.Provider)
		if quiet(cases.State(f.Standing.Code)) {
			continue
		}
		if f.Outcome.Code == string(record.Violation) {
			p.Violations++
		} else {
			p.Suspected++
		}
		if c := record.Change(f.Change.Code); c == record.ChangeNew || c == record.ChangeReopened {
			p.New++
		}
	}
	for i := range r.Resolved {
		at(r.Resolved[i].ProviderID, r.Resolved[i].Provider).Resolved++
	}
	for i := range r.Missing {
		at(r.Missing[i].ProviderID, r.Missing[i].Provider).Missing++
	}
	for i := range r.Deployment {
		at(r.Deployment[i].ProviderID, r.Deployment[i].Provider)
	}
	for i := range r.Orderless {
		at(r.Orderless[i].ProviderID, r.Orderless[i].Provider)
	}
	list := values(byID)
	slices.SortFunc(list, func(a, b html.Provider) int {
		return cmp.Or(
			cmp.Compare(b.Violations, a.Violations), cmp.Compare(b.Suspected, a.Suspected),
			cmp.Compare(b.Missing, a.Missing), cmp.Compare(a.ID, b.ID),
		)
	})
	return list
}

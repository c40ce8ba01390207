package html

import (
	"cmp"
	"slices"
)

// What pages show besides what is in the report.
type (
	// findingRow is a finding in a table on a page.
	findingRow struct {
		*Finding

		Root string
	}
	// partOf is a list on a page.
	partOf struct {
		Root string
		List any
	}
	// listView is a table of findings with what there is to filter by.
	listView struct {
		Findings  []*Finding
		Rules     []choice
		Providers []choice // nil on the page of one provider
		Outcomes  []choice
		Changes   []choice
		Severity  []choice
		Standings []choice // nil where nobody decided anything
		Work      int      // how many ask for something
	}
	// choice is a value to filter by, with how many findings have it.
	choice struct {
		Word

		Count int
	}
	indexView struct {
		*Report

		Trend *trendChart
		Most  []Provider // the first of Providers
	}
	changesView struct {
		New, Reopened, NotJudged, Resolved []*Finding
	}
	providerView struct {
		*Provider

		List       listView
		Resolved   []*Finding
		Missing    []*Missing
		Deployment []*Deployment
		Orderless  []*Orderless
	}
	ruleView struct {
		*Rule

		Findings, Resolved []*Finding
		Missing            []*Missing
	}
	deploymentView struct {
		Rows  []*Deployment
		Chart *barChart
		Rest  int
	}
	orderlessView struct {
		Rows                       []*Orderless
		Chart                      *barChart
		Young, Unjudged, OutOfSale int
	}
)

// mostProviders is how many providers the summary shows; providers.html has them all.
const mostProviders = 12

func (s *site) index() any {
	return indexView{s.r, newTrend(s.r.Trend), s.r.Providers[:min(mostProviders, len(s.r.Providers))]}
}

func (s *site) findings() any { return newList(where(s.r.Findings, all)) }

func (s *site) changes() any {
	by := func(change string) []*Finding {
		return where(s.r.Findings, func(f *Finding) bool { return f.Change.Code == change })
	}
	return changesView{by("new"), by("reopened"), by("not_judged"), where(s.r.Resolved, all)}
}

func (s *site) missing() any { return s.r }

func (s *site) providers() any { return s.r }

func (s *site) deployment() any {
	rows := where(s.r.Deployment, all)
	return deploymentView{rows, deploymentChart(rows), s.r.NothingSold}
}

func (s *site) orderless() any {
	rows := where(s.r.Orderless, all)
	return orderlessView{rows, orderlessChart(rows), s.r.Young, s.r.Unjudged, s.r.OutOfSale}
}

func (s *site) provider(p *Provider) any {
	ofProvider := func(f *Finding) bool { return f.ProviderID == p.ID }
	v := providerView{
		Provider:   p,
		List:       newList(where(s.r.Findings, ofProvider)),
		Resolved:   where(s.r.Resolved, ofProvider),
		Missing:    where(s.r.Missing, func(m *Missing) bool { return m.ProviderID == p.ID }),
		Deployment: where(s.r.Deployment, func(d *Deployment) bool { return d.ProviderID == p.ID }),
		Orderless:  where(s.r.Orderless, func(o *Orderless) bool { return o.ProviderID == p.ID }),
	}
	v.List.Providers = nil
	return v
}

func (s *site) rule(r *Rule) any {
	ofRule := func(f *Finding) bool { return f.Rule == r.ID }
	return ruleView{
		r, where(s.r.Findings, ofRule), where(s.r.Resolved, ofRule),
		where(s.r.Missing, func(m *Missing) bool { return m.Rule == r.ID }),
	}
}

func newList(findings []*Finding) listView {
	v := listView{
		Findings:  findings,
		Rules:     choices(findings, func(f *Finding) Word { return Word{f.Rule, cmp.Or(f.Title, f.Rule)} }),
		Providers: choices(findings, func(f *Finding) Word { return Word{f.ProviderID, cmp.Or(f.Provider, f.ProviderID)} }),
		Outcomes:  choices(findings, func(f *Finding) Word { return f.Outcome }),
		Changes:   choices(findings, func(f *Finding) Word { return f.Change }),
		Severity:  choices(findings, func(f *Finding) Word { return f.Severity }),
		Standings: choices(findings, func(f *Finding) Word { return f.Standing.Word }),
	}
	decided := false
	for _, f := range findings {
		decided = decided || f.Standing.Decision != nil
		if !f.Standing.Quiet {
			v.Work++
		}
	}
	if !decided {
		v.Standings = nil
	}
	return v
}

// choices counts findings by a value, the most frequent first.
func choices(findings []*Finding, value func(*Finding) Word) []choice {
	byCode := map[string]*choice{}
	for _, f := range findings {
		w := value(f)
		c := byCode[w.Code]
		if c == nil {
			c = &choice{Word: w}
			byCode[w.Code] = c
		}
		c.Count++
	}
	list := make([]choice, 0, len(byCode))
	for _, c := range byCode {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b choice) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code)) })
	return list
}

func where[T any](list []T, keep func(*T) bool) []*T {
	var out []*T
	for i := range list {
		if keep(&list[i]) {
			out = append(out, &list[i])
		}
	}
	return out
}

func all[T any](*T) bool { return true }

package reports

import (
	"cmp"
	"slices"

	"marketwarden/internal/record"
)

// Summary is what the terminal shows of a sweep, gathered row by row: what it keeps grows
// with the rules and the providers, not with the listings or the records. Rows may come in
// any order. The zero value is not ready for use, see [NewSummary].
type Summary struct {
	run        record.Run
	today      Today
	counts     counts
	pressing   int // open violations that the sweep itself saw and that ask for something
	news       top[record.View]
	providers  map[string]*providerSum
	reasons    map[string]*reasonSum
	deployment top[record.DeploymentRow]
	soldNone   int // provider years that deployment leaves out
	orderless  top[record.OrderlessRow]
	rest       orderlessRest
}

// NewSummary makes the summary of a run without rows, with decisions as they stand today.
func NewSummary(run record.Run, today Today) *Summary {
	return &Summary{
		run:        run,
		today:      today.or(run.AsOf),
		news:       top[record.View]{limit: newsRows, order: newsOrder},
		providers:  map[string]*providerSum{},
		reasons:    map[string]*reasonSum{},
		deployment: top[record.DeploymentRow]{limit: tableRows, order: deploymentOrder},
		orderless:  top[record.OrderlessRow]{limit: tableRows, order: orderlessOrder},
	}
}

// summarize gathers the rows of a report.
func summarize(r *record.Report, today Today) *Summary {
	s := NewSummary(r.Run, today)
	for i := range r.Records {
		s.AddRecord(&r.Records[i])
	}
	for i := range r.NotChecked {
		s.AddNotChecked(&r.NotChecked[i])
	}
	for i := range r.Deployment {
		s.AddDeployment(&r.Deployment[i])
	}
	for i := range r.Orderless {
		s.AddOrderless(&r.Orderless[i])
	}
	return s
}

// OpenViolations counts the open violations that are neither waived nor dismissed; in seen
// those are left out that the sweep did not look at.
func (s *Summary) OpenViolations() (all, seen int) {
	_, all, _ = s.counts.work()
	return all, s.pressing
}

// AddRecord takes in one of a report's records. One that people waived or dismissed is
// counted, and keeps quiet otherwise.
func (s *Summary) AddRecord(v *record.View) {
	s.counts.add(v, s.today)
	if v.Status == record.Open && quiet(s.today.stand(v).State) {
		return
	}
	isNews := v.Change == record.ChangeNew || v.Change == record.ChangeReopened
	if isNews {
		s.news.add(v)
	}
	if v.Status != record.Open {
		return
	}
	id := v.Finding.Subject.ProviderID
	p := s.providers[id]
	if p == nil {
		p = &providerSum{id: id}
		s.providers[id] = p
	}
	p.name = cmp.Or(p.name, v.ProviderName)
	if v.Finding.Outcome == record.Violation {
		p.violations++
		if v.Change != record.ChangeUnseen {
			s.pressing++
		}
	} else {
		p.suspected++
	}
	if isNews {
		p.news++
	}
}

// providerSum counts the open records of a provider that ask for something.
type providerSum struct {
	id, name                    string
	violations, suspected, news int
}

// AddNotChecked takes in an answer that is missing.
func (s *Summary) AddNotChecked(a *record.Result) {
	g := s.reasons[a.Reason.Code]
	if g == nil {
		g = &reasonSum{code: a.Reason.Code, rules: map[string]int{}, example: *a}
		s.reasons[a.Reason.Code] = g
	}
	g.n++
	g.rules[a.Rule]++
	if resultOrder(a, &g.example) < 0 {
		g.example = *a
	}
}

// reasonSum counts the answers that are missing for one reason.
type reasonSum struct {
	code    string
	n       int
	rules   map[string]int
	example record.Result // the first by place
}

// AddDeployment takes in a line of the deployment table.
func (s *Summary) AddDeployment(d *record.DeploymentRow) {
	if soldNothing(d) {
		s.soldNone++
		return
	}
	s.deployment.add(d)
}

// AddOrderless takes in a line of the zero-order table.
func (s *Summary) AddOrderless(l *record.OrderlessRow) {
	if !s.rest.leavesOut(l) {
		s.orderless.add(l)
	}
}

// newsOrder is violations first, then by place.
func newsOrder(a, b *record.View) int {
	return cmp.Or(cmp.Compare(rank(a.Finding.Outcome), rank(b.Finding.Outcome)), viewOrder(a, b))
}

// top keeps the first of many values, in order, and counts all.
type top[T any] struct {
	limit int
	order func(a, b *T) int
	first []T
	all   int
}

func (t *top[T]) add(v *T) {
	t.all++
	if len(t.first) == t.limit && t.order(v, &t.first[t.limit-1]) >= 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(t.first, v, func(e T, v *T) int {
		if t.order(&e, v) <= 0 { // equal ones stay in the order they came
			return -1
		}
		return 1
	})
	t.first = slices.Insert(t.first, at, *v)
	t.first = t.first[:min(len(t.first), t.limit)]
}

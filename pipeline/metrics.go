package pipeline

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/scanners/fetch"
)

// Metrics counts what this process does. Nil counts nothing, so that nobody has to ask.
// It is safe for concurrent use.
//
// Labels are kinds, states and reason codes, of which there are a few dozen; never a host,
// a provider or an address, of which there is no end. What the whole fleet has done is in
// the database: see Collector.
type Metrics struct {
	pages   *prometheus.CounterVec
	fetched *prometheus.HistogramVec
	jobs    *prometheus.CounterVec
	units   *prometheus.CounterVec
}

// Kinds of page visits.
const (
	pageListing     = "listing"     // a listing's page
	pageFrame       = "frame"       // a frame of it that holds the description
	pageSite        = "site"        // a page of a provider's website
	pageSitemap     = "sitemap"     // a file of that website that lists pages
	pageDeliverable = "deliverable" // the address where buyers get a listing
	pageLink        = "link"        // an address of which only matters where it leads
)

// pageRead is the outcome of a visit that brought what was asked for.
const pageRead = "read"

// Ends of jobs.
const (
	endDone       = "done"
	endAgain      = "again"       // nothing was done: the same job comes again
	endHandedBack = "handed_back" // some units were not reached and got a job of their own
	endBroken     = "broken"      // the job could not go on
	endRefused    = "refused"     // the database refused what the job wanted to write
)

// fetchBuckets are seconds: pages take tenths, and config.Fetch.Total ends them at 30.
func fetchBuckets() []float64 { return []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30} }

// NewMetrics makes the counters of a process and registers them. It fails when the
// registry has series of these names already.
func NewMetrics(reg prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		pages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "marketwarden_pages_total", Help: "Page visits of this process by kind and outcome: read, or the reason code.",
		}, []string{"kind", "outcome"}),
		fetched: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "marketwarden_fetch_seconds", Help: "Duration of HTTP requests of this process by outcome.", Buckets: fetchBuckets(),
		}, []string{"outcome"}),
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "marketwarden_jobs_total", Help: "Jobs that this process ended by kind and how they ended.",
		}, []string{"kind", "end"}),
		units: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "marketwarden_units_total", Help: "Units of sweeps that this process ended by kind and state.",
		}, []string{"kind", "state"}),
	}
	// Series that are there from the start: the first increase counts, too.
	for _, kind := range []string{store.UnitListing, store.UnitSite, store.UnitAccount} {
		for _, state := range []string{store.UnitDone, store.UnitNotChecked} {
			m.units.WithLabelValues(kind, state)
		}
	}
	for _, kind := range []string{pageListing, pageSite, pageDeliverable} {
		m.pages.WithLabelValues(kind, pageRead)
	}
	for _, kind := range []string{listingsArgs{}.Kind(), siteArgs{}.Kind(), accountsArgs{}.Kind(), closeArgs{}.Kind(), nightArgs{}.Kind()} {
		for _, end := range []string{endDone, endAgain, endHandedBack, endBroken, endRefused} {
			m.jobs.WithLabelValues(kind, end)
		}
	}
	for _, c := range []prometheus.Collector{m.pages, m.fetched, m.jobs, m.units} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return m, nil
}

// Fetched counts a request: it is the Observe of a fetch.Client.
func (m *Metrics) Fetched(o fetch.Observation) {
	if m != nil {
		m.fetched.WithLabelValues(o.Outcome).Observe(o.Took.Seconds())
	}
}

// page counts a page visit that ended with problem.
func (m *Metrics) page(kind string, problem *record.Reason) {
	if m == nil {
		return
	}
	outcome := pageRead
	if problem != nil {
		outcome = problem.Code
	}
	m.pages.WithLabelValues(kind, outcome).Inc()
}

// job counts the end of a job.
func (m *Metrics) job(kind, end string) {
	if m != nil {
		m.jobs.WithLabelValues(kind, end).Inc()
	}
}

// unit counts the end of a unit.
func (m *Metrics) unit(j *store.Judged) {
	if m == nil {
		return
	}
	state := store.UnitDone
	if j.Failed != "" {
		state = store.UnitNotChecked
	}
	m.units.WithLabelValues(j.Unit.Kind, state).Inc()
}

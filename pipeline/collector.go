package pipeline

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"marketwarden/internal/store"
)

const (
	// collectTimeout bounds what one scrape may ask of the database.
	collectTimeout = 3 * time.Second
	// collectEvery is how long an answer of the database is good for: scrapers cannot ask
	// it more often than that.
	collectEvery = 5 * time.Second
)

// Collector tells what stands in the database, which is the same in every process that is
// asked: sweeps, records, queues, workers, notices, nights. A database that does not
// answer is told by marketwarden_database_up, never by a failed scrape; the other series
// are then absent, as nothing is known.
//
// What a closed sweep came to is read once. The collector starts no goroutine; the
// registry that it is registered with asks it.
type Collector struct {
	store     *store.Store
	now       func() time.Time
	log       *slog.Logger
	schedules []string

	mu    sync.Mutex
	till  time.Time // until then last is good
	last  []prometheus.Metric
	sweep store.SweepGauges // of the newest closed sweep
}

// NewCollector makes a collector. It tells of the nights of the schedule entries named,
// so that entries which are gone from the configuration alarm nobody.
func NewCollector(s *store.Store, now func() time.Time, log *slog.Logger, schedules []string) *Collector {
	return &Collector{store: s, now: now, log: log, schedules: schedules}
}

// series is one family that the collector tells.
type series struct{ *prometheus.Desc }

func newSeries(name, help string, labels ...string) series {
	return series{prometheus.NewDesc("marketwarden_"+name, help, labels, nil)}
}

// at is a value of the family. A label that is no UTF-8 must not fail the scrape.
func (s series) at(v float64, labels ...string) prometheus.Metric {
	for i := range labels {
		labels[i] = strings.ToValidUTF8(labels[i], "\ufffd")
	}
	return prometheus.MustNewConstMetric(s.Desc, prometheus.GaugeValue, v, labels...)
}

// families are the series that the collector tells.
type families struct {
	up, sweeps, units, open, sweepWorkers, sweepIdle                            series
	closed, lastUnits, findings, notChecked, coverage, allCoverage              series
	jobs, oldest, workers, queueWorkers, beat, notices, tick, success, nightNow series
}

func newFamilies() families {
	return families{
		up:           newSeries("database_up", "Whether the database answered in time."),
		sweeps:       newSeries("sweeps", "Sweeps ever made, by state.", "state"),
		units:        newSeries("sweep_units", "Units of the running sweep by kind and state; zero while none runs.", "kind", "state"),
		sweepWorkers: newSeries("sweep_workers", "Living workers that can take part in the running sweep; none while none runs."),
		sweepIdle:    newSeries("sweep_idle_seconds", "Time since a unit of the running sweep ended, or since it was planned; none while none runs."),
		open:         newSeries("open_records", "Open records by rule, outcome and where they stand with the people who decide.", "rule", "outcome", "standing"),

		closed:      newSeries("last_sweep_closed_timestamp_seconds", "When the last sweep was closed."),
		lastUnits:   newSeries("last_sweep_units", "Units of the last closed sweep by state.", "state"),
		findings:    newSeries("last_sweep_findings", "Findings of the last closed sweep by rule and outcome.", "rule", "outcome"),
		notChecked:  newSeries("last_sweep_not_checked", "Subjects that a rule could not judge in the last closed sweep, by reason code.", "rule", "reason"),
		coverage:    newSeries("last_sweep_rule_coverage_ratio", "Share of its subjects that a rule could judge in the last closed sweep.", "rule"),
		allCoverage: newSeries("last_sweep_coverage_ratio", "Share of everything that the rules were asked and could judge in the last closed sweep."),

		jobs:         newSeries("queue_jobs", "Jobs that have not ended, by queue and state.", "queue", "state"),
		oldest:       newSeries("queue_oldest_available_seconds", "How long the job that waits longest has been due.", "queue"),
		workers:      newSeries("workers", "Living workers."),
		queueWorkers: newSeries("queue_workers", "Living workers by the queue they take jobs of.", "queue"),
		beat:         newSeries("worker_beat_age_seconds", "Time since the beat of the living worker that is silent for longest."),
		notices:      newSeries("notices", "Notices by state.", "state"),
		tick:         newSeries("night_last_tick_timestamp_seconds", "Tick of the last night that was to run; 0 = none yet.", "schedule"),
		success:      newSeries("night_last_success_timestamp_seconds", "When the last night that was done ended; 0 = none yet.", "schedule"),
		nightNow:     newSeries("night_state", "1 for the state of the last night that was to run.", "schedule", "state"),
	}
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	f := newFamilies()
	for _, s := range []series{
		f.up, f.sweeps, f.units, f.sweepWorkers, f.sweepIdle, f.open, f.closed, f.lastUnits, f.findings, f.notChecked, f.coverage, f.allCoverage,
		f.jobs, f.oldest, f.workers, f.queueWorkers, f.beat, f.notices, f.tick, f.success, f.nightNow,
	} {
		to <- s.Desc
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	for _, m := range c.collect() {
		to <- m
	}
}

// collect returns what the database says, or said a moment ago. Scrapers that come
// together wait for one answer.
func (c *Collector) collect() []prometheus.Metric {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now().Before(c.till) {
		return c.last
	}
	ctx, cancel := context.WithTimeout(context.Background(), collectTimeout) // a scrape hands no context on
	defer cancel()
	f := newFamilies()
	g, err := c.store.Gauges(ctx, c.now())
	if err == nil && g.LastClosed != c.sweep.Run.ID {
		var sweep store.SweepGauges
		if g.LastClosed != 0 {
			sweep, err = c.store.SweepGauges(ctx, g.LastClosed)
		}
		if err == nil {
			c.sweep = sweep
		}
	}
	if err != nil {
		c.log.Warn("database does not tell its metrics", "error", err)
		c.last = []prometheus.Metric{f.up.at(0)}
	} else {
		c.last = slices.Concat([]prometheus.Metric{f.up.at(1)}, f.sweepsNow(&g), f.lastSweep(&c.sweep), f.queues(&g), f.nights(&g, c.schedules))
	}
	c.till = c.now().Add(collectEvery)
	return c.last
}

// counted gives every state that is known a value, so that graphs fall to zero.
func counted(f series, known []string, counts []store.StateCount) []prometheus.Metric {
	n := map[string]int64{}
	for _, c := range counts {
		n[c.State] = c.N
	}
	out := make([]prometheus.Metric, 0, len(known))
	for _, state := range known {
		out = append(out, f.at(float64(n[state]), state))
	}
	return out
}

func (f *families) sweepsNow(g *store.Gauges) []prometheus.Metric {
	out := counted(f.sweeps, []string{store.SweepRunning, store.SweepClosed, store.SweepAbandoned}, g.Sweeps)
	for _, kind := range []string{store.UnitListing, store.UnitSite, store.UnitAccount} {
		for _, state := range []string{store.UnitOpen, store.UnitDone, store.UnitNotChecked} {
			n := 0.0
			for _, u := range g.Units {
				if u.Kind == kind && u.State == state {
					n = float64(u.N)
				}
			}
			out = append(out, f.units.at(n, kind, state))
		}
	}
	if r := g.Running; r != nil {
		out = append(out, f.sweepWorkers.at(float64(r.Workers)), f.sweepIdle.at(r.Idle.Seconds()))
	}
	for _, r := range g.Open {
		out = append(out, f.open.at(float64(r.N), r.Rule, r.Outcome, r.Standing))
	}
	return out
}

// lastSweep tells nothing before a sweep was closed.
func (f *families) lastSweep(s *store.SweepGauges) []prometheus.Metric {
	run := &s.Run
	if run.ID == 0 {
		return nil
	}
	out := []prometheus.Metric{
		f.closed.at(seconds(run.Closed)), f.allCoverage.at(run.Checked()),
		f.lastUnits.at(float64(run.Units.Done), store.UnitDone), f.lastUnits.at(float64(run.Units.NotChecked), store.UnitNotChecked),
	}
	for _, c := range run.Coverage {
		out = append(out, f.coverage.at(c.Checked(), c.Rule))
		for reason, n := range c.NotChecked {
			out = append(out, f.notChecked.at(float64(n), c.Rule, reason))
		}
	}
	for _, n := range s.Findings {
		out = append(out, f.findings.at(float64(n.N), n.Rule, n.Outcome))
	}
	return out
}

func (f *families) queues(g *store.Gauges) []prometheus.Metric {
	out := []prometheus.Metric{f.workers.at(float64(g.AllWorkers)), f.beat.at(g.BeatAge.Seconds())}
	queues := []string{QueuePages, QueueNights}
	jobs, workers := map[[2]string]store.QueueCount{}, map[string]int64{}
	for _, q := range g.Queues {
		queues, jobs[[2]string{q.Queue, q.State}] = append(queues, q.Queue), q
	}
	for _, w := range g.Workers {
		queues, workers[w.Queue] = append(queues, w.Queue), w.N
	}
	slices.Sort(queues)
	for _, queue := range slices.Compact(queues) {
		for _, state := range []string{"available", "running", "scheduled", "retryable", "pending"} {
			out = append(out, f.jobs.at(float64(jobs[[2]string{queue, state}].N), queue, state))
		}
		out = append(out, f.oldest.at(jobs[[2]string{queue, "available"}].Oldest.Seconds(), queue),
			f.queueWorkers.at(float64(workers[queue]), queue))
	}
	return append(out, counted(f.notices, []string{"queued", "sending", "sent", "failed", "unknown", "dropped"}, g.Notices)...)
}

func (f *families) nights(g *store.Gauges, schedules []string) []prometheus.Metric {
	var out []prometheus.Metric
	for i := range g.Nights {
		n := &g.Nights[i]
		if !slices.Contains(schedules, n.Schedule) {
			continue
		}
		out = append(out, f.tick.at(seconds(n.Tick), n.Schedule), f.success.at(seconds(n.Success), n.Schedule))
		for _, state := range []string{store.NightWaiting, store.NightRunning, store.NightDone, store.NightPartial, store.NightFailed} {
			v := 0.0
			if state == n.State {
				v = 1
			}
			out = append(out, f.nightNow.at(v, n.Schedule, state))
		}
	}
	return out
}

// seconds is a moment as Prometheus writes it; 0 for none.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"marketwarden/internal/store"
	"marketwarden/pipeline"
	"marketwarden/scanners/fetch"
)

// watched lets the engines of a bundle count, and returns what is told.
func (b *bundle) watched(schedules ...string) *prometheus.Registry {
	b.t.Helper()
	reg := prometheus.NewRegistry()
	m, err := pipeline.NewMetrics(reg)
	if err != nil {
		b.t.Fatal(err)
	}
	reg.MustRegister(pipeline.NewCollector(b.store, b.options.Now, b.options.Log, schedules))
	b.options.Metrics = m
	return reg
}

// figures are the values of a registry by name and labels, of histograms the counts.
func figures(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			words := []string{strings.TrimPrefix(f.GetName(), "marketwarden_")}
			for _, l := range m.GetLabel() {
				words = append(words, l.GetValue())
			}
			key := strings.Join(words, " ")
			switch {
			case m.GetCounter() != nil:
				out[key] = m.GetCounter().GetValue()
			case m.GetGauge() != nil:
				out[key] = m.GetGauge().GetValue()
			case m.GetHistogram() != nil:
				out[key] = float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return out
}

// TestMetricsOfASweep: what is told of a sweep is what its report says.
func TestMetricsOfASweep(t *testing.T) {
	t.Parallel()
	b, _, asOf := shipped(t)
	var clock sync.Mutex // the collector remembers for a while: its clock is the test's
	now := time.Now()
	b.options.Now = func() time.Time { clock.Lock(); defer clock.Unlock(); return now }
	reg := b.watched()
	if before := figures(t, reg); before["database_up"] != 1 || before["last_sweep_coverage_ratio"] != 0 {
		t.Errorf("before the sweep: %v", before)
	}
	b.options.Now = time.Now
	sw := b.sweep(pipeline.Order{AsOf: asOf})
	report := b.report(sw.ID)
	clock.Lock()
	now = now.Add(time.Minute)
	clock.Unlock()
	got := figures(t, reg)

	run := report.Run
	want := map[string]float64{
		"database_up": 1, "sweeps closed": 1, "sweeps running": 0, "workers": 0,
		"last_sweep_closed_timestamp_seconds": float64(run.Closed.UnixMilli()) / 1000,
		"last_sweep_units done":               float64(run.Units.Done),
		"last_sweep_units not_checked":        float64(run.Units.NotChecked),
		"last_sweep_coverage_ratio":           run.Checked(),
		"sweep_units listing open":            0,
	}
	for _, c := range run.Coverage {
		want["last_sweep_rule_coverage_ratio "+c.Rule] = c.Checked()
		for reason, n := range c.NotChecked {
			want["last_sweep_not_checked "+reason+" "+c.Rule] = float64(n)
		}
	}
	for i := range report.Records {
		f := &report.Records[i].Finding
		want[fmt.Sprintf("last_sweep_findings %s %s", f.Outcome, f.Rule)]++
		want[fmt.Sprintf("open_records %s %s undecided", f.Outcome, f.Rule)]++
	}
	if len(report.Records) == 0 || run.Units.NotChecked == 0 {
		t.Fatal("the fixture market shows nothing to compare")
	}
	told := map[string]float64{}
	for key, v := range got {
		name, _, _ := strings.Cut(key, " ")
		if _, ok := want[key]; ok || strings.HasPrefix(name, "last_sweep") || name == "open_records" {
			told[key] = v
		}
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told of the sweep (-report +metrics)\n%s", diff)
	}

	// What this process did: it was the only one.
	var done, notChecked float64
	for key, v := range got {
		switch {
		case strings.HasPrefix(key, "units_total") && strings.HasSuffix(key, " done"):
			done += v
		case strings.HasPrefix(key, "units_total"):
			notChecked += v
		}
	}
	if done != float64(run.Units.Done) || notChecked != float64(run.Units.NotChecked) {
		t.Errorf("counted %v units done and %v not checked, the report says %+v", done, notChecked, run.Units)
	}
	for _, key := range []string{"pages_total listing read", "pages_total site read", "jobs_total done visit_site", "jobs_total done judge_accounts"} {
		if got[key] == 0 {
			t.Errorf("%s was not counted", key)
		}
	}
	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Errorf("lint: %v %v", problems, err)
	}
}

// TestGivenUpUnitsAreCounted: what the job that closes the sweep ends is counted as what
// others end.
func TestGivenUpUnitsAreCounted(t *testing.T) {
	t.Parallel()
	b, _, asOf := generated(t, 60, nil)
	reg := b.watched()
	e := b.engine()
	sw, err := e.Plan(t.Context(), pipeline.Order{AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	b.exec(`DELETE FROM river_job WHERE kind <> 'close_sweep'`)
	b.exec(`UPDATE sweep_units SET recoveries = 3 WHERE kind = 'listing'`)
	if err := e.Run(t.Context(), sw.ID, func(store.Progress) {}); err != nil {
		t.Fatal(err)
	}
	got := figures(t, reg)
	var units float64
	for key, v := range got {
		if strings.HasPrefix(key, "units_total") {
			units += v
		}
	}
	run := b.report(sw.ID).Run
	if units != float64(run.Units.Planned) || got["units_total listing not_checked"] < 60 {
		t.Errorf("counted %v units, %v listings not checked; planned were %d with 60 listings given up",
			units, got["units_total listing not_checked"], run.Units.Planned)
	}
}

// TestFetchIsCounted: the client's observations become a histogram.
func TestFetchIsCounted(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	m, err := pipeline.NewMetrics(reg)
	if err != nil {
		t.Fatal(err)
	}
	for _, outcome := range fetch.Outcomes() {
		m.Fetched(fetch.Observation{Outcome: outcome, Took: time.Second})
	}
	if n := testutil.CollectAndCount(reg, "marketwarden_fetch_seconds"); n != len(fetch.Outcomes()) {
		t.Errorf("%d series, want %d", n, len(fetch.Outcomes()))
	}
	var none *pipeline.Metrics
	none.Fetched(fetch.Observation{Outcome: "2xx"}) // counts nothing and does not fail
	if _, err := pipeline.NewMetrics(reg); err == nil {
		t.Error("the same names were registered twice without a complaint")
	}
}

// TestMetricsOfAStuckSweep: a sweep that no living worker fits is told as it is, at once
// and for as long as it lasts; without a sweep there is nothing to be stuck.
func TestMetricsOfAStuckSweep(t *testing.T) {
	t.Parallel()
	b := setup(t, "demo", nil, nil)
	now := time.Now()
	b.options.Now = func() time.Time { return now }
	reg := b.watched()
	if got := figures(t, reg); len(got) == 0 || got["database_up"] != 1 {
		t.Fatalf("figures %v", got)
	} else if _, told := got["sweep_workers"]; told {
		t.Error("workers of a running sweep are told while none runs")
	}
	b.exec(`INSERT INTO bundles (hash, content, made_at) VALUES ('other', '{}', now())`)
	b.exec(`INSERT INTO sweeps (as_of, started_at, scope, market, bundle, engine, records) VALUES (now(), now() - interval '1 h', '{}', 'demo', 'other', '1', true)`)
	b.exec(`INSERT INTO workers (id, lock_key, host, pid, queues, bundle, engine) VALUES ('w', 1, 'h', 1, '{default}', 'mine', '1')`)
	now = now.Add(time.Minute)
	got := figures(t, reg)
	if workers, told := got["sweep_workers"]; !told || workers != 0 || got["workers"] != 1 || got["sweep_idle_seconds"] < 3600 {
		t.Errorf("workers of the sweep %v (%v) of %v, idle for %v s; want 0 of 1 and an hour", workers, told, got["workers"], got["sweep_idle_seconds"])
	}
}

// TestMetricsOfNights: entries of the configuration are told of from the first moment,
// others never.
func TestMetricsOfNights(t *testing.T) {
	t.Parallel()
	b := setup(t, "demo", nil, nil)
	reg := b.watched("nightly", "new")
	b.exec(`INSERT INTO schedules (name, spec, zone, last) SELECT n, '0 2 * * *', 'UTC', now() FROM unnest('{nightly,new,gone}'::text[]) n`)
	b.exec(`INSERT INTO nights (schedule, tick, state, steps, fired_at, ended_at) VALUES
		('nightly', 'epoch'::timestamptz + interval '100 s', 'done', '{sweep}', now(), 'epoch'::timestamptz + interval '150 s'),
		('nightly', 'epoch'::timestamptz + interval '200 s', 'partial', '{sweep}', now(), now()),
		('gone', 'epoch'::timestamptz + interval '100 s', 'done', '{sweep}', now(), now())`)
	got := map[string]float64{}
	for key, v := range figures(t, reg) {
		if strings.HasPrefix(key, "night_") && v != 0 || strings.Contains(key, " new") && strings.HasPrefix(key, "night_last") || strings.Contains(key, "gone") {
			got[key] = v
		}
	}
	want := map[string]float64{
		"night_last_tick_timestamp_seconds nightly": 200, "night_last_success_timestamp_seconds nightly": 150, "night_state nightly partial": 1,
		"night_last_tick_timestamp_seconds new": 0, "night_last_success_timestamp_seconds new": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("nights (-want +got)\n%s", diff)
	}
}

// TestScrapesDoNotLoadTheDatabase: an answer is good for some seconds; and a database that
// is gone is told as a figure, with nothing beside it that would look known.
func TestScrapesDoNotLoadTheDatabase(t *testing.T) {
	t.Parallel()
	b := setup(t, "demo", nil, nil)
	now := time.Now()
	b.options.Now = func() time.Time { return now }
	reg := b.watched()
	first := figures(t, reg)
	b.store.Pool.Close()
	if diff := cmp.Diff(first, figures(t, reg)); diff != "" {
		t.Errorf("the second scrape in a row asked again (-first +second)\n%s", diff)
	}
	now = now.Add(time.Minute)
	got := figures(t, reg)
	if got["database_up"] != 0 {
		t.Errorf("database_up is %v without a database", got["database_up"])
	}
	for key := range got {
		if strings.HasPrefix(key, "sweep") || strings.HasPrefix(key, "queue") || strings.HasPrefix(key, "workers") {
			t.Errorf("%s is told without a database", key)
		}
	}
}

// TestWorkerReady: a worker is ready from its start until it is told to stop, and not
// while the database is silent.
func TestWorkerReady(t *testing.T) {
	t.Parallel()
	b := setup(t, "demo", nil, nil)
	w, err := b.engine().Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for w.Ready(t.Context()) != nil && time.Now().Before(deadline) { // until its first beat
		select {
		case <-time.After(10 * time.Millisecond):
		case <-t.Context().Done():
		}
	}
	if err := w.Ready(t.Context()); err != nil {
		t.Errorf("a running worker: %v", err)
	}
	stop, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	gone, end := context.WithCancel(t.Context())
	end() // no answer in time
	if err := w.Ready(gone); !errors.Is(err, pipeline.ErrNoDatabase) {
		t.Errorf("without the database: %v, want %v", err, pipeline.ErrNoDatabase)
	}
	if err := w.Stop(stop); err != nil {
		t.Fatal(err)
	}
	if err := w.Ready(t.Context()); !errors.Is(err, pipeline.ErrDraining) {
		t.Errorf("a stopped worker: %v, want %v", err, pipeline.ErrDraining)
	}
}

// TestLogOfASweep: each batch and each unit that was not checked has its line, with the
// keys that people search by; foreign words forge none and secrets of addresses stay out.
func TestLogOfASweep(t *testing.T) {
	t.Parallel()
	b, _, asOf := shipped(t)
	var mu sync.Mutex
	var lines []map[string]string
	b.options.Log = slog.New(collect{func(r slog.Record) {
		line := map[string]string{"msg": r.Message}
		r.Attrs(func(a slog.Attr) bool { line[a.Key] = a.Value.String(); return true })
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, line)
	}})
	sw := b.sweep(pipeline.Order{AsOf: asOf})
	run := b.report(sw.ID).Run
	mu.Lock()
	defer mu.Unlock()
	judged, notChecked, closed, hosts := 0, 0, 0, false
	for _, l := range lines {
		switch l["msg"] {
		case "batch ended":
			var n int
			if _, err := fmt.Sscan(l["judged"], &n); err != nil {
				t.Error(err)
			}
			judged += n
			for _, key := range []string{"sweep", "batch", "job", "kind", "took"} {
				if l[key] == "" {
					t.Errorf("%v lacks %s", l, key)
				}
			}
			hosts = hosts || l["kind"] == store.UnitSite && l["host"] != ""
		case "unit not checked":
			notChecked++
			if l["unit"] == "" || l["reason"] == "" || l["sweep"] == "" {
				t.Errorf("%v lacks a key", l)
			}
		case "sweep closed":
			closed++
		}
		for key, v := range l {
			if strings.Contains(v, "?") && (key == "unit" || key == "url") && !strings.HasSuffix(v, "?…") {
				t.Errorf("%s holds a query: %s", key, v)
			}
		}
	}
	if !hosts {
		t.Error("no batch of a website names its host")
	}
	if judged != run.Units.Done || notChecked != run.Units.NotChecked || closed != 1 {
		t.Errorf("the log tells of %d units judged, %d not checked and %d ends; the report says %+v", judged, notChecked, closed, run.Units)
	}
}

// collect is a handler for tests that hands records on.
type collect struct{ to func(slog.Record) }

func (c collect) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }
func (c collect) Handle(_ context.Context, r slog.Record) error    { c.to(r); return nil }
func (c collect) WithAttrs([]slog.Attr) slog.Handler               { return c }
func (c collect) WithGroup(string) slog.Handler                    { return c }

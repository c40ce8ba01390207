package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/cases"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/internal/store/storetest"
)

// gaugeRows is a database in the middle of a night.
const gaugeRows = `
	INSERT INTO bundles (hash, content, made_at) VALUES ('b', '{}', now());
	INSERT INTO sweeps (id, state, as_of, started_at, closed_at, scope, market, bundle, engine, records) OVERRIDING SYSTEM VALUE VALUES
	  (1, 'closed', '2026-03-01T02:00+08', now(), '2026-03-01T03:00+08', '{}', 'demo', 'b', '1', true),
	  (2, 'abandoned', '2026-03-02T02:00+08', now(), NULL, '{}', 'demo', 'b', '1', true),
	  (3, 'closed', '2026-03-03T02:00+08', now(), '2026-03-03T03:00+08', '{}', 'demo', 'b', '1', true),
	  (4, 'closed', '2026-03-03T05:00+08', now(), '2026-03-03T05:01+08', '{"recheck":true}', 'demo', 'b', '1', true),
	  (5, 'running', '2026-03-04T02:00+08', now(), NULL, '{}', 'demo', 'b', '1', true);
	INSERT INTO sweep_units (sweep, kind, key, batch, state, snapshot) VALUES
	  (3, 'listing', 'l1', 1, 'done', '{}'), (3, 'listing', 'l2', 1, 'not_checked', '{}'),
	  (5, 'listing', 'l1', 2, 'done', '{}'), (5, 'listing', 'l2', 2, 'open', '{}'), (5, 'site', 's1', 3, 'open', '{}');
	INSERT INTO sweep_counts (sweep, batch, job, rule, outcome, n) VALUES
	  (3, 1, 1, 'r1', 'pass', 2), (3, 1, 1, 'r1', 'violation', 1), (3, 1, 2, 'r1', 'not_checked', 1), (5, 2, 3, 'r1', 'pass', 9);
	INSERT INTO sweep_findings (sweep, fingerprint, finding) VALUES
	  (3, 'a', '{"rule":"r1","outcome":"violation"}'), (3, 'b', '{"rule":"r1","outcome":"violation"}'),
	  (3, 'c', '{"rule":"r2","outcome":"suspected"}'), (1, 'a', '{"rule":"r1","outcome":"violation"}');
	INSERT INTO results (sweep, rule, subject_kind, subject_id, provider_id, outcome, reason_code) VALUES
	  (3, 'r1', 'listing', 'l2', 'p1', 'not_checked', 'bot_wall');
	INSERT INTO river_job (state, args, attempt, attempted_at, attempted_by, kind, max_attempts, queue, scheduled_at, finalized_at) VALUES
	  ('available', '{}', 0, NULL, NULL, 'visit_site', 25, 'default', now() - interval '90 s', NULL),
	  ('available', '{}', 0, NULL, NULL, 'visit_site', 25, 'default', now() - interval '10 s', NULL),
	  ('available', '{}', 0, NULL, NULL, 'visit_site', 25, 'default', now() + interval '1 h', NULL),
	  ('running', '{}', 1, now(), '{w1}', 'visit_site', 25, 'default', now(), NULL),
	  ('completed', '{}', 1, now(), '{w1}', 'visit_site', 25, 'default', now(), now()),
	  ('scheduled', '{}', 0, NULL, NULL, 'night_step', 25, 'nights', now() + interval '1 h', NULL);
	INSERT INTO workers (id, lock_key, host, pid, beat, queues, bundle, engine) VALUES
	  ('w1', 1, 'h', 1, now() - interval '2 s', '{default,nights}', 'b', '1'), ('w2', 2, 'h', 2, now(), '{default}', 'other', '1'),
	  ('dead', 3, 'h', 3, now() - interval '1 h', '{default}', 'b', '1');
	INSERT INTO notices (key, reference, provider_id, sweep, state, lang, channel, recipient, queued_at, ended_at) VALUES
	  ('k1', 'MW-1', 'p1', 3, 'queued', 'zh', 'folder', '', now(), NULL), ('k2', 'MW-2', 'p2', 3, 'failed', 'zh', 'folder', '', now(), now());
	INSERT INTO schedules (name, spec, zone, last) VALUES ('nightly', '0 2 * * *', 'Asia/Shanghai', now()), ('new', '0 3 * * *', 'Asia/Shanghai', now());
	INSERT INTO nights (schedule, tick, state, steps, fired_at, ended_at) VALUES
	  ('nightly', '2026-03-01T02:00+08', 'done', '{sweep}', now(), '2026-03-01T04:00+08'),
	  ('nightly', '2026-03-02T02:00+08', 'failed', '{sweep}', now(), '2026-03-02T04:00+08'),
	  ('nightly', '2026-03-03T02:00+08', 'skipped', '{sweep}', now(), '2026-03-03T02:00+08');`

func TestGauges(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	empty, err := s.Gauges(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if empty.LastClosed != 0 || empty.AllWorkers != 0 || len(empty.Sweeps) != 0 {
		t.Errorf("an empty database has %+v", empty)
	}
	if _, err := s.Pool.Exec(t.Context(), gaugeRows); err != nil {
		t.Fatal(err)
	}
	got, err := s.Gauges(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.Queues {
		got.Queues[i].Oldest = got.Queues[i].Oldest.Truncate(time.Minute)
	}
	if got.BeatAge < 2*time.Second || got.BeatAge > 12*time.Second {
		t.Errorf("the beat is %v old, want some 2s", got.BeatAge)
	}
	got.BeatAge = 0
	if got.Running == nil || got.Running.Idle > time.Minute {
		t.Fatalf("the running sweep: %+v, want one that was planned just now", got.Running)
	}
	got.Running.Idle = 0
	shanghai := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, market.Shanghai) }
	want := store.Gauges{
		Sweeps:     []store.StateCount{{"abandoned", 1}, {"closed", 3}, {"running", 1}},
		Units:      []store.UnitCount{{"listing", "done", 1}, {"listing", "open", 1}, {"site", "open", 1}},
		Running:    &store.RunningGauge{Workers: 1},
		LastClosed: 3, LastClosedAt: shanghai(3, 3),
		Queues: []store.QueueCount{
			{Queue: "default", State: "available", N: 2, Oldest: time.Minute},
			{Queue: "default", State: "running", N: 1},
			{Queue: "default", State: "scheduled", N: 1},
			{Queue: "nights", State: "scheduled", N: 1},
		},
		Workers: []store.QueueCount{{Queue: "default", N: 2}, {Queue: "nights", N: 1}}, AllWorkers: 2,
		Notices: []store.StateCount{{"failed", 1}, {"queued", 1}},
		Nights: []store.NightGauge{
			{Schedule: "new"},
			{Schedule: "nightly", Tick: shanghai(2, 2), State: "failed", Success: shanghai(1, 4)},
		},
	}
	opts := cmp.Options{cmp.Comparer(time.Time.Equal), cmp.Transformer("nonNil", func(l []store.RecordCount) []store.RecordCount { return append([]store.RecordCount{}, l...) })}
	if diff := cmp.Diff(want, got, opts); diff != "" {
		t.Errorf("gauges (-want +got)\n%s", diff)
	}
}

// TestGaugesOfAStuckSweep: that no living worker can go on with the running sweep is told,
// whatever the others do with its jobs; and so is that nothing of it ends.
func TestGaugesOfAStuckSweep(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	if _, err := s.Pool.Exec(t.Context(), gaugeRows); err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{
		`UPDATE workers SET engine = '0' WHERE id = 'w1'`, `UPDATE workers SET engine = '1', bundle = 'other' WHERE id = 'w1'`,
		`UPDATE workers SET bundle = 'b', queues = '{nights}' WHERE id = 'w1'`, `DELETE FROM workers WHERE id = 'w1'`,
	} {
		if _, err := s.Pool.Exec(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		got, err := s.Gauges(t.Context(), time.Now())
		if err != nil || got.Running == nil || got.Running.Workers != 0 {
			t.Errorf("after %s: %+v (%v), want no worker that fits", change, got.Running, err)
		}
	}
	if _, err := s.Pool.Exec(t.Context(), `UPDATE sweep_units SET done_at = now() - interval '20 min' WHERE sweep = 5 AND state = 'done'`); err != nil {
		t.Fatal(err)
	}
	got, err := s.Gauges(t.Context(), time.Now())
	if err != nil || got.Running.Idle.Truncate(time.Minute) != 20*time.Minute {
		t.Errorf("nothing has ended for 20 minutes: %+v (%v)", got.Running, err)
	}
	if _, err := s.Pool.Exec(t.Context(), `UPDATE sweeps SET state = 'abandoned' WHERE id = 5`); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Gauges(t.Context(), time.Now()); err != nil || got.Running != nil {
		t.Errorf("while no sweep runs: %+v (%v)", got.Running, err)
	}
}

func TestSweepGauges(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	if _, err := s.Pool.Exec(t.Context(), gaugeRows); err != nil {
		t.Fatal(err)
	}
	got, err := s.SweepGauges(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	want := []store.FindingCount{{"r1", "violation", 2}, {"r2", "suspected", 1}}
	if diff := cmp.Diff(want, got.Findings); diff != "" {
		t.Errorf("findings (-want +got)\n%s", diff)
	}
	if len(got.Run.Coverage) != 1 || got.Run.Coverage[0].Checked() != 0.75 || got.Run.Coverage[0].NotChecked["bot_wall"] != 1 {
		t.Errorf("coverage %+v, want 3 of 4 of r1 judged and a wall", got.Run.Coverage)
	}
	if _, err := s.SweepGauges(t.Context(), 99); !errors.Is(err, store.ErrNoSweep) {
		t.Errorf("a sweep that is none: %v, want ErrNoSweep", err)
	}
}

// TestGaugesStand: the standings that the database counts are those that package cases
// tells.
func TestGaugesStand(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	now := time.Date(2026, 3, 10, 23, 30, 0, 0, market.Shanghai)
	var records []record.Record
	last := map[string]*record.Decision{}
	until := func(days int) time.Time { return time.Date(2026, 3, 10+days, 0, 0, 0, 0, market.Shanghai) }
	add := func(reopened int64, d *record.Decision) {
		r := record.Record{Fingerprint: fmt.Sprint("f", len(records)), ContentHash: "now", ReopenedSweep: reopened, Status: record.Open, Finding: record.Finding{Outcome: record.Violation}}
		records = append(records, r)
		var again *int64
		if reopened > 0 {
			again = &reopened
		}
		mustExec(t, s, `INSERT INTO records (fingerprint, rule, subject_kind, subject_id, provider_id, outcome, part, finding, content_hash,
			first_seen, last_seen, first_sweep, last_sweep, reopened_sweep) VALUES ($1, 'r', 'provider', 'p', 'p', 'violation', 'x', '{}', 'now', now(), now(), 1, 9, $2)`,
			r.Fingerprint, again)
		if d == nil {
			return
		}
		last[r.Fingerprint] = d
		var day *time.Time
		if d.Kind == record.Waive {
			day = &d.Until
		}
		// An older decision never counts.
		mustExec(t, s, `INSERT INTO decisions (fingerprint, kind, who, why, at, outcome, content_hash, sweep)
			VALUES ($1, 'dismiss', 'w', 'y', now(), 'violation', 'now', 1)`, r.Fingerprint)
		mustExec(t, s, `INSERT INTO decisions (fingerprint, kind, who, why, at, outcome, content_hash, sweep, until, owner)
			VALUES ($1, $2, 'w', 'y', now(), $7, $3, $4, $5::timestamptz AT TIME ZONE 'Asia/Shanghai', $6)`,
			r.Fingerprint, d.Kind, d.ContentHash, d.Sweep, day, d.Owner, d.Outcome)
	}
	add(0, nil)
	for _, hash := range []string{"now", "before"} {
		for _, reopened := range []int64{0, 3, 5, 7} {
			for _, kind := range []record.DecisionKind{record.Confirm, record.Dismiss} {
				add(reopened, &record.Decision{Kind: kind, ContentHash: hash, Sweep: 5, Outcome: record.Violation})
				add(reopened, &record.Decision{Kind: kind, ContentHash: hash, Sweep: 5, Outcome: record.Suspected})
			}
			for days := -1; days <= 1; days++ {
				add(reopened, &record.Decision{Kind: record.Waive, ContentHash: hash, Sweep: 5, Outcome: record.Suspected, Until: until(days), Owner: "o"})
			}
		}
	}
	for _, at := range []time.Time{now, now.Add(time.Hour), now.Add(48 * time.Hour)} {
		want := map[string]int64{}
		for i := range records {
			want[string(cases.Stand(&records[i], last[records[i].Fingerprint], at).State)]++
		}
		g, err := s.Gauges(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for _, c := range g.Open {
			got[c.Standing] += c.N
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("at %s (-cases +database)\n%s", at, diff)
		}
	}
}

func mustExec(t *testing.T, s *store.Store, sql string, args ...any) {
	t.Helper()
	if _, err := s.Pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// TestGaugesAreBounded: a database that does not answer holds nobody up beyond the context.
func TestGaugesAreBounded(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	tx, err := s.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), `LOCK TABLE records IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Gauges(ctx, time.Now()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a locked table gives %v, want the end of the time", err)
	}
}

package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marketwarden/internal/store"
	"marketwarden/internal/store/storetest"
)

// pruneRows: sweeps 1 to 4 are old, 5 is the last one, 6 runs. Sweep 3 belongs to a night
// that has not ended, and 4 to a notice that is still to be sent. Record a was seen in 1 and
// 2, and not again before 6; b in each.
const pruneRows = `
	INSERT INTO bundles (hash, content, made_at) VALUES ('b', '{}', now());
	INSERT INTO sweeps (id, state, as_of, started_at, closed_at, scope, market, bundle, engine, records) OVERRIDING SYSTEM VALUE
	  SELECT id, CASE id WHEN 6 THEN 'running' ELSE 'closed' END, '2026-01-01T02:00+08'::timestamptz + make_interval(days => id::int),
	    '2026-01-01T02:00+08', CASE id WHEN 6 THEN NULL WHEN 5 THEN '2026-06-05T03:00+08'::timestamptz
	    ELSE '2026-01-01T03:00+08'::timestamptz + make_interval(days => id::int) END, '{}', 'demo', 'b', '1', true
	  FROM generate_series(1, 6) AS id;
	INSERT INTO sweep_units (sweep, kind, key, batch, state, snapshot)
	  SELECT sweep, 'listing', 'l' || n, 1, 'done', '{}' FROM generate_series(1, 6) AS sweep, generate_series(1, 3000) AS n;
	INSERT INTO sweep_counts (sweep, batch, job, rule, outcome, n) SELECT sweep, 1, 1, 'r', 'pass', 1 FROM generate_series(1, 6) AS sweep;
	INSERT INTO results (sweep, rule, subject_kind, subject_id, provider_id, outcome)
	  SELECT sweep, 'r', 'listing', 'l1', 'p1', 'violation' FROM generate_series(1, 6) AS sweep;
	INSERT INTO account_facts (sweep, kind, subject_id, provider_id, name, outcome, reason, facts)
	  SELECT sweep, 'orders', 'l1', 'p1', 'n', 'pass', '{}', '{}' FROM generate_series(1, 6) AS sweep;
	INSERT INTO sweep_findings (sweep, fingerprint, finding)
	  SELECT sweep, 'b', '{}'::jsonb FROM generate_series(1, 6) AS sweep UNION ALL SELECT sweep, 'a', '{}' FROM unnest('{1,2,6}'::int[]) AS sweep;
	INSERT INTO records (fingerprint, rule, subject_kind, subject_id, provider_id, outcome, part, finding, content_hash,
	    first_seen, last_seen, first_sweep, last_sweep)
	  SELECT f, 'r', 'listing', 'l1', 'p1', 'violation', 'html:x', '{}', 'h', '2026-01-02T02:00+08', '2026-01-07T02:00+08', 1, 6 FROM unnest('{a,b}'::text[]) AS f;
	INSERT INTO nights (schedule, tick, state, steps, sweep, fired_at, ended_at) VALUES
	  ('n', '2026-01-02T02:00+08', 'done', '{sweep}', 1, now(), '2026-01-02T04:00+08'), ('n', '2026-01-04T02:00+08', 'running', '{sweep}', 3, now(), NULL);
	INSERT INTO night_steps (night, n, step, state, started_at, ended_at)
	  SELECT id, 0, 'sweep', 'done', tick, tick + interval '1 h' FROM nights;
	INSERT INTO notices (key, reference, provider_id, sweep, state, lang, channel, recipient, queued_at) VALUES
	  ('k1', 'MW-1', 'p1', 4, 'queued', 'zh', 'folder', '', now());`

// holdings counts what there is of each sweep.
func holdings(t *testing.T, s *store.Store) map[string][]int64 {
	t.Helper()
	out := map[string][]int64{}
	for _, table := range []string{"sweep_units", "sweep_counts", "results", "account_facts", "sweep_findings"} {
		rows, err := s.Pool.Query(t.Context(), `SELECT (SELECT count(*) FROM `+table+` WHERE sweep = id) FROM generate_series(1, 6) AS id ORDER BY id`)
		if err != nil {
			t.Fatal(err)
		}
		if out[table], err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestPrune(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	if _, err := s.Pool.Exec(t.Context(), pruneRows); err != nil {
		t.Fatal(err)
	}
	before := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	all := holdings(t, s)
	report, err := s.Report(t.Context(), 4, "")
	if err != nil {
		t.Fatal(err)
	}
	would, err := s.WouldPrune(t.Context(), before)
	if diff := cmp.Diff(store.Pruned{Sweeps: 2, Steps: 1}, would); err != nil || diff != "" {
		t.Errorf("would be pruned (-want +got), %v\n%s", err, diff)
	}
	if diff := cmp.Diff(all, holdings(t, s)); diff != "" {
		t.Fatalf("asking removed something\n%s", diff)
	}
	got, err := s.Prune(t.Context(), before)
	// 2 × (3000 units, a count, a result, a fact), 2 of 4 findings, a step
	if diff := cmp.Diff(store.Pruned{Sweeps: 2, Steps: 1, Rows: 6009}, got); err != nil || diff != "" {
		t.Errorf("pruned (-want +got), %v\n%s", err, diff)
	}
	want := map[string][]int64{
		"sweep_units": {0, 0, 3000, 3000, 3000, 3000}, "sweep_counts": {0, 0, 1, 1, 1, 1}, "results": {0, 0, 1, 1, 1, 1},
		"account_facts": {0, 0, 1, 1, 1, 1}, "sweep_findings": {0, 2, 1, 1, 1, 2},
	}
	if diff := cmp.Diff(want, holdings(t, s)); diff != "" {
		t.Errorf("left of each sweep (-want +got)\n%s", diff)
	}

	// What is kept reads as before, the day that a was last seen by then included.
	again, err := s.Report(t.Context(), 4, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(report, again); diff != "" {
		t.Errorf("the report of a sweep that was kept (-before +after)\n%s", diff)
	}
	if _, err := s.Report(t.Context(), 0, ""); err != nil {
		t.Errorf("the last sweep: %v", err)
	}
	// What is not is refused, and not shown as empty.
	_, err = s.Report(t.Context(), 2, "")
	_, ran := s.Run(t.Context(), 1)
	_, diff := s.DiffSweeps(t.Context(), 2, 5)
	for _, err := range []error{err, ran, diff} {
		if !errors.Is(err, store.ErrPruned) {
			t.Errorf("of a pruned sweep: %v, want %v", err, store.ErrPruned)
		}
	}
	if again, err := s.Prune(t.Context(), before); err != nil || again != (store.Pruned{}) {
		t.Errorf("pruned again: %+v, %v", again, err)
	}
}

// TestPruneGoesOn: one that was stopped after it had marked sweeps is ended by the next.
func TestPruneGoesOn(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	if _, err := s.Pool.Exec(t.Context(), pruneRows+`UPDATE sweeps SET pruned_at = now() WHERE id = 1`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prune(t.Context(), time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	got := holdings(t, s)
	if got["sweep_units"][0] != 0 || got["sweep_units"][1] == 0 || got["results"][0] != 0 {
		t.Errorf("units of sweeps %v, results %v", got["sweep_units"], got["results"])
	}
}

// TestPruneKeepsTheLast: however old, the sweep that reports are written of stays.
func TestPruneKeepsTheLast(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	if _, err := s.Pool.Exec(t.Context(), pruneRows); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prune(t.Context(), time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Report(t.Context(), 0, ""); err != nil {
		t.Error(err)
	}
	if _, err := s.Gauges(t.Context(), time.Now()); err != nil {
		t.Error(err)
	}
}

package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/record"
	"marketwarden/internal/store/storetest"
)

// TestTrend: what was open after each sweep follows from when records were first seen,
// resolved and reopened; sweeps that were given up or touched no records do not count.
func TestTrend(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	_, err := s.Pool.Exec(t.Context(), `
		INSERT INTO bundles (hash, content, made_at) VALUES ('b', '{}', now());
		INSERT INTO sweeps (id, state, as_of, started_at, closed_at, scope, market, bundle, engine, records) OVERRIDING SYSTEM VALUE VALUES
		  (1, 'closed', '2026-03-01T02:00+08', now(), now(), '{}', 'demo', 'b', '1', true),
		  (2, 'abandoned', '2026-03-02T02:00+08', now(), NULL, '{}', 'demo', 'b', '1', true),
		  (3, 'closed', '2026-03-03T02:00+08', now(), now(), '{}', 'demo', 'b', '1', false),
		  (4, 'closed', '2026-03-04T02:00+08', now(), now(), '{}', 'demo', 'b', '1', true),
		  (5, 'closed', '2026-03-05T02:00+08', now(), now(), '{}', 'demo', 'b', '1', true);
		INSERT INTO records (fingerprint, rule, subject_kind, subject_id, provider_id, outcome, part, finding, content_hash,
		  first_seen, last_seen, first_sweep, last_sweep) VALUES
		  ('a', 'r', 'provider', 'p1', 'p1', 'violation', 'x', '{}', 'h', now(), now(), 1, 5),
		  ('b', 'r', 'provider', 'p1', 'p1', 'suspected', 'x', '{}', 'h', now(), now(), 1, 1),
		  ('c', 'r', 'provider', 'p2', 'p2', 'violation', 'x', '{}', 'h', now(), now(), 2, 5);
		INSERT INTO sweep_findings (sweep, fingerprint, finding) VALUES (1, 'a', '{}'), (1, 'b', '{}');
		INSERT INTO record_events (fingerprint, sweep, event) VALUES
		  ('b', 4, 'resolved'), ('a', 4, 'resolved'), ('a', 5, 'reopened');`)
	if err != nil {
		t.Fatal(err)
	}
	point := func(sweep int64, violations, suspected int) record.TrendPoint {
		return record.TrendPoint{
			Sweep: sweep, AsOf: time.Date(2026, 2, 28, 18, 0, 0, 0, time.UTC).AddDate(0, 0, int(sweep)-1),
			Violations: violations, Suspected: suspected,
		}
	}
	for _, tt := range []struct {
		name     string
		sweep    int64
		provider string
		want     []record.TrendPoint
	}{
		{"all", 5, "", []record.TrendPoint{point(1, 1, 1), point(4, 1, 0), point(5, 2, 0)}},
		{"one provider", 5, "p1", []record.TrendPoint{point(1, 1, 1), point(4, 0, 0), point(5, 1, 0)}},
		{"a past night", 1, "", []record.TrendPoint{point(1, 1, 1)}},
		{"a look back", 3, "", nil},
	} {
		r, err := s.Report(t.Context(), tt.sweep, tt.provider)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, r.Trend, cmp.Comparer(time.Time.Equal)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/internal/store/storetest"
)

// Fingerprints of the records of loadRecords.
var (
	printA = strings.Repeat("a", 64)
	printB = strings.Repeat("a", 12) + strings.Repeat("b", 52)
	printC = strings.Repeat("c", 64)
)

// loadRecords stores a closed sweep with two open records and one that it resolved.
func loadRecords(t *testing.T, s *store.Store) {
	t.Helper()
	_, err := s.Pool.Exec(t.Context(), `
		INSERT INTO bundles (hash, content, made_at) VALUES ('b', '{}', now());
		INSERT INTO sweeps (id, state, as_of, started_at, closed_at, scope, market, bundle, engine, records) OVERRIDING SYSTEM VALUE VALUES
		  (5, 'closed', '2026-03-05T02:00+08', now(), now(), '{}', 'demo', 'b', '1', true);
		INSERT INTO records (fingerprint, rule, subject_kind, subject_id, provider_id, listing_id, outcome, part, finding, content_hash,
		  first_seen, last_seen, first_sweep, last_sweep, status, resolved_why, resolved_at, resolved_sweep) VALUES
		  (repeat('a', 64), 'r1', 'listing', 'l1', 'p1', 'l1', 'suspected', 'x', '{"rule":"r1","outcome":"suspected"}', 'ha', now(), now(), 5, 5, 'open', '', NULL, NULL),
		  (repeat('a', 12) || repeat('b', 52), 'r2', 'provider', 'p2', 'p2', '', 'violation', 'x', '{"rule":"r2"}', 'hb', now(), now(), 5, 5, 'open', '', NULL, NULL),
		  (repeat('c', 64), 'r1', 'provider', 'p2', 'p2', '', 'violation', 'x', '{"rule":"r1"}', 'hc', now(), now(), 4, 4, 'resolved', 'mended', now(), 5);
		INSERT INTO record_events (fingerprint, sweep, event, why) VALUES (repeat('c', 64), 5, 'resolved', 'mended')`)
	if err != nil {
		t.Fatal(err)
	}
}

func waiver(fingerprint string) record.Decision {
	return record.Decision{
		Fingerprint: fingerprint, Kind: record.Waive, Who: "li", Why: "agreed", At: time.Date(2026, 3, 5, 1, 0, 0, 0, time.UTC),
		Outcome: record.Suspected, ContentHash: "ha", Sweep: 5, Until: time.Date(2026, 3, 31, 0, 0, 0, 0, market.Shanghai), Owner: "wang",
		Source: "a.csv sha256:00",
	}
}

func confirmation(fingerprint string) record.Decision {
	return record.Decision{
		Fingerprint: fingerprint, Kind: record.Confirm, Who: "zhao", Why: "so it is", At: time.Date(2026, 3, 6, 1, 0, 0, 0, time.UTC),
		Outcome: record.Suspected, ContentHash: "ha", Sweep: 5,
	}
}

// add decides whatever the records are.
func add(t *testing.T, s *store.Store, list ...record.Decision) {
	t.Helper()
	var prints []string
	for i := range list {
		prints = append(prints, list[i].Fingerprint)
	}
	if err := s.Decide(t.Context(), prints, func([]store.Case) ([]record.Decision, error) { return list, nil }); err != nil {
		t.Fatal(err)
	}
}

// sameDecision compares all but the number.
var sameDecision = cmp.Options{cmpopts.IgnoreFields(record.Decision{}, "ID"), cmp.Comparer(time.Time.Equal)}

func TestDecisionsAreKept(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	loadRecords(t, s)
	add(t, s, waiver(printA))
	add(t, s, confirmation(printA))
	c, err := s.Case(t.Context(), printA)
	if err != nil {
		t.Fatal(err)
	}
	want := []record.Decision{waiver(printA), confirmation(printA)}
	if diff := cmp.Diff(want, c.History, sameDecision); diff != "" {
		t.Errorf("history (-want +got)\n%s", diff)
	}
	if until := c.History[0].Until.Format(time.RFC3339); until != "2026-03-31T00:00:00+08:00" {
		t.Errorf("the waiver ends %s", until)
	}
	if diff := cmp.Diff(&want[1], c.Decision, sameDecision); diff != "" {
		t.Errorf("last decision (-want +got)\n%s", diff)
	}
	r, err := s.Report(t.Context(), 5, "")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]*record.Decision{}
	for i := range r.Records {
		got[r.Records[i].Fingerprint] = r.Records[i].Decision
	}
	if diff := cmp.Diff(map[string]*record.Decision{printA: &want[1], printB: nil, printC: nil}, got, sameDecision); diff != "" {
		t.Errorf("decisions in the report (-want +got)\n%s", diff)
	}
	for _, sql := range []string{"UPDATE decisions SET who = 'x'", "DELETE FROM decisions", "TRUNCATE decisions CASCADE"} {
		if _, err := s.Pool.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s: decisions are only ever added", sql)
		}
	}
}

func TestDecideAllOrNothing(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	loadRecords(t, s)
	bad := confirmation(printB)
	bad.Who = "" // the database refuses it
	refused := errors.New("refused")
	for name, decide := range map[string]func([]store.Case) ([]record.Decision, error){
		"refused": func([]store.Case) ([]record.Decision, error) { return []record.Decision{confirmation(printA)}, refused },
		"impossible": func([]store.Case) ([]record.Decision, error) {
			return []record.Decision{confirmation(printA), bad}, nil
		},
	} {
		if err := s.Decide(t.Context(), []string{printA, printB}, decide); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	var seen []string
	err := s.Decide(t.Context(), []string{printC, printA, "no such"}, func(list []store.Case) ([]record.Decision, error) {
		for i := range list {
			seen = append(seen, list[i].Fingerprint+" "+string(list[i].Status))
			if len(list[i].History) > 0 {
				t.Errorf("something was kept: %+v", list[i].History)
			}
		}
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{printA + " open", printC + " resolved"}, seen); diff != "" {
		t.Errorf("records handed over (-want +got)\n%s", diff)
	}
}

// TestDecideDoesNotWaitForASweep: a record that a sweep is writing is tried again and
// decided about as the sweep left it.
func TestDecideDoesNotWaitForASweep(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	loadRecords(t, s)
	sweep, err := s.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sweep.Rollback(context.WithoutCancel(t.Context()))
	if _, err := sweep.Exec(t.Context(), `UPDATE records SET content_hash = 'new' WHERE fingerprint = $1`, printB); err != nil {
		t.Fatal(err)
	}
	var got string
	done := make(chan error, 1)
	go func() {
		done <- s.Decide(t.Context(), []string{printA, printB}, func(list []store.Case) ([]record.Decision, error) {
			got = list[1].ContentHash
			return nil, nil
		})
	}()
	// The sweep goes on to the record that the decision would hold if it waited.
	if _, err := sweep.Exec(t.Context(), `UPDATE records SET content_hash = 'new' WHERE fingerprint = $1`, printA); err != nil {
		t.Fatal(err)
	}
	if err := sweep.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil || got != "new" {
		t.Errorf("decided about %q: %v", got, err)
	}
}

func TestFindRecord(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	loadRecords(t, s)
	for _, tt := range []struct {
		prefix, want string
		err          error
	}{
		{"cccccccc", printC, nil},
		{printA, printA, nil},
		{"aaaaaaaaaaaab", printB, nil},
		{"aaaaaaaa", "", store.ErrAmbiguous},
		{"bbbbbbbb", "", store.ErrNoRecord},
	} {
		got, err := s.FindRecord(t.Context(), tt.prefix)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %q, %v, want %q, %v", tt.prefix, got, err, tt.want, tt.err)
		}
	}
	if _, err := s.Case(t.Context(), strings.Repeat("0", 64)); !errors.Is(err, store.ErrNoRecord) {
		t.Errorf("a record that is not there: %v", err)
	}
}

func TestEachCase(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	loadRecords(t, s)
	add(t, s, confirmation(printA))
	add(t, s, waiver(printC))
	for name, tt := range map[string]struct {
		filter store.CaseFilter
		want   []string
	}{
		"open":     {store.CaseFilter{}, []string{printA, printB}},
		"provider": {store.CaseFilter{Provider: "p2"}, []string{printB}},
		"listing":  {store.CaseFilter{Listing: "l1"}, []string{printA}},
		"rule":     {store.CaseFilter{Rule: "r2"}, []string{printB}},
		"waived":   {store.CaseFilter{Waived: true}, []string{printC}},
		"nothing":  {store.CaseFilter{Rule: "r3"}, nil},
	} {
		var got []string
		err := s.EachCase(t.Context(), tt.filter, func(v *record.View) {
			got = append(got, v.Fingerprint)
			if (v.Decision == nil) != (v.Fingerprint == printB) {
				t.Errorf("%s: record %s with decision %+v", name, v.Fingerprint, v.Decision)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestToldOf(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	loadRecords(t, s)
	add(t, s, confirmation(printA))
	err := pgx.BeginFunc(t.Context(), s.Pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `
			INSERT INTO notices (key, reference, provider_id, sweep, lang, channel, recipient, queued_at)
			  VALUES ('k', 'MW-1', 'p1', 5, 'zh', 'folder', 'p1@example.com', '2026-03-06T02:00Z');
			INSERT INTO notice_items (notice, decision, fingerprint, dropped) SELECT n.id, d.id, d.fingerprint, 'mended' FROM notices n, decisions d`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.ToldOf(t.Context(), printA)
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Told{{
		Reference: "MW-1", State: "queued", Recipient: "p1@example.com", Dropped: "mended", Queued: time.Date(2026, 3, 6, 2, 0, 0, 0, time.UTC),
	}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(store.Told{}, "Decision")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

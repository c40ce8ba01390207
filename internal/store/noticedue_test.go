package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/store"
	"marketwarden/internal/store/storetest"
)

// TestEachCandidate: of a record the notice that tells of it is found, whichever of its
// decisions that was; of one that was left out, the last notice that it was left out of.
func TestEachCandidate(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	loadRecords(t, s)
	add(t, s, confirmation(printA))
	add(t, s, confirmation(printB))
	var decisions []int64
	refs := func(filter store.CandidateFilter) map[string]string {
		t.Helper()
		out := map[string]string{}
		decisions = nil
		err := s.EachCandidate(t.Context(), filter, func(c *store.Candidate) {
			text := "none"
			if n := c.Notice; n != nil {
				text = n.Reference + " " + n.State + " " + n.Dropped
			}
			out[c.View.Fingerprint] = text
			if d := c.View.Decision; d != nil {
				decisions = append(decisions, d.ID)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	want := func(what string, filter store.CandidateFilter, want map[string]string) {
		t.Helper()
		if diff := cmp.Diff(want, refs(filter)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	want("before", store.CandidateFilter{}, map[string]string{printA: "none", printB: "none"})
	want("one provider", store.CandidateFilter{Provider: "p1"}, map[string]string{printA: "none"})
	want("resolved since", store.CandidateFilter{Provider: "p2", Since: 5}, map[string]string{printB: "none", printC: "none"})
	want("resolved later", store.CandidateFilter{Provider: "p2", Since: 6}, map[string]string{printB: "none"})
	want("named", store.CandidateFilter{Fingerprints: []string{printC}}, map[string]string{printC: "none"})
	want("none named", store.CandidateFilter{Fingerprints: []string{}}, map[string]string{})

	refs(store.CandidateFilter{})
	a, b := decisions[0], decisions[1]
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := s.Pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO notices (key, reference, provider_id, sweep, state, lang, channel, recipient, queued_at, ended_at, message) VALUES
		('1', 'N1', 'p1', 5, 'sent', 'zh', 'folder', '', now(), now(), ''),
		('2', 'N2', 'p2', 5, 'dropped', 'zh', 'folder', '', now(), now(), NULL),
		('3', 'N3', 'p2', 5, 'queued', 'zh', 'folder', '', now(), NULL, NULL)`)
	exec(`INSERT INTO notice_items (notice, decision, fingerprint, dropped)
		SELECT n.id, $1::bigint, $2::text, '' FROM notices n WHERE key = '1'
		UNION ALL SELECT n.id, $3::bigint, $4::text, 'mended' FROM notices n WHERE key IN ('2', '3')`, a, printA, b, printB)
	want("told and left out", store.CandidateFilter{}, map[string]string{printA: "N1 sent ", printB: "N3 queued mended"})

	// The earlier decision's notice still tells of the record; what the earlier one was left
	// out of says nothing about the new one.
	add(t, s, confirmation(printA), confirmation(printB))
	want("decided anew", store.CandidateFilter{}, map[string]string{printA: "N1 sent ", printB: "none"})

	digests, err := s.Digests(t.Context(), 5)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for provider, n := range digests {
		got[provider] = n.Reference + " " + n.State
	}
	if diff := cmp.Diff(map[string]string{"p1": "N1 sent", "p2": "N3 queued"}, got); diff != "" {
		t.Errorf("digests (-want +got):\n%s", diff)
	}
}

// TestLockNotify: one at a time, and a lock that was lost is not taken for held.
func TestLockNotify(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	first, err := s.LockNotify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error)
	go func() {
		_, err := s.LockNotify(ctx)
		waiting <- err
	}()
	cancel() // whether it waits by now or not, it cannot have the lock
	if err := <-waiting; err == nil {
		t.Fatal("two hold the lock")
	}
	if err := first.Held(t.Context()); err != nil {
		t.Errorf("the lock is held, and is said not to be: %v", err)
	}
	_, err = s.Pool.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_locks
		WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()`)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Held(t.Context()); err == nil {
		t.Error("a session that is gone is said to hold the lock")
	}
	first.Unlock(t.Context())
	second, err := s.LockNotify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second.Unlock(t.Context())
}

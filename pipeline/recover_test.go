package pipeline_test

import (
	"context"
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marketwarden/fixtures"
	"marketwarden/internal/config"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
	"marketwarden/rules"
)

// generated makes a bundle with a generated market of n listings.
func generated(t *testing.T, n int, change func(*config.Config)) (*bundle, *fixtures.Server, time.Time) {
	t.Helper()
	m := fixtures.Generate(n)
	srv, err := m.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	b := setup(t, fixtures.ProfileID, srv.Resolve(), change)
	b.load(m.Feeds(), fixtures.Covers)
	asOf, err := fixtures.AsOf(1)
	if err != nil {
		t.Fatal(err)
	}
	return b, srv, asOf
}

func (b *bundle) exec(sql string, args ...any) {
	b.t.Helper()
	if _, err := b.store.Pool.Exec(b.t.Context(), sql, args...); err != nil {
		b.t.Fatal(err)
	}
}

// TestGeneratedMarket holds a generated market to its truth and shows that nothing is
// visited twice.
func TestGeneratedMarket(t *testing.T) {
	t.Parallel()
	b, srv, asOf := generated(t, 130, nil)
	sw := b.sweep(pipeline.Order{AsOf: asOf})
	for _, d := range fixtures.Compare(1, fixtures.Generate(130).Truths(), b.results(sw.ID)) {
		t.Error(d)
	}
	seen := map[string]int{}
	for _, r := range srv.Requests() {
		seen[r.Host+r.Path]++
	}
	for address, n := range seen {
		if n > 1 {
			t.Errorf("%s was visited %d times", address, n)
		}
	}
}

// TestLostJobs: open units whose jobs vanished are put back, and those that lose them
// again and again end as not_checked(job failed).
func TestLostJobs(t *testing.T) {
	t.Parallel()
	b, _, asOf := generated(t, 60, nil)
	e := b.engine()
	sw, err := e.Plan(t.Context(), pipeline.Order{AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	const unlucky = "dm100007"
	b.exec(`DELETE FROM river_job WHERE kind <> 'close_sweep'`)
	b.exec(`UPDATE sweep_units SET recoveries = 3, batch = nextval('sweep_batches') WHERE kind = 'listing' AND key = $1`, unlucky)
	if err := e.Run(t.Context(), sw.ID, func(store.Progress) {}); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, r := range b.results(sw.ID) {
		if r.Outcome == record.NotChecked && r.Reason.Code == record.ReasonJobFailed {
			failed++
			if r.Subject.ID != unlucky {
				t.Errorf("%s on %s: job failed", r.Rule, r.Subject.ID)
			}
		}
	}
	asked := 0
	for _, r := range b.options.Book.Rules() {
		if r.Scope == rules.ScopeListingPage {
			asked++
		}
	}
	if failed != asked {
		t.Errorf("%d results say that the job failed, want one of each of the %d rules that read the page of %s", failed, asked, unlucky)
	}
	run := b.report(sw.ID).Run
	if run.Units.Open != 0 || run.Units.NotChecked == 0 {
		t.Errorf("units %+v, want none open and the unlucky one not checked", run.Units)
	}
}

// TestInterrupted: a sweep that is told to stop hands back what it holds, and resuming
// gives what an undisturbed sweep gives.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	slow := func(c *config.Config) { c.Fetch.MarketPace = 100; c.Sweep.Workers = 3 }
	b, _, asOf := generated(t, 120, slow)
	e := b.engine()
	sw, err := e.Plan(t.Context(), pipeline.Order{AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err = e.Run(ctx, sw.ID, func(p store.Progress) {
		if p.Done > 0 {
			cancel()
		}
	})
	if !errors.Is(err, pipeline.ErrInterrupted) {
		t.Fatalf("interrupted sweep answers %v", err)
	}
	p, err := b.store.Progress(t.Context(), sw.ID)
	if err != nil {
		t.Fatal(err)
	}
	if p.Open == 0 || p.State != store.SweepRunning {
		t.Fatalf("nothing was left to resume: %+v", p)
	}
	if n, err := b.store.LiveWorkers(t.Context()); err != nil || n != 0 {
		t.Errorf("%d workers are enrolled after the stop (%v)", n, err)
	}
	again, err := e.Resume(t.Context())
	if err != nil || again.ID != sw.ID {
		t.Fatalf("resume: sweep %d, %v", again.ID, err)
	}
	if err := e.Run(t.Context(), again.ID, func(store.Progress) {}); err != nil {
		t.Fatal(err)
	}
	for _, d := range fixtures.Compare(1, fixtures.Generate(120).Truths(), b.results(sw.ID)) {
		t.Error(d)
	}
}

// TestOneAtATime: a second sweep is refused while one runs.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	b, _, asOf := generated(t, 20, nil)
	e := b.engine()
	if _, err := e.Plan(t.Context(), pipeline.Order{AsOf: asOf}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Plan(t.Context(), pipeline.Order{AsOf: asOf}); !errors.Is(err, store.ErrSweepRunning) {
		t.Errorf("second plan answers %v, want ErrSweepRunning", err)
	}
}

// TestRecordsLife: a mended page resolves, a page that cannot be reached resolves
// nothing, a subject that left the market resolves its records, and a look back touches
// none.
func TestRecordsLife(t *testing.T) {
	t.Parallel()
	b, srv, asOf := generated(t, 40, nil)
	day := 24 * time.Hour
	first := b.sweep(pipeline.Order{AsOf: asOf})
	open := b.open("external-link")
	if len(open) < 4 {
		t.Fatalf("only %d external links in the market", len(open))
	}
	var listing string
	for id := range open {
		listing = id
		break
	}

	// A look back judges accounts of a past day and leaves every record alone.
	before := b.allRecords()
	back := b.sweep(pipeline.Order{AsOf: asOf.Add(-90 * day), LookBack: true})
	if diff := cmp.Diff(before, b.allRecords()); diff != "" {
		t.Errorf("a look back changed records:\n%s", diff)
	}
	if len(b.results(back.ID)) == 0 {
		t.Error("a look back judged nothing")
	}

	// The whole marketplace is down: nothing resolves.
	_ = srv.Close()
	down := b.sweep(pipeline.Order{AsOf: asOf.Add(day), Scope: store.Scope{Only: pipeline.OnlyListings}})
	if diff := cmp.Diff(open, b.open("external-link")); diff != "" {
		t.Errorf("an unreachable marketplace changed what is open:\n%s", diff)
	}
	for _, v := range b.records(down.ID) {
		if v.Finding.Rule == "external-link" && v.Change != record.ChangeUnseen {
			t.Errorf("%s is %s in a sweep that could not judge it", v.Finding.Subject.ID, v.Change)
		}
	}

	// The listing leaves the market.
	b.exec(`UPDATE listings SET status = 'off_sale', delisted_at = now() WHERE listing_id = $1`, listing)
	gone := b.sweep(pipeline.Order{AsOf: asOf.Add(2 * day), Scope: store.Scope{Only: pipeline.OnlyAccounts}})
	for _, v := range b.records(gone.ID) {
		if v.Finding.Subject.ListingID == listing && (v.Status != record.Resolved || v.ResolvedWhy != record.ResolvedSubjectGone) {
			t.Errorf("%s on the delisted %s is %s %s", v.Finding.Rule, listing, v.Status, v.ResolvedWhy)
		}
	}
	if first.ID >= gone.ID {
		t.Error("sweeps are not numbered in order")
	}
}

// open returns the open records of a rule: subject → when first seen.
func (b *bundle) open(rule string) map[string]time.Time {
	b.t.Helper()
	out := map[string]time.Time{}
	for _, r := range b.allRecords() {
		if r.Rule == rule && r.Status == string(record.Open) {
			out[r.SubjectID] = r.FirstSeen
		}
	}
	return out
}

type recordRow struct {
	Fingerprint, Rule, SubjectID, Status string
	FirstSeen, LastSeen                  time.Time
	LastSweep                            int64
}

func (b *bundle) allRecords() []recordRow {
	b.t.Helper()
	rows, err := b.store.Pool.Query(b.t.Context(), `SELECT fingerprint, rule, subject_id, status, first_seen, last_seen, last_sweep
		FROM records ORDER BY fingerprint`)
	if err != nil {
		b.t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[recordRow])
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// TestLostWorker: the job of a worker that died is taken back at once, that of a frozen
// one after its beat is too old, that of a living one never.
func TestLostWorker(t *testing.T) {
	t.Parallel()
	b, _, asOf := generated(t, 20, nil)
	if _, err := b.engine().Plan(t.Context(), pipeline.Order{AsOf: asOf}); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.ConnectConfig(t.Context(), b.store.Pool.Config().ConnConfig.Copy())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Enrol(t.Context(), conn, store.Worker{ID: "w1", LockKey: 4711, Host: "here", PID: 1}); err != nil {
		t.Fatal(err)
	}
	hold := func() {
		b.exec(`UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{w1}' WHERE kind = 'visit_listings'`)
	}
	rescued := func() int {
		t.Helper()
		jobs, _, err := b.store.RescueLost(t.Context(), config.HeartbeatLost, config.HeartbeatSilent, nil)
		if err != nil {
			t.Fatal(err)
		}
		return jobs
	}
	hold()
	if n := rescued(); n != 0 {
		t.Errorf("%d jobs were taken from a living worker", n)
	}
	b.exec(`UPDATE workers SET beat = now() - interval '1 minute'`)
	if n := rescued(); n != 1 {
		t.Errorf("%d jobs were taken from a frozen worker, want 1", n)
	}
	if err := store.Beat(t.Context(), conn, "w1"); !errors.Is(err, store.ErrFenced) {
		t.Errorf("the frozen worker's next beat answers %v, want ErrFenced", err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	conn, err = pgx.ConnectConfig(t.Context(), b.store.Pool.Config().ConnConfig.Copy())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Enrol(t.Context(), conn, store.Worker{ID: "w1", LockKey: 4711, Host: "here", PID: 1}); err != nil {
		t.Fatal(err)
	}
	hold()
	if err := conn.Close(t.Context()); err != nil { // as the end of its process does
		t.Fatal(err)
	}
	if n := rescued(); n != 0 {
		t.Errorf("%d jobs were taken from a worker that lost its connection this moment: it may come back", n)
	}
	b.exec(`UPDATE workers SET beat = now() - make_interval(secs => $1)`, (config.HeartbeatSilent + time.Second).Seconds())
	// The server ends the session a moment after the connection: look until it has. A
	// beat younger than what is lost shows that it was the lock that told.
	for rescued() == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the job of a dead worker was never taken back")
		}
	}
	b.exec(`UPDATE river_job SET state = 'running', attempt = max_attempts, attempted_by = '{w2}' WHERE kind = 'visit_listings'`)
	if n := rescued(); n != 1 {
		t.Errorf("%d worn out jobs were taken, want 1", n)
	}
	var state string
	if err := b.store.Pool.QueryRow(t.Context(), `SELECT state FROM river_job WHERE kind = 'visit_listings'`).Scan(&state); err != nil || state != "discarded" {
		t.Errorf("a job that killed its workers too often is %s (%v), want discarded", state, err)
	}
}

// TestFence: only the attempt that holds a job can end it.
func TestFence(t *testing.T) {
	t.Parallel()
	b, _, asOf := generated(t, 20, nil)
	if _, err := b.engine().Plan(t.Context(), pipeline.Order{AsOf: asOf}); err != nil {
		t.Fatal(err)
	}
	var id int64
	var at time.Time
	err := b.store.Pool.QueryRow(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{w0,w1}'
		WHERE kind = 'visit_listings' RETURNING id, attempted_at`).Scan(&id, &at)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		before string
		job    int64
		at     time.Time
		worker string
		want   error
	}{
		{name: "ours", job: id, at: at, worker: "w1"},
		{name: "an earlier worker's", job: id, at: at, worker: "w0", want: store.ErrFenced},
		{name: "an earlier attempt", job: id, at: at.Add(-time.Second), worker: "w1", want: store.ErrFenced},
		{name: "no such job", job: -1, at: at, worker: "w1", want: store.ErrFenced},
		{name: "taken back", before: `UPDATE river_job SET state = 'available'`, job: id, at: at, worker: "w1", want: store.ErrFenced},
		{name: "cancelled", before: `UPDATE river_job SET state = 'cancelled', finalized_at = now()`, job: id, at: at, worker: "w1", want: store.ErrFenced},
	} {
		if tc.before != "" {
			b.exec(tc.before)
		}
		err := pgx.BeginFunc(t.Context(), b.store.Pool, func(tx pgx.Tx) error {
			return store.Fence(t.Context(), tx, tc.job, tc.at, tc.worker)
		})
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
}

// TestKilledHere: a worker of this machine is dead as soon as its process is, one that
// lives is not though its lock is free, and neither is one whose machine is another.
func TestKilledHere(t *testing.T) {
	t.Parallel()
	b, _, _ := generated(t, 20, nil)
	w, err := b.engine().Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for id, machine := range map[string]string{"here": `machine`, "elsewhere": `'another'`, "unknown": `''`} {
		b.exec(`INSERT INTO workers (id, lock_key, host, pid, machine, beat)
			SELECT $1, $2, host, $3, `+machine+`, now() + interval '1 hour' FROM workers WHERE id = $4`,
			id, int64(len(id)), cmd.Process.Pid, w.ID())
	}
	enrolled := func(id string) (yes bool) {
		t.Helper()
		if _, _, err := pipeline.RescueLost(t.Context(), b.store); err != nil {
			t.Fatal(err)
		}
		if err := b.store.Pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM workers WHERE id = $1)`, id).Scan(&yes); err != nil {
			t.Fatal(err)
		}
		return yes
	}
	if !enrolled("here") {
		t.Error("a worker whose process lives was struck off")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // says that it was killed
	// One at a time looks: another one's look may keep ours from doing anything.
	for end := time.Now().Add(30 * time.Second); enrolled("here"); {
		if time.Now().After(end) {
			t.Fatal("a worker whose process is gone is still enrolled")
		}
	}
	if !enrolled("elsewhere") || !enrolled("unknown") || !enrolled(w.ID()) {
		t.Error("a process of this machine tells nothing about another one")
	}
	if err := w.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

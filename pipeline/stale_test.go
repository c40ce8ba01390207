package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marketwarden/fixtures"
	"marketwarden/internal/config"
	"marketwarden/internal/netguard"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
	"marketwarden/scanners/fetch"
)

// staleAgent is the version in the User-Agent of the worker that goes stale: the gate
// holds its requests alone.
const staleAgent = "stale"

// gate serves a market and holds the requests of the stale worker until it is opened.
type gate struct {
	market  http.Handler
	status  int           // not 0: what the held requests are answered with
	arrived chan struct{} // closed when the first one is held
	once    sync.Once
	open    chan struct{}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.UserAgent(), staleAgent) && r.URL.Path != "/robots.txt" {
		g.once.Do(func() { close(g.arrived) })
		select {
		case <-g.open:
		case <-r.Context().Done():
			return
		}
		if g.status != 0 {
			http.Error(w, "later", g.status)
			return
		}
	}
	g.market.ServeHTTP(w, r)
}

// trap stands for the end of the process: what calls Options.Stale never comes back.
type trap struct {
	t       *testing.T
	jobs    chan error    // one for each job that was found stale
	release chan struct{} // closed when nothing of the worker can do harm any more
}

func (tr *trap) stale(err error) {
	if !errors.Is(err, store.ErrFenced) {
		runtime.Goexit() // the heartbeat, in a goroutine of its own
	}
	tr.jobs <- err
	<-tr.release
	panic("the process has ended") // River takes it for a panic of the job
}

// attack is one way in which a job of a worker ends that is not its job any more.
type attack struct {
	name string
	kind string // of the job
	only string // what the sweep is of

	status int    // a page is held, and answers this; 0: itself
	lock   string // a table is locked instead
	then   string // SQL, before the table is unlocked
	stop   bool   // the worker is told to stop while it is held
	misfit bool   // the worker judges by something else than the sweep
	finish bool   // another worker ends the sweep, instead of merely holding the job
}

// TestStaleWorker: a worker that was taken for dead while it worked writes nothing when it
// goes on, whatever way its job ends in.
func TestStaleWorker(t *testing.T) {
	t.Parallel()
	const listings, accounts, closing = "visit_listings", "judge_accounts", "close_sweep"
	for _, a := range []attack{
		{name: "judged", kind: listings, only: pipeline.OnlyListings},
		{name: "judged, the sweep is closed", kind: listings, only: pipeline.OnlyListings, finish: true},
		{name: "a site judged", kind: "visit_site", only: pipeline.OnlySites, finish: true},
		{name: "put off", kind: listings, only: pipeline.OnlyListings, status: http.StatusServiceUnavailable},
		{name: "put off, the sweep is closed", kind: listings, only: pipeline.OnlyListings, status: http.StatusServiceUnavailable, finish: true},
		{name: "broken", kind: accounts, only: pipeline.OnlyAccounts, lock: "orders", then: "ALTER TABLE orders RENAME TO gone"},
		{name: "handed back", kind: listings, only: pipeline.OnlyListings, stop: true},
		{name: "handed back, the sweep is closed", kind: listings, only: pipeline.OnlyListings, stop: true, finish: true},
		{name: "told to stop", kind: accounts, only: pipeline.OnlyAccounts, lock: "orders", stop: true},
		{name: "another rulebook", kind: listings, only: pipeline.OnlyListings, lock: "sweeps", misfit: true},
		{name: "close, another rulebook", kind: closing, only: pipeline.OnlyListings, lock: "sweeps", misfit: true},
		{name: "close, not yet", kind: closing, only: pipeline.OnlyListings, lock: "sweeps"},
		{name: "close", kind: closing, only: pipeline.OnlyListings, lock: "sweeps", then: "UPDATE sweep_units SET state = 'done'"},
	} {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			a.run(t)
		})
	}
}

func (a *attack) run(t *testing.T) {
	t.Helper()
	market := fixtures.Generate(3)
	srv, err := market.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	g := &gate{market: srv, status: a.status, arrived: make(chan struct{}), open: make(chan struct{})}
	front := httptest.NewServer(g)
	t.Cleanup(front.Close)
	resolve := srv.Resolve()
	for host, to := range resolve {
		if to == srv.Addr() {
			resolve[host] = front.Listener.Addr().String()
		}
	}
	b := setup(t, fixtures.ProfileID, resolve, nil)
	b.load(market.Feeds(), fixtures.Covers)
	asOf, err := fixtures.AsOf(1)
	if err != nil {
		t.Fatal(err)
	}
	sound := b.engine()
	sw, err := sound.Plan(t.Context(), pipeline.Order{AsOf: asOf, Scope: store.Scope{Only: a.only}})
	if err != nil {
		t.Fatal(err)
	}
	b.exec(`DELETE FROM river_job WHERE kind <> $1`, a.kind)
	b.exec(`DELETE FROM river_job WHERE id > (SELECT min(id) FROM river_job)`) // one is enough

	var db store.Querier = b.store.Pool
	var locked pgx.Tx
	if a.lock != "" {
		if locked, err = b.store.Pool.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer locked.Rollback(context.WithoutCancel(t.Context()))
		if _, err := locked.Exec(t.Context(), `LOCK TABLE `+a.lock+` IN ACCESS EXCLUSIVE MODE`); err != nil {
			t.Fatal(err)
		}
		db = locked
	}
	tr := &trap{t: t, jobs: make(chan error, 1), release: make(chan struct{})}
	w := b.staleWorker(tr, a.misfit)
	end, open := sync.OnceFunc(func() { close(tr.release) }), sync.OnceFunc(func() { close(g.open) })
	t.Cleanup(func() { // where the test ends early
		end()
		open()
		if err := w.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	if a.lock == "" {
		await(t, g.arrived)
	} else {
		b.until(db, `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`)
	}

	b.takeOver(db, w.ID())
	if a.finish {
		if err := b.finish(sound); err != nil {
			t.Fatal(err)
		}
	} else {
		b.hold(db)
	}
	stopped := make(chan error, 1)
	if a.stop {
		go func() { stopped <- w.Stop(context.WithoutCancel(t.Context())) }()
	}
	if a.then != "" {
		if _, err := locked.Exec(t.Context(), a.then); err != nil {
			t.Fatal(err)
		}
	}
	before := b.everything(db)
	if locked != nil {
		if err := locked.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !a.stop {
		open()
	}

	if err := await(t, tr.jobs); !errors.Is(err, store.ErrFenced) {
		t.Errorf("stopped writing because of %v", err)
	}
	if diff := cmp.Diff(before, b.everything(b.store.Pool)); diff != "" {
		t.Errorf("the stale worker wrote (-before +after):\n%s", diff)
	}

	// Now let what is left of the process end. The job has to be over by then: River
	// writes what became of it, if it is running, whoever runs it.
	b.exec(`UPDATE river_job SET state = 'completed', finalized_at = now() WHERE state = 'running'`)
	before = b.everything(b.store.Pool)
	end()
	if !a.stop {
		stopped <- w.Stop(context.WithoutCancel(t.Context()))
	}
	if err := await(t, stopped); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(before, b.everything(b.store.Pool)); diff != "" {
		t.Errorf("River wrote after the end (-before +after):\n%s", diff)
	}
	if a.finish {
		if p, err := b.store.Progress(t.Context(), sw.ID); err != nil || p.State != store.SweepClosed {
			t.Errorf("the sweep is %s (%v)", p.State, err)
		}
	}
}

// staleWorker starts the worker that is going to be stale: with one slot, so that it takes
// no other job while it is held.
func (b *bundle) staleWorker(tr *trap, misfit bool) *pipeline.Worker {
	b.t.Helper()
	o := b.options
	o.Stale, o.Fetch = tr.stale, b.client(o.Config.Fetch, staleAgent)
	o.Config.Sweep.Workers = 1
	if misfit {
		o.Config.Params = otherParams()
	}
	e, err := pipeline.New(o)
	if err != nil {
		b.t.Fatal(err)
	}
	w, err := e.Start(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return w
}

// otherParams make a bundle that is not that of the sweep.
func otherParams() map[string]map[string]string {
	return map[string]map[string]string{"deployment-ratio": {"percent": "81"}}
}

// client makes a client whose version tells it from others.
func (b *bundle) client(cfg config.Fetch, version string) *fetch.Client {
	b.t.Helper()
	guard, err := netguard.New(loopback())
	if err != nil {
		b.t.Fatal(err)
	}
	c, err := fetch.New(cfg, fetch.Options{Guard: guard, Logger: b.options.Log, Now: time.Now, Version: version})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(c.Close)
	return c
}

// takeOver takes the worker for dead, as others do whom its beat does not reach.
func (b *bundle) takeOver(db store.Querier, worker string) {
	b.t.Helper()
	// A beat may come between, and the worker may strike itself off when it looks for others.
	for enrolled := true; enrolled; enrolled = one[bool](b, `SELECT EXISTS (SELECT FROM workers WHERE id = '`+worker+`')`) {
		b.exec(`UPDATE workers SET beat = now() - interval '1 minute' WHERE id = $1`, worker)
		if _, _, err := b.store.RescueLost(b.t.Context(), config.HeartbeatLost, config.HeartbeatSilent, nil); err != nil {
			b.t.Fatal(err)
		}
	}
	b.until(db, `SELECT NOT EXISTS (SELECT FROM workers WHERE id = '`+worker+`')`)
}

// hold gives the job to another worker, as River does when that one fetches it.
func (b *bundle) hold(db store.Querier) {
	b.t.Helper()
	conn, err := pgx.ConnectConfig(b.t.Context(), b.store.Pool.Config().ConnConfig.Copy())
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(b.t.Context())) })
	if err := store.Enrol(b.t.Context(), conn, store.Worker{ID: "other", LockKey: 4711, Host: "elsewhere", PID: 1}); err != nil {
		b.t.Fatal(err)
	}
	b.exec(`UPDATE river_job SET state = 'running', attempt = attempt + 1, attempted_at = now(), attempted_by = array_append(attempted_by, 'other')
		WHERE state = 'available'`)
	b.until(db, `SELECT EXISTS (SELECT FROM river_job WHERE state = 'running')`)
}

// finish ends the sweep with a worker in its right mind.
func (b *bundle) finish(e *pipeline.Engine) error {
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	sw, err := e.Resume(ctx)
	if err != nil {
		return err
	}
	return e.Run(ctx, sw.ID, func(store.Progress) {})
}

// everything is what is in the tables that a job may write to.
func (b *bundle) everything(db store.Querier) map[string][]string {
	b.t.Helper()
	out := map[string][]string{}
	for _, table := range []string{
		"river_job", "sweeps", "sweep_units", "results", "sweep_counts", "sweep_findings", "account_facts",
		"records", "record_events", "observations", "host_leases",
	} {
		rows, err := db.Query(b.t.Context(), fmt.Sprintf(`SELECT to_jsonb(t)::text FROM %s t ORDER BY 1`, table))
		if err != nil {
			b.t.Fatal(err)
		}
		if out[table], err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			b.t.Fatal(err)
		}
	}
	if len(out["river_job"]) == 0 || len(out["sweep_units"]) == 0 {
		b.t.Fatal("nothing to compare")
	}
	return out
}

// until waits until a query answers true.
func (b *bundle) until(db store.Querier, sql string) {
	b.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		rows, err := db.Query(b.t.Context(), sql)
		if err != nil {
			b.t.Fatal(err)
		}
		ok, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[bool])
		if err != nil {
			b.t.Fatalf("%s: %v", sql, err)
		}
		if ok {
			return
		}
		select {
		case <-tick.C:
		case <-b.t.Context().Done():
			b.t.Fatalf("never came true: %s", sql)
		}
	}
}

// await waits for a signal, for as long as a test may take at most.
func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("waited in vain")
		panic("unreachable")
	}
}

package pipeline_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marketwarden/fixtures"
	"marketwarden/internal/config"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
)

// start starts a worker with options of its own and a client that tells it from others.
func (b *bundle) start(version string, change func(*pipeline.Options)) *pipeline.Worker {
	b.t.Helper()
	o := b.options
	if change != nil {
		change(&o)
	}
	o.Fetch = b.client(o.Config.Fetch, version)
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

func (b *bundle) stop(workers ...*pipeline.Worker) {
	b.t.Helper()
	for _, w := range workers {
		if err := w.Stop(context.WithoutCancel(b.t.Context())); err != nil {
			b.t.Error(err)
		}
	}
}

// one reads a single value.
func one[T any](b *bundle, sql string, args ...any) T {
	b.t.Helper()
	rows, err := b.store.Pool.Query(b.t.Context(), sql, args...)
	if err != nil {
		b.t.Fatal(err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	if err != nil {
		b.t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// compare holds the results of a sweep of a generated market to its truth.
func (b *bundle) compare(sw *store.Sweep, listings int) {
	b.t.Helper()
	for _, d := range fixtures.Compare(1, fixtures.Generate(listings).Truths(), b.results(sw.ID)) {
		b.t.Error(d)
	}
}

// TestGracefulStop: a worker that is stopped in the middle of its batches hands them back:
// no attempt is used, nothing counts as lost, and others can take the jobs at once.
func TestGracefulStop(t *testing.T) {
	t.Parallel()
	const listings = 120
	b, srv, asOf := generated(t, listings, func(c *config.Config) {
		c.Fetch.MarketPace, c.Fetch.ProviderPace = 50, 20
		c.Sweep.Workers, c.Sweep.Pages = 6, 3
	})
	sw, err := b.engine().Plan(t.Context(), pipeline.Order{AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	first := b.start("first", nil)
	// In the middle: both kinds of pages are under way.
	b.until(b.store.Pool, `SELECT count(DISTINCT kind) = 2 FROM river_job WHERE state = 'running' AND kind IN ('visit_listings', 'visit_site')`)
	for srv.Count() < 20 {
		if t.Context().Err() != nil {
			t.Fatal("nothing was visited")
		}
	}
	b.stop(first)

	if n := one[int](b, `SELECT count(*)::int FROM sweep_units WHERE state = 'open'`); n == 0 {
		t.Fatal("nothing was left to hand back")
	}
	if n := one[int](b, `SELECT count(*)::int FROM sweep_units WHERE attempts > 0 OR recoveries > 0`); n > 0 {
		t.Errorf("%d units lost an attempt", n)
	}
	if n := one[int](b, `SELECT count(*)::int FROM sweep_units u WHERE u.state = 'open' AND NOT EXISTS (
		SELECT FROM river_job j WHERE j.id = u.job AND j.state = 'available' AND j.scheduled_at <= now() AND j.attempt = 0)`); n > 0 {
		t.Errorf("%d open units have no job that is there at once", n)
	}
	if n := one[int](b, `SELECT count(*)::int FROM workers`); n > 0 {
		t.Errorf("%d workers are enrolled after the stop", n)
	}
	if n := one[int](b, `SELECT count(*)::int FROM host_leases WHERE until > now()`); n > 0 {
		t.Errorf("%d hosts are leased after the stop", n)
	}

	second := b.start("second", func(o *pipeline.Options) { o.Config.Fetch.MarketPace, o.Config.Fetch.ProviderPace = 0, 0 })
	b.until(b.store.Pool, `SELECT state = 'closed' FROM sweeps`)
	b.stop(second)
	b.compare(&sw, listings)
}

// TestMisfit: a worker that judges by something else takes no part in a sweep, whatever
// the job, does not go round in circles, and is not in the way of one that fits.
func TestMisfit(t *testing.T) {
	t.Parallel()
	const listings, slots = 60, 40
	for name, change := range map[string]func(*pipeline.Options){
		"another parameter": func(o *pipeline.Options) { o.Config.Params = otherParams() },
		"another engine":    nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _, asOf := generated(t, listings, nil)
			sw, err := b.engine().Plan(t.Context(), pipeline.Order{AsOf: asOf})
			if err != nil {
				t.Fatal(err)
			}
			// All would be given up by the next look of the close job, which answers for them.
			b.exec(`UPDATE sweep_units SET recoveries = 100, job = 0 WHERE kind = 'listing'`)
			b.exec(`DELETE FROM river_job WHERE kind = 'visit_listings' AND id > (SELECT min(id) FROM river_job WHERE kind = 'visit_listings')`)
			if change == nil {
				b.exec(`UPDATE sweeps SET engine = 'another'`)
			}
			began := time.Now()
			misfit := b.start("misfit", func(o *pipeline.Options) {
				o.Config.Sweep.Workers = slots
				if change != nil {
					change(o)
				}
			})
			b.until(b.store.Pool, `SELECT count(DISTINCT kind) = 4 FROM river_job WHERE state = 'completed'`)
			if n := one[int](b, `SELECT count(*)::int FROM sweep_units WHERE state <> 'open' OR attempts > 0`); n > 0 {
				t.Errorf("%d units were touched", n)
			}
			if n := one[int](b, `SELECT (SELECT count(*) FROM results)::int + (SELECT count(*) FROM sweep_counts)::int`); n > 0 {
				t.Errorf("%d rows of results", n)
			}

			b.exec(`UPDATE sweeps SET engine = $1`, pipeline.EngineVersion)
			// Jobs of the misfit are ending, in another order: the lock keeps us out of their way.
			b.exec(`LOCK TABLE sweep_units IN EXCLUSIVE MODE; UPDATE sweep_units SET recoveries = 0`)
			if change == nil { // the misfit fits now, and ends the sweep alone
				b.until(b.store.Pool, `SELECT state = 'closed' FROM sweeps`)
				b.stop(misfit)
				b.compare(&sw, listings)
				return
			}
			fit := b.start("fit", nil)
			b.until(b.store.Pool, `SELECT state = 'closed' FROM sweeps`)
			took := time.Since(began)
			b.stop(misfit, fit)
			b.compare(&sw, listings)
			rows := one[int](b, `SELECT count(*)::int FROM river_job WHERE attempted_by[array_upper(attempted_by, 1)] = $1`, misfit.ID())
			if most := slots * (1 + int(took/pipeline.MisfitPause)); rows > most {
				t.Errorf("the misfit went through %d jobs in %v, want at most %d", rows, took, most)
			}
			if n := one[int](b, `SELECT count(*)::int FROM sweep_counts c JOIN river_job j ON j.id = c.job
				WHERE j.attempted_by[array_upper(j.attempted_by, 1)] = $1`, misfit.ID()); n > 0 {
				t.Errorf("the misfit answered %d times", n)
			}
		})
	}
}

// visit is one request as the server saw it: from its arrival until before the answer.
type visit struct {
	host, worker string
	begin, end   time.Time
}

// watched serves a market and writes down who asked for what, when.
type watched struct {
	market http.Handler
	mu     sync.Mutex
	visits []visit
}

var agentVersion = regexp.MustCompile(`worker\d`) // as given to client

func (s *watched) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := visit{host: r.Host, worker: agentVersion.FindString(r.UserAgent()), begin: time.Now()}
	// The answer is made before the end is noted and sent after it, so that whoever has
	// the answer asks later than the end.
	made := httptest.NewRecorder()
	s.market.ServeHTTP(made, r)
	v.end = time.Now()
	s.mu.Lock()
	s.visits = append(s.visits, v)
	s.mu.Unlock()
	maps.Copy(w.Header(), made.Header())
	w.WriteHeader(made.Code)
	_, _ = w.Write(made.Body.Bytes()) // the visitor may have gone
}

// TestFleet: three workers on one sweep are as polite as one. No host of a provider is
// asked by two of them at a time, nor faster than its pace when it goes from one to the
// other, and all of them together ask the marketplace no faster than its pace.
func TestFleet(t *testing.T) {
	t.Parallel()
	const listings, workers = 60, 3
	const marketPace, providerPace = 60, 10 // requests a second
	market := fixtures.Generate(listings)
	srv, err := market.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	log := &watched{market: srv}
	front := httptest.NewServer(log)
	t.Cleanup(front.Close)
	resolve := srv.Resolve()
	for host, to := range resolve {
		if to == srv.Addr() {
			resolve[host] = front.Listener.Addr().String()
		}
	}
	b := setup(t, fixtures.ProfileID, resolve, func(c *config.Config) {
		c.Fetch.MarketPace, c.Fetch.ProviderPace = marketPace, providerPace
	})
	b.load(market.Feeds(), fixtures.Covers)
	asOf, err := fixtures.AsOf(1)
	if err != nil {
		t.Fatal(err)
	}
	sw, err := b.engine().Plan(t.Context(), pipeline.Order{AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	// Each unit becomes a job of its own, so that many jobs want the same host; the close
	// job makes them.
	b.exec(`UPDATE sweep_units SET batch = nextval('sweep_batches'), job = 0`)
	b.exec(`DELETE FROM river_job WHERE kind <> 'close_sweep'`)

	began := time.Now()
	var fleet []*pipeline.Worker
	for i := range workers {
		fleet = append(fleet, b.start(fmt.Sprintf("worker%d", i), nil))
	}
	b.until(b.store.Pool, `SELECT state = 'closed' FROM sweeps`)
	b.stop(fleet...)
	b.compare(&sw, listings)

	hosts := map[string][]visit{}
	took := map[string]int{}
	for _, v := range log.visits {
		hosts[v.host] = append(hosts[v.host], v)
		took[v.worker]++
	}
	t.Logf("requests by worker: %v", took)
	if len(took) != workers {
		t.Errorf("%d workers took part, want %d: %v", len(took), workers, took)
	}
	changes := 0
	for host, visits := range hosts {
		slices.SortFunc(visits, func(a, b visit) int { return a.begin.Compare(b.begin) })
		pace := time.Second / providerPace
		if host == fixtures.MarketHost {
			pace = time.Second / marketPace
		}
		for k, v := range visits {
			// What is late does not make the next one late, so two may come close together;
			// all of them together cannot come early.
			if early := began.Add(time.Duration(k) * pace).Sub(v.begin); early > 0 {
				t.Errorf("%s: request %d came %v too early for one every %v", host, k+1, early, pace)
				break
			}
			if k == 0 || host == fixtures.MarketHost || visits[k-1].worker == v.worker {
				continue
			}
			changes++
			if before := visits[k-1]; before.end.After(v.begin) {
				t.Errorf("%s: %s asks while %s is being answered", host, v.worker, before.worker)
			} else if gap := v.begin.Sub(before.begin); gap < pace {
				t.Errorf("%s: %s asks %v after %s, the pace is one every %v", host, v.worker, gap, before.worker, pace)
			}
		}
	}
	if changes == 0 {
		t.Error("no host went from one worker to another: the test shows nothing")
	}
	if len(hosts[fixtures.MarketHost]) < listings {
		t.Errorf("the marketplace was asked %d times", len(hosts[fixtures.MarketHost]))
	}
}

// TestClosePause: a young sweep is closed at once, and an old one does not fill the queue.
func TestClosePause(t *testing.T) {
	t.Parallel()
	got := map[time.Duration]time.Duration{}
	for _, age := range []time.Duration{-time.Hour, 0, 10 * time.Second, time.Minute, 8 * time.Hour} {
		got[age] = pipeline.ClosePause(age)
	}
	want := map[time.Duration]time.Duration{
		-time.Hour: 300 * time.Millisecond, 0: 300 * time.Millisecond, 10 * time.Second: 300 * time.Millisecond,
		time.Minute: time.Second, 8 * time.Hour: 3 * time.Second,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pauses by age (-want +got):\n%s", diff)
	}
}

package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"marketwarden/fixtures"
	"marketwarden/internal/config"
	"marketwarden/internal/evidence"
	"marketwarden/internal/market"
	"marketwarden/internal/netguard"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/internal/store/storetest"
	"marketwarden/pipeline"
	"marketwarden/rules"
	"marketwarden/scanners/fetch"
)

func TestMain(m *testing.M) {
	code := storetest.Main(m)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "leaked goroutines:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// bundle is a market to sweep: a store of its own, a client that reaches only the hosts
// of a server on loopback, and what an engine needs.
type bundle struct {
	t        *testing.T
	store    *store.Store
	evidence *evidence.Store
	options  pipeline.Options
}

// setup makes a bundle for the hosts that resolve names.
func setup(t *testing.T, profile string, resolve map[string]string, change func(*config.Config)) *bundle {
	t.Helper()
	cfg := config.Default()
	cfg.Fetch.Resolve = resolve
	cfg.Fetch.AllowPrivate = []string{"127.0.0.0/8"}
	cfg.Fetch.ProviderPace = 0
	cfg.Fetch.Confirm = 0
	cfg.Fetch.Total = 5 * time.Second
	cfg.Sweep.RetryWait = 10 * time.Millisecond
	if change != nil {
		change(&cfg)
	}
	guard, err := netguard.New(loopback())
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	client, err := fetch.New(cfg.Fetch, fetch.Options{Guard: guard, Logger: log, Now: time.Now, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	book, err := rules.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, err := market.LoadProfile(profile)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := evidence.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{t: t, store: storetest.New(t), evidence: kept}
	b.options = pipeline.Options{
		Config: cfg, Store: b.store, Fetch: client, Book: book, Profile: p, Evidence: kept, Now: time.Now, Log: log,
		Stale: func(err error) {
			t.Errorf("stale: %v", err) // River survives a panic
			panic("the process has ended")
		},
	}
	return b
}

func loopback() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

// shipped makes a bundle with the market written by hand, its server and the moment of
// its first night.
func shipped(t *testing.T) (*bundle, *fixtures.Server, time.Time) {
	t.Helper()
	srv, err := fixtures.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	feeds, err := fixtures.Feeds()
	if err != nil {
		t.Fatal(err)
	}
	b := setup(t, fixtures.ProfileID, srv.Resolve(), nil)
	b.load(feeds, fixtures.Covers)
	asOf, err := fixtures.AsOf(1)
	if err != nil {
		t.Fatal(err)
	}
	return b, srv, asOf
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Logf("%s", bytes.TrimSpace(b))
	return len(b), nil
}

func (b *bundle) engine() *pipeline.Engine {
	b.t.Helper()
	e, err := pipeline.New(b.options)
	if err != nil {
		b.t.Fatal(err)
	}
	return e
}

// load imports feeds; covers is what the order feed covers.
func (b *bundle) load(feeds map[string][]byte, covers string) {
	b.t.Helper()
	for _, kind := range fixtures.FeedNames() {
		body, ok := feeds[kind]
		if !ok {
			continue
		}
		o := store.ImportOptions{Name: kind + ".csv", Now: time.Now()}
		if kind == fixtures.FeedOrders && covers != "" {
			r, err := market.ParseRange(covers)
			if err != nil {
				b.t.Fatal(err)
			}
			o.Covers = &r
		}
		if _, err := b.store.Import(b.t.Context(), market.FeedKind(kind), bytes.NewReader(body), o); err != nil {
			b.t.Fatal(err)
		}
	}
}

// sweep plans and runs a sweep to its end.
func (b *bundle) sweep(o pipeline.Order) store.Sweep {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer cancel()
	e := b.engine()
	sw, err := e.Plan(ctx, o)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := e.Run(ctx, sw.ID, func(store.Progress) {}); err != nil {
		b.t.Fatal(err)
	}
	return sw
}

func (b *bundle) results(sweep int64) []record.Result {
	b.t.Helper()
	r, err := b.store.Results(b.t.Context(), sweep)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bundle) report(sweep int64) record.Report {
	b.t.Helper()
	r, err := b.store.Report(b.t.Context(), sweep, "")
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// records returns the report's records by fingerprint.
func (b *bundle) records(sweep int64) map[string]record.View {
	out := map[string]record.View{}
	for _, v := range b.report(sweep).Records {
		out[v.Fingerprint] = v
	}
	return out
}

package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/evidence"
	"marketwarden/internal/market"
	"marketwarden/internal/store"
	"marketwarden/rules"
	"marketwarden/scanners/fetch"
	"marketwarden/scanners/page"
)

// EngineVersion is the version of the code that turns pages into answers. It changes
// whenever the same page could be answered differently, so that results tell what they
// were judged by.
const EngineVersion = "2"

// Options is what an Engine is made of. All fields but Evidence,
// Queues, Steps and Metrics are required.
type Options struct {
	Config   config.Config
	Store    *store.Store
	Fetch    *fetch.Client
	Book     *rules.Book
	Profile  *market.Profile
	Evidence *evidence.Store // nil: bodies are not kept
	Now      func() time.Time
	Log      *slog.Logger
	// Queues are those that a worker of this engine takes jobs of. Nil: QueuePages alone.
	Queues []string
	// Steps do the steps of nights besides the sweep, by their name. Nil where QueueNights
	// is not among Queues.
	Steps map[string]StepRun
	// Metrics counts what the engine does; nil: nobody asks.
	Metrics *Metrics
	// Stale is called when this process must not write any more: a job turned out not to
	// be ours, or the heartbeat was lost. It must not return.
	Stale func(error)
}

// Engine judges: it holds everything that stays the same from page to page. It is safe
// for concurrent use.
type Engine struct {
	Options
	params   *rules.Params
	matcher  *page.Matcher   // the profile's selectors, compiled
	bundle   string          // hash of what the engine judges by
	source   json.RawMessage // its content
	pacer    *fetch.Pacer    // of providers' hosts, in this process
	forsaken forsaken
	parsing  chan struct{} // holds one value for each page that is being parsed or judged
}

// New makes an engine. It fails when the configuration's parameters do not fit the
// rulebook.
func New(o Options) (*Engine, error) {
	params, err := o.Book.Params(o.Config.Params)
	if err != nil {
		return nil, fmt.Errorf("rule parameters: %w", err)
	}
	source, err := json.Marshal(struct {
		Rulebook string                       `json:"rulebook"`
		Profile  string                       `json:"profile"`
		Params   map[string]map[string]string `json:"params,omitempty"`
	}{o.Book.Hash(), string(o.Profile.Source), o.Config.Params})
	if err != nil {
		return nil, fmt.Errorf("encode bundle: %w", err)
	}
	matcher, err := page.NewMatcher(o.Profile)
	if err != nil {
		return nil, fmt.Errorf("market profile %s: %w", o.Profile.ID, err)
	}
	sum := sha256.Sum256(source)
	return &Engine{
		Options: o, params: params, matcher: matcher, bundle: hex.EncodeToString(sum[:]), source: source,
		pacer:   fetch.NewPacer(o.Config.Fetch.ProviderPace),
		parsing: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}, nil
}

// Bundle is the hash of what the engine judges by.
func (e *Engine) Bundle() string { return e.bundle }

// fits reports whether this process judges as the sweep was planned.
func (e *Engine) fits(sw *store.Sweep) bool {
	return sw.Bundle == e.bundle && sw.Engine == EngineVersion && sw.Market == e.Profile.ID
}

// facts are the facts that every subject of a sweep shares.
func (e *Engine) facts(sw *store.Sweep, p market.Provider, l market.Listing) rules.Facts {
	return rules.Facts{
		AsOf: sw.AsOf.In(market.Shanghai), Profile: e.Profile, Params: e.params,
		Provider: p, Listing: l,
	}
}

// marketPace is the time between two requests to a host of the marketplace.
func (e *Engine) marketPace() time.Duration {
	if e.Config.Fetch.MarketPace > 0 {
		return time.Duration(float64(time.Second) / e.Config.Fetch.MarketPace)
	}
	if e.Config.Fetch.MarketPace == 0 {
		return 0
	}
	return e.Profile.MarketPace()
}

// waitTurn waits until a request to host may start: for hosts of the marketplace by the
// row that the whole fleet shares, for others by the pacer of this process, which is
// enough because one job at a time works on a host.
func (e *Engine) waitTurn(ctx context.Context, host string) error {
	if !e.Profile.IsMarketHost(host) {
		return e.pacer.Wait(ctx, host)
	}
	pace := e.marketPace()
	if pace == 0 {
		return nil
	}
	wait, err := e.Store.ReserveSlot(ctx, host, pace)
	for store.IsOutage(err) {
		// That the database is away says nothing about the page. The wait has an end: a
		// worker that does not reach the database for long ends.
		if err := sleep(ctx, outagePause); err != nil {
			return err
		}
		wait, err = e.Store.ReserveSlot(ctx, host, pace)
	}
	if err != nil {
		return err
	}
	return sleep(ctx, wait)
}

// outagePause is the wait before a database that could not be reached is asked again.
const outagePause = 500 * time.Millisecond

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inputHash names everything a unit's results were judged from.
func (e *Engine) inputHash(u *store.Unit, bodies []string) string {
	snap, err := json.Marshal(&u.Snapshot)
	if err != nil { // plain values: cannot fail
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "engine %s\nbundle %s\ncapabilities static\nsnapshot %x\n", EngineVersion, e.bundle, sha256.Sum256(snap))
	for _, b := range bodies {
		fmt.Fprintf(h, "body %s\n", b)
	}
	return hex.EncodeToString(h.Sum(nil))
}

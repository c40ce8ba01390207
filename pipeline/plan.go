package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/store"
)

// Values of Scope.Only.
const (
	OnlyListings = "listings"
	OnlySites    = "sites"
	OnlyAccounts = "accounts"
)

// Order says what to sweep.
type Order struct {
	Scope store.Scope
	AsOf  time.Time // the moment judged
	// LookBack judges a past moment: accounts only, and no record is touched.
	LookBack bool
}

// accountRange is how many providers one account job judges.
const accountRange = 50

// Plan stores a sweep with its units and jobs. It answers store.ErrSweepRunning when
// another one is not closed yet, and ErrNothing when no unit is in the scope.
func (e *Engine) Plan(ctx context.Context, o Order) (store.Sweep, error) {
	sw := store.Sweep{
		AsOf: o.AsOf, Started: e.Now(), Scope: o.Scope, Market: e.Profile.ID,
		Bundle: e.bundle, Engine: EngineVersion, Records: !o.LookBack,
	}
	if o.LookBack {
		sw.Scope.Only = OnlyAccounts
	}
	providers, listings, err := e.catalogue(ctx, o.Scope)
	if err != nil {
		return sw, err
	}
	client, err := river.NewClient(riverpgxv5.New(e.Store.Pool), &river.Config{Logger: e.Log})
	if err != nil {
		return sw, fmt.Errorf("open queue: %w", err)
	}
	p := &planner{profile: e.Profile}
	p.plan(sw.Scope.Only, providers, listings)
	if len(p.batches) == 0 && len(p.sites) == 0 {
		return sw, ErrNothing
	}
	err = pgx.BeginFunc(ctx, e.Store.Pool, func(tx pgx.Tx) error {
		if err := store.CreateSweep(ctx, tx, &sw, e.source); err != nil {
			return err
		}
		return p.store(ctx, tx, client, sw.ID)
	})
	if err != nil {
		return sw, fmt.Errorf("plan sweep: %w", err)
	}
	return sw, nil
}

// catalogue reads the active providers and their listings on sale.
func (e *Engine) catalogue(ctx context.Context, s store.Scope) (map[string]market.Provider, []market.Listing, error) {
	f := store.CatalogueFilter{Provider: s.Provider, Listing: s.Listing}
	ps, err := e.Store.Providers(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	ls, err := e.Store.Listings(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	providers := make(map[string]market.Provider, len(ps))
	for _, p := range ps {
		providers[p.ID] = p
	}
	return providers, ls, nil
}

// planner gathers batches of units.
type planner struct {
	profile *market.Profile
	batches []batch
	sites   []store.SiteRow
}

type batch struct {
	kind  string
	units []store.Unit
}

func (p *planner) plan(only string, providers map[string]market.Provider, listings []market.Listing) {
	if only == "" || only == OnlyListings {
		p.planListings(providers, listings)
	}
	if only == "" || only == OnlySites {
		p.planSites(providers, listings)
	}
	if only == "" || only == OnlyAccounts {
		p.planAccounts(providers, listings)
	}
}

func (p *planner) planListings(providers map[string]market.Provider, listings []market.Listing) {
	for start := 0; start < len(listings); start += config.MaxBatchPages {
		end := min(start+config.MaxBatchPages, len(listings))
		b := batch{kind: store.UnitListing}
		for _, l := range listings[start:end] {
			b.units = append(b.units, store.Unit{
				Kind: store.UnitListing, Key: l.ID,
				Snapshot: store.Snapshot{Providers: []market.Provider{providers[l.ProviderID]}, Listings: []market.Listing{l}},
			})
		}
		p.batches = append(p.batches, b)
	}
}

// planSites gathers the rows of site units.
func (p *planner) planSites(providers map[string]market.Provider, listings []market.Listing) {
	for i := range listings {
		provider := providers[listings[i].ProviderID]
		p.sites = append(p.sites, p.siteRows(&provider, &listings[i])...)
	}
}

// maxKey is the longest address that names a unit by itself: an index entry of
// PostgreSQL has room for some 2,700 bytes.
const maxKey = 1024

// unitKey names the unit of an address; the address itself is in the snapshot.
func unitKey(address string) string {
	if len(address) <= maxKey {
		return address
	}
	sum := sha256.Sum256([]byte(address))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (p *planner) planAccounts(providers map[string]market.Provider, listings []market.Listing) {
	byProvider := map[string][]market.Listing{}
	for _, l := range listings {
		byProvider[l.ProviderID] = append(byProvider[l.ProviderID], l)
	}
	ids := sortedKeys(providers)
	for start := 0; start < len(ids); start += accountRange {
		r := ids[start:min(start+accountRange, len(ids))]
		u := store.Unit{Kind: store.UnitAccount, Key: r[0] + ".." + r[len(r)-1]}
		for _, id := range r {
			u.Snapshot.Providers = append(u.Snapshot.Providers, providers[id])
			u.Snapshot.Listings = append(u.Snapshot.Listings, byProvider[id]...)
		}
		p.batches = append(p.batches, batch{kind: store.UnitAccount, units: []store.Unit{u}})
	}
}

// store writes units and jobs, and the job that closes the sweep.
func (p *planner) store(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx], sweep int64) error {
	ids, err := store.NextBatches(ctx, tx, len(p.batches))
	if err != nil {
		return err
	}
	params := make([]river.InsertManyParams, 0, len(p.batches))
	for i, b := range p.batches {
		for k := range b.units {
			b.units[k].Sweep, b.units[k].Batch = sweep, ids[i]
		}
		if err := store.AddUnits(ctx, tx, b.units); err != nil {
			return err
		}
		params = append(params, river.InsertManyParams{Args: argsFor(b.kind, sweep, ids[i])})
	}
	if len(p.sites) > 0 {
		if err := store.StageSites(ctx, tx); err != nil {
			return err
		}
		if err := store.StageSiteRows(ctx, tx, p.sites); err != nil {
			return err
		}
		batches, err := store.AddSiteUnits(ctx, tx, sweep, unhostedBatch)
		if err != nil {
			return err
		}
		for _, batch := range batches {
			params = append(params, river.InsertManyParams{Args: argsFor(store.UnitSite, sweep, batch)})
		}
		ids = append(ids, batches...)
	}
	inserted, err := client.InsertManyTx(ctx, tx, params)
	if err != nil {
		return fmt.Errorf("insert %d jobs: %w", len(params), err)
	}
	jobs := make([]int64, len(inserted))
	for i, r := range inserted {
		jobs[i] = r.Job.ID
	}
	if err := store.SetBatchJobs(ctx, tx, sweep, ids, jobs); err != nil {
		return err
	}
	_, err = insertJob(ctx, tx, client, closeArgs{Sweep: sweep}, closeEvery)
	return err
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

package pipeline

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/store"
	"marketwarden/internal/weburl"
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
	err = pgx.BeginFunc(ctx, e.Store.Pool, func(tx pgx.Tx) error {
		if err := store.CreateSweep(ctx, tx, &sw, e.source); err != nil {
			return err
		}
		p := &planner{sweep: sw.ID, profile: e.Profile}
		p.plan(sw.Scope.Only, providers, listings)
		if len(p.batches) == 0 {
			return ErrNothing
		}
		return p.store(ctx, tx, client)
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
	sweep   int64
	profile *market.Profile
	batches []batch
}

type batch struct {
	kind, host string
	units      []store.Unit
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
				Sweep: p.sweep, Kind: store.UnitListing, Key: l.ID,
				Snapshot: store.Snapshot{Providers: []market.Provider{providers[l.ProviderID]}, Listings: []market.Listing{l}},
			})
		}
		p.batches = append(p.batches, b)
	}
}

// planSites makes one unit a declared product page, with every listing that declares
// it, and one batch a host. Listings that declare none are judged without a visit, by
// provider, in a batch without host.
func (p *planner) planSites(providers map[string]market.Provider, listings []market.Listing) {
	units := map[string]*store.Unit{}
	hosts := map[string][]string{}
	for _, l := range listings {
		key, host := "undeclared:"+l.ProviderID, ""
		if l.ProductPageURL != "" {
			key = l.ProductPageURL
			if u, err := weburl.Parse(l.ProductPageURL); err == nil {
				key, host = p.profile.Canonical(u), u.Host()
			}
		}
		u := units[key]
		if u == nil {
			u = &store.Unit{Sweep: p.sweep, Kind: store.UnitSite, Key: key, Host: host}
			units[key] = u
			hosts[host] = append(hosts[host], key)
		}
		if u.Snapshot.Provider(l.ProviderID).ID == "" {
			u.Snapshot.Providers = append(u.Snapshot.Providers, providers[l.ProviderID])
		}
		u.Snapshot.Listings = append(u.Snapshot.Listings, l)
	}
	for _, host := range sortedKeys(hosts) {
		b := batch{kind: store.UnitSite, host: host}
		for _, key := range hosts[host] {
			b.units = append(b.units, *units[key])
		}
		p.batches = append(p.batches, b)
	}
}

func (p *planner) planAccounts(providers map[string]market.Provider, listings []market.Listing) {
	byProvider := map[string][]market.Listing{}
	for _, l := range listings {
		byProvider[l.ProviderID] = append(byProvider[l.ProviderID], l)
	}
	ids := sortedKeys(providers)
	for start := 0; start < len(ids); start += accountRange {
		r := ids[start:min(start+accountRange, len(ids))]
		u := store.Unit{Sweep: p.sweep, Kind: store.UnitAccount, Key: r[0] + ".." + r[len(r)-1]}
		for _, id := range r {
			u.Snapshot.Providers = append(u.Snapshot.Providers, providers[id])
			u.Snapshot.Listings = append(u.Snapshot.Listings, byProvider[id]...)
		}
		p.batches = append(p.batches, batch{kind: store.UnitAccount, units: []store.Unit{u}})
	}
}

// store writes units and jobs, and the job that closes the sweep.
func (p *planner) store(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx]) error {
	ids, err := store.NextBatches(ctx, tx, len(p.batches))
	if err != nil {
		return err
	}
	params := make([]river.InsertManyParams, 0, len(p.batches))
	for i, b := range p.batches {
		for k := range b.units {
			b.units[k].Batch = ids[i]
		}
		if err := store.AddUnits(ctx, tx, b.units); err != nil {
			return err
		}
		params = append(params, river.InsertManyParams{Args: argsFor(b.kind, p.sweep, ids[i])})
	}
	inserted, err := client.InsertManyTx(ctx, tx, params)
	if err != nil {
		return fmt.Errorf("insert %d jobs: %w", len(params), err)
	}
	jobs := make([]int64, len(inserted))
	for i, r := range inserted {
		jobs[i] = r.Job.ID
	}
	if err := store.SetBatchJobs(ctx, tx, p.sweep, ids, jobs); err != nil {
		return err
	}
	_, err = insertJob(ctx, tx, client, closeArgs{Sweep: p.sweep}, closeEvery)
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

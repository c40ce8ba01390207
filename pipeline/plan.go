package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
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
	// Recheck looks again at these and nothing else; the sweep is no night (store.Scope).
	Recheck []Recheck
	// Also is done in the transaction that plans the sweep; nil: nothing.
	Also func(ctx context.Context, tx pgx.Tx, sw *store.Sweep) error
}

// Recheck is what to look at again: the subject of a record, and which of the Only… parts
// of a sweep its rule belongs to.
type Recheck struct {
	Subject record.Subject
	What    string
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
	sw.Scope.Recheck = len(o.Recheck) > 0
	client, err := e.insertOnly()
	if err != nil {
		return sw, err
	}
	err = pgx.BeginFunc(ctx, e.Store.Pool, func(tx pgx.Tx) error {
		if err := store.CreateSweep(ctx, tx, &sw, e.source); err != nil {
			return err
		}
		p := &planner{profile: e.Profile, tx: tx, client: client, sweep: &sw, recheck: rechecked(o.Recheck)}
		if err := p.plan(ctx); err != nil {
			return err
		}
		if _, err := insertJob(ctx, tx, client, closeArgs{Sweep: sw.ID}, closeEvery); err != nil || o.Also == nil {
			return err
		}
		return o.Also(ctx, tx, &sw)
	})
	switch {
	case errors.Is(err, ErrNothing):
		return sw, ErrNothing
	case err != nil:
		return sw, fmt.Errorf("plan sweep: %w", err)
	}
	return sw, nil
}

// planner stores the units of a sweep and their jobs within one transaction. It goes
// through the catalogue once and holds a part of it at a time.
type planner struct {
	profile *market.Profile
	tx      pgx.Tx
	client  *river.Client[pgx.Tx]
	sweep   *store.Sweep
	recheck map[Recheck]bool // nil: everything in the sweep's scope

	listings []store.Unit    // the listing batch being gathered
	accounts store.Unit      // the range of providers being gathered
	batches  []batch         // gathered and not stored yet
	sites    []store.SiteRow // gathered and not staged yet
	planned  bool            // anything was stored
}

type batch struct {
	kind  string
	units []store.Unit
}

// How much is gathered before it is stored: enough to make few round trips.
const (
	planBatches  = 20
	planSiteRows = 1000
	planJobs     = 500
)

// plan stores the units and jobs of what is in the sweep's scope; ErrNothing when that is
// nothing.
func (p *planner) plan(ctx context.Context) error {
	if p.takes(OnlySites) {
		if err := store.StageSites(ctx, p.tx); err != nil {
			return err
		}
	}
	scope := store.CatalogueFilter{Provider: p.sweep.Scope.Provider, Listing: p.sweep.Scope.Listing}
	for r := range p.recheck {
		if r.Subject.Kind == record.SubjectListing {
			scope.Listings = append(scope.Listings, r.Subject.ID)
		} else {
			scope.Providers = append(scope.Providers, r.Subject.ID)
		}
	}
	err := store.EachInScope(ctx, p.tx, scope, func(provider *market.Provider, l *market.Listing) error {
		p.add(provider, l)
		return p.store(ctx, planBatches, planSiteRows)
	})
	if err != nil {
		return err
	}
	p.endListings()
	p.endAccounts()
	if err := p.store(ctx, 1, 1); err != nil {
		return err
	}
	if p.takes(OnlySites) {
		if err := p.storeSites(ctx); err != nil {
			return err
		}
	}
	if !p.planned {
		return ErrNothing
	}
	return nil
}

// takes reports whether the scope takes in one of the Only… values.
func (p *planner) takes(what string) bool {
	return p.sweep.Scope.Only == "" || p.sweep.Scope.Only == what
}

// wants reports whether a part of the sweep is to look at a listing, or at a provider
// where l is nil.
func (p *planner) wants(what string, provider *market.Provider, l *market.Listing) bool {
	if !p.takes(what) {
		return false
	}
	if p.recheck == nil {
		return true
	}
	if l != nil && p.recheck[recheckOf(record.SubjectListing, l.ID, what)] {
		return true
	}
	return p.recheck[recheckOf(record.SubjectProvider, provider.ID, what)]
}

// recheckOf is a Recheck by what it is told apart by.
func recheckOf(kind record.SubjectKind, id, what string) Recheck {
	return Recheck{Subject: record.Subject{Kind: kind, ID: id}, What: what}
}

// rechecked is the set of what is to be looked at again; nil when that is everything.
func rechecked(list []Recheck) map[Recheck]bool {
	if len(list) == 0 {
		return nil
	}
	set := make(map[Recheck]bool, len(list))
	for _, r := range list {
		set[recheckOf(r.Subject.Kind, r.Subject.ID, r.What)] = true
	}
	return set
}

// add gathers the units that a listing has a part in; l is nil for a provider that has
// none. They come by provider.
func (p *planner) add(provider *market.Provider, l *market.Listing) {
	if p.wants(OnlyAccounts, provider, l) {
		p.addAccount(provider, l)
	}
	if l == nil {
		return
	}
	if p.wants(OnlyListings, provider, l) {
		p.listings = append(p.listings, store.Unit{
			Kind: store.UnitListing, Key: l.ID,
			Snapshot: store.Snapshot{Providers: []market.Provider{*provider}, Listings: []market.Listing{*l}},
		})
		if len(p.listings) == config.MaxBatchPages {
			p.endListings()
		}
	}
	if p.wants(OnlySites, provider, l) {
		p.sites = append(p.sites, p.siteRows(provider, l)...)
	}
}

func (p *planner) endListings() {
	if len(p.listings) > 0 {
		p.batches = append(p.batches, batch{kind: store.UnitListing, units: p.listings})
		p.listings = nil
	}
}

func (p *planner) addAccount(provider *market.Provider, l *market.Listing) {
	s := &p.accounts.Snapshot
	if n := len(s.Providers); n == 0 || s.Providers[n-1].ID != provider.ID {
		if n == accountRange {
			p.endAccounts()
		}
		s.Providers = append(s.Providers, *provider)
	}
	if l != nil {
		s.Listings = append(s.Listings, *l)
	}
}

func (p *planner) endAccounts() {
	ps := p.accounts.Snapshot.Providers
	if len(ps) == 0 {
		return
	}
	p.accounts.Kind, p.accounts.Key = store.UnitAccount, ps[0].ID+".."+ps[len(ps)-1].ID
	p.batches = append(p.batches, batch{kind: store.UnitAccount, units: []store.Unit{p.accounts}})
	p.accounts = store.Unit{}
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

// store stores what was gathered where it is that much: units with their jobs, and rows
// of site units.
func (p *planner) store(ctx context.Context, batches, siteRows int) error {
	if len(p.sites) >= siteRows {
		if err := store.StageSiteRows(ctx, p.tx, p.sites); err != nil {
			return err
		}
		p.sites = p.sites[:0]
	}
	if len(p.batches) < batches {
		return nil
	}
	ids, err := store.NextBatches(ctx, p.tx, len(p.batches))
	if err != nil {
		return err
	}
	var units []store.Unit
	params := make([]river.InsertManyParams, 0, len(ids))
	for i, b := range p.batches {
		for _, u := range b.units {
			u.Sweep, u.Batch = p.sweep.ID, ids[i]
			units = append(units, u)
		}
		params = append(params, river.InsertManyParams{Args: argsFor(b.kind, p.sweep.ID, ids[i])})
	}
	p.batches = p.batches[:0]
	if err := store.AddUnits(ctx, p.tx, units); err != nil {
		return err
	}
	return p.storeJobs(ctx, ids, params)
}

// storeSites makes units and batches of the rows that were staged.
func (p *planner) storeSites(ctx context.Context) error {
	ids, err := store.AddSiteUnits(ctx, p.tx, p.sweep.ID, unhostedBatch, taskSite, searchedListings, taskSearch)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(ids, planJobs) {
		params := make([]river.InsertManyParams, 0, len(part))
		for _, id := range part {
			params = append(params, river.InsertManyParams{Args: argsFor(store.UnitSite, p.sweep.ID, id)})
		}
		if err := p.storeJobs(ctx, part, params); err != nil {
			return err
		}
	}
	return nil
}

// storeJobs stores the jobs of batches.
func (p *planner) storeJobs(ctx context.Context, batches []int64, params []river.InsertManyParams) error {
	inserted, err := p.client.InsertManyTx(ctx, p.tx, params)
	if err != nil {
		return fmt.Errorf("insert %d jobs: %w", len(params), err)
	}
	jobs := make([]int64, len(inserted))
	for i, r := range inserted {
		jobs[i] = r.Job.ID
	}
	p.planned = p.planned || len(jobs) > 0
	return store.SetBatchJobs(ctx, p.tx, p.sweep.ID, batches, jobs)
}

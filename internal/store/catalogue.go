package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/market"
)

// CatalogueFilter narrows the catalogue; empty fields do not.
type CatalogueFilter struct {
	Provider string // provider ID
	Listing  string // listing ID
}

const (
	providerColumns = `p.provider_id, p.name, p.kind, p.site_url, p.contact_email, p.markets, p.status, p.joined_on`
	listingColumns  = `l.listing_id, l.provider_id, l.title, l.market, l.delivery, l.detail_url, l.product_page_url, l.price,
		l.listed_at, l.delisted_at, l.status, l.deliverable_url`
)

// Providers returns the active providers in the order of their IDs. With f.Listing it is
// the one that has this listing on sale, or none.
func (s *Store) Providers(ctx context.Context, f CatalogueFilter) ([]market.Provider, error) {
	rows, err := s.Pool.Query(ctx, `SELECT `+providerColumns+` FROM providers p
		WHERE p.status = 'active' AND ($1 = '' OR p.provider_id = $1)
		  AND ($2 = '' OR EXISTS (SELECT FROM listings l
		       WHERE l.listing_id = $2 AND l.provider_id = p.provider_id AND l.status = 'on_sale'))
		ORDER BY p.provider_id`, f.Provider, f.Listing)
	if err != nil {
		return nil, fmt.Errorf("read providers: %w", err)
	}
	out, err := pgx.CollectRows(rows, scanProvider)
	if err != nil {
		return nil, fmt.Errorf("read providers: %w", err)
	}
	return out, nil
}

// Listings returns the listings on sale of active providers in the order of their IDs.
// For markets that do not fit into memory there is EachListing.
func (s *Store) Listings(ctx context.Context, f CatalogueFilter) ([]market.Listing, error) {
	var out []market.Listing
	err := s.EachListing(ctx, f, func(l *market.Listing) error {
		out = append(out, *l)
		return nil
	})
	return out, err
}

// listingPage is how many listings EachListing reads at once.
const listingPage = 5000

// EachListing calls f for what Listings returns, one by one, holding a page of them in
// memory and no connection meanwhile. f must not keep its argument. An error of f ends it
// and is returned as it is.
func (s *Store) EachListing(ctx context.Context, filter CatalogueFilter, f func(*market.Listing) error) error {
	after := ""
	for {
		rows, err := s.Pool.Query(ctx, `SELECT `+listingColumns+` FROM listings l JOIN providers p USING (provider_id)
			WHERE l.status = 'on_sale' AND p.status = 'active' AND l.listing_id > $1
			  AND ($2 = '' OR l.provider_id = $2) AND ($3 = '' OR l.listing_id = $3)
			ORDER BY l.listing_id LIMIT $4`, after, filter.Provider, filter.Listing, listingPage)
		if err != nil {
			return fmt.Errorf("read listings after %q: %w", after, err)
		}
		page, err := pgx.CollectRows(rows, scanListing)
		if err != nil {
			return fmt.Errorf("read listings after %q: %w", after, err)
		}
		for i := range page {
			if err := f(&page[i]); err != nil {
				return err
			}
		}
		if len(page) < listingPage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

// CatalogueSize is how much the market tables hold.
type CatalogueSize struct {
	Providers, ActiveProviders int64
	Listings, OnSale           int64
	Orders                     bool // whether there are any; counting them all takes long
}

// Catalogue counts the providers and listings in store.
func (s *Store) Catalogue(ctx context.Context) (CatalogueSize, error) {
	var c CatalogueSize
	err := s.Pool.QueryRow(ctx, `SELECT
		(SELECT count(*) FROM providers), (SELECT count(*) FROM providers WHERE status = 'active'),
		(SELECT count(*) FROM listings), (SELECT count(*) FROM listings WHERE status = 'on_sale'),
		EXISTS (SELECT FROM orders)`).Scan(&c.Providers, &c.ActiveProviders, &c.Listings, &c.OnSale, &c.Orders)
	if err != nil {
		return c, fmt.Errorf("count the catalogue: %w", err)
	}
	return c, nil
}

// Sentinels of the catalogue.
var (
	// ErrNoProvider says that there is no provider of that ID, active or not.
	ErrNoProvider = errors.New("no such provider")
	// ErrNoListing says that there is no listing of that ID, on sale or not.
	ErrNoListing = errors.New("no such listing")
)

// Provider returns one provider, active or not; ErrNoProvider when there is none.
func (s *Store) Provider(ctx context.Context, id string) (market.Provider, error) {
	rows, err := s.Pool.Query(ctx, `SELECT `+providerColumns+` FROM providers p WHERE p.provider_id = $1`, id)
	if err != nil {
		return market.Provider{}, fmt.Errorf("read provider %q: %w", id, err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanProvider)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, fmt.Errorf("%w: %q", ErrNoProvider, id)
	}
	if err != nil {
		return p, fmt.Errorf("read provider %q: %w", id, err)
	}
	return p, nil
}

// Listing returns one listing, on sale or not; ErrNoListing when there is none.
func (s *Store) Listing(ctx context.Context, id string) (market.Listing, error) {
	rows, err := s.Pool.Query(ctx, `SELECT `+listingColumns+` FROM listings l WHERE l.listing_id = $1`, id)
	if err != nil {
		return market.Listing{}, fmt.Errorf("read listing %q: %w", id, err)
	}
	l, err := pgx.CollectExactlyOneRow(rows, scanListing)
	if errors.Is(err, pgx.ErrNoRows) {
		return l, fmt.Errorf("%w: %q", ErrNoListing, id)
	}
	if err != nil {
		return l, fmt.Errorf("read listing %q: %w", id, err)
	}
	return l, nil
}

// scanProvider reads a row of providerColumns.
func scanProvider(row pgx.CollectableRow) (market.Provider, error) {
	var p market.Provider
	var joined *time.Time
	err := row.Scan(&p.ID, &p.Name, &p.Kind, &p.SiteURL, &p.ContactEmail, &p.Markets, &p.Status, &joined)
	if joined != nil {
		p.JoinedOn = shanghaiDay(*joined)
	}
	return p, err
}

// scanListing reads a row of listingColumns.
func scanListing(row pgx.CollectableRow) (market.Listing, error) {
	var l market.Listing
	var listed, delisted *time.Time
	err := row.Scan(&l.ID, &l.ProviderID, &l.Title, &l.Market, &l.Delivery, &l.DetailURL, &l.ProductPageURL, &l.Price,
		&listed, &delisted, &l.Status, &l.DeliverableURL)
	l.ListedAt, l.DelistedAt = inShanghai(listed), inShanghai(delisted)
	return l, err
}

// inShanghai is a time that may be missing, in the zone of the norms.
func inShanghai(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.In(market.Shanghai)
}

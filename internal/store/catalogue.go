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
	// Providers and Listings narrow it to those of either list. Both nil: they do not.
	Providers, Listings []string
}

const (
	providerColumns = `p.provider_id, p.name, p.kind, p.site_url, p.contact_email, p.markets, p.status, p.joined_on`
	listingColumns  = `l.listing_id, l.provider_id, l.title, l.market, l.delivery, l.detail_url, l.product_page_url, l.price,
		l.listed_at, l.delisted_at, l.status, l.deliverable_url, l.version, l.version_at, l.open_source, l.licence,
		l.delisting_plan_known, l.delisting_plan_on`
)

// scopePage is how many rows EachInScope holds at once.
const scopePage = 1000

// EachInScope calls f for every listing on sale of an active provider, with its provider,
// and once with a nil listing for an active provider that has none on sale; by provider,
// then by listing, in the order of their IDs. With filter.Listing it is that listing alone,
// if it is on sale. All of it is the catalogue at one moment, read a page at a time: a
// market need not fit into memory, and f may use tx meanwhile. f may keep its arguments and
// must not change them; calls for one provider may share its value. An error of f ends it
// and is returned as it is.
func EachInScope(ctx context.Context, tx pgx.Tx, filter CatalogueFilter, f func(*market.Provider, *market.Listing) error) error {
	_, err := tx.Exec(ctx, `DECLARE in_scope NO SCROLL CURSOR FOR
		SELECT `+providerColumns+`, l.listing_id IS NOT NULL, `+scopeListing+`
		FROM providers p LEFT JOIN listings l ON l.provider_id = p.provider_id AND l.status = 'on_sale'
		WHERE p.status = 'active' AND ($1 = '' OR p.provider_id = $1) AND ($2 = '' OR l.listing_id = $2)
		  AND (NOT $3 OR p.provider_id = ANY($4) OR l.listing_id = ANY($5))
		ORDER BY p.provider_id, l.listing_id`,
		filter.Provider, filter.Listing, filter.Providers != nil || filter.Listings != nil, filter.Providers, filter.Listings)
	if err != nil {
		return fmt.Errorf("read catalogue: %w", err)
	}
	provider := &market.Provider{}
	for {
		rows, err := tx.Query(ctx, fmt.Sprintf(`FETCH %d FROM in_scope`, scopePage))
		if err != nil {
			return fmt.Errorf("read catalogue: %w", err)
		}
		page, err := pgx.CollectRows(rows, scanScope)
		if err != nil {
			return fmt.Errorf("read catalogue: %w", err)
		}
		for i := range page {
			if page[i].provider.ID != provider.ID {
				provider = page[i].provider
			}
			if err := f(provider, page[i].listing); err != nil {
				return err
			}
		}
		if len(page) < scopePage {
			break
		}
	}
	if _, err := tx.Exec(ctx, `CLOSE in_scope`); err != nil {
		return fmt.Errorf("read catalogue: %w", err)
	}
	return nil
}

// scopeListing are listingColumns where there may be no listing.
const scopeListing = `coalesce(l.listing_id, ''), p.provider_id, coalesce(l.title, ''), coalesce(l.market, ''), coalesce(l.delivery, ''),
	coalesce(l.detail_url, ''), coalesce(l.product_page_url, ''), coalesce(l.price, ''), l.listed_at, l.delisted_at,
	coalesce(l.status, ''), coalesce(l.deliverable_url, ''), coalesce(l.version, ''), l.version_at, coalesce(l.open_source, ''),
	coalesce(l.licence, ''), coalesce(l.delisting_plan_known, false), l.delisting_plan_on`

// scopeRow is a row of EachInScope.
type scopeRow struct {
	provider *market.Provider
	listing  *market.Listing // nil: the provider has none on sale
}

func scanScope(row pgx.CollectableRow) (scopeRow, error) {
	var p market.Provider
	var l listingRow
	var has bool
	var joined *time.Time
	err := row.Scan(append([]any{
		&p.ID, &p.Name, &p.Kind, &p.SiteURL, &p.ContactEmail, &p.Markets, &p.Status, &joined, &has,
	}, l.columns()...)...)
	if joined != nil {
		p.JoinedOn = shanghaiDay(*joined)
	}
	if !has {
		return scopeRow{provider: &p}, err
	}
	return scopeRow{&p, l.value()}, err
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
	var l listingRow
	err := row.Scan(l.columns()...)
	return *l.value(), err
}

// listingRow is a row of listingColumns, with what may be NULL.
type listingRow struct {
	market.Listing

	listed, delisted, versioned, planned *time.Time
}

// columns are where a row is scanned to.
func (l *listingRow) columns() []any {
	return []any{
		&l.ID, &l.ProviderID, &l.Title, &l.Market, &l.Delivery, &l.DetailURL, &l.ProductPageURL, &l.Price,
		&l.listed, &l.delisted, &l.Status, &l.DeliverableURL, &l.Version, &l.versioned, &l.OpenSource, &l.Licence,
		&l.DelistingPlanKnown, &l.planned,
	}
}

// value is the listing that was scanned.
func (l *listingRow) value() *market.Listing {
	l.ListedAt, l.DelistedAt, l.VersionAt = inShanghai(l.listed), inShanghai(l.delisted), inShanghai(l.versioned)
	if l.planned != nil {
		l.DelistingPlanOn = shanghaiDay(*l.planned)
	}
	return &l.Listing
}

// inShanghai is a time that may be missing, in the zone of the norms.
func inShanghai(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.In(market.Shanghai)
}

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/market"
)

// sold is the condition of the index orders_sold, word for word: without it PostgreSQL
// would not use the index.
const sold = `o.status IN ('paid', 'completed') AND o.refunded_at IS NULL`

// OrderCounts counts the orders of each listing. Every listing asked for has an entry.
func (s *Store) OrderCounts(ctx context.Context, listings []string, w market.OrderWindow) (map[string]market.OrderCount, error) {
	rows, err := s.Pool.Query(ctx, `SELECT l.id, n.long, n.short, p.paid_at FROM unnest($1::text[]) AS l (id)
		CROSS JOIN LATERAL (SELECT count(*) AS long, count(*) FILTER (WHERE o.paid_at >= $3) AS short FROM orders o
			WHERE o.listing_id = l.id AND o.paid_at >= $2 AND o.paid_at < $4 AND `+sold+`) n
		LEFT JOIN LATERAL (SELECT o.paid_at FROM orders o
			WHERE o.listing_id = l.id AND o.paid_at < $4 AND `+sold+` ORDER BY o.paid_at DESC LIMIT 1) p ON true`,
		listings, w.From3, w.From2, w.To)
	if err != nil {
		return nil, fmt.Errorf("count orders of %d listings: %w", len(listings), err)
	}
	out := make(map[string]market.OrderCount, len(listings))
	var id string
	var c market.OrderCount
	var last *time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &c.Count, &c.CountTwo, &last}, func() error {
		c.LastPaid = inShanghai(last)
		out[id] = c
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count orders of %d listings: %w", len(listings), err)
	}
	return out, nil
}

// YearSales adds up what each provider sold in a natural year of Shanghai and before
// until, which is zero for the whole year. Every provider asked for has an entry. Orders
// of listings that the catalogue does not know belong to no provider and are left out.
func (s *Store) YearSales(ctx context.Context, providers []string, year int, until time.Time) (map[string]market.YearSales, error) {
	from := time.Date(year, 1, 1, 0, 0, 0, 0, market.Shanghai)
	to := from.AddDate(1, 0, 0)
	if !until.IsZero() && until.Before(to) {
		to = until
	}
	rows, err := s.Pool.Query(ctx, `WITH items AS (
			SELECT l.provider_id, l.delivery, l.listing_id,
			  coalesce(sum(o.quantity) FILTER (WHERE o.deployed_on = 'cloud'), 0)::bigint AS cloud,
			  coalesce(sum(o.quantity) FILTER (WHERE o.deployed_on = 'other'), 0)::bigint AS other,
			  coalesce(sum(o.quantity) FILTER (WHERE o.deployed_on = 'unknown'), 0)::bigint AS unknown
			FROM listings l JOIN orders o ON o.listing_id = l.listing_id
			WHERE l.provider_id = ANY ($1) AND o.paid_at >= $2 AND o.paid_at < $3 AND `+sold+`
			GROUP BY l.listing_id)
		SELECT provider_id, coalesce(nullif(delivery, ''), $4), sum(cloud)::bigint, sum(other)::bigint, sum(unknown)::bigint,
		  count(*) FILTER (WHERE cloud > 0), count(*) FILTER (WHERE cloud = 0 AND unknown = 0 AND other > 0),
		  count(*) FILTER (WHERE cloud = 0 AND unknown > 0)
		FROM items GROUP BY 1, 2`, providers, from, to, market.DeliveryUnknown)
	if err != nil {
		return nil, fmt.Errorf("add up sales of %d: %w", year, err)
	}
	out := make(map[string]market.YearSales, len(providers))
	for _, id := range providers {
		out[id] = market.YearSales{Year: year, ByDelivery: map[string]market.Sold{}, Listings: map[string]market.Sold{}}
	}
	var id, delivery string
	var items, listings market.Sold
	_, err = pgx.ForEachRow(rows, []any{
		&id, &delivery, &items.Cloud, &items.Other, &items.Unknown, &listings.Cloud, &listings.Other, &listings.Unknown,
	}, func() error {
		out[id].ByDelivery[delivery] = items
		out[id].Listings[delivery] = listings
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("add up sales of %d: %w", year, err)
	}
	return out, nil
}

// Coverage returns what the feeds of a kind cover, merged and in order; nothing when
// nobody ever said.
func (s *Store) Coverage(ctx context.Context, kind market.FeedKind) ([]market.Range, error) {
	rows, err := s.Pool.Query(ctx, `SELECT first_day, last_day FROM feed_coverage WHERE kind = $1`, kind)
	if err != nil {
		return nil, fmt.Errorf("read coverage of %s: %w", kind, err)
	}
	ranges, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (market.Range, error) {
		var first, last time.Time
		err := row.Scan(&first, &last)
		return market.Range{From: shanghaiDay(first), To: shanghaiDay(last).AddDate(0, 0, 1)}, err
	})
	if err != nil {
		return nil, fmt.Errorf("read coverage of %s: %w", kind, err)
	}
	return market.MergeRanges(ranges), nil
}

// HasFeed reports whether a feed of a kind was ever imported.
func (s *Store) HasFeed(ctx context.Context, kind market.FeedKind) (bool, error) {
	var ok bool
	if err := s.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM imports WHERE kind = $1)`, kind).Scan(&ok); err != nil {
		return false, fmt.Errorf("look for imports of %s: %w", kind, err)
	}
	return ok, nil
}

// shanghaiDay is the day that a date says, at 00:00.
func shanghaiDay(d time.Time) time.Time {
	return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, market.Shanghai)
}

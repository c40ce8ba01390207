package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/market"
)

// Complaints returns the complaints of a kind about each listing, in the order in which
// they were filed. Listings without any have no entry.
func (s *Store) Complaints(ctx context.Context, listings []string, kind string) (map[string][]market.Complaint, error) {
	rows, err := s.Pool.Query(ctx, `SELECT complaint_id, listing_id, provider_id, kind, status, filed_at, decided_at
		FROM complaints WHERE listing_id = ANY ($1) AND listing_id <> '' AND kind = $2 ORDER BY filed_at, complaint_id`, listings, kind)
	if err != nil {
		return nil, fmt.Errorf("read complaints about %d listings: %w", len(listings), err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (market.Complaint, error) {
		var c market.Complaint
		var filed, decided *time.Time
		err := row.Scan(&c.ID, &c.ListingID, &c.ProviderID, &c.Kind, &c.Status, &filed, &decided)
		c.FiledAt, c.DecidedAt = inShanghai(filed), inShanghai(decided)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("read complaints about %d listings: %w", len(listings), err)
	}
	out := map[string][]market.Complaint{}
	for _, c := range list {
		out[c.ListingID] = append(out[c.ListingID], c)
	}
	return out, nil
}

// FeedImported is when a feed of a kind was last imported, in Shanghai; the zero time when
// none ever was.
func (s *Store) FeedImported(ctx context.Context, kind market.FeedKind) (time.Time, error) {
	var at *time.Time
	if err := s.Pool.QueryRow(ctx, `SELECT max(at) FROM imports WHERE kind = $1`, kind).Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("look for imports of %s: %w", kind, err)
	}
	return inShanghai(at), nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Observation is the unbroken row of visits of one address that ended the same way. Only
// addresses that were down or forbidden have one: State "" takes it away.
type Observation struct {
	Kind   string // ObservedListing, ObservedSite or ObservedDeliverable
	Key    string // listing ID for listings, else what names the canonical address; at most 1 KiB
	State  string // "down", "forbidden" or ""
	Since  time.Time
	Last   time.Time
	Nights int
}

// Kinds of observed addresses.
const (
	ObservedListing     = "listing"
	ObservedSite        = "site"
	ObservedDeliverable = "deliverable"
)

// Observation reads the row of an address; the zero value when it has none.
func (s *Store) Observation(ctx context.Context, kind, key string) (Observation, error) {
	o := Observation{Kind: kind, Key: key}
	err := s.Pool.QueryRow(ctx, `SELECT state, since, last, nights FROM observations WHERE kind = $1 AND key = $2`, o.Kind, o.Key).
		Scan(&o.State, &o.Since, &o.Last, &o.Nights)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return o, fmt.Errorf("read observations of %s %s: %w", kind, key, err)
	}
	return o, nil
}

// queueObservations writes the rows of addresses as they stand after their visits. Most
// addresses answer and have no row, so those are taken away by one statement a kind.
func queueObservations(b *pgx.Batch, sweep int64, seen []Observation) {
	answered := map[string][]string{}
	for i := range seen {
		o := &seen[i]
		if o.State == "" {
			answered[o.Kind] = append(answered[o.Kind], o.Key)
			continue
		}
		b.Queue(`INSERT INTO observations (kind, key, state, since, last, nights, sweep) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (kind, key) DO UPDATE SET state = excluded.state, since = excluded.since, last = excluded.last,
			  nights = excluded.nights, sweep = excluded.sweep`, o.Kind, o.Key, o.State, o.Since, o.Last, o.Nights, sweep)
	}
	for _, kind := range []string{ObservedListing, ObservedSite, ObservedDeliverable} {
		if keys := answered[kind]; len(keys) > 0 {
			b.Queue(`DELETE FROM observations WHERE kind = $1 AND key = ANY($2)`, kind, keys)
		}
	}
}

package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/market"
)

// SiteRow is one listing's part in a site unit; Listing is nil where only its provider
// has one.
type SiteRow struct {
	Task, Key, Host string
	Provider        *market.Provider
	Listing         *market.Listing
}

// StageSites begins to gather site units: it makes the table that StageSiteRows fills and
// AddSiteUnits reads. It lasts as long as the transaction.
func StageSites(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `CREATE TEMP TABLE site_rows (task text NOT NULL, key text NOT NULL, host text NOT NULL,
		provider_id text NOT NULL, provider jsonb NOT NULL, listing_id text NOT NULL, listing jsonb) ON COMMIT DROP`)
	if err != nil {
		return fmt.Errorf("stage site units: %w", err)
	}
	return nil
}

// StageSiteRows adds rows; it may be called many times, so that a market need not fit
// into memory.
func StageSiteRows(ctx context.Context, tx pgx.Tx, rows []SiteRow) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"site_rows"}, []string{"task", "key", "host", "provider_id", "provider", "listing_id", "listing"},
		pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
			r := &rows[i]
			provider, err := json.Marshal(r.Provider)
			if err != nil || r.Listing == nil {
				return []any{r.Task, r.Key, r.Host, r.Provider.ID, provider, "", nil}, err
			}
			listing, err := json.Marshal(r.Listing)
			return []any{r.Task, r.Key, r.Host, r.Provider.ID, provider, r.Listing.ID, listing}, err
		}))
	if err != nil {
		return fmt.Errorf("stage %d site rows: %w", len(rows), err)
	}
	return nil
}

// AddSiteUnits stores the units gathered, one a key, in one batch a host. Units without a
// host, which visit nobody, make batches of unhosted units each. It returns the batches.
//
// A unit of the task split holds at most piece listings; those beyond are in units of the
// task rest, so that no unit takes longer than a job may.
func AddSiteUnits(ctx context.Context, tx pgx.Tx, sweep int64, unhosted int, split string, piece int, rest string) ([]int64, error) {
	rows, err := tx.Query(ctx, `WITH parts AS (
		  SELECT *, CASE WHEN listing IS NULL OR task <> $3 THEN 0
		    ELSE (row_number() OVER (PARTITION BY key, listing IS NULL ORDER BY listing_id) - 1) / $4::int END AS piece FROM site_rows),
		pieces AS (
		  SELECT CASE piece WHEN 0 THEN key ELSE key || '#' || piece END AS key, CASE piece WHEN 0 THEN task ELSE $5 END AS task,
		    host, provider_id, provider, listing_id, listing FROM parts),
		units AS (
		  SELECT key, min(task) AS task, min(host) AS host,
		    jsonb_agg(provider ORDER BY provider_id) FILTER (WHERE first_of_provider) AS providers,
		    jsonb_agg(listing ORDER BY listing_id) FILTER (WHERE listing IS NOT NULL) AS listings
		  FROM (SELECT *, row_number() OVER (PARTITION BY key, provider_id ORDER BY listing_id) = 1 AS first_of_provider FROM pieces) r
		  GROUP BY key),
		placed AS (SELECT *, CASE WHEN host = '' THEN (row_number() OVER (PARTITION BY host ORDER BY key) - 1) / $2 ELSE 0 END AS part FROM units),
		batches AS (SELECT host, part, nextval('sweep_batches') AS batch FROM (SELECT DISTINCT host, part FROM placed ORDER BY host, part) h),
		added AS (INSERT INTO sweep_units (sweep, kind, key, batch, host, snapshot)
		  SELECT $1, 'site', key, batch, host, jsonb_build_object('task', task, 'providers', providers, 'listings', coalesce(listings, '[]'))
		  FROM placed JOIN batches USING (host, part))
		SELECT batch FROM batches ORDER BY batch`, sweep, unhosted, split, piece, rest)
	if err != nil {
		return nil, fmt.Errorf("store site units: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("store site units: %w", err)
	}
	return out, nil
}

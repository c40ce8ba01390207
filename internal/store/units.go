package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/market"
)

// Unit is one piece of a sweep's work: a listing page, a page of a provider's site, or
// the accounts of a range of providers.
type Unit struct {
	Sweep    int64
	Kind     string // UnitListing, UnitSite or UnitAccount
	Key      string
	Batch    int64
	Host     string // for sites
	Attempts int    // failed visits so far
	Snapshot Snapshot
}

// Snapshot is the catalogue as it stood when the sweep was planned, so that an import
// in the middle of a night changes nothing about that night.
type Snapshot struct {
	Task      string            `json:"task,omitempty"` // of site units: what is to be found out
	Providers []market.Provider `json:"providers"`
	Listings  []market.Listing  `json:"listings,omitempty"`
}

// Provider returns the provider of that ID, or the zero value.
func (s *Snapshot) Provider(id string) market.Provider {
	for i := range s.Providers {
		if s.Providers[i].ID == id {
			return s.Providers[i]
		}
	}
	return market.Provider{}
}

// Querier is what reads: a pool or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// NextBatches reserves n batch numbers and returns them.
func NextBatches(ctx context.Context, tx pgx.Tx, n int) ([]int64, error) {
	rows, err := tx.Query(ctx, `SELECT nextval('sweep_batches') FROM generate_series(1, $1)`, n)
	if err != nil {
		return nil, fmt.Errorf("reserve batches: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("reserve batches: %w", err)
	}
	return out, nil
}

// AddUnits stores planned units.
func AddUnits(ctx context.Context, tx pgx.Tx, units []Unit) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"sweep_units"}, []string{"sweep", "kind", "key", "batch", "host", "snapshot"},
		pgx.CopyFromSlice(len(units), func(i int) ([]any, error) {
			u := &units[i]
			snap, err := json.Marshal(&u.Snapshot)
			return []any{u.Sweep, u.Kind, u.Key, u.Batch, u.Host, snap}, err
		}))
	if err != nil {
		return fmt.Errorf("store %d units: %w", len(units), err)
	}
	return nil
}

// SetBatchJobs notes which job works on each batch.
func SetBatchJobs(ctx context.Context, tx pgx.Tx, sweep int64, batches, jobs []int64) error {
	_, err := tx.Exec(ctx, `UPDATE sweep_units u SET job = j.job
		FROM unnest($2::bigint[], $3::bigint[]) AS j(batch, job)
		WHERE u.sweep = $1 AND u.batch = j.batch AND u.state = 'open'`, sweep, batches, jobs)
	if err != nil {
		return fmt.Errorf("note jobs of %d batches: %w", len(batches), err)
	}
	return nil
}

// OpenUnits returns the open units of a batch by key.
func OpenUnits(ctx context.Context, db Querier, sweep, batch int64) ([]Unit, error) {
	rows, err := db.Query(ctx, `SELECT sweep, kind, key, batch, host, attempts, snapshot FROM sweep_units
		WHERE sweep = $1 AND batch = $2 AND state = 'open' ORDER BY key`, sweep, batch)
	if err != nil {
		return nil, fmt.Errorf("open units of batch %d: %w", batch, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Unit, error) {
		var u Unit
		err := row.Scan(&u.Sweep, &u.Kind, &u.Key, &u.Batch, &u.Host, &u.Attempts, &u.Snapshot)
		return u, err
	})
	if err != nil {
		return nil, fmt.Errorf("open units of batch %d: %w", batch, err)
	}
	return out, nil
}

// Retry puts a unit off: it becomes a batch of its own, due at next.
type Retry struct {
	Unit   Unit
	Batch  int64 // the new batch
	Reason string
	Next   time.Time
}

// RetryUnits notes failed visits and when the units are due again.
func RetryUnits(ctx context.Context, tx pgx.Tx, retries []Retry) error {
	b := &pgx.Batch{}
	for i := range retries {
		r := &retries[i]
		b.Queue(`UPDATE sweep_units SET attempts = attempts + 1, batch = $4, reason = $5, next_try = $6
			WHERE sweep = $1 AND kind = $2 AND key = $3 AND state = 'open'`,
			r.Unit.Sweep, r.Unit.Kind, r.Unit.Key, r.Batch, r.Reason, r.Next)
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("put off %d units: %w", len(retries), err)
	}
	return nil
}

// MoveUnits gives units that were not reached to another batch.
func MoveUnits(ctx context.Context, tx pgx.Tx, units []Unit, batch int64) error {
	keys := make([]string, len(units))
	for i := range units {
		keys[i] = units[i].Key
	}
	if len(units) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE sweep_units SET batch = $4 WHERE sweep = $1 AND kind = $2 AND key = ANY($3) AND state = 'open'`,
		units[0].Sweep, units[0].Kind, keys, batch)
	if err != nil {
		return fmt.Errorf("move %d units: %w", len(units), err)
	}
	return nil
}

// Orphan is a batch with open units that no live job will work on.
type Orphan struct {
	Batch      int64
	Kind       string
	Recoveries int // how often its units were put back before
}

// Orphans returns the batches of open units that have no live job, and counts one
// recovery more on each of their units.
//
// A unit and its job change in one transaction, so the plain SELECT sees them together
// in one snapshot; an UPDATE that looked for itself would look again at a row changed
// meanwhile, with the old view of the jobs, and take a unit for lost that has just got
// its next job.
func Orphans(ctx context.Context, tx pgx.Tx, sweep int64) ([]Orphan, error) {
	rows, err := tx.Query(ctx, `SELECT u.kind, u.key, u.batch, coalesce(u.job, 0) FROM sweep_units u
		WHERE u.sweep = $1 AND u.state = 'open' AND NOT EXISTS (
		  SELECT FROM river_job j WHERE j.id = u.job AND j.finalized_at IS NULL)`, sweep)
	if err != nil {
		return nil, fmt.Errorf("look for orphans of sweep %d: %w", sweep, err)
	}
	var kinds, keys []string
	var batches, jobs []int64
	var kind, key string
	var batch, job int64
	_, err = pgx.ForEachRow(rows, []any{&kind, &key, &batch, &job}, func() error {
		kinds, keys, batches, jobs = append(kinds, kind), append(keys, key), append(batches, batch), append(jobs, job)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for orphans of sweep %d: %w", sweep, err)
	}
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err = tx.Query(ctx, `WITH lost AS (
		  UPDATE sweep_units u SET recoveries = recoveries + 1
		  FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS o(kind, key, batch, job)
		  WHERE u.sweep = $1 AND u.kind = o.kind AND u.key = o.key AND u.batch = o.batch
		    AND coalesce(u.job, 0) = o.job AND u.state = 'open'
		  RETURNING u.batch, u.kind, u.recoveries)
		SELECT batch, min(kind), max(recoveries) - 1 FROM lost GROUP BY batch ORDER BY batch`,
		sweep, kinds, keys, batches, jobs)
	if err != nil {
		return nil, fmt.Errorf("mark orphans of sweep %d: %w", sweep, err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Orphan])
	if err != nil {
		return nil, fmt.Errorf("mark orphans of sweep %d: %w", sweep, err)
	}
	return out, nil
}

package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Sweep is one row of sweeps: what a night set out to judge.
type Sweep struct {
	ID      int64
	State   string // SweepRunning, SweepClosed or SweepAbandoned
	AsOf    time.Time
	Started time.Time
	Closed  *time.Time
	Scope   Scope
	Market  string
	Bundle  string // SHA-256
	Engine  string
	Records bool // false: a look back that touches no records
	Pruned  bool // nothing is kept but the row; see Prune
}

// States of a sweep.
const (
	SweepRunning   = "running"
	SweepClosed    = "closed"
	SweepAbandoned = "abandoned"
)

// Scope narrows a sweep. The zero value is everything.
type Scope struct {
	Provider string `json:"provider,omitempty"`
	Listing  string `json:"listing,omitempty"`
	Only     string `json:"only,omitempty"` // listings, sites or accounts
	// Recheck marks a sweep that looks again at some records before notices are sent. It is
	// no night: reports and trends do not count it.
	Recheck bool `json:"recheck,omitempty"`
}

// String says what the scope is: "all", or the flags that narrow it.
func (s Scope) String() string {
	var parts []string
	for _, f := range [][2]string{{"provider", s.Provider}, {"listing", s.Listing}, {"only", s.Only}} {
		if f[1] != "" {
			parts = append(parts, f[0]+"="+f[1])
		}
	}
	if s.Recheck {
		parts = append(parts, "recheck")
	}
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, " ")
}

// Kinds of units.
const (
	UnitListing = "listing"
	UnitSite    = "site"
	UnitAccount = "account"
)

// Sentinels of sweeps.
var (
	// ErrNoSweep says that there is no such sweep.
	ErrNoSweep = errors.New("no such sweep")
	// ErrSweepRunning says that another sweep is not closed yet; there is one at a time.
	ErrSweepRunning = errors.New("a sweep is running")
)

const sweepColumns = `id, state, as_of, started_at, closed_at, scope, market, bundle, engine, records, pruned_at IS NOT NULL`

// scanSweep reads a row of sweepColumns.
func scanSweep(row pgx.CollectableRow) (Sweep, error) {
	var s Sweep
	err := row.Scan(&s.ID, &s.State, &s.AsOf, &s.Started, &s.Closed, &s.Scope, &s.Market, &s.Bundle, &s.Engine, &s.Records, &s.Pruned)
	return s, err
}

// CreateSweep stores a new running sweep and the bundle it judges by, and gives it its
// ID. It answers ErrSweepRunning when another one runs.
func CreateSweep(ctx context.Context, tx pgx.Tx, s *Sweep, bundle json.RawMessage) error {
	_, err := tx.Exec(ctx, `INSERT INTO bundles (hash, content, made_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		s.Bundle, bundle, s.Started)
	if err != nil {
		return fmt.Errorf("store bundle %s: %w", s.Bundle, err)
	}
	// The lock makes the answer certain where a second planner arrives meanwhile.
	if _, err := tx.Exec(ctx, `LOCK TABLE sweeps IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return fmt.Errorf("lock sweeps: %w", err)
	}
	var running bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM sweeps WHERE state = 'running')`).Scan(&running); err != nil {
		return fmt.Errorf("look for running sweep: %w", err)
	}
	if running {
		return ErrSweepRunning
	}
	s.State = SweepRunning
	err = tx.QueryRow(ctx, `INSERT INTO sweeps (as_of, started_at, scope, market, bundle, engine, records)
		VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
		s.AsOf, s.Started, s.Scope, s.Market, s.Bundle, s.Engine, s.Records).Scan(&s.ID)
	if err != nil {
		return fmt.Errorf("create sweep: %w", err)
	}
	return nil
}

// SweepByID returns one sweep; ErrNoSweep when there is none of that ID.
func (s *Store) SweepByID(ctx context.Context, id int64) (Sweep, error) {
	return s.oneSweep(ctx, `WHERE id = $1`, id)
}

// RunningSweep returns the sweep that is not closed yet; ErrNoSweep when there is none.
func (s *Store) RunningSweep(ctx context.Context) (Sweep, error) {
	return s.oneSweep(ctx, `WHERE state = 'running'`)
}

// LastClosedSweep returns the newest closed sweep that is no recheck; ErrNoSweep when
// there is none. It may be a look back, which touched no records.
func (s *Store) LastClosedSweep(ctx context.Context) (Sweep, error) {
	return s.oneSweep(ctx, `WHERE state = 'closed' AND NOT scope ? 'recheck' ORDER BY id DESC LIMIT 1`)
}

// LastRecordedSweep is LastClosedSweep without looks back.
func (s *Store) LastRecordedSweep(ctx context.Context) (Sweep, error) {
	return s.oneSweep(ctx, `WHERE state = 'closed' AND records AND NOT scope ? 'recheck' ORDER BY id DESC LIMIT 1`)
}

func (s *Store) oneSweep(ctx context.Context, where string, args ...any) (Sweep, error) {
	rows, err := s.Pool.Query(ctx, `SELECT `+sweepColumns+` FROM sweeps `+where, args...)
	if err != nil {
		return Sweep{}, fmt.Errorf("read sweep: %w", err)
	}
	sw, err := pgx.CollectExactlyOneRow(rows, scanSweep)
	if errors.Is(err, pgx.ErrNoRows) {
		return Sweep{}, ErrNoSweep
	}
	if err != nil {
		return Sweep{}, fmt.Errorf("read sweep: %w", err)
	}
	return sw, nil
}

// Sweeps returns the newest sweeps first, at most limit.
func (s *Store) Sweeps(ctx context.Context, limit int) ([]Sweep, error) {
	rows, err := s.Pool.Query(ctx, `SELECT `+sweepColumns+` FROM sweeps ORDER BY id DESC LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list sweeps: %w", err)
	}
	out, err := pgx.CollectRows(rows, scanSweep)
	if err != nil {
		return nil, fmt.Errorf("list sweeps: %w", err)
	}
	return out, nil
}

// AbandonSweep ends a running sweep that nobody will go on with: its units stay as they
// are, its jobs are cancelled, its records are kept.
func (s *Store) AbandonSweep(ctx context.Context, id int64) error {
	return pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE sweeps SET state = 'abandoned' WHERE id = $1 AND state = 'running'`, id); err != nil {
			return fmt.Errorf("abandon sweep %d: %w", id, err)
		}
		_, err := tx.Exec(ctx, `UPDATE river_job SET state = 'cancelled', finalized_at = now()
			WHERE args @> jsonb_build_object('sweep', $1::bigint) AND finalized_at IS NULL`, id)
		if err != nil {
			return fmt.Errorf("cancel jobs of sweep %d: %w", id, err)
		}
		return nil
	})
}

// CloseSweep closes a running sweep if none of its units is open, and resolves the
// records of subjects that have left the market, unless the sweep only looks again at
// some. It reports whether the sweep is closed now.
func CloseSweep(ctx context.Context, tx pgx.Tx, id int64, now time.Time) (bool, error) {
	var records bool
	var asOf time.Time
	err := tx.QueryRow(ctx, `UPDATE sweeps SET state = 'closed', closed_at = $2
		WHERE id = $1 AND state = 'running'
		  AND NOT EXISTS (SELECT FROM sweep_units WHERE sweep = $1 AND state = 'open')
		RETURNING records AND NOT scope ? 'recheck', as_of`, id, now).Scan(&records, &asOf)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("close sweep %d: %w", id, err)
	}
	if !records {
		return true, nil
	}
	_, err = tx.Exec(ctx, `WITH gone AS (
		UPDATE records r SET status = 'resolved', resolved_why = 'subject_gone', resolved_at = $2, resolved_sweep = $1
		WHERE status = 'open' AND last_sweep < $1 AND CASE
		  WHEN listing_id <> '' THEN NOT EXISTS (SELECT FROM listings l JOIN providers p ON p.provider_id = l.provider_id
		       WHERE l.listing_id = r.listing_id AND l.status = 'on_sale' AND p.status = 'active')
		  ELSE NOT EXISTS (SELECT FROM providers p WHERE p.provider_id = r.provider_id AND p.status = 'active') END
		RETURNING fingerprint)
		INSERT INTO record_events (fingerprint, sweep, event, why) SELECT fingerprint, $1, 'resolved', 'subject_gone' FROM gone`, id, asOf)
	if err != nil {
		return false, fmt.Errorf("resolve records of subjects gone, sweep %d: %w", id, err)
	}
	return true, nil
}

// Progress is how far a sweep has come.
type Progress struct {
	Open, Done, NotChecked int
	State                  string // of the sweep
}

// Planned is the number of units.
func (p Progress) Planned() int { return p.Open + p.Done + p.NotChecked }

// Progress counts the sweep's units.
func (s *Store) Progress(ctx context.Context, id int64) (Progress, error) {
	var p Progress
	err := s.Pool.QueryRow(ctx, `SELECT
		(SELECT state FROM sweeps WHERE id = $1),
		count(*) FILTER (WHERE state = 'open'), count(*) FILTER (WHERE state = 'done'),
		count(*) FILTER (WHERE state = 'not_checked')
		FROM sweep_units WHERE sweep = $1`, id).Scan(&p.State, &p.Open, &p.Done, &p.NotChecked)
	if err != nil {
		return p, fmt.Errorf("progress of sweep %d: %w", id, err)
	}
	return p, nil
}

// HasCloseJob reports whether the job that closes the sweep is still to come. The
// sweep's row is locked, so that two processes that resume do not both add one.
func HasCloseJob(ctx context.Context, tx pgx.Tx, id int64, kind string) (bool, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM sweeps WHERE id = $1 FOR UPDATE`, id); err != nil {
		return false, fmt.Errorf("lock sweep %d: %w", id, err)
	}
	return HasLiveJob(ctx, tx, kind, "sweep", id)
}

// LiveWorkers counts the workers that are enrolled; call RescueLost before, which strikes
// the dead ones off.
func (s *Store) LiveWorkers(ctx context.Context) (int, error) {
	var n int
	if err := s.Pool.QueryRow(ctx, `SELECT count(*) FROM workers`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count workers: %w", err)
	}
	return n, nil
}

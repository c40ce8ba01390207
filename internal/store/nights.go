package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Night is one tick of a schedule entry and what became of it.
type Night struct {
	ID       int64
	Schedule string
	Tick     time.Time
	State    string // one of the Night… states
	Why      string // for partial, failed, missed and skipped
	Steps    []string
	Only     string // what its sweep is narrowed to
	Sweep    int64  // that its sweep step planned; 0 = none yet
	Fired    time.Time
	Ended    *time.Time
}

// States of a night. A waiting one begins when the one before it has ended.
const (
	NightWaiting = "waiting"
	NightRunning = "running"
	NightDone    = "done"
	NightPartial = "partial" // all steps ended, some with problems
	NightFailed  = "failed"
	NightMissed  = "missed"  // nobody was there, and catching up was not wanted
	NightSkipped = "skipped" // the one before was still running
)

// NightStep is one step of a night.
type NightStep struct {
	N        int
	Step     string
	State    string // running, done, partial or failed
	Failures int
	Problems []string // noted while it ran
	Detail   string
	Started  time.Time
	Ended    *time.Time
}

// ErrNoNight says that there is no such night.
var ErrNoNight = errors.New("no such night")

const nightColumns = `id, schedule, tick, state, why, steps, only_part, coalesce(sweep, 0), fired_at, ended_at`

// ScheduleRow is up to when the ticks of an entry were dealt with, and by which spec.
type ScheduleRow struct {
	Spec, Zone string
	Last       time.Time
}

// RegisterSchedule makes an entry known. One that is new or was changed begins at now:
// ticks of before were never due by it.
func (s *Store) RegisterSchedule(ctx context.Context, name, spec, zone string, now time.Time) error {
	_, err := s.Pool.Exec(ctx, `INSERT INTO schedules AS o (name, spec, zone, last) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET spec = excluded.spec, zone = excluded.zone,
		  last = CASE WHEN (o.spec, o.zone) = (excluded.spec, excluded.zone) THEN o.last ELSE excluded.last END`,
		name, spec, zone, now)
	if err != nil {
		return fmt.Errorf("register schedule %s: %w", name, err)
	}
	return nil
}

// LockSchedule locks the row of a registered entry and reads it, so that one process at a
// time deals with its ticks.
func LockSchedule(ctx context.Context, tx pgx.Tx, name string) (ScheduleRow, error) {
	var r ScheduleRow
	err := tx.QueryRow(ctx, `SELECT spec, zone, last FROM schedules WHERE name = $1 FOR UPDATE`, name).Scan(&r.Spec, &r.Zone, &r.Last)
	if err != nil {
		return r, fmt.Errorf("lock schedule %s: %w", name, err)
	}
	return r, nil
}

// DealtWith notes up to when the ticks of a locked entry were dealt with.
func DealtWith(ctx context.Context, tx pgx.Tx, name string, last time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE schedules SET last = $2 WHERE name = $1 AND last < $2`, name, last); err != nil {
		return fmt.Errorf("note ticks of schedule %s: %w", name, err)
	}
	return nil
}

// SetBack makes a locked entry begin at now, where its last tick lies in the future.
func SetBack(ctx context.Context, tx pgx.Tx, name string, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE schedules SET last = $2 WHERE name = $1`, name, now); err != nil {
		return fmt.Errorf("set back schedule %s: %w", name, err)
	}
	return nil
}

// AddNight keeps a tick as a night in the state n has, and gives it its ID. A tick that is
// there already is left alone: false.
func AddNight(ctx context.Context, tx pgx.Tx, n *Night, now time.Time) (bool, error) {
	err := tx.QueryRow(ctx, `INSERT INTO nights (schedule, tick, state, why, steps, only_part, fired_at, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $3 IN ('waiting', 'running') THEN NULL ELSE $7::timestamptz END)
		ON CONFLICT (schedule, tick) DO NOTHING RETURNING id`,
		n.Schedule, n.Tick, n.State, n.Why, n.Steps, n.Only, now).Scan(&n.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("keep night of %s at %s: %w", n.Schedule, n.Tick, err)
	}
	n.Fired = now
	return true, nil
}

// LiveNights returns the nights of an entry that have not ended, the oldest first.
func LiveNights(ctx context.Context, db Querier, schedule string) ([]Night, error) {
	return nights(ctx, db, `WHERE schedule = $1 AND ended_at IS NULL ORDER BY tick`, schedule)
}

// Nights returns the newest nights first, at most limit, of one entry or of all ("").
func (s *Store) Nights(ctx context.Context, schedule string, limit int) ([]Night, error) {
	return nights(ctx, s.Pool, `WHERE $1 = '' OR schedule = $1 ORDER BY tick DESC, id DESC LIMIT $2`, schedule, limit)
}

// NightByID returns one night; ErrNoNight when there is none of that ID.
func (s *Store) NightByID(ctx context.Context, id int64) (Night, error) {
	got, err := nights(ctx, s.Pool, `WHERE id = $1`, id)
	if err == nil && len(got) == 0 {
		err = fmt.Errorf("night %d: %w", id, ErrNoNight)
	}
	if err != nil {
		return Night{}, err
	}
	return got[0], nil
}

func nights(ctx context.Context, db Querier, where string, args ...any) ([]Night, error) {
	rows, err := db.Query(ctx, `SELECT `+nightColumns+` FROM nights `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read nights: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Night])
	if err != nil {
		return nil, fmt.Errorf("read nights: %w", err)
	}
	return out, nil
}

// NightSteps returns the steps of a night that have begun, in order.
func (s *Store) NightSteps(ctx context.Context, night int64) ([]NightStep, error) {
	rows, err := s.Pool.Query(ctx, `SELECT n, step, state, failures, problems, detail, started_at, ended_at
		FROM night_steps WHERE night = $1 ORDER BY n`, night)
	if err != nil {
		return nil, fmt.Errorf("read steps of night %d: %w", night, err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[NightStep])
	if err != nil {
		return nil, fmt.Errorf("read steps of night %d: %w", night, err)
	}
	return out, nil
}

// BeginStep notes that a step of a night has begun, once.
func (s *Store) BeginStep(ctx context.Context, night int64, n int, step string, now time.Time) error {
	_, err := s.Pool.Exec(ctx, `INSERT INTO night_steps (night, n, step, state, started_at)
		VALUES ($1, $2, $3, 'running', $4) ON CONFLICT DO NOTHING`, night, n, step, now)
	if err != nil {
		return fmt.Errorf("begin step %s of night %d: %w", step, night, err)
	}
	return nil
}

// NoteProblem keeps a problem of the step that a night is in, so that it is told though the
// step is cut off and begun again.
func (s *Store) NoteProblem(ctx context.Context, night int64, text string) error {
	_, err := s.Pool.Exec(ctx, `UPDATE night_steps SET problems = array_append(problems, $2)
		WHERE night = $1 AND state = 'running' AND NOT problems @> ARRAY[$2]`, night, text)
	if err != nil {
		return fmt.Errorf("note problem of night %d: %w", night, err)
	}
	return nil
}

// EndStep ends a running step.
func EndStep(ctx context.Context, tx pgx.Tx, night int64, n int, state, detail string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE night_steps SET state = $3, detail = $4, ended_at = $5
		WHERE night = $1 AND n = $2 AND state = 'running'`, night, n, state, detail, now)
	if err != nil {
		return fmt.Errorf("end step %d of night %d: %w", n, night, err)
	}
	return nil
}

// FailStep counts one failure more of a running step.
func FailStep(ctx context.Context, tx pgx.Tx, night int64, n int, detail string) error {
	_, err := tx.Exec(ctx, `UPDATE night_steps SET failures = failures + 1, detail = $3
		WHERE night = $1 AND n = $2 AND state = 'running'`, night, n, detail)
	if err != nil {
		return fmt.Errorf("note failure of step %d of night %d: %w", n, night, err)
	}
	return nil
}

// EndNight ends a live night.
func EndNight(ctx context.Context, tx pgx.Tx, night int64, state, why string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE nights SET state = $2, why = $3, ended_at = $4
		WHERE id = $1 AND ended_at IS NULL`, night, state, why, now)
	if err != nil {
		return fmt.Errorf("end night %d: %w", night, err)
	}
	return nil
}

// BeginNight lets a waiting night run.
func BeginNight(ctx context.Context, tx pgx.Tx, night int64) error {
	if _, err := tx.Exec(ctx, `UPDATE nights SET state = 'running' WHERE id = $1 AND state = 'waiting'`, night); err != nil {
		return fmt.Errorf("begin night %d: %w", night, err)
	}
	return nil
}

// ErrOtherSweep says that a night has another sweep than was thought.
var ErrOtherSweep = errors.New("the night has another sweep by now")

// SetNightSweep gives a live night its sweep in place of old, which is 0 or one that was
// given up. ErrOtherSweep: it has another by now.
func SetNightSweep(ctx context.Context, tx pgx.Tx, night, sweep, old int64) error {
	tag, err := tx.Exec(ctx, `UPDATE nights SET sweep = $2 WHERE id = $1 AND ended_at IS NULL AND coalesce(sweep, 0) = $3`, night, sweep, old)
	if err != nil {
		return fmt.Errorf("note sweep %d of night %d: %w", sweep, night, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("night %d: %w", night, ErrOtherSweep)
	}
	return nil
}

// HasLiveJob reports whether a job of that kind with that argument is still to end.
func HasLiveJob(ctx context.Context, tx pgx.Tx, kind, arg string, value int64) (bool, error) {
	var live bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM river_job WHERE kind = $1 AND finalized_at IS NULL
		AND args @> jsonb_build_object($2::text, $3::bigint))`, kind, arg, value).Scan(&live)
	if err != nil {
		return false, fmt.Errorf("look for job %s of %s %d: %w", kind, arg, value, err)
	}
	return live, nil
}

// WorkersFor counts the workers that judge by a bundle and engine.
func (s *Store) WorkersFor(ctx context.Context, bundle, engine string) (int, error) {
	var n int
	err := s.Pool.QueryRow(ctx, `SELECT count(*) FROM workers WHERE bundle = $1 AND engine = $2`, bundle, engine).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count workers of bundle %s: %w", bundle, err)
	}
	return n, nil
}

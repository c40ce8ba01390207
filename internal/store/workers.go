package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrFenced says that the job is no longer this worker's: it was taken for dead, or the
// job was cancelled. Whatever it holds must not be written.
var ErrFenced = errors.New("job is no longer ours")

// Fence is the first statement of every transaction that ends a job: it locks the
// River row and answers ErrFenced unless the row still belongs to this attempt of this
// worker. River's own completion does not look at the attempt.
func Fence(ctx context.Context, tx pgx.Tx, job int64, attemptedAt time.Time, worker string) error {
	var ours bool
	err := tx.QueryRow(ctx, `SELECT state = 'running' AND attempted_at = $2 AND attempted_by[array_upper(attempted_by, 1)] = $3
		FROM river_job WHERE id = $1 FOR UPDATE`, job, attemptedAt, worker).Scan(&ours)
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && !ours) {
		return ErrFenced
	}
	if err != nil {
		return fmt.Errorf("fence job %d: %w", job, err)
	}
	return nil
}

// EndJob completes a fenced job. The transaction's caller holds the row by Fence.
func EndJob(ctx context.Context, tx pgx.Tx, job int64) error {
	if _, err := tx.Exec(ctx, `UPDATE river_job SET state = 'completed', finalized_at = now() WHERE id = $1`, job); err != nil {
		return fmt.Errorf("complete job %d: %w", job, err)
	}
	return nil
}

// ArmJob makes a job that is scheduled available, keeping its time.
func ArmJob(ctx context.Context, tx pgx.Tx, job int64) error {
	if _, err := tx.Exec(ctx, `UPDATE river_job SET state = 'available' WHERE id = $1 AND state = 'scheduled'`, job); err != nil {
		return fmt.Errorf("arm job %d: %w", job, err)
	}
	return nil
}

// DiscardJob ends a fenced job that cannot go on, with the reason.
func DiscardJob(ctx context.Context, tx pgx.Tx, job int64, reason string) error {
	_, err := tx.Exec(ctx, `UPDATE river_job SET state = 'discarded', finalized_at = now(),
		errors = array_append(errors, jsonb_build_object('at', now(), 'attempt', attempt, 'error', $2::text, 'trace', ''))
		WHERE id = $1`, job, reason)
	if err != nil {
		return fmt.Errorf("discard job %d: %w", job, err)
	}
	return nil
}

// IsRefusal reports whether the server understood a statement and refused it, so that
// sending it again would not help: bad data, a violated constraint. Lost connections,
// shutdowns, deadlocks and full disks are no refusals.
func IsRefusal(err error) bool {
	if errors.Is(err, ErrUnitEnded) {
		return true
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code[:2] {
	case "08", "40", "53", "55", "57", "58": // connection, rollback, resources, locks, operator, system
		return false
	}
	return true
}

// Worker identifies a living worker process.
type Worker struct {
	ID      string // River client ID
	LockKey int64
	Host    string
	PID     int
	Bundle  string   // hash of what it judges by
	Engine  string   // version of the code that judges
	Queues  []string // that it takes jobs of
}

// Enrol registers the worker on conn, which it must keep: the session lock on conn is
// what tells others that it lives.
func Enrol(ctx context.Context, conn *pgx.Conn, w Worker) error {
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, w.LockKey); err != nil {
		return fmt.Errorf("lock worker %s: %w", w.ID, err)
	}
	_, err := conn.Exec(ctx, `INSERT INTO workers (id, lock_key, host, pid, bundle, engine, queues) VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, '{}'::text[]))
		ON CONFLICT (id) DO UPDATE SET beat = now(), lock_key = excluded.lock_key`, w.ID, w.LockKey, w.Host, w.PID, w.Bundle, w.Engine, w.Queues)
	if err != nil {
		return fmt.Errorf("enrol worker %s: %w", w.ID, err)
	}
	return nil
}

// Beat says that the worker lives. It answers ErrFenced when the worker was taken for
// dead meanwhile.
func Beat(ctx context.Context, conn *pgx.Conn, id string) error {
	tag, err := conn.Exec(ctx, `UPDATE workers SET beat = now() WHERE id = $1`, id)
	if err != nil {
		return fmt.Errorf("beat of worker %s: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return ErrFenced
	}
	return nil
}

// Leave removes the worker.
func Leave(ctx context.Context, conn *pgx.Conn, id string) error {
	if _, err := conn.Exec(ctx, `DELETE FROM workers WHERE id = $1`, id); err != nil {
		return fmt.Errorf("leave of worker %s: %w", id, err)
	}
	return nil
}

// RescueLost takes the jobs of dead workers back: those whose session lock is free or
// whose last beat is older than lost. Jobs that used up their attempts are discarded.
// It reports how many jobs were taken back and how many workers were dead.
//
// The lock tells of a killed process at once, wherever it ran; the beat tells of a
// frozen one and of a machine cut off from the network.
func (s *Store) RescueLost(ctx context.Context, lost time.Duration) (jobs, workers int, err error) {
	err = pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
		// Only one process at a time looks: pg_try_advisory_xact_lock on a dead worker's
		// key would else make a second looker take it for alive, which is harmless, and a
		// third take the looker for the worker, which is too; this keeps the log readable.
		var mine bool
		if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(hashtext('marketwarden rescue'))`).Scan(&mine); err != nil || !mine {
			return err
		}
		rows, err := tx.Query(ctx, `DELETE FROM workers WHERE beat < now() - make_interval(secs => $1)
			OR pg_try_advisory_xact_lock(lock_key) RETURNING id`, lost.Seconds())
		if err != nil {
			return err
		}
		dead, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		workers = len(dead)
		// A row that is locked is being ended by a transaction under way: it is left for
		// the next look.
		// Running jobs of a worker that is not registered are lost, too: it died before
		// or was removed above. A living worker enrols before it takes its first job.
		tag, err := tx.Exec(ctx, `UPDATE river_job j SET
			  state = CASE WHEN attempt >= max_attempts THEN 'discarded'::river_job_state ELSE 'available'::river_job_state END,
			  finalized_at = CASE WHEN attempt >= max_attempts THEN now() END,
			  scheduled_at = now(),
			  errors = array_append(errors, jsonb_build_object('at', now(), 'attempt', attempt, 'error', 'worker lost', 'trace', ''))
			WHERE id IN (SELECT id FROM river_job r WHERE state = 'running' AND NOT EXISTS (
			  SELECT FROM workers w WHERE w.id = r.attempted_by[array_upper(r.attempted_by, 1)])
			  FOR UPDATE SKIP LOCKED)`)
		if err != nil {
			return err
		}
		jobs = int(tag.RowsAffected())
		return nil
	})
	if err != nil {
		return 0, 0, fmt.Errorf("rescue jobs of lost workers: %w", err)
	}
	return jobs, workers, nil
}

// LeaseHost takes or prolongs the lease of a host for a job. False: another job has it.
func (s *Store) LeaseHost(ctx context.Context, host string, job int64, lease time.Duration) (bool, error) {
	tag, err := s.Pool.Exec(ctx, `INSERT INTO host_leases (host, holder, until) VALUES ($1, $2, now() + make_interval(secs => $3))
		ON CONFLICT (host) DO UPDATE SET holder = excluded.holder, until = excluded.until
		WHERE host_leases.holder = excluded.holder OR host_leases.until < now()
		   OR NOT EXISTS (SELECT FROM river_job j WHERE j.id = host_leases.holder AND j.state = 'running')`,
		host, job, lease.Seconds())
	if err != nil {
		return false, fmt.Errorf("lease host %s: %w", host, err)
	}
	return tag.RowsAffected() == 1, nil
}

// FreeHosts gives a job's leases back in the transaction that ends it.
func FreeHosts(ctx context.Context, tx pgx.Tx, job int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM host_leases WHERE holder = $1`, job); err != nil {
		return fmt.Errorf("free hosts of job %d: %w", job, err)
	}
	return nil
}

// ReserveSlot reserves the next slot for a request to a host of the marketplace and
// returns how long to wait for it. The whole fleet shares the row, by database time.
func (s *Store) ReserveSlot(ctx context.Context, host string, pace time.Duration) (time.Duration, error) {
	var wait float64
	err := s.Pool.QueryRow(ctx, `INSERT INTO host_pace AS p (host, next) VALUES ($1, clock_timestamp() + make_interval(secs => $2))
		ON CONFLICT (host) DO UPDATE SET next = greatest(p.next, clock_timestamp()) + make_interval(secs => $2)
		RETURNING extract(epoch FROM next - clock_timestamp())::float8 - $2`, host, pace.Seconds()).Scan(&wait)
	if err != nil {
		return 0, fmt.Errorf("reserve slot on %s: %w", host, err)
	}
	return max(0, time.Duration(wait*float64(time.Second))), nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
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
	// A worker that freezes from here on must not keep the row from those who take it for
	// dead. The commit stays synchronous: one that a crash of the server took back would
	// leave a job running that nobody works on.
	if _, err := tx.Exec(ctx, `SET LOCAL idle_in_transaction_session_timeout = '12s'`); err != nil {
		return fmt.Errorf("fence job %d: %w", job, err)
	}
	return nil
}

// Ended reports whether this attempt of this worker has ended the job: Fence finds a job
// that is ours no longer, too, when our own commit went through and only its answer was
// lost.
func (s *Store) Ended(ctx context.Context, job int64, attemptedAt time.Time, worker string) (bool, error) {
	var ended bool
	err := s.Pool.QueryRow(ctx, `SELECT state = 'completed' AND attempted_at = $2 AND attempted_by[array_upper(attempted_by, 1)] = $3
		FROM river_job WHERE id = $1`, job, attemptedAt, worker).Scan(&ended)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look how job %d ended: %w", job, err)
	}
	return ended, nil
}

// EndJob completes a fenced job. The transaction's caller holds the row by Fence.
func EndJob(ctx context.Context, tx pgx.Tx, job int64) error {
	if _, err := tx.Exec(ctx, `UPDATE river_job SET state = 'completed', finalized_at = now() WHERE id = $1`, job); err != nil {
		return fmt.Errorf("complete job %d: %w", job, err)
	}
	return nil
}

// ArmJob makes a new job available, due after wait by the database's clock, which is the
// one that it is taken by.
func ArmJob(ctx context.Context, tx pgx.Tx, job int64, wait time.Duration) error {
	_, err := tx.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = now() + make_interval(secs => $2)
		WHERE id = $1 AND state IN ('scheduled', 'available')`, job, wait.Seconds())
	if err != nil {
		return fmt.Errorf("arm job %d: %w", job, err)
	}
	return nil
}

// DiscardJob ends a fenced job that cannot go on, with the reason.
func DiscardJob(ctx context.Context, tx pgx.Tx, job int64, reason string) error {
	_, err := tx.Exec(ctx, `UPDATE river_job SET state = 'discarded', finalized_at = now(),
		errors = array_append(errors, jsonb_build_object('at', now(), 'attempt', attempt, 'error', $2::text, 'trace', ''))
		WHERE id = $1`, job, strings.ToValidUTF8(strings.ReplaceAll(reason, "\x00", "\ufffd"), "\ufffd"))
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

// IsOutage reports whether the server could not be reached, had no connection left to give
// or went away: that says nothing about what it was asked.
func IsOutage(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code {
		case "57P01", "57P02", "57P03", // shut down, crashed, starting up
			"53300": // too many connections: others will give theirs back
			return true
		}
		return strings.HasPrefix(pg.Code, "08") // connection
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	_, network := errors.AsType[net.Error](err)
	return network || pgconn.SafeToRetry(err) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// Refused reports whether what a transaction was to write cannot be written: the server
// refused it, or it could not even be put into words for it.
func Refused(tx pgx.Tx, err error) bool {
	if _, ok := errors.AsType[*pgconn.PgError](err); ok || errors.Is(err, ErrUnitEnded) {
		return IsRefusal(err)
	}
	return !tx.Conn().IsClosed() // a lost connection is closed
}

// Worker identifies a living worker process.
type Worker struct {
	ID      string // River client ID
	LockKey int64
	Host    string
	PID     int
	Machine string   // in which PID means something; "" = not known
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
	_, err := conn.Exec(ctx, `INSERT INTO workers (id, lock_key, host, pid, machine, bundle, engine, queues)
		VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, '{}'::text[]))`, w.ID, w.LockKey, w.Host, w.PID, w.Machine, w.Bundle, w.Engine, w.Queues)
	if err != nil {
		return fmt.Errorf("enrol worker %s: %w", w.ID, err)
	}
	return nil
}

// Rejoin registers an enrolled worker on another connection, with a key of its own, after
// the one before was lost. It answers ErrFenced when the worker was taken for dead
// meanwhile: it must not come back to life under the same name.
func Rejoin(ctx context.Context, conn *pgx.Conn, w Worker) error {
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, w.LockKey); err != nil {
		return fmt.Errorf("lock worker %s: %w", w.ID, err)
	}
	tag, err := conn.Exec(ctx, `UPDATE workers SET beat = now(), lock_key = $2 WHERE id = $1`, w.ID, w.LockKey)
	if err != nil {
		return fmt.Errorf("rejoin worker %s: %w", w.ID, err)
	}
	if tag.RowsAffected() == 0 {
		return ErrFenced
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

// Leave removes the worker. The connection that it lived on may be gone.
func (s *Store) Leave(ctx context.Context, id string) error {
	if _, err := s.Pool.Exec(ctx, `DELETE FROM workers WHERE id = $1`, id); err != nil {
		return fmt.Errorf("leave of worker %s: %w", id, err)
	}
	return nil
}

// RescueLost takes the jobs of dead workers back: those whose last beat is older than lost,
// or older than silent and whose session lock is free. Jobs that used up their attempts
// are discarded. It reports how many jobs were taken back and how many workers were dead.
//
// The lock tells of a killed process, wherever it ran; the beat tells of a frozen one and
// of a machine cut off from the network. A free lock alone proves nothing: the server ends
// all sessions when it restarts or recovers from a crash, and those who come back first
// must not take the others for dead. silent is the time that a living worker has for
// coming back, which begins anew when the server starts. gone are workers whose process is
// known to have ended: for them a free lock is enough.
func (s *Store) RescueLost(ctx context.Context, lost, silent time.Duration, gone []string) (jobs, workers int, err error) {
	err = pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
		// Only one process at a time looks: pg_try_advisory_xact_lock on a dead worker's
		// key would else make a second looker take it for alive, which is harmless, and a
		// third take the looker for the worker, which is too; this keeps the log readable.
		var mine bool
		if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(hashtext('marketwarden rescue'))`).Scan(&mine); err != nil || !mine {
			return err
		}
		rows, err := tx.Query(ctx, `DELETE FROM workers WHERE beat < now() - make_interval(secs => $1)
			OR ((id = ANY($3) OR greatest(beat, pg_postmaster_start_time()) < now() - make_interval(secs => $2))
			    AND pg_try_advisory_xact_lock(lock_key)) RETURNING id`, lost.Seconds(), silent.Seconds(), gone)
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

// WorkersOn returns the workers of one machine, as ID and PID.
func (s *Store) WorkersOn(ctx context.Context, machine string) (map[string]int, error) {
	rows, err := s.Pool.Query(ctx, `SELECT id, pid FROM workers WHERE machine = $1 AND machine <> ''`, machine)
	if err != nil {
		return nil, fmt.Errorf("read workers of this machine: %w", err)
	}
	out := map[string]int{}
	var id string
	var pid int
	_, err = pgx.ForEachRow(rows, []any{&id, &pid}, func() error {
		out[id] = pid
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read workers of this machine: %w", err)
	}
	return out, nil
}

// LeaseHost takes or prolongs the lease of a host for an attempt of a job. False: another
// job has the host, or the attempt is not the job's any more. idle is how long nobody had
// it before: 0 where somebody has it still, -1 where nobody did lately.
func (s *Store) LeaseHost(ctx context.Context, host string, job int64, attemptedAt time.Time, worker string, lease time.Duration) (ok bool, idle time.Duration, err error) {
	var seconds float64
	err = s.Pool.QueryRow(ctx, `WITH before AS (SELECT greatest(extract(epoch FROM now() - until)::float8, 0) AS idle FROM host_leases WHERE host = $1)
		INSERT INTO host_leases (host, holder, until)
		SELECT $1, id, now() + make_interval(secs => $5) FROM river_job
		WHERE id = $2 AND state = 'running' AND attempted_at = $3 AND attempted_by[array_upper(attempted_by, 1)] = $4
		ON CONFLICT (host) DO UPDATE SET holder = excluded.holder, until = excluded.until
		WHERE host_leases.holder = excluded.holder OR host_leases.until < now()
		   OR NOT EXISTS (SELECT FROM river_job j WHERE j.id = host_leases.holder AND j.state = 'running')
		RETURNING coalesce((SELECT idle FROM before), -1)`,
		host, job, attemptedAt, worker, lease.Seconds()).Scan(&seconds)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, 0, nil
	}
	if err != nil {
		return false, 0, fmt.Errorf("lease host %s: %w", host, err)
	}
	return true, time.Duration(seconds * float64(time.Second)), nil
}

// FreeHosts gives a job's leases back in the transaction that ends it. The rows stay, for
// the next job to know when the host was asked last.
func FreeHosts(ctx context.Context, tx pgx.Tx, job int64) error {
	if _, err := tx.Exec(ctx, `UPDATE host_leases SET until = now() WHERE holder = $1 AND until > now()`, job); err != nil {
		return fmt.Errorf("free hosts of job %d: %w", job, err)
	}
	return nil
}

// ForgetHosts removes the leases that ended longer ago than any pace is.
func ForgetHosts(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `DELETE FROM host_leases WHERE until < now() - interval '1 hour'`); err != nil {
		return fmt.Errorf("forget leases of hosts: %w", err)
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

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/config"
	"marketwarden/internal/record"
)

// States of a unit.
const (
	UnitOpen       = "open"
	UnitDone       = "done"
	UnitNotChecked = "not_checked"
)

// Gauges is what there is to be watched at one moment. Everything in it is a count by
// states, kinds and rules; nothing names a subject, a provider or a host.
type Gauges struct {
	Sweeps       []StateCount  // sweeps by State
	Units        []UnitCount   // of the running sweep; none while none runs
	Running      *RunningGauge // nil while no sweep runs
	Open         []RecordCount // open records
	LastClosed   int64         // newest closed sweep that is no look back and no recheck; 0 = none
	LastClosedAt time.Time
	Queues       []QueueCount  // jobs that have not ended
	Workers      []QueueCount  // living workers by the queue they take jobs of; N alone is set
	AllWorkers   int           // living workers
	BeatAge      time.Duration // since the beat of the one that is silent for longest
	Notices      []StateCount
	Nights       []NightGauge // of registered schedule entries
}

// StateCount is how many of something are in a state.
type StateCount struct {
	State string
	N     int64
}

// UnitCount is how many units of a kind are in a state.
type UnitCount struct {
	Kind, State string
	N           int64
}

// RunningGauge is whether the running sweep goes on.
type RunningGauge struct {
	Workers int           // living ones that judge as it was planned and take pages
	Idle    time.Duration // since a unit of it ended, or since it was planned
}

// RecordCount is how many open records of a rule stand where with the people who decide.
type RecordCount struct {
	Rule, Outcome string
	Standing      string // one of the states of package cases
	N             int64
}

// QueueCount is how many jobs of a queue are in a state.
type QueueCount struct {
	Queue string
	// State is available, running, scheduled (due later), retryable or pending.
	State string
	N     int64
	// Oldest is how long the one that waits longest has been due; 0 unless available.
	Oldest time.Duration
}

// NightGauge is how a schedule entry does.
type NightGauge struct {
	Schedule string
	Tick     time.Time // of its last night that was to run; zero = none
	State    string    // of that night
	Success  time.Time // when its last night that ended as done ended; zero = never
}

// pagesQueue is the queue that the jobs of sweeps are in: River's default.
const pagesQueue = "default"

// maxGaugeRows bounds each list of Gauges. The lists are as long as there are rules,
// queues and schedule entries; the bound holds where somebody fills the tables.
const maxGaugeRows = 2000

// gaugeQueries fill the lists of Gauges.
//
// The standing is what cases.Stand answers, in SQL because the records are too many to be
// read for a count; a test holds the two together.
const (
	sweepGauges = `SELECT state, count(*) FROM sweeps GROUP BY 1 ORDER BY 1`

	unitGauges = `SELECT kind, state, count(*) FROM sweep_units
		WHERE sweep = (SELECT id FROM sweeps WHERE state = 'running') GROUP BY 1, 2 ORDER BY 1, 2`

	// Jobs that no living worker can do are put back by those that try, over and over, so
	// no figure of the queue tells of them.
	runningGauges = `SELECT (SELECT count(*) FROM workers w WHERE w.bundle = s.bundle AND w.engine = s.engine AND $2 = ANY (w.queues)
		    AND w.beat >= now() - make_interval(secs => $1)),
		  greatest(0, extract(epoch FROM now() - coalesce((SELECT max(done_at) FROM sweep_units WHERE sweep = s.id), s.started_at)))::float8
		FROM sweeps s WHERE state = 'running'`

	recordGauges = `SELECT r.rule, r.outcome, CASE d.kind
		    WHEN 'confirm' THEN CASE WHEN coalesce(r.reopened_sweep, 0) > d.sweep
		      OR d.outcome = 'suspected' AND r.outcome = 'violation' AND d.content_hash <> r.content_hash THEN 'undecided' ELSE 'confirmed' END
		    WHEN 'dismiss' THEN CASE WHEN d.outcome = 'suspected' AND r.outcome = 'violation' AND d.content_hash <> r.content_hash
		      THEN 'undecided' ELSE 'dismissed' END
		    WHEN 'waive' THEN CASE WHEN d.until < ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date OR d.content_hash <> r.content_hash
		      THEN 'undecided' ELSE 'waived' END
		    ELSE 'undecided' END, count(*)
		FROM records r
		LEFT JOIN (SELECT DISTINCT ON (fingerprint) * FROM decisions ORDER BY fingerprint, id DESC) d USING (fingerprint)
		WHERE r.status = 'open' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT $2`

	queueGauges = `SELECT queue, CASE WHEN state = 'available' AND scheduled_at > now() THEN 'scheduled' ELSE state::text END, count(*),
		  coalesce(extract(epoch FROM now() - min(scheduled_at) FILTER (WHERE state = 'available' AND scheduled_at <= now())), 0)::float8
		FROM river_job WHERE state IN ('available', 'running', 'scheduled', 'retryable', 'pending')
		GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $1`

	workerGauges = `SELECT queue, count(*) FROM workers, unnest(queues) AS queue
		WHERE beat >= now() - make_interval(secs => $1) GROUP BY 1 ORDER BY 1 LIMIT $2`

	beatGauges = `SELECT count(*), coalesce(extract(epoch FROM now() - min(beat)), 0)::float8 FROM workers
		WHERE beat >= now() - make_interval(secs => $1)`

	noticeGauges = `SELECT state, count(*) FROM notices GROUP BY 1 ORDER BY 1`

	nightGauges = `SELECT s.name, n.tick, coalesce(n.state, ''), (SELECT max(ended_at) FROM nights d WHERE d.schedule = s.name AND d.state = 'done')
		FROM schedules s
		LEFT JOIN LATERAL (SELECT tick, state FROM nights WHERE schedule = s.name AND state NOT IN ('missed', 'skipped')
		  ORDER BY tick DESC LIMIT 1) n ON true
		ORDER BY s.name LIMIT $1`
)

// Gauges reads what there is to be watched, in one snapshot and one round trip; ctx bounds
// it. now is by whom waivers end.
func (s *Store) Gauges(ctx context.Context, now time.Time) (Gauges, error) {
	var g Gauges
	b := &pgx.Batch{}
	b.Queue(sweepGauges).Query(fill(&g.Sweeps, pgx.RowToStructByPos[StateCount]))
	b.Queue(unitGauges).Query(fill(&g.Units, pgx.RowToStructByPos[UnitCount]))
	b.Queue(recordGauges, now, maxGaugeRows).Query(fill(&g.Open, pgx.RowToStructByPos[RecordCount]))
	b.Queue(`SELECT id, closed_at FROM sweeps WHERE state = 'closed' AND records AND NOT scope ? 'recheck' ORDER BY id DESC LIMIT 1`).
		Query(func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&g.LastClosed, &g.LastClosedAt}, func() error { return nil })
			return err
		})
	b.Queue(queueGauges, maxGaugeRows).Query(fill(&g.Queues, func(row pgx.CollectableRow) (QueueCount, error) {
		var q QueueCount
		var oldest float64
		err := row.Scan(&q.Queue, &q.State, &q.N, &oldest)
		q.Oldest = time.Duration(oldest * float64(time.Second))
		return q, err
	}))
	lost := config.HeartbeatLost.Seconds()
	b.Queue(runningGauges, lost, pagesQueue).Query(func(rows pgx.Rows) error {
		var r RunningGauge
		var idle float64
		_, err := pgx.ForEachRow(rows, []any{&r.Workers, &idle}, func() error {
			r.Idle = time.Duration(idle * float64(time.Second))
			g.Running = &r
			return nil
		})
		return err
	})
	b.Queue(workerGauges, lost, maxGaugeRows).Query(fill(&g.Workers, func(row pgx.CollectableRow) (QueueCount, error) {
		var q QueueCount
		err := row.Scan(&q.Queue, &q.N)
		return q, err
	}))
	var age float64
	b.Queue(beatGauges, lost).QueryRow(func(row pgx.Row) error { return row.Scan(&g.AllWorkers, &age) })
	b.Queue(noticeGauges).Query(fill(&g.Notices, pgx.RowToStructByPos[StateCount]))
	b.Queue(nightGauges, maxGaugeRows).Query(fill(&g.Nights, scanNightGauge))
	err := pgx.BeginTxFunc(ctx, s.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		return tx.SendBatch(ctx, b).Close()
	})
	if err != nil {
		return Gauges{}, fmt.Errorf("read gauges: %w", err)
	}
	g.BeatAge = time.Duration(age * float64(time.Second))
	return g, nil
}

func scanNightGauge(row pgx.CollectableRow) (NightGauge, error) {
	var n NightGauge
	var tick, success *time.Time
	err := row.Scan(&n.Schedule, &tick, &n.State, &success)
	if tick != nil {
		n.Tick = *tick
	}
	if success != nil {
		n.Success = *success
	}
	return n, err
}

// fill collects the rows of one statement of a batch.
func fill[T any](to *[]T, scan pgx.RowToFunc[T]) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var err error
		*to, err = pgx.CollectRows(rows, scan)
		return err
	}
}

// SweepGauges is what a closed sweep came to. It never changes, so it is read once.
type SweepGauges struct {
	Run      record.Run
	Findings []FindingCount
}

// FindingCount is how many findings of a rule there were.
type FindingCount struct {
	Rule, Outcome string
	N             int64
}

// SweepGauges reads what a closed sweep came to; ErrNoSweep when there is none of that ID.
func (s *Store) SweepGauges(ctx context.Context, id int64) (SweepGauges, error) {
	var g SweepGauges
	var err error
	if g.Run, err = s.Run(ctx, id); err != nil {
		return SweepGauges{}, err
	}
	rows, err := s.Pool.Query(ctx, `SELECT finding->>'rule', finding->>'outcome', count(*) FROM sweep_findings
		WHERE sweep = $1 GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $2`, id, maxGaugeRows)
	if err != nil {
		return SweepGauges{}, fmt.Errorf("count findings of sweep %d: %w", id, err)
	}
	if g.Findings, err = pgx.CollectRows(rows, pgx.RowToStructByPos[FindingCount]); err != nil {
		return SweepGauges{}, fmt.Errorf("count findings of sweep %d: %w", id, err)
	}
	return g, nil
}

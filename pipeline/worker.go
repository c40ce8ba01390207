package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/sourcegraph/conc/panics"

	"marketwarden/internal/config"
	"marketwarden/internal/store"
)

// Worker takes jobs and works on them until it is stopped.
type Worker struct {
	e      *Engine
	id     string
	queues []string
	client *river.Client[pgx.Tx]
	beats  sync.WaitGroup // the heartbeat goroutine
	stop   context.CancelFunc
	// For Ready:
	beaten   atomic.Pointer[time.Time] // when it last said that it lives
	draining atomic.Bool
}

// endPatience is how long a job that is done tries to write its end while the database
// does not answer, when the process is told to stop.
const endPatience = 10 * time.Second

// jobTimeout is longer than any job takes.
const jobTimeout = 4 * config.MaxHostTime

// Start enrols a worker and lets it take jobs of the engine's queues. ctx bounds the start
// only.
func (e *Engine) Start(ctx context.Context) (*Worker, error) {
	w := &Worker{e: e, id: workerID(), queues: e.queues()}
	conn, err := w.enrol(ctx, store.Enrol)
	if err != nil {
		return nil, err
	}
	// Every process knows every kind, whatever queues it takes: River's leader discards
	// jobs of kinds that it does not know when it looks for stuck ones.
	workers := river.NewWorkers()
	river.AddWorker(workers, &jobWorker[listingsArgs]{w: w, do: e.visitListings})
	river.AddWorker(workers, &jobWorker[siteArgs]{w: w, do: e.visitSite})
	river.AddWorker(workers, &jobWorker[accountsArgs]{w: w, do: e.judgeAccounts})
	river.AddWorker(workers, &jobWorker[closeArgs]{w: w, do: e.closeSweep})
	river.AddWorker(workers, &jobWorker[nightArgs]{w: w, do: e.nightStep, timeout: -1}) // an import takes as long as it takes
	queues := map[string]river.QueueConfig{}
	for _, q := range w.queues {
		queues[q] = river.QueueConfig{MaxWorkers: e.queueWorkers(q)}
	}
	w.client, err = river.NewClient(riverpgxv5.New(e.Store.Pool), &river.Config{
		ID:     w.id,
		Logger: queueLog(e.Log),
		Queues: queues,
		// Page jobs take seconds: these only bound how long an idle worker waits.
		FetchCooldown:     20 * time.Millisecond,
		FetchPollInterval: 200 * time.Millisecond,
		// Jobs bound themselves and others notice dead workers; these two catch what got
		// lost between the server and a worker that lives.
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: jobTimeout + time.Minute,
		Workers:              workers,
	})
	if err != nil {
		return nil, fmt.Errorf("open queue: %w", err)
	}
	// The worker goes on when ctx ends, so that it can hand back what it holds: Stop ends it.
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	w.stop = stop
	w.beats.Go(func() { w.beat(run, conn) })
	if err := w.client.Start(run); err != nil {
		stop()
		w.beats.Wait()
		return nil, fmt.Errorf("start queue: %w", err)
	}
	return w, nil
}

// Stop lets running jobs hand back what they have not begun, waits for them and signs
// off. It returns the client's complaint, if any.
func (w *Worker) Stop(ctx context.Context) error {
	w.draining.Store(true)
	err := w.client.StopAndCancel(ctx)
	w.stop()
	w.beats.Wait()
	if err != nil {
		return fmt.Errorf("stop worker %s: %w", w.id, err)
	}
	return nil
}

func workerID() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), rand.Text()[:8])
}

// ID tells the worker from all others.
func (w *Worker) ID() string { return w.id }

// Queues are those that the worker takes jobs of.
func (w *Worker) Queues() []string { return w.queues }

// enrol opens the worker's own connection and registers it there.
func (w *Worker) enrol(ctx context.Context, register func(context.Context, *pgx.Conn, store.Worker) error) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, w.e.Store.Pool.Config().ConnConfig.Copy())
	if err != nil {
		return nil, fmt.Errorf("connect for heartbeat: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	var key [8]byte
	_, _ = rand.Read(key[:]) // never fails, by its documentation
	me := store.Worker{
		ID: w.id, LockKey: int64(binary.BigEndian.Uint64(key[:]) >> 1), Host: host, PID: os.Getpid(), Machine: machine(),
		Bundle: w.e.bundle, Engine: EngineVersion, Queues: w.queues,
	}
	if err := register(ctx, conn, me); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// beat keeps the worker alive in the eyes of others and looks for dead ones. It owns
// conn. It ends with ctx, or the process with it when the beat is lost.
func (w *Worker) beat(ctx context.Context, conn *pgx.Conn) {
	last := time.Now() // the monotonic clock counts a frozen process's silence, too
	for {
		began := time.Now() // the server's clock reads no later when it notes the beat
		err := w.bounded(ctx, last, func(ctx context.Context) error { return store.Beat(ctx, conn, w.id) })
		if err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrFenced) {
			w.e.Log.Warn("heartbeat failed", "worker", w.id, "error", err)
			conn, err = w.again(ctx, last, conn)
		}
		pause := config.HeartbeatEvery
		switch {
		case err == nil:
			last = began
			w.beaten.Store(&began)
			w.rescue(ctx)
		case errors.Is(err, store.ErrFenced):
			w.e.Stale(fmt.Errorf("worker %s was taken for dead", w.id))
			return
		case ctx.Err() == nil && time.Since(last) >= config.HeartbeatLost:
			// From now on others may take us for dead.
			w.e.Stale(fmt.Errorf("worker %s lost its heartbeat: %w", w.id, err))
			return
		default:
			pause = min(outagePause, config.HeartbeatLost-time.Since(last))
		}
		if sleep(ctx, pause) != nil {
			w.signOff(context.WithoutCancel(ctx), conn)
			return
		}
	}
}

// bounded calls f with as much time as there is between two beats, and no more than a
// worker has that beat last at that time: a connection that answers no more must not keep
// the worker from noticing that it is silent.
func (w *Worker) bounded(ctx context.Context, last time.Time, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, min(config.HeartbeatEvery, time.Until(last.Add(config.HeartbeatLost))))
	defer cancel()
	return f(ctx)
}

// rescue looks for lost workers.
func (w *Worker) rescue(ctx context.Context) {
	err := w.bounded(ctx, time.Now(), func(ctx context.Context) error {
		jobs, workers, err := RescueLost(ctx, w.e.Store)
		if jobs > 0 || workers > 0 {
			w.e.Log.Info("took jobs of lost workers back", "jobs", jobs, "workers", workers)
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		w.e.Log.Warn("look for lost workers", "error", err)
	}
}

// again beats on a connection of its own, after the old one failed; that one on failure.
func (w *Worker) again(ctx context.Context, last time.Time, old *pgx.Conn) (conn *pgx.Conn, err error) {
	err = w.bounded(ctx, last, func(ctx context.Context) error {
		conn, err = w.enrol(ctx, store.Rejoin)
		if err != nil {
			return err
		}
		if err := old.Close(ctx); err != nil {
			w.e.Log.Debug("close old heartbeat connection", "error", err)
		}
		return nil
	})
	if err != nil {
		return old, err
	}
	return conn, nil
}

func (w *Worker) signOff(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(ctx, config.HeartbeatEvery)
	defer cancel()
	if err := w.e.Store.Leave(ctx, w.id); err != nil {
		w.e.Log.Warn("sign off", "worker", w.id, "error", err)
	}
	if err := conn.Close(ctx); err != nil {
		w.e.Log.Debug("close heartbeat connection", "error", err)
	}
}

// jobWorker works on the jobs of one kind.
type jobWorker[T jobArgs] struct {
	river.WorkerDefaults[T]
	w       *Worker
	do      func(ctx context.Context, job jobID, a batchArgs) (ending, error)
	timeout time.Duration // 0: jobTimeout; negative: none, and River's rescuer leaves it alone
}

// Timeout implements river.Worker.
func (jw *jobWorker[T]) Timeout(*river.Job[T]) time.Duration { return jw.timeout }

// jobArgs are the arguments of all our jobs.
type jobArgs interface {
	river.JobArgs
	ids() batchArgs
}

// jobID is the attempt of a job: what Fence needs.
type jobID struct {
	id          int64
	attemptedAt time.Time
	worker      string
	args        batchArgs
	again       river.JobArgs // to insert the same job once more
	began       time.Time
}

// Work runs the job and writes its end. It returns only after the end is written; see
// the package comment. What it returns is nil, because everything was said there.
func (jw *jobWorker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	id := jobID{id: job.ID, attemptedAt: *job.AttemptedAt, worker: jw.w.id, args: job.Args.ids(), again: job.Args, began: jw.w.e.Now()}
	var end ending
	var err error
	if p := panics.Try(func() { end, err = jw.do(ctx, id, id.args) }); p != nil {
		err = p.AsError()
	}
	switch {
	case err == nil:
	case errors.Is(ctx.Err(), context.Canceled): // we were told to stop: says nothing about the job
		end = ending{again: true}
	case store.IsOutage(err): // nor does this
		end = ending{again: true, wait: outagePause}
	default:
		jw.w.e.Log.Error("job failed", "job", job.ID, "kind", job.Kind, "sweep", id.args.Sweep, "batch", id.args.Batch, "error", err)
		end = broken(id, err)
	}
	jw.w.end(ctx, id, end)
	if end.misfit {
		// The slot stays empty for a while: others find the job at once, and it goes round
		// as often as there are slots, however many jobs the sweep has.
		_ = sleep(ctx, misfitPause)
	}
	return nil
}

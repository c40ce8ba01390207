package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"marketwarden/internal/record"
	"marketwarden/internal/store"
)

// ending is how a job ends: what it judged and what is to be done after it.
type ending struct {
	sweep  *store.Sweep
	kind   string         // of the units
	judged []store.Judged // judged to the end
	failed []failedUnit   // to be visited again, each as a batch of its own
	left   []store.Unit   // not reached: handed back at once, or after wait
	wait   time.Duration
	leased bool  // hosts are leased: the leases are given back
	broken error // the job cannot go on; its units stay open
	again  bool  // the job is inserted once more, as it was, after wait
	misfit bool  // … because this process judges by something else
	// after is done once the end is written.
	after func()
	// refused is how the job ends where the database refuses what it was to write; nil: broken.
	refused func(error) ending
	// extra is done in the same transaction, before the job is completed.
	extra func(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx]) error
}

type failedUnit struct {
	unit   store.Unit
	reason string
	wait   time.Duration
}

// broken ends a job that cannot go on. It leaves its units open: close_sweep puts them
// back, a bounded number of times. The job that closes the sweep has nobody to put it
// back, so it comes again by itself.
func broken(id jobID, err error) ending {
	if id.args.Batch == 0 {
		return ending{again: true, wait: closeWait}
	}
	return ending{broken: err}
}

// closeWait is the wait before a close job that failed comes again.
const closeWait = 2 * time.Second

// end writes how a job ended, in one fenced transaction, and tries until that is
// certain. It does not return when the job is no longer ours.
func (w *Worker) end(ctx context.Context, id jobID, end ending) {
	stopping := ctx
	ctx = context.WithoutCancel(ctx)
	var since time.Time
	refused := false
	unsure := false // whether an end that was sent took effect
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := pgx.BeginFunc(ctx, w.e.Store.Pool, func(tx pgx.Tx) error { return w.write(ctx, tx, id, &end) })
		var bad *refusedError
		switch {
		case err == nil:
			w.ended(id, &end, refused)
			return
		case errors.Is(err, store.ErrFenced):
			if unsure {
				ended, err := w.e.Store.Ended(ctx, id.id, id.attemptedAt, w.id)
				if ended {
					w.ended(id, &end, refused)
					return
				}
				if err != nil { // asked again
					break
				}
			}
			w.e.Stale(fmt.Errorf("job %d: %w", id.id, err))
		case errors.As(err, &bad) && end.broken == nil && !end.again:
			// The database answered and refused what was to be written: trying again would
			// not help. The job ends as broken.
			w.e.Log.Error("job's end was refused", "job", id.id, "error", err)
			refused = true
			leased := end.leased
			if end.refused != nil {
				end = end.refused(err)
			} else {
				end = broken(id, err)
			}
			end.leased = leased
			continue
		}
		unsure = true
		w.e.Log.Warn("write end of job", "job", id.id, "error", err)
		if stopping.Err() != nil {
			if since.IsZero() {
				since = time.Now()
			} else if time.Since(since) > endPatience {
				w.e.Stale(fmt.Errorf("job %d: cannot write its end: %w", id.id, err))
			}
		}
		_ = sleep(ctx, wait) // ctx has no end
	}
}

// refusedError wraps an error that trying again would not mend.
type refusedError struct{ err error }

func (b *refusedError) Error() string { return b.err.Error() }
func (b *refusedError) Unwrap() error { return b.err }

// write is the transaction of end.
func (w *Worker) write(ctx context.Context, tx pgx.Tx, id jobID, end *ending) error {
	if err := store.Fence(ctx, tx, id.id, id.attemptedAt, w.id); err != nil {
		return err
	}
	if end.leased {
		if err := store.FreeHosts(ctx, tx, id.id); err != nil {
			return err
		}
	}
	if end.broken != nil {
		return store.DiscardJob(ctx, tx, id.id, end.broken.Error())
	}
	if err := w.writeWork(ctx, tx, id, end); err != nil {
		if store.Refused(tx, err) {
			return &refusedError{err}
		}
		return err
	}
	return store.EndJob(ctx, tx, id.id)
}

func (w *Worker) writeWork(ctx context.Context, tx pgx.Tx, id jobID, end *ending) error {
	now := w.e.Now()
	if end.again {
		job, err := insertJob(ctx, tx, w.client, id.again, end.wait)
		if err != nil {
			return err
		}
		return store.SetBatchJobs(ctx, tx, id.args.Sweep, []int64{id.args.Batch}, []int64{job})
	}
	if len(end.judged) > 0 {
		if err := store.SaveJudged(ctx, tx, end.sweep, id.id, id.args.Batch, end.judged, now); err != nil {
			return err
		}
	}
	var jobs []followUp
	if len(end.left) > 0 {
		jobs = append(jobs, followUp{units: end.left, wait: end.wait})
	}
	for _, f := range end.failed {
		if n := len(jobs); end.kind == store.UnitSite && n > 0 && jobs[n-1].reasons != nil {
			// The pages of one host come again together: each job explores a site anew.
			again := &jobs[n-1]
			again.units, again.reasons = append(again.units, f.unit), append(again.reasons, f.reason)
			again.wait = max(again.wait, f.wait)
			continue
		}
		jobs = append(jobs, followUp{units: []store.Unit{f.unit}, reasons: []string{f.reason}, wait: f.wait})
	}
	if err := w.follow(ctx, tx, id.args.Sweep, end.kind, jobs, now); err != nil {
		return err
	}
	if end.extra != nil {
		return end.extra(ctx, tx, w.client)
	}
	return nil
}

// followUp is a batch to come: units that were left (no reasons) or that failed.
type followUp struct {
	units   []store.Unit
	reasons []string // of each unit
	wait    time.Duration
}

func (w *Worker) follow(ctx context.Context, tx pgx.Tx, sweep int64, kind string, jobs []followUp, now time.Time) error {
	if len(jobs) == 0 {
		return nil
	}
	batches, err := store.NextBatches(ctx, tx, len(jobs))
	if err != nil {
		return err
	}
	var retries []store.Retry
	ids := make([]int64, len(jobs))
	for i, f := range jobs {
		if f.reasons == nil {
			if err := store.MoveUnits(ctx, tx, f.units, batches[i]); err != nil {
				return err
			}
		} else {
			for k := range f.units {
				retries = append(retries, store.Retry{Unit: f.units[k], Batch: batches[i], Reason: f.reasons[k], Next: now.Add(f.wait)})
			}
		}
		if ids[i], err = insertJob(ctx, tx, w.client, argsFor(kind, sweep, batches[i]), f.wait); err != nil {
			return err
		}
	}
	if err := store.RetryUnits(ctx, tx, retries); err != nil {
		return err
	}
	return store.SetBatchJobs(ctx, tx, sweep, batches, ids)
}

// closeSweep closes the sweep when no unit is open, puts batches back that lost their
// job, and ends the units of those that lost it too often: no silent holes.
func (e *Engine) closeSweep(ctx context.Context, _ jobID, a batchArgs) (ending, error) {
	sw, err := e.Store.SweepByID(ctx, a.Sweep)
	if err != nil {
		return ending{}, err
	}
	switch {
	case sw.State != store.SweepRunning:
		return ending{sweep: &sw}, nil
	case !e.fits(&sw): // what is given up is answered for by the rulebook
		return handBack(), nil
	}
	var gaveUp []store.Judged
	closed := false
	after := func() {
		e.judged(gaveUp)
		if closed {
			e.Log.Info("sweep closed", "sweep", sw.ID, "took", e.Now().Sub(sw.Started))
		}
	}
	return ending{sweep: &sw, after: after, extra: func(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx]) error {
		gaveUp = nil // a transaction may be tried again
		orphans, err := store.Orphans(ctx, tx, sw.ID)
		if err != nil {
			return err
		}
		for _, o := range orphans {
			if o.Recoveries >= maxRecoveries {
				judged, err := e.giveUp(ctx, tx, &sw, o)
				if err != nil {
					return err
				}
				gaveUp = append(gaveUp, judged...)
				continue
			}
			e.Log.Warn("batch lost its job", "sweep", sw.ID, "batch", o.Batch, "kind", o.Kind)
			job, err := insertJob(ctx, tx, client, argsFor(o.Kind, sw.ID, o.Batch), time.Duration(o.Recoveries)*recoveryWait)
			if err != nil {
				return err
			}
			if err := store.SetBatchJobs(ctx, tx, sw.ID, []int64{o.Batch}, []int64{job}); err != nil {
				return err
			}
		}
		closed, err = store.CloseSweep(ctx, tx, sw.ID, e.Now())
		if err != nil {
			return err
		}
		if closed {
			return store.ForgetHosts(ctx, tx)
		}
		_, err = insertJob(ctx, tx, client, closeArgs{Sweep: sw.ID}, closePause(e.Now().Sub(sw.Started)))
		return err
	}}, nil
}

// handBack ends a job of a sweep that this process does not judge for. The job is there
// for others at once; see jobWorker.Work for what keeps it from going round.
func handBack() ending { return ending{again: true, misfit: true} }

// giveUp ends the open units of a batch as not_checked(job failed) and returns them.
func (e *Engine) giveUp(ctx context.Context, tx pgx.Tx, sw *store.Sweep, o store.Orphan) ([]store.Judged, error) {
	units, err := store.OpenUnits(ctx, tx, sw.ID, o.Batch)
	if err != nil {
		return nil, err
	}
	reason := record.Reason{Code: record.ReasonJobFailed, Text: record.Text{
		ZH: "检查程序多次未能完成这一项", EN: "the job that should have checked this failed repeatedly",
	}}
	judged := make([]store.Judged, 0, len(units))
	for i := range units {
		judged = append(judged, store.Judged{
			Unit: units[i], Failed: reason.Code, Results: e.unjudged(sw, &units[i], reason),
		})
	}
	e.Log.Error("batch given up", "sweep", sw.ID, "batch", o.Batch, "kind", o.Kind, "units", len(units))
	return judged, store.SaveJudged(ctx, tx, sw, 0, o.Batch, judged, e.Now())
}

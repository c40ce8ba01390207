package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"marketwarden/internal/store"
)

// ErrNothing says that nothing was in the scope of a sweep.
var ErrNothing = errors.New("nothing to sweep: no listing on sale of an active provider in this scope")

// ErrNoEntry says that the configuration has no schedule entry of that name.
var ErrNoEntry = errors.New("the configuration has no such schedule entry")

// ErrOtherBundle says that a sweep was planned with another rulebook, market profile,
// parameters or engine than this process has; its results must not be mixed with ours.
var ErrOtherBundle = errors.New("it was planned with another rulebook, market profile, parameters or program version than this process has")

// misfitPause is how long a slot of a worker stays empty after a job of a sweep that the
// process does not judge for.
const misfitPause = 5 * time.Second

// The wait between two looks whether a sweep can be closed.
const (
	closeEvery   = 300 * time.Millisecond // at first
	closeEveryAt = 3 * time.Second        // at most
)

// closePause is the wait before a sweep of that age is looked at again. Each look is a row
// of the queue, kept for a day. Somebody may be waiting for a sweep of seconds; nobody
// notices three seconds at the end of a night, which would else be a hundred thousand rows.
func closePause(age time.Duration) time.Duration {
	return min(max(age/60, closeEvery), closeEveryAt)
}

// maxRecoveries is how often a batch that lost its job is put back before its units
// end as not_checked(job failed).
const maxRecoveries = 3

// recoveryWait is the wait, times the recoveries so far, before a batch is put back: what
// broke its job may need a moment to pass.
const recoveryWait = 5 * time.Second

// batchArgs are the arguments of every job that works on a batch of units.
type batchArgs struct {
	Sweep int64 `json:"sweep"`
	Batch int64 `json:"batch"`
}

type (
	listingsArgs struct{ batchArgs }
	siteArgs     struct{ batchArgs }
	accountsArgs struct{ batchArgs }
	closeArgs    struct {
		Sweep int64 `json:"sweep"`
	}
)

// Kinds of jobs. They are stored: do not rename.
func (listingsArgs) Kind() string { return "visit_listings" }
func (siteArgs) Kind() string     { return "visit_site" }
func (accountsArgs) Kind() string { return "judge_accounts" }
func (closeArgs) Kind() string    { return "close_sweep" }

// InsertOpts lets the job outlive any number of workers that die over it: nobody would put
// it back.
func (closeArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: math.MaxInt16} }

func (a batchArgs) ids() batchArgs { return a }
func (a closeArgs) ids() batchArgs { return batchArgs{Sweep: a.Sweep} }

// argsFor makes the arguments of the job for a batch of units of one kind.
func argsFor(kind string, sweep, batch int64) river.JobArgs {
	a := batchArgs{Sweep: sweep, Batch: batch}
	switch kind {
	case store.UnitSite:
		return siteArgs{a}
	case store.UnitAccount:
		return accountsArgs{a}
	default:
		return listingsArgs{a}
	}
}

// insertJob inserts a job that is due after wait and returns its ID.
//
// River lets a job of the future wait for its scheduler, which looks every five seconds
// and only where a leader lives. A job that is available already, with a time to come,
// is taken when it is due by whoever polls; so such a job is made available at once.
func insertJob(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx], args river.JobArgs, wait time.Duration) (int64, error) {
	opts := &river.InsertOpts{}
	if wait > 0 {
		opts.ScheduledAt = time.Now().Add(wait)
	}
	res, err := client.InsertTx(ctx, tx, args, opts)
	if err != nil {
		return 0, fmt.Errorf("insert job %s: %w", args.Kind(), err)
	}
	if wait > 0 {
		if err := store.ArmJob(ctx, tx, res.Job.ID, wait); err != nil {
			return 0, err
		}
	}
	return res.Job.ID, nil
}

// insertOnly is a River client that only inserts jobs.
func (e *Engine) insertOnly() (*river.Client[pgx.Tx], error) {
	client, err := river.NewClient(riverpgxv5.New(e.Store.Pool), &river.Config{Logger: queueLog(e.Log)})
	if err != nil {
		return nil, fmt.Errorf("open queue: %w", err)
	}
	return client, nil
}

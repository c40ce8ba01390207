package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/sourcegraph/conc/panics"

	"marketwarden/internal/config"
	"marketwarden/internal/store"
)

// A night is one tick of a schedule entry: a row that says which steps there are, and one
// job at a time that works on the step in hand. The job ends in the fenced transaction of
// all jobs, which also ends the step and begins the next one, so a night goes on where it
// was, whoever dies when. A step that is cut off is done again from its beginning: each
// step takes that (a feed that was taken in changes nothing the second time, a sweep that
// was planned is waited for, a report is written anew, a notice is queued once).

// StepRun does a step of a night, or a part of it: what it did, or that it wants to come
// again. An error means that the step failed this time; it is tried again, a few times.
type StepRun func(ctx context.Context, n *store.Night) (StepEnd, error)

// StepEnd is what became of a step.
type StepEnd struct {
	Done     []string // what was done, a sentence each
	Problems []string // what was wrong without stopping the night
	// Again: the step has not ended and comes again after that long.
	Again time.Duration
}

// nightArgs are the arguments of the job that works on a night.
type nightArgs struct {
	Night int64 `json:"night"`
}

// Kind is stored: do not rename.
func (nightArgs) Kind() string { return "night_step" }

// InsertOpts puts the job where only processes that do nights look, and lets it outlive any
// number of them.
func (nightArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueNights, MaxAttempts: math.MaxInt16}
}

func (nightArgs) ids() batchArgs { return batchArgs{} }

// maxStepFailures is how often a step that fails is tried, after config.Sweep.RetryWait
// times the failures so far.
const maxStepFailures = 3

// maxDetail bounds what is kept of a step's words, in bytes.
const maxDetail = 8 << 10

// nightStep works on the step in hand of a night.
func (e *Engine) nightStep(ctx context.Context, id jobID, _ batchArgs) (ending, error) {
	args, ok := id.again.(nightArgs)
	if !ok {
		return ending{}, fmt.Errorf("job %d holds no night", id.id)
	}
	n, err := e.Store.NightByID(ctx, args.Night)
	if err != nil {
		return ending{}, err
	}
	if n.State != store.NightRunning {
		return ending{}, nil
	}
	steps, err := e.Store.NightSteps(ctx, n.ID)
	if err != nil {
		return ending{}, err
	}
	at := len(steps)
	if at > 0 && steps[at-1].Ended == nil {
		at--
	}
	if at >= len(n.Steps) { // cannot be: the last step's end ends the night
		return ending{extra: e.endNight(&n, store.NightPartial, "it had no step left")}, nil
	}
	if err := e.Store.BeginStep(ctx, n.ID, at, n.Steps[at], e.Now()); err != nil {
		return ending{}, err
	}
	run := e.Steps[n.Steps[at]]
	if n.Steps[at] == config.StepSweep {
		run = func(ctx context.Context, n *store.Night) (StepEnd, error) { return e.sweepStep(ctx, id, n) }
	}
	if run == nil {
		return e.stepFailed(&n, at, maxStepFailures, fmt.Errorf("this program has no step %q", n.Steps[at])), nil
	}
	failures, problems := 1, []string(nil)
	if at < len(steps) {
		failures, problems = failures+steps[at].Failures, steps[at].Problems
	}
	var end StepEnd
	if p := panics.Try(func() { end, err = run(ctx, &n) }); p != nil {
		err = p.AsError()
	}
	switch {
	case err != nil && ctx.Err() != nil: // we were told to stop: says nothing about the step
		return ending{again: true}, nil //nolint:nilerr // see above
	case store.IsOutage(err): // nor does this
		return ending{again: true, wait: outagePause}, nil
	case err != nil:
		e.Log.Error("step failed", "night", n.ID, "schedule", n.Schedule, "step", n.Steps[at], "failures", failures, "error", err)
		return e.stepFailed(&n, at, failures, err), nil //nolint:nilerr // the ending has it
	case end.Again > 0:
		return ending{again: true, wait: end.Again}, nil
	}
	e.Log.Info("step ended", "night", n.ID, "schedule", n.Schedule, "step", n.Steps[at], "problems", len(end.Problems))
	for _, p := range problems { // of an earlier time that was cut off
		if !slices.Contains(end.Problems, p) {
			end.Problems = append(end.Problems, p)
		}
	}
	ended := e.stepEnded(&n, at, end, steps)
	// What the step says may be refused, and would be the next time.
	ended.refused = func(err error) ending {
		return e.stepFailed(&n, at, maxStepFailures, fmt.Errorf("its end was refused: %w", err))
	}
	return ended, nil
}

// stepEnded ends a step and begins the next one, or ends the night.
func (e *Engine) stepEnded(n *store.Night, at int, end StepEnd, before []store.NightStep) ending {
	state := store.NightDone
	if len(end.Problems) > 0 {
		state = store.NightPartial
	}
	return ending{extra: func(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx]) error {
		detail := cut(strings.Join(append(end.Done, end.Problems...), "\n"))
		if err := store.EndStep(ctx, tx, n.ID, at, state, detail, e.Now()); err != nil {
			return err
		}
		if at+1 < len(n.Steps) {
			_, err := insertJob(ctx, tx, client, nightArgs{n.ID}, 0)
			return err
		}
		var partial []string
		for _, s := range before {
			if s.State == store.NightPartial {
				partial = append(partial, s.Step)
			}
		}
		if state == store.NightPartial {
			partial = append(partial, n.Steps[at])
		}
		if len(partial) > 0 {
			return e.endNight(n, store.NightPartial, "problems in: "+strings.Join(partial, ", "))(ctx, tx, client)
		}
		return e.endNight(n, store.NightDone, "")(ctx, tx, client)
	}}
}

// stepFailed tries a step again, or ends the night that it failed too often in.
func (e *Engine) stepFailed(n *store.Night, at, failures int, err error) ending {
	return ending{extra: func(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx]) error {
		detail := cut(err.Error())
		if err := store.FailStep(ctx, tx, n.ID, at, detail); err != nil {
			return err
		}
		if failures < maxStepFailures {
			_, err := insertJob(ctx, tx, client, nightArgs{n.ID}, time.Duration(failures)*e.Config.Sweep.RetryWait)
			return err
		}
		if err := store.EndStep(ctx, tx, n.ID, at, store.NightFailed, detail, e.Now()); err != nil {
			return err
		}
		return e.endNight(n, store.NightFailed, n.Steps[at]+": "+detail)(ctx, tx, client)
	}}
}

// endNight ends a night and begins the one that waits for it. The entry's row is locked
// before: a night that is just being added waits for one that is seen to run.
func (e *Engine) endNight(n *store.Night, state, why string) func(context.Context, pgx.Tx, *river.Client[pgx.Tx]) error {
	return func(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx]) error {
		if _, err := store.LockSchedule(ctx, tx, n.Schedule); err != nil {
			return err
		}
		if err := store.EndNight(ctx, tx, n.ID, state, why, e.Now()); err != nil {
			return err
		}
		return e.goOn(ctx, tx, client, n.Schedule)
	}
}

// cut bounds what is kept of foreign and library words.
func cut(s string) string {
	if len(s) > maxDetail {
		s = s[:maxDetail] + "…"
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\ufffd"), "\ufffd") // PostgreSQL takes no NUL
}

// sweepStep plans the sweep of a night once and waits until it is closed. While another
// sweep runs it waits for that one, unless nobody is left who could go on with it.
func (e *Engine) sweepStep(ctx context.Context, id jobID, n *store.Night) (StepEnd, error) {
	if n.Sweep != 0 {
		sw, err := e.Store.SweepByID(ctx, n.Sweep)
		if err != nil {
			return StepEnd{}, err
		}
		switch sw.State {
		case store.SweepClosed:
			return e.sweepEnded(ctx, &sw)
		case store.SweepRunning:
			return e.awaitRunning(ctx, &sw)
		}
		e.Log.Warn("the night's sweep was given up; it is planned anew", "night", n.ID, "sweep", n.Sweep)
	}
	sw, err := e.Plan(ctx, Order{
		Scope: store.Scope{Only: n.Only}, AsOf: e.Now(),
		Also: func(ctx context.Context, tx pgx.Tx, sw *store.Sweep) error {
			// The night may be another worker's by now: it must not get two sweeps.
			if err := store.Fence(ctx, tx, id.id, id.attemptedAt, id.worker); err != nil {
				return err
			}
			return store.SetNightSweep(ctx, tx, n.ID, sw.ID, n.Sweep)
		},
	})
	switch {
	case errors.Is(err, store.ErrSweepRunning):
		running, err := e.Store.RunningSweep(ctx)
		if errors.Is(err, store.ErrNoSweep) {
			return StepEnd{Again: closePause(0)}, nil
		}
		if err != nil {
			return StepEnd{}, err
		}
		return e.awaitRunning(ctx, &running)
	case errors.Is(err, ErrNothing):
		return StepEnd{Problems: []string{ErrNothing.Error()}}, nil
	case err != nil:
		return StepEnd{}, err
	}
	e.Log.Info("sweep planned", "night", n.ID, "schedule", n.Schedule, "sweep", sw.ID)
	return StepEnd{Again: closePause(0)}, nil
}

// awaitRunning makes sure that a running sweep goes on, and gives it up where nobody is
// left who judges as it was planned: after an update of the program a night must not wait
// for ever for a worker of the old one.
func (e *Engine) awaitRunning(ctx context.Context, sw *store.Sweep) (StepEnd, error) {
	again := StepEnd{Again: closePause(e.Now().Sub(sw.Started))}
	if e.fits(sw) {
		return again, e.ensureClose(ctx, sw.ID)
	}
	if e.Now().Sub(sw.Started) < 2*config.HeartbeatLost { // its planner may not be enrolled yet
		return again, nil
	}
	n, err := e.Store.WorkersFor(ctx, sw.Bundle, sw.Engine)
	if err != nil || !e.forsaken.since(sw.ID, n == 0, e.Now(), e.Config.Serve.Abandon) {
		return again, err
	}
	e.Log.Warn("sweep given up: no worker is left that judges as it was planned", "sweep", sw.ID, "bundle", sw.Bundle, "engine", sw.Engine)
	return again, e.Store.AbandonSweep(ctx, sw.ID)
}

// forsaken knows for how long a sweep has been without workers, as this process saw it.
type forsaken struct {
	mu    sync.Mutex
	sweep int64
	from  time.Time
}

// since notes whether a sweep is without workers at now, and reports whether it has been so
// for that long whenever it was looked at.
func (f *forsaken) since(sweep int64, without bool, now time.Time, long time.Duration) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !without:
		f.sweep = 0
		return false
	case f.sweep != sweep:
		f.sweep, f.from = sweep, now
	}
	return now.Sub(f.from) >= long
}

// sweepEnded tells what a sweep came to.
func (e *Engine) sweepEnded(ctx context.Context, sw *store.Sweep) (StepEnd, error) {
	run, err := e.Store.Run(ctx, sw.ID)
	if err != nil {
		return StepEnd{}, err
	}
	end := StepEnd{Done: []string{fmt.Sprintf("sweep %d: %d of %d units judged, %d not checked", sw.ID, run.Units.Done, run.Units.Planned, run.Units.NotChecked)}}
	if got := run.Checked(); got < e.Config.Coverage {
		end.Problems = []string{fmt.Sprintf("sweep %d is partial: %.1f %% of what was planned could be checked, %.1f %% is the limit",
			sw.ID, 100*got, 100*e.Config.Coverage)}
	}
	return end, nil
}

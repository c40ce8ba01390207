package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/robfig/cron/v3"

	"marketwarden/internal/config"
	"marketwarden/internal/schedule"
	"marketwarden/internal/store"
)

// watchEvery is how often a serving process looks for ticks that it was not woken for
// (the database did not answer, the machine slept) and for nights that lost their job.
const watchEvery = 30 * time.Second

// Schedule fires the entries of the configuration. Every serving process runs one; the
// rows in the database make each tick happen once.
type Schedule struct {
	e       *Engine
	entries []entry
	cron    *cron.Cron
	cancel  context.CancelFunc
}

// entry is a schedule entry, ready to fire.
type entry struct {
	config.Schedule
	at *schedule.Schedule
}

// NewSchedule registers the entries, but for those that only schedulers outside fire.
func (e *Engine) NewSchedule(ctx context.Context) (*Schedule, error) {
	s := &Schedule{e: e}
	for _, c := range e.Config.Schedule {
		if c.Cron == config.CronManual {
			continue
		}
		at, err := schedule.Parse(c.Cron, c.Zone)
		if err != nil {
			return nil, fmt.Errorf("schedule %s: %w", c.Name, err)
		}
		if err := e.Store.RegisterSchedule(ctx, c.Name, c.Cron, c.Zone, e.Now()); err != nil {
			return nil, err
		}
		s.entries = append(s.entries, entry{c, at})
	}
	return s, nil
}

// Start fires the entries until Stop. What was missed while nobody was there is dealt with
// at once.
func (s *Schedule) Start(ctx context.Context) {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	log := cronLog{s.e.Log}
	s.cron = cron.New(cron.WithLocation(time.UTC), cron.WithLogger(log), cron.WithChain(cron.Recover(log)))
	for i := range s.entries {
		s.cron.Schedule(s.entries[i].at, cron.FuncJob(func() { s.logged(run, s.e.fire(run, &s.entries[i])) }))
	}
	watch := func() { s.logged(run, s.Fire(run)) }
	s.cron.Schedule(cron.Every(watchEvery), cron.FuncJob(watch))
	watch()
	s.cron.Start()
}

// Stop fires nothing more and waits for what is being fired.
func (s *Schedule) Stop() {
	s.cancel()
	<-s.cron.Stop().Done()
}

// logged says what went wrong; the watch tries again.
func (s *Schedule) logged(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		s.e.Log.Error("fire schedule", "error", err)
	}
}

// Fire makes nights of all ticks that are due and have not been dealt with.
func (s *Schedule) Fire(ctx context.Context) error {
	var errs []error
	for i := range s.entries {
		errs = append(errs, s.e.fire(ctx, &s.entries[i]))
	}
	return errors.Join(errs...)
}

// cronLog hands what the library says to the log. It tells each wake-up, which nobody
// wants to read.
type cronLog struct{ log *slog.Logger }

// Info implements cron.Logger.
func (l cronLog) Info(msg string, keysAndValues ...any) { l.log.Debug("cron: "+msg, keysAndValues...) }

// Error implements cron.Logger.
func (l cronLog) Error(err error, msg string, keysAndValues ...any) {
	l.log.Error("cron: "+msg, append(keysAndValues, "error", err)...)
}

// fire makes nights of the ticks that are due and have not been dealt with, and puts back
// nights that lost their job: all in one transaction that holds the entry's row, so that
// processes that wake at the same moment do it one after the other.
func (e *Engine) fire(ctx context.Context, en *entry) error {
	client, err := e.insertOnly()
	if err != nil {
		return err
	}
	now := e.Now()
	var fired []store.Night
	err = pgx.BeginFunc(ctx, e.Store.Pool, func(tx pgx.Tx) error {
		row, err := store.LockSchedule(ctx, tx, en.Name)
		if err != nil {
			return err
		}
		if row.Spec != en.Cron || row.Zone != en.Zone {
			e.Log.Warn("another process has changed the schedule entry; this one leaves it alone", "schedule", en.Name,
				"ours", en.Cron+" "+en.Zone, "theirs", row.Spec+" "+row.Zone)
			return nil
		}
		if row.Last.After(now.Add(clockSlack)) {
			e.Log.Error("the last tick of the schedule entry lies in the future: a clock was wrong; it begins anew now",
				"schedule", en.Name, "last", row.Last.UTC().Format(time.RFC3339))
			return store.SetBack(ctx, tx, en.Name, now)
		}
		due := en.at.Due(row.Last, now, schedule.MaxCatchUp+1)
		run, missed := schedule.Choose(due, now, en.CatchUp)
		for _, tick := range missed {
			n := e.newNight(&en.Schedule, tick, store.NightMissed, "nobody was there at that time")
			if _, err := store.AddNight(ctx, tx, &n, now); err != nil {
				return err
			}
		}
		// Several at once are ticks that are made up for: each is wanted, one after the other.
		wait := en.Overlap == "wait" || len(run) > 1
		for _, tick := range run {
			n, err := e.fireTick(ctx, tx, client, &en.Schedule, tick, now, wait)
			if err != nil {
				return err
			}
			if n.ID != 0 {
				fired = append(fired, n)
			}
		}
		if len(due) > 0 {
			if err := store.DealtWith(ctx, tx, en.Name, due[len(due)-1]); err != nil {
				return err
			}
		}
		return e.goOn(ctx, tx, client, en.Name)
	})
	if err != nil {
		return fmt.Errorf("fire schedule %s: %w", en.Name, err)
	}
	for i := range fired {
		e.Log.Info("tick", "schedule", en.Name, "tick", fired[i].Tick.UTC().Format(time.RFC3339), "night", fired[i].ID, "state", fired[i].State)
	}
	return nil
}

// clockSlack is how far clocks of machines may lie apart.
const clockSlack = time.Hour

func (e *Engine) newNight(c *config.Schedule, tick time.Time, state, why string) store.Night {
	return store.Night{Schedule: c.Name, Tick: tick, State: state, Why: why, Steps: slices.Clone(c.Steps), Only: c.Only}
}

// fireTick makes a night of a tick: one that runs, or, while the entry's last night is still
// running, waits or is skipped. Its ID is 0 where the tick had a night before.
func (e *Engine) fireTick(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx], c *config.Schedule, tick, now time.Time, wait bool) (store.Night, error) {
	n := e.newNight(c, tick, store.NightRunning, "")
	live, err := store.LiveNights(ctx, tx, c.Name)
	if err != nil {
		return n, err
	}
	if len(live) > 0 {
		n.State = store.NightWaiting
		if !wait {
			n.State, n.Why = store.NightSkipped, fmt.Sprintf("night %d of %s was still running", live[0].ID, live[0].Tick.UTC().Format(time.RFC3339))
		}
	}
	added, err := store.AddNight(ctx, tx, &n, now)
	if err != nil || !added || n.State != store.NightRunning {
		return n, err
	}
	_, err = insertJob(ctx, tx, client, nightArgs{n.ID}, 0)
	return n, err
}

// goOn makes sure that the nights of an entry go on: the oldest runs, and each that runs
// has a job. The caller holds the entry's row.
func (e *Engine) goOn(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx], name string) error {
	live, err := store.LiveNights(ctx, tx, name)
	if err != nil {
		return err
	}
	for i := range live {
		if live[i].State != store.NightRunning {
			if i > 0 {
				continue
			}
			if err := store.BeginNight(ctx, tx, live[i].ID); err != nil {
				return err
			}
			live[i].State = store.NightRunning
		}
		has, err := store.HasLiveJob(ctx, tx, nightArgs{}.Kind(), "night", live[i].ID)
		if err != nil {
			return err
		}
		if has {
			continue
		}
		e.Log.Debug("night gets a job", "schedule", name, "night", live[i].ID)
		if _, err := insertJob(ctx, tx, client, nightArgs{live[i].ID}, 0); err != nil {
			return err
		}
	}
	return nil
}

// FireOnce makes a night of a schedule entry now, whatever its ticks are, for schedulers
// outside. A night of the entry that has not ended is taken up instead, so that calling
// again after a crash goes on where it was; taken reports that.
func (e *Engine) FireOnce(ctx context.Context, name string) (n store.Night, taken bool, err error) {
	i := slices.IndexFunc(e.Config.Schedule, func(c config.Schedule) bool { return c.Name == name })
	if i < 0 {
		return n, false, fmt.Errorf("schedule %s: %w", name, ErrNoEntry)
	}
	c := &e.Config.Schedule[i]
	client, err := e.insertOnly()
	if err != nil {
		return n, false, err
	}
	now := e.Now()
	if err := e.Store.RegisterSchedule(ctx, c.Name, c.Cron, c.Zone, now); err != nil {
		return n, false, err
	}
	err = pgx.BeginFunc(ctx, e.Store.Pool, func(tx pgx.Tx) error {
		if _, err := store.LockSchedule(ctx, tx, name); err != nil {
			return err
		}
		live, err := store.LiveNights(ctx, tx, name)
		if err != nil {
			return err
		}
		if len(live) > 0 {
			n, taken = live[0], true
			return e.goOn(ctx, tx, client, name)
		}
		n = e.newNight(c, now.Truncate(time.Microsecond), store.NightRunning, "")
		if _, err := store.AddNight(ctx, tx, &n, now); err != nil {
			return err
		}
		_, err = insertJob(ctx, tx, client, nightArgs{n.ID}, 0)
		return err
	})
	if err != nil {
		return n, false, fmt.Errorf("fire schedule %s: %w", name, err)
	}
	return n, taken, nil
}

// AwaitNight waits until a night has ended and returns it as it is then. When ctx ends it
// answers ErrInterrupted.
func (e *Engine) AwaitNight(ctx context.Context, id int64) (store.Night, error) {
	for {
		n, err := patient(ctx, func() (store.Night, error) { return e.Store.NightByID(ctx, id) })
		if err != nil || n.Ended != nil {
			return n, err
		}
		if sleep(ctx, progressEvery) != nil {
			return n, ErrInterrupted
		}
	}
}

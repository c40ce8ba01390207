package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
	"marketwarden/reports"
)

type serveCmd struct {
	Once   string `help:"Do one night of this schedule entry now and exit; for schedulers outside." placeholder:"NAME"`
	Listen string `help:"host:port of health, readiness and metrics, or off." placeholder:"ADDR"`
}

// defaultListen is where serve answers unless it is told otherwise.
const defaultListen = "127.0.0.1:9780"

// Run works and fires the schedule until it is told to stop, or does one night.
func (c *serveCmd) Run(a *app) error {
	if c.Once == "" && len(a.cfg.Schedule) == 0 {
		return usageError("there is nothing to serve: the configuration has no schedule (docs/operations.md)")
	}
	if err := c.entry(a); err != nil {
		return err
	}
	if a.cfg.Notices.Send { // better now than at the end of the first night
		if err := a.checkChannel(); err != nil {
			return err
		}
	}
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	if c.Once != "" {
		e, free, err := a.nightEngine(s)
		if err != nil {
			return err
		}
		defer free()
		return c.once(a, e)
	}
	return a.attend(s, cmp.Or(c.Listen, a.cfg.Serve.Listen, defaultListen), a.nightEngine, true)
}

// entry looks whether the entry to do once is in the configuration.
func (c *serveCmd) entry(a *app) error {
	if c.Once == "" {
		return nil
	}
	var names []string
	for i := range a.cfg.Schedule {
		if a.cfg.Schedule[i].Name == c.Once {
			return nil
		}
		names = append(names, a.cfg.Schedule[i].Name)
	}
	if len(names) == 0 {
		return usageError("--once %s: the configuration has no schedule (docs/operations.md)", c.Once)
	}
	return usageError("--once %s: %w; it has %s", c.Once, pipeline.ErrNoEntry, strings.Join(names, ", "))
}

// attend works unattended until the process is told to stop: it answers probes and
// scrapers at listen, takes jobs with the engine that wire makes, and fires the schedule
// where that is wanted.
func (a *app) attend(s *store.Store, listen string, wire func(*store.Store) (*pipeline.Engine, func(), error), schedule bool) error {
	// The listener ends last, so that a process that drains can be watched doing it.
	up, err := a.watch(s, listen)
	if err != nil {
		return err
	}
	defer up.stop()
	e, free, err := wire(s)
	if err != nil {
		return err
	}
	defer free()
	w, err := e.Start(a.ctx)
	if err != nil {
		return err
	}
	up.started(w)
	a.log.Info("worker takes jobs", "worker", w.ID(), "queues", w.Queues(), "jobs_at_once", a.cfg.Sweep.Workers,
		"bundle", e.Bundle(), "engine", pipeline.EngineVersion)
	if schedule {
		nights, err := e.NewSchedule(a.ctx)
		if err != nil {
			return errors.Join(err, a.stopWorker(w))
		}
		nights.Start(a.ctx)
		a.log.Info("schedule is kept", "entries", len(a.cfg.Schedule))
		<-a.ctx.Done()
		nights.Stop() // before the worker: no tick may fire while it drains
	}
	<-a.ctx.Done()
	a.log.Info("worker hands back what it holds", "worker", w.ID(), "patience", a.cfg.Serve.Drain)
	return a.stopWorker(w)
}

// stopWorker lets a worker hand back what it holds.
func (a *app) stopWorker(w *pipeline.Worker) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(a.ctx), a.cfg.Serve.Drain)
	defer cancel()
	return w.Stop(ctx)
}

// once does one night and tells what became of it. One of an earlier day that was cut off
// is gone on with first: today has a night of its own.
func (c *serveCmd) once(a *app, e *pipeline.Engine) error {
	w, err := e.Start(a.ctx)
	if err != nil {
		return a.interrupted(err)
	}
	n, old, err := c.night(a, e)
	if err == nil && old {
		n, _, err = c.night(a, e)
	}
	if err = errors.Join(err, a.stopWorker(w)); err != nil {
		if errors.Is(err, pipeline.ErrInterrupted) {
			return &exitError{exitPartial, fmt.Errorf("night %d was interrupted; the same command goes on with it", n.ID)}
		}
		return a.interrupted(err)
	}
	switch n.State {
	case store.NightPartial:
		return &exitError{exitPartial, nil}
	case store.NightFailed:
		return &exitError{exitInternal, fmt.Errorf("night %d failed: %s", n.ID, n.Why)}
	}
	return nil
}

// night does one night, or ends one that was cut off: old, if that was of an earlier day.
func (c *serveCmd) night(a *app, e *pipeline.Engine) (n store.Night, old bool, err error) {
	n, taken, err := e.FireOnce(a.ctx, c.Once)
	if errors.Is(err, pipeline.ErrNoEntry) {
		return n, false, &exitError{exitUsage, err}
	}
	if err != nil {
		return n, false, err
	}
	if taken {
		fmt.Fprintf(a.stderr, "going on with night %d of %s, tick %s\n", n.ID, n.Schedule, shanghai(n.Tick))
	}
	if n, err = e.AwaitNight(a.ctx, n.ID); err != nil {
		return n, false, err
	}
	steps, err := e.Store.NightSteps(a.ctx, n.ID)
	if err != nil {
		return n, false, err
	}
	printNight(a.stdout, &n, steps)
	return n, taken && shanghai(n.Tick)[:len(time.DateOnly)] < shanghai(a.now())[:len(time.DateOnly)], nil
}

// nightEngine wires an engine that does nights, too.
func (a *app) nightEngine(s *store.Store) (*pipeline.Engine, func(), error) {
	var e *pipeline.Engine // the steps need what they are part of
	steps := map[string]pipeline.StepRun{
		config.StepImport: func(ctx context.Context, n *store.Night) (pipeline.StepEnd, error) {
			job := *a
			job.ctx = ctx // ends when the step has to, and not only with the process
			done, problems, err := job.intake(s, n.Tick, func(problem string) error { return s.NoteProblem(ctx, n.ID, problem) })
			return pipeline.StepEnd{Done: done, Problems: problems}, err
		},
		config.StepReport: func(ctx context.Context, n *store.Night) (pipeline.StepEnd, error) {
			end, err := a.reportStep(ctx, e, n)
			return a.thenPrune(ctx, s, end, err)
		},
		config.StepNotify: func(ctx context.Context, n *store.Night) (pipeline.StepEnd, error) { return a.notifyStep(ctx, e, n) },
	}
	e, free, err := a.engine(s, func(o *pipeline.Options) {
		o.Queues, o.Steps = []string{pipeline.QueuePages, pipeline.QueueNights}, steps
	})
	return e, free, err
}

// noSweep is what the steps after a sweep say where there was none.
func noSweep() pipeline.StepEnd {
	return pipeline.StepEnd{Problems: []string{"the night has no sweep to tell of"}}
}

// reportStep writes the report of the night's sweep to its folder.
func (a *app) reportStep(ctx context.Context, e *pipeline.Engine, n *store.Night) (pipeline.StepEnd, error) {
	if n.Sweep == 0 {
		return noSweep(), nil
	}
	r, err := e.Store.Report(ctx, n.Sweep, "")
	if err != nil {
		return pipeline.StepEnd{}, err
	}
	dir := filepath.Join(a.cfg.DataDir, "reports", strconv.FormatInt(n.Sweep, 10))
	paths, err := reports.WriteFiles(dir, reports.Formats(), r, reports.Options{Lang: a.cfg.Lang, Rules: catalogue(e.Book, a.cfg.Params)})
	if err != nil {
		return pipeline.StepEnd{}, err
	}
	return pipeline.StepEnd{Done: []string{fmt.Sprintf("%d files written to %s", len(paths), dir)}}, nil
}

// notifyStep makes out the notices of the night's sweep, and sends them where the
// configuration lets nights do so.
func (a *app) notifyStep(ctx context.Context, e *pipeline.Engine, n *store.Night) (pipeline.StepEnd, error) {
	if n.Sweep == 0 {
		return noSweep(), nil
	}
	res, err := e.Notify(ctx, notifyOptions(&a.cfg.Notices, n.Sweep))
	if err != nil {
		return pipeline.StepEnd{}, err
	}
	return notifyEnd(&res, a.cfg.Notices.Send), nil
}

// notifyOptions are those of a night's step.
func notifyOptions(c *config.Notices, sweep int64) pipeline.NotifyOptions {
	return pipeline.NotifyOptions{Sweep: sweep, Send: c.Send, Patience: c.Patience}
}

// notifyEnd tells of notices in the words of a night's step. What waits for a person, from
// earlier nights too, is a problem of each night until it was dealt with.
func notifyEnd(res *pipeline.NotifyResult, sent bool) pipeline.StepEnd {
	var end pipeline.StepEnd
	say := func(format string, args ...any) { end.Done = append(end.Done, fmt.Sprintf(format, args...)) }
	switch {
	case !sent:
		say("%d notices would be sent (notices.send is off)", len(res.Providers))
	default:
		say("%d notices sent", res.Counts.Sent)
	}
	if c := &res.Counts; c.Undelivered() {
		end.Problems = append(end.Problems, fmt.Sprintf(
			"notices not delivered: %d failed, %d put off, %d unknown, %d changed meanwhile, %d not tried (marketwarden notices list)",
			c.Failed, c.PutOff, c.Unknown, c.Changed, c.Left))
	}
	stuck := func(why pipeline.Why, format string) {
		if n := res.Why[why]; n > 0 {
			end.Problems = append(end.Problems, fmt.Sprintf(format, n))
		}
	}
	stuck(pipeline.WhyFailed, "records not told: %d, their notices failed (marketwarden notices list --state failed)")
	stuck(pipeline.WhyUnknown, "records of which nobody knows whether they were told: %d (marketwarden notices list --state unknown)")
	stuck(pipeline.WhyNoContact, "records not told: %d, no usable e-mail of their providers is on file")
	return end
}

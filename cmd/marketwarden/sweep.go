package main

import (
	"errors"
	"fmt"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
	"marketwarden/reports"
	"marketwarden/rules"
)

type sweepCmd struct {
	Provider         string `help:"Only this provider and its listings." placeholder:"ID"`
	Listing          string `help:"Only this listing." placeholder:"ID"`
	Only             string `help:"Only listings, sites or accounts." enum:",listings,sites,accounts" default:"" placeholder:"WHAT"`
	AsOf             string `help:"Judge this date (YYYY-MM-DD) or moment (RFC 3339). A past date judges accounts only and touches no records." placeholder:"DATE"`
	Resume           bool   `help:"Go on with the sweep that was interrupted."`
	FailOnViolations bool   `help:"Exit with 1 when violations are open."`
}

func (c *sweepCmd) Run(a *app) error {
	if c.Resume && (c.Provider != "" || c.Listing != "" || c.Only != "" || c.AsOf != "") {
		return usageError("--resume goes on with the sweep as it was planned: leave the other flags away")
	}
	order := pipeline.Order{Scope: store.Scope{Provider: c.Provider, Listing: c.Listing, Only: c.Only}, AsOf: a.now()}
	if c.AsOf != "" {
		var err error
		if order.AsOf, order.LookBack, err = asOf(c.AsOf, a.now()); err != nil {
			return err
		}
		if order.LookBack && c.Only != "" && c.Only != pipeline.OnlyAccounts {
			return usageError("--as-of %s is past: pages cannot be visited in the past, only accounts can be judged", c.AsOf)
		}
	}
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	e, free, err := a.engine(s)
	if err != nil {
		return err
	}
	defer free()
	sw, err := c.begin(a, e, s, order)
	if err != nil {
		return a.interrupted(err)
	}
	return a.interrupted(a.runSweep(e, s, sw, c.FailOnViolations))
}

// asOf reads a date (its end, as far as it is over) or a moment and tells whether it is
// past, which is to say before today in Shanghai.
func asOf(text string, now time.Time) (time.Time, bool, error) {
	now = now.In(market.Shanghai)
	today := now.Format(time.DateOnly)
	if d, err := time.ParseInLocation(time.DateOnly, text, market.Shanghai); err == nil {
		switch {
		case text > today:
			return d, false, usageError("--as-of %s lies in the future", text)
		case text == today:
			return now, false, nil
		}
		return d.AddDate(0, 0, 1).Add(-time.Second), true, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, false, usageError("--as-of %q is neither a date (2026-01-31) nor a moment (2026-01-31T02:00:00+08:00)", text)
	}
	if t.After(now) {
		return t, false, usageError("--as-of %s lies in the future", text)
	}
	return t, t.In(market.Shanghai).Format(time.DateOnly) < today, nil
}

// begin plans a sweep or takes up the one that was interrupted.
func (c *sweepCmd) begin(a *app, e *pipeline.Engine, s *store.Store, order pipeline.Order) (store.Sweep, error) {
	if c.Resume {
		sw, err := e.Resume(a.ctx)
		if errors.Is(err, store.ErrNoSweep) {
			return sw, &exitError{exitNothing, errors.New("no sweep to resume")}
		}
		if errors.Is(err, pipeline.ErrOtherBundle) {
			return sw, &exitError{exitUsage, err}
		}
		if err == nil {
			fmt.Fprintf(a.stderr, "going on with sweep %d as of %s\n", sw.ID, sw.AsOf.In(market.Shanghai).Format(time.DateTime))
		}
		return sw, err
	}
	sw, err := e.Plan(a.ctx, order)
	if errors.Is(err, store.ErrSweepRunning) {
		if err := c.clearDead(a, s, order); err != nil {
			return sw, err
		}
		sw, err = e.Plan(a.ctx, order)
	}
	if errors.Is(err, pipeline.ErrNothing) {
		return sw, &exitError{exitNothing, err}
	}
	return sw, err
}

// interrupted turns what goes wrong because the user stopped the program into the exit
// code of an interrupted sweep.
func (a *app) interrupted(err error) error {
	var e *exitError
	if err == nil || a.ctx.Err() == nil || errors.As(err, &e) {
		return err
	}
	return &exitError{exitPartial, fmt.Errorf("interrupted: %w", err)}
}

// clearDead abandons a sweep that nobody works on any more, so that an unattended night
// is not held up by the crash of the last one. A living one is left alone, and so is one
// that has just been planned. A small sweep does not give up a whole night.
func (c *sweepCmd) clearDead(a *app, s *store.Store, order pipeline.Order) error {
	old, err := s.RunningSweep(a.ctx)
	if errors.Is(err, store.ErrNoSweep) {
		return nil
	}
	if err != nil {
		return err
	}
	young := a.now().Sub(old.Started) < config.HeartbeatLost
	workers, err := a.liveWorkers(s, !young)
	if err != nil {
		return err
	}
	switch {
	case workers > 0 || young:
		return usageError("sweep %d is running: wait for it, or help it with --resume", old.ID)
	case order.Scope != store.Scope{} || order.LookBack:
		return usageError("sweep %d was interrupted: go on with --resume, or give it up by a new sweep of everything", old.ID)
	}
	fmt.Fprintf(a.stderr, "sweep %d was interrupted and is given up (--resume would have gone on with it)\n", old.ID)
	return s.AbandonSweep(a.ctx, old.ID)
}

// liveWorkers counts the workers that live. patient: it waits until one that was killed a
// moment ago is struck off, too.
func (a *app) liveWorkers(s *store.Store, patient bool) (int, error) {
	for end := a.now().Add(config.HeartbeatSilent + time.Second); ; {
		if _, _, err := pipeline.RescueLost(a.ctx, s); err != nil {
			return 0, err
		}
		n, err := s.LiveWorkers(a.ctx)
		if err != nil || n == 0 || !patient || a.now().After(end) {
			return n, err
		}
		select {
		case <-time.After(config.HeartbeatEvery / 6):
		case <-a.ctx.Done():
			return 0, a.ctx.Err()
		}
	}
}

// runSweep works on a sweep, shows how it goes and says what came of it.
func (a *app) runSweep(e *pipeline.Engine, s *store.Store, sw store.Sweep, failOnViolations bool) error {
	show := newProgress(a.stderr, a.now, sw.ID)
	err := e.Run(a.ctx, sw.ID, show.update)
	show.finish()
	if errors.Is(err, pipeline.ErrInterrupted) {
		return &exitError{exitPartial, fmt.Errorf("sweep %d: %w; go on with: marketwarden sweep --resume", sw.ID, pipeline.ErrInterrupted)}
	}
	if err != nil {
		return err
	}
	var run record.Run
	var sum *reports.Summary
	err = s.ReadReport(a.ctx, sw.ID, "", store.ReportRows{
		Run:        func(r record.Run) { run, sum = r, reports.NewSummary(r, a.today()) },
		Record:     func(v *record.View) { sum.AddRecord(v) },
		NotChecked: func(r *record.Result) { sum.AddNotChecked(r) },
		Deployment: func(d *record.DeploymentRow) { sum.AddDeployment(d) },
		Orderless:  func(o *record.OrderlessRow) { sum.AddOrderless(o) },
	})
	if err != nil {
		return err
	}
	if err := sum.Write(a.stdout, a.terminal(e.Book)); err != nil {
		return err
	}
	all, seen := sum.OpenViolations()
	if sw.Scope != (store.Scope{}) {
		all = seen // a narrowed sweep does not answer for what it did not look at
	}
	return a.sweepExit(&run, failOnViolations && all > 0)
}

// terminal are the options of summaries.
func (a *app) terminal(book *rules.Book) reports.TerminalOptions {
	return reports.TerminalOptions{Lang: a.cfg.Lang, Rules: catalogue(book, a.cfg.Params), Width: terminalWidth(a.stdout), Today: a.today()}
}

// sweepExit turns what a sweep found into the exit code: partial coverage goes before
// violations.
func (a *app) sweepExit(run *record.Run, violations bool) error {
	if got := run.Checked(); got < a.cfg.Coverage {
		return &exitError{exitPartial, fmt.Errorf("sweep %d is partial: %.1f %% of what was planned could be checked, %.1f %% is the limit", run.ID, 100*got, 100*a.cfg.Coverage)}
	}
	if violations {
		return &exitError{exitViolations, nil}
	}
	return nil
}

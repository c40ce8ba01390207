package main

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/store"
	"marketwarden/reports"
	"marketwarden/rules"
)

type sweepsCmd struct {
	List sweepsListCmd `cmd:"" default:"withargs" help:"The newest sweeps."`
	Show sweepsShowCmd `cmd:"" help:"What one sweep found."`
	Diff sweepsDiffCmd `cmd:"" help:"What changed from one sweep to another."`
}

type sweepsListCmd struct {
	Limit int `help:"How many." default:"20"`
}

func (c *sweepsListCmd) Run(a *app) error {
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	list, err := s.Sweeps(a.ctx, c.Limit)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return &exitError{exitNothing, errors.New("no sweeps yet")}
	}
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "SWEEP\tAS OF\tSTATE\tTOOK\tMARKET\tSCOPE\tUNITS\tNOT CHECKED")
	for i := range list {
		sw := &list[i]
		p, err := s.Progress(a.ctx, sw.ID)
		if err != nil {
			return err
		}
		state, took := sw.State, "-"
		if sw.Pruned {
			state += ", pruned"
		}
		if sw.Closed != nil {
			took = sw.Closed.Sub(sw.Started).Round(100 * time.Millisecond).String()
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%d\t%d\n", sw.ID, sw.AsOf.In(market.Shanghai).Format(time.DateTime),
			state, took, sw.Market, sw.Scope, p.Planned(), p.NotChecked)
	}
	return w.Flush()
}

type sweepsShowCmd struct {
	ID int64 `arg:"" help:"The sweep's number."`
}

func (c *sweepsShowCmd) Run(a *app) error {
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	r, err := s.Report(a.ctx, c.ID, "")
	if err != nil {
		return sweepArg(c.ID, err)
	}
	book, err := rules.Load()
	if err != nil {
		return err
	}
	return reports.Terminal(a.stdout, r, a.terminal(book))
}

type sweepsDiffCmd struct {
	From int64 `arg:"" help:"The earlier sweep."`
	To   int64 `arg:"" help:"The later sweep."`
}

func (c *sweepsDiffCmd) Run(a *app) error {
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	for _, id := range []int64{c.From, c.To} {
		if _, err := s.SweepByID(a.ctx, id); err != nil {
			return sweepArg(id, err)
		}
	}
	d, err := s.DiffSweeps(a.ctx, c.From, c.To)
	if err != nil {
		return sweepArg(c.From, err)
	}
	return reports.Diff(a.stdout, d, a.cfg.Lang)
}

// sweepArg makes a wrong sweep number the user's error.
func sweepArg(id int64, err error) error {
	if errors.Is(err, store.ErrNoSweep) {
		return usageError("sweep %d: %w", id, err)
	}
	if errors.Is(err, store.ErrPruned) {
		return &exitError{exitUsage, err}
	}
	return err
}

package main

import (
	"context"
	"fmt"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
)

type pruneCmd struct {
	Keep   int  `help:"Keep this many days. Default: retention.days of the configuration." placeholder:"DAYS"`
	DryRun bool `help:"Say what would go and change nothing."`
}

// Run removes from the database what is old.
func (c *pruneCmd) Run(a *app) error {
	cfg := a.cfg
	if c.Keep != 0 {
		cfg.Retention.Days = c.Keep
	}
	if c.Keep < 0 {
		return usageError("--keep must be a number of days, not %d", c.Keep)
	}
	if err := cfg.Validate(); err != nil { // as it was loaded it was valid
		return usageError("--keep %d: %w", c.Keep, err)
	}
	if cfg.Retention.Days == 0 {
		return usageError("retention.days is 0, which keeps everything: say how much with --keep")
	}
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	before := keptFrom(a.now(), cfg.Retention.Days)
	if c.DryRun {
		p, err := s.WouldPrune(a.ctx, before)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%s would be pruned\n", old(p, before))
		return nil
	}
	p, err := s.Prune(a.ctx, before)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s pruned, %d rows in all\n", old(p, before), p.Rows)
	return nil
}

func old(p store.Pruned, before time.Time) string {
	return fmt.Sprintf("%d sweeps and %d steps of nights that ended before %s", p.Sweeps, p.Steps, before.In(market.Shanghai).Format(time.DateOnly))
}

// keptFrom is the beginning of the first day, in Shanghai, of which everything is kept.
func keptFrom(now time.Time, days int) time.Time {
	y, m, d := now.In(market.Shanghai).Date()
	return time.Date(y, m, d-days, 0, 0, 0, 0, market.Shanghai)
}

// thenPrune ends a step that did its work by removing what is old. That it cannot be
// removed stops no night.
func (a *app) thenPrune(ctx context.Context, s *store.Store, end pipeline.StepEnd, err error) (pipeline.StepEnd, error) {
	if err != nil || a.cfg.Retention.Days == 0 {
		return end, err
	}
	before := keptFrom(a.now(), a.cfg.Retention.Days)
	p, err := s.Prune(ctx, before)
	switch {
	case err != nil && (ctx.Err() != nil || store.IsOutage(err)): // the step is done again
		return end, err
	case err != nil:
		end.Problems = append(end.Problems, err.Error())
	case p.Rows > 0:
		end.Done = append(end.Done, old(p, before)+" pruned")
	}
	return end, nil
}

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"marketwarden/fixtures"
	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
	"marketwarden/reports"
)

type demoCmd struct {
	Out string `help:"Folder for the reports." default:"out/demo" type:"path" placeholder:"DIR"`
}

// nights of the shipped market.
const nights = 2

// Run serves the shipped market on loopback, imports its feeds, sweeps two nights,
// writes the reports and compares everything with the truth file. It always uses a
// private cluster of its own, so that a real database is never touched.
func (c *demoCmd) Run(a *app) (err error) {
	began := a.now()
	srv, err := fixtures.Serve(a.ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.Close()) }()
	dir, err := os.MkdirTemp("", "marketwarden-demo-")
	if err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	a.cfg = demoConfig(dir, a.cfg.Lang, srv.Resolve())

	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	if err := c.importFeeds(a, s, dir); err != nil {
		return err
	}
	e, free, err := a.engine(s)
	if err != nil {
		return err
	}
	defer free()
	truths, err := fixtures.Truths()
	if err != nil {
		return err
	}
	wrong := 0
	for night := 1; night <= nights; night++ {
		n, err := c.night(a, s, e, srv, night, truths)
		if err != nil {
			return err
		}
		wrong += n
	}
	took := a.now().Sub(began).Round(100 * time.Millisecond)
	if wrong > 0 {
		return &exitError{exitViolations, fmt.Errorf("the sweeps differ from the truth file in %d places (%s)", wrong, took)}
	}
	fmt.Fprintf(a.stdout, "\nBoth nights agree with the truth file: %d truths, nothing missed, nothing invented (%s).\n", len(truths), took)
	return nil
}

// demoConfig is the configuration of a demonstration on the server's hosts.
func demoConfig(dir, lang string, resolve map[string]string) config.Config {
	cfg := config.Default()
	cfg.DataDir, cfg.Lang, cfg.Market = dir, lang, fixtures.ProfileID
	cfg.Fetch.Resolve = resolve
	cfg.Fetch.AllowPrivate = []string{"127.0.0.0/8"}
	cfg.Fetch.ProviderPace = 0
	cfg.Fetch.Confirm = 50 * time.Millisecond
	cfg.Sweep.RetryWait = 100 * time.Millisecond
	cfg.Coverage = 0.5 // the market is full of pages that cannot be checked
	return cfg
}

func (c *demoCmd) importFeeds(a *app, s *store.Store, dir string) error {
	feeds, err := fixtures.Feeds()
	if err != nil {
		return err
	}
	for _, kind := range fixtures.FeedNames() {
		file := filepath.Join(dir, kind+".csv")
		if err := os.WriteFile(file, feeds[kind], 0o600); err != nil {
			return fmt.Errorf("write feed: %w", err)
		}
		imp := importCmd{Kind: kind}
		if kind == fixtures.FeedOrders {
			imp.Covers = fixtures.Covers
		}
		k, opt, err := imp.plan(a)
		if err != nil {
			return err
		}
		res, err := imp.one(a, s, k, file, opt)
		if err != nil {
			return err
		}
		res.Name = filepath.Base(res.Name)
		printImport(a.stdout, res, opt.Covers)
	}
	return nil
}

// night sweeps one night, writes its report and returns in how many places it differs
// from the truth.
func (c *demoCmd) night(a *app, s *store.Store, e *pipeline.Engine, srv *fixtures.Server, night int, truths []fixtures.Truth) (int, error) {
	asOf, err := fixtures.AsOf(night)
	if err != nil {
		return 0, err
	}
	srv.SetNight(night)
	fmt.Fprintf(a.stdout, "\nNight %d, as of %s\n\n", night, asOf.In(market.Shanghai).Format(time.DateTime))
	sw, err := e.Plan(a.ctx, pipeline.Order{AsOf: asOf})
	if err != nil {
		return 0, err
	}
	if err := a.runSweep(e, s, sw, false); err != nil {
		return 0, err
	}
	r, err := s.Report(a.ctx, sw.ID, "")
	if err != nil {
		return 0, err
	}
	out := filepath.Join(c.Out, fmt.Sprintf("night%d", night))
	paths, err := reports.WriteFiles(out, reports.Formats(), r, reports.Options{Lang: a.cfg.Lang, Rules: catalogue(e.Book, a.cfg.Params), Today: a.today()})
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(a.stdout, "\n%d files written to %s\n", len(paths), out)
	results, err := s.Results(a.ctx, sw.ID)
	if err != nil {
		return 0, err
	}
	diffs := fixtures.Compare(night, truths, results)
	for _, d := range diffs {
		fmt.Fprintln(a.stderr, "differs from the truth:", d)
	}
	return len(diffs), nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/netguard"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
	"marketwarden/rules"
	"marketwarden/scanners/fetch"
)

type profileCmd struct {
	Root     string `help:"Folder of the program's module." default:".." type:"existingdir"`
	Listings int    `help:"Listings of the market." short:"n" default:"2000"`
	Only     string `help:"Sweep only listings, sites or accounts." default:"listings"`
	Out      string `help:"Folder for cpu.pprof, allocs.pprof and heap.pprof." default:"." type:"existingdir"`
}

// Run sweeps in this process, as the program does, and writes profiles: cpu.pprof, and
// what was allocated in all and was in use at the end (allocs.pprof, heap.pprof).
func (c *profileCmd) Run(ctx context.Context) error {
	runtime.MemProfileRate = 64 << 10
	debug.SetGCPercent(300) // as the program does
	return withSweeper(ctx, c.Root, func(s *sweeper) (err error) {
		st, err := s.market(ctx, c.Listings)
		if err != nil {
			return err
		}
		cpu, err := os.Create(filepath.Join(c.Out, "cpu.pprof"))
		if err != nil {
			return fmt.Errorf("write profile: %w", err)
		}
		defer func() { err = errors.Join(err, cpu.Close()) }()
		if err := pprof.StartCPUProfile(cpu); err != nil {
			return fmt.Errorf("start profile: %w", err)
		}
		err = sweepHere(ctx, st.config, c.Only, func() error { return c.write("heap") })
		pprof.StopCPUProfile()
		return errors.Join(err, c.write("allocs"))
	})
}

func (c *profileCmd) write(name string) (err error) {
	f, err := os.Create(filepath.Join(c.Out, name+".pprof"))
	if err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if name == "heap" {
		runtime.GC()
	}
	return pprof.Lookup(name).WriteTo(f, 0)
}

// sweepHere sweeps with the configuration and calls done while everything is still open.
func sweepHere(ctx context.Context, cfg config.Config, only string, done func() error) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s, err := store.Open(ctx, store.Options{DatabaseURL: cfg.DatabaseURL, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close(ctx)) }()
	profile, err := market.LoadProfile(cfg.Market)
	if err != nil {
		return err
	}
	book, err := rules.Load()
	if err != nil {
		return err
	}
	guard, err := netguard.New([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
	if err != nil {
		return err
	}
	client, err := fetch.New(cfg.Fetch, fetch.Options{Guard: guard, Logger: log, Now: time.Now, Version: "bench"})
	if err != nil {
		return err
	}
	defer client.Close()
	e, err := pipeline.New(pipeline.Options{
		Config: cfg, Store: s, Fetch: client, Book: book, Profile: profile, Now: time.Now, Log: log,
		Stale: func(err error) { panic(err) },
	})
	if err != nil {
		return err
	}
	sw, err := e.Plan(ctx, pipeline.Order{Scope: store.Scope{Only: only}, AsOf: time.Now()})
	if err != nil {
		return err
	}
	if err := e.Run(ctx, sw.ID, func(store.Progress) {}); err != nil {
		return err
	}
	return done()
}

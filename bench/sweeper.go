package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/goccy/go-yaml"
	"github.com/jackc/pgx/v5"

	"marketwarden/fixtures"
	"marketwarden/internal/config"
	"marketwarden/internal/store/cluster"
)

// sweeper runs the program on generated markets. Its cluster is started here, so that the
// program finds a server and PostgreSQL is nobody's child that is measured.
type sweeper struct {
	bin     string // the program
	dir     string
	cluster *cluster.Cluster
	sites   []*site
	made    int // databases so far
}

// withSweeper builds the program from the module in root, starts a cluster and calls f.
// All that it made is gone when it returns.
func withSweeper(ctx context.Context, root string, f func(*sweeper) error) (err error) {
	dir, err := os.MkdirTemp("", "marketwarden-bench-")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s := &sweeper{bin: filepath.Join(dir, "marketwarden"), dir: dir}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", s.bin, "./cmd/marketwarden") //nolint:gosec // our own program
	build.Dir, build.Stderr = root, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the program: %w", err)
	}
	s.cluster, err = cluster.Open(ctx, cluster.Options{Dir: filepath.Join(dir, "postgres"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }() //nolint:contextcheck // stopping has bounds of its own
	return f(s)
}

func (s *sweeper) close() error {
	var err error
	for _, st := range s.sites {
		err = errors.Join(err, st.stop())
	}
	return errors.Join(err, s.cluster.Close())
}

// market serves a market of n listings and imports its feeds.
func (s *sweeper) market(ctx context.Context, n int) (*site, error) {
	st, err := startSite(ctx, s.dir, n)
	if err != nil {
		return nil, err
	}
	s.sites = append(s.sites, st)
	if err := s.configure(st); err != nil {
		return nil, err
	}
	return st, s.load(ctx, st)
}

// configure writes a configuration that visits the site at full speed and keeps no
// evidence.
func (s *sweeper) configure(st *site) error {
	resolve, err := st.resolve()
	if err != nil {
		return err
	}
	st.base = "base_" + strconv.Itoa(st.listings)
	c := config.Default()
	keep := false
	c.DatabaseURL = s.cluster.DSNOf(st.base) // runs are given copies in the environment
	c.DataDir, c.Market, c.Lang = st.dir, fixtures.ProfileID, "en"
	c.Coverage = 0 // of accounts nothing can be said outside the days of the order feed
	c.Fetch.Resolve, c.Fetch.AllowPrivate = resolve, []string{"127.0.0.0/8"}
	c.Fetch.ProviderPace, c.Fetch.MarketPace = 0, 0
	c.Sweep.KeepEvidence = &keep
	b, err := yaml.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode configuration: %w", err)
	}
	st.config, st.configFile = c, filepath.Join(st.dir, "marketwarden.yaml")
	if err := os.WriteFile(st.configFile, b, 0o600); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

// load makes the database that holds the site's feeds.
func (s *sweeper) load(ctx context.Context, st *site) error {
	if err := s.exec(ctx, "create database "+st.base); err != nil {
		return err
	}
	for _, kind := range fixtures.FeedNames() {
		args := []string{"--config", st.configFile, "import", kind, filepath.Join(st.dir, kind+".csv")}
		if kind == fixtures.FeedOrders {
			args = append(args, "--covers", fixtures.Covers)
		}
		cmd := exec.CommandContext(ctx, s.bin, args...) //nolint:gosec // our own program
		cmd.Env = s.env(st.base)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("import %s: %w\n%s", kind, err, out)
		}
	}
	return nil
}

// copyOf makes a fresh copy of a database and returns its name.
func (s *sweeper) copyOf(ctx context.Context, base string) (string, error) {
	s.made++
	name := "run_" + strconv.Itoa(s.made)
	return name, s.exec(ctx, "create database "+name+" template "+base)
}

// sweep measures one sweep on a fresh copy of the site's database.
func (s *sweeper) sweep(ctx context.Context, st *site, only string) (usage, error) {
	db, err := s.copyOf(ctx, st.base)
	if err != nil {
		return usage{}, err
	}
	args := []string{"--config", st.configFile, "sweep"}
	if only != "" {
		args = append(args, "--only", only)
	}
	u, err := measure(ctx, s.env(db), s.bin, args...)
	if err != nil {
		return u, err
	}
	if err := s.complete(ctx, db); err != nil {
		return u, err
	}
	return u, s.exec(ctx, "drop database "+db)
}

// complete checks that the only sweep of a database ended all of its units and judged
// nearly all: generated markets have some pages that cannot be had.
func (s *sweeper) complete(ctx context.Context, db string) (err error) {
	conn, err := pgx.Connect(ctx, s.cluster.DSNOf(db))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	var all, done, open int
	err = conn.QueryRow(ctx, `select count(*), count(*) filter (where state = 'done'), count(*) filter (where state = 'open') from sweep_units`).
		Scan(&all, &done, &open)
	if err != nil {
		return fmt.Errorf("count units: %w", err)
	}
	if open > 0 || done*10 < all*8 || all == 0 {
		return fmt.Errorf("the sweep judged %d of %d units and left %d", done, all, open)
	}
	return nil
}

func (s *sweeper) env(db string) []string {
	return append(os.Environ(), "DATABASE_URL="+s.cluster.DSNOf(db))
}

// exec runs a statement on the cluster's own database.
func (s *sweeper) exec(ctx context.Context, sql string) (err error) {
	conn, err := pgx.Connect(ctx, s.cluster.DSN())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

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

// sweeper runs the program on a site. Its cluster is started here, so that the program
// finds a server and PostgreSQL is nobody's child that is measured.
type sweeper struct {
	bin     string // the program
	dir     string
	cluster *cluster.Cluster
	made    int // databases so far
}

// newSweeper builds the program from the module in root and starts the cluster. The
// caller closes it.
func newSweeper(ctx context.Context, root, dir string) (*sweeper, error) {
	s := &sweeper{bin: filepath.Join(dir, "marketwarden"), dir: dir}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", s.bin, "./cmd/marketwarden")
	build.Dir, build.Stderr = root, os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("build the program: %w", err)
	}
	var err error
	s.cluster, err = cluster.Open(ctx, cluster.Options{Dir: filepath.Join(dir, "postgres"), Log: slog.New(slog.DiscardHandler)})
	return s, err
}

func (s *sweeper) close() error { return s.cluster.Close() }

// configFor writes a configuration that visits the site at full speed and keeps no
// evidence.
func (s *sweeper) configFor(st *site) (config.Config, string, error) {
	c := config.Default()
	resolve, err := st.resolve()
	if err != nil {
		return c, "", err
	}
	keep := false
	c.DataDir, c.Market, c.Lang = st.dir, fixtures.ProfileID, "en"
	c.Coverage = 0 // of accounts nothing can be said outside the days of the order feed
	c.Fetch.Resolve, c.Fetch.AllowPrivate = resolve, []string{"127.0.0.0/8"}
	c.Fetch.ProviderPace, c.Fetch.MarketPace = 0, 0
	c.Sweep.KeepEvidence = &keep
	b, err := yaml.Marshal(c)
	if err != nil {
		return c, "", fmt.Errorf("encode configuration: %w", err)
	}
	name := filepath.Join(st.dir, "marketwarden.yaml")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		return c, "", fmt.Errorf("write configuration: %w", err)
	}
	return c, name, nil
}

// base makes a database that holds the site's feeds and returns its name.
func (s *sweeper) base(ctx context.Context, st *site, conf string) (string, error) {
	name := "base_" + strconv.Itoa(st.listings)
	if err := s.exec(ctx, "create database "+name); err != nil {
		return "", err
	}
	for _, kind := range []string{fixtures.FeedProviders, fixtures.FeedListings, fixtures.FeedOrders} {
		args := []string{"--config", conf, "import", kind, filepath.Join(st.dir, kind+".csv")}
		if kind == fixtures.FeedOrders {
			args = append(args, "--covers", fixtures.Covers)
		}
		cmd := exec.CommandContext(ctx, s.bin, args...)
		cmd.Env = s.env(name)
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("import %s: %w\n%s", kind, err, out)
		}
	}
	return name, nil
}

// copyOf makes a fresh copy of a database and returns its name.
func (s *sweeper) copyOf(ctx context.Context, base string) (string, error) {
	s.made++
	name := "run_" + strconv.Itoa(s.made)
	return name, s.exec(ctx, "create database "+name+" template "+base)
}

// sweep measures one sweep on a fresh copy of base, which must judge every unit.
func (s *sweeper) sweep(ctx context.Context, base, conf, only string) (usage, error) {
	db, err := s.copyOf(ctx, base)
	if err != nil {
		return usage{}, err
	}
	args := []string{"--config", conf, "sweep"}
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

// complete checks that the only sweep of a database judged all of its units.
func (s *sweeper) complete(ctx context.Context, db string) (err error) {
	conn, err := pgx.Connect(ctx, s.cluster.DSNOf(db))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	var all, done int
	if err := conn.QueryRow(ctx, `select count(*), count(*) filter (where state = 'done') from sweep_units`).Scan(&all, &done); err != nil {
		return fmt.Errorf("count units: %w", err)
	}
	if all == 0 || done != all {
		return fmt.Errorf("the sweep judged %d of %d units", done, all)
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

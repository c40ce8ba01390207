// Package store keeps everything that outlives a process in PostgreSQL: the market as
// imported, sweeps and their units, records, decisions.
//
// Life-cycle: [Open] connects (starting the private cluster where no DATABASE_URL is
// given), brings the schema up to date and returns; the caller owns the [Store] and ends
// it with [Store.Close] after everything that uses it has ended.
//
// One file per aggregate, its hand-written SQL beside the Go that runs it; migrations/
// holds the schema. The package knows no rules and makes no decisions about results; it
// is no abstraction over databases either, as PostgreSQL is the only one.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"marketwarden/internal/store/cluster"
)

// defaultMaxConns bounds the pool where the database URL says nothing (pool_max_conns).
// The default number of workers can each hold a connection while the queue uses some of
// its own. A process that works has one more, outside of the pool, for its heartbeat: a
// server with the usual limit of a hundred, three of them kept for superusers, takes five.
const defaultMaxConns = 16

const (
	connectTimeout = 10 * time.Second
	healthTimeout  = 5 * time.Second
	maxIdleTime    = 5 * time.Minute
)

// Options say which database to use.
type Options struct {
	// DatabaseURL is a PostgreSQL connection URL. Empty: the private cluster in
	// DataDir/postgres.
	DatabaseURL string
	DataDir     string
	// Log gets what happens to the database. nil = slog.Default().
	Log *slog.Logger
	// AsIs opens the database without migrating it: one whose schema is not that of the
	// program is refused with [ErrOlderSchema] or [ErrNewerSchema].
	AsIs bool
	// AppName is what the server's activity list calls this process. Empty =
	// "marketwarden".
	AppName string
}

// Store is an open database with an up-to-date schema. It is safe for concurrent use.
type Store struct {
	// Pool is for the files of this package and for River. Sessions are in UTC, and
	// times are read as UTC.
	Pool *pgxpool.Pool

	log     *slog.Logger
	private *cluster.Cluster // nil when a server was given
}

// Open connects and migrates. When it fails nothing stays open.
//
// [ErrNewerSchema] and the errors of package cluster are the user's to mend and say how.
func Open(ctx context.Context, opts Options) (*Store, error) {
	return open(ctx, opts, embedded())
}

// open is Open with the schema given, which tests choose.
func open(ctx context.Context, opts Options, sc schema) (_ *Store, err error) {
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	s := &Store{log: opts.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close(ctx))
		}
	}()
	url := opts.DatabaseURL
	if url == "" {
		if opts.DataDir == "" {
			return nil, errors.New("open store: neither a database URL nor a data folder is given")
		}
		s.private, err = cluster.Open(ctx, cluster.Options{Dir: ClusterDir(opts.DataDir), Log: opts.Log})
		if err != nil {
			return nil, err
		}
		url = s.private.DSN()
	}
	if s.Pool, err = connect(ctx, url, opts.AppName); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := s.migrate(ctx, sc, opts.AsIs); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

// ClusterDir returns the folder of the private cluster of a data folder.
func ClusterDir(dataDir string) string { return filepath.Join(dataDir, "postgres") }

// Close closes the pool, waiting for connections in use, and gives the private cluster
// up. Calling it on a nil Store does nothing. ctx bounds the wait for connections: when
// it ends the cluster is left running for the next program.
func (s *Store) Close(ctx context.Context) error {
	if s == nil {
		return nil
	}
	if s.Pool != nil {
		closed := make(chan struct{})
		go func() { // ends when the last connection is released
			defer close(closed)
			s.Pool.Close()
		}()
		select {
		case <-closed:
		case <-ctx.Done():
			select { // ctx may have ended before there was anything to wait for
			case <-closed:
			case <-time.After(connectTimeout):
				return fmt.Errorf("close store: connections are still in use: %w", context.Cause(ctx))
			}
		}
	}
	return s.private.Close() //nolint:contextcheck // it has bounds of its own, and must happen though ctx ended
}

// Health reports whether the database answers, within five seconds.
func (s *Store) Health(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if _, err := s.Pool.Exec(ctx, "select 1"); err != nil {
		return fmt.Errorf("database does not answer: %w", err)
	}
	return nil
}

// connect opens a pool and checks that a server of a known version answers.
func connect(ctx context.Context, url, appName string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err) // pgx masks the password
	}
	if !strings.Contains(url, "pool_max_conns=") {
		cfg.MaxConns = defaultMaxConns
	}
	cfg.MaxConnIdleTime = maxIdleTime
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = connectTimeout
	}
	if appName == "" {
		appName = "marketwarden"
	}
	if _, ok := cfg.ConnConfig.RuntimeParams["application_name"]; !ok {
		cfg.ConnConfig.RuntimeParams["application_name"] = appName
	}
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	// A machine that vanishes in a transaction must not hold its locks for hours.
	cfg.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "60s"
	cfg.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		conn.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID,
			Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := checkServer(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// checkServer refuses servers that lack what the SQL of this package uses.
func checkServer(ctx context.Context, pool *pgxpool.Pool) error {
	var version int
	if err := pool.QueryRow(ctx, "select current_setting('server_version_num')::int").Scan(&version); err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	if major := version / 10_000; major < cluster.MinMajor {
		return fmt.Errorf("%w: the server runs PostgreSQL %d, version %d or later is needed",
			cluster.ErrVersion, major, cluster.MinMajor)
	}
	return nil
}

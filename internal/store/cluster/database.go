package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Database is the name of the database that [Cluster.DSN] leads to.
const Database = "marketwarden"

const (
	codeNoDatabase = "3D000" // invalid_catalog_name
	codeDuplicate  = "42P04" // duplicate_database
)

var (
	errGone        = errors.New("the server ended")
	errUnreachable = errors.New("the server runs but does not answer on its socket")
)

// unreachableAfter is how long a server that calls itself ready may fail to answer.
const unreachableAfter = 2 * time.Second

// DSN returns the connection URL of the program's database. It is only of use to the
// cluster's owner on this machine, and holds no secret.
func (c *Cluster) DSN() string { return c.server.dsn(Database) }

// DSNOf is DSN for another database of the cluster.
func (c *Cluster) DSNOf(database string) string { return c.server.dsn(database) }

func (p postmaster) dsn(database string) string {
	q := url.Values{"host": {p.socket}, "port": {p.port}, "user": {superuser}, "sslmode": {"disable"}}
	return "postgres:///" + url.PathEscape(database) + "?" + q.Encode()
}

// awaitDatabase waits until the server with this process id answers queries in the
// program's database, which it creates if need be. The error is errGone when the server
// ended meanwhile and errUnreachable when it does not answer.
func (c *Cluster) awaitDatabase(ctx context.Context, pid int) (postmaster, error) {
	var readySince time.Time
	for {
		server, running := findPostmaster(c.data())
		if !running || server.pid != pid {
			return postmaster{}, fmt.Errorf("%w; see %s", errGone, c.logFile())
		}
		if server.ready {
			if readySince.IsZero() {
				readySince = time.Now()
			}
			err := ensureDatabase(ctx, server)
			if err == nil {
				return server, nil
			}
			if ctx.Err() == nil && time.Since(readySince) > unreachableAfter {
				return postmaster{}, fmt.Errorf("%w (pid %d): %w", errUnreachable, pid, err)
			}
		}
		if err := pause(ctx, pollEvery); err != nil {
			return postmaster{}, fmt.Errorf("wait for the server (pid %d, log %s): %w", pid, c.logFile(), err)
		}
	}
}

// ensureDatabase connects to the program's database, creating it if it is not there.
func ensureDatabase(ctx context.Context, server postmaster) error {
	err := connectOnce(ctx, server.dsn(Database), "")
	if !hasCode(err, codeNoDatabase) {
		return err
	}
	err = connectOnce(ctx, server.dsn("postgres"), "CREATE DATABASE "+pgx.Identifier{Database}.Sanitize())
	if hasCode(err, codeDuplicate) {
		return nil
	}
	return err
}

// connectOnce connects, runs sql if there is any, and disconnects.
func connectOnce(ctx context.Context, dsn, sql string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	if sql != "" {
		_, err = conn.Exec(ctx, sql)
	}
	return errors.Join(err, conn.Close(ctx))
}

func hasCode(err error, code string) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == code
}

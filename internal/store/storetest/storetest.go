// Package storetest gives each test a database of its own: a copy of a migrated
// template in a private cluster that all test programs of a user share.
//
// Life-cycle: the first test starts the cluster and makes the template, which takes a
// few seconds once; the last program that uses the cluster stops it. [Main] holds it for
// a whole test program, so that it is not stopped and started between two tests. The
// folder stays, so the next run starts warm. A copy takes some tens of milliseconds and
// is dropped at the end of its test; what a killed test left is dropped when the next
// template is made.
//
// A machine without PostgreSQL fails the tests and is told how to install it: they are
// never skipped. The cluster trades durability for speed and must hold nothing of worth.
package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/store"
	"marketwarden/internal/store/cluster"
)

const (
	testPrefix     = "test_"
	templatePrefix = "template_"
	keptTemplates  = 4 // other working trees may be using theirs
	templateLock   = 1 // advisory lock of who makes a template
)

// closeTimeout bounds a test's clean-up.
const closeTimeout = 30 * time.Second

// New returns a store in a fresh database with the current schema. Both go at the end
// of the test. The connection URL is that of the store's pool:
// s.Pool.Config().ConnString().
func New(tb testing.TB) *store.Store {
	tb.Helper()
	ctx := tb.Context()
	c, err := cluster.Open(ctx, options())
	if err != nil {
		tb.Fatal(err)
	}
	name, err := create(ctx, c)
	if err != nil {
		tb.Fatal(errors.Join(fmt.Errorf("make a test database: %w (if the cluster is broken, remove %s)", err, c.Dir()), c.Close()))
	}
	s, err := store.Open(ctx, store.Options{DatabaseURL: c.DSNOf(name), AppName: "test " + tb.Name(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		tb.Error(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			tb.Error(err)
		}
		err := onCluster(ctx, c, func(conn *pgx.Conn) error { return drop(ctx, conn, name) })
		if err != nil {
			tb.Error(err)
		}
		if err := c.Close(); err != nil {
			tb.Error(err)
		}
	})
	if err != nil {
		tb.FailNow()
	}
	return s
}

// Main runs the tests of a package and returns the exit code, holding the cluster
// meanwhile. Without PostgreSQL the tests run, too, and say so themselves.
//
//	func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }
func Main(m *testing.M) int {
	c, err := cluster.Open(context.Background(), options())
	if err != nil {
		fmt.Fprintln(os.Stderr, "storetest:", err)
	}
	code := m.Run()
	if err := c.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "storetest:", err)
		code = max(code, 1)
	}
	return code
}

func options() cluster.Options {
	return cluster.Options{Dir: dir(), Log: slog.New(slog.DiscardHandler), Unsafe: true}
}

// dir is a folder of the user's. Root's own cache folder may be closed to the user that
// the server runs as (see package cluster), so root takes the folder for temporary files.
func dir() string {
	if os.Geteuid() != 0 {
		if cache, err := os.UserCacheDir(); err == nil {
			d := filepath.Join(cache, "marketwarden-test")
			if os.MkdirAll(d, 0o700) == nil {
				return d
			}
		}
	}
	return filepath.Join(os.TempDir(), "marketwarden-test-"+strconv.Itoa(os.Geteuid()))
}

// create copies the template to a new database, making the template first if need be.
func create(ctx context.Context, c *cluster.Cluster) (name string, err error) {
	id, err := store.SchemaID()
	if err != nil {
		return "", err
	}
	template := templatePrefix + id
	name = testPrefix + strconv.Itoa(os.Getpid()) + "_" + strings.ToLower(rand.Text())
	return name, onCluster(ctx, c, func(conn *pgx.Conn) error {
		if err := ensureTemplate(ctx, conn, c, template); err != nil {
			return fmt.Errorf("make the template: %w", err)
		}
		_, err := conn.Exec(ctx, "create database "+quote(name)+" template "+quote(template)+" strategy wal_log")
		return err
	})
}

// ensureTemplate makes the template under a name of its own and renames it when it is
// complete: a killed test leaves no half of one.
func ensureTemplate(ctx context.Context, conn *pgx.Conn, c *cluster.Cluster, template string) error {
	if ok, err := exists(ctx, conn, template); err != nil || ok {
		return err
	}
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", templateLock); err != nil { // unlocked by disconnecting
		return err
	}
	if ok, err := exists(ctx, conn, template); err != nil || ok {
		return err
	}
	if err := sweepOut(ctx, conn); err != nil {
		return err
	}
	half := "half_" + template
	if err := drop(ctx, conn, half); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "create database "+quote(half)); err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Options{DatabaseURL: c.DSNOf(half), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if err := s.Close(ctx); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "alter database "+quote(half)+" rename to "+quote(template))
	return err
}

// sweepOut drops the databases of tests whose program is gone, and old templates.
func sweepOut(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, "select datname from pg_database where starts_with(datname, $1)", testPrefix)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	rows, err = conn.Query(ctx, "select datname from pg_database where starts_with(datname, $1) order by oid desc offset $2",
		templatePrefix, keptTemplates)
	if err != nil {
		return err
	}
	old, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		pid, _, _ := strings.Cut(strings.TrimPrefix(name, testPrefix), "_")
		if _, err := os.Stat(filepath.Join("/proc", pid)); os.IsNotExist(err) {
			old = append(old, name)
		}
	}
	for _, name := range old {
		if err := drop(ctx, conn, name); err != nil {
			return err
		}
	}
	return nil
}

func exists(ctx context.Context, conn *pgx.Conn, name string) (ok bool, err error) {
	err = conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&ok)
	return ok, err
}

func drop(ctx context.Context, conn *pgx.Conn, name string) error {
	_, err := conn.Exec(ctx, "drop database if exists "+quote(name)+" with (force)")
	return err
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// onCluster runs f with a connection to the cluster's main database.
func onCluster(ctx context.Context, c *cluster.Cluster, f func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, c.DSN())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return f(conn)
}

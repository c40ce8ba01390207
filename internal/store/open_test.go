package store

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"marketwarden/internal/store/cluster"
)

// The tests of this file are about empty databases, which storetest does not give.

// emptyServer starts a cluster of the test's own and returns its database.
func emptyServer(t *testing.T) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Open(t.Context(), cluster.Options{Dir: t.TempDir(), Unsafe: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// emptyDatabase makes a database on c.
func emptyDatabase(t *testing.T, c *cluster.Cluster, name string) string {
	t.Helper()
	execute(t, c.DSN(), "create database "+pgx.Identifier{name}.Sanitize())
	return c.DSNOf(name)
}

func execute(t *testing.T, url, sql string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func scan[T any](t *testing.T, pool *pgxpool.Pool, sql string, args ...any) T {
	t.Helper()
	var v T
	if err := pool.QueryRow(t.Context(), sql, args...).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func shut(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

func options(url string) Options {
	return Options{DatabaseURL: url, AppName: "test", Log: slog.New(slog.DiscardHandler)}
}

// small is a schema of two versions. Its second migration fails if it runs twice.
func small() schema {
	return schema{fstest.MapFS{
		"00001_a.sql": {Data: []byte("-- +goose Up\ncreate table a (n int);\n")},
		"00002_b.sql": {Data: []byte("-- +goose Up\ninsert into a values (1);\n")},
	}}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	server := emptyServer(t)

	t.Run("many processes at once", func(t *testing.T) {
		t.Parallel()
		url := emptyDatabase(t, server, "many")
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				s, err := open(t.Context(), options(url), small())
				if err != nil {
					t.Error(err)
					return
				}
				if got := scan[int](t, s.Pool, "select count(*) from a"); got != 1 {
					t.Errorf("the second migration ran %d times", got)
				}
				shut(t, s)
			})
		}
		wg.Wait()
	})

	t.Run("step by step", func(t *testing.T) {
		t.Parallel()
		url := emptyDatabase(t, server, "steps")
		first := small()
		delete(first.files.(fstest.MapFS), "00002_b.sql")
		s, err := open(t.Context(), options(url), first)
		if err != nil {
			t.Fatal(err)
		}
		shut(t, s)
		asIs := options(url)
		asIs.AsIs = true
		if _, err := open(t.Context(), asIs, small()); !errors.Is(err, ErrOlderSchema) {
			t.Errorf("opening it as it is: %v, want %v", err, ErrOlderSchema)
		}
		if s, err = open(t.Context(), options(url), small()); err != nil {
			t.Fatal(err)
		}
		defer shut(t, s)
		if got := scan[int](t, s.Pool, "select count(*) from a"); got != 1 {
			t.Errorf("the second migration ran %d times", got)
		}
		if got := scan[int](t, s.Pool, "select count(*) from river_job"); got != 0 {
			t.Errorf("%d jobs in a new queue", got)
		}
	})

	t.Run("newer database", func(t *testing.T) {
		t.Parallel()
		url := emptyDatabase(t, server, "newer")
		s, err := open(t.Context(), options(url), small())
		if err != nil {
			t.Fatal(err)
		}
		shut(t, s)
		older := small()
		delete(older.files.(fstest.MapFS), "00002_b.sql")
		if _, err = open(t.Context(), options(url), older); !errors.Is(err, ErrNewerSchema) {
			t.Fatalf("an older program: %v, want %v", err, ErrNewerSchema)
		}
		if want := "version 2"; !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "knows 1") {
			t.Errorf("%q does not name both versions", err)
		}

		execute(t, url, "insert into river_migration (line, version) values ('main', 9999)")
		if _, err = open(t.Context(), options(url), small()); !errors.Is(err, ErrNewerSchema) {
			t.Errorf("an older queue: %v, want %v", err, ErrNewerSchema)
		}
	})

	t.Run("failing migration changes nothing", func(t *testing.T) {
		t.Parallel()
		url := emptyDatabase(t, server, "failing")
		broken := small()
		broken.files.(fstest.MapFS)["00002_b.sql"].Data = []byte("-- +goose Up\ninsert into a values (1);\nselect 1/0;\n")
		if _, err := open(t.Context(), options(url), broken); err == nil {
			t.Fatal("a broken migration passed")
		}
		s, err := open(t.Context(), options(url), small())
		if err != nil {
			t.Fatal(err)
		}
		defer shut(t, s)
		if got := scan[int](t, s.Pool, "select count(*) from a"); got != 1 {
			t.Errorf("%d rows, want the one of the mended migration", got)
		}
	})

	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		s, err := Open(t.Context(), options(emptyDatabase(t, server, "embedded")))
		if err != nil {
			t.Fatal(err)
		}
		defer shut(t, s)
		if err := s.Health(t.Context()); err != nil {
			t.Error(err)
		}
		files, err := fs.Glob(embedded().files, "*.sql")
		if err != nil {
			t.Fatal(err)
		}
		want := len(files)
		if got := scan[int](t, s.Pool, "select count(*) from goose_db_version where version_id > 0"); got != want {
			t.Errorf("%d migrations applied, want %d", got, want)
		}
	})
}

func TestOpenUsesThePrivateCluster(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := open(t.Context(), Options{DataDir: dir, Log: slog.New(slog.DiscardHandler)}, small())
	if err != nil {
		t.Fatal(err)
	}
	if got := scan[string](t, s.Pool, "select current_setting('TimeZone')"); got != "UTC" {
		t.Errorf("sessions are in %s", got)
	}
	if got := scan[string](t, s.Pool, "select current_setting('application_name')"); got != "marketwarden" {
		t.Errorf("the application is called %q", got)
	}
	shut(t, s)
	if _, err := os.Stat(filepath.Join(ClusterDir(dir), "data", "postmaster.pid")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the server runs after Close: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	nothing := filepath.Join(t.TempDir(), "none")
	for name, opts := range map[string]Options{
		"neither URL nor folder": {},
		"no URL":                 {DatabaseURL: "postgres://host:port/x"},
		"nobody there":           {DatabaseURL: "postgres:///x?host=" + nothing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if s, err := Open(t.Context(), opts); err == nil {
				shut(t, s)
				t.Error("opened")
			}
		})
	}
}

func TestPasswordStaysOutOfErrors(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), Options{DatabaseURL: "postgres://user:s3cret@127.0.0.1:1/x?sslmode=bogus"})
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("Open: %v", err)
	}
}

package store

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// The schema is not that of the program.
var (
	// ErrNewerSchema says that the database was migrated by a newer program.
	ErrNewerSchema = errors.New("the database is newer than this program")
	// ErrOlderSchema says that the database has not been migrated yet.
	ErrOlderSchema = errors.New("the database is not migrated to this program's version yet")
)

//go:embed migrations/*.sql
var migrations embed.FS

// schema is a set of migration files, numbered by their names (00001_market.sql).
type schema struct{ files fs.FS }

func embedded() schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is valid
	}
	return schema{files}
}

// SchemaID identifies the schema that this program makes: the same for the same
// migration files and version of River's schema, another after any change. Tests name
// their template database by it.
func SchemaID() (string, error) {
	h := sha256.New()
	queue, err := rivermigrate.New(riverpgxv5.New(nil), &rivermigrate.Config{Line: riverLine})
	if err != nil {
		return "", fmt.Errorf("read the queue's migrations: %w", err)
	}
	fmt.Fprintln(h, highest(queue))
	err = fs.WalkDir(embedded().files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(embedded().files, name)
		fmt.Fprintln(h, name, len(b))
		h.Write(b)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read migrations: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// migrationLock is the key of the advisory lock that one migrating process holds:
// "mwmigrat" in ASCII.
const migrationLock int64 = 0x6d776d6967726174

// migrationPoll is the wait between two tries to get the lock.
const migrationPoll = 100 * time.Millisecond

// Queries of what the database has. A table that is not there yet has version 0.
const (
	gooseTable = "goose_db_version"
	riverTable = "river_migration"
	riverLine  = "main"
)

// versions are the schema versions of a database or of a program.
type versions struct{ own, queue int64 }

// migrate brings the database to what this program embeds: its own schema, then River's.
// Of several processes at once one migrates and the others wait for it. A database that
// is up to date is only looked at, and with asIs any is.
func (s *Store) migrate(ctx context.Context, sc schema, asIs bool) error {
	db := stdlib.OpenDBFromPool(s.Pool)
	defer db.Close() // not the pool
	queue, err := rivermigrate.New(riverpgxv5.New(s.Pool), &rivermigrate.Config{Line: riverLine, Logger: s.log})
	if err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	own, err := goose.NewProvider(goose.DialectPostgres, db, sc.files,
		goose.WithTableName(gooseTable), goose.WithDisableGlobalRegistry(true), goose.WithSlog(s.log))
	if errors.Is(err, goose.ErrNoMigrations) {
		own = nil // a program without a schema of its own yet
	} else if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	want := versions{queue: int64(highest(queue))}
	if own != nil {
		sources := own.ListSources()
		want.own = sources[len(sources)-1].Version
	}

	current, err := s.upToDate(ctx, s.Pool, want)
	switch {
	case err != nil || current:
		return err
	case asIs:
		return ErrOlderSchema
	}
	return withLock(ctx, s.Pool, func(conn *pgxpool.Conn) error {
		current, err := s.upToDate(ctx, conn, want) // another process may have done it
		if err != nil || current {
			return err
		}
		began := time.Now()
		if own != nil {
			if _, err := own.Up(ctx); err != nil {
				return fmt.Errorf("migrate the database: %w", err)
			}
		}
		if _, err := queue.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return fmt.Errorf("migrate the queue: %w", err)
		}
		s.log.Debug("migrated the database", "version", want.own, "queue", want.queue, "took", time.Since(began))
		return nil
	})
}

// querier is a pool or one of its connections.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// upToDate reports whether the database has exactly what the program wants.
func (s *Store) upToDate(ctx context.Context, q querier, want versions) (bool, error) {
	have, err := readVersions(ctx, q)
	if err != nil {
		return false, fmt.Errorf("read the schema's version: %w", err)
	}
	if have.own > want.own || have.queue > want.queue {
		return false, fmt.Errorf("%w: its schema is version %d and its queue version %d, this program knows %d and %d."+
			" Nothing was changed. Use the newer program, or a copy of the database from before its migration",
			ErrNewerSchema, have.own, have.queue, want.own, want.queue)
	}
	return have == want, nil
}

// readVersions asks the tables of goose and River without creating them.
func readVersions(ctx context.Context, q querier) (versions, error) {
	var v versions
	var own, queue bool
	err := q.QueryRow(ctx, "select to_regclass($1) is not null, to_regclass($2) is not null",
		gooseTable, riverTable).Scan(&own, &queue)
	if err != nil {
		return v, err
	}
	if own {
		err = q.QueryRow(ctx, "select coalesce(max(version_id), 0) from "+gooseTable+" where is_applied").Scan(&v.own)
		if err != nil {
			return v, err
		}
	}
	if queue {
		err = q.QueryRow(ctx, "select coalesce(max(version), 0) from "+riverTable+" where line = $1", riverLine).Scan(&v.queue)
		if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == undefinedColumn {
			return v, nil // another process is half through the queue's first migrations
		}
	}
	return v, err
}

// undefinedColumn is the SQLSTATE of a column that a table does not have.
const undefinedColumn = "42703"

// withLock runs f while its connection holds the migration lock. It tries again and
// again rather than waiting in the server: a waiting statement keeps a snapshot, and a
// migration that builds an index concurrently would wait for that snapshot to end.
func withLock(ctx context.Context, pool *pgxpool.Pool, f func(*pgxpool.Conn) error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	for locked := false; !locked; {
		if err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", migrationLock).Scan(&locked); err != nil {
			return fmt.Errorf("lock the schema: %w", err)
		}
		if locked {
			break
		}
		select {
		case <-time.After(migrationPoll):
		case <-ctx.Done():
			return fmt.Errorf("wait for another process that migrates: %w", context.Cause(ctx))
		}
	}
	err = f(conn)
	// The lock is the session's: a connection that could not unlock must not return to
	// the pool.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthTimeout)
	defer cancel()
	if _, unlockErr := conn.Exec(ctx, "select pg_advisory_unlock($1)", migrationLock); unlockErr != nil {
		return errors.Join(err, unlockErr, conn.Conn().Close(ctx))
	}
	return err
}

// highest returns the newest version of River's schema that the library knows.
func highest(m *rivermigrate.Migrator[pgx.Tx]) int {
	v := 0
	for _, migration := range m.AllVersions() {
		v = max(v, migration.Version)
	}
	return v
}

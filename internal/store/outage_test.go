package store_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"marketwarden/internal/store"
	"marketwarden/internal/store/storetest"
)

func TestIsOutage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"shut down":            {&pgconn.PgError{Code: "57P01"}, true},
		"starting up":          {&pgconn.PgError{Code: "57P03"}, true},
		"too many connections": {fmt.Errorf("read: %w", &pgconn.PgError{Code: "53300"}), true},
		"line lost":            {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), true},
		"disk full":            {&pgconn.PgError{Code: "53100"}, false},
		"constraint":           {&pgconn.PgError{Code: "23505"}, false},
		"deadlock":             {&pgconn.PgError{Code: "40P01"}, false},
		"of the system":        {os.ErrNotExist, false},
	} {
		if got := store.IsOutage(test.err); got != test.want {
			t.Errorf("%s is an outage: %v, want %v", name, got, test.want)
		}
	}
}

// A server that has no connection left says so while one connects: that is told by a
// PgError inside of a ConnectError.
func TestNoConnectionLeftIsOutage(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	cfg := s.Pool.Config().ConnConfig.Copy()
	cfg.User = "crowd_" + cfg.Database // roles belong to the server, which other tests use, too
	role := pgx.Identifier{cfg.User}.Sanitize()
	if _, err := s.Pool.Exec(t.Context(), `CREATE ROLE `+role+` LOGIN CONNECTION LIMIT 0`); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := s.Pool.Exec(t.Context(), `DROP ROLE `+role); err != nil {
			t.Error(err)
		}
	}()
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	if err == nil {
		_ = conn.Close(t.Context()) // the test has failed already
		t.Fatal("a role without connections got one")
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "53300" || !store.IsOutage(err) {
		t.Errorf("%v: an outage: %v, want too many connections, which is one", err, store.IsOutage(err))
	}
}

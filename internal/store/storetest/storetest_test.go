package storetest_test

import (
	"os"
	"testing"
	"time"

	"marketwarden/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

func TestNewGivesEachTestItsOwnDatabase(t *testing.T) {
	t.Parallel()
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t)
			if _, err := s.Pool.Exec(t.Context(), "create table mine (at timestamptz)"); err != nil {
				t.Fatal(err)
			}
			want := time.Date(2026, 3, 1, 4, 5, 6, 0, time.UTC)
			var got time.Time
			err := s.Pool.QueryRow(t.Context(), "insert into mine values ($1) returning at", want).Scan(&got)
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("a time came back as %v, want %v in UTC", got, want)
			}
		})
	}
}

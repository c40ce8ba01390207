package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/config"
)

// TestIntakeNotesFirst: a problem is kept before the file that has it is moved, so that a
// step that is cut off right then and done again forgets nothing.
func TestIntakeNotesFirst(t *testing.T) {
	t.Parallel()
	n := newNight(t, config.Feed{Kind: "orders"})
	n.lay(t, "a.csv", orderHeader+badOrder)
	n.lay(t, "b.csv", orderHeader+goodOrder)
	ctx, cancel := context.WithCancel(t.Context())
	n.ctx = ctx
	var noted []string
	_, _, err := n.intake(n.s, n.night, func(problem string) error {
		noted = append(noted, problem)
		if _, err := os.Stat(filepath.Join(n.drop, "a.csv")); err != nil {
			t.Errorf("the file is away when its problem is noted: %v", err)
		}
		cancel()
		return nil
	})
	if err == nil || len(noted) != 1 || !strings.Contains(noted[0], "no such day") || !strings.Contains(noted[0], "refused/a.csv") {
		t.Errorf("noted %q, error %v", noted, err)
	}
	n.wantFiles(t, "b.csv", "refused/a.csv", "refused/a.csv.error.txt")
	n.ctx = t.Context()
	n.run(t, []string{"b.csv"}, nil) // of the first file only what was noted tells

	n.lay(t, "c.csv", orderHeader+badOrder)
	broken := errors.New("no database")
	if _, _, err := n.intake(n.s, n.night, func(string) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the note", err)
	}
	n.wantFiles(t, "c.csv", "done/b.csv", "refused/a.csv", "refused/a.csv.error.txt")
}

// TestIntakeGrowing: a file that changes within its settle time is left where it is and
// told; one that was completed shortly before the night is waited for.
func TestIntakeGrowing(t *testing.T) {
	t.Parallel()
	n := newNight(t,
		config.Feed{Kind: "listings", Snapshot: true, Pattern: "listings*", Settle: new(300 * time.Millisecond)},
		config.Feed{Kind: "orders", Pattern: "orders*", Settle: new(time.Millisecond)},
	)
	n.now = time.Now // as files' times are of now
	n.lay(t, "listings-old.csv", listingLines)
	n.lay(t, "listings.csv", listingLines)
	n.lay(t, "orders.csv", orderHeader+goodOrder)
	grown := make(chan error, 1)
	stop := make(chan struct{})
	go func() {
		f, err := os.OpenFile(filepath.Join(n.drop, "listings.csv"), os.O_WRONLY|os.O_APPEND, 0)
		for err == nil {
			select {
			case <-stop:
				grown <- f.Close()
				return
			case <-time.After(10 * time.Millisecond):
				_, err = f.WriteString("\n")
			}
		}
		grown <- err
	}()
	n.run(t, []string{"listings-old.csv & 1 row loaded", "orders.csv"}, []string{`listings: "listings.csv" & still being written`})
	n.wantFiles(t, "listings.csv", "done/listings-old.csv", "done/orders.csv")
	close(stop)
	if err := <-grown; err != nil {
		t.Fatal(err)
	}
	n.run(t, []string{"listings.csv & 1 row loaded", "orders: no files"}, nil)
	n.wantFiles(t, "done/listings.csv", "done/listings-old.csv", "done/orders.csv")
}

// TestIntakeSettleStops: waiting for a file ends with the process.
func TestIntakeSettleStops(t *testing.T) {
	t.Parallel()
	n := newNight(t, config.Feed{Kind: "orders", Settle: new(time.Hour)})
	n.lay(t, "orders.csv", orderHeader+goodOrder)
	ctx, cancel := context.WithCancel(t.Context())
	n.ctx = ctx
	cancel()
	if _, _, err := n.intake(n.s, n.night, noNote); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that the context has ended", err)
	}
	n.wantFiles(t, "orders.csv")
}

// TestIntakeGrowsWhileRead: of a file that changes, or is replaced, while it is taken in,
// nothing is stored, whether or not its half would be refused; it is taken in next time.
func TestIntakeGrowsWhileRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first  string
		change func(path string) error
	}{
		"grows": {orderHeader + goodOrder, func(path string) error {
			return os.WriteFile(path, []byte(orderHeader+goodOrder+otherOrder), 0o600)
		}},
		"grows, half a row": {orderHeader + "o9,l1,20", func(path string) error {
			return os.WriteFile(path, []byte(orderHeader+"o9,l1,2026"), 0o600)
		}},
		"is replaced": {orderHeader + goodOrder, func(path string) error {
			if err := os.WriteFile(path+".part", []byte(orderHeader+goodOrder+otherOrder), 0o600); err != nil {
				return err
			}
			return os.Rename(path+".part", path)
		}},
		"is written over": {orderHeader + goodOrder, func(path string) error {
			return os.WriteFile(path, []byte(orderHeader+otherOrder), 0o600)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNight(t, config.Feed{Kind: "orders"})
			n.lay(t, "orders.csv", test.first)
			// An import waits for the table, so that the change comes in the middle of it.
			tx, err := n.s.Pool.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
			if _, err := tx.Exec(t.Context(), `LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE`); err != nil {
				t.Fatal(err)
			}
			changed := make(chan error, 1)
			go func() {
				err := awaitBlocked(t.Context(), tx)
				if err == nil {
					err = test.change(filepath.Join(n.drop, "orders.csv"))
				}
				changed <- errors.Join(err, tx.Commit(t.Context()))
			}()
			n.run(t, nil, []string{`"orders.csv" & still being written`})
			if err := <-changed; err != nil {
				t.Fatal(err)
			}
			n.wantFiles(t, "orders.csv")
			n.wantOrders(t)
			n.lay(t, "orders.csv", orderHeader+goodOrder+otherOrder)
			n.run(t, []string{"2 new"}, nil)
			n.wantFiles(t, "done/orders.csv")
		})
	}
}

// awaitBlocked waits until somebody waits for a lock in the database.
func awaitBlocked(ctx context.Context, tx pgx.Tx) error {
	for {
		var blocked bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'orders'::regclass
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`).Scan(&blocked)
		if err != nil || blocked {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// TestDropFolderMoves: at the moment of the move, too, only the file that was seen goes.
func TestDropFolderMoves(t *testing.T) {
	t.Parallel()
	d, err := openDrop(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	path := filepath.Join(d.path, "a.csv")
	see := func() *dropFile {
		t.Helper()
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := d.root.Lstat("a.csv")
		if err != nil {
			t.Fatal(err)
		}
		return &dropFile{"a.csv", info}
	}
	file := see()
	if err := os.WriteFile(path, []byte("xy"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.moveToDone(file); !errors.Is(err, errWritten) {
		t.Errorf("a file that grew: error %v", err)
	}
	if left, err := fs.ReadDir(d.done.FS(), "."); err != nil || len(left) > 0 {
		t.Errorf("done holds %v, %v", left, err)
	}
	file = see()
	if err := d.moveToDone(file); err != nil {
		t.Errorf("an unchanged file: %v", err)
	}
	if err := d.moveToDone(file); err != nil {
		t.Errorf("a file that is gone: %v", err)
	}
	if left, err := fs.ReadDir(d.done.FS(), "."); err != nil || len(left) != 1 {
		t.Errorf("done holds %v, %v", left, err)
	}
}

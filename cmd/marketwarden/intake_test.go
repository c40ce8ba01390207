package main

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/store"
	"marketwarden/internal/store/storetest"
)

const (
	orderHeader  = "order_id,listing_id,paid_at,amount,status\n"
	goodOrder    = "o1,l1,2026-01-30 10:00,5,paid\n"
	otherOrder   = "o2,l1,2026-01-30 11:00,5,paid\n"
	badOrder     = "o3,l1,2026-01-32,5,paid\n"
	listingLines = "listing_id,provider_id,title,detail_url,listed_at,status\nl1,p1,备份,https://m.example/1,2026-01-01,on_sale\n"
)

// night is an intake under test: the night of 31 January 2026.
type night struct {
	*app
	s     *store.Store
	drop  string
	night time.Time
}

func newNight(t *testing.T, feeds ...config.Feed) *night {
	t.Helper()
	n := &night{s: storetest.New(t), drop: t.TempDir(), night: time.Date(2026, 1, 31, 1, 30, 0, 0, market.Shanghai)}
	n.app = &app{
		ctx: t.Context(), cfg: config.Default(), log: slog.New(slog.DiscardHandler),
		stdout: new(bytes.Buffer), stderr: new(bytes.Buffer), now: func() time.Time { return n.night },
	}
	n.cfg.DataDir = t.TempDir()
	for _, f := range feeds {
		if f.Command == nil && f.Drop == "" {
			f.Drop = n.drop
		}
		if f.Name == "" {
			f.Name = f.Kind
		}
		if f.Pattern == "" {
			f.Pattern = "*.csv"
		}
		if f.Settle == nil {
			f.Settle = new(time.Duration) // the tests lay whole files
		}
		f.Days, f.Timeout = max(f.Days, 1), max(f.Timeout, time.Minute)
		n.cfg.Feeds = append(n.cfg.Feeds, f)
	}
	return n
}

func noNote(string) error { return nil }

func (n *night) lay(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(n.drop, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run takes in the feeds and expects so many texts, with words in them.
func (n *night) run(t *testing.T, done, problems []string) {
	t.Helper()
	var noted []string
	note := func(problem string) error {
		noted = append(noted, problem)
		return nil
	}
	gotDone, gotProblems, err := n.intake(n.s, n.night, note)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(gotProblems, noted); diff != "" {
		t.Errorf("problems noted (-told at the end +noted)\n%s", diff)
	}
	for what, pair := range map[string][2][]string{"done": {done, gotDone}, "problems": {problems, gotProblems}} {
		want, got := pair[0], pair[1]
		if len(want) != len(got) {
			t.Fatalf("%s: %d texts, want %d:\n%s", what, len(got), len(want), strings.Join(got, "\n---\n"))
		}
		for i := range want {
			for part := range strings.SplitSeq(want[i], " & ") {
				if !strings.Contains(got[i], part) {
					t.Errorf("%s %d: %q does not say %q", what, i, got[i], part)
				}
			}
		}
	}
	if out := n.stdout.(*bytes.Buffer).String() + n.stderr.(*bytes.Buffer).String(); out != "" {
		t.Errorf("a night prints nothing of its own, but there is %q", out)
	}
}

// files lists what lies in the drop folder, with its subfolders.
func (n *night) files(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(n.drop, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(n.drop, path)
			out = append(out, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (n *night) wantFiles(t *testing.T, want ...string) {
	t.Helper()
	slices.Sort(want)
	if diff := cmp.Diff(want, n.files(t)); diff != "" {
		t.Errorf("files (-want +got)\n%s", diff)
	}
}

func (n *night) wantOrders(t *testing.T, want ...string) {
	t.Helper()
	rows, err := n.s.Pool.Query(t.Context(), `SELECT order_id FROM orders ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("orders (-want +got)\n%s", diff)
	}
}

func (n *night) wantCovered(t *testing.T, want ...string) {
	t.Helper()
	ranges, err := n.s.Coverage(t.Context(), market.FeedOrders)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, r := range ranges {
		got = append(got, r.String())
	}
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("days covered (-want +got)\n%s", diff)
	}
}

// TestIntakeDrop: feeds come in their order and files by name; what was taken in and what
// was refused lies apart, and the next night finds nothing.
func TestIntakeDrop(t *testing.T) {
	t.Parallel()
	listings := t.TempDir()
	n := newNight(t,
		config.Feed{Kind: "listings", Drop: listings, Snapshot: true},
		config.Feed{Kind: "orders", Covers: config.CoversName},
	)
	if err := os.WriteFile(filepath.Join(listings, "all.csv"), []byte(listingLines), 0o600); err != nil {
		t.Fatal(err)
	}
	n.lay(t, "b-2026-01-30..2026-01-30.csv", orderHeader+goodOrder)
	n.lay(t, "a-2026-01-29..2026-01-29.csv", orderHeader+otherOrder)
	n.lay(t, "c-2026-01-28..2026-01-28.csv", orderHeader+badOrder)
	n.lay(t, "d.csv", orderHeader+goodOrder)
	n.lay(t, "e-2026-01-27..2026-01-27.csv", orderHeader)
	n.lay(t, ".hidden.csv", "x")
	n.lay(t, "late.csv.part", "x")
	n.lay(t, "late.tmp", "x")
	n.lay(t, "readme.txt", "x")
	n.run(t,
		[]string{"all.csv & 1 row loaded", "a-2026 & 1 row loaded & paid outside 2026-01-29", "b-2026 & 1 row loaded"},
		[]string{
			"orders: & c-2026-01-28..2026-01-28.csv:2:paid_at: no such day & moved to & refused/c-2026",
			"d.csv & which days the orders cover", "e-2026 & nothing was stored",
		})
	left := []string{".hidden.csv", "late.csv.part", "late.tmp", "readme.txt"}
	n.wantFiles(t, append(left,
		"done/a-2026-01-29..2026-01-29.csv", "done/b-2026-01-30..2026-01-30.csv",
		"refused/c-2026-01-28..2026-01-28.csv", "refused/c-2026-01-28..2026-01-28.csv.error.txt",
		"refused/d.csv", "refused/d.csv.error.txt",
		"refused/e-2026-01-27..2026-01-27.csv", "refused/e-2026-01-27..2026-01-27.csv.error.txt",
	)...)
	n.wantOrders(t, "o1", "o2")
	n.wantCovered(t, "2026-01-29..2026-01-30")
	why, err := os.ReadFile(filepath.Join(n.drop, "refused", "c-2026-01-28..2026-01-28.csv.error.txt"))
	if err != nil || !strings.Contains(string(why), "no such day") {
		t.Errorf("the reason beside the file is %q, %v", why, err)
	}
	n.run(t, []string{"listings: no files in", "orders: no files in"}, nil)
}

// TestIntakeSameNames: files of one name, night after night, replace nothing.
func TestIntakeSameNames(t *testing.T) {
	t.Parallel()
	n := newNight(t, config.Feed{Kind: "orders"})
	for range 3 {
		n.lay(t, "orders.csv", orderHeader+goodOrder)
		n.run(t, []string{"1 row loaded"}, nil)
		n.lay(t, "orders.csv", orderHeader+badOrder)
		n.run(t, nil, []string{"no such day"})
	}
	n.wantFiles(t,
		"done/orders.csv", "done/orders.20260130T173000Z.csv", "done/orders.20260130T173000Z-2.csv",
		"refused/orders.csv", "refused/orders.csv.error.txt",
		"refused/orders.20260130T173000Z.csv", "refused/orders.20260130T173000Z.csv.error.txt",
		"refused/orders.20260130T173000Z-2.csv", "refused/orders.20260130T173000Z-2.csv.error.txt",
	)
}

// TestIntakeSkipBad: the good rows are stored, the bad ones lie beside the file, and are
// not taken for a feed the next night.
func TestIntakeSkipBad(t *testing.T) {
	t.Parallel()
	n := newNight(t, config.Feed{Kind: "orders", SkipBad: true})
	n.lay(t, "orders.csv", orderHeader+goodOrder+badOrder)
	n.run(t, []string{"1 bad & bad rows written to & done/orders.csv.bad.csv"}, nil)
	n.wantFiles(t, "done/orders.csv", "done/orders.csv.bad.csv")
	n.wantOrders(t, "o1")
	n.run(t, []string{"no files"}, nil)
}

// TestIntakeAgain: a file that was taken in, but not moved before the process was killed,
// changes nothing when it is taken in again.
func TestIntakeAgain(t *testing.T) {
	t.Parallel()
	n := newNight(t, config.Feed{Kind: "orders"})
	n.lay(t, "orders.csv", orderHeader+goodOrder)
	n.run(t, []string{"1 new"}, nil)
	if err := os.Rename(filepath.Join(n.drop, "done", "orders.csv"), filepath.Join(n.drop, "orders.csv")); err != nil {
		t.Fatal(err)
	}
	n.run(t, []string{"0 new, 0 changed, 1 unchanged"}, nil)
	n.wantFiles(t, "done/orders.csv")
}

// TestIntakeHostileFolder: who may lay files into the folder can make the program neither
// read nor write elsewhere, nor stop the night.
func TestIntakeHostileFolder(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte(orderHeader+otherOrder), 0o600); err != nil {
		t.Fatal(err)
	}
	n := newNight(t, config.Feed{Kind: "orders"})
	for name, target := range map[string]string{"link.csv": secret, "inside.csv": "orders.csv"} {
		if err := os.Symlink(target, filepath.Join(n.drop, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(n.drop, "folder.csv"), 0o700); err != nil {
		t.Fatal(err)
	}
	n.lay(t, "\xff\x1b[2J.csv", orderHeader+otherOrder)
	long := strings.Repeat("长", 80) + ".csv"
	n.lay(t, long, orderHeader+otherOrder+badOrder)
	n.lay(t, "orders.csv", orderHeader+goodOrder)
	n.run(t,
		[]string{"1 row loaded"},
		[]string{`"inside.csv" & left alone`, `"link.csv" & left alone`, "no such day", "no plain text"},
	)
	cut := strings.Repeat("长", 58) + ".csv"
	n.wantFiles(t, "done/orders.csv", "inside.csv", "link.csv", "refused/"+cut, "refused/"+cut+".error.txt",
		"refused/\ufffd_x1b[2J.csv", "refused/\ufffd_x1b[2J.csv.error.txt")
	n.wantOrders(t, "o1")

	elsewhere := newNight(t, config.Feed{Kind: "orders"})
	elsewhere.lay(t, "orders.csv", orderHeader+goodOrder)
	if err := os.Symlink(filepath.Dir(secret), filepath.Join(elsewhere.drop, "done")); err != nil {
		t.Fatal(err)
	}
	elsewhere.run(t, nil, []string{"done is no folder"})
	elsewhere.wantOrders(t)
}

// TestIntakeProblems: what is configured wrong, or not there, is told and stops nothing.
func TestIntakeProblems(t *testing.T) {
	t.Parallel()
	gone := filepath.Join(t.TempDir(), "gone")
	n := newNight(t,
		config.Feed{Kind: "providers", Drop: gone},
		config.Feed{Kind: "listings", Drop: gone, Map: filepath.Join(gone, "map.yaml")},
		config.Feed{Kind: "orders"},
	)
	n.lay(t, "orders.csv", orderHeader+goodOrder)
	n.run(t, []string{"1 row loaded"}, []string{"providers: nothing was taken in & gone", "listings: nothing was taken in & map.yaml"})

	none := newNight(t)
	none.run(t, []string{"no feeds are configured"}, nil)
}

// script is a shell script as a feed's command. The shell is the command, not ours.
func script(text string, args ...string) []string {
	return append([]string{"/bin/sh", "-c", text, "sh"}, args...)
}

// TestIntakeCommand: what a command prints is a feed, for the days that it was asked for.
func TestIntakeCommand(t *testing.T) {
	t.Parallel()
	n := newNight(t, config.Feed{
		Kind: "orders", Days: 3, Covers: config.CoversCommand, SkipBad: true, Name: "orders of shop/1",
		Command: script(`printf '`+strings.ReplaceAll(orderHeader, "\n", `\n`)+`%s..%s,l1,2026-01-30,5,paid\n;,l1,x,5,paid\n' "$1" "$2"`, "{from}", "{to}"),
	})
	n.run(t, []string{"orders of shop/1: 3 lines & 1 row loaded & bad rows written to & orders_of_shop_1-2026-01-30.bad.csv"}, nil)
	n.wantOrders(t, "2026-01-28..2026-01-30")
	n.wantCovered(t, "2026-01-28..2026-01-30")
	if _, err := os.Stat(filepath.Join(n.cfg.DataDir, "feeds", "orders_of_shop_1-2026-01-30.bad.csv")); err != nil {
		t.Error(err)
	}
}

// TestIntakeCommandFails: of a command that fails nothing is taken in, whatever it printed
// before.
func TestIntakeCommandFails(t *testing.T) {
	t.Parallel()
	prints := "printf '" + strings.ReplaceAll(orderHeader+goodOrder, "\n", `\n`) + "'; "
	n := newNight(t,
		config.Feed{Kind: "orders", Command: script(prints + "echo no connection >&2; printf '\\033[2J\\n' >&2; exit 3")},
		config.Feed{Kind: "orders", Command: script(prints + "i=0; while [ $i -lt 200 ]; do echo line $i of what went wrong >&2; i=$((i+1)); done; exit 1")},
		config.Feed{Kind: "orders", Command: script(prints + "kill -9 $$")},
		config.Feed{Kind: "orders", Command: []string{filepath.Join(t.TempDir(), "no-such-program")}},
		config.Feed{Kind: "orders", Command: script(prints + "echo ,l1,,,")},
		config.Feed{Kind: "orders", Command: script("exit 0")},
	)
	n.run(t, nil, []string{
		`failed (exit status 3): & no connection & \x1b[2J`,
		"failed (exit status 1) & … & line 199 of what went wrong",
		"failed (signal: killed)",
		"could not be started",
		"refused: nothing of it was stored",
		"the file is empty",
	})
	n.wantOrders(t)
}

// TestFeedCommandEnds: a command that takes too long, prints too much or leaves others
// behind is ended with all that it started.
func TestFeedCommandEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text    string
		timeout time.Duration
		want    string
	}{
		"too long":            {`sleep 600 & echo $! >"$1"; wait`, 300 * time.Millisecond, "took longer than 300ms"},
		"too much":            {`sleep 600 & echo $! >"$1"; while :; do echo 0123456789; done`, time.Minute, "printed more than 1000 bytes"},
		"too much, stubborn":  {`trap '' PIPE; sleep 600 & echo $! >"$1"; while :; do echo 0123456789 2>/dev/null; done`, time.Minute, "printed more than 1000 bytes"},
		"leaves one behind":   {`sleep 600 >/dev/null 2>&1 & echo $! >"$1"; echo fine`, time.Minute, ""},
		"nothing on its side": {`sleep 600 >/dev/null 2>&1 & echo $! >"$1"; cat`, time.Minute, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pidFile := filepath.Join(t.TempDir(), "pid")
			c := feedCommand{args: script(test.text, pidFile), timeout: test.timeout, most: 1000}
			out, problem, err := c.run(t.Context())
			if err != nil || (test.want == "") != (problem == "") || !strings.Contains(problem, test.want) {
				t.Fatalf("problem %q, error %v, want %q", problem, err, test.want)
			}
			if out != nil {
				defer out.Close()
			}
			pid, err := os.ReadFile(pidFile)
			if err != nil {
				t.Fatal(err)
			}
			// It is killed, but may be seen until whoever takes over orphans has noticed.
			for alive(strings.TrimSpace(string(pid))) {
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
}

// alive reports whether a process is there and no zombie.
func alive(pid string) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// TestIntakeStops: where the process is told to stop, the step ends with an error and is
// done again.
func TestIntakeStops(t *testing.T) {
	t.Parallel()
	started := filepath.Join(t.TempDir(), "started")
	n := newNight(t, config.Feed{Kind: "orders", Command: script(`echo >"$1"; sleep 600`, started)})
	ctx, cancel := context.WithCancel(t.Context())
	n.ctx = ctx
	ended := make(chan error, 1)
	go func() {
		_, _, err := n.intake(n.s, n.night, noNote)
		ended <- err
	}()
	for {
		if _, err := os.Stat(started); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "feed orders") {
		t.Errorf("error %v, want one that names the feed", err)
	}
}

// TestIntakeDatabase: a database that fails is no fault of a file, which stays where it is.
func TestIntakeDatabase(t *testing.T) {
	t.Parallel()
	for _, skipBad := range []bool{false, true} {
		n := newNight(t, config.Feed{Kind: "orders", SkipBad: skipBad})
		n.lay(t, "orders.csv", orderHeader+goodOrder)
		if _, err := n.s.Pool.Exec(t.Context(), `ALTER TABLE orders RENAME TO lost`); err != nil {
			t.Fatal(err)
		}
		if _, problems, err := n.intake(n.s, n.night, noNote); err == nil || len(problems) > 0 {
			t.Errorf("error %v and problems %q, want an error alone", err, problems)
		}
		n.wantFiles(t, "orders.csv")
	}
}

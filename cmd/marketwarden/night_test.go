package main

import (
	"bufio"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marketwarden/fixtures"
	"marketwarden/internal/store/storetest"
)

// nightListings is how many listings the market of the nights has.
const nightListings = 150

// newNights is an installation that is fed by drop folders and has one schedule entry.
func newNights(t *testing.T, bin string, feeds map[string][]byte, resolve map[string]string) *install {
	t.Helper()
	drop := t.TempDir()
	dir := t.TempDir()
	in := &install{t: t, bin: bin, dir: dir, config: filepath.Join(dir, "marketwarden.yaml"), url: storetest.New(t).Pool.Config().ConnString()}
	body, err := yaml.Marshal(map[string]any{
		"market": fixtures.ProfileID,
		"fetch": map[string]any{
			"resolve": resolve, "allow_private": []string{"127.0.0.0/8"}, "provider_pace": 0,
			"market_pace": 200, // so that a kill finds something to interrupt
			"confirm":     "0s",
		},
		"sweep":    map[string]any{"workers": 4, "pages": 4, "retry_wait": "100ms"},
		"log":      map[string]any{"format": "json"},
		"schedule": []any{map[string]any{"name": "nightly", "cron": "30 1 * * *"}},
		"feeds": []any{
			map[string]any{"kind": "providers", "drop": filepath.Join(drop, "providers"), "settle": "0s"},
			map[string]any{"kind": "listings", "drop": filepath.Join(drop, "listings"), "snapshot": true, "settle": "0s"},
			map[string]any{"kind": "orders", "drop": filepath.Join(drop, "orders"), "covers": "name", "settle": "0s"},
			map[string]any{"kind": "complaints", "drop": filepath.Join(drop, "complaints"), "settle": "0s"},
		},
	})
	if err == nil {
		err = os.WriteFile(in.config, body, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range fixtures.FeedNames() {
		dir := filepath.Join(drop, kind)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		name := kind + ".csv"
		if kind == fixtures.FeedOrders {
			name = kind + "-2024-01-01.." + time.Now().Format(time.DateOnly) + ".csv"
		}
		if err := os.WriteFile(filepath.Join(dir, name), feeds[kind], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return in
}

// TestKilledNight kills a night at random moments of all its steps, again and again: it
// is one night with one sweep all the same, and finds what an undisturbed one finds.
func TestKilledNight(t *testing.T) {
	t.Parallel()
	bin := buildNights(t)
	srv, err := fixtures.Generate(nightListings).Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	feeds := fixtures.Generate(nightListings).Feeds()
	calm := newNights(t, bin, feeds, srv.Resolve())
	calm.must("serve", "--once", "nightly")
	want := calm.violations()
	if len(want) < 25 {
		t.Fatalf("the undisturbed night found only %d records", len(want))
	}

	killed := newNights(t, bin, feeds, srv.Resolve())
	rnd := rand.New(rand.NewPCG(3, 4))
	hit := 0
	for range kills {
		if killed.killAfter(time.Duration(rnd.IntN(700))*time.Millisecond, "serve", "--once", "nightly") {
			hit++
			continue
		}
		break // the night has ended: one more would be another one
	}
	if hit < kills/4 {
		t.Errorf("only %d kills struck a living night: the market is too small or too fast", hit)
	}
	if hit == kills {
		killed.must("serve", "--once", "nightly")
	}
	if diff := cmp.Diff(want, killed.violations()); diff != "" {
		t.Errorf("a killed night differs from an undisturbed one (-undisturbed +killed):\n%s", diff)
	}
	var nights, sweeps, imports int
	killed.query(`SELECT (SELECT count(*) FROM nights WHERE state = 'done'), (SELECT count(*) FROM sweeps),
		(SELECT count(*) FROM imports WHERE rows_new > 0)`, &nights, &sweeps, &imports)
	if feeds := len(fixtures.FeedNames()); nights != 1 || sweeps != 1 || imports != feeds {
		t.Errorf("%d nights done, %d sweeps planned, %d imports that brought something; want 1, 1 and %d", nights, sweeps, imports, feeds)
	}
}

// TestServe: the process answers probes, goes on with a night that another one left
// behind, and drains when it is told to stop.
func TestServe(t *testing.T) {
	t.Parallel()
	bin := buildNights(t)
	srv, err := fixtures.Generate(60).Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	in := newNights(t, bin, fixtures.Generate(60).Feeds(), srv.Resolve())
	// Killed as soon as there is a night, so that it certainly has not ended.
	once := in.command("serve", "--once", "nightly")
	if err := once.Start(); err != nil {
		t.Fatal(err)
	}
	for !in.has(`SELECT EXISTS (SELECT FROM nights)`) {
		if t.Context().Err() != nil {
			t.Fatal("the night never began")
		}
	}
	if err := once.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = once.Wait() // says that it was killed
	if !in.has(`SELECT bool_and(ended_at IS NULL) FROM nights`) {
		t.Fatal("the night ended before it could be cut off")
	}
	cmd := in.command("serve", "--listen", "127.0.0.1:0")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	logged := bufio.NewScanner(stderr)
	logged.Buffer(nil, 1<<20)
	address, ended := "", false
	for !ended && logged.Scan() {
		var line struct{ Msg, Listen, Step string }
		if err := json.Unmarshal(logged.Bytes(), &line); err != nil {
			t.Fatalf("log line %q: %v", logged.Text(), err)
		}
		if line.Listen != "" {
			address = line.Listen
		}
		ended = line.Step == "notify"
	}
	if !ended || address == "" {
		t.Fatalf("the night did not end (listening at %q)", address)
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if code := status(t, "http://"+address+path); code != http.StatusOK {
			t.Errorf("%s answers %d", path, code)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for logged.Scan() { // until the process closes it
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("told to stop, it ends with %v", err)
	}
	if in.has(`SELECT EXISTS (SELECT FROM workers WHERE pid = ` + strconv.Itoa(cmd.Process.Pid) + `)`) {
		t.Error("the worker is enrolled after its end")
	}
	if !in.has(`SELECT count(*) = 1 AND bool_and(state IN ('done', 'partial')) FROM nights`) {
		t.Error("the night that was left behind has not ended as one night")
	}
}

func status(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

func buildNights(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "marketwarden")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return bin
}

// query reads one row from the installation's database.
func (in *install) query(sql string, to ...any) {
	in.t.Helper()
	conn, err := pgx.Connect(in.t.Context(), in.url)
	if err != nil {
		in.t.Fatal(err)
	}
	defer conn.Close(in.t.Context())
	if err := conn.QueryRow(in.t.Context(), sql).Scan(to...); err != nil {
		in.t.Fatal(err)
	}
}

func (in *install) has(sql string) bool {
	in.t.Helper()
	var yes bool
	in.query(sql, &yes)
	return yes
}

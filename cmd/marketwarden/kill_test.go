package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"marketwarden/fixtures"
	"marketwarden/internal/store/storetest"
)

// The kill test: so many listings, killed so often.
const (
	killListings = 300
	kills        = 20
)

// TestKilledSweep kills the program at random moments of a sweep, again and again, and
// lets the last --resume end it: the records are those of a sweep that nobody disturbed.
func TestKilledSweep(t *testing.T) {
	t.Parallel()
	bin := program(t)
	srv, err := fixtures.Generate(killListings).Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	feeds := fixtures.Generate(killListings).Feeds()

	// A pace at which a kill finds something to interrupt.
	install := installation{bin: bin, feeds: feeds, resolve: srv.Resolve(), marketPace: 200, workers: 4}
	calm := newInstall(t, install)
	calm.must("sweep")
	want := calm.violations()
	if len(want) < 50 {
		t.Fatalf("the undisturbed sweep found only %d records", len(want))
	}

	killed := newInstall(t, install)
	rnd := rand.New(rand.NewPCG(1, 2))
	hit := 0
	for n := range kills {
		args := []string{"sweep", "--resume"}
		if n == 0 {
			args = []string{"sweep"}
		}
		// Early kills strike planning and enrolling, late ones visits and commits.
		if killed.killAfter(time.Duration(rnd.IntN(900))*time.Millisecond, args...) {
			hit++
		}
		if n == 0 && !killed.planned() {
			killed.startedAnew(rnd)
		}
	}
	if hit < kills*3/4 {
		t.Errorf("only %d of %d kills struck a living program: the market is too small or too fast", hit, kills)
	}
	killed.must("sweep", "--resume")
	if diff := cmp.Diff(want, killed.violations()); diff != "" {
		t.Errorf("a killed and resumed sweep differs from an undisturbed one (-undisturbed +killed):\n%s", diff)
	}
}

// program builds the program.
func program(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "marketwarden")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return bin
}

// installation says what an install is made of.
type installation struct {
	bin        string
	feeds      map[string][]byte
	resolve    map[string]string
	marketPace float64 // requests a second; 0: without limit
	workers    int     // jobs at once
	url        string  // of the database; "": one of its own on the server of the tests
}

// install is the program with a database and a data folder of its own.
type install struct {
	t           *testing.T
	bin, dir    string
	config, url string
}

func newInstall(t *testing.T, o installation) *install {
	t.Helper()
	dir := t.TempDir()
	in := &install{t: t, bin: o.bin, dir: dir, config: filepath.Join(dir, "marketwarden.yaml"), url: o.url}
	if in.url == "" {
		in.url = storetest.New(t).Pool.Config().ConnString()
	}
	body, err := yaml.Marshal(map[string]any{
		"market": fixtures.ProfileID,
		"fetch": map[string]any{
			"resolve": o.resolve, "allow_private": []string{"127.0.0.0/8"}, "provider_pace": 0,
			"market_pace": o.marketPace,
			"confirm":     "0s",
		},
		"sweep": map[string]any{"workers": o.workers, "pages": 4, "retry_wait": "100ms"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in.config, body, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, kind := range fixtures.FeedNames() {
		file := filepath.Join(dir, kind+".csv")
		if err := os.WriteFile(file, o.feeds[kind], 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"import", kind, file}
		if kind == fixtures.FeedOrders {
			args = append(args, "--covers", "2024-01-01.."+time.Now().Format(time.DateOnly))
		}
		in.must(args...)
	}
	return in
}

func (in *install) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(in.t.Context(), in.bin, append([]string{"--config", in.config, "--data-dir", in.dir, "--lang", "en"}, args...)...)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+in.url)
	return cmd
}

func (in *install) must(args ...string) {
	in.t.Helper()
	var out, errs bytes.Buffer
	cmd := in.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		in.t.Fatalf("marketwarden %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), errs.String())
	}
}

// killAfter starts the program and kills it after d. It reports whether the program was
// still at work.
func (in *install) killAfter(d time.Duration, args ...string) bool {
	in.t.Helper()
	cmd := in.command(args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		in.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		var exit *exec.ExitError
		if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != exitNothing) {
			in.t.Fatalf("marketwarden %s: %v\n%s", strings.Join(args, " "), err, errs.String())
		}
		return false
	case <-time.After(d):
		if err := cmd.Process.Kill(); err != nil {
			in.t.Fatal(err)
		}
		if err := <-done; err == nil {
			return false // it ended a moment before
		}
		return true
	}
}

// planned reports whether a sweep is in the database.
func (in *install) planned() bool {
	return in.command("sweeps", "list").Run() == nil
}

// startedAnew repeats the first sweep until it lives long enough to be planned.
func (in *install) startedAnew(rnd *rand.Rand) {
	for !in.planned() {
		in.killAfter(time.Duration(500+rnd.IntN(500))*time.Millisecond, "sweep")
	}
}

// violations returns the records of the last sweep without what differs from one
// installation to another: times and the sweep's number.
func (in *install) violations() []string {
	in.t.Helper()
	out := filepath.Join(in.dir, "report")
	in.must("report", "--format", "jsonl", "--out", out)
	body, err := os.ReadFile(filepath.Join(out, "violations.jsonl"))
	if err != nil {
		in.t.Fatal(err)
	}
	var lines []string
	sc := bufio.NewScanner(bytes.NewReader(body))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var m map[string]any
		if err := json.Unmarshal(sc.Bytes(), &m); err != nil {
			in.t.Fatal(err)
		}
		for _, k := range []string{"first_seen", "last_seen", "as_of", "started", "closed", "first_sweep", "last_sweep", "sweep"} {
			delete(m, k)
		}
		line, err := json.Marshal(m)
		if err != nil {
			in.t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	if err := sc.Err(); err != nil {
		in.t.Fatal(err)
	}
	return lines
}

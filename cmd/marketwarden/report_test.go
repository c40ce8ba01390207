package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marketwarden/internal/store"
	"marketwarden/internal/store/storetest"
)

// reportSetup is a database without sweeps and a configuration that names it.
func reportSetup(t *testing.T) (s *store.Store, call func(args ...string) (code int, out, errs string), dir string) {
	t.Helper()
	s = storetest.New(t)
	dir = t.TempDir()
	config := filepath.Join(dir, "marketwarden.yaml")
	body := "database_url: " + s.Pool.Config().ConnString() + "\ndata_dir: " + dir + "\nlang: en\n"
	if err := os.WriteFile(config, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	call = func(args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"--config", config, "--data-dir", dir}, args...), strings.NewReader(""), &out, &errs)
		return code, out.String(), errs.String()
	}
	return s, call, dir
}

// closedSweep stores a sweep that found nothing to do and is closed.
func closedSweep(t *testing.T, s *store.Store) {
	t.Helper()
	at := time.Date(2026, 3, 5, 2, 0, 0, 0, time.UTC)
	sw := store.Sweep{AsOf: at, Started: at, Market: "demo", Bundle: "b0", Engine: "1", Records: true}
	err := pgx.BeginFunc(t.Context(), s.Pool, func(tx pgx.Tx) error {
		if err := store.CreateSweep(t.Context(), tx, &sw, json.RawMessage(`{}`)); err != nil {
			return err
		}
		_, err := store.CloseSweep(t.Context(), tx, sw.ID, at.Add(time.Minute))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReportExitCodes(t *testing.T) {
	if os.Getenv("DATABASE_URL") != "" {
		t.Setenv("DATABASE_URL", "") // it would go before the configuration of the test
	}
	s, call, dir := reportSetup(t)
	check := func(want int, says string, args ...string) {
		t.Helper()
		code, _, errs := call(append([]string{"report"}, args...)...)
		if code != want || !strings.Contains(errs, says) {
			t.Errorf("report %v: exit %d, want %d; it says %q, want %q in it", args, code, want, errs, says)
		}
	}
	check(exitNothing, "no sweep is closed yet")
	check(exitUsage, "no such sweep", "--sweep", "1")
	closedSweep(t, s)
	check(exitDone, "")
	check(exitDone, "", "--sweep", "1", "--format", "csv")
	check(exitUsage, "no such sweep", "--sweep", "99")
	check(exitUsage, "--sweep", "--sweep", "-1")
	check(exitUsage, `"pdf"`, "--format", "pdf")
	check(exitNothing, `"P1"`, "--provider", "P1")
	if _, err := os.Stat(filepath.Join(dir, "reports", "1", "provider-P1")); err == nil {
		t.Error("a report on an unknown provider left files")
	}
}

func TestReportWritesAndTells(t *testing.T) {
	if os.Getenv("DATABASE_URL") != "" {
		t.Setenv("DATABASE_URL", "")
	}
	s, call, dir := reportSetup(t)
	closedSweep(t, s)
	code, out, errs := call("report")
	if code != exitDone {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var told, want []string
	for line := range strings.SplitSeq(out, "\n") {
		if filepath.IsAbs(line) {
			told = append(told, line)
		}
	}
	for _, name := range []string{"violations.jsonl", "violations.csv", "deployment.csv", "orderless.csv", "not_checked.csv", "html/index.html"} {
		path := filepath.Join(dir, "reports", "1", name)
		want = append(want, path)
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("files told (-want +got)\n%s", diff)
	}
	if !strings.Contains(out, "Sweep 1") {
		t.Errorf("no summary in %q", out)
	}
}

func TestReportFolder(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		cmd  reportCmd
		want string
	}{
		"default":             {reportCmd{}, "data/reports/7"},
		"given":               {reportCmd{Out: "elsewhere", Provider: "P1"}, "elsewhere"},
		"provider":            {reportCmd{Provider: "P1"}, "data/reports/7/provider-P1"},
		"provider of slashes": {reportCmd{Provider: "../../x"}, "data/reports/7/provider-..%2F..%2Fx"},
	}
	for name, tt := range tests {
		if got := tt.cmd.folder("data", 7); got != filepath.FromSlash(tt.want) {
			t.Errorf("%s: folder = %q, want %q", name, got, tt.want)
		}
	}
}

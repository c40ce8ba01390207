package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/store"
	"marketwarden/internal/store/storetest"
)

// oldSweeps are three of 500 and 100 days ago and of now.
const oldSweeps = `
	INSERT INTO bundles (hash, content, made_at) VALUES ('b', '{}', now());
	INSERT INTO sweeps (state, as_of, started_at, closed_at, scope, market, bundle, engine, records)
	  SELECT 'closed', at, at, at, '{}', 'demo', 'b', '1', true FROM unnest(ARRAY[now() - interval '500 d', now() - interval '100 d', now()]) AS at;
	INSERT INTO sweep_units (sweep, kind, key, batch, state, snapshot) SELECT id, 'listing', 'l', 1, 'done', '{}' FROM sweeps`

// TestNightsPrune: after the report a night removes what is older than the configuration
// keeps, and nothing where that says so.
func TestNightsPrune(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	if _, err := s.Pool.Exec(t.Context(), oldSweeps); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		days int
		done []string
		left int
	}{{0, nil, 3}, {400, []string{"1 sweeps and 0 steps of nights that ended before "}, 2}, {400, nil, 2}, {60, []string{"1 sweeps and 0 steps"}, 1}} {
		a := &app{ctx: t.Context(), cfg: config.Default(), log: slog.New(slog.DiscardHandler), now: time.Now}
		a.cfg.Market, a.cfg.DataDir, a.cfg.Retention.Days = "demo", t.TempDir(), test.days
		e, free, err := a.nightEngine(s)
		if err != nil {
			t.Fatal(err)
		}
		end, err := e.Steps[config.StepReport](t.Context(), &store.Night{}) // of no sweep: there is nothing to report
		free()
		if err != nil || len(end.Done) != len(test.done) || len(test.done) == 1 && !strings.HasPrefix(end.Done[0], test.done[0]) {
			t.Errorf("%d days: the step did %q (%v), want %q", test.days, end.Done, err, test.done)
		}
		var left int
		if err := s.Pool.QueryRow(t.Context(), `SELECT count(*) FROM sweep_units`).Scan(&left); err != nil || left != test.left {
			t.Errorf("%d days: %d units are left (%v), want %d", test.days, left, err, test.left)
		}
	}
}

// TestPruneCommand: what is said goes, by the configuration or by --keep; a pruned sweep is
// the user's error and no empty report.
func TestPruneCommand(t *testing.T) {
	s := storetest.New(t)
	if _, err := s.Pool.Exec(t.Context(), oldSweeps); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DATABASE_URL", s.Pool.Config().ConnString())
	forever := filepath.Join(t.TempDir(), "marketwarden.yaml")
	if err := os.WriteFile(forever, []byte("retention: {days: 0}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"prune", "--config", forever}, exitUsage, "keeps everything"},
		{[]string{"prune", "--keep", "10"}, exitUsage, "at least 60"},
		{[]string{"prune", "--keep=-1"}, exitUsage, "--keep"},
		{[]string{"prune", "--dry-run"}, exitDone, "1 sweeps and 0 steps of nights that ended before 20"},
		{[]string{"prune"}, exitDone, "pruned, 1 rows in all"},
		{[]string{"prune", "--keep", "60"}, exitDone, "1 sweeps and 0 steps"},
		{[]string{"report", "--sweep", "1"}, exitUsage, "older than what is kept"},
		{[]string{"sweeps", "show", "2"}, exitUsage, "older than what is kept"},
		{[]string{"sweeps", "diff", "2", "3"}, exitUsage, "older than what is kept"},
		{[]string{"sweeps"}, exitDone, "closed, pruned"},
		{[]string{"sweeps", "show", "3"}, exitDone, ""},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), append([]string{"--data-dir", t.TempDir(), "--lang", "en"}, step.args...), strings.NewReader(""), &stdout, &stderr)
		if code != step.code || !strings.Contains(stdout.String()+stderr.String(), step.want) {
			t.Errorf("%q: exit %d, want %d and %q:\n%s%s", step.args, code, step.code, step.want, stdout.String(), stderr.String())
		}
	}
}

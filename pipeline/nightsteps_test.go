package pipeline_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"marketwarden/internal/config"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
)

// steps records what the steps of nights were asked to do.
type steps struct {
	mu   sync.Mutex
	runs []string
}

func (s *steps) add(step string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs = append(s.runs, step)
}

func (s *steps) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.runs)
}

// nightly makes a bundle whose engines do nights of one entry, changed by change. Each
// step but the sweep does what do says, nothing where it says nothing.
func nightly(t *testing.T, c config.Schedule, do map[string]pipeline.StepRun) (*bundle, *steps) {
	t.Helper()
	b, _, _ := generated(t, 20, nil)
	c.Name = "nightly"
	if c.Zone == "" {
		c.Zone = "Asia/Shanghai"
	}
	b.options.Config.Schedule = []config.Schedule{c}
	b.options.Queues = []string{pipeline.QueuePages, pipeline.QueueNights}
	b.options.Steps = map[string]pipeline.StepRun{}
	seen := &steps{}
	for _, name := range []string{config.StepImport, config.StepReport, config.StepNotify} {
		b.options.Steps[name] = func(ctx context.Context, n *store.Night) (pipeline.StepEnd, error) {
			seen.add(name)
			if f := do[name]; f != nil {
				return f(ctx, n)
			}
			return pipeline.StepEnd{Done: []string{name + " was done"}}, nil
		}
	}
	return b, seen
}

// night does one night of the entry to its end.
func (b *bundle) night() (store.Night, []store.NightStep) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer cancel()
	e := b.engine()
	n, _, err := e.FireOnce(ctx, "nightly")
	if err != nil {
		b.t.Fatal(err)
	}
	w, err := e.Start(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	n, err = e.AwaitNight(ctx, n.ID)
	if err = errors.Join(err, w.Stop(ctx)); err != nil {
		b.t.Fatal(err)
	}
	got, err := b.store.NightSteps(ctx, n.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return n, got
}

// states are the steps of a night with the state they ended in.
func states(steps []store.NightStep) []string {
	var out []string
	for _, s := range steps {
		out = append(out, s.Step+" "+s.State)
	}
	return out
}

var allSteps = []string{config.StepImport, config.StepSweep, config.StepReport, config.StepNotify}

// TestNight: the steps follow each other, each once, and tell what they did; the sweep is
// there for those that come after it.
func TestNight(t *testing.T) {
	t.Parallel()
	var swept int64
	b, seen := nightly(t, config.Schedule{Steps: allSteps}, map[string]pipeline.StepRun{
		config.StepReport: func(_ context.Context, n *store.Night) (pipeline.StepEnd, error) {
			swept = n.Sweep
			return pipeline.StepEnd{Done: []string{"written"}, Problems: []string{"a page is missing"}}, nil
		},
	})
	n, got := b.night()
	if diff := cmp.Diff([]string{"import done", "sweep done", "report partial", "notify done"}, states(got)); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{config.StepImport, config.StepReport, config.StepNotify}, seen.all()); diff != "" {
		t.Errorf("what was run (-want +got):\n%s", diff)
	}
	if n.State != store.NightPartial || n.Why != "problems in: report" {
		t.Errorf("the night is %s (%s), want partial with the step named", n.State, n.Why)
	}
	if got[2].Detail != "written\na page is missing" || !strings.Contains(got[1].Detail, "units judged") {
		t.Errorf("details %q, %q", got[2].Detail, got[1].Detail)
	}
	sw, err := b.store.LastClosedSweep(t.Context())
	if err != nil || sw.ID != swept || n.Sweep != swept {
		t.Errorf("sweep %d is closed (%v), the report step had %d, the night has %d", sw.ID, err, swept, n.Sweep)
	}
}

// TestFailingStep: a step that fails is tried again; one that goes on failing ends the
// night, and nobody is told anything.
func TestFailingStep(t *testing.T) {
	t.Parallel()
	tries := 0
	b, seen := nightly(t, config.Schedule{Steps: allSteps}, map[string]pipeline.StepRun{
		config.StepImport: func(context.Context, *store.Night) (pipeline.StepEnd, error) {
			if tries++; tries == 1 {
				return pipeline.StepEnd{}, errors.New("not yet")
			}
			return pipeline.StepEnd{}, nil
		},
		config.StepReport: func(context.Context, *store.Night) (pipeline.StepEnd, error) {
			return pipeline.StepEnd{}, errors.New("disk full")
		},
	})
	n, got := b.night()
	if diff := cmp.Diff([]string{"import done", "sweep done", "report failed"}, states(got)); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if n.State != store.NightFailed || n.Why != "report: disk full" || got[2].Failures != 3 || got[0].Failures != 1 {
		t.Errorf("the night is %s (%s) after %d and %d failures", n.State, n.Why, got[0].Failures, got[2].Failures)
	}
	if slices.Contains(seen.all(), config.StepNotify) {
		t.Error("notices were made out after the report had failed")
	}
}

// TestNightGoesOn: a night whose process is told to stop in a step is gone on with by the
// next one, in that step, with the sweep it has.
func TestNightGoesOn(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	first := true
	b, seen := nightly(t, config.Schedule{Steps: allSteps}, map[string]pipeline.StepRun{
		config.StepReport: func(ctx context.Context, _ *store.Night) (pipeline.StepEnd, error) {
			if first {
				first = false
				close(begun)
				<-ctx.Done()
			}
			return pipeline.StepEnd{}, ctx.Err()
		},
	})
	e := b.engine()
	n, _, err := e.FireOnce(t.Context(), "nightly")
	if err != nil {
		t.Fatal(err)
	}
	w, err := e.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	<-begun
	if err := w.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, got := b.night()
	if again.ID != n.ID || again.State != store.NightDone {
		t.Errorf("night %d is %s (%s), want night %d done", again.ID, again.State, again.Why, n.ID)
	}
	if got[2].Failures != 0 {
		t.Error("being told to stop counts as a failure")
	}
	if diff := cmp.Diff([]string{config.StepImport, config.StepReport, config.StepReport, config.StepNotify}, seen.all()); diff != "" {
		t.Errorf("what was run (-want +got):\n%s", diff)
	}
	sweeps, err := b.store.Sweeps(t.Context(), 10)
	if err != nil || len(sweeps) != 1 {
		t.Errorf("%d sweeps were planned (%v), want 1", len(sweeps), err)
	}
}

// TestLostNight: a night that lost its job gets another one.
func TestLostNight(t *testing.T) {
	t.Parallel()
	b, _ := nightly(t, config.Schedule{Cron: "30 1 * * *", Steps: []string{config.StepImport}}, nil)
	if _, _, err := b.engine().FireOnce(t.Context(), "nightly"); err != nil {
		t.Fatal(err)
	}
	b.exec(`DELETE FROM river_job`)
	if n, _ := b.night(); n.State != store.NightDone {
		t.Errorf("the night is %s (%s), want done", n.State, n.Why)
	}
}

// TestOtherSweepInTheWay: a night waits for a sweep that somebody else works on, and gives
// up one that was planned by a program that is gone.
func TestOtherSweepInTheWay(t *testing.T) {
	t.Parallel()
	b, _ := nightly(t, config.Schedule{Steps: []string{config.StepSweep}}, nil)
	b.options.Config.Serve.Abandon = time.Millisecond
	e := b.engine()
	left, err := e.Plan(t.Context(), pipeline.Order{AsOf: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	b.exec(`INSERT INTO bundles (hash, content, made_at) VALUES ('of another program', '{}', now())`)
	b.exec(`UPDATE sweeps SET bundle = 'of another program', started_at = now() - interval '1 minute' WHERE id = $1`, left.ID)
	n, got := b.night()
	if n.State != store.NightDone || n.Sweep == left.ID {
		t.Errorf("the night is %s (%s) with sweep %d: %v", n.State, n.Why, n.Sweep, got)
	}
	sw, err := b.store.SweepByID(t.Context(), left.ID)
	if err != nil || sw.State != store.SweepAbandoned {
		t.Errorf("the sweep that nobody could go on with is %s (%v)", sw.State, err)
	}
	// One that this program planned is worked on first.
	mine, err := e.Plan(t.Context(), pipeline.Order{AsOf: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	n, _ = b.night()
	sw, err = b.store.SweepByID(t.Context(), mine.ID)
	if err != nil || sw.State != store.SweepClosed || n.Sweep <= mine.ID {
		t.Errorf("the sweep in the way is %s (%v), the night's is %d", sw.State, err, n.Sweep)
	}
}

// TestStepsThatBreak: a step that panics, or says what the database does not take, fails
// the night like any other error and does not come again for ever.
func TestStepsThatBreak(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]pipeline.StepRun{
		"panic": func(context.Context, *store.Night) (pipeline.StepEnd, error) { panic("at night") },
		"words": func(context.Context, *store.Night) (pipeline.StepEnd, error) {
			return pipeline.StepEnd{}, errors.New("a\x00b\xff")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, seen := nightly(t, config.Schedule{Steps: []string{config.StepImport}}, map[string]pipeline.StepRun{config.StepImport: run})
			n, got := b.night()
			if n.State != store.NightFailed || len(got) != 1 || got[0].Failures != 3 || len(seen.all()) != 3 {
				t.Errorf("the night is %s (%q) with steps %+v", n.State, n.Why, got)
			}
		})
	}
}

// TestStepOutage: a database that goes away says nothing about the step.
func TestStepOutage(t *testing.T) {
	t.Parallel()
	lost := 0
	b, _ := nightly(t, config.Schedule{Steps: []string{config.StepImport}}, map[string]pipeline.StepRun{
		config.StepImport: func(context.Context, *store.Night) (pipeline.StepEnd, error) {
			if lost++; lost <= 4 {
				return pipeline.StepEnd{}, &pgconn.PgError{Code: "57P01", Message: "terminating connection"}
			}
			return pipeline.StepEnd{}, nil
		},
	})
	if n, got := b.night(); n.State != store.NightDone || got[0].Failures != 0 {
		t.Errorf("the night is %s (%s) with steps %+v, want done without failures", n.State, n.Why, got)
	}
}

// TestNotedProblems: what a step noted before it was cut off is told when it has ended.
func TestNotedProblems(t *testing.T) {
	t.Parallel()
	var b *bundle
	tries := 0
	b, _ = nightly(t, config.Schedule{Steps: []string{config.StepImport}}, map[string]pipeline.StepRun{
		config.StepImport: func(ctx context.Context, n *store.Night) (pipeline.StepEnd, error) {
			if tries++; tries == 1 {
				err := b.store.NoteProblem(ctx, n.ID, "a file was refused")
				return pipeline.StepEnd{}, errors.Join(err, errors.New("cut off"))
			}
			return pipeline.StepEnd{Done: []string{"nothing else"}}, nil
		},
	})
	if n, got := b.night(); n.State != store.NightPartial || got[0].Detail != "nothing else\na file was refused" {
		t.Errorf("the night is %s with steps %+v, want partial with the problem", n.State, got)
	}
}

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

	"marketwarden/internal/config"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
)

// clock is a time that tests set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at string) {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = t
}

// ticks are the nights in the database, the oldest first: tick (UTC) and state.
func (b *bundle) ticks() []string {
	b.t.Helper()
	list, err := b.store.Nights(b.t.Context(), "", 100)
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, n := range slices.Backward(list) {
		out = append(out, n.Tick.UTC().Format("01-02 15:04")+" "+n.State)
	}
	return out
}

// TestTicks: each tick happens once, however many processes look for it and how often;
// what was missed is dealt with as the entry wants; a night that is still running is not
// run over.
func TestTicks(t *testing.T) {
	t.Parallel()
	const daily = "30 1 * * *" // 17:30 UTC of the day before
	for _, tc := range []struct {
		name             string
		catchUp, overlap string
		end              bool // each night ends before the next look
		looks            []string
		want             []string
	}{
		{
			name: "on time", catchUp: "skip", overlap: "skip", end: true,
			looks: []string{"2026-03-01T17:29:59Z", "2026-03-01T17:30:00Z", "2026-03-01T17:30:20Z", "2026-03-02T17:30:00.5Z"},
			want:  []string{"03-01 17:30 done", "03-02 17:30 done"},
		},
		{
			name: "missed and skipped", catchUp: "skip", overlap: "skip", end: true,
			looks: []string{"2026-03-04T08:00:00Z", "2026-03-04T17:30:01Z"},
			want:  []string{"03-01 17:30 missed", "03-02 17:30 missed", "03-03 17:30 missed", "03-04 17:30 done"},
		},
		{
			name: "missed and made up for once", catchUp: "once", overlap: "skip", end: true,
			looks: []string{"2026-03-04T08:00:00Z", "2026-03-04T08:00:30Z"},
			want:  []string{"03-01 17:30 missed", "03-02 17:30 missed", "03-03 17:30 done"},
		},
		{
			name: "missed and made up for, one after the other", catchUp: "all", overlap: "wait",
			looks: []string{"2026-03-04T08:00:00Z"},
			want:  []string{"03-01 17:30 running", "03-02 17:30 waiting", "03-03 17:30 waiting"},
		},
		{
			name: "missed and made up for, though nights are not to overlap", catchUp: "all", overlap: "skip",
			looks: []string{"2026-03-03T17:30:10Z"},
			want:  []string{"03-01 17:30 running", "03-02 17:30 waiting", "03-03 17:30 waiting"},
		},
		{
			name: "still running", catchUp: "once", overlap: "skip",
			looks: []string{"2026-03-01T17:30:00Z", "2026-03-02T17:30:00Z"},
			want:  []string{"03-01 17:30 running", "03-02 17:30 skipped"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b, _ := nightly(t, config.Schedule{Cron: daily, CatchUp: tc.catchUp, Overlap: tc.overlap, Steps: []string{config.StepImport}}, nil)
			c := &clock{}
			c.set("2026-03-01T10:00:00Z")
			b.options.Now = c.now
			var processes []*pipeline.Schedule
			for range 3 {
				s, err := b.engine().NewSchedule(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				processes = append(processes, s)
			}
			for _, at := range tc.looks {
				c.set(at)
				var looking sync.WaitGroup
				for _, s := range processes {
					looking.Go(func() {
						if err := s.Fire(t.Context()); err != nil {
							t.Error(err)
						}
					})
				}
				looking.Wait()
				if tc.end {
					b.exec(`UPDATE nights SET state = 'done', ended_at = now() WHERE ended_at IS NULL`)
				}
			}
			if diff := cmp.Diff(tc.want, b.ticks()); diff != "" {
				t.Errorf("nights (-want +got):\n%s", diff)
			}
			var jobs, running int
			err := b.store.Pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM river_job WHERE kind = 'night_step'),
				(SELECT count(*) FROM nights WHERE state IN ('running', 'done'))`).Scan(&jobs, &running)
			if err != nil || jobs != running {
				t.Errorf("%d jobs for %d nights that run (%v)", jobs, running, err)
			}
		})
	}
}

// TestWaitingNights: nights that wait for each other are done one after the other.
func TestWaitingNights(t *testing.T) {
	t.Parallel()
	b, seen := nightly(t, config.Schedule{Cron: "30 1 * * *", CatchUp: "all", Overlap: "wait", Steps: []string{config.StepImport}}, nil)
	c := &clock{}
	c.set("2026-03-01T10:00:00Z")
	b.options.Now = c.now
	e := b.engine()
	s, err := e.NewSchedule(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.set("2026-03-04T08:00:00Z")
	if err := s.Fire(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w, err := e.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	list, err := b.store.Nights(ctx, "", 1)
	if err == nil {
		_, err = e.AwaitNight(ctx, list[0].ID)
	}
	if err = errors.Join(err, w.Stop(ctx)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"03-01 17:30 done", "03-02 17:30 done", "03-03 17:30 done"}, b.ticks()); diff != "" {
		t.Errorf("nights (-want +got):\n%s", diff)
	}
	if n := len(seen.all()); n != 3 {
		t.Errorf("%d imports, want 3", n)
	}
}

// TestChangedEntry: a process that has another spec than the one that registered last
// leaves the entry alone, and a changed entry makes up for nothing of before.
func TestChangedEntry(t *testing.T) {
	t.Parallel()
	b, _ := nightly(t, config.Schedule{Cron: "30 1 * * *", CatchUp: "all", Overlap: "skip", Steps: []string{config.StepImport}}, nil)
	c := &clock{}
	c.set("2026-03-01T10:00:00Z")
	b.options.Now = c.now
	old, err := b.engine().NewSchedule(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.set("2026-03-02T10:00:00Z")
	b.options.Config.Schedule = slices.Clone(b.options.Config.Schedule)
	b.options.Config.Schedule[0].Cron = "0 19 * * *" // 11:00 UTC
	changed, err := b.engine().NewSchedule(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.set("2026-03-02T17:30:01Z")
	for _, s := range []*pipeline.Schedule{old, changed} {
		if err := s.Fire(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"03-02 11:00 running"}, b.ticks()); diff != "" {
		t.Errorf("nights (-want +got):\n%s", diff)
	}
}

// TestWaitingAlone: a night that waits for none is begun by the next look.
func TestWaitingAlone(t *testing.T) {
	t.Parallel()
	b, _ := nightly(t, config.Schedule{Cron: "30 1 * * *", Overlap: "wait", CatchUp: "once", Steps: []string{config.StepImport}}, nil)
	b.exec(`INSERT INTO nights (schedule, tick, state, steps, fired_at) VALUES ('nightly', now() - interval '1 day', 'waiting', '{import}', now())`)
	s, err := b.engine().NewSchedule(t.Context())
	if err == nil {
		err = s.Fire(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := b.night(); n.State != store.NightDone {
		t.Errorf("the night is %s (%s), want done", n.State, n.Why)
	}
}

// TestClockThatWasWrong: a clock that was ahead does not silence the schedule.
func TestClockThatWasWrong(t *testing.T) {
	t.Parallel()
	b, _ := nightly(t, config.Schedule{Cron: "30 1 * * *", CatchUp: "once", Overlap: "wait", Steps: []string{config.StepImport}}, nil)
	c := &clock{}
	c.set("2036-01-01T00:00:00Z")
	b.options.Now = c.now
	s, err := b.engine().NewSchedule(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"2036-01-01T17:30:00Z", "2026-03-01T10:00:00Z", "2026-03-01T17:30:00Z"} {
		c.set(at)
		if err := s.Fire(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.ticks(); len(got) != 2 || !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "03-01 17:30") }) {
		t.Errorf("nights %q, want one of today besides that of 2036", got)
	}
}

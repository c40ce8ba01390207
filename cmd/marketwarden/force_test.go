package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marketwarden/fixtures"
	"marketwarden/internal/config"
	"marketwarden/internal/store/cluster"
)

// The proof by force: so many listings, at a pace that leaves the time for all that is
// done to the fleet.
const (
	forceListings = 500
	forcePace     = 18
)

// TestForce disturbs a fleet as badly as can be: the process that planned the sweep is
// killed, the database crashes and comes back, one of three workers is killed, one is
// frozen until it is taken for dead and then goes on. The records are those of a sweep
// that nobody disturbed.
func TestForce(t *testing.T) {
	t.Parallel()
	market := fixtures.Generate(forceListings)
	srv, err := market.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	install := installation{bin: program(t), feeds: market.Feeds(), resolve: srv.Resolve(), workers: 2}
	calm := newInstall(t, install)
	calm.must("sweep")
	want := calm.violations()
	if len(want) < forceListings/5 {
		t.Fatalf("the undisturbed sweep found only %d records", len(want))
	}

	db := newServer(t)
	install.url, install.marketPace = db.c.DSN(), forcePace
	in := newInstall(t, install)
	planner := in.spawn("sweep")
	db.until(`SELECT EXISTS (SELECT FROM sweeps)`)
	var fleet []*process
	for range 3 {
		fleet = append(fleet, in.spawn("worker", "--verbose"))
	}
	for _, p := range fleet {
		p.worker = db.text(`SELECT coalesce((SELECT id FROM workers WHERE pid = %d), '')`, p.cmd.Process.Pid)
		db.until(`SELECT EXISTS (SELECT FROM river_job WHERE state = 'running' AND kind = 'visit_listings' AND attempted_by[array_upper(attempted_by, 1)] = '%s')`, p.worker)
	}
	planner.signal(syscall.SIGKILL)
	planner.wait()

	// The database: a crash, without good-byes, as its operator's mistake or a full memory
	// make it. Nobody dies of it, and nobody takes another for dead.
	db.crash()
	db.until(`SELECT count(*) = 3 FROM workers WHERE beat > pg_postmaster_start_time() AND id IN ('%s', '%s', '%s')`, fleet[0].worker, fleet[1].worker, fleet[2].worker)
	dead, frozen, last := fleet[0], fleet[1], fleet[2]

	dead.atWork(db)
	dead.signal(syscall.SIGKILL)
	dead.wait()

	frozen.atWork(db)
	frozen.signal(syscall.SIGSTOP)
	since := db.text(`SELECT clock_timestamp()::text`)
	db.until(`SELECT NOT EXISTS (SELECT FROM workers WHERE id IN ('%s', '%s'))`, frozen.worker, dead.worker)
	// Somebody else has each of their jobs by now, or had it.
	db.until(`SELECT NOT EXISTS (SELECT FROM river_job WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] IN ('%s', '%s'))`, frozen.worker, dead.worker)
	frozen.signal(syscall.SIGCONT)
	if code := frozen.wait(); code != exitInternal {
		t.Errorf("the frozen worker ended with %d, want %d:\n%s", code, exitInternal, frozen.tail())
	}

	db.until(`SELECT state = 'closed' FROM sweeps`)
	last.signal(syscall.SIGTERM)
	if code := last.wait(); code != exitDone {
		t.Errorf("the last worker ended with %d, want %d:\n%s", code, exitDone, last.tail())
	}

	for _, p := range []*process{dead, frozen} {
		taken := db.text(`SELECT count(*)::text FROM river_job WHERE '%s' = ANY(attempted_by) AND EXISTS (
			SELECT FROM unnest(errors) e WHERE e->>'error' = 'worker lost')`, p.worker)
		if taken == "0" {
			t.Errorf("no job of %s was taken over", p.worker)
		}
	}
	if n := db.text(`SELECT count(*)::text FROM river_job WHERE attempted_by[array_upper(attempted_by, 1)] = '%s' AND finalized_at > '%s'`, frozen.worker, since); n != "0" {
		t.Errorf("the frozen worker ended %s jobs after it was taken for dead", n)
	}
	if diff := cmp.Diff(want, in.violations()); diff != "" {
		t.Errorf("the disturbed sweep differs from an undisturbed one (-undisturbed +disturbed):\n%s", diff)
	}
}

// process is a program that runs beside the test.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	log    *bytes.Buffer // of the program; read it after it has ended
	ended  chan error
	worker string // as it calls itself
}

// spawn starts the program without waiting for it.
func (in *install) spawn(args ...string) *process {
	in.t.Helper()
	p := &process{t: in.t, cmd: in.command(args...), log: &bytes.Buffer{}, ended: make(chan error, 1)}
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		in.t.Fatal(err)
	}
	go func() { p.ended <- p.cmd.Wait() }() // ends with the program, which the test's context kills
	return p
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("send %v: %v\n%s", s, err, p.tail())
	}
}

// wait waits for the end and returns the exit code, -1 for a kill.
func (p *process) wait() int {
	p.t.Helper()
	select {
	case err := <-p.ended:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			p.t.Fatal(err)
		}
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(time.Minute):
		p.t.Fatalf("%v does not end", p.cmd.Args)
		return 0
	}
}

// atWork waits until the process has a page job in hand.
func (p *process) atWork(db *server) {
	p.t.Helper()
	db.until(`SELECT EXISTS (SELECT FROM river_job WHERE state = 'running' AND kind = 'visit_listings' AND attempted_by[array_upper(attempted_by, 1)] = '%s')`, p.worker)
}

// tail is the end of what the program said, once it has ended.
func (p *process) tail() string {
	if p.cmd.ProcessState == nil {
		return "it is still running"
	}
	b := p.log.Bytes()
	return string(b[max(0, len(b)-4000):])
}

// server is a database server of this test's own, that it may crash.
type server struct {
	t *testing.T
	c *cluster.Cluster
	o cluster.Options
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, o: cluster.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler), Unsafe: true}}
	s.open()
	t.Cleanup(func() {
		if err := s.c.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *server) open() {
	s.t.Helper()
	c, err := cluster.Open(s.t.Context(), s.o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.c = c
}

// crash ends the server without letting anything finish, and starts it again.
func (s *server) crash() {
	s.t.Helper()
	if err := syscall.Kill(s.c.PID(), syscall.SIGQUIT); err != nil {
		s.t.Fatal(err)
	}
	s.poll("the server never ended", func() bool {
		st, err := cluster.Look(s.o.Dir)
		if err != nil {
			s.t.Fatal(err)
		}
		return !st.Running
	})
	if err := s.c.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.open()
}

// text reads one value that is not empty, waiting for it. A connection each time: the
// server comes and goes.
func (s *server) text(format string, args ...any) (v string) {
	s.t.Helper()
	sql := fmt.Sprintf(format, args...)
	conn, err := pgx.Connect(s.t.Context(), s.c.DSN())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(s.t.Context())
	s.poll(sql, func() bool {
		if err := conn.QueryRow(s.t.Context(), sql).Scan(&v); err != nil {
			s.t.Fatalf("%s: %v", sql, err)
		}
		return v != ""
	})
	return v
}

// until waits until a query answers true.
func (s *server) until(format string, args ...any) {
	s.t.Helper()
	sql := fmt.Sprintf(format, args...)
	if v := s.text(`SELECT CASE WHEN (%s) THEN 'yes' ELSE '' END`, sql); v != "yes" {
		s.t.Fatal(sql)
	}
}

// poll asks until f says yes, no longer than a worker may take for anything.
func (s *server) poll(what string, f func() bool) {
	s.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	end := time.After(2*time.Minute + config.HeartbeatLost)
	for !f() {
		select {
		case <-tick.C:
		case <-end:
			s.t.Fatalf("waited in vain: %s", what)
		}
	}
}

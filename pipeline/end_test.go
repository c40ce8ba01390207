package pipeline_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"marketwarden/fixtures"
	"marketwarden/internal/config"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
)

// TestBrokenClose: a close job that fails comes again by itself, and the sweep ends once
// what was wrong is gone.
func TestBrokenClose(t *testing.T) {
	t.Parallel()
	b, _, asOf := generated(t, 3, nil)
	e := b.engine()
	sw, err := e.Plan(t.Context(), pipeline.Order{AsOf: asOf, Scope: store.Scope{Only: pipeline.OnlyAccounts}})
	if err != nil {
		t.Fatal(err)
	}
	b.exec(`CREATE SEQUENCE tries`) // counts what is rolled back, too
	b.exec(`CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN PERFORM nextval('tries'); RAISE EXCEPTION 'the disk has a fault'; END $$`)
	b.exec(`CREATE TRIGGER fault BEFORE UPDATE ON sweeps FOR EACH STATEMENT EXECUTE FUNCTION fault()`)
	w, err := e.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.until(b.store.Pool, `SELECT last_value >= 2 FROM tries`)
	if p, err := b.store.Progress(t.Context(), sw.ID); err != nil || p.State != store.SweepRunning || p.Open != 0 {
		t.Errorf("while it cannot be closed the sweep is %+v (%v), want running and nothing open", p, err)
	}
	b.exec(`DROP TRIGGER fault ON sweeps`)
	b.until(b.store.Pool, `SELECT state = 'closed' FROM sweeps`)
	if err := w.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

// deafConn is a connection to the server that dies after a commit was done and before its
// answer is read.
type deafConn struct {
	net.Conn
	armed *atomic.Bool
	ends  bool // it has ended a job
	deaf  bool
}

func (c *deafConn) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("SET state = 'completed'")) {
		c.ends = true
	}
	if c.ends && bytes.Contains(p, []byte("commit")) && c.armed.CompareAndSwap(true, false) {
		c.deaf = true
	}
	return c.Conn.Write(p)
}

func (c *deafConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.deaf && n > 0 { // the server has answered: it is done
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

// TestLostAnswer: a job whose end was written, though the connection was lost before that
// was known, has ended; nobody stole it, and nothing is done twice.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	b, _, asOf := generated(t, 3, nil)
	var armed atomic.Bool
	armed.Store(true)
	cfg := b.store.Pool.Config()
	dial := cfg.ConnConfig.DialFunc
	cfg.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		return &deafConn{Conn: c, armed: &armed}, err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	b.options.Store = &store.Store{Pool: pool}
	sw := b.sweep(pipeline.Order{AsOf: asOf})
	if armed.Load() {
		t.Fatal("no answer was lost")
	}
	for _, d := range fixtures.Compare(1, fixtures.Generate(3).Truths(), b.results(sw.ID)) {
		t.Error(d)
	}
	b.until(b.store.Pool, `SELECT NOT EXISTS (SELECT FROM sweep_units WHERE recoveries > 0)`)
}

// TestNoticedInTime: however a worker is lost, its jobs are back within 15 seconds.
func TestNoticedInTime(t *testing.T) {
	t.Parallel()
	const promised = 15 * time.Second
	for how, silence := range map[string]time.Duration{"frozen": config.HeartbeatLost, "killed": config.HeartbeatSilent} {
		if got := silence + config.HeartbeatEvery; got > promised {
			t.Errorf("a %s worker is noticed after up to %v, promised are %v", how, got, promised)
		}
	}
	if config.HeartbeatSilent <= config.HeartbeatEvery {
		t.Error("a worker that lost its connection is taken for dead before its next beat")
	}
}

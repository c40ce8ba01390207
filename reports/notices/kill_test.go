package notices

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/config"
	"marketwarden/internal/store"
)

// delivererEnv makes the test program a process that delivers: it holds the port of the
// mail server. The database is in DATABASE_URL.
const delivererEnv = "MARKETWARDEN_TEST_DELIVER_PORT"

// killSettings are those of the processes that are killed.
func killSettings(port int) config.Notices {
	c := settings(config.ChannelSMTP)
	c.SMTP.Port, c.Attempts = port, 1000
	return c
}

// delivererMain delivers all that is queued and returns the exit code.
func delivererMain() int {
	ctx := context.Background()
	port, err := strconv.Atoi(os.Getenv(delivererEnv))
	if err != nil {
		return 1
	}
	// A schema that is there already is not looked at for longer than need be.
	s, err := store.Open(ctx, store.Options{DatabaseURL: os.Getenv("DATABASE_URL"), AsIs: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	o := &Outbox{
		Store: s, Config: killSettings(port), Patience: time.Minute, Log: slog.New(slog.DiscardHandler),
		Compose: func(_ context.Context, n store.Notice) (*Message, error) { return plainNotice(&n), nil },
	}
	_, err = o.Deliver(ctx)
	if err := errors.Join(err, s.Close(ctx)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// trap says when to kill: the n-th time that the mail server comes to a stage. There it
// waits until the process at the other end is dead, or goes on until that dies soon after.
type trap struct {
	stage  string
	n      int
	holds  bool
	after  time.Duration // 0 where it holds
	sprung chan struct{}
	killed chan struct{}
}

func newTrap(dice *rand.Rand) *trap {
	tr := &trap{
		stage: []string{"mail", "rcpt", "data", "dot"}[dice.IntN(4)], n: 1 + dice.IntN(2), holds: dice.IntN(3) > 0,
		sprung: make(chan struct{}), killed: make(chan struct{}),
	}
	if !tr.holds {
		tr.after = time.Duration(dice.IntN(2000)) * time.Microsecond
	}
	return tr
}

// TestKills kills a process that sends notices a hundred times, at random stages and
// random moments, starting another one each time. Nothing arrives twice, whatever arrived
// is not taken for unsent, and nothing is lost: a notice is sent or a person is told that
// nobody knows. After that person has settled it by what arrived, each content has
// arrived exactly once.
func TestKills(t *testing.T) {
	t.Parallel()
	const notices, kills = 250, 100
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))

	var mu sync.Mutex
	var set *trap
	server := &mailServer{hook: func(stage string, _ *smtp.Conn) error {
		mu.Lock()
		tr := set
		if tr == nil || tr.stage != stage {
			mu.Unlock()
			return nil
		}
		tr.n--
		sprung := tr.n == 0
		mu.Unlock()
		if sprung {
			close(tr.sprung)
		}
		if sprung && tr.holds {
			<-tr.killed
		}
		return nil
	}}
	server.serve(t, "none", nil)
	o := outboxOf(t, notices, killSettings(server.port))

	killed := 0
	for killed < kills {
		tr := newTrap(dice)
		mu.Lock()
		set = tr
		mu.Unlock()
		p := startDeliverer(t, o.Store, server.port)
		early := time.Minute
		if dice.IntN(10) == 0 { // before it has begun, or just then
			early = time.Duration(dice.IntN(20)) * time.Millisecond
		}
		select {
		case <-tr.sprung:
			time.Sleep(tr.after) // a random moment is what is wanted here
		case <-time.After(early):
		case <-p.done:
		}
		died := p.kill()
		close(tr.killed)
		if !died {
			break // there was nothing left for it to do
		}
		killed++
	}
	mu.Lock()
	set = nil
	mu.Unlock()
	if p := startDeliverer(t, o.Store, server.port); !p.end(t) {
		t.Fatal("the last process failed")
	}
	before := states(t, o.Store)
	t.Logf("%d kills; notices by state: %v", killed, before)

	arrived := server.subjects(t, "X-Marketwarden-Reference")
	list, err := o.Store.NoticesWhere(t.Context(), store.NoticeFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		n := &list[i]
		times := arrived[n.Reference]
		delete(arrived, n.Reference)
		if times > 1 {
			t.Errorf("%s arrived %d times", n.Reference, times)
		}
		switch n.State {
		case store.NoticeSent:
			if times != 1 {
				t.Errorf("%s is sent and did not arrive", n.Reference)
			}
		case store.NoticeUnknown:
			settle(t, o.Store, n, times > 0)
		default:
			t.Errorf("%s is %s", n.Reference, n.State)
		}
	}
	if len(arrived) > 0 {
		t.Errorf("mails of no notice arrived: %v", arrived)
	}
	if killed < kills || before[store.NoticeUnknown] < kills/4 {
		t.Errorf("%d kills, %d unknown: that proves little", killed, before[store.NoticeUnknown])
	}

	if _, err := o.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for i := range notices {
		want[fmt.Sprintf("notice of f%d", i+1)] = 1
	}
	if diff := cmp.Diff(want, server.subjects(t, "Subject")); diff != "" {
		t.Errorf("contents that arrived (-want +got)\n%s", diff)
	}
}

// settle is what a person does who looked into the mail server.
func settle(t *testing.T, s *store.Store, n *store.Notice, sent bool) {
	t.Helper()
	_, err := s.SettleNotice(t.Context(), n.Reference, sent, "ann", "looked into the mail server", time.Now())
	if err == nil && !sent {
		_, err = s.RequeueNotice(t.Context(), n.Reference, "ann", "it did not arrive", time.Now())
	}
	if err != nil {
		t.Error(err)
	}
}

// deliverer is another process that delivers.
type deliverer struct {
	cmd  *exec.Cmd
	out  strings.Builder
	done chan struct{} // closed when the process has ended
	err  error
}

func startDeliverer(t *testing.T, s *store.Store, port int) *deliverer {
	t.Helper()
	p := &deliverer{cmd: exec.CommandContext(t.Context(), os.Args[0]), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "DATABASE_URL="+s.Pool.Config().ConnString(), delivererEnv+"="+strconv.Itoa(port))
	p.cmd.Stderr = &p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		p.err = p.cmd.Wait()
	}()
	return p
}

// kill kills the process and reports whether it still lived.
func (p *deliverer) kill() bool {
	_ = p.cmd.Process.Kill()
	<-p.done
	return p.err != nil
}

// end waits until the process has ended by itself and reports whether it did well.
func (p *deliverer) end(t *testing.T) bool {
	t.Helper()
	<-p.done
	if p.err != nil {
		t.Log(p.err, p.out.String())
	}
	return p.err == nil
}

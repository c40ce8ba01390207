package fetch

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/config"
	"marketwarden/internal/record"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestRobotsStatuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		robots http.HandlerFunc
		want   string
		says   string
		after  time.Duration
	}{
		{"allowed", text("User-agent: *\nDisallow: /other"), "", "", 0},
		{"forbidden", text("User-agent: *\nDisallow: /page"), record.ReasonRobots, "forbids this program /page", 0},
		{"404", statusOnly(404), "", "", 0},
		{"403", statusOnly(403), "", "", 0},
		{"500", statusOnly(500), record.ReasonErrorStatus, "500 Internal Server Error", 0},
		{"429", statusOnly(429, "Retry-After", "60"), record.ReasonRobots, "429", time.Minute},
		{"redirected", redirectTo("/moved-robots"), record.ReasonRobots, "forbids", 0},
		{"redirected to another host", redirectTo("http://b.example/moved-robots"), record.ReasonRobots, "forbids", 0},
		{"redirected for ever", redirectTo("/robots.txt"), "", "", 0},
		{"redirected inside", redirectTo("http://10.0.0.1/robots.txt"), record.ReasonRefused, "robots.txt of a.example cannot be read", 0},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, record.ReasonUnreachable, "robots.txt of a.example cannot be read", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.mux.HandleFunc("/robots.txt", tt.robots)
			s.mux.HandleFunc("/moved-robots", text("User-agent: *\nDisallow: /page"))
			s.page("/page")
			c := newClient(t, testConfig(s, "a.example", "b.example"))
			v := c.Get(t.Context(), address(t, "http://a.example/page"), GetOptions{})
			if code(v) != tt.want || v.RetryAfter != tt.after {
				t.Fatalf("problem %q (%+v), retry after %v; want %q, %v", code(v), v.Problem, v.RetryAfter, tt.want, tt.after)
			}
			if v.Problem != nil && !strings.Contains(v.Problem.Text.EN, tt.says) {
				t.Errorf("text %q, want %q in it", v.Problem.Text.EN, tt.says)
			}
			for _, r := range s.requests() {
				if tt.want != "" && strings.HasSuffix(r, " /page") {
					t.Error("the page was asked for all the same")
				}
			}
			if v := c.Get(t.Context(), address(t, "http://a.example/page"), GetOptions{SkipRobots: true}); code(v) != "" {
				t.Errorf("without robots: %+v", v.Problem)
			}
		})
	}
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write([]byte(body))
	}
}

func statusOnly(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func redirectTo(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

// TestRobotsOfEveryHop: a redirect does not lead around the robots.txt of its target.
func TestRobotsOfEveryHop(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.mux.HandleFunc("b.example/robots.txt", text("User-agent: marketwarden\nDisallow: /"))
	s.status("/go", 302, "Location", "http://b.example/page")
	s.page("/page")
	c := newClient(t, testConfig(s, "a.example", "b.example"))
	v := c.Get(t.Context(), address(t, "http://a.example/go"), GetOptions{})
	if code(v) != record.ReasonRobots {
		t.Errorf("problem %+v, want robots", v.Problem)
	}
	if diff := cmp.Diff([]string{"http://a.example/go 302", "http://b.example/page 0"}, hops(v)); diff != "" {
		t.Errorf("hops (-want +got)\n%s", diff)
	}
}

// TestHostThatIsDown: the honest reason is that the host is down, not its robots.txt.
func TestHostThatIsDown(t *testing.T) {
	t.Parallel()
	cfg := config.Default().Fetch
	cfg.Resolve = map[string]string{"a.example": "127.0.0.1:1"}
	v := newClient(t, cfg).Get(t.Context(), address(t, "http://a.example/"), GetOptions{})
	if code(v) != record.ReasonUnreachable || v.Problem.Text.EN != "the connection was refused" || !v.Retryable {
		t.Errorf("problem %+v, retryable %v", v.Problem, v.Retryable)
	}
}

func TestRobotsAreAskedForOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/")
	var asked atomic.Int64
	s.mux.HandleFunc("/robots.txt", func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusNotFound)
	})
	now := &clock{now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	c, err := New(testConfig(s, "a.example"), Options{Guard: loopbackGuard(t), Now: now.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	visit := func() {
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if v := c.Get(t.Context(), address(t, "http://a.example/"), GetOptions{}); code(v) != "" {
					t.Errorf("problem %+v", v.Problem)
				}
			})
		}
		wg.Wait()
	}
	visit()
	now.advance(config.RobotsTTL - time.Second)
	visit()
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times within a day, want 1", n)
	}
	now.advance(2 * time.Second)
	visit()
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times in two days, want 2", n)
	}
}

// TestRobotsFailureIsForgotten: a host that recovers is not barred for a day.
func TestRobotsFailureIsForgotten(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/")
	var asked atomic.Int64
	s.mux.HandleFunc("/robots.txt", func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	})
	now := &clock{now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	c, err := New(testConfig(s, "a.example"), Options{Guard: loopbackGuard(t), Now: now.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	get := func() Visit { return c.Get(t.Context(), address(t, "http://a.example/"), GetOptions{}) }
	if v := get(); code(v) != record.ReasonErrorStatus || !v.Retryable {
		t.Errorf("first visit %+v, retryable %v", v.Problem, v.Retryable)
	}
	if v := get(); code(v) != record.ReasonErrorStatus || asked.Load() != 1 {
		t.Errorf("second visit %+v after %d requests", v.Problem, asked.Load())
	}
	now.advance(30 * time.Second)
	if v := get(); code(v) != "" {
		t.Errorf("later visit %+v", v.Problem)
	}
}

func TestRobotsCacheIsBounded(t *testing.T) {
	t.Parallel()
	now := &clock{}
	rc := &robotsCache{now: now.Now, entries: map[string]*robotsEntry{}}
	rules := ParseRobots([]byte("User-agent: *\nDisallow: /" + strings.Repeat("x", 10_000))).forAgent(robotsAgent)
	for i := range 3 * maxRobotsMemory / 10_000 {
		rc.get(t.Context(), strings.Repeat("k", i%7)+string(rune(i)), func() robotsAnswer {
			return robotsAnswer{rules: rules, ttl: time.Hour}
		})
	}
	if rc.memory > maxRobotsMemory || rc.memory <= 0 {
		t.Errorf("the cache holds %d bytes, at most %d are allowed", rc.memory, maxRobotsMemory)
	}
}

func TestCrawlDelayWidensThePace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.mux.HandleFunc("/robots.txt", text("User-agent: *\nCrawl-delay: 20"))
	s.page("/")
	c := newClient(t, testConfig(s, "a.example"))
	if v := c.Get(t.Context(), address(t, "http://a.example/"), GetOptions{}); code(v) != "" {
		t.Fatalf("problem %+v", v.Problem)
	}
	if d := c.delays.take("a.example", time.Second); d < 10*time.Second {
		t.Errorf("the next request may start after %v, want some 20s", d)
	}
}

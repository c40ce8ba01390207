package fetch

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/netguard"
)

// TestObserve: each request over the network is told once, with its class, and what was
// never sent is not told.
func TestObserve(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/ok")
	s.status("/robots.txt", 404)
	s.status("/gone", 410, "Retry-After", "60") // which is not asked a second time
	s.status("/fails", 503, "Retry-After", "60")
	s.status("/moved", 302, "Location", "/ok")
	s.mux.HandleFunc("/broken", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	hangs := make(chan struct{})
	t.Cleanup(func() { close(hangs) })
	s.mux.HandleFunc("/hangs", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hangs:
		case <-r.Context().Done():
		}
	})
	var mu sync.Mutex
	var seen []string
	cfg := testConfig(s, "a.example")
	cfg.Headers = 200 * time.Millisecond
	c, err := New(cfg, Options{Guard: loopbackGuard(t), Observe: func(o Observation) {
		mu.Lock()
		defer mu.Unlock()
		if o.Took < 0 || !slices.Contains(Outcomes(), o.Outcome) {
			t.Errorf("observed %+v", o)
		}
		seen = append(seen, o.Outcome)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	for _, test := range []struct {
		address string
		want    []string
	}{
		{"http://a.example/ok", []string{"4xx", "2xx"}}, // robots.txt first
		{"http://a.example/ok", []string{"2xx"}},
		{"http://a.example/gone", []string{"4xx"}},
		{"http://a.example/fails", []string{"5xx"}},
		{"http://a.example/moved", []string{"3xx", "2xx"}},
		{"http://a.example/broken", []string{"broken"}},
		{"http://a.example/hangs", []string{"timeout"}},
		{"http://10.0.0.1/", nil}, // refused as written
	} {
		seen = nil
		c.Get(t.Context(), address(t, test.address), GetOptions{})
		if diff := cmp.Diff(test.want, seen); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.address, diff)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.mux.HandleFunc("/called-off", func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	seen = nil
	c.Get(ctx, address(t, "http://a.example/called-off"), GetOptions{})
	if diff := cmp.Diff([]string{"called_off"}, seen); diff != "" {
		t.Errorf("called off (-want +got)\n%s", diff)
	}
}

func TestOutcomeOfFailures(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		at   phase
		err  error
		want string
	}{
		{phaseDNS, errors.New("no such host"), "dns"},
		{phaseConnect, errors.New("connection refused"), "connect"},
		{phaseConnect, netguard.ErrRefused, "refused"},
		{phaseTLS, errors.New("bad record"), "tls"},
		{phaseHeaders, errors.New("EOF"), "broken"},
		{phaseBody, errCoding, "broken"},
		{phaseBody, context.DeadlineExceeded, "timeout"},
	} {
		if got := outcome(t.Context(), 0, test.at, test.err); got != test.want {
			t.Errorf("outcome of %v in phase %d is %q, want %q", test.err, test.at, got, test.want)
		}
	}
	for status, want := range map[int]string{101: "other", 200: "2xx", 301: "3xx", 404: "4xx", 500: "5xx", 999: "other"} {
		if got := outcome(t.Context(), status, phaseBody, nil); got != want {
			t.Errorf("outcome of status %d is %q, want %q", status, got, want)
		}
	}
}

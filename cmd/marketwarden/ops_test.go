package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"marketwarden/internal/config"
	"marketwarden/internal/store/storetest"
)

// opsApp is an app that logs nowhere.
func opsApp(t *testing.T) *app {
	t.Helper()
	return &app{ctx: t.Context(), cfg: config.Default(), log: slog.New(slog.DiscardHandler), now: time.Now}
}

// serve starts the listener and returns its address.
func (a *app) serve(t *testing.T, reg *prometheus.Registry, ready func(context.Context) error) string {
	t.Helper()
	stop, addr, err := a.serveOps(t.Context(), "127.0.0.1:0", reg, ready)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return "http://" + addr
}

func ask(t *testing.T, method, address string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestOpsPaths: three paths for GET and HEAD, nothing else.
func TestOpsPaths(t *testing.T) {
	t.Parallel()
	base := opsApp(t).serve(t, prometheus.NewRegistry(), func(context.Context) error { return nil })
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{http.MethodGet, "/healthz", 200, "ok\n"},
		{http.MethodHead, "/healthz", 200, ""},
		{http.MethodGet, "/readyz", 200, "ready\n"},
		{http.MethodGet, "/metrics", 200, ""},
		{http.MethodPost, "/healthz", 405, "Method Not Allowed\n"},
		{http.MethodDelete, "/metrics", 405, "Method Not Allowed\n"},
		{http.MethodGet, "/", 404, "404 page not found\n"},
		{http.MethodGet, "/metrics/x", 404, "404 page not found\n"},
		{http.MethodGet, "/debug/pprof/", 404, "404 page not found\n"},
	} {
		status, body := ask(t, c.method, base+c.path)
		if status != c.status || body != c.body {
			t.Errorf("%s %s: %d %q, want %d %q", c.method, c.path, status, body, c.status, c.body)
		}
	}
}

// TestReadyzSaysWhy: the reason stands on one line, whatever is in it.
func TestReadyzSaysWhy(t *testing.T) {
	t.Parallel()
	base := opsApp(t).serve(t, prometheus.NewRegistry(), func(context.Context) error { return errors.New("the database\nis \x1b[31mgone") })
	status, body := ask(t, http.MethodGet, base+"/readyz")
	if status != http.StatusServiceUnavailable || strings.Count(body, "\n") != 1 || strings.Contains(body, "\x1b") || !strings.HasPrefix(body, "the database") {
		t.Errorf("readyz: %d %q", status, body)
	}
}

// TestOpsListener: it can be off, says what is wrong with an address, outlives the context
// so that draining can be watched, and leaves nothing behind.
func TestOpsListener(t *testing.T) {
	a := opsApp(t)
	ready := func(context.Context) error { return nil }
	for _, off := range []string{"", "off"} {
		stop, addr, err := a.serveOps(t.Context(), off, nil, ready)
		if err != nil || addr != "" {
			t.Errorf("listen %q: %q, %v", off, addr, err)
		}
		stop()
	}
	if _, _, err := a.serveOps(t.Context(), "127.0.0.1:99999", nil, ready); err == nil {
		t.Error("a port that is none was listened on")
	}
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(t.Context())
	stop, addr, err := a.serveOps(ctx, "127.0.0.1:0", prometheus.NewRegistry(), ready)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if status, _ := ask(t, http.MethodGet, "http://"+addr+"/readyz"); status != http.StatusOK {
		t.Errorf("after the end of its context: %d", status)
	}
	stop()
	goleak.VerifyNone(t, before)
	if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr); err == nil {
		_ = conn.Close()
		t.Error("it still listens after stop")
	}
}

// TestOpsWithoutDatabase: a database that is gone is a figure and a 503, never a scrape
// that fails.
func TestOpsWithoutDatabase(t *testing.T) {
	t.Parallel()
	a := opsApp(t)
	s := storetest.New(t)
	reg, err := a.newRegistry(s)
	if err != nil {
		t.Fatal(err)
	}
	base := a.serve(t, reg, s.Health)
	s.Pool.Close()
	if status, _ := ask(t, http.MethodGet, base+"/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("readyz without a database: %d", status)
	}
	for range 2 {
		status, body := ask(t, http.MethodGet, base+"/metrics")
		if status != http.StatusOK || !strings.Contains(body, "\nmarketwarden_database_up 0\n") || !strings.Contains(body, "\nmarketwarden_build_info{") {
			t.Errorf("metrics without a database: %d\n%s", status, body)
		}
	}
	if status, _ := ask(t, http.MethodGet, base+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz without a database: %d", status)
	}
}

// TestMetricsAreDocumented: docs/operations.md and the program name the same series with
// the same labels.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	a := opsApp(t)
	reg, err := a.newRegistry(storetest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	row := regexp.MustCompile("(?m)^\\| `(marketwarden_[a-z_]+)` \\| ([^|]*?) ?\\| ")
	for _, m := range row.FindAllStringSubmatch(string(body), -1) {
		documented[m[1]] = strings.ReplaceAll(m[2], "`", "")
	}
	if diff := cmp.Diff(described(t, reg), documented); diff != "" {
		t.Errorf("docs/operations.md against the registry (-registry +documented)\n%s", diff)
	}
	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Errorf("lint: %v %v", problems, err)
	}
}

// described are our series with their labels, read from their descriptions: what has no
// value yet is not gathered.
func described(t *testing.T, reg *prometheus.Registry) map[string]string {
	t.Helper()
	descs := make(chan *prometheus.Desc)
	go func() {
		defer close(descs)
		reg.Describe(descs)
	}()
	out := map[string]string{}
	form := regexp.MustCompile(`fqName: "([^"]+)".*constLabels: {([^}]*)}, variableLabels: {([^}]*)}`)
	for d := range descs {
		m := form.FindStringSubmatch(d.String())
		if m == nil {
			t.Fatalf("a description of an unknown form: %s", d)
		}
		if !strings.HasPrefix(m[1], "marketwarden_") {
			continue
		}
		var labels []string
		for l := range strings.SplitSeq(m[2]+","+m[3], ",") {
			if name, _, _ := strings.Cut(l, "="); name != "" {
				labels = append(labels, name)
			}
		}
		out[m[1]] = strings.Join(labels, ", ")
	}
	return out
}

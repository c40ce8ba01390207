package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"marketwarden/internal/store/storetest"
)

// TestWorkerIsWatched: a worker says where it can be watched, becomes ready, tells its
// figures, and ends with 0 when it is told to stop.
func TestWorkerIsWatched(t *testing.T) {
	s := storetest.New(t)
	t.Setenv("DATABASE_URL", s.Pool.Config().ConnString())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	log, stderr := io.Pipe()
	code := make(chan int, 1)
	go func() {
		defer stderr.Close()
		code <- run(ctx, []string{"--market", "demo", "--data-dir", t.TempDir(), "--log-format", "json", "worker", "--listen", "127.0.0.1:0"},
			strings.NewReader(""), io.Discard, stderr)
	}()
	addr := ""
	lines := bufio.NewScanner(log)
	for addr == "" && lines.Scan() {
		var line struct{ Msg, Listen string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Errorf("a line of the log is no JSON: %q", lines.Text())
		}
		addr = line.Listen
	}
	if addr == "" {
		t.Fatalf("the worker does not say where it listens; exit %d", <-code)
	}
	drained := make(chan struct{})
	go func() { defer close(drained); _, _ = io.Copy(io.Discard, log) }()

	status, deadline := 0, time.Now().Add(30*time.Second)
	for status != http.StatusOK && time.Now().Before(deadline) {
		select {
		case <-time.After(20 * time.Millisecond): // between two probes
		case <-t.Context().Done():
		}
		status, _ = ask(t, http.MethodGet, "http://"+addr+"/readyz")
	}
	if status != http.StatusOK {
		t.Errorf("the worker is not ready: %d", status)
	}
	_, metrics := ask(t, http.MethodGet, "http://"+addr+"/metrics")
	for _, want := range []string{"\nmarketwarden_database_up 1\n", "\nmarketwarden_workers 1\n", `marketwarden_queue_workers{queue="default"} 1`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %q", want)
		}
	}
	cancel()
	if got := <-code; got != exitDone {
		t.Errorf("exit %d, want %d", got, exitDone)
	}
	<-drained
}

package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/record"
)

func gzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestBodies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coded := func(path, coding string, body []byte) {
		s.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", coding)
			_, _ = w.Write(body)
		})
	}
	once := gzipped(t, []byte(okPage))
	big := append([]byte("<p>"), bytes.Repeat([]byte("云市场"), config.MaxBodyBytes/9+10)...)
	coded("/gzip", "gzip", once)
	coded("/gzip-said-only", "gzip", []byte(okPage))
	coded("/gzip-broken", "gzip", once[:len(once)-12])
	coded("/gzip-twice", "gzip", gzipped(t, once))
	coded("/br", "br", []byte("\x0b\x02\x80"))
	coded("/bomb", "gzip", gzipped(t, bytes.Repeat([]byte("<p>0</p>"), 3*config.MaxBodyBytes/8)))
	coded("/at-limit", "identity", big[:config.MaxBodyBytes])
	coded("/over-limit", "identity", big)
	s.mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		chunk := bytes.Repeat([]byte("<p>x</p>"), 8<<10)
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	s.mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write([]byte(okPage))
	})
	s.mux.HandleFunc("/404-short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		w.WriteHeader(http.StatusNotFound)
	})
	c := newClient(t, testConfig(s, "a.example"))
	tests := []struct {
		path, code string
		truncated  bool
		size       int // of Raw; -1 = not looked at
	}{
		{"/gzip", "", false, len(okPage)},
		{"/gzip-said-only", "", false, len(okPage)},
		{"/gzip-broken", record.ReasonUnreachable, false, -1},
		{"/gzip-twice", record.ReasonNotHTML, false, 0},
		{"/br", record.ReasonNotHTML, false, 0},
		{"/bomb", "", true, config.MaxBodyBytes},
		{"/at-limit", "", false, config.MaxBodyBytes},
		{"/over-limit", "", true, config.MaxBodyBytes},
		{"/endless", "", true, config.MaxBodyBytes},
		{"/short", record.ReasonUnreachable, false, -1},
		{"/404-short", record.ReasonErrorStatus, false, -1},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			v := c.Get(t.Context(), address(t, "http://a.example"+tt.path), GetOptions{})
			if code(v) != tt.code || v.Truncated != tt.truncated {
				t.Errorf("problem %q (%+v), truncated %v; want %q, %v", code(v), v.Problem, v.Truncated, tt.code, tt.truncated)
			}
			if tt.size >= 0 && len(v.Raw) != tt.size {
				t.Errorf("%d bytes, want %d", len(v.Raw), tt.size)
			}
			if tt.path == "/over-limit" && v.CharsetBy != ByValid {
				t.Errorf("a page cut inside a character is %s by %s", v.Charset, v.CharsetBy)
			}
		})
	}
}

// raw serves bytes as they are, one function a connection; the connection closes when
// it returns. done ends with the test.
func raw(t *testing.T, serve func(done <-chan struct{}, c net.Conn)) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(done, conn)
			}()
		}
	}()
	t.Cleanup(func() {
		close(done)
		_ = l.Close()
		<-finished
	})
	return l.Addr().String()
}

// readRequest reads one request from the connection.
func readRequest(c net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err == nil {
		_ = r.Body.Close()
	}
}

func TestNetworkProblems(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
	silent := raw(t, func(done <-chan struct{}, c net.Conn) { readRequest(c); <-done })
	mute := raw(t, func(done <-chan struct{}, _ net.Conn) { <-done })
	drip := raw(t, func(done <-chan struct{}, c net.Conn) {
		readRequest(c)
		_, err := c.Write([]byte(head + "<p>"))
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for err == nil {
			select {
			case <-tick.C:
				_, err = c.Write([]byte("x"))
			case <-done:
				return
			}
		}
	})
	dripRedirect := raw(t, func(done <-chan struct{}, c net.Conn) {
		readRequest(c)
		_, _ = c.Write([]byte("HTTP/1.1 302 Found\r\nLocation: http://ok.example/\r\n\r\n"))
		<-done
	})
	hangUp := raw(t, func(_ <-chan struct{}, c net.Conn) { readRequest(c) })
	garbage := raw(t, func(_ <-chan struct{}, c net.Conn) { readRequest(c); _, _ = c.Write([]byte("SSH-2.0-x\r\n\r\n")) })
	bigHeader := raw(t, func(_ <-chan struct{}, c net.Conn) {
		readRequest(c)
		_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", config.MaxHeaderBytes+10) + "\r\n\r\n"))
	})
	s := newSite(t)
	s.page("/")

	cfg := testConfig(s, "ok.example")
	cfg.Total, cfg.Connect, cfg.Headers = 2*time.Second, time.Second, 500*time.Millisecond
	maps.Copy(cfg.Resolve, map[string]string{
		"silent.example": silent, "mute.example": mute, "drip.example": drip, "drip-redirect.example": dripRedirect,
		"hang-up.example": hangUp, "garbage.example": garbage, "header.example": bigHeader,
		"closed.example": "127.0.0.1:1",
	})
	c := newClient(t, cfg)
	tests := []struct{ url, code, says string }{
		{"http://silent.example/", record.ReasonUnreachable, "waiting for the answer took too long"},
		{"http://drip.example/", record.ReasonUnreachable, "reading the body took too long"},
		{"https://mute.example/", record.ReasonUnreachable, "the TLS handshake took too long"},
		{"http://drip-redirect.example/", "", ""},
		{"http://closed.example/", record.ReasonUnreachable, "the connection was refused"},
		{"http://hang-up.example/", record.ReasonUnreachable, "broke the connection off"},
		{"http://garbage.example/", record.ReasonUnreachable, "the request failed"},
		{"http://header.example/", record.ReasonUnreachable, "the request failed"},
		{"https://ok.example/", record.ReasonUnreachable, "the TLS handshake failed"},
	}
	for _, tt := range tests {
		t.Run(tt.url, func(t *testing.T) {
			t.Parallel()
			v := c.Get(t.Context(), address(t, tt.url), GetOptions{SkipRobots: true})
			if code(v) != tt.code {
				t.Fatalf("problem %q (%+v), want %q", code(v), v.Problem, tt.code)
			}
			if tt.code == "" {
				return
			}
			if !strings.Contains(v.Problem.Text.EN, tt.says) || v.Problem.Text.ZH == "" {
				t.Errorf("text %+v, want %q in it", v.Problem.Text, tt.says)
			}
			if !v.Retryable {
				t.Error("not worth another try")
			}
		})
	}
}

func TestSlowHostDoesNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/")
	release := make(chan struct{})
	arrived := make(chan struct{}, 1)
	s.mux.HandleFunc("slow.example/", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case arrived <- struct{}{}:
		default:
		}
		<-release
		w.WriteHeader(http.StatusNotFound)
	})
	c := newClient(t, testConfig(s, "slow.example", "fast.example"))
	pacer := NewPacer(1000)
	done := make(chan Visit, 2*config.MaxConnsPerHost)
	for range cap(done) {
		go func() {
			done <- c.Get(t.Context(), address(t, "http://slow.example/"), GetOptions{Before: pacer.Wait})
		}()
	}
	<-arrived
	for range 20 {
		if v := c.Get(t.Context(), address(t, "http://fast.example/"), GetOptions{Before: pacer.Wait}); code(v) != "" {
			t.Fatalf("fast host: %+v", v.Problem)
		}
	}
	close(release)
	for range cap(done) {
		<-done
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	to := raw(t, func(done <-chan struct{}, c net.Conn) { readRequest(c); close(arrived); <-done })
	cfg := config.Default().Fetch
	cfg.Resolve = map[string]string{"a.example": to}
	c := newClient(t, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	v := c.Get(ctx, address(t, "http://a.example/"), GetOptions{SkipRobots: true})
	if code(v) != record.ReasonUnreachable || !v.Retryable || v.Attempts != 1 {
		t.Errorf("visit %+v, want one attempt that was called off", v)
	}
}

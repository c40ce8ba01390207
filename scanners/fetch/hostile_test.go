package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"marketwarden/internal/config"
	"marketwarden/internal/netguard"
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

// nameServer answers every question for an IPv4 address with what answer says; 0.0.0.0
// means that there is no such name.
func nameServer(t *testing.T, answer func(n int64) [4]byte) *net.Resolver {
	t.Helper()
	pc, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	finished := make(chan struct{})
	var n atomic.Int64
	go func() {
		defer close(finished)
		buf := make([]byte, 512)
		for {
			size, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.Additionals = true, nil
			if q.Type == dnsmessage.TypeA {
				ip := answer(n.Add(1))
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: ip},
				}}
				if ip == [4]byte{} {
					m.RCode, m.Answers = dnsmessage.RCodeNameError, nil
				}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = pc.WriteTo(out, from)
			}
		}
	}()
	t.Cleanup(func() { _ = pc.Close(); <-finished })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

// TestNamesThatLeadInside: a public name whose address is private is refused when it is
// dialled, also when it was public the last time it was asked for.
func TestNamesThatLeadInside(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/")
	for name, ip := range map[string][4]byte{"loopback": {127, 0, 0, 1}, "metadata": {169, 254, 169, 254}, "private": {10, 0, 0, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			guard, err := netguard.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			c, err := New(config.Default().Fetch, Options{Guard: guard})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			c.dialer.Resolver = nameServer(t, func(int64) [4]byte { return ip })
			v := c.Get(t.Context(), address(t, "http://www.example.com/"), GetOptions{})
			if code(v) != record.ReasonRefused || v.Retryable || v.Final.String() != "http://www.example.com/" {
				t.Errorf("problem %+v, retryable %v; want address_refused", v.Problem, v.Retryable)
			}
		})
	}
	t.Run("rebound", func(t *testing.T) {
		t.Parallel()
		_, port, err := net.SplitHostPort(s.addr())
		if err != nil {
			t.Fatal(err)
		}
		c := newClient(t, config.Default().Fetch)
		c.dialer.Resolver = nameServer(t, func(n int64) [4]byte {
			if n == 1 {
				return [4]byte{127, 0, 0, 1} // allowed in this client
			}
			return [4]byte{10, 0, 0, 1}
		})
		u := address(t, fmt.Sprintf("http://www.example.com:%s/", port))
		if v := c.Get(t.Context(), u, GetOptions{SkipRobots: true}); code(v) != "" {
			t.Fatalf("first visit: %+v", v.Problem)
		}
		c.transport.CloseIdleConnections()
		if v := c.Get(t.Context(), u, GetOptions{SkipRobots: true}); code(v) != record.ReasonRefused {
			t.Errorf("second visit: %+v, want address_refused", v.Problem)
		}
	})
	if n := s.conns.Load(); n > 1 {
		t.Errorf("%d connections reached the server inside", n)
	}
}

func TestUnknownName(t *testing.T) {
	t.Parallel()
	c := newClient(t, config.Default().Fetch)
	c.dialer.Resolver = nameServer(t, func(int64) [4]byte { return [4]byte{} })
	v := c.Get(t.Context(), address(t, "http://gone.example.com/"), GetOptions{})
	if code(v) != record.ReasonUnreachable || v.Problem.Text.EN != "the host name gone.example.com does not exist" || !v.Retryable {
		t.Errorf("problem %+v, retryable %v", v.Problem, v.Retryable)
	}
}

func TestOverridesObeyThePolicy(t *testing.T) {
	t.Parallel()
	cfg := config.Default().Fetch
	cfg.Resolve = map[string]string{"a.example": "10.0.0.1:80", "b.example": "169.254.169.254:80"}
	c := newClient(t, cfg)
	for host := range cfg.Resolve {
		if v := c.Get(t.Context(), address(t, "http://"+host+"/"), GetOptions{}); code(v) != record.ReasonRefused {
			t.Errorf("%s: %+v, want address_refused", host, v.Problem)
		}
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, "<p>%s %s %s</p>", r.Proto, r.TLS.ServerName, r.Host)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	cfg := config.Default().Fetch
	to := srv.Listener.Addr().String()
	cfg.Resolve = map[string]string{"example.com:443": to, "other.test": to}

	stranger := newClient(t, cfg)
	v := stranger.Get(t.Context(), address(t, "https://example.com/"), GetOptions{SkipRobots: true})
	if code(v) != record.ReasonUnreachable || v.Retryable || !strings.Contains(v.Problem.Text.EN, "issuer is not trusted") {
		t.Errorf("unknown issuer: %+v", v.Problem)
	}

	c := newClient(t, cfg)
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	c.transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	v = c.Get(t.Context(), address(t, "https://example.com/"), GetOptions{SkipRobots: true})
	if got, want := string(v.Body), "<p>HTTP/2.0 example.com example.com</p>"; got != want {
		t.Errorf("body %q (%+v), want %q", got, v.Problem, want)
	}
	v = c.Get(t.Context(), address(t, "https://example.com//x"), GetOptions{SkipRobots: true})
	if code(v) != "" {
		t.Errorf("a path of two slashes over HTTP/2: %+v", v.Problem)
	}
	v = c.Get(t.Context(), address(t, "https://other.test/"), GetOptions{SkipRobots: true})
	if code(v) != record.ReasonUnreachable || !strings.Contains(v.Problem.Text.EN, "another host name") {
		t.Errorf("certificate of another host: %+v", v.Problem)
	}
}

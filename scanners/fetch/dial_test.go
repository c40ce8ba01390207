package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"marketwarden/internal/config"
	"marketwarden/internal/netguard"
	"marketwarden/internal/record"
)

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
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			if q.Type == dnsmessage.TypeA {
				if ip := answer(n.Add(1)); ip == [4]byte{} {
					m.RCode = dnsmessage.RCodeNameError
				} else {
					m.Answers = []dnsmessage.Resource{{
						Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
						Body:   &dnsmessage.AResource{A: ip},
					}}
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
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // it would report our refusals
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

package fetch

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"

	"marketwarden/internal/config"
	"marketwarden/internal/netguard"
	"marketwarden/internal/weburl"
)

const okPage = "<!DOCTYPE html><html><head><title>某某科技</title></head><body><p>云市场商品</p></body></html>"

// site is a small web on loopback: every host name in it leads to one server.
type site struct {
	*httptest.Server
	mux   *http.ServeMux
	conns atomic.Int64 // accepted connections

	mu   sync.Mutex
	seen []string // "host path" of each request, robots.txt included
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{mux: http.NewServeMux()}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.seen = append(s.seen, r.Host+" "+r.URL.RequestURI())
		s.mu.Unlock()
		s.mux.ServeHTTP(w, r)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.conns.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *site) addr() string { return s.Listener.Addr().String() }

func (s *site) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.seen...)
}

// page serves okPage at path.
func (s *site) page(path string) {
	s.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(okPage)) // the client may have gone
	})
}

// status answers path with an empty page of that status.
func (s *site) status(path string, code int, header ...string) {
	s.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	})
}

// testConfig sends hosts to the site and has no waits.
func testConfig(s *site, hosts ...string) config.Fetch {
	cfg := config.Default().Fetch
	cfg.Confirm = 0
	cfg.Resolve = map[string]string{}
	for _, h := range hosts {
		cfg.Resolve[h] = s.addr()
	}
	return cfg
}

func loopbackGuard(t *testing.T) *netguard.Guard {
	t.Helper()
	g, err := netguard.New([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func newClient(t *testing.T, cfg config.Fetch) *Client {
	t.Helper()
	c, err := New(cfg, Options{Guard: loopbackGuard(t), Version: "0.1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func address(t *testing.T, raw string) *weburl.URL {
	t.Helper()
	u, err := weburl.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// code is the visit's problem code, "" for none.
func code(v Visit) string {
	if v.Problem == nil {
		return ""
	}
	return v.Problem.Code
}

func hops(v Visit) []string {
	var out []string
	for _, h := range v.Hops {
		out = append(out, fmt.Sprintf("%s %d", h.URL, h.Status))
	}
	return out
}

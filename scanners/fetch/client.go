// Package fetch visits web pages: guarded, polite, bounded. It turns an address into a
// Visit, which is the page in UTF-8 or the reason why there is no page to judge.
//
// Life-cycle: New makes the one Client of a process, which owns one http.Transport and a
// cache of robots.txt; Get may be called from any number of goroutines; Close drops the
// idle connections once nobody uses the client any more. Get starts no goroutine that
// outlives it, other than net/http's own for kept connections.
//
// Every request, that of each redirect and of robots.txt included, passes in this order:
// the scheme, the address policy (netguard, on the address as written), robots.txt of
// its host, the host's Crawl-delay, GetOptions.Before (where callers put their pace), and
// again the address policy, on the IP that is really dialled.
//
// Limits: config.Fetch bounds the time of each phase and of the whole visit, the waits
// for pace not included; internal/config's constants bound headers, body (after
// decompression), redirects, connections and caches.
//
// What it does not do: retry (a Visit says whether it is worth it; the job layer decides
// when), follow meta refresh or scripts, keep cookies from one visit to the next, or use
// a proxy. It does not decide what a missing page means.
package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/netguard"
)

// Options are the parts of a Client that are no configuration.
type Options struct {
	Guard   *netguard.Guard  // required
	Logger  *slog.Logger     // nil = silent
	Now     func() time.Time // nil = time.Now
	Version string           // of this program, for the User-Agent
	// Observe is told of every request that went over the network, from any goroutine and
	// before the visit goes on: it must be quick. nil = nobody asks.
	Observe func(Observation)
}

// Client visits pages. It is safe for concurrent use; one per process is enough.
type Client struct {
	cfg       config.Fetch
	guard     *netguard.Guard
	log       *slog.Logger
	observe   func(Observation) // nil = nobody asks
	now       func() time.Time
	userAgent string
	resolve   map[string]string // host or host:port → ip:port
	dialer    *net.Dialer
	transport *http.Transport
	robots    *robotsCache
	delays    *Pacer // Crawl-delay of the hosts that have one
}

// New makes a Client. cfg is expected to have passed config's Validate.
func New(cfg config.Fetch, opts Options) (*Client, error) {
	if opts.Guard == nil {
		return nil, errors.New("fetch: a client needs an address policy")
	}
	c := &Client{
		cfg: cfg, guard: opts.Guard, log: opts.Logger, observe: opts.Observe, now: opts.Now,
		userAgent: userAgent(opts.Version, cfg.Contact),
		resolve:   make(map[string]string, len(cfg.Resolve)),
		delays:    NewPacer(0),
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	for host, to := range cfg.Resolve {
		if _, err := netip.ParseAddrPort(to); err != nil {
			return nil, fmt.Errorf("fetch: resolve %s: %w", host, err)
		}
		c.resolve[strings.ToLower(host)] = to
	}
	c.robots = &robotsCache{now: c.now, entries: map[string]*robotsEntry{}}
	c.dialer = &net.Dialer{Timeout: cfg.Connect, KeepAlive: 30 * time.Second, Control: opts.Guard.Control}
	c.transport = &http.Transport{
		Proxy:                  nil, // the guard must see the page's address, not a proxy's
		DialContext:            c.dial,
		ForceAttemptHTTP2:      true, // a DialContext of one's own turns HTTP/2 off otherwise
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    cfg.Connect,
		ResponseHeaderTimeout:  cfg.Headers,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConns:           config.MaxIdleConns,
		MaxIdleConnsPerHost:    config.MaxConnsPerHost, // fewer would close and redial between visits
		MaxConnsPerHost:        config.MaxConnsPerHost,
		MaxResponseHeaderBytes: config.MaxHeaderBytes,
		// A connection that died in silence is noticed and replaced.
		HTTP2:              &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second},
		DisableCompression: true, // readBody decodes, once and bounded
	}
	return c, nil
}

// Close drops idle connections. Call it when no Get runs any more.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// dial connects to addr ("host:port") or to what the configuration puts in its place.
// The dialer's Control asks the address policy about the IP in either case.
func (c *Client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	key := strings.ToLower(addr)
	if to, ok := c.resolve[key]; ok {
		addr = to
	} else if host, _, err := net.SplitHostPort(key); err == nil {
		if to, ok := c.resolve[host]; ok {
			addr = to
		}
	}
	conn, err := c.dialer.DialContext(ctx, network, addr)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", addr, err)
	}
	return conn, nil
}

// userAgent says honestly who asks and how to reach the operator.
func userAgent(version, contact string) string {
	ua := robotsAgent
	if version != "" {
		ua += "/" + headerSafe(version)
	}
	if contact != "" {
		ua += " (+" + headerSafe(contact) + ")"
	}
	return ua
}

// headerSafe drops what must not stand in a header.
func headerSafe(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '(' || c == ')' {
			return -1
		}
		return c
	}, s)
}

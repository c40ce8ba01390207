package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"marketwarden/internal/weburl"
)

// errBroken says that a body ended before its end.
var errBroken = errors.New("body broke off")

// errCoding says that a body has a content coding that was not asked for.
var errCoding = errors.New("unknown content coding")

// answer is what one request brought.
type answer struct {
	status int
	header http.Header
	ip     string
	body   []byte // decoded from its content coding
	cut    bool   // the body was longer than the limit
}

// exchange sends one request and reads the answer. limit says, once the headers are
// known, how many bytes of the body are wanted. left is what remains of the visit's time;
// what the exchange took is taken off it. The phase tells how far a failed one got.
func (c *Client) exchange(
	ctx context.Context, u *weburl.URL, cookies []*http.Cookie, left *time.Duration,
	limit func(status int, h http.Header) int,
) (a answer, got phase, err error) {
	if *left <= 0 {
		return answer{}, phaseHeaders, fmt.Errorf("get %s: %w", u, context.DeadlineExceeded)
	}
	start, caller := c.now(), ctx
	defer func() {
		took := c.now().Sub(start)
		*left -= took
		if c.observe != nil {
			c.observe(Observation{Outcome: outcome(caller, a.status, got, err), Took: took})
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, *left)
	defer cancel()

	var at atomic.Int32
	var ip atomic.Value
	// Only forward: a connection that is still being made for this request may report
	// after another one became free and was taken.
	reached := func(p phase) {
		for old := at.Load(); old < int32(p) && !at.CompareAndSwap(old, int32(p)); old = at.Load() {
		}
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart:          func(httptrace.DNSStartInfo) { reached(phaseDNS) },
		ConnectStart:      func(string, string) { reached(phaseConnect) },
		TLSHandshakeStart: func() { reached(phaseTLS) },
		GotConn: func(info httptrace.GotConnInfo) {
			reached(phaseHeaders)
			ip.Store(info.Conn.RemoteAddr().String())
		},
	})
	req := (&http.Request{
		Method: http.MethodGet, URL: requestURL(u), Host: hostHeader(u),
		Header: http.Header{
			"User-Agent":      {c.userAgent},
			"Accept":          {"text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"},
			"Accept-Language": {"zh-CN,zh;q=0.9,en;q=0.5"},
			"Accept-Encoding": {"gzip"},
		},
	}).WithContext(ctx)
	for _, k := range cookies {
		req.AddCookie(k)
	}

	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return answer{}, phase(at.Load()), fmt.Errorf("get %s: %w", u, err)
	}
	defer func() { _ = resp.Body.Close() }() // nothing is lost by a failing close of what was read
	a = answer{status: resp.StatusCode, header: resp.Header}
	a.ip, _ = ip.Load().(string)
	a.body, a.cut, err = readBody(resp, limit(a.status, a.header))
	if err != nil && a.status >= 200 && a.status < 300 {
		return a, phaseBody, fmt.Errorf("read body of %s: %w", u, err)
	}
	// The body of an error or a redirect is an aside: what came of it will do.
	return a, phaseBody, nil
}

// maxWireSlack is how many bytes more than the limit may come over the wire, for streams
// that a content coding makes longer.
const maxWireSlack = 64 << 10

const (
	usualGzip = 5         // how many times as long as its gzip a page of HTML is, roughly
	firstBody = 64 << 10  // room made for a body of unknown length
	roomyBody = 512 << 10 // most room that is made for what a server merely announces
)

// readBody reads at most limit decoded bytes. Only gzip was asked for; a body that says
// it is gzip and is not is taken as it is, which is what its author sees working in
// simpler clients, and one that is gzip inside gzip is decoded once.
func readBody(resp *http.Response, limit int) (body []byte, cut bool, err error) {
	if limit <= 0 {
		return nil, false, nil
	}
	wire := bufio.NewReader(io.LimitReader(resp.Body, int64(limit)+maxWireSlack))
	var r io.Reader = wire
	size := resp.ContentLength // negative when the answer does not tell
	switch coding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); coding {
	case "", "identity", "utf-8", "none":
	case "gzip", "x-gzip":
		if magic, _ := wire.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
			break
		}
		z, err := gzip.NewReader(wire)
		if err != nil {
			return nil, false, broken(err)
		}
		r = z
		size *= usualGzip
	default:
		return nil, false, fmt.Errorf("%w %q", errCoding, coding)
	}
	body, err = readAll(io.LimitReader(r, int64(limit)+1), size)
	if len(body) > limit {
		return body[:limit:limit], true, nil
	}
	if err != nil {
		return body, false, broken(err)
	}
	return body, false, nil
}

// readAll reads r to its end into a buffer with room for size bytes, so that it need not
// grow; a negative size is unknown.
func readAll(r io.Reader, size int64) ([]byte, error) {
	if size < 0 {
		size = firstBody
	}
	b := bytes.NewBuffer(make([]byte, 0, min(size, roomyBody)+bytes.MinRead))
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}

// broken marks a read error that is no time-out as a body that broke off.
func broken(err error) error {
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		(errors.As(err, &timeout) && timeout.Timeout()) {
		return err
	}
	return errors.Join(errBroken, err)
}

// requestURL hands the address to net/http so that the path goes over the wire as a
// browser would send it: net/url would re-encode some characters and refuses others.
// Credentials in the address are not sent.
func requestURL(u *weburl.URL) *url.URL {
	out := &url.URL{Scheme: u.Scheme(), Host: hostHeader(u), RawQuery: u.RawQuery()}
	path := u.Path()
	if path == "" {
		path = "/"
	}
	if !strings.HasPrefix(path, "//") {
		out.Opaque = path
		return out
	}
	// An opaque part that begins with two slashes would be read as a host.
	out.Opaque = "//" + out.Host + path
	return out
}

// hostPort is the host with its port, always.
func hostPort(u *weburl.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme() == "https" {
			port = "443"
		}
	}
	return u.Host() + ":" + port
}

// hostHeader is the host with its port where that is not the scheme's own.
func hostHeader(u *weburl.URL) string {
	if u.Port() == "" {
		return u.Host()
	}
	return u.Host() + ":" + u.Port()
}

// pathAndQuery is what robots.txt speaks about.
func pathAndQuery(u *weburl.URL) string {
	if q := u.RawQuery(); q != "" {
		return u.Path() + "?" + q
	}
	return u.Path()
}

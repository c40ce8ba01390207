package fetch

import (
	"context"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"marketwarden/internal/config"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
)

const (
	// maxErrorBody is how much of an error's body is read: enough to recognise a wall.
	maxErrorBody = 256 << 10
	// maxRedirectBody is how much of a redirect's body is read, so that its connection can
	// be used again.
	maxRedirectBody = 16 << 10

	jobFailed = record.ReasonJobFailed
)

// Get visits u and follows redirects, at most config.MaxRedirects. It returns when the
// visit is over or ctx ends, in which case the visit's problem is of no meaning: a caller
// that ends ctx looks at ctx.Err() first.
//
// An error status counts only when a second visit, cfg.Confirm later, meets it again:
// when the second one is good, it is the one returned; when both fail in different ways,
// it is the second, not confirmed and worth another try. A server that says when to come
// back (429, or Retry-After) is not asked a second time.
func (c *Client) Get(ctx context.Context, u *weburl.URL, o GetOptions) Visit {
	v := c.visit(ctx, u, o)
	v.Attempts = 1
	if needsConfirming(&v) && c.sleep(ctx, c.cfg.Confirm) {
		second := c.visit(ctx, u, o)
		second.Attempts = 2
		second.Confirmed = sameError(&v, &second)
		v = second
	}
	if v.Problem != nil && v.Problem.Code == record.ReasonErrorStatus {
		v.Retryable = v.Retryable || !v.Confirmed
	}
	c.logVisit(ctx, &v)
	return v
}

func needsConfirming(v *Visit) bool {
	return v.Problem != nil && v.Problem.Code == record.ReasonErrorStatus &&
		v.Status != http.StatusTooManyRequests && v.Header.Get("Retry-After") == ""
}

// sameError reports whether two visits met the same error: the same status, the page
// being gone (404, 410), or the server failing (5xx).
func sameError(a, b *Visit) bool {
	if b.Problem == nil || b.Problem.Code != record.ReasonErrorStatus {
		return false
	}
	gone := func(s int) bool { return s == http.StatusNotFound || s == http.StatusGone }
	return a.Status == b.Status || gone(a.Status) && gone(b.Status) || a.Status >= 500 && b.Status >= 500
}

// sleep waits for d and reports whether ctx still holds.
func (c *Client) sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// visit is one attempt: the requests from u to where its redirects end.
func (c *Client) visit(ctx context.Context, u *weburl.URL, o GetOptions) Visit {
	v := Visit{URL: u, Final: u, FetchedAt: c.now()}
	left := c.cfg.Total
	seen := map[string]bool{}
	var jar *cookiejar.Jar // lives as long as the visit: some sites set one and redirect to themselves
	for {
		v.Final = u
		v.Hops = append(v.Hops, Hop{URL: u})
		hop := &v.Hops[len(v.Hops)-1]
		var cookies []*http.Cookie
		if jar != nil {
			cookies = jar.Cookies(cookieURL(u))
		}
		key := visitKey(u, cookies)
		switch {
		case seen[key]:
			v.fail(redirectLoop(u))
			return v
		case len(v.Hops) > config.MaxRedirects+1:
			v.fail(tooManyRedirects(config.MaxRedirects))
			return v
		}
		seen[key] = true

		v.Status, v.Header = 0, nil
		if p := c.permit(ctx, u, o); p != nil {
			v.fail(*p)
			return v
		}
		limit := pageLimit
		if o.AnyType {
			limit = fileLimit
		}
		a, at, err := c.exchange(ctx, u, cookies, &left, limit)
		v.Status, v.Header = a.status, a.header
		hop.Status, hop.IP = a.status, a.ip
		if err != nil {
			if errors.Is(err, errCoding) {
				v.fail(unknownCoding(a.header.Get("Content-Encoding")))
			} else {
				v.fail(networkProblem(ctx, err, at, u.Host()))
			}
			return v
		}
		if !isRedirect(a) {
			c.conclude(&v, a, o.AnyType)
			return v
		}
		hop.Location = a.header.Get("Location")
		jar = remember(jar, u, a.header)
		next, err := u.Resolve(location(a.header))
		if err != nil {
			v.fail(badLocation(hop.Location))
			return v
		}
		u = next
	}
}

// permit lets a request pass everything that may forbid or delay it.
func (c *Client) permit(ctx context.Context, u *weburl.URL, o GetOptions) *problem {
	if p := c.allowed(u); p != nil {
		return p
	}
	if !o.SkipRobots {
		a := c.robotsFor(ctx, u, o)
		if a.problem != nil {
			return a.problem
		}
		if !a.rules.allowed(pathAndQuery(u)) {
			p := robotsForbid(u)
			return &p
		}
		if err := c.delays.wait(ctx, u.Host(), a.rules.delay); err != nil {
			p := networkProblem(ctx, err, phaseQueue, u.Host())
			return &p
		}
	}
	return c.admit(ctx, u, o)
}

// admit is what holds for every request: scheme, address policy, the caller's pace.
func (c *Client) admit(ctx context.Context, u *weburl.URL, o GetOptions) *problem {
	if p := c.allowed(u); p != nil {
		return p
	}
	if o.Before != nil {
		if err := o.Before(ctx, u.Host()); err != nil {
			p := slotProblem(err)
			return &p
		}
	}
	return nil
}

// allowed asks the address policy about the address as written.
func (c *Client) allowed(u *weburl.URL) *problem {
	if !u.IsHTTP() {
		p := schemeProblem(u)
		return &p
	}
	if err := c.guard.URL(u); err != nil {
		p := refused(u.String(), err)
		return &p
	}
	return nil
}

// pageLimit is how much of an answer's body is wanted: all of a page, a little of an error
// or a redirect, nothing of what is no HTML.
func pageLimit(status int, h http.Header) int {
	switch {
	case status >= 300 && status < 400:
		if n, err := strconv.Atoi(h.Get("Content-Length")); err != nil || n > maxRedirectBody {
			return 0 // a body without end would eat up the visit's time
		}
		return maxRedirectBody
	case status < 200 || status > 299:
		return maxErrorBody
	case !mayBeHTML(mediaType(h)):
		return 0
	}
	return config.MaxBodyBytes
}

// fileLimit is pageLimit where the content type does not matter.
func fileLimit(status int, h http.Header) int {
	if status >= 200 && status <= 299 {
		return config.MaxBodyBytes
	}
	return pageLimit(status, h)
}

// conclude judges the answer a visit ended with.
func (c *Client) conclude(v *Visit, a answer, anyType bool) {
	ok := a.status >= 200 && a.status < 300
	v.Raw, v.Truncated = a.body, a.cut && ok
	v.ContentType = mediaType(a.header)
	after, asked := retryAfter(a.header, c.now())
	if ok {
		v.ContentType = sniff(v.ContentType, a.body)
	}
	if ok && anyType {
		return
	}
	if ok && !mayBeHTML(v.ContentType) {
		v.Raw = nil
		v.fail(notHTML(v.ContentType))
		return
	}
	v.Body, v.Charset, v.CharsetBy = Decode(a.body, a.header.Get("Content-Type"))
	reason := Judge(a.status, a.header, v.Body)
	if reason == nil {
		return
	}
	p := problem{reason: *reason}
	switch a.status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		p.retryable = true
	default:
		p.retryable = !ok && (asked || a.status >= 500)
	}
	if p.retryable {
		p.retryAfter = after
	}
	v.fail(p)
}

// logVisit leaves out what may be secret in an address.
func (c *Client) logVisit(ctx context.Context, v *Visit) {
	if !c.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("host", v.Final.Host()), slog.String("path", v.Final.Path()), slog.Int("status", v.Status), slog.Int("hops", len(v.Hops)),
		slog.Int("bytes", len(v.Raw)), slog.Int("attempts", v.Attempts),
	}
	if v.Problem != nil {
		attrs = append(attrs, slog.String("reason", v.Problem.Code), slog.String("why", weburl.Elide(v.Problem.Text.EN)))
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "visited", attrs...)
}

// isRedirect reports whether the answer leads elsewhere.
func isRedirect(a answer) bool {
	switch a.status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return a.header.Get("Location") != ""
	}
	return false
}

// location is the Location header in a form that can be resolved: bytes that are no UTF-8
// are percent-encoded one by one, as browsers do.
func location(h http.Header) string {
	s := h.Get("Location")
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if s[i] >= 0x80 {
			b.WriteString(url.QueryEscape(s[i : i+1]))
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// visitKey tells one request of a visit from another: the same address with other cookies
// is not the same request.
func visitKey(u *weburl.URL, cookies []*http.Cookie) string {
	var b strings.Builder
	address, _, _ := strings.Cut(u.String(), "#")
	b.WriteString(address)
	for _, k := range cookies {
		b.WriteString("\n" + k.Name + "=" + k.Value)
	}
	return b.String()
}

// remember keeps the cookies an answer sets for the rest of the visit.
func remember(jar *cookiejar.Jar, u *weburl.URL, h http.Header) *cookiejar.Jar {
	set := (&http.Response{Header: h}).Cookies()
	if len(set) == 0 {
		return jar
	}
	if jar == nil {
		var err error
		if jar, err = cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List}); err != nil {
			return nil
		}
	}
	jar.SetCookies(cookieURL(u), set)
	return jar
}

func cookieURL(u *weburl.URL) *url.URL {
	return &url.URL{Scheme: u.Scheme(), Host: hostHeader(u), Path: u.Path()}
}

// mediaType is the Content-Type without parameters, in lower case, "" when there is none
// worth the name.
func mediaType(h http.Header) string {
	raw := h.Get("Content-Type")
	if mt, _, err := mime.ParseMediaType(raw); err == nil || mt != "" {
		return mt
	}
	mt, _, _ := strings.Cut(raw, ";")
	mt = strings.ToLower(strings.TrimSpace(mt))
	if !strings.Contains(mt, "/") {
		return ""
	}
	return mt
}

// mayBeHTML reports whether a media type is HTML, or unknown and worth a look.
func mayBeHTML(mt string) bool {
	return mt == "" || mt == "text/html" || mt == "application/xhtml+xml"
}

// sniff tells the type of a body that came without one, and of one that is plainly not
// the HTML it is said to be.
func sniff(said string, body []byte) string {
	if len(body) == 0 || !mayBeHTML(said) {
		return said
	}
	mt, _, _ := mime.ParseMediaType(http.DetectContentType(body))
	if said != "" {
		switch {
		case mt == "application/x-gzip", mt == "application/zip", mt == "application/pdf", strings.HasPrefix(mt, "image/"):
			return mt
		}
		return said
	}
	if mt == "text/plain" || mt == "text/xml" {
		head := strings.ToLower(string(body[:min(len(body), 1024)]))
		for _, tag := range []string{"<!doctype html", "<html", "<head", "<meta", "<title", "<body", "<div"} {
			if strings.Contains(head, tag) {
				return "text/html"
			}
		}
	}
	return mt
}

// retryAfter reads Retry-After, in seconds or as a date, cut at config.MaxRetryAfter. ok
// says that there is one.
func retryAfter(h http.Header, now time.Time) (d time.Duration, ok bool) {
	raw := strings.TrimSpace(h.Get("Retry-After"))
	if raw == "" {
		return 0, false
	}
	if s, err := strconv.ParseUint(raw, 10, 63); err == nil {
		return time.Duration(min(s, uint64(config.MaxRetryAfter/time.Second))) * time.Second, true
	}
	if t, err := http.ParseTime(raw); err == nil {
		return min(max(t.Sub(now), 0), config.MaxRetryAfter), true
	}
	return 0, false
}

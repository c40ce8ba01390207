package fetch

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/config"
	"marketwarden/internal/record"
)

func TestGetPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var ua atomic.Value
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		ua.Store(r.UserAgent())
		w.Header().Set("Content-Type", "text/html; charset=gbk")
		_, _ = w.Write([]byte("<p>\xd4\xc6\xca\xd0\xb3\xa1</p>"))
	})
	s.status("/robots.txt", 404)
	cfg := testConfig(s, "a.example")
	cfg.Contact = "mailto:ops@example.com"
	v := newClient(t, cfg).Get(t.Context(), address(t, "http://a.example/"), GetOptions{})
	if code(v) != "" {
		t.Fatalf("problem %+v", v.Problem)
	}
	type facts struct {
		Body, Charset, CharsetBy, ContentType, Final, IP string
		Status, Attempts                                 int
	}
	got := facts{string(v.Body), v.Charset, v.CharsetBy, v.ContentType, v.Final.String(), v.Hops[0].IP, v.Status, v.Attempts}
	want := facts{"<p>云市场</p>", "gb18030", ByHeader, "text/html", "http://a.example/", s.addr(), 200, 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("visit (-want +got)\n%s", diff)
	}
	if got, want := ua.Load(), "marketwarden/0.1 (+mailto:ops@example.com)"; got != want {
		t.Errorf("user agent %q, want %q", got, want)
	}
}

// TestPathsGoOutAsWritten: net/url would refuse the first and change the second.
func TestPathsGoOutAsWritten(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(r.RequestURI))
	})
	c := newClient(t, testConfig(s, "a.example"))
	for _, path := range []string{"/a|b/[c]?x=|&y={}", "/产品?q=云", "/a%2Fb", "/?a=1&amp;b", "/p//q"} {
		u := address(t, "http://a.example"+path)
		v := c.Get(t.Context(), u, GetOptions{SkipRobots: true})
		if got, want := string(v.Body), pathAndQuery(u); got != want {
			t.Errorf("sent %q, want %q", got, want)
		}
	}
	v := c.Get(t.Context(), address(t, "http://a.example//p"), GetOptions{SkipRobots: true})
	if got, want := string(v.Body), "http://a.example//p"; got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/ok")
	s.status("/to-ok", 302, "Location", "http://b.example/ok?x=1#part")
	s.status("/to-metadata", 302, "Location", "http://169.254.169.254/latest/meta-data/")
	s.status("/to-private", 301, "Location", "http://10.0.0.1/")
	s.status("/to-decimal", 301, "Location", "http://2852039166/")
	s.status("/to-app", 302, "Location", "weixin://dl/business")
	s.status("/to-nowhere", 302, "Location", "http://[::1")
	s.status("/no-location", 302)
	s.status("/loop-a", 302, "Location", "/loop-b")
	s.status("/loop-b", 302, "Location", "/loop-a")
	s.status("/self", 302, "Location", "/self#other")
	s.mux.HandleFunc("/chain/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		if n == 0 {
			http.Redirect(w, r, "/ok", http.StatusFound)
			return
		}
		http.Redirect(w, r, "/chain/"+strconv.Itoa(n-1), http.StatusFound)
	})
	s.mux.HandleFunc("/gbk", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/ok?q=\xd4\xc6")
		w.WriteHeader(http.StatusFound)
	})
	c := newClient(t, testConfig(s, "a.example", "b.example"))
	const a = "http://a.example"
	tests := []struct {
		path, want string
		hops       []string
	}{
		{"/to-ok", "", []string{a + "/to-ok 302", "http://b.example/ok?x=1#part 200"}},
		{"/to-metadata", record.ReasonRefused, []string{a + "/to-metadata 302", "http://169.254.169.254/latest/meta-data/ 0"}},
		{"/to-private", record.ReasonRefused, []string{a + "/to-private 301", "http://10.0.0.1/ 0"}},
		{"/to-decimal", record.ReasonRefused, []string{a + "/to-decimal 301", "http://169.254.169.254/ 0"}},
		{"/to-app", record.ReasonRefused, []string{a + "/to-app 302", "weixin://dl/business 0"}},
		{"/to-nowhere", record.ReasonUnreachable, []string{a + "/to-nowhere 302"}},
		{"/no-location", record.ReasonErrorStatus, []string{a + "/no-location 302"}},
		{"/loop-a", record.ReasonUnreachable, []string{a + "/loop-a 302", a + "/loop-b 302", a + "/loop-a 0"}},
		{"/self", record.ReasonUnreachable, []string{a + "/self 302", a + "/self#other 0"}},
		{"/chain/4", "", []string{a + "/chain/4 302", a + "/chain/3 302", a + "/chain/2 302", a + "/chain/1 302", a + "/chain/0 302", a + "/ok 200"}},
		{"/chain/5", record.ReasonUnreachable, []string{a + "/chain/5 302", a + "/chain/4 302", a + "/chain/3 302", a + "/chain/2 302", a + "/chain/1 302", a + "/chain/0 302", a + "/ok 0"}},
		{"/gbk", "", []string{a + "/gbk 302", a + "/ok?q=%D4%C6 200"}},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			v := c.Get(t.Context(), address(t, a+tt.path), GetOptions{})
			if code(v) != tt.want {
				t.Errorf("problem %q (%+v), want %q", code(v), v.Problem, tt.want)
			}
			if diff := cmp.Diff(tt.hops, hops(v)); diff != "" {
				t.Errorf("hops (-want +got)\n%s", diff)
			}
		})
	}
}

// TestCookiesLiveForOneVisit: a site that sets a cookie and redirects to itself is
// passed, and knows nothing of us the next time.
func TestCookiesLiveForOneVisit(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.mux.HandleFunc("/cookie", func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("seen"); err != nil {
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", Path: "/"})
			http.Redirect(w, r, "/cookie", http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(okPage))
	})
	c := newClient(t, testConfig(s, "a.example"))
	for range 2 {
		v := c.Get(t.Context(), address(t, "http://a.example/cookie"), GetOptions{})
		if diff := cmp.Diff([]string{"http://a.example/cookie 302", "http://a.example/cookie 200"}, hops(v)); diff != "" {
			t.Errorf("hops (-want +got)\n%s", diff)
		}
	}
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	// sequence answers path with the statuses in turn, the last one for ever.
	sequence := func(path string, header http.Header, codes ...int) {
		var n atomic.Int64
		s.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			code := codes[min(int(n.Add(1)), len(codes))-1]
			for k := range header {
				w.Header().Set(k, header.Get(k))
			}
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(code)
			_, _ = w.Write([]byte(okPage))
		})
	}
	sequence("/404", nil, 404)
	sequence("/404-410", nil, 404, 410)
	sequence("/404-200", nil, 404, 200)
	sequence("/503-200", nil, 503, 200)
	sequence("/500-404", nil, 500, 404)
	sequence("/502", nil, 502)
	sequence("/429", http.Header{"Retry-After": {"7"}}, 429, 200)
	sequence("/429-bare", nil, 429, 200)
	sequence("/503-later", http.Header{"Retry-After": {"86400"}}, 503, 200)
	sequence("/403", nil, 403, 200)
	c := newClient(t, testConfig(s, "a.example"))
	type result struct {
		Code                 string
		Status, Attempts     int
		Confirmed, Retryable bool
		RetryAfter           time.Duration
	}
	tests := []struct {
		path string
		want result
	}{
		{"/404", result{record.ReasonErrorStatus, 404, 2, true, false, 0}},
		{"/404-410", result{record.ReasonErrorStatus, 410, 2, true, false, 0}},
		{"/404-200", result{"", 200, 2, false, false, 0}},
		{"/503-200", result{"", 200, 2, false, false, 0}},
		{"/500-404", result{record.ReasonErrorStatus, 404, 2, false, true, 0}},
		{"/502", result{record.ReasonErrorStatus, 502, 2, true, true, 0}},
		{"/429", result{record.ReasonErrorStatus, 429, 1, false, true, 7 * time.Second}},
		{"/429-bare", result{record.ReasonErrorStatus, 429, 1, false, true, 0}},
		{"/503-later", result{record.ReasonErrorStatus, 503, 1, false, true, config.MaxRetryAfter}},
		{"/403", result{record.ReasonBotWall, 403, 1, false, false, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			v := c.Get(t.Context(), address(t, "http://a.example"+tt.path), GetOptions{})
			got := result{code(v), v.Status, v.Attempts, v.Confirmed, v.Retryable, v.RetryAfter}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("visit (-want +got)\n%s", diff)
			}
		})
	}
}

func TestBefore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/ok")
	s.status("/go", 302, "Location", "http://b.example/ok")
	c := newClient(t, testConfig(s, "a.example", "b.example"))
	var asked []string
	v := c.Get(t.Context(), address(t, "http://a.example/go"), GetOptions{Before: func(_ context.Context, host string) error {
		asked = append(asked, host)
		return nil
	}})
	if code(v) != "" {
		t.Fatalf("problem %+v", v.Problem)
	}
	if diff := cmp.Diff([]string{"a.example", "a.example", "b.example", "b.example"}, asked); diff != "" {
		t.Errorf("asked (-want +got)\n%s", diff)
	}
	n := len(s.requests())
	v = c.Get(t.Context(), address(t, "http://a.example/ok"), GetOptions{Before: func(context.Context, string) error {
		return errors.New("no slot")
	}})
	if code(v) != record.ReasonJobFailed || !v.Retryable || len(s.requests()) != n {
		t.Errorf("problem %q, %d requests more; want job_failed and none", code(v), len(s.requests())-n)
	}
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/")
	s.status("/gone", 404)
	s.status("/moved", 301, "Location", "/")
	c := newClient(t, testConfig(s, "a.example"))
	for i := range 100 {
		path := []string{"/", "/gone", "/moved"}[i%3]
		c.Get(t.Context(), address(t, "http://a.example"+path), GetOptions{})
	}
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections for 100 visits in a row, want 1", n)
	}
	var wg sync.WaitGroup
	for range config.MaxConnsPerHost {
		wg.Go(func() {
			for range 20 {
				c.Get(t.Context(), address(t, "http://a.example/"), GetOptions{})
			}
		})
	}
	wg.Wait()
	if n := s.conns.Load(); n > config.MaxConnsPerHost {
		t.Errorf("%d connections for %d visits at once, want no more than that", n, config.MaxConnsPerHost)
	}
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	typed := func(path, contentType, body string) {
		s.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			if contentType != "" {
				w.Header().Set("Content-Type", contentType)
			}
			_, _ = w.Write([]byte(body))
		})
	}
	typed("/pdf", "application/pdf", "%PDF-1.7")
	typed("/xhtml", "application/xhtml+xml", okPage)
	typed("/text", "text/plain", okPage)
	typed("/none", "", okPage)
	typed("/none-meta", "", "<meta charset=utf-8><p>云</p>")
	typed("/none-png", "", "\x89PNG\r\n\x1a\n")
	typed("/lie", "text/html", "%PDF-1.7")
	typed("/odd", "TEXT/HTML;charset=", okPage)
	c := newClient(t, testConfig(s, "a.example"))
	for path, want := range map[string]string{
		"/pdf": record.ReasonNotHTML, "/xhtml": "", "/text": record.ReasonNotHTML, "/none": "", "/none-meta": "",
		"/none-png": record.ReasonNotHTML, "/lie": record.ReasonNotHTML, "/odd": "",
	} {
		v := c.Get(t.Context(), address(t, "http://a.example"+path), GetOptions{})
		if code(v) != want {
			t.Errorf("%s: problem %q (type %q), want %q", path, code(v), v.ContentType, want)
		}
		if want != "" && len(v.Raw) != 0 {
			t.Errorf("%s: %d bytes of what is no page", path, len(v.Raw))
		}
	}
}

func TestProblemsSpeakBothLanguages(t *testing.T) {
	t.Parallel()
	c := newClient(t, config.Default().Fetch)
	v := c.Get(t.Context(), address(t, "http://10.1.2.3/"), GetOptions{})
	if code(v) != record.ReasonRefused || !strings.Contains(v.Problem.Text.ZH, "10.1.2.3") || !strings.Contains(v.Problem.Text.EN, "10.1.2.3") {
		t.Errorf("problem %+v", v.Problem)
	}
}

package fetch

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/config"
	"marketwarden/internal/record"
)

// TestSitemaps: robots.txt names sitemaps, whoever the group around is for, and files are
// read whatever their type, within the same bounds and policy as pages.
func TestSitemaps(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.mux.HandleFunc("/robots.txt", text("Sitemap: /one.xml\nUser-agent: other\nDisallow: /\nsitemap:http://a.example/two.xml.gz # the second\n\nUser-agent: *\nDisallow: /secret\nSitemap:\n"))
	s.mux.HandleFunc("/one.xml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		fmt.Fprint(w, "<urlset/>")
	})
	s.status("/gone.xml", 404)
	c := newClient(t, testConfig(s, "a.example"))
	got := c.Sitemaps(t.Context(), address(t, "http://a.example/"), GetOptions{})
	if diff := cmp.Diff([]string{"/one.xml", "http://a.example/two.xml.gz"}, got); diff != "" {
		t.Errorf("sitemaps (-want +got):\n%s", diff)
	}
	for path, want := range map[string]struct{ code, body string }{
		"/one.xml":    {"", "<urlset/>"},
		"/gone.xml":   {record.ReasonErrorStatus, ""},
		"/secret.xml": {record.ReasonRobots, ""},
	} {
		v := c.Get(t.Context(), address(t, "http://a.example"+path), GetOptions{AnyType: true})
		if code(v) != want.code || want.code == "" && string(v.Raw) != want.body {
			t.Errorf("%s: %q, %q", path, code(v), v.Raw)
		}
	}
	if v := c.Get(t.Context(), address(t, "http://a.example/one.xml"), GetOptions{}); code(v) != record.ReasonNotHTML {
		t.Errorf("as a page it is %q", code(v))
	}
	if fileLimit(200, http.Header{}) != config.MaxBodyBytes {
		t.Error("files are not bounded like pages")
	}
}

package site_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/weburl"
	"marketwarden/scanners/site"
)

// TestPicturesWithoutWords: links that say nothing of where they lead are all followed,
// and where there are too many for that, the survey says so.
func TestPicturesWithoutWords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		links   []string
		found   bool
		stopped string
	}{
		"the product is behind the last picture": {links: append(links(30, "/p/%d <img src=/x.png>"), "/yf-9 <img src=/x.png>"), found: true},
		"after many links that say where they lead": {
			links: append(links(30, "/n/%d 新闻%[1]d"), "/yf-9 <img src=/x.png>"), found: true,
		},
		"more pictures than pages": {links: append(links(80, "/p/%d <img src=/x.png>"), "/yf-9 <img src=/x.png>"), stopped: site.StoppedPages},
	} {
		w := world{
			pages: map[string]string{home: html("首页", c.links...), "a-demo.com/yf-9": html("云帆客服")},
			rest:  func(address string) string { return html(address) },
		}
		s := site.New(w.options(t)).Explore(t.Context(), promise, found)
		if found(s.Pages) != c.found || s.Stopped != c.stopped || (s.Left > 0) != (c.stopped != "") {
			t.Errorf("%s: found %v, stopped %q, left %d after %d pages", name, found(s.Pages), s.Stopped, s.Left, len(w.asked))
		}
	}
}

// TestOwnPages: a search that has used up the pages does not keep the next one from a
// page that promises its product itself, but bounds it all the same.
func TestOwnPages(t *testing.T) {
	t.Parallel()
	w := world{
		pages: map[string]string{home: html("首页", append(links(80, "/products/%d 产品"), links(9, "/b/%d 星舟备份")...)...)},
		rest:  func(address string) string { return html(address) },
	}
	x := site.New(w.options(t))
	x.Explore(t.Context(), promise, found)
	before := len(w.asked)
	s := x.Explore(context.Background(), func(_ *weburl.URL, text string) int {
		if strings.Contains(text, "星舟") {
			return 3
		}
		return 0
	}, func([]site.Visited) bool { return false })
	if diff := cmp.Diff([]string{"a-demo.com/b/1", "a-demo.com/b/2", "a-demo.com/b/3"}, w.asked[before:]); diff != "" {
		t.Errorf("visited by the second search (-want +got):\n%s", diff)
	}
	if s.Stopped != site.StoppedPages || s.Left != 6 {
		t.Errorf("stopped %q with %d left, want %q with 6", s.Stopped, s.Left, site.StoppedPages)
	}
}

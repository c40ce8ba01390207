package site_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
	"marketwarden/scanners/site"
)

const home = "a-demo.com/"

// links makes n links from a pattern of the number.
func links(n int, pattern string) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf(pattern, i+1))
	}
	return out
}

// urls makes a sitemap of n addresses from a pattern of the number.
func urls(n int, pattern string) string {
	return strings.Join(links(n, "https://a-demo.com/"+pattern), "\n")
}

// TestNothingPromisingIsForgotten: the product's page is found wherever a person would
// find it, and where it may be beyond what is visited, the survey says so.
func TestNothingPromisingIsForgotten(t *testing.T) {
	t.Parallel()
	shell := `<title>x</title><div id="app"></div><script src="/main.js"></script>`
	many := func(n int) map[string]string { // lists whose pages each bring something new
		out := map[string]string{home: html("首页", "/products?page=1 产品", "/products?page=2 产品")}
		for i := 1; i <= n; i++ {
			ls := []string{fmt.Sprintf("/i/%d 其他", i), fmt.Sprintf("/products?page=%d 产品", i+1)}
			if i == n {
				ls = []string{"/i/x 云帆客服"}
			}
			out[fmt.Sprintf("a-demo.com/products?page=%d", i)] = html(fmt.Sprint("产品列表", i), ls...)
		}
		out["a-demo.com/i/x"] = html("云帆客服")
		return out
	}
	for name, c := range map[string]struct {
		world   world
		options func(*site.Options)
		found   bool
		stopped string
		problem string
	}{
		"a card links its picture, then its name": {
			world: world{pages: map[string]string{
				home:             html("首页", "/p/1 ", "/p/1 其他", "/p/2 ", "/p/2 查看详情", "/p/2 云帆客服", "/news 新闻"),
				"a-demo.com/p/2": html("云帆客服"),
			}, rest: func(string) string { return "" }},
			found: true,
		},
		"the last of hundreds by number": {
			world: world{pages: map[string]string{
				home:                         html("首页", append(links(300, "/show.asp?id=%d 其他产品"), "/show.asp?id=999 云帆客服")...),
				"a-demo.com/show.asp?id=999": html("云帆客服"),
			}},
			found: true,
		},
		"a short sid is no session":  {world: world{pages: map[string]string{home: html("首页", "/list?sid=1 产品", "/list?sid=2 产品"), "a-demo.com/list?sid=1": html("一", "/x 别的"), "a-demo.com/list?sid=2": html("二", "/y 云帆"), "a-demo.com/y": html("云帆客服")}}, found: true},
		"far down a list":            {world: world{pages: many(15)}, options: func(o *site.Options) { o.Depth = 30 }, found: true},
		"named after a date":         {world: world{pages: map[string]string{home: html("首页", "/2026/11/ 云帆客服发布"), "a-demo.com/2026/11/": html("云帆客服")}}, found: true},
		"too many links away":        {world: world{pages: many(15)}, stopped: site.StoppedDepth},
		"on another host":            {world: world{pages: map[string]string{home: html("首页", "https://kefu.a-demo.com/ 云帆客服")}}, stopped: site.StoppedHosts},
		"something on another host":  {world: world{pages: map[string]string{home: html("首页", "https://kefu.a-demo.com/ 产品")}}},
		"more than is remembered":    {world: world{pages: map[string]string{home: html("首页", links(21_000, "/n/%d 新闻")...)}}, stopped: site.StoppedMany},
		"bytes":                      {world: world{pages: map[string]string{home: html("首页", "/products/a 产品", "/products/b 产品")}}, options: func(o *site.Options) { o.Bytes = 10 }, stopped: site.StoppedBytes},
		"time":                       {world: world{pages: map[string]string{home: html("首页", "/products/a 产品", "/products/b 产品")}}, options: func(o *site.Options) { o.Time = 2 * time.Second }, stopped: site.StoppedTime},
		"the same page for hundreds": {world: world{pages: map[string]string{home: html("首页"), "a-demo.com/sitemap.xml": urls(500, "product/%d")}, rest: func(string) string { return html("产品") }}, stopped: site.StoppedPages},
		"the home page is a wall, another page is known": {
			world: world{fails: map[string]string{home: record.ReasonBotWall}}, options: func(o *site.Options) { o.Pages = 1 }, problem: record.ReasonBotWall,
		},
		"it moved to another domain": {
			world: world{moved: map[string]string{home: "b-demo.com/"}, pages: map[string]string{"b-demo.com/": html("首页", "/yf 云帆客服")}}, problem: record.ReasonNoInput,
		},
		"it moved within its domain": {
			world: world{moved: map[string]string{home: "web.a-demo.com/"}, pages: map[string]string{"web.a-demo.com/": html("首页", "/yf 云帆客服"), "web.a-demo.com/yf": html("云帆客服")}}, found: true,
		},
		"a shell beside a page that is gone": {
			world: world{pages: map[string]string{home: shell, "a-demo.com/sitemap.xml": urls(2, "product/%d")}}, problem: record.ReasonShell,
		},
		"a shell whose other pages can be read": {
			world: world{pages: map[string]string{home: shell, "a-demo.com/sitemap.xml": urls(1, "product/%d"), "a-demo.com/product/1": html("产品")}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := c.world
			o := w.options(t)
			if c.options != nil {
				c.options(&o)
			}
			s := site.New(o).Explore(t.Context(), promise, found)
			code := ""
			if s.Problem != nil {
				code = s.Problem.Code
			}
			if got := found(s.Pages); got != c.found || s.Stopped != c.stopped || code != c.problem {
				t.Errorf("found %v, stopped %q, problem %q after %d pages; want %v, %q, %q", got, s.Stopped, code, len(w.asked), c.found, c.stopped, c.problem)
			}
			if (s.Stopped == "") != (s.Left == 0) {
				t.Errorf("stopped %q with %d left", s.Stopped, s.Left)
			}
			if len(w.asked) > 60 {
				t.Errorf("%d visits", len(w.asked))
			}
		})
	}
}

// TestSkipped: each trap ends by its rule, and nobody is logged out.
func TestSkipped(t *testing.T) {
	t.Parallel()
	w := world{
		pages: map[string]string{
			home: html("首页", append(links(40, "/product?color=%d&size=1 产品"),
				"/logout 产品", "/cart?act=add_to_cart&id=7 产品", "/a.PDF 产品", "/rili?month=9 产品", "/product/away 产品", "/product/back 产品",
				"/product?size=1&color=1 产品", "/product?color=1&size=1&sid=0123456789abcdef 产品")...),
			"b-demo.com/": html("云帆客服"),
		},
		moved: map[string]string{"a-demo.com/product/away": "b-demo.com/", "a-demo.com/product/back": home},
		rest:  func(a string) string { return html("产品" + a) },
	}
	s := site.New(w.options(t)).Explore(t.Context(), promise, found)
	want := map[string]int{
		site.SkippedAction: 2, site.SkippedFile: 1, site.SkippedCalendar: 1, site.SkippedElsewhere: 1, site.SkippedDuplicate: 1, site.SkippedQueries: 40 - 12,
	}
	if diff := cmp.Diff(want, s.Skipped); diff != "" || s.Stopped != "" || s.Left != 0 {
		t.Errorf("stopped %q with %d left; skipped (-want +got):\n%s", s.Stopped, s.Left, diff)
	}
	for _, a := range w.asked {
		if strings.Contains(a, "cart") || strings.Contains(a, "logout") {
			t.Errorf("%s was visited", a)
		}
	}
}

// TestHandedOn: what could not be visited for a reason of ours says nothing about the
// site and is visited by the next search.
func TestHandedOn(t *testing.T) {
	t.Parallel()
	w := world{
		pages: map[string]string{home: html("首页", "/yf 云帆客服"), "a-demo.com/yf": html("云帆客服")},
		fails: map[string]string{home: record.ReasonJobFailed},
	}
	x := site.New(w.options(t))
	for _, fails := range []map[string]string{w.fails, {"a-demo.com/yf": record.ReasonJobFailed}} {
		w.fails = fails
		if s := x.Explore(t.Context(), promise, found); s.Problem == nil || s.Problem.Code != record.ReasonJobFailed || found(s.Pages) {
			t.Fatalf("%v: problem %v", fails, s.Problem)
		}
	}
	w.fails = nil
	if s := x.Explore(t.Context(), promise, found); s.Problem != nil || !found(s.Pages) || len(s.Pages) != 2 {
		t.Errorf("problem %v, %d pages", s.Problem, len(s.Pages))
	}
}

// TestAdded: a page that is on file for one product is a page of the site for the next.
func TestAdded(t *testing.T) {
	t.Parallel()
	w := world{pages: map[string]string{home: html("首页", "/both 我们的产品"), "a-demo.com/both": html("云帆客服")}}
	x := site.New(w.options(t))
	both := address(t, "https://a-demo.com/both")
	x.Add(site.Visited{URL: both, Final: both, Page: page.Parse([]byte(w.pages["a-demo.com/both"]), page.Options{URL: both})})
	s := x.Explore(t.Context(), promise, found)
	if !found(s.Pages) || slices.Contains(w.asked, "a-demo.com/both") {
		t.Errorf("the added page is not among %d pages, or visited again: %v", len(s.Pages), w.asked)
	}
	s.Skipped["mine"]++
	if next := x.Explore(t.Context(), promise, found); next.Skipped["mine"] != 0 {
		t.Error("surveys share what they count")
	}
}

// TestSitemapsLast: no sitemap is asked for when a link is the product's, and those with
// promising names come first when many are.
func TestSitemapsLast(t *testing.T) {
	t.Parallel()
	w := world{pages: map[string]string{home: html("首页", "/yf 云帆客服"), "a-demo.com/yf": html("云帆客服")}}
	site.New(w.options(t)).Explore(t.Context(), promise, found)
	if len(w.files) != 0 {
		t.Errorf("asked for %v", w.files)
	}

	var index strings.Builder
	for i := range 40 {
		fmt.Fprintf(&index, "<sitemap><loc>https://a-demo.com/news%d-sitemap.xml</loc></sitemap>", i)
	}
	index.WriteString("<sitemap><loc>https://a-demo.com/product-sitemap.xml</loc></sitemap><sitemap><loc>https://b-demo.com/product.xml</loc></sitemap>")
	w = world{pages: map[string]string{home: html("首页"), "a-demo.com/map.xml": "<sitemapindex>" + index.String() + "</sitemapindex>"}}
	o := w.options(t)
	o.Sitemaps = func(context.Context, *weburl.URL) []string {
		return []string{"/map.xml", "https://b-demo.com/map.xml", "http://a-demo.com:x/"}
	}
	s := site.New(o).Explore(t.Context(), promise, found)
	if len(w.files) != 12 || w.files[1] != "a-demo.com/product-sitemap.xml" || s.Skipped[site.SkippedSitemap] != 42-12 {
		t.Errorf("skipped %v, asked for %v", s.Skipped, w.files)
	}
}

// TestTimeBetweenSearches: what passes between two searches does not count.
func TestTimeBetweenSearches(t *testing.T) {
	t.Parallel()
	w := world{pages: map[string]string{home: html("首页", "/products/a 产品"), "a-demo.com/products/a": html("产品")}}
	x := site.New(w.options(t))
	x.Home(t.Context())
	w.at = w.at.Add(24 * time.Hour)
	if s := x.Explore(t.Context(), promise, found); s.Stopped != "" || len(s.Pages) != 2 {
		t.Errorf("stopped %q after %d pages", s.Stopped, len(s.Pages))
	}
}

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

// world is a website in memory: bodies by address without scheme. Addresses that are not
// there are answered by rest, if there is one.
type world struct {
	pages map[string]string
	moved map[string]string // redirects, by address
	fails map[string]string // codes of problems, by address
	rest  func(address string) string
	asked []string // pages visited
	files []string // sitemaps asked for
	at    time.Time
}

func address(t *testing.T, s string) *weburl.URL {
	t.Helper()
	u, err := weburl.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (w *world) body(u *weburl.URL) (string, bool) {
	name := strings.TrimPrefix(u.String(), "https://")
	body, ok := w.pages[name]
	if !ok && w.rest != nil {
		body = w.rest(name)
		ok = body != ""
	}
	return body, ok
}

func (w *world) options(t *testing.T) site.Options {
	t.Helper()
	return site.Options{
		Home: address(t, "https://a-demo.com/"),
		Now:  func() time.Time { return w.at },
		Load: func(_ context.Context, u *weburl.URL) site.Visited {
			w.asked = append(w.asked, strings.TrimPrefix(u.String(), "https://"))
			w.at = w.at.Add(time.Second)
			name := strings.TrimPrefix(u.String(), "https://")
			if code := w.fails[name]; code != "" {
				return site.Visited{URL: u, Final: u, Problem: &record.Reason{Code: code}}
			}
			v := site.Visited{URL: u, Final: u}
			if to := w.moved[name]; to != "" {
				v.Final = address(t, "https://"+to)
			}
			body, ok := w.body(v.Final)
			if !ok {
				v.Problem = &record.Reason{Code: record.ReasonErrorStatus}
				return v
			}
			v.Page, v.Bytes = page.Parse([]byte(body), page.Options{URL: v.Final}), int64(len(body))
			return v
		},
		File: func(_ context.Context, u *weburl.URL) ([]byte, *record.Reason) {
			w.files = append(w.files, strings.TrimPrefix(u.String(), "https://"))
			if body, ok := w.pages[strings.TrimPrefix(u.String(), "https://")]; ok {
				return []byte(body), nil
			}
			return nil, &record.Reason{Code: record.ReasonErrorStatus}
		},
	}
}

// promise goes by words: 3 for the product, 1 for sections, never for log-in.
func promise(u *weburl.URL, text string) int {
	switch s := u.Path() + " " + text; {
	case strings.Contains(s, "登录"):
		return -1
	case strings.Contains(s, "云帆"), strings.Contains(s, "yunfan"):
		return 3
	case strings.Contains(s, "产品"), strings.Contains(s, "product"):
		return 1
	}
	return 0
}

// found reports whether a page about the product was seen.
func found(pages []site.Visited) bool {
	return slices.ContainsFunc(pages, func(v site.Visited) bool { return v.Page != nil && strings.Contains(v.Page.Title, "云帆") })
}

func html(title string, links ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<title>%s</title><body><p>%s 的介绍</p>", title, title)
	for _, l := range links {
		href, text, _ := strings.Cut(l, " ")
		fmt.Fprintf(&b, `<a href="%s">%s</a>`, href, text)
	}
	return b.String()
}

func TestExplore(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		world   world
		asked   []string
		stopped string
		problem string
		skipped map[string]int
	}{
		"the product is on the home page's menu": {
			world: world{pages: map[string]string{
				home: html("首页", "/news 新闻", "/products 产品中心", "/yf 云帆客服"), "a-demo.com/yf": html("云帆客服"),
			}},
			asked: []string{home, "a-demo.com/yf"},
		},
		"through the list of products, not the news": {
			world: world{pages: map[string]string{
				home: html("首页", "/news 新闻", "/products 产品中心", "/login 登录"), "a-demo.com/products": html("产品", "/p/9 云帆客服"),
				"a-demo.com/p/9": html("云帆客服"),
			}},
			asked: []string{home, "a-demo.com/products", "a-demo.com/p/9"},
		},
		"only the sitemap knows it": {
			world: world{pages: map[string]string{
				home: html("首页"), "a-demo.com/sitemap.xml": "<sitemapindex><sitemap><loc>https://a-demo.com/s2.xml</loc></sitemap></sitemapindex>",
				"a-demo.com/s2.xml": "<urlset><url><loc>https://a-demo.com/x</loc></url><url><loc>https://a-demo.com/yunfan</loc></url><url><loc>https://other-demo.com/yunfan</loc></url></urlset>",
				"a-demo.com/yunfan": html("云帆客服"), "a-demo.com/x": html("其他"),
			}},
			asked: []string{home, "a-demo.com/yunfan"},
		},
		"nothing is there: everything promising was seen, little else": {
			world: world{
				pages: map[string]string{home: html("首页", "/products 产品", "/n/1 新闻"), "a-demo.com/products": html("产品", "/n/2 新闻")},
				rest: func(a string) string {
					n := len(a)
					return html("新闻"+a, fmt.Sprintf("/n/%d%d 新闻", n, n+1), fmt.Sprintf("/n/%dx 新闻", n))
				},
			},
			asked: nil, // counted below
		},
		"a bound ends it": {
			world: world{pages: map[string]string{home: html("首页", "/product/a 产品甲")}, rest: func(a string) string {
				return html("产品"+a, "/"+strings.TrimPrefix(a, "a-demo.com/")+"a 产品", "/"+strings.TrimPrefix(a, "a-demo.com/")+"b 产品", "/"+strings.TrimPrefix(a, "a-demo.com/")+"c 产品")
			}},
			stopped: site.StoppedPages,
		},
		"other hosts are other sites, www is not": {
			world: world{pages: map[string]string{
				home:                    html("首页", "https://shop.a-demo.com/yunfan 云帆", "https://b-demo.com/yunfan 云帆", "https://www.a-demo.com/yunfan 云帆客服", "mailto:x@a-demo.com 云帆"),
				"www.a-demo.com/yunfan": html("云帆客服"),
			}},
			asked: []string{home, "www.a-demo.com/yunfan"},
		},
		"session ids and index files make no new pages": {
			world: world{pages: map[string]string{
				home: html("首页", "/index.html 产品", "/?PHPSESSID=1 产品", "/;jsessionid=77 产品", "/#top 产品", "/?utm_source=x 产品"),
			}},
			asked: []string{home},
		},
		"traps": {
			world: world{pages: map[string]string{
				home: html("首页", "/a/a/a/ 产品", "/manual.pdf 产品", "/calendar/2026/11 产品", "/list?page=900&x=1 产品",
					"/"+strings.Repeat("d/e/", 8)+" 产品", "/product/same 产品", "/product/again 产品"),
				"a-demo.com/product/same": html("甲"), "a-demo.com/product/again": html("甲"),
			}},
			skipped: map[string]int{site.SkippedRepeat: 1, site.SkippedDeep: 1, site.SkippedDuplicate: 1, site.SkippedFile: 1, site.SkippedCalendar: 1, site.SkippedFar: 1},
		},
		"the home page does not answer": {
			world: world{pages: map[string]string{}}, asked: []string{home}, problem: record.ReasonErrorStatus,
		},
		"a script shell": {
			world: world{pages: map[string]string{home: `<title>x</title><div id="app"></div><script src="/main.js"></script>`}},
			asked: []string{home}, problem: record.ReasonShell,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := c.world
			s := site.New(w.options(t)).Explore(t.Context(), promise, found)
			if c.asked != nil {
				if diff := cmp.Diff(c.asked, w.asked); diff != "" {
					t.Errorf("visited (-want +got):\n%s", diff)
				}
			}
			if len(w.asked) > 60 || c.stopped == "" && len(w.asked) > 20 {
				t.Errorf("%d pages visited", len(w.asked))
			}
			code := ""
			if s.Problem != nil {
				code = s.Problem.Code
			}
			if s.Stopped != c.stopped || code != c.problem || (c.stopped == "") != (s.Left == 0) {
				t.Errorf("stopped %q with %d left, problem %q", s.Stopped, s.Left, code)
			}
			for why, n := range c.skipped {
				if s.Skipped[why] != n {
					t.Errorf("%s: %d links skipped, want %d of %v", why, s.Skipped[why], n, s.Skipped)
				}
			}
		})
	}
}

// TestExploreEndless: sites that go on for ever end soon, by the rule made for them.
func TestExploreEndless(t *testing.T) {
	t.Parallel()
	n := 0
	next := func() int { n++; return n } // for the one case that needs it
	for name, c := range map[string]struct {
		rest    func(address string) string
		ends    string // the rule that left something out, "" where a bound has to end it
		stopped string
	}{
		"growing paths": {rest: func(a string) string {
			p := strings.TrimSuffix(strings.TrimPrefix(a, "a-demo.com"), "/")
			return html("p"+a, p+"/x 产品", p+"/y 产品")
		}, ends: site.SkippedRepeat},
		"queries": {rest: func(a string) string {
			return html("p"+a, fmt.Sprintf("/products?color=%d 产品", len(a)), fmt.Sprintf("/products?size=1%s 产品", strings.Repeat("1", len(a))))
		}, ends: site.SkippedQueries},
		"months": {rest: func(a string) string {
			return html("p"+a, fmt.Sprintf("/events/%d/%02d 产品", 2026+len(a)%50, len(a)%12+1))
		}, ends: site.SkippedCalendar},
		"pages of the list": {rest: func(a string) string {
			return html("p"+a, "/products/page/1 产品", fmt.Sprintf("/products/page/%d 产品", len(a)), fmt.Sprintf("/products?page=%d 产品", len(a)*7))
		}, ends: site.SkippedFar},
		"the same text": {rest: func(a string) string { return html("产品", fmt.Sprintf("/product/%x 产品", a)) }, ends: site.SkippedDuplicate},
		"ever new products": {rest: func(a string) string {
			return html("p"+a, fmt.Sprintf("/product/%d 产品", next()), fmt.Sprintf("/product/%d 产品", next()), fmt.Sprintf("/product/%d 产品", next()))
		}, stopped: site.StoppedPages},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{rest: c.rest}
			s := site.New(w.options(t)).Explore(t.Context(), promise, found)
			if len(w.asked) > 60 || s.Stopped != c.stopped || c.ends != "" && s.Skipped[c.ends] == 0 {
				t.Errorf("%d pages visited, stopped %q, skipped %v; want the end by %q", len(w.asked), s.Stopped, s.Skipped, c.stopped+c.ends)
			}
		})
	}
}

// TestExploreAgain: the search for another product goes on from what is known.
func TestExploreAgain(t *testing.T) {
	t.Parallel()
	w := &world{pages: map[string]string{
		"a-demo.com/":   html("首页", "/yf 云帆客服", "/xz 星舟备份"),
		"a-demo.com/yf": html("云帆客服"), "a-demo.com/xz": html("星舟备份"),
	}}
	x := site.New(w.options(t))
	x.Explore(t.Context(), promise, found)
	s := x.Explore(t.Context(), func(_ *weburl.URL, text string) int {
		if strings.Contains(text, "星舟") {
			return 3
		}
		return 0
	}, func(pages []site.Visited) bool {
		return slices.ContainsFunc(pages, func(v site.Visited) bool { return v.Page != nil && v.Page.Title == "星舟备份" })
	})
	if diff := cmp.Diff([]string{"a-demo.com/", "a-demo.com/yf", "a-demo.com/xz"}, w.asked); diff != "" || len(s.Pages) != 3 {
		t.Errorf("visited, of %d pages (-want +got):\n%s", len(s.Pages), diff)
	}
	x.Add(site.Visited{URL: address(t, "https://a-demo.com/new"), Page: page.Parse([]byte(html("新", "/more 产品")), page.Options{URL: address(t, "https://a-demo.com/new")})})
	x.Explore(t.Context(), promise, func([]site.Visited) bool { return false })
	if !slices.Contains(w.asked, "a-demo.com/more") || slices.Contains(w.asked, "a-demo.com/new") {
		t.Errorf("visited %v after a page was added", w.asked)
	}
}

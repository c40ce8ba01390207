package rules_test

import (
	"testing"

	"marketwarden/internal/market"
	"marketwarden/internal/weburl"
	"marketwarden/rules"
	"marketwarden/scanners/page"
)

func address(tb testing.TB, raw string) *weburl.URL {
	tb.Helper()
	u, err := weburl.Parse(raw)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

func demo(tb testing.TB) *market.Profile {
	tb.Helper()
	p, err := market.LoadProfile("demo")
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestPromise(t *testing.T) {
	t.Parallel()
	const host = "https://www.soft-vendor.example"
	for _, tt := range []struct {
		title, path, text string
		want              rules.Promise
	}{
		{"云栈进销存管理系统（企业版）", "/p/1.html", "云栈进销存", rules.PromiseExact},
		{"云栈进销存管理系统（企业版）", "/p/1.html", "进销存", rules.PromiseNamed},
		{"云岚堡垒机 V5 运维安全审计系统", "/p/1.html", "堡垒机", rules.PromiseNamed},
		{"MaxKB 企业级智能体平台（镜像）", "/x", "MaxKB", rules.PromiseExact},
		{"MaxKB 企业级智能体平台（镜像）", "/products/maxkb", "了解更多", rules.PromiseNamed},
		{"MaxKB 企业级智能体平台（镜像）", "/products/maxkb.html", "", rules.PromiseNamed},
		{"云栈进销存管理系统", "/%E4%BA%91%E6%A0%88%E8%BF%9B%E9%94%80%E5%AD%98.html", "", rules.PromiseNamed},
		{"云栈进销存管理系统", "/products/", "产品中心", rules.PromiseSection},
		{"云栈进销存管理系统", "/chanpin", "", rules.PromiseSection},
		{"云栈进销存管理系统", "/solutions", "Solutions", rules.PromiseSection},
		{"云栈进销存管理系统", "/zhsh-2_44_0.html", "下一页", rules.PromiseSection},
		{"云栈进销存管理系统", "/products/list_2.html", "2", rules.PromiseSection},
		{"云栈进销存管理系统", "/p/17", "查看更多", rules.PromiseSection},
		{"云栈进销存管理系统", "/news/list_2.html", "下一页", rules.PromiseNone},
		{"云栈进销存管理系统", "/p/2.html", "云栈人事", rules.PromiseNone},
		{"云栈进销存管理系统", "/p/5.html", "云栈进销存使用教程", rules.PromiseNone},
		{"云栈进销存管理系统", "/p/6.html", "云栈进销存荣获年度产品奖", rules.PromiseNone},
		{"云栈进销存管理系统", "/case/9.html", "云栈进销存", rules.PromiseNone},
		{"云栈进销存管理系统", "/news/", "新闻中心", rules.PromiseNone},
		{"云栈进销存管理系统", "/about.html", "关于我们", rules.PromiseNone},
		{"云栈进销存管理系统", "/login", "云栈进销存", rules.PromiseNever},
		{"云栈进销存管理系统", "/cart", "", rules.PromiseNever},
		{"云栈进销存管理系统", "/down/a.zip", "下载", rules.PromiseNever},
		{"云栈进销存管理系统", "/privacy", "隐私政策", rules.PromiseNever},
		{"Smart Office Suite for Schools", "/p/7", "Smart Home", rules.PromiseNamed},
		{"Secure Mail Gateway", "/p/7", "Payment Gateway", rules.PromiseNone},
		{"GitLab Enterprise for Teams", "/p/7", "GitLab", rules.PromiseExact},
		{"启禾薪酬与考勤私有部署版", "/product/hr.html", "薪酬考勤", rules.PromiseNone},
	} {
		s := rules.NewSeek(demo(t), market.Listing{ID: "dm000001", Title: tt.title})
		if got := s.Promise(address(t, host+tt.path), tt.text); got != tt.want {
			t.Errorf("%s: %s %q promises %d, want %d", tt.title, tt.path, tt.text, got, tt.want)
		}
	}
	s := rules.NewSeek(demo(t), market.Listing{ID: "dm000001", Title: "MaxKB"})
	for _, raw := range []string{"mailto:a@b.example", "https://market.demo.example/detail/dm000001"} {
		if got := s.Promise(address(t, raw), "MaxKB"); got != rules.PromiseNever {
			t.Errorf("%s promises %d", raw, got)
		}
	}
}

// TestRepeatedNames: a name that stands on every page of a site, in its frame or in the
// title behind the page's own, makes none of them the product's.
func TestRepeatedNames(t *testing.T) {
	t.Parallel()
	const home = "https://www.ledgerfox.example/"
	s := rules.NewSeek(demo(t), market.Listing{ID: "dm000001", Title: "LedgerFox Desk"})
	for html, want := range map[string]rules.Grade{
		`<title>Pricing | LedgerFox</title><header>LedgerFox</header><h1>Pricing</h1><p>Three plans, paid by the month or by the year, for shops of all sizes.</p><footer>LedgerFox Desk</footer>`: rules.GradeNone,
		`<title>LedgerFox | Desk</title><h1>LedgerFox Desk</h1><p>The till and the books of a small shop in one window, with receipts and stock.</p>`:                                              rules.GradeSure,
	} {
		u := address(t, home+"x")
		sp := rules.SitePage{URL: u, Page: page.Parse([]byte(html), page.Options{URL: u})}
		if got := s.Presents(&sp, home, nil); got != want {
			t.Errorf("grade %d, want %d of %s", got, want, html)
		}
	}
}

// FuzzSeek: whatever titles, links and pages are, the search answers.
func FuzzSeek(f *testing.F) {
	f.Add("MaxKB 企业级智能体平台（镜像）", "/p/%E4", "MaxKB", "<h1>MaxKB</h1>")
	f.Add("（）【】", "/", "\xff", "<title>|</title>")
	f.Add("第 1 版 管理", "/news-1.html", "2", "<a href=https://market.demo.example/detail/dm000001>x</a>")
	p, err := market.LoadProfile("demo")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, title, path, text, html string) {
		u, err := weburl.Parse("https://www.soft-vendor.example/" + path)
		if err != nil {
			return
		}
		s := rules.NewSeek(p, market.Listing{ID: "dm000001", Title: title, ProductPageURL: u.String(), Status: market.StatusOnSale})
		if got := s.Promise(u, text); got < rules.PromiseNever || got > rules.PromiseExact {
			t.Fatalf("promise %d", got)
		}
		sp := rules.SitePage{URL: u, Page: page.Parse([]byte(html), page.Options{URL: u})}
		if got := s.Presents(&sp, "https://www.soft-vendor.example/", nil); got < rules.GradeNone || got > rules.GradeSure {
			t.Fatalf("grade %d", got)
		}
	})
}

// TestEnough: the search ends with the product's page, and not with the home page that
// names it; a declared page needs less.
func TestEnough(t *testing.T) {
	t.Parallel()
	const home = "https://www.stack.example/"
	sitePage := func(path, html string, how rules.SiteHow) rules.SitePage {
		u := address(t, home+path)
		return rules.SitePage{URL: u, How: how, Page: page.Parse([]byte(html), page.Options{URL: u})}
	}
	first := sitePage("", `<title>Stack</title><h1>Stack</h1><p>Makers of LedgerFox and TillFox, for small shops everywhere.</p>`, rules.SiteHome)
	found := sitePage("p/1", `<title>LedgerFox</title><h1>LedgerFox</h1><p>The till and the books of a small shop in one window, with receipts and stock.</p>`, rules.SiteLink)
	short := sitePage("p/1", `<title>LedgerFox</title><h1>LedgerFox</h1><p>Call us.</p>`, rules.SiteLink)
	declared := short
	declared.How = rules.SiteDeclared
	s := rules.NewSeek(demo(t), market.Listing{ID: "dm000001", Title: "LedgerFox"})
	for _, tt := range []struct {
		name  string
		pages []rules.SitePage
		want  bool
	}{
		{"nothing", nil, false},
		{"home", []rules.SitePage{first}, false},
		{"page that failed", []rules.SitePage{first, {URL: address(t, home+"p/2")}}, false},
		{"page", []rules.SitePage{first, found}, true},
		{"page with little text", []rules.SitePage{first, short}, false},
	} {
		if got := s.Enough(tt.pages, home, nil); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if s.NeedsSearch(&declared) || !s.NeedsSearch(&first) || !s.NeedsSearch(nil) {
		t.Error("a declared page that presents the listing ends the search, and nothing else does")
	}
}

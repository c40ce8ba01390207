package page

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/market"
)

const demoPage = `<html><head><title>t</title><link rel=canonical href=/detail/dm000001.html></head><body>
<div class="site-header"><a href="/">云市场</a></div>
<h1 class="listing-title big">商品名</h1><p class="listing-summary">一句话</p>
<div class="listing-price">¥10.00/月</div><a class="listing-agreement" href="/agreement">协议</a>
<div id="detail"><p>详情<a href="https://x.example/">外</a></p>
<iframe src="https://desc.demo.example/d/1.html"></iframe><iframe src="https://desc.demo.example/d/1.html#again"></iframe>
<iframe src="https://other.example/d.html"></iframe></div>
<iframe src="https://desc.demo.example/outside.html"></iframe>
<div id="cases">案例</div>
<script id="listing-data" type="application/json">{"id":1,"description":"<p>内<b>联</b></p><a href=\"//y.example/\">y</a>"}</script>
<div class="site-footer">脚</div></body></html>`

func demoOptions(tb testing.TB) Options {
	tb.Helper()
	return Options{URL: mustURL(tb, "https://market.demo.example/detail/dm000001.html"), Profile: demo(tb)}
}

func fieldsOf(p *Page) []string {
	var out []string
	for _, b := range p.Blocks {
		out = append(out, b.Field+":"+p.Text[b.Start:b.End])
	}
	return out
}

func TestProfile(t *testing.T) {
	t.Parallel()
	p := Parse([]byte(demoPage), demoOptions(t))
	check(t, p)
	want := []string{
		":云市场", "title:商品名", "summary:一句话", "price:¥10.00/月", "agreement:协议",
		"detail:详情外", "cases:案例", ":脚", "detail:内联", "detail:y",
	}
	if diff := cmp.Diff(want, fieldsOf(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Layout{Tried: true, Matched: true}, p.Layout); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if prices := p.Prices(); len(prices) != 1 || prices[0].Field != "price" {
		t.Errorf("prices %+v", prices)
	}
	var got []string
	for _, l := range p.Links {
		got = append(got, l.Field+" "+l.URL.String())
	}
	wantLinks := []string{
		" https://market.demo.example/detail/dm000001.html", " https://market.demo.example/",
		"agreement https://market.demo.example/agreement", "detail https://x.example/",
		"detail https://desc.demo.example/d/1.html", "detail https://desc.demo.example/d/1.html#again",
		"detail https://other.example/d.html", " https://desc.demo.example/outside.html", "detail https://y.example/",
	}
	if diff := cmp.Diff(wantLinks, got); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if s := p.Selector(p.Blocks[8].Node); !strings.HasPrefix(s, "#listing-data > p") {
		t.Errorf("words of inline JSON stand at %q", s)
	}
}

func TestFrames(t *testing.T) {
	t.Parallel()
	o := demoOptions(t)
	var wanted []string
	for _, u := range Parse([]byte(demoPage), o).FramesWanted() {
		wanted = append(wanted, u.String())
	}
	if diff := cmp.Diff([]string{"https://desc.demo.example/d/1.html", "https://desc.demo.example/d/1.html#again"}, wanted); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	o.Frames = map[string][]byte{
		wanted[0]: []byte(`<title>frame</title><p>框<i>里</i></p><a href="a.html">框链</a>`),
		wanted[1]: nil,
	}
	p := Parse([]byte(demoPage), o)
	check(t, p)
	if len(p.FramesWanted()) != 0 || p.Title != "t" {
		t.Errorf("wanted %v, title %q", p.FramesWanted(), p.Title)
	}
	fields := strings.Join(fieldsOf(p), " ")
	if !strings.Contains(fields, "detail:框里 detail:框链") {
		t.Errorf("fields %s", fields)
	}
	found := false
	for _, l := range p.Links {
		found = found || l.URL.String() == "https://desc.demo.example/d/a.html" && l.Field == "detail"
	}
	if !found || p.Base.Host() != "market.demo.example" {
		t.Errorf("the frame's link is not read against the frame, or the page's base is lost: %v", p.Base)
	}
}

func TestLayoutMissing(t *testing.T) {
	t.Parallel()
	src := []byte(`<head><link rel=canonical href=/c></head><body><h1 class="listing-title">x</h1><p>y</p><a href=/z>z</a></body>`)
	o := demoOptions(t)
	p := Parse(src, o)
	if diff := cmp.Diff(Layout{Tried: true, Missing: []string{"#detail"}}, p.Layout); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"title:x", ":y", ":z"}, fieldsOf(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	o.AsListing = true
	p = Parse(src, o)
	if diff := cmp.Diff([]string{"title:x", "detail:y", "detail:z"}, fieldsOf(p)); diff != "" {
		t.Errorf("as listing (-want +got):\n%s", diff)
	}
	if p.Links[0].Field != "" || p.Links[1].Field != "detail" {
		t.Errorf("fields of links: %q, %q", p.Links[0].Field, p.Links[1].Field)
	}
}

func TestMatcher(t *testing.T) {
	t.Parallel()
	tests := []struct{ selector, html string }{
		{"#a", `<p id=a>x</p>`},
		{".a", `<p class="b a">x</p>`},
		{"p.a-b", `<p class="a-b">x</p>`},
		{"div > p", `<div><p>x</p></div>`},
		{"div .c p", `<div><i class=c><p>x</p></i></div>`},
		{"[data-k='v']", `<p data-k=v>x</p>`},
		{"p[data-k]", `<p data-k=v>x</p>`},
		{"p:first-child", `<div><p>x</p></div>`},
		{"p:not(.z)", `<p>x</p>`},
		{"#nope, .a", `<p class=a>x</p>`},
		{"*", `<p>x</p>`},
	}
	for _, tt := range tests {
		profile := &market.Profile{ID: "t", Page: market.PageProfile{
			Areas: []market.ContentArea{{Field: "f", Selector: tt.selector}}, Required: []string{tt.selector},
		}}
		m, err := NewMatcher(profile)
		if err != nil {
			t.Errorf("%s: %v", tt.selector, err)
			continue
		}
		p := Parse([]byte(tt.html), Options{Profile: profile, Matcher: m})
		if !p.Layout.Matched || p.Blocks[0].Field != "f" {
			t.Errorf("%s does not match in %s", tt.selector, tt.html)
		}
		if p := Parse([]byte(`<u>x</u>`), Options{Matcher: m}); p.Layout.Matched != (tt.selector == "*") {
			t.Errorf("%s: a page without it: %+v", tt.selector, p.Layout)
		}
	}
	bad := &market.Profile{ID: "t", Page: market.PageProfile{Required: []string{"p[", "h1"}}}
	if _, err := NewMatcher(bad); err == nil || !strings.Contains(err.Error(), "p[") {
		t.Errorf("error %v", err)
	}
	if p := Parse([]byte(`<h1>x</h1>`), Options{Profile: bad}); p.Layout.Matched || len(p.Layout.Missing) != 1 {
		t.Errorf("layout %+v", p.Layout)
	}
}

func TestShippedMatchers(t *testing.T) {
	t.Parallel()
	for _, name := range market.ShippedProfiles() {
		p, err := market.LoadProfile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewMatcher(p); err != nil {
			t.Error(err)
		}
	}
}

func TestShell(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("企业数据管理平台服务。", 40)
	tests := []struct {
		name, html string
		want       bool
	}{
		{"empty mount", `<div id=app></div><script src=a.js></script>`, true},
		{"loading", `<div id=root><div class=spin>加载中…</div></div><script src=a.js></script>`, true},
		{"frame around empty mount", `<header><a href=/>首页</a>` + text + `</header><div id=app></div><footer>` + text + `</footer><script src=a.js></script>`, true},
		{"nothing but scripts", `<script src=a.js></script>`, true},
		{"asks for JavaScript", `<noscript>You need to enable JavaScript to run this app.</noscript><div id=x></div><script src=a.js></script>`, true},
		{"rendered on the server", `<div id=__next><h1>x</h1><p>` + text + `</p></div><script src=a.js></script>`, false},
		{"no script", `<p>短</p>`, false},
		{"empty", ``, false},
		{"jump", `<meta http-equiv=refresh content="0;url=/x"><script src=a.js></script>`, false},
		{"short page", `<h1>关于我们</h1><p>` + text[:120] + `</p><a href=/>首页</a><script src=a.js></script>`, false},
		{"picture page", `<a href=/><img src=a.png></a><script src=a.js></script>`, false},
		{"pleads for the counter only", `<noscript>Please enable JavaScript</noscript><p>` + text + `</p><script src=a.js></script>`, false},
	}
	for _, tt := range tests {
		if got := parseBody(t, tt.html).Shell; got.Is != tt.want || got.Is && got.Reason == "" {
			t.Errorf("%s: %+v, want %v", tt.name, got, tt.want)
		}
	}
}

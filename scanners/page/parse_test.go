package page

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/market"
	"marketwarden/internal/weburl"
)

const pageURL = "https://shop.example.com/dir/page.html?x=1"

func mustURL(tb testing.TB, raw string) *weburl.URL {
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

func parseBody(tb testing.TB, src string) *Page {
	tb.Helper()
	p := Parse([]byte(src), Options{URL: mustURL(tb, pageURL)})
	check(tb, p)
	return p
}

// check holds a page to what its readers rely on.
func check(tb testing.TB, p *Page) {
	tb.Helper()
	if !utf8.ValidString(p.Text) {
		tb.Errorf("text is not UTF-8")
	}
	end := -1
	for i, b := range p.Blocks {
		if b.Start != end+1 || b.End <= b.Start || b.End > len(p.Text) {
			tb.Fatalf("block %d [%d,%d) does not follow on %d in %d bytes", i, b.Start, b.End, end, len(p.Text))
		}
		if i > 0 && p.Text[b.Start-1] != '\n' {
			tb.Errorf("block %d is not on a line of its own", i)
		}
		if !utf8.RuneStart(p.Text[b.Start]) {
			tb.Errorf("block %d starts inside a character", i)
		}
		last := b.Start
		for _, c := range b.Code {
			if c[0] < last || c[1] <= c[0] || c[1] > b.End || !utf8.RuneStart(p.Text[c[0]]) {
				tb.Errorf("block %d [%d,%d) has code at %v", i, b.Start, b.End, c)
			}
			last = c[1]
		}
		for _, j := range b.Joined {
			if j <= b.Start || j >= b.End || !utf8.RuneStart(p.Text[j]) {
				tb.Errorf("block %d [%d,%d) is joined at %d", i, b.Start, b.End, j)
			}
		}
		if i < 200 && p.Selector(b.Node) == "" {
			tb.Errorf("block %d has no path", i)
		}
		end = b.End
	}
	if end != len(p.Text) && len(p.Blocks) > 0 || len(p.Blocks) == 0 && p.Text != "" {
		tb.Errorf("text of %d bytes ends at %d", len(p.Text), end)
	}
	for i := range p.Links {
		l := &p.Links[i]
		if l.Pos < 0 || l.Pos > len(p.Text) || !utf8.ValidString(l.Text) || !utf8.ValidString(l.Raw) {
			tb.Errorf("link %d: position %d in %d bytes, text %q", i, l.Pos, len(p.Text), l.Text)
		}
	}
	for _, pr := range p.Prices() {
		if pr.Start < 0 || pr.Start >= pr.End || pr.End > len(p.Text) || pr.Fen < 0 {
			tb.Errorf("price %+v in %d bytes", pr, len(p.Text))
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, html, want string }{
		{"inline joined", `<p>最<b>佳</b>选择</p>`, "最佳选择"},
		{"comment is nothing", `<p>最<!-- x -->佳</p>`, "最佳"},
		{"blocks split", `<div>一<p>二</p>三</div>`, "一\n二\n三"},
		{"white space folded", "<p>  a\n\t b&nbsp;&nbsp;c </p>", "a b c"},
		{"space at inline edge", `<p><b>a </b>b<i> c</i></p>`, "a b c"},
		{"br splits", `<p>a<br>b<br/>c</p>`, "a\nb\nc"},
		{"pre kept", "<pre>\na  b\n c\n</pre>", "a  b\n c"},
		{"cells apart", `<table><tr><td>a</td><td>b</td></tr></table>`, "a\nb"},
		{"no script, style, template", `<p>a</p><script>b</script><style>c</style><template><p>d</p></template><p>e</p>`, "a\ne"},
		{"shadow root is shown", `<div><template shadowrootmode="open"><p>d</p></template></div>`, "d"},
		{"head is no text", `<head><title>t</title></head><body>b`, "b"},
		{"options and textarea", `<select><option>a<option>b</select><textarea>c</textarea>`, "a\nb\nc"},
		{"button value", `<p>x</p><input type=submit value=购买>`, "x\n购买"},
		{"alt after its paragraph", `<p>最<img alt=图>佳</p>`, "最佳\n图"},
		{"hidden inline does not split", `<p>最<span style="display:none">不</span>佳</p>`, "最佳\n不"},
		{"hidden block does not split", `<div>最<div hidden><p>x</p><p>y</p></div>佳</div>`, "最佳\nx\ny"},
		{"span shown as block", `<p>a<span style="display:block">b</span>c</p>`, "a\nb\nc"},
		{"empty", ``, ""},
		{"svg text", `<svg><text>a</text></svg>`, "a"},
		{"full-width blank kept", `<p>a　b</p>`, "a　b"},
		{"custom element is inline", `<p>a<x-y>b</x-y>c</p>`, "abc"},
		{"noscript is text, hidden", `<p>a</p><noscript><p>b</p></noscript>`, "a\nb"},
		{"srcdoc", `<iframe srcdoc="&lt;p&gt;in&lt;/p&gt;"></iframe>`, "in"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, parseBody(t, tt.html).Text); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	type block struct {
		Text, Tag, Attr, Zone, Selector string
		Hidden                          bool
		Joined                          []int
	}
	p := parseBody(t, `<header><a href=/ title=主页>首页</a></header><nav><ul><li>云市场</ul></nav>
<div id=box><p>最<b>佳</b>选<i>择</i> 好</p><p>二</p></div>
<div class="sidebar">旁</div><div class="card-header">卡</div><div class="site_footer">脚</div>
<div style="visibility:hidden">藏</div><input placeholder=手机号><span aria-label=标>x</span>`)
	var got []block
	for _, b := range p.Blocks {
		x := block{Text: p.Text[b.Start:b.End], Tag: b.Tag, Attr: b.Attr, Zone: b.Zone, Hidden: b.Hidden, Selector: p.Selector(b.Node)}
		for _, j := range b.Joined {
			x.Joined = append(x.Joined, j-b.Start)
		}
		got = append(got, x)
		if b.Field != "detail" {
			t.Errorf("field of %q is %q without a profile", x.Text, b.Field)
		}
	}
	body := "html > body > "
	want := []block{
		{Text: "首页", Tag: "header", Zone: "header", Selector: body + "header:nth-of-type(1)"},
		{Text: "主页", Tag: "a", Attr: "title", Zone: "header", Selector: body + "header:nth-of-type(1) > a:nth-of-type(1)"},
		{Text: "云市场", Tag: "li", Zone: "nav", Selector: body + "nav:nth-of-type(1) > ul:nth-of-type(1) > li:nth-of-type(1)"},
		{Text: "最佳选择 好", Tag: "p", Selector: "#box > p:nth-of-type(1)", Joined: []int{3, 6, 9}},
		{Text: "二", Tag: "p", Selector: "#box > p:nth-of-type(2)"},
		{Text: "旁", Tag: "div", Zone: "aside", Selector: body + "div:nth-of-type(2)"},
		{Text: "卡", Tag: "div", Selector: body + "div:nth-of-type(3)"},
		{Text: "脚", Tag: "div", Zone: "footer", Selector: body + "div:nth-of-type(4)"},
		{Text: "藏", Tag: "div", Hidden: true, Selector: body + "div:nth-of-type(5)"},
		{Text: "手机号", Tag: "input", Attr: "placeholder", Selector: body + "input:nth-of-type(1)"},
		{Text: "x", Tag: "body", Selector: "html > body"},
		{Text: "标", Tag: "span", Attr: "aria-label", Selector: body + "span:nth-of-type(1)"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHidden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		attrs string
		want  bool
	}{
		{`hidden`, true},
		{`style="display:none"`, true},
		{`style="color:red; DISPLAY : None !important"`, true},
		{`style="visibility:hidden"`, true},
		{`style="opacity:0"`, true},
		{`style="opacity:0.5"`, false},
		{`style="font-size:0px"`, true},
		{`style="font-size:12px"`, false},
		{`style="position:absolute;left:-9999px"`, true},
		{`style="text-indent:-999em"`, true},
		{`style="text-indent:2em"`, false},
		{`style="height:0;overflow:hidden"`, true},
		{`style="overflow:hidden"`, false},
		{`style="display:block"`, false},
		{`aria-hidden="true"`, false},
		{``, false},
	}
	for _, tt := range tests {
		p := parseBody(t, `<div `+tt.attrs+`><p>词</p><a href="/x">去</a></div>`)
		if got := p.Blocks[0].Hidden; got != tt.want {
			t.Errorf("block in <div %s>: Hidden = %v, want %v", tt.attrs, got, tt.want)
		}
		if got := p.Links[0].Hidden; got != tt.want {
			t.Errorf("link in <div %s>: Hidden = %v, want %v", tt.attrs, got, tt.want)
		}
	}
}

func TestSelectorNeedsUniquePlainIDs(t *testing.T) {
	t.Parallel()
	p := parseBody(t, `<div id="a"><p>1</p></div><div id="a"><p>2</p></div><div id="u-1234567"><p>3</p></div><div id="x y"><p>4</p></div><my-el id="ok"><p>5</p></my-el><my-el><p>6</p></my-el>`)
	want := []string{
		"html > body > div:nth-of-type(1) > p:nth-of-type(1)",
		"html > body > div:nth-of-type(2) > p:nth-of-type(1)",
		"html > body > div:nth-of-type(3) > p:nth-of-type(1)",
		"html > body > div:nth-of-type(4) > p:nth-of-type(1)",
		"#ok > p:nth-of-type(1)",
		"html > body > my-el:nth-of-type(2) > p:nth-of-type(1)",
	}
	var got []string
	for _, b := range p.Blocks {
		got = append(got, p.Selector(b.Node))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s := p.Selector(0) + p.Selector(-1) + p.Selector(99999); s != "" {
		t.Errorf("no element has the path %q", s)
	}
}

func TestMetaTitleLang(t *testing.T) {
	t.Parallel()
	p := parseBody(t, `<html lang="zh-CN"><head><title> 云
 市场 </title><meta name=description content="d"><meta property="og:title" content="o"></head><body><svg><title>no</title></svg>`)
	if p.Title != "云 市场" || p.Lang != "zh-CN" {
		t.Errorf("title %q, lang %q", p.Title, p.Lang)
	}
	if diff := cmp.Diff([]Meta{{"description", "d"}, {"og:title", "o"}}, p.Meta); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("<div>", 100_000) + `词<a href="/deep">去</a>` + strings.Repeat("</div>", 100_000)
	tests := []struct{ name, html, truncated, text string }{
		{"deep", deep, truncDepth, "去"},
		{"many tags", strings.Repeat("<i>", 900_000), truncNodes, ""},
		{"many links", strings.Repeat("<a href=/>", 60_000), truncLinks, ""},
		{"much text", strings.Repeat("<p>"+strings.Repeat("字", 1000)+"</p>", 1500), truncText, "字"},
		{"too long", strings.Repeat(" ", 11<<20), truncBytes, ""},
		// Unclosed formatting elements are opened again in each paragraph.
		{"fonts", manyFonts(450) + strings.Repeat("<p>x", 40_000), "", "x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := parseBody(t, tt.html)
			if p.Truncated != tt.truncated {
				t.Errorf("Truncated = %q, want %q", p.Truncated, tt.truncated)
			}
			if !strings.Contains(p.Text, tt.text) {
				t.Errorf("text lacks %q", tt.text)
			}
			if tt.name == "deep" && (len(p.Links) != 1 || p.Links[0].URL.String() != "https://shop.example.com/deep") {
				t.Errorf("links of the deep page: %+v", p.Links)
			}
		})
	}
}

func manyFonts(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("<p><font size=")
		b.WriteString(strings.Repeat("1", i%50+1))
		b.WriteString(" x=")
		b.WriteString(strings.Repeat("a", i/50))
		b.WriteString(">")
	}
	return b.String()
}

func TestNotUTF8AndNUL(t *testing.T) {
	t.Parallel()
	if p := parseBody(t, "<p>a\xff\xfeb\x00c</p>"); p.Text != "a\uFFFDbc" {
		t.Errorf("text %q", p.Text)
	}
}

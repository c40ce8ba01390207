package page

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// found is a link as tables write it.
type found struct {
	Kind LinkKind
	URL  string
	Text string
}

func linksOf(p *Page) []found {
	var out []found
	for i := range p.Links {
		l := &p.Links[i]
		f := found{Kind: l.Kind, Text: l.Text}
		if l.URL != nil {
			f.URL = l.URL.String()
		}
		out = append(out, f)
	}
	return out
}

func TestLinks(t *testing.T) {
	t.Parallel()
	const dir, site, x = "https://shop.example.com/dir/", "https://shop.example.com", "https://x.example/"
	tests := []struct {
		name, html string
		want       []found
	}{
		{"a", `<a href=" b.html ">去<b>看</b></a>`, []found{{LinkA, dir + "b.html", "去看"}}},
		{"a around blocks", `<a href=b><div>一</div><p>二</p></a>`, []found{{LinkA, dir + "b", "一 二"}}},
		{"aria-label", `<a href=b aria-label=标><i></i></a>`, []found{{LinkA, dir + "b", "标"}}},
		{"title", `<a href=b title=题></a>`, []found{{LinkA, dir + "b", "题"}}},
		{"alt of picture", `<p>x <a href=b><img alt=图 src=i.png></a> y</p>`, []found{{LinkA, dir + "b", "图"}, {LoadImage, dir + "i.png", ""}}},
		{"hidden word in link", `<p>x<a href=b>去<s hidden>不</s>看</a></p>`, []found{{LinkA, dir + "b", "去看"}}},
		{"link in hidden aside", `<p>x<span hidden>a<a href=b>藏</a></span></p>`, []found{{LinkA, dir + "b", "藏"}}},
		{"base", `<a href=1>1</a><base href="//x.example/d/"><a href=2>2</a>`, []found{{LinkA, x + "d/1", "1"}, {LinkBase, x + "d/", ""}, {LinkA, x + "d/2", "2"}}},
		{"unresolvable", `<a href="https://[">x</a>`, []found{{LinkA, "", "x"}}},
		{"backslashes", `<a href="\\x.example\a">x</a>`, []found{{LinkA, x + "a", "x"}}},
		{"other schemes", `<a href="tel:1">t</a><a href="weixin://dl/x">w</a><a href="mailto:a@x.example">m</a>`, []found{
			{LinkA, "tel:1", "t"}, {LinkA, "weixin://dl/x", "w"}, {LinkA, "mailto:a@x.example", "m"},
		}},
		{"area", `<map><area href=b alt=区></map>`, []found{{LinkArea, dir + "b", "区"}}},
		{"form", `<form action=/f><button formaction=/g>发</button></form>`, []found{{LinkForm, site + "/f", ""}, {LinkFormAction, site + "/g", "发"}}},
		{"frames", `<iframe src=b></iframe><object data=c></object><embed src=d><object><param name=movie value=e></object>`, []found{
			{LinkIframe, dir + "b", ""}, {LinkObject, dir + "c", ""}, {LinkEmbed, dir + "d", ""}, {LinkObject, dir + "e", ""},
		}},
		{"frameset", `<frameset><frame src=b></frameset>`, []found{{LinkFrame, dir + "b", ""}}},
		{"refresh", `<meta http-equiv=Refresh content="0; URL='b'"><meta http-equiv=refresh content="5,url=c"><meta http-equiv=refresh content="0 d"><meta http-equiv=refresh content=5>`, []found{
			{LinkMetaRefresh, dir + "b", ""}, {LinkMetaRefresh, dir + "c", ""}, {LinkMetaRefresh, dir + "d", ""},
		}},
		{"frame that holds its document", `<iframe src="data:text/html,<script>location='https://x.example/'</script>"></iframe>`, []found{
			{LinkIframe, "data:text/html,<script>location='https://x.example/'</script>", ""}, {LinkScript, x, ""},
		}},
		{"svg animation", `<svg><a><animate attributeName="href" values="https://x.example/;#t"/></a><set attributeName="xlink:href" to="https://x.example/"/><set attributeName="fill" to="red"/></svg>`, []found{
			{LinkSVG, x, ""}, {LinkSVG, x, ""},
		}},
		{"mathml", `<math><mi href="https://x.example/">x</mi></math>`, []found{{LinkSVG, x, "x"}}},
		{"svg", `<svg><a xlink:href="https://x.example/">s</a><image href=i.png /><use xlink:href="#u"/></svg>`, []found{{LinkSVG, x, "s"}, {LoadImage, dir + "i.png", ""}}},
		{"img", `<img src=a.png srcset="b.png 1x, c.png 2x" lowsrc=d.png><img data-src=e.png src=blank.gif>`, []found{
			{LoadImage, dir + "a.png", ""},
			{LoadImage, dir + "b.png", ""},
			{LoadImage, dir + "c.png", ""},
			{LoadImage, dir + "d.png", ""},
			{LoadImage, dir + "blank.gif", ""},
			{LoadImage, dir + "e.png", ""},
		}},
		{"media", `<video src=a poster=b><source src=c></video><table background=d></table>`, []found{
			{LoadMedia, dir + "a", ""}, {LoadMedia, dir + "b", ""}, {LoadMedia, dir + "c", ""}, {LoadImage, dir + "d", ""},
		}},
		{"cite and ping", `<blockquote cite=a>q</blockquote><a href=b ping="c d">p</a>`, []found{
			{LinkCite, dir + "a", "q"}, {LinkA, dir + "b", "p"}, {LinkPing, dir + "c", "p"}, {LinkPing, dir + "d", "p"},
		}},
		{"link elements", `<link rel=stylesheet href=a><link rel="shortcut icon" href=b><link rel=canonical href=c><link rel=preload as=image href=d><link rel=manifest href=e>`, []found{
			{LoadStyle, dir + "a", ""}, {LoadImage, dir + "b", ""}, {LinkRel, dir + "c", ""}, {LoadImage, dir + "d", ""}, {LinkCite, dir + "e", ""},
		}},
		{"css", `<style>/* url(no) */ @import "a.css"; p{background:URL( "b.png" )}</style><p style="background:url(c.png)">x</p>`, []found{
			{LoadStyle, dir + "a.css", ""}, {LoadCSS, dir + "b.png", ""}, {LoadCSS, dir + "c.png", ""},
		}},
		{"data attributes", `<div data-url="https://x.example/">d</div><div data-n="//5"></div><li data-go="//x.example/a">e</li><div data-bg="https://x.example/b"></div>`, []found{
			{LinkData, x, "d"}, {LinkData, x + "a", "e"}, {LoadImage, x + "b", ""},
		}},
		{"noscript", `<noscript><a href="https://x.example/">n</a></noscript>`, []found{{LinkA, x, "n"}}},
		{"comment", `<!-- <a href="https://x.example/">n</a> -->`, nil},
		{"data image is no address", `<img src="data:image/png;base64,AAAA">`, []found{{LoadImage, "", ""}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, linksOf(parseBody(t, tt.html))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestScriptedLinks(t *testing.T) {
	t.Parallel()
	const x = "https://x.example/"
	tests := []struct {
		name, html string
		want       []string
	}{
		{"location", `<script>location="https://x.example/"</script>`, []string{x}},
		{"location.href", `<script>window.location.href = 'https://x.example/';</script>`, []string{x}},
		{"assign and replace", `<script>location.assign("/a");top.location.replace('/b')</script>`, []string{"https://shop.example.com/a", "https://shop.example.com/b"}},
		{"window.open", "<script>window.open(`https://x.example/`)</script>", []string{x}},
		{"href of an element", `<script>a.href="https://x.example/"</script>`, []string{x}},
		{"properties by name", `<script>window["location"]="https://x.example/"</script><script>window['location']['href']="https://x.example/"</script><script>location["assign"]("https://x.example/")</script>`, []string{x, x, x}},
		{"open in a script", `<script>open("https://x.example/")</script><script>window?.open ("https://x.example/")</script><script>open("/a");f.reopen("https://x.example/")</script>`, []string{x, x}},
		{"concatenated", `<script>location='htt'+'ps://x.exa' + "mple/"</script>`, []string{x}},
		{"escaped", `<script>location="\x68ttps:\/\/x.\u0065xample/"</script>`, []string{x}},
		{"atob", `<script>location=atob('aHR0cHM6Ly94LmV4YW1wbGUv')</script>`, []string{x}},
		{"decoded", `<script>location=decodeURIComponent('https%3A%2F%2Fx.example%2F')</script>`, []string{x}},
		{"start of an address", `<script>location='https://x.example/?r='+id</script>`, []string{x + "?r="}},
		{"start without host", `<script>location='/a?r='+id;location=base+'/x'</script>`, nil},
		{"comparison", `<script>if(location.href=="https://x.example/"){}</script>`, nil},
		{"data only", `<script>var api="https://x.example/";fetch("https://x.example/a")</script>`, nil},
		{"request", `<script>xhr.open("GET","https://x.example/")</script>`, nil},
		{"commented out", "<script>// location.href='https://x.example/'\n/* location='https://x.example/' */</script>", nil},
		{"style sheet by script", `<script>l.href="/a.css"</script>`, nil},
		{"JSON", `<script type="application/json">{"location":"https://x.example/"}</script>`, nil},
		{"handler", `<div onclick="location.href='https://x.example/'">a</div>`, []string{x}},
		{"handler call", `<div onclick="go('https://x.example/', 1)">a</div>`, []string{x}},
		{"bare open", `<div onclick="open('https://x.example/')">a</div>`, []string{x}},
		{"not a click", `<img onerror="this.src='https://x.example/'">`, nil},
		{"javascript address", `<a href=" JavaScript:window.open('https://x.example/')">a</a>`, []string{x}},
		{"escaped javascript address", `<a href="javascript:location=%22https://x.example/%22">a</a>`, []string{x}},
		{"nothing", `<a href="javascript:void(0)" onclick="f()">a</a>`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, l := range parseBody(t, tt.html).Links {
				if l.Kind != LinkHandler && l.Kind != LinkScript {
					continue
				}
				got = append(got, l.URL.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoBase(t *testing.T) {
	t.Parallel()
	p := Parse([]byte(`<a href="/x">a</a><a href="https://x.example/">b</a>`), Options{})
	if diff := cmp.Diff([]found{{LinkA, "", "a"}, {LinkA, "https://x.example/", "b"}}, linksOf(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p = Parse([]byte(`<a href="//x.example/">a</a><a href=" /\x.example">b</a><a onclick="window.open('//x.example/')">c</a>`), Options{})
	for i := range p.Links {
		if u := p.Links[i].URL; u == nil || u.String() != "https://x.example/" {
			t.Errorf("without a base %q is %v", p.Links[i].Raw, u)
		}
	}
	if len(p.Links) != 3 {
		t.Errorf("links: %+v", linksOf(p))
	}
	p = Parse([]byte(`<base href="https://x.example/d/"><a href="x">a</a>`), Options{})
	if len(p.Links) != 2 || p.Links[1].URL.String() != "https://x.example/d/x" {
		t.Errorf("links: %+v", linksOf(p))
	}
}

func TestButtonsFormsImages(t *testing.T) {
	t.Parallel()
	p := parseBody(t, `<a href="javascript:;">立即购买</a><a href="#">顶</a><div role=button>订</div><button disabled>停</button>
<a name=anchor></a><input type=button value=开通>
<form method=post action=/save><h3>注册</h3><label for=i>身份证号</label><input id=i name=idcard autocomplete=off>
<label>手机 <input name=tel type=tel></label><table><tr><td>银行卡号</td><td><input name=bank></td></tr></table>
<input name=q placeholder=搜索><input type=hidden name=csrf value=1><button>提交</button></form>
邮箱：<input name=stray type=email><img src=a.png data-src=b.png alt=图>`)
	var buttons []string
	for _, b := range p.Buttons {
		s := b.Text
		if b.Disabled {
			s += "!"
		}
		buttons = append(buttons, s)
	}
	if diff := cmp.Diff([]string{"立即购买", "顶", "订", "停!", "开通", "提交"}, buttons); diff != "" {
		t.Errorf("buttons (-want +got):\n%s", diff)
	}
	if len(p.Forms) != 2 {
		t.Fatalf("%d forms", len(p.Forms))
	}
	f := p.Forms[0]
	if !strings.EqualFold(f.Method, http.MethodPost) || f.Action.String() != "https://shop.example.com/save" || f.Text != "注册 提交" {
		t.Errorf("form %s %v %q", f.Method, f.Action, f.Text)
	}
	var inputs []string
	for _, f := range p.Forms {
		for _, in := range f.Inputs {
			inputs = append(inputs, in.Name+"/"+in.Type+"/"+in.Label+"/"+in.Placeholder)
		}
	}
	want := []string{"idcard/text/身份证号/", "tel/tel/手机/", "bank/text/银行卡号/", "q/text//搜索", "csrf/hidden//", "stray/email/邮箱：/"}
	if diff := cmp.Diff(want, inputs); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
	if len(p.Images) != 1 || p.Images[0].Alt != "图" || p.Images[0].URL.String() != "https://shop.example.com/dir/a.png" {
		t.Errorf("images %+v", p.Images)
	}
}

func TestPrices(t *testing.T) {
	t.Parallel()
	type price struct {
		Fen            int64
		Currency, Unit string
		As             string
	}
	tests := []struct {
		html string
		want []price
	}{
		{`<p><em>¥</em><b>1,280</b>.00 <i>/月</i></p>`, []price{{128000, "CNY", "月", "¥1,280.00 /月"}}},
		{`1280元/年`, []price{{128000, "CNY", "年", "1280元/年"}}},
		{`￥0.01/次起`, []price{{1, "CNY", "次", "￥0.01/次"}}},
		{`CNY 30`, []price{{3000, "CNY", "", "CNY 30"}}},
		{`1.5万元`, []price{{1500000, "CNY", "", "1.5万元"}}},
		{`低至 9.9 元每月`, []price{{990, "CNY", "月", "9.9 元每月"}}},
		{`<div>¥</div><div>99</div>`, []price{{9900, "CNY", "", "¥\n99"}}},
		{`$5.00/user`, []price{{500, "USD", "user", "$5.00/user"}}},
		{`版本 1.2.3，2024年 12月，100元素，面议，免费，400-000-0000`, nil},
		{`¥99999999999999999999`, nil},
		{`10.0.0.1元`, nil},
		{`¥1,2345`, []price{{100, "CNY", "", "¥1"}}},
	}
	for _, tt := range tests {
		p := parseBody(t, tt.html)
		var got []price
		for _, x := range p.Prices() {
			got = append(got, price{x.Fen, x.Currency, x.Unit, p.Text[x.Start:x.End]})
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.html, diff)
		}
	}
}

package page

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"marketwarden/internal/market"
	"marketwarden/internal/weburl"
)

// listingPage writes a listing page of the demo market as long as real ones are: the
// platform's frame with its links, and the provider's words as rich-text editors leave
// them. The same seed gives the same page.
func listingPage(seed uint64, size int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	words := []string{
		"企业", "数据", "管理", "平台", "服务", "支持", "部署", "镜像", "安全", "备份", "监控", "日志", "接口", "权限", "报表",
		"用户", "系统", "集成", "流程", "审批", "自动", "扩容", "弹性", "存储", "网络", "运维", "容器", "模型", "分析", "实时",
	}
	sentence := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(words[r.IntN(len(words))])
		}
		return b.String()
	}
	var b bytes.Buffer
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p(`<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>%s-示例云市场</title>
<meta name="description" content="%s"><link rel="stylesheet" href="https://static.demo.example/css/site.css"><link rel="icon" href="/favicon.ico">
<script src="https://static.demo.example/js/site.js"></script><script>window.__conf={"api":"https://market.demo.example/api/v1","cdn":"//static.demo.example/"};</script></head>
<body class="page-detail"><div class="site-header"><div class="logo"><a href="https://www.demo.example/"><img src="https://static.demo.example/logo.png" alt="示例云"></a></div><ul class="nav-list">`, sentence(4), sentence(20))
	for i := range 60 {
		p("\n<li class=\"nav-item\"><a href=\"https://www.demo.example/product/%s-%d?spm=5176.%d\" data-spm=\"d%d\">%s</a></li>", "svc", i, i*7, i, sentence(2))
	}
	p(`</ul><form action="/search" method="get" class="search-box"><input type="text" name="q" placeholder="搜索商品"><button type="submit" class="btn">搜索</button></form></div>
<div class="breadcrumb"><a href="/">云市场</a> &gt; <a href="/products/software">软件</a> &gt; <span>%s</span></div>
<div class="main"><h1 class="listing-title">%s</h1><p class="listing-summary">%s</p><div class="listing-price"><em>¥</em><b>1,280</b>.00 <i>/月</i></div>
<div class="sku"><label>版本</label><select name="edition"><option value="1">标准版</option><option value="2">专业版</option></select><a class="buy" href="/buy/dm000001?sku=1">立即购买</a></div>
<a class="listing-agreement" href="/agreement/dm000001.html">《服务协议》</a><div id="detail" class="tab-panel">`, sentence(4), sentence(4), sentence(30))
	for i := 0; b.Len() < size*62/100; i++ {
		switch i % 6 {
		case 0:
			p("<h3 style=\"color:#333;font-size:18px\">%s</h3>\n", sentence(4))
		case 1, 3:
			p("<p style=\"text-indent:2em;line-height:1.75em\"><span style=\"font-family:微软雅黑;font-size:14px\">%s</span><span style=\"font-size:14px\"><strong>%s</strong>%s，</span>&nbsp;%s。</p>\n", sentence(12), sentence(2), sentence(18), sentence(14))
		case 2:
			p("<table border=\"1\" cellspacing=\"0\"><tbody>")
			for range 3 {
				p("<tr><td width=\"120\"><p>%s</p></td><td><span>%s</span></td><td>%s</td></tr>", sentence(3), sentence(6), sentence(4))
			}
			p("</tbody></table>\n")
		case 4:
			p("<p><img src=\"https://static.demo.example/img/blank.gif\" data-src=\"https://static.demo.example/img/%d.png\" alt=\"%s\"></p>\n", i, sentence(3))
		case 5:
			p("<ul><li>%s</li><li>%s</li><li><a href=\"https://help.demo.example/doc/%d.html\" target=\"_blank\">%s</a></li></ul>\n", sentence(9), sentence(9), i, sentence(3))
		}
	}
	p(`</div><div id="cases"><p>%s</p></div><div id="support"><p>服务时间：工作日 9:00-18:00　电话：400-000-0000</p></div></div><div class="related-products"><h3>相关推荐</h3>`, sentence(30))
	for i := range 40 {
		p("\n<div class=\"card\"><a href=\"/detail/dm%06d.html?from_source=rec\" title=\"%s\"><img src=\"//static.demo.example/thumb/%d.png\" alt=\"\"><span class=\"name\">%s</span></a><span class=\"price\">¥%d.00/年</span></div>", i+10, sentence(3), i, sentence(4), 100+i*13)
	}
	p(`</div><div class="site-footer">`)
	for i := 0; i < 60 || b.Len() < size-300; i++ {
		p("\n<a href=\"https://www.demo.example/about/%d.html\">%s</a>", i, sentence(2))
	}
	p(`<p>© 示例云 版权所有 <a href="https://beian.miit.gov.cn/">示ICP备00000000号</a></p></div><script>var t='%s';document.querySelector('.buy').onclick=function(){window.open('/buy/dm000001');};</script></body></html>`, sentence(20))
	return b.Bytes()
}

const benchSize = 60 << 10

// BenchmarkGoqueryParse is the floor: the document alone.
func BenchmarkGoqueryParse(b *testing.B) {
	body := listingPage(1, benchSize)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := goquery.NewDocumentFromReader(bytes.NewReader(body)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParse is the document and everything taken out of it.
func BenchmarkParse(b *testing.B) {
	body := listingPage(1, benchSize)
	profile, err := market.LoadProfile("demo")
	if err != nil {
		b.Fatal(err)
	}
	m, err := NewMatcher(profile)
	if err != nil {
		b.Fatal(err)
	}
	u, err := weburl.Parse("https://market.demo.example/detail/dm000001.html")
	if err != nil {
		b.Fatal(err)
	}
	o := Options{URL: u, Profile: profile, Matcher: m}
	p := Parse(body, o)
	if !p.Layout.Matched || p.Truncated != "" || p.Shell.Is {
		b.Fatalf("the page is not read as a listing: %+v %q %+v", p.Layout, p.Truncated, p.Shell)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(body, o)
	}
	b.ReportMetric(float64(len(p.Links)), "links/page")
	b.ReportMetric(float64(len(p.Text)), "textbytes/page")
	b.ReportMetric(float64(len(p.Blocks)), "blocks/page")
}

package rules_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/sys/unix"

	"marketwarden/fixtures"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/rules"
	"marketwarden/scanners/page"
)

// listingPage is a listing page of ordinary size: a frame with navigation around a
// description of text, tables, pictures and a few addresses.
func listingPage() []byte {
	var b strings.Builder
	b.WriteString(`<html><head><title>建站软件</title></head><body><div class="nav">`)
	for i := range 150 {
		fmt.Fprintf(&b, `<a class="item item-%d" href="https://market.aliyun.com/products/%d/cmjj%08d.html?spm=5176.%d">应用软件 %d</a>`, i, i, i, i, i)
	}
	b.WriteString(`</div><h1>建站软件</h1><div id="product-detail">`)
	for i := range 120 {
		fmt.Fprintf(&b, `<p class="MsoNormal" style="margin:0 0 8px">第 %d 节：本产品基于 Node.js 与 MySQL 8.0.%d 构建，支持 Linux。<span style="color:#333">部署后打开 http://127.0.0.1:8080/admin，</span>按向导填写 app.config.port=8080，全程约 3.5 分钟，详见 README.md。</p>`, i, i)
		if i%10 == 0 {
			fmt.Fprintf(&b, `<img src="https://img.alicdn.com/imgextra/i%d.png" alt="功能截图 %d"><a href="https://help.aliyun.com/document_detail/%d.html">帮助</a>`, i, i, i)
		}
	}
	b.WriteString(`<p>官网 www.soft-vendor.com</p></div></body></html>`)
	return []byte(b.String())
}

// copywriting is a listing page whose description is what providers write, each paragraph
// of other sentences than the last.
func copywriting() []byte {
	sentences := []string{
		"面向中小制造企业的进销存软件，采购、仓库、生产和财务共用一套数据。", "支持按部门、岗位和项目分配权限，重要操作需要二次确认。",
		"仓库人员用手持终端扫码入库，库存变动实时同步到销售端。", "可以按客户、地区和时间汇总销售额，报表能够导出为表格。",
		"镜像预装运行环境，开通实例后按向导填写域名即可使用。", "数据每天凌晨自动备份到对象存储，默认保留三十天。",
		"我们的实施顾问会在三个工作日内安排线上培训，并协助导入历史数据。", "系统提供标准接口，可与现有的电商后台、物流平台和财务软件对接。",
		"移动端支持审批、签到和消息提醒，外勤人员不必回到办公室。", "价格按账号数量计算，包含一年的升级和技术支持。",
		"已有客户分布在五金、食品、服装和医疗器械等行业。", "如需定制功能，请先提交需求，由产品经理评估后给出方案。",
		"单据编号规则可以自定义，打印模板支持拖拽调整。", "库存低于安全线时自动生成采购建议，并通知负责人。",
		"Deploys in minutes on a single instance and scales out to a cluster.", "Every change is logged, and reports are exported as CSV or PDF.",
		"售后服务时间为工作日九点到十八点，提交工单后两小时内回复。", "到期前系统会提醒管理员，数据在停用后仍保留九十天。",
		"支持多公司、多仓库核算，不同币种按日汇率折算。", "首次登录请修改初始密码，建议开启两步验证。",
	}
	var b strings.Builder
	b.WriteString(`<!doctype html><html><head><meta charset="utf-8"><title>进销存软件</title></head><body><div class="topbar">`)
	for i := range 150 {
		fmt.Fprintf(&b, `<a href="https://market.aliyun.com/products/53%d/cmjj%08d.html">企业软件 %d</a>`, i, i, i)
	}
	b.WriteString(`</div><h1>进销存软件</h1><div id="product-detail">`)
	for i := range 90 {
		fmt.Fprintf(&b, `<p style="margin:0 0 8px;line-height:1.8">%s<span style="color:#333">%s</span>%s</p>`,
			sentences[i%len(sentences)], sentences[(i*7+3)%len(sentences)], sentences[(i*11+5)%len(sentences)])
		if i%6 == 0 {
			fmt.Fprintf(&b, `<h3>功能 %d</h3><img src="https://img.alicdn.com/imgextra/i%d.png" alt="界面截图 %d">`, i, i, i)
		}
	}
	b.WriteString(`</div></body></html>`)
	return []byte(b.String())
}

func BenchmarkListingPage(b *testing.B) {
	body := listingPage()
	profile, err := market.LoadProfile("aliyun")
	if err != nil {
		b.Fatal(err)
	}
	matcher, err := page.NewMatcher(profile)
	if err != nil {
		b.Fatal(err)
	}
	o := page.Options{Profile: profile, Matcher: matcher, AsListing: true}
	rulebook := book(b)
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
	run("parse", func() {
		if _, err := html.Parse(bytes.NewReader(body)); err != nil {
			b.Fatal(err)
		}
	})
	run("parse+extract", func() { page.Parse(body, o) })
	facts := rules.Facts{AsOf: time.Unix(1_780_000_000, 0), Profile: profile, Page: page.Parse(body, o)}
	run("judge", func() {
		got := rulebook.Judge(rules.ScopeListingPage, &facts)
		i := slices.IndexFunc(got, func(r record.Result) bool { return r.Rule == "external-link" })
		if i < 0 || len(got[i].Findings) != 1 {
			b.Fatal(got)
		}
	})
}

// BenchmarkListingRatio measures everything a listing page costs (parse, extract, judge)
// against goquery's parse alone, in processor time. Both take turns, so that what else the
// machine does falls on both alike. "ordinary" is a page as rich-text
// editors leave it; "addresses" has something like an address in every paragraph;
// "copywriting" is what providers write.
func BenchmarkListingRatio(b *testing.B) {
	for _, tc := range []struct {
		name, market, url string
		body              []byte
	}{
		{"ordinary", "demo", "http://market.demo.example/detail/dm000001.html", fixtures.ListingPage(1, 60<<10)},
		{"addresses", "aliyun", "https://market.aliyun.com/products/1/cmjj00000001.html", listingPage()},
		{"copywriting", "aliyun", "https://market.aliyun.com/products/1/cmjj00000001.html", copywriting()},
	} {
		b.Run(tc.name, func(b *testing.B) { benchRatio(b, tc.market, tc.url, tc.body) })
	}
}

func benchRatio(b *testing.B, name, url string, body []byte) {
	b.Helper()
	profile, err := market.LoadProfile(name)
	if err != nil {
		b.Fatal(err)
	}
	matcher, err := page.NewMatcher(profile)
	if err != nil {
		b.Fatal(err)
	}
	u, err := weburl.Parse(url)
	if err != nil {
		b.Fatal(err)
	}
	rulebook := book(b)
	o := page.Options{URL: u, Profile: profile, Matcher: matcher, AsListing: true}
	if p := page.Parse(body, o); name == "demo" && !p.Layout.Matched {
		b.Fatalf("the page is not read as a listing: %+v", p.Layout)
	}
	facts := rules.Facts{AsOf: time.Unix(1_780_000_000, 0), Profile: profile}
	var floor, ours time.Duration
	for b.Loop() {
		floor += cpu(b, func() {
			if _, err := goquery.NewDocumentFromReader(bytes.NewReader(body)); err != nil {
				b.Fatal(err)
			}
		})
		ours += cpu(b, func() {
			facts.Page = page.Parse(body, o)
			rulebook.Judge(rules.ScopeListingPage, &facts)
		})
	}
	b.ReportMetric(float64(ours)/float64(floor), "x-goquery")
	b.ReportMetric(float64(len(facts.Page.Links)), "links/page")
	b.ReportMetric(float64(len(facts.Page.Text)), "textbytes/page")
	b.ReportMetric(float64(len(body)), "bytes/page")
}

// cpu is the processor time, garbage collection included, that the program spends on so
// many calls of f.
func cpu(b *testing.B, f func()) time.Duration {
	b.Helper()
	const calls = 20 // processor time is counted in coarse steps
	used := func() time.Duration {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	for range calls {
		f()
	}
	return used() - before
}

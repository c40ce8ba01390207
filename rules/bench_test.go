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
// editors leave it; "addresses" has something like an address in every paragraph.
func BenchmarkListingRatio(b *testing.B) {
	for _, tc := range []struct {
		name, market, url string
		body              []byte
	}{
		{"ordinary", "demo", "http://market.demo.example/detail/dm000001.html", fixtures.ListingPage(1, 60<<10)},
		{"addresses", "aliyun", "https://market.aliyun.com/products/1/cmjj00000001.html", listingPage()},
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

package page

import (
	"bytes"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"marketwarden/fixtures"
	"marketwarden/internal/market"
	"marketwarden/internal/weburl"
)

const benchSize = 60 << 10

// BenchmarkGoqueryParse is the floor: the document alone.
func BenchmarkGoqueryParse(b *testing.B) {
	body := fixtures.ListingPage(1, benchSize)
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
	body := fixtures.ListingPage(1, benchSize)
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

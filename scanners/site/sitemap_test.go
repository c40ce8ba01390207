package site_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/scanners/site"
)

func packed(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

const urlset = `<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc> https://a-demo.com/p?a=1&amp;b=2 </loc><lastmod>2026-01-01</lastmod></url><url><loc>https://a-demo.com/q</loc></url></urlset>`

func TestParseSitemap(t *testing.T) {
	t.Parallel()
	two := []string{"https://a-demo.com/p?a=1&b=2", "https://a-demo.com/q"}
	for name, c := range map[string]struct {
		in              string
		pages, sitemaps []string
	}{
		"url set":             {urlset, two, nil},
		"packed":              {packed(urlset), two, nil},
		"packed and cut off":  {packed(urlset)[:len(packed(urlset))-6], two, nil},
		"byte order mark":     {"\ufeff" + urlset, two, nil},
		"other prefix":        {strings.NewReplacer("<url", "<s:url", "</url", "</s:url", "<loc", "<s:loc", "</loc", "</s:loc").Replace(urlset), two, nil},
		"index":               {`<sitemapindex><sitemap><loc>https://a-demo.com/1.xml</loc></sitemap></sitemapindex>`, nil, []string{"https://a-demo.com/1.xml"}},
		"index without loc":   {"<sitemapindex><sitemap>\nhttps://a-demo.com/1.xml\n</sitemap></sitemapindex>", nil, []string{"https://a-demo.com/1.xml"}},
		"text":                {"https://a-demo.com/1\r\nhttps://a-demo.com/2\nno address\n", []string{"https://a-demo.com/1", "https://a-demo.com/2"}, nil},
		"rss":                 {`<rss><channel><item><link>https://a-demo.com/1</link></item></channel></rss>`, []string{"https://a-demo.com/1"}, nil},
		"atom":                {`<feed><entry><link href="https://a-demo.com/1"/></entry></feed>`, []string{"https://a-demo.com/1"}, nil},
		"cut off":             {urlset[:len(urlset)-40], two[:1], nil},
		"CDATA":               {`<urlset><url><loc><![CDATA[https://a-demo.com/p?a=1&b=2]]></loc></url></urlset>`, two[:1], nil},
		"pictures":            {`<urlset><url><image:image><image:loc>https://a-demo.com/1.png</image:loc></image:image><loc>https://a-demo.com/q</loc></url></urlset>`, two[1:], nil},
		"empty titles":        {`<rss><title/><item><link>https://a-demo.com/q</link></item></rss>`, two[1:], nil},
		"UTF-16":              {"\xff\xfe" + strings.Join(strings.Split("https://a-demo.com/q", ""), "\x00") + "\x00", two[1:], nil},
		"an address too long": {"<urlset><url><loc>https://a-demo.com/" + strings.Repeat("a", 9000) + "</loc></url><url><loc>https://a-demo.com/q</loc></url></urlset>", two[1:], nil},
		"a page with links":   {`<!DOCTYPE html><html><head><link rel="canonical" href="https://a-demo.com/404"></head></html>`, nil, nil},
		"a page of HTML":      {"<html><body><p>404</p></body></html>", nil, nil},
		"nothing":             {"", nil, nil},
		"entities of its own": {`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><urlset><url><loc>https://a-demo.com/&e;</loc></url></urlset>`, []string{"https://a-demo.com/&e;"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pages, sitemaps := site.ParseSitemap([]byte(c.in))
			if diff := cmp.Diff(c.pages, pages); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.sitemaps, sitemaps); diff != "" {
				t.Errorf("sitemaps (-want +got):\n%s", diff)
			}
		})
	}
}

// TestParseSitemapBomb: a small file that unpacks to very much is read up to a bound.
func TestParseSitemapBomb(t *testing.T) { //nolint:paralleltest // counts what is allocated
	bomb := packed("<urlset>" + strings.Repeat(" ", 11<<20) + "<url><loc>https://a-demo.com/1</loc></url></urlset>")
	if pages, _ := site.ParseSitemap([]byte(bomb)); len(pages) != 0 {
		t.Errorf("read %v from behind the bound", pages)
	}
	for name, unit := range map[string]string{"elements": "<a>", "attributes": " a", "entities": "&amp;", "comments": "<!--"} {
		in := "<urlset><url" + strings.Repeat(unit, (2<<20)/len(unit))
		if name == "entities" {
			in = "<urlset><url><loc>" + in
		}
		before := allocated()
		site.ParseSitemap([]byte(in))
		if got := (allocated() - before) >> 20; got > 24 {
			t.Errorf("%s: %d MB were allocated for 2", name, got)
		}
	}
	many, _ := site.ParseSitemap([]byte(strings.Repeat("https://a-demo.com/1\n", 100_000)))
	if len(many) != 10_000 {
		t.Errorf("%d addresses taken from one file", len(many))
	}
}

// allocated is how many bytes were allocated so far.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func FuzzParseSitemap(f *testing.F) {
	for _, s := range []string{urlset, packed(urlset), "https://a-demo.com/1\n", "<a><b", "\x1f\x8b\x08"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		pages, sitemaps := site.ParseSitemap(b)
		for _, s := range append(pages, sitemaps...) {
			if s == "" || len(s) > 8<<10 {
				t.Errorf("an address of %d bytes", len(s))
			}
		}
		if len(pages)+len(sitemaps) > 10_001 {
			t.Errorf("%d addresses", len(pages)+len(sitemaps))
		}
	})
}

// TestRealSitemaps: every sample that names pages or sitemaps gives some.
func TestRealSitemaps(t *testing.T) {
	t.Parallel()
	root := realData(t)
	files, err := filepath.Glob(filepath.Join(root, "conformance", "sitemaps", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil || info.IsDir() {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pages, sitemaps := site.ParseSitemap(b)
		t.Logf("%s: %d pages, %d sitemaps", filepath.Base(name), len(pages), len(sitemaps))
		if len(pages)+len(sitemaps) == 0 && filepath.Base(name) != "do-not-visit.txt" {
			t.Errorf("%s gave nothing", filepath.Base(name))
		}
	}
}

package weburl

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Addresses of every kind the short way takes, and near misses of each.
func seeds() []string {
	return []string{
		"https://market.example/products/1/a-b_c.html?code=x&k=%E4%B8%AD#sku=1",
		"http://a.example", "https://a.example?x", "https://a.example#x", "http://a.example:8080",
		"http://a.example:80/", "https://a.example:443/", "http://a.example:443/", "http://a.example:0/", "http://a.example:/",
		"http://a.example:008/", "http://a.example:65535/", "http://a.example:65536/", "http://a.example:99999/",
		"HTTP://A.example/", "http://a..example/", "http://.a.example/", "http://a.example./", "http://a-.example/", "http://-a.-b/",
		"http://xn--fsqu00a.example/", "http://xn--.example/", "http://ab--cd.example/", "http://a.0x1/", "http://1.2.3.4/", "http://a.1b/",
		"http://a.-1/", "http://a.b_c/", "http://u:p@a.example/", "http://a.example/@b", "http://a.example:80@b/", "http://a.example:8080x/",
		"http://a.example/.", "http://a.example/..", "http://a.example/.../a", "http://a.example/a./b", "http://a.example/.a/b", "http://a.example/a/..b",
		"http://a.example/%2e", "http://a.example/%2E%2e/", "http://a.example/a%2eb", "http://a.example/%", "http://a.example/%2", "http://a.example/%zz",
		"http://a.example/'?'#'", "http://a.example/[x]?[x]#[x]", "http://a.example/^|`{}?^|`{}#^|`{}", `http://a.example/\?\#\`,
		"http://a.example/ ", " http://a.example/", "http://a.example/\t", "http://a.example/?a b", "http://a.example/\x00", "http://a.example/\x7f", "http://a.example/中?中#中",
		"http://a.example/#a#b?c", "http:a.example/", "http:/a.example", "http:///a.example", "https:////a.example", "foo://a.example/../b",
		"", "#", "?", "#a", "?a", "/", "//", "///", "//a.example", "//a.example/b", "/a/b", "a", "a/b", "a:b", "a/b:c", "a?b:c", "a#b:c", ":a", "1:a", "http:a", "https:",
		".", "..", "./", "../", "./a", "../a", "../../a", "../..", "./../a", ".././a", "..//a", "./.a", "../a/./b", ".//a", "./a:b", "..?a", "..#a", "index.php?id=1&x=../a",
		"mailto:a@b.example", "javascript:void(0)", "data:text/html,x", "file:///c|/a", "tel:1", "//u@a.example", "/a\\b", "?it's", "C|", "//-1.1", "//0.-0x5",
	}
}

// FuzzParse holds the short way to the full way, and both to what callers rely on.
func FuzzParse(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if len(raw) > MaxBytes {
			t.Skip("too long for both ways")
		}
		full, err := parseFull(raw)
		if fast := parseFast(raw); fast != nil {
			if err != nil {
				t.Fatalf("parseFast(%q) = %s, the full way says %v", raw, fast, err)
			}
			if *fast != *full {
				t.Fatalf("parseFast(%q) (-full +fast):\n%s", raw, cmp.Diff(*full, *fast, cmp.AllowUnexported(URL{})))
			}
		}
		if err == nil {
			checkURL(t, full)
		}
	})
}

// FuzzResolve does the same for references.
func FuzzResolve(f *testing.F) {
	for _, base := range []string{
		"https://market.example/products/1/a.html?code=x#f", "http://u:p@a.example:8080/b//c/", "https://a.example", "file:///a/b", "mailto:x@y.example", "foo://h/a/b?c",
	} {
		for _, s := range seeds() {
			f.Add(base, s)
		}
	}
	f.Fuzz(func(t *testing.T, base, ref string) {
		b, err := Parse(base)
		if err != nil || len(ref) > MaxBytes {
			t.Skip("no base")
		}
		full, err := b.resolveFull(ref)
		if fast := b.resolveFast(ref); fast != nil {
			if _, tooLong := bounded(fast); tooLong != nil {
				return
			}
			if err != nil {
				t.Fatalf("%s: resolveFast(%q) = %s, the full way says %v", base, ref, fast, err)
			}
			if *fast != *full {
				t.Fatalf("%s: resolveFast(%q) (-full +fast):\n%s", base, ref, cmp.Diff(*full, *fast, cmp.AllowUnexported(URL{})))
			}
		}
		if err == nil {
			checkURL(t, full)
		}
	})
}

// checkURL asserts what holds for every http address: its text reads as itself, and its
// canonical form is its own canonical form.
func checkURL(t *testing.T, u *URL) {
	t.Helper()
	_ = u.HostUnicode()
	_ = RegistrableDomain(u.Host())
	canonical := u.Canonical("spm", "utm_*")
	if !u.IsHTTP() {
		return
	}
	if u.Host() == "" || u.Path() == "" {
		t.Fatalf("%s: host %q, path %q", u, u.Host(), u.Path())
	}
	again, err := Parse(u.String())
	if err != nil || *again != *u {
		t.Fatalf("%q read again: %v (-first +again):\n%s", u, err, cmp.Diff(u, again, cmp.AllowUnexported(URL{})))
	}
	c, err := Parse(canonical)
	if err != nil {
		if len(canonical) > MaxBytes {
			return
		}
		t.Fatalf("canonical %q of %q: %v", canonical, u, err)
	}
	if got := c.Canonical("spm", "utm_*"); got != canonical {
		t.Fatalf("canonical form of %q is %q, of that %q", u, canonical, got)
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		_, _ = Parse("https://market.example/products/56778013/cmjj024613.html?spm=5176.730005.0.0#sku=yuncode18613000001")
	}
}

func BenchmarkParseFull(b *testing.B) {
	for b.Loop() {
		_, _ = parseFull("https://market.example/products/56778013/cmjj024613.html?spm=5176.730005.0.0#sku=yuncode18613000001")
	}
}

func BenchmarkResolve(b *testing.B) {
	base := parse(b, "https://market.example/products/56778013/cmjj024613.html")
	for name, ref := range map[string]string{
		"path": "/products/201200006/cmgj019582.html?x=1", "relative": "../img/logo_2x.png", "absolute": "https://other.example/a/b.html",
		"host": "//cdn.example/js/app.min.js", "full": "/搜索?q=网站",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = base.Resolve(ref)
			}
		})
	}
}

func BenchmarkCanonical(b *testing.B) {
	u := parse(b, "https://market.example/products/56778013/cmjj024613.html?spm=5176.730005.0.0&a=1#sku=yuncode18613000001")
	for b.Loop() {
		_ = u.Canonical("spm", "scm", "userCode")
	}
}

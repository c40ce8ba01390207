package weburl

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parse(tb testing.TB, raw string) *URL {
	tb.Helper()
	u, err := Parse(raw)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

// parts is what a URL answers about itself.
type parts struct {
	Href, Scheme, Host, Port, Path, Query, Fragment string
	Userinfo                                        bool
}

func partsOf(u *URL) parts {
	return parts{
		u.String(), u.Scheme(), u.Host(), u.Port(), u.Path(), u.RawQuery(), u.Fragment(),
		u.HasUserinfo(),
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]parts{
		"https://Market.Example:443/a/../b?x=1#y": {
			"https://market.example/b?x=1#y", "https", "market.example", "", "/b", "x=1", "y", false,
		},
		" http:\\\\u:p@127.1:8080\\商品?名=值 ": {
			"http://u:p@127.0.0.1:8080/%E5%95%86%E5%93%81?%E5%90%8D=%E5%80%BC",
			"http", "127.0.0.1", "8080", "/%E5%95%86%E5%93%81", "%E5%90%8D=%E5%80%BC", "", true,
		},
		"http://[::FFFF:1.2.3.4]": {
			"http://[::ffff:102:304]/", "http", "[::ffff:102:304]", "", "/", "", "", false,
		},
		"http://例子。中国":       {"http://xn--fsqu00a.xn--fiqs8s/", "http", "xn--fsqu00a.xn--fiqs8s", "", "/", "", "", false},
		"mailto:a@b.example": {"mailto:a@b.example", "mailto", "", "", "a@b.example", "", "", false},
		"foo:/.//p?q#f":      {"foo:/.//p?q#f", "foo", "", "", "//p", "q", "f", false},
		"https://a.example?b#c?d#e": {
			"https://a.example/?b#c?d#e", "https", "a.example", "", "/", "b", "c?d#e", false,
		},
	} {
		if diff := cmp.Diff(want, partsOf(parse(t, raw))); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", raw, diff)
		}
	}
	for _, raw := range []string{"", "a", "//a.example", "http://", "http://a b/", "http://1.2.3.256/", "http://[::1", "http://a:70000/"} {
		if u, err := Parse(raw); err == nil {
			t.Errorf("Parse(%q) = %q, want an error", raw, u)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const base = "https://u@shop.example:8443/a/b//c;d?q=1#f"
	for ref, want := range map[string]string{
		"":                     "https://u@shop.example:8443/a/b//c;d?q=1",
		"#g":                   "https://u@shop.example:8443/a/b//c;d?q=1#g",
		"?r":                   "https://u@shop.example:8443/a/b//c;d?r",
		"x":                    "https://u@shop.example:8443/a/b//x",
		"./x":                  "https://u@shop.example:8443/a/b//x",
		"../x":                 "https://u@shop.example:8443/a/b/x",
		"../../x":              "https://u@shop.example:8443/a/x",
		"../../../../../x":     "https://u@shop.example:8443/x",
		"..":                   "https://u@shop.example:8443/a/b/",
		"x/../y":               "https://u@shop.example:8443/a/b//y",
		"%2e%2E/y":             "https://u@shop.example:8443/a/b/y",
		"/x.html":              "https://u@shop.example:8443/x.html",
		"//other.example":      "https://other.example/",
		"\\\\other.example\\":  "https://other.example/",
		"https:y":              "https://u@shop.example:8443/a/b//y",
		"http:y":               "http://y/",
		"x:y":                  "x:y",
		"./x:y":                "https://u@shop.example:8443/a/b//x:y",
		"?u=http://x.example/": "https://u@shop.example:8443/a/b//c;d?u=http://x.example/",
		" x\ny ":               "https://u@shop.example:8443/a/b//xy",
		"?it's":                "https://u@shop.example:8443/a/b//c;d?it%27s",
		"javascript:void(0)":   "javascript:void(0)",
	} {
		got, err := parse(t, base).Resolve(ref)
		if err != nil || got.String() != want {
			t.Errorf("Resolve(%q) = %v, %v, want %s", ref, got, err, want)
		}
	}
	if got, err := parse(t, "mailto:a@b.example").Resolve("x"); err == nil {
		t.Errorf("a reference was resolved against mailto: %s", got)
	}
}

func TestTooLong(t *testing.T) {
	t.Parallel()
	base := parse(t, "https://a.example/"+strings.Repeat("a", MaxBytes/2)+"/")
	for name, f := range map[string]func() (*URL, error){
		"parse":                    func() (*URL, error) { return Parse("https://a.example/" + strings.Repeat("a", MaxBytes)) },
		"parse, a slash too many":  func() (*URL, error) { return Parse("https://" + strings.Repeat("a", MaxBytes-8)) },
		"parse, once encoded":      func() (*URL, error) { return Parse("https://a.example/" + strings.Repeat("字", 2000)) },
		"resolve":                  func() (*URL, error) { return base.Resolve(strings.Repeat("a", MaxBytes+1)) },
		"resolve, joined":          func() (*URL, error) { return base.Resolve(strings.Repeat("a", MaxBytes/2)) },
		"resolve, joined the full": func() (*URL, error) { return base.Resolve(strings.Repeat("|", MaxBytes/2)) },
	} {
		if u, err := f(); !errors.Is(err, ErrTooLong) {
			t.Errorf("%s: %v, %v, want ErrTooLong", name, u, err)
		}
	}
}

func TestCostlyUserinfo(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("@", maxAt+1)
	if u, err := Parse("http://" + many + "a.example/"); !errors.Is(err, errCostly) {
		t.Errorf("Parse = %v, %v, want errCostly", u, err)
	}
	base := parse(t, "https://a.example/")
	if u, err := base.Resolve("//" + many + "a.example"); !errors.Is(err, errCostly) {
		t.Errorf("Resolve = %v, %v, want errCostly", u, err)
	}
	if u, err := base.Resolve(many); err != nil || u.Path() != "/"+many {
		t.Errorf("in a path: %v, %v", u, err)
	}
}

func TestParam(t *testing.T) {
	t.Parallel()
	u := parse(t, "https://a.example/go?url=https%3A%2F%2Fb.example%2F%3Fx%3D1&a+b=c+d&&url=second&empty&bad=%zz%ff%E5%95%86&%75rl2=y")
	for name, want := range map[string]string{
		"url": "https://b.example/?x=1", "a b": "c d", "empty": "", "bad": "%zz\uFFFD商", "url2": "y",
	} {
		if got, ok := u.Param(name); !ok || got != want {
			t.Errorf("Param(%q) = %q, %v, want %q", name, got, ok, want)
		}
	}
	for _, name := range []string{"", "URL", "c d"} {
		if got, ok := u.Param(name); ok {
			t.Errorf("Param(%q) = %q, want none", name, got)
		}
	}
}

func TestHostUnicode(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://例子.中国/":           "例子.中国",
		"https://shop.example/":    "shop.example",
		"https://[::1]/":           "[::1]",
		"mailto:a@b":               "",
		"foo://xn--a/":             "xn--a", // no valid punycode
		"https://XN--FSQU00A.com/": "例子.com",
	} {
		if got := parse(t, raw).HostUnicode(); got != want {
			t.Errorf("HostUnicode of %s = %q, want %q", raw, got, want)
		}
	}
}

func TestDecodedPath(t *testing.T) {
	t.Parallel()
	if got := parse(t, "https://a.example/商品+%2F%zz").DecodedPath(); got != "/商品+/%zz" {
		t.Errorf("DecodedPath = %q", got)
	}
}

func TestTravelsAsText(t *testing.T) {
	t.Parallel()
	type wrap struct{ A, B *URL }
	in := wrap{A: parse(t, "https://a.example?b=<c>")}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out wrap
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, out); diff != "" {
		t.Errorf("JSON round trip (-want +got):\n%s", diff)
	}
	if err := json.Unmarshal([]byte(`{"A":"nowhere"}`), &out); err == nil {
		t.Error("a relative address was read from JSON")
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	a, b := parse(t, "https://a.example"), parse(t, "https://a.example/")
	var none *URL
	if !a.Equal(b) || a.Equal(none) || none.Equal(a) || !none.Equal(none) || a.Equal(parse(t, "http://a.example/")) {
		t.Error("Equal does not compare serialisations")
	}
}

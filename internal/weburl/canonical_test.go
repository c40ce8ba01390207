package weburl

import "testing"

func TestCanonical(t *testing.T) {
	t.Parallel()
	drop := []string{"spm", "utm_*"}
	for raw, want := range map[string]string{
		"http://Shop.example/":                          "https://shop.example/",
		"http://shop.example:80/a#top":                  "https://shop.example/a",
		"http://shop.example:8080/a":                    "http://shop.example:8080/a",
		"http://shop.example:443/a":                     "http://shop.example:443/a",
		"https://shop.example:443/a":                    "https://shop.example/a",
		"https://user:pw@shop.example":                  "https://shop.example/",
		"https://shop.example./a":                       "https://shop.example/a",
		"https://shop.example/a?b=2&spm=1&a=1":          "https://shop.example/a?b=2&a=1",
		"https://shop.example/a?%73pm=1&utm_source=x&b": "https://shop.example/a?b",
		"https://shop.example/a?SPM=1":                  "https://shop.example/a?SPM=1",
		"https://shop.example/a?spm=1":                  "https://shop.example/a",
		"https://shop.example/a?&b=2&":                  "https://shop.example/a?b=2",
		"https://shop.example/a?":                       "https://shop.example/a",
		"https://shop.example/%7ea%2fb":                 "https://shop.example/~a%2Fb",
		"https://shop.example/100%":                     "https://shop.example/100%25",
		"https://shop.example/%%32e":                    "https://shop.example/%252e",
		"https://shop.example/A/":                       "https://shop.example/A/",
		"https://shop.example/a?q=%e4%b8%ad&r=中":        "https://shop.example/a?q=%E4%B8%AD&r=%E4%B8%AD",
		"mailto:a@shop.example?subject=x":               "mailto:a@shop.example?subject=x",
		"javascript:void(0)":                            "javascript:void(0)",
		"ftp://u:p@shop.example/a#b":                    "ftp://shop.example/a",
		"foo:/.//p":                                     "foo:/.//p",
		"file:///c:/a":                                  "file:///c:/a",
	} {
		if got := parse(t, raw).Canonical(drop...); got != want {
			t.Errorf("Canonical of %s = %s, want %s", raw, got, want)
		}
	}
}

func TestRegistrableDomain(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"www.shop.example.com":    "example.com",
		"a.b.com.cn":              "b.com.cn",
		"com.cn":                  "com.cn",
		"cn":                      "cn",
		"localhost":               "localhost",
		"WWW.Example.COM.":        "example.com",
		"me.github.io":            "me.github.io",
		"a.me.github.io":          "me.github.io",
		"127.0.0.1":               "127.0.0.1",
		"[::1]":                   "[::1]",
		"www.xn--fsqu00a.中国":      "xn--fsqu00a.xn--fiqs8s",
		"":                        "",
		"a..com":                  "a..com",
		"x.unknown-tld-of-theirs": "x.unknown-tld-of-theirs",
	} {
		if got := RegistrableDomain(host); got != want {
			t.Errorf("RegistrableDomain(%q) = %q, want %q", host, got, want)
		}
	}
}

func TestIsPublicSuffixTLD(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"abc.com": true, "abc.com.cn": true, "例子.中国": true, "xn--fsqu00a.xn--fiqs8s": true,
		"shop": true, "a.ck": true, "README.md": true, "java.io": true, // real ones: the context decides
		"readme.txt": false, "main.go": false, "index.html": false, "localhost": false,
		"1.2.3.4": false, "": false, ".": false, "v2.0": false, "x.internal": false,
	} {
		if got := IsPublicSuffixTLD(host); got != want {
			t.Errorf("IsPublicSuffixTLD(%q) = %v, want %v", host, got, want)
		}
	}
}

func TestHostIs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		host, pattern string
		want          bool
	}{
		{"aliyun.com", "aliyun.com", true},
		{"Aliyun.com.", "aliyun.COM", true},
		{"www.aliyun.com", "aliyun.com", false},
		{"aliyun.com", "*.aliyun.com", false},
		{"www.aliyun.com", "*.aliyun.com", true},
		{"a.b.aliyun.com", "*.aliyun.com", true},
		{"notaliyun.com", "*.aliyun.com", false},
		{"aliyun.com.evil.example", "*.aliyun.com", false},
		{"b.oss-cn-hangzhou.aliyuncs.com", "*.oss-*.aliyuncs.com", true},
		{"a.b.oss-cn-hangzhou.aliyuncs.com", "*.oss-*.aliyuncs.com", true},
		{"oss-cn-hangzhou.aliyuncs.com", "*.oss-*.aliyuncs.com", false},
		{"b.oss-cn.hangzhou.aliyuncs.com", "*.oss-*.aliyuncs.com", false},
		{"shop123.market.example", "shop*.market.example", true},
		{"x.shop123.market.example", "shop*.market.example", false},
		{"b.x.example", "b.*.example", true},
		{"b.x.y.example", "b.*.example", false},
		{"x", "*", true},
		{"", "*", false},
		{"x", "", false},
		{"[::1]", "[::1]", true},
	} {
		if got := HostIs(tt.host, tt.pattern); got != tt.want {
			t.Errorf("HostIs(%q, %q) = %v, want %v", tt.host, tt.pattern, got, tt.want)
		}
	}
}

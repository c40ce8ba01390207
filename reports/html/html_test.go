package html

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTextsAreComplete: each text exists in both languages, takes the same arguments in
// both, and is used by a template; templates use no other.
func TestTextsAreComplete(t *testing.T) {
	t.Parallel()
	verb := regexp.MustCompile(`%[ds]|\{[a-z]+\}`)
	for key, text := range words() {
		if text.ZH == "" || text.EN == "" {
			t.Errorf("%s: zh %q, en %q", key, text.ZH, text.EN)
		}
		sorted := func(s string) []string { return slices.Sorted(slices.Values(verb.FindAllString(s, -1))) }
		if diff := cmp.Diff(sorted(text.ZH), sorted(text.EN)); diff != "" {
			t.Errorf("%s takes different arguments (-zh +en)\n%s", key, diff)
		}
	}
	used := map[string]bool{}
	files, err := fs.Glob(templates, "templates/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		body, err := fs.ReadFile(templates, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`[{( ]t "([^"]+)"`).FindAllStringSubmatch(string(body), -1) {
			used[m[1]] = true
		}
	}
	want, got := slices.Sorted(maps.Keys(words())), slices.Sorted(maps.Keys(used))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("texts and their use (-there is +used)\n%s", diff)
	}
}

// TestNoNetwork: nothing of ours refers to another place.
func TestNoNetwork(t *testing.T) {
	t.Parallel()
	out := regexp.MustCompile(`(?i)https?:|url\(|@import|//[a-z]|fetch\(|XMLHttpRequest|innerHTML|eval\(`)
	sources := map[string]string{"report.css": style, "report.js": regexp.MustCompile(`(?m)^\s*//.*$`).ReplaceAllString(script, "")}
	for name, body := range sources {
		if m := out.FindString(body); m != "" {
			t.Errorf("%s has %q", name, m)
		}
	}
	if !strings.HasPrefix(policy(), "default-src 'none'; ") || strings.Contains(policy(), "unsafe") {
		t.Errorf("policy %q lets something in", policy())
	}
}

func TestFileName(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"sp1003":        "sp1003.html",
		"external-link": "external-link.html",
		"":              "h.e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.html",
	} {
		if got := fileName(id); got != want {
			t.Errorf("fileName(%q) = %q, want %q", id, got, want)
		}
	}
	for _, id := range []string{"SP1003", "con", "com1", "../x", ".", "a/b", "a.b", "陈", "-x", strings.Repeat("a", 65), "x\x00"} {
		if got := fileName(id); !regexp.MustCompile(`^h\.[0-9a-f]{64}\.html$`).MatchString(got) {
			t.Errorf("fileName(%q) = %q, want a hash", id, got)
		}
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://market.example/detail/1.html?a=b&c=%E4%B8%AD#x": "https://market.example/detail/1.html?a=b&c=%E4%B8%AD#x",
		"http://market.example:8080/":                            "http://market.example:8080/",
		"javascript:alert(1)":                                    "",
		"data:text/html,x":                                       "",
		"//other.example/":                                       "",
		"/relative":                                              "",
		"https://market.example@evil.example/":                   "",
		"https://exаmple.com/":                                   "", // a Cyrillic letter
		"https:\\\\evil.example\\":                               "",
		"https://a.example/\n":                                   "",
		"https://":                                               "",
		"":                                                       "",
	} {
		if got := link(address); got != want {
			t.Errorf("link(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for n, want := range map[any]string{0: "0", 999: "999", 1000: "1,000", -1234567: "−1,234,567", int64(12345): "12,345"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%v) = %q, want %q", n, got, want)
		}
	}
}

// TestBarsFillTheirRow: pieces stand side by side, in proportion.
func TestBarsFillTheirRow(t *testing.T) {
	t.Parallel()
	got := bars(&Rule{Violation: 1, Pass: 2, NotApplicable: 1})
	want := []segment{
		{Class: "violation", X: 0, W: 25, Count: 1},
		{Class: "pass", X: 25, W: 50, Count: 2},
		{Class: "not_applicable", X: 75, W: 25, Count: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := bars(&Rule{}); got != nil {
		t.Errorf("a rule without answers has bars %v", got)
	}
}

// TestChartsStayInBounds: figures beyond the axis end at it, and long tables are cut.
func TestChartsStayInBounds(t *testing.T) {
	t.Parallel()
	var listings []*Orderless
	for i := range 2 * chartRows {
		listings = append(listings, &Orderless{Listing: strings.Repeat("宽", 100), DaysLeft: 500 * (1 - 2*(i%2))})
	}
	shares := []*Deployment{{Provider: strings.Repeat("w", 100), Sold: 3, Cloud: 1, Other: 1, Unknown: 1, Share: "33.3–66.6"}, {Sold: 0}}
	for name, c := range map[string]*barChart{"orderless": orderlessChart(listings), "deployment": deploymentChart(shares)} {
		if c.Shown != len(c.Rows) || c.Shown > chartRows {
			t.Errorf("%s: %d of %d rows shown, want at most %d", name, len(c.Rows), c.Of, chartRows)
		}
		for _, r := range c.Rows {
			for _, s := range r.Segments {
				if s.X < labelWidth-0.01 || s.X+s.W > chartWidth-valueWidth+2.01 || s.W <= 0 {
					t.Errorf("%s: bar from %v, %v wide", name, s.X, s.W)
				}
			}
			if r.Y < 0 || int(r.Y) > c.Height {
				t.Errorf("%s: row at %v", name, r.Y)
			}
		}
	}
	if deploymentChart(nil) != nil || orderlessChart(nil) != nil || newTrend(nil) != nil {
		t.Error("a chart of nothing")
	}
}

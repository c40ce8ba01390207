package reports

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"marketwarden/internal/record"
	page "marketwarden/reports/html"
)

// htmlSample is the sample with everything that only pages show.
func htmlSample() record.Report {
	r := sample()
	for i := range int64(4) {
		r.Trend = append(r.Trend, record.TrendPoint{Sweep: 4 + i, AsOf: at(2+int(i), 2), Violations: 3 + int(i), Suspected: 1})
	}
	return r
}

func htmlCatalogue() Catalogue {
	c := testCatalogue()
	r := c["deployment-ratio"]
	r.What = record.Text{ZH: "低于 80% 为违规", EN: "below 80 % is a violation"}
	r.Action = record.Text{ZH: "清退", EN: "Expulsion"}
	r.Params = []Param{{Name: "percent", Value: "80", Doc: record.Text{ZH: "最低百分比", EN: "the least share"}}}
	r.PlatformSide = true
	c["deployment-ratio"] = r
	return c
}

// render writes the pages by their names.
func renderPages(t *testing.T, r record.Report, o Options) map[string]string {
	t.Helper()
	pages, err := HTML(r, o)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, p := range pages {
		if _, twice := out[p.Name]; twice {
			t.Errorf("two pages are called %s", p.Name)
		}
		out[p.Name] = renderPage(t, p)
	}
	return out
}

func renderPage(t *testing.T, p page.Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// content is what stands in the main element, with its elements on lines of their own.
func content(t *testing.T, page string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `<main id="content">`)
	body, _, closed := strings.Cut(rest, "</main>")
	if !ok || !closed {
		t.Fatal("the page has no content")
	}
	return strings.TrimSpace(body) + "\n"
}

func TestHTMLGolden(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh", "en"} {
		pages := renderPages(t, htmlSample(), Options{Lang: lang, Rules: htmlCatalogue(), Today: Today{WarnDays: 14}})
		for name, file := range map[string]string{
			"index.html": "index", "deployment.html": "deployment", "zero-orders.html": "zero-orders",
		} {
			golden(t, lang+"-"+file+".html", []byte(content(t, pages[name])))
		}
	}
}

func TestHTMLOrderOfInputDoesNotMatter(t *testing.T) {
	t.Parallel()
	o := Options{Lang: "zh", Rules: htmlCatalogue()}
	want := renderPages(t, htmlSample(), o)
	for seed := range uint64(5) {
		r := htmlSample()
		rng := rand.New(rand.NewPCG(seed, 1))
		shuffle(rng, r.Records)
		shuffle(rng, r.NotChecked)
		shuffle(rng, r.Deployment)
		shuffle(rng, r.Orderless)
		shuffle(rng, r.Run.Coverage)
		if diff := cmp.Diff(want, renderPages(t, r, o)); diff != "" {
			t.Fatalf("seed %d (-want +got)\n%s", seed, diff)
		}
	}
}

// TestHTMLLinks: every link leads to a page of the report, and every fragment without a
// filter to an element of it.
func TestHTMLLinks(t *testing.T) {
	t.Parallel()
	pages := renderPages(t, htmlSample(), Options{Lang: "en", Rules: htmlCatalogue()})
	ids := map[string][]string{}
	for name, body := range pages {
		walk(t, body, func(n *html.Node) {
			if id := attr(n, "id"); id != "" {
				if slices.Contains(ids[name], id) {
					t.Errorf("%s has two elements with the id %s", name, id)
				}
				ids[name] = append(ids[name], id)
			}
		})
	}
	for name, body := range pages {
		walk(t, body, func(n *html.Node) {
			href := attr(n, "href")
			if href == "" || strings.HasPrefix(href, "http") {
				return
			}
			target, fragment, _ := strings.Cut(href, "#")
			to := name
			if target != "" {
				to = filepath.ToSlash(filepath.Join(filepath.Dir(name), target))
			}
			if pages[to] == "" {
				t.Errorf("%s links to %s, which there is not", name, href)
			}
			if id, ok := strings.CutPrefix(fragment, "f="); ok {
				fragment = "f-" + id
			}
			if fragment != "" && !strings.Contains(fragment, "=") && !slices.Contains(ids[to], fragment) {
				t.Errorf("%s links to %s, and there is no such element", name, href)
			}
		})
	}
}

func TestHTMLSaysEverything(t *testing.T) {
	t.Parallel()
	pages := renderPages(t, htmlSample(), Options{Lang: "en", Rules: htmlCatalogue(), Provider: "P1"})
	for name, wants := range map[string][]string{
		"index.html":       {"provider P1 only", "unreachable", "robots.txt forbids it"},
		"findings.html":    {"<mark>https://new.example/</mark>", "#detail &gt; p:nth-of-type(2) &gt; a", "Remove the link", "aa11", "10(5)", "seen in 3 places"},
		"changes.html":     {"https://gone.example/", "mended", "a link to https://again.example/"},
		"not-checked.html": {"the connection timed out", "orders end in February"},
		"zero-orders.html": {"2026-04-01", ">27<"},
		"deployment.html":  {"70.0–90.0 %", "79.9 %"},
		"r/deployment-ratio.html": {
			"below 80 % is a violation", "Expulsion", "the least share", "24(5)", "marketplace’s own to-do",
		},
		"providers.html": {"P1", "三号"},
	} {
		for _, want := range wants {
			if !strings.Contains(pages[name], want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
	if strings.Contains(content(t, pages["findings.html"]), "gone.example") {
		t.Error("a resolved finding stands among the open ones")
	}
}

// TestHTMLHostile: whatever stands in a page or a feed, the report has only the elements,
// attributes, scripts and links that are ours.
func TestHTMLHostile(t *testing.T) {
	t.Parallel()
	allowed := shape(t, renderPages(t, htmlSample(), Options{Lang: "en", Rules: htmlCatalogue(), Provider: "x"}))
	for name, s := range hostileTexts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkHTML(t, allowed, s)
		})
	}
}

// TestHTMLRealHostile does the same with collections of attacks.
func TestHTMLRealHostile(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MARKETWARDEN_REAL_DATA")
	if dir == "" {
		t.Skip("MARKETWARDEN_REAL_DATA is not set: the collected attacks were not tried")
	}
	allowed := shape(t, renderPages(t, htmlSample(), Options{Lang: "en", Rules: htmlCatalogue(), Provider: "x"}))
	for _, name := range []string{"MarioXSSVectors.txt", "RSNAKE_XSS.txt", "XSS_Polyglots.txt", "blns.txt", "csv-formulas.txt"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(filepath.Join(dir, "hostile", name))
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(string(body), "\n")
			checkHTML(t, allowed, string(body[:min(len(body), 1<<16)]))
			// All in one report, a line a finding, and some in every field.
			r := htmlSample()
			for _, line := range lines {
				r.Records = append(r.Records, poison(line).Records[0])
			}
			for _, page := range renderPages(t, r, Options{Lang: "en", Rules: htmlCatalogue()}) {
				checkPage(t, allowed, page)
			}
			for i := 0; i < len(lines); i += 1 + len(lines)/20 {
				checkHTML(t, allowed, lines[i])
			}
		})
	}
}

func checkHTML(t *testing.T, allowed map[string]bool, s string) {
	t.Helper()
	r := poison(s)
	for name, page := range renderPages(t, r, Options{Lang: "en", Rules: htmlCatalogue(), Provider: s}) {
		if !regexp.MustCompile(`^((p|r)/)?[a-z0-9._-]+\.html$`).MatchString(name) {
			t.Errorf("a page is called %q", name)
		}
		checkPage(t, allowed, page)
	}
}

// checkPage holds a page against what a report without hostile texts has.
func checkPage(t *testing.T, allowed map[string]bool, page string) {
	t.Helper()
	acts(t, []byte(page), "\n")
	scripts := 0
	walk(t, page, func(n *html.Node) {
		if n.Data == "script" || n.Data == "style" {
			scripts++
		}
		for _, a := range n.Attr {
			if !allowed[n.Data+" "+a.Key] {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, cut(a.Val, 80))
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "http") && !ownLink.MatchString(a.Val) {
				t.Errorf("link to %q", a.Val)
			}
			if a.Key == "href" && strings.HasPrefix(a.Val, "http") && attr(n, "rel") != "noreferrer noopener nofollow" {
				t.Errorf("link to %q without rel", a.Val)
			}
		}
		if !allowed[n.Data] {
			t.Errorf("<%s>", n.Data)
		}
	})
	if scripts != 2 {
		t.Errorf("%d scripts and styles, want one of each", scripts)
	}
}

var ownLink = regexp.MustCompile(`^((\.\./)?([pr]/)?[a-z0-9._-]+\.html)?(#[^"<>]*)?$`)

// shape is every element and every attribute of an element that pages have.
func shape(t *testing.T, pages map[string]string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, page := range pages {
		walk(t, page, func(n *html.Node) {
			out[n.Data] = true
			for _, a := range n.Attr {
				out[n.Data+" "+a.Key] = true
			}
		})
	}
	return out
}

func walk(t *testing.T, page string, visit func(*html.Node)) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			visit(n)
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// TestHTMLMarksTheWords: the mark stays on its words where the snippet is long or the
// words have to be made inert.
func TestHTMLMarksTheWords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("很长的上文", 200) + "example.com" + strings.Repeat("很长的下文", 200)
	from := strings.Index(long, "example")
	for _, tt := range []struct {
		name    string
		snippet string
		mark    [2]int
		want    string
	}{
		{"long", long, [2]int{from, from + len("example.com")}, "上文<mark>example.com</mark>很长的"},
		{"invisible", "加\u200b微信", [2]int{0, 9}, `<mark>加\u200b微</mark>信`},
		{"markup", "<b>x</b>", [2]int{0, 3}, "<mark>&lt;b&gt;</mark>x&lt;/b&gt;"},
		{"outside", "abc", [2]int{2, 99}, "ab<mark>c</mark>"},
		{"none", "abc", [2]int{0, 0}, `<q class="snippet">abc</q>`},
	} {
		f := finding("P", "L", "x")
		f.Occurrences[0].Snippet, f.Occurrences[0].Mark = tt.snippet, tt.mark
		pages := renderPages(t, record.Report{Records: []record.View{view(f, record.ChangeNew)}}, Options{Lang: "en"})
		if !strings.Contains(pages["findings.html"], tt.want) {
			t.Errorf("%s: the page has no %s", tt.name, tt.want)
		}
	}
}

// TestHTMLTellsProvidersApart: identifiers that look the same once they are inert have
// pages of their own.
func TestHTMLTellsProvidersApart(t *testing.T) {
	t.Parallel()
	ids := []string{"sp1", "SP1", "sp 1", "sp\t1", "sp\u200b1", "../sp1", "con", "", strings.Repeat("x", 5000), strings.Repeat("x", 5001)}
	var r record.Report
	for _, id := range ids {
		r.Records = append(r.Records, view(finding(id, "L", "https://"+fmt.Sprintf("%x", id)+".example/"), record.ChangeNew))
	}
	n := 0
	for name, body := range renderPages(t, r, Options{Lang: "en"}) {
		if !strings.HasPrefix(name, "p/") {
			continue
		}
		n++
		if got := strings.Count(body, `<tr class="what">`); got != 1 {
			t.Errorf("%s has %d findings, want its own", name, got)
		}
	}
	if n != len(ids) {
		t.Errorf("%d pages for %d providers", n, len(ids))
	}
}

func TestHTMLEmpty(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh", "en"} {
		for name, body := range renderPages(t, record.Report{}, Options{Lang: lang}) {
			if content(t, body) == "" {
				t.Errorf("%s is empty", name)
			}
		}
	}
}

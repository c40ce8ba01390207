package pipeline_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	xhtml "golang.org/x/net/html"

	"marketwarden/pipeline"
	"marketwarden/reports"
)

// hostileTexts are the collected attacks, a line each, and a few of our own.
func hostileTexts(t *testing.T) []string {
	t.Helper()
	texts := []string{
		`"><script>alert(1)</script>`, `' onmouseover=alert(1) x='`, "javascript:alert(1)", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)",
		"</textarea></title><img src=x onerror=alert(1)>", "\u202egnp.exe", "a\u200bb", "{{.}}", "<!--", "]]>", "%s%n", "＝1+1",
	}
	root := os.Getenv("MARKETWARDEN_REAL_DATA")
	if root == "" {
		t.Log("MARKETWARDEN_REAL_DATA is not set: only a few hostile texts of our own are swept")
		return texts
	}
	for _, name := range []string{"MarioXSSVectors.txt", "RSNAKE_XSS.txt", "XSS_Polyglots.txt", "blns.txt", "csv-formulas.txt"} {
		b, err := os.ReadFile(filepath.Join(root, "hostile", name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			if line = strings.TrimSpace(strings.ToValidUTF8(line, "")); line != "" && !strings.HasPrefix(line, "#") && !strings.ContainsRune(line, 0) {
				texts = append(texts, line)
			}
		}
	}
	return texts
}

// TestHostileMarket sweeps a market whose every field is hostile (names, titles, prices,
// pages, links, forms) and opens what the reports make of it: nothing of it acts.
func TestHostileMarket(t *testing.T) {
	t.Parallel()
	texts := hostileTexts(t)
	const perListing = 8
	at := func(i int) string { return texts[i%len(texts)] }
	listings := len(texts)/perListing + 1
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		if _, err := fmt.Sscanf(filepath.Base(r.URL.Path), "cmjj%d.html", &n); err != nil {
			if r.URL.Path == "/robots.txt" {
				http.NotFound(w, r)
				return
			}
			fmt.Fprintf(w, "<title>%s</title><p>%s</p><a href='/x'>%s</a>", html.EscapeString(at(len(r.URL.Path))), at(len(r.URL.Path)), at(7))
			return
		}
		fmt.Fprintf(w, "<title>x</title><h1>%s</h1><div class=detail-content>", html.EscapeString(at(n)))
		for i := range perListing {
			s := at(n*perListing + i)
			e := html.EscapeString(s)
			// As text and as markup; in an address, in words on a link to another site, in
			// the words around a claim.
			fmt.Fprintf(w, "<p>%s</p><div>%s</div><p>全国第一 %s 加微信 abcd1234 更优惠 %s</p><a href=\"http://evil%d-demo.com/?%s\" title=\"%s\">%s</a><form action=\"http://form%d-demo.com/%s\"><input name=\"%s\"></form><img alt=\"%s\" src=\"%s\">",
				e, s, e, e, i, e, e, e, i, e, e, e, e)
		}
		fmt.Fprint(w, "</div>")
	}))
	defer srv.Close()
	b := setup(t, "aliyun", map[string]string{"market.aliyun.com": srv.Listener.Addr().String(), "www.hostile-demo.com": srv.Listener.Addr().String()}, nil)
	b.options.Config.Fetch.MarketPace = 0
	b.load(map[string][]byte{
		"providers": feed(t, listings, func(i int) []string {
			return []string{fmt.Sprintf("%s#%d", clip(at(i), 150), i), at(i + 1), "enterprise", "http://www.hostile-demo.com/" + at(i), at(i + 2), at(i + 3), "active", "2020-01-01"}
		}, "provider_id", "name", "kind", "site_url", "contact_email", "markets", "status", "joined_on"),
		"listings": feed(t, listings, func(i int) []string {
			return []string{
				fmt.Sprintf("cmjj%06d", i), fmt.Sprintf("%s#%d", clip(at(i), 150), i), at(i + 4), at(i + 5), "saas",
				fmt.Sprintf("http://market.aliyun.com/products/1/cmjj%06d.html", i), "http://www.hostile-demo.com/p?" + at(i), at(i + 6),
				"2020-01-01", "", "on_sale", at(i + 7),
			}
		}, "listing_id", "provider_id", "title", "market", "delivery", "detail_url", "product_page_url", "price", "listed_at", "delisted_at", "status", "deliverable_url"),
	}, "")
	sw := b.sweep(pipeline.Order{AsOf: time.Now()})
	r := b.report(sw.ID)
	if len(r.Records) < listings {
		t.Fatalf("%d records of %d listings: the hostile market was not judged", len(r.Records), listings)
	}
	dir := t.TempDir()
	for _, lang := range []string{"zh", "en"} {
		out := filepath.Join(dir, lang)
		if _, err := reports.WriteFiles(out, []string{"html", "csv", "jsonl"}, r, reports.Options{Lang: lang}); err != nil {
			t.Fatal(err)
		}
		files := 0
		err := filepath.WalkDir(out, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			body, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files++
			switch filepath.Ext(path) {
			case ".html":
				inertHTML(t, path, body)
			case ".csv":
				inertCSV(t, path, body)
			}
			return nil
		})
		if err != nil || files < 10 {
			t.Errorf("%d files read: %v", files, err)
		}
	}
	t.Logf("%d texts in %d listings: %d records, nothing acts", len(texts), listings, len(r.Records))
}

func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}

func feed(t *testing.T, rows int, row func(int) []string, header ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write(header); err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if err := w.Write(row(i)); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return b.Bytes()
}

// inertHTML holds a page to: one script and one style, no handlers, links to its own
// pages or marked as foreign, nothing loaded.
func inertHTML(t *testing.T, path string, body []byte) {
	t.Helper()
	doc, err := xhtml.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	scripts := 0
	for n := range doc.Descendants() {
		if n.Type != xhtml.ElementNode {
			continue
		}
		switch n.Data {
		case "script":
			scripts++
		case "iframe", "object", "embed", "img", "base", "link", "video", "audio":
			t.Errorf("%s has a <%s>", path, n.Data)
		}
		foreign, rel := "", ""
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "src", a.Key == "srcdoc", a.Key == "action", a.Key == "formaction":
				t.Errorf("%s: <%s %s=%q>", path, n.Data, a.Key, a.Val)
			case a.Key == "rel":
				rel = a.Val
			case a.Key == "href" && strings.Contains(a.Val, ":"):
				foreign = a.Val
			}
		}
		if foreign != "" && (!strings.HasPrefix(foreign, "http") || !strings.Contains(rel, "noopener") || strings.Contains(foreign, "evil")) {
			t.Errorf("%s links to %q", path, foreign)
		}
	}
	if scripts > 1 {
		t.Errorf("%s has %d scripts", path, scripts)
	}
}

// inertCSV holds every cell to not being a formula.
func inertCSV(t *testing.T, path string, body []byte) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for _, row := range rows {
		for _, c := range row {
			if c = strings.TrimSpace(c); c != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(c)[0]) {
				t.Errorf("%s: cell %q is a formula", path, c)
			}
		}
	}
}

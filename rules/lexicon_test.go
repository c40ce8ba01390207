package rules

import (
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/market"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// TestSharedScan holds that every rule answers the same whether one pass over the page
// looked for the words of all rules or each rule looks for its own, on the texts of the
// corpus as they are and in disguise.
func TestSharedScan(t *testing.T) {
	t.Parallel()
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := market.LoadProfile("aliyun")
	if err != nil {
		t.Fatal(err)
	}
	spaced := strings.NewReplacer("，", "，", "的", "的 ", "云", " 云", "最", "最·", "一", "一\u200b", "r", "r\u00AD", "官", "官 - ")
	wide := strings.NewReplacer("a", "ａ", "e", "Ｅ", "1", "①", "国", "國", "业", "業")
	for _, body := range corpusPages(t) {
		for how, text := range map[string]string{"plain": body, "spaced": spaced.Replace(body), "wide": wide.Replace(body), "upper": strings.ToUpper(body)} {
			u, err := weburl.Parse("https://market.aliyun.com/products/1/cmjj00000001.html")
			if err != nil {
				t.Fatal(err)
			}
			p := page.Parse([]byte("<meta charset=utf-8><body>"+text), page.Options{URL: u, Profile: profile})
			f := Facts{AsOf: time.Unix(1_780_000_000, 0), Profile: profile, Page: p, WholeBody: true, Params: b.defaults}
			for _, r := range b.rules {
				if r.Scope != ScopeListingPage {
					continue
				}
				alone, shared := f, f
				shared.book = b
				if diff := cmp.Diff(r.judge(&alone), r.judge(&shared)); diff != "" {
					t.Errorf("%s, %s (-by itself +shared):\n%s", r.ID, how, diff)
				}
			}
		}
	}
}

// corpusPages are the texts of the corpus, so many a page.
func corpusPages(t *testing.T) (pages []string) {
	t.Helper()
	const perPage = 12
	files, err := filepath.Glob(filepath.Join("corpus", "tune", "*.tsv"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var b strings.Builder
	n := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			columns := strings.Split(line, "\t")
			if len(columns) < 5 {
				continue
			}
			text := columns[4]
			if columns[3] != "page" && columns[3] != "html" {
				text = html.EscapeString(text)
			}
			b.WriteString("<p>" + strings.NewReplacer(`\n`, "<br>", `\t`, " ").Replace(text) + "</p>\n")
			if n++; n%perPage == 0 {
				pages = append(pages, b.String())
				b.Reset()
			}
		}
	}
	return append(pages, b.String())
}

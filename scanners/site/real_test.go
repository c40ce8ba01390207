package site_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/weburl"
	"marketwarden/scanners/site"
)

// realData is the folder with real material.
func realData(t *testing.T) string {
	t.Helper()
	root := os.Getenv("MARKETWARDEN_REAL_DATA")
	if root == "" {
		t.Skip("MARKETWARDEN_REAL_DATA is not set: real sites are not explored")
	}
	return root
}

// TestCrawlMaze: of the static pages of a testbed for crawlers, those that a visitor gets
// to are found. What is merely loaded (pictures, styles, media), submitted by a form, or
// told by headers and comments is not: no page that a visitor reads is behind it.
func TestCrawlMaze(t *testing.T) {
	t.Parallel()
	maze := filepath.Join(realData(t), "conformance", "crawl-maze")
	b, err := os.ReadFile(filepath.Join(maze, "blueprints", "utils", "resources", "expected-results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected []string
	if err := json.Unmarshal(b, &expected); err != nil {
		t.Fatal(err)
	}
	w := &world{pages: map[string]string{}, rest: func(a string) string { return html(a) }}
	var all []string
	cases := filepath.Join(maze, "test-cases")
	err = filepath.WalkDir(cases, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(name)
		rel, _ := filepath.Rel(cases, name)
		at := "/" + filepath.ToSlash(rel)
		w.pages["a-demo.com"+at] = string(body)
		all = append(all, at+" 用例")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"url", "string"} { // pages that its server fills in
		names, err := filepath.Glob(filepath.Join(maze, "blueprints", "html", "templates", kind, "*.html"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no templates of kind %s: %v", kind, err)
		}
		for _, name := range names {
			w.pages["a-demo.com/html/misc/"+kind+"/"+strings.TrimSuffix(filepath.Base(name), ".html")] = fill(t, name)
		}
	}
	w.pages["a-demo.com/sitemap.xml"] = fill(t, filepath.Join(maze, "templates", "sitemap.xml"))
	w.pages[home] = html("首页", all...)
	o := w.options(t)
	o.Pages = 500
	s := site.New(o).Explore(t.Context(), func(*weburl.URL, string) int { return 1 }, func([]site.Visited) bool { return false })
	if s.Stopped != "" {
		t.Errorf("stopped by %q", s.Stopped)
	}
	var got, missed []string
	for _, e := range expected {
		switch {
		case strings.HasPrefix(e, "/javascript/") || strings.HasPrefix(e, "/test/javascript/"): // needs scripts
		case slices.Contains(w.asked, "a-demo.com"+e), slices.Contains(w.files, "a-demo.com"+e):
			got = append(got, strings.TrimPrefix(e, "/test/"))
		default:
			missed = append(missed, strings.TrimPrefix(e, "/test/"))
		}
	}
	t.Logf("%d of %d found; not %v", len(got), len(got)+len(missed), missed)
	want := []string{
		"html/body/a/href.found", "html/body/iframe/src.found", "html/head/meta/content-redirect.found",
		"html/misc/url/full-url.found", "html/misc/url/path-relative-url.found", "html/misc/url/protocol-relative-url.found",
		"html/misc/url/root-relative-url.found", "misc/known-files/sitemap.xml.found",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

// fill is a template of the testbed as its server fills it in.
func fill(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(
		`{{ url_for("index",  _external=True) }}`, "https://a-demo.com/", `{{ url_for("index",  _external=True, _scheme="") }}`, "//a-demo.com/",
	).Replace(string(b))
}

// TestRealSite: on a real company's site that sells no software the search ends by
// itself, after few pages.
func TestRealSite(t *testing.T) {
	t.Parallel()
	root := realData(t)
	w := &world{rest: func(a string) string {
		name := strings.TrimPrefix(a, "a-demo.com/")
		if name == "" {
			name = "index.html"
		}
		b, err := os.ReadFile(filepath.Join(root, "sites", "building-materials-company", filepath.FromSlash(filepath.Clean("/"+name))))
		if err != nil {
			return ""
		}
		return string(b)
	}}
	s := site.New(w.options(t)).Explore(t.Context(), promise, found)
	t.Logf("%d of 133 pages visited, %d read, %v skipped", len(w.asked), len(s.Pages), s.Skipped)
	if s.Stopped != "" || s.Problem != nil || len(s.Pages) < 5 || len(w.asked) > 40 {
		t.Errorf("stopped %q, problem %v, %d pages", s.Stopped, s.Problem, len(s.Pages))
	}
}

package fetch

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// realData is the folder of material that is not ours to ship.
func realData(t *testing.T, sub string) string {
	t.Helper()
	root := os.Getenv("MARKETWARDEN_REAL_DATA")
	if root == "" {
		t.Skip("MARKETWARDEN_REAL_DATA is not set: tests on real material do not run")
	}
	return filepath.Join(root, sub)
}

func readReal(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRealRobots(t *testing.T) {
	t.Parallel()
	dir := realData(t, "conformance/robots")
	tests := []struct {
		file, agent, path string
		want              bool
	}{
		{"rfc9309-example-simple-robots.txt", "other", "/a.gif", false},
		{"rfc9309-example-simple-robots.txt", "other", "/a.gif?x", true},
		{"rfc9309-example-simple-robots.txt", "other", "/example/", false},
		{"rfc9309-example-simple-robots.txt", "other", "/publications/", true},
		{"rfc9309-example-simple-robots.txt", "foobot", "/x", false},
		{"rfc9309-example-simple-robots.txt", "foobot", "/example/page.html", true},
		{"rfc9309-example-simple-robots.txt", "bazbot", "/example/page.html", false},
		{"rfc9309-example-simple-robots.txt", "barbot", "/example/", true},
		{"rfc9309-example-simple-robots.txt", "quxbot", "/example/", true},
		{"rfc9309-example-longest-match-robots.txt", "foobot", "/example/page/x", true},
		{"rfc9309-example-longest-match-robots.txt", "foobot", "/example/page/disallowed.gif", false},
		{"rfc9309-example-rule-group-merging.txt", "examplebot", "/bar", false},
		{"rfc9309-example-rule-group-merging.txt", "examplebot", "/baz", false},
		{"rfc9309-example-rule-group-merging.txt", "bazbot", "/foo", true},
		{"merge-rules.txt", "wget", "/foo/bar", true},
		{"merge-rules.txt", "wget", "/tmp/bar", false},
		{"merge-rules.txt", "testy", "/x", false},
		{"merge-rules.txt", "other", "/foo/bar", false},
		{"precedence-of-rules.txt", "wget", "/foo", true},
		{"precedence-of-rules.txt", "wget", "/index.html", true},
		{"precedence-of-rules.txt", "wget", "/other", false},
		{"precedence-of-rules.txt", "testy", "/foo/bar", true},
		{"precedence-of-rules.txt", "testy", "/foo/bau", false},
		{"crawl-delay-group-merging.txt", "mybot", "/private/x", false},
		{"crawl-delay-group-merging.txt", "mybot", "/login/x", true},
		{"crawl-delay-group-merging.txt", "yourbot", "/login/x", false},
		{"crawl-delay-group-merging.txt", "other", "/login/x", true},
		{"extensions-group-merging.txt", "mybot", "/private/x", false},
		{"extensions-group-merging.txt", "yourbot", "/login/", false},
		{"extensions-group-merging.txt", "other", "/llms.txt", true},
		{"extensions-group-merging.txt", "other", "/x", false},
		{"robots-with-utf8-bom.txt", "other", "/login.aspx", false},
		{"robots-with-utf8-bom.txt", "other", "/a/output/print", false},
		{"robots-with-utf16be-bom.txt", "other", "/login.aspx", false},
		{"robots-with-utf16be-bom.txt", "googlebot", "/register.aspx", false},
		{"directive-typos-robots.txt", "bot1", "/desallow/", false},
		{"directive-typos-robots.txt", "bot1", "/dissalow/", false},
		{"directive-typos-robots.txt", "bot2", "/useragent/", false},
		{"directive-typos-robots.txt", "bot4", "/useragent-no-colon/", false},
		{"format-errors-robots.txt", "bot1", "/whitespace-before-colon/", false},
		{"format-errors-robots.txt", "bot1", "/no-colon/", false},
		{"format-errors-robots.txt", "bot2", "/no-colon-useragent/", false},
		{"format-errors-robots.txt", "bot3", "/whitespace-before-colon", true},
		{"format-errors-robots.txt", "bot3", "/x", false},
		{"malformed-path.txt", "other", "/wiki/Wikipedia_talk:Mediation_Committee/", false},
		{"malformed-path.txt", "other", "/wiki/Wikipedia_talk", true},
		{"twitter.com-robots.txt", "other", "/a?b", false},
		{"twitter.com-robots.txt", "other", "/a/with_friends", false},
		{"wildcards.txt", "other", "/gp/cart", false},
		{"www.flot.com-robots.txt", "other", "/bitrix/x", false},
		{"sitemap-robots.txt", "other", "/x", true},
		{"extended-standard-robots.txt", "bot3", "/x", true},
		{"extension-robots.txt", "mybot", "/private/", false},
		{"many-user-agents.txt", "alexibot", "/x", false},
	}
	for _, tt := range tests {
		r := ParseRobots(readReal(t, filepath.Join(dir, tt.file)))
		if got := r.Allowed(tt.agent, tt.path); got != tt.want {
			t.Errorf("%s: Allowed(%s, %s) = %v, want %v", tt.file, tt.agent, tt.path, got, tt.want)
		}
	}
	delays := []struct {
		file, agent string
		want        time.Duration
	}{
		{"crawl-delay-group-merging.txt", "mybot", 10 * time.Second},
		{"crawl-delay-group-merging.txt", "yourbot", 0},
		{"crawl-delay-group-merging.txt", "other", 30 * time.Second},
		{"astore.amazon.com-robots.txt", "other", 5 * time.Second},
		{"dos-line-endings.txt", "other", time.Second},
		{"twitter.com-robots.txt", "slurp", time.Second},
	}
	for _, tt := range delays {
		if got := ParseRobots(readReal(t, filepath.Join(dir, tt.file))).CrawlDelay(tt.agent); got != tt.want {
			t.Errorf("%s: CrawlDelay(%s) = %v, want %v", tt.file, tt.agent, got, tt.want)
		}
	}
}

// TestRealEncodings: feeds in GB2312 read as Chinese, copies of pages in GB18030 read as
// their originals do.
func TestRealEncodings(t *testing.T) {
	t.Parallel()
	dir := realData(t, "encodings")
	feeds, err := filepath.Glob(filepath.Join(dir, "GB2312", "*"))
	if err != nil || len(feeds) == 0 {
		t.Fatalf("no feeds in %s (%v)", dir, err)
	}
	for _, file := range feeds {
		raw := readReal(t, file)
		text, name, how := Decode(raw, "")
		if name != "gb18030" {
			t.Errorf("%s is %s by %s, want gb18030", filepath.Base(file), name, how)
		}
		if broken := bytes.Count(text, []byte("\ufffd")); broken > len(raw)/500 {
			t.Errorf("%s: %d broken characters in %d bytes", filepath.Base(file), broken, len(raw))
		}
	}

	copies, err := filepath.Glob(filepath.Join(dir, "derived_gb18030", "*.html"))
	if err != nil || len(copies) == 0 {
		t.Fatalf("no copies in %s (%v)", dir, err)
	}
	for _, file := range copies {
		text, name, how := Decode(readReal(t, file), "")
		if name != "gb18030" || bytes.Contains(text, []byte("\ufffd")) {
			t.Errorf("%s is %s by %s", filepath.Base(file), name, how)
		}
		_, page, _ := strings.Cut(filepath.Base(file), "__")
		original := filepath.Join(filepath.Dir(dir), "sites", "building-materials-company", page)
		raw, err := os.ReadFile(original)
		if err != nil {
			t.Logf("%s has no original here", filepath.Base(file))
			continue
		}
		want, _, _ := Decode(raw, "")
		if got := withoutCharset(text); got != withoutCharset(want) {
			t.Errorf("%s reads otherwise than its original (%d and %d bytes)", filepath.Base(file), len(got), len(want))
		}
	}
}

// withoutCharset drops the words that name the charset, in which copy and original differ.
func withoutCharset(b []byte) string {
	s := strings.ToLower(string(b))
	for _, name := range []string{"gb2312", "gb18030", "utf-8"} {
		s = strings.ReplaceAll(s, name, "")
	}
	return s
}

// TestRealCharsets runs the W3C's pages. Where their bytes are valid UTF-8 they read as
// UTF-8 here whatever is declared: our pages' declarations are wrong more often than
// their authors write Ã½.
func TestRealCharsets(t *testing.T) {
	t.Parallel()
	dir := realData(t, filepath.Join("encodings", "xnet_charset"))
	for file, want := range map[string]string{
		"HTTP-vs-UTF-8-BOM.html": "utf-8", "UTF-8-BOM-vs-meta-charset.html": "utf-8", "UTF-8-BOM-vs-meta-content.html": "utf-8",
		"UTF-16BE-BOM.html": "utf-16be", "UTF-16LE-BOM.html": "utf-16le",
		"HTTP-charset.html": "utf-8", "meta-charset-attribute.html": "utf-8", "No-encoding-declaration.html": "utf-8",
	} {
		text, name, how := Decode(readReal(t, filepath.Join(dir, file)), "text/html; charset=iso-8859-15")
		if name != want || !bytes.Contains(text, []byte("ýäè")) && !strings.HasPrefix(want, "utf-16") {
			t.Errorf("%s is %s by %s, want %s", file, name, how, want)
		}
	}
}

// TestRealPagesAreNoWalls: no page of a real site is taken for a wall or a soft 404.
func TestRealPagesAreNoWalls(t *testing.T) {
	t.Parallel()
	dir := realData(t, "sites")
	pages := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(filepath.Ext(path), "htm") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		pages++
		body, _, _ := Decode(raw, "")
		if r := Judge(200, nil, body); r != nil {
			t.Errorf("%s: %+v", strings.TrimPrefix(path, dir), r)
		}
		return nil
	})
	if err != nil || pages == 0 {
		t.Errorf("%d pages, %v", pages, err)
	}
}

package rules_test

import (
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"marketwarden/internal/config"
	"marketwarden/internal/record"
	"marketwarden/rules/terms"
	"marketwarden/scanners/page"
)

// TestClaimsInDocumentation holds that technical documentation, which advertises
// nothing, has next to no claims: at most one hit of either outcome in 10,000 Chinese
// characters, over all there is.
//
// MARKETWARDEN_DOCS names a folder with documentation in Chinese: HTML, Markdown, text and
// manual pages (also with .gz), in any depth, such as packages of Debian unpacked with
// "dpkg-deb -x" (manpages-zh, debian-reference-zh-cn, maint-guide-zh-cn,
// libreoffice-help-zh-cn) or packages of npm with a docs folder. None of it is kept here.
func TestClaimsInDocumentation(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MARKETWARDEN_DOCS")
	if dir == "" {
		t.Skip("MARKETWARDEN_DOCS is not set: no documentation was read")
	}
	set, err := terms.Shipped("claims")
	if err != nil {
		t.Fatal(err)
	}
	var all, accused, characters int
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := documentText(path)
		if err != nil {
			return err
		}
		n := hanIn(text)
		if n*10 < len(text)/3 { // another language, or a picture
			return nil
		}
		characters += n
		hits, _ := set.Find(text)
		for _, h := range hits {
			all++
			if h.Outcome == record.Violation {
				accused++
			}
			t.Logf("%s: %s %s %q in %q", filepath.Base(path), h.Outcome, h.Term.ID, text[h.Start:h.End], text[h.SentenceStart:h.SentenceEnd])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if characters == 0 {
		t.Fatalf("%s holds no Chinese documentation", dir)
	}
	rate := float64(all) * 10_000 / float64(characters)
	t.Logf("%d hits, %d of them violations, in %d Chinese characters: %.2f in 10,000", all, accused, characters, rate)
	if rate > 1 {
		t.Errorf("%.2f hits in 10,000 Chinese characters, at most 1 is bearable", rate)
	}
}

// requests are the macros, fonts and comments of a manual page.
var requests = regexp.MustCompile(`(?m)^['.]\\".*$|^\.[A-Za-z]+ ?|\\f.|\\[&|^-]`)

// documentText is the prose of a file, code left out; "" for a kind that is not read.
func documentText(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var in io.Reader = f
	name, zipped := strings.CutSuffix(path, ".gz")
	if zipped {
		if in, err = gzip.NewReader(f); err != nil {
			return "", err
		}
	}
	kind := strings.ToLower(filepath.Ext(name))
	manual := len(kind) > 1 && unicode.IsDigit(rune(kind[1]))
	switch {
	case kind != ".html" && kind != ".htm" && kind != ".md" && kind != ".txt" && !manual:
		return "", nil
	}
	data, err := io.ReadAll(io.LimitReader(in, config.MaxBodyBytes))
	if err != nil {
		return "", err
	}
	switch {
	case manual:
		return requests.ReplaceAllString(string(data), ""), nil
	case kind == ".html" || kind == ".htm":
		return pageProse(page.Parse(data, page.Options{})), nil
	}
	return string(data), nil
}

// pageProse is the text of a page without code.
func pageProse(p *page.Page) string {
	var b strings.Builder
	for i := range p.Blocks {
		switch k := &p.Blocks[i]; k.Tag {
		case "pre", "code", "kbd", "samp":
		default:
			b.WriteString(p.Text[k.Start:k.End])
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func hanIn(text string) (n int) {
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			n++
		}
	}
	return n
}

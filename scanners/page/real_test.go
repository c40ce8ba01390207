package page

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html/charset"
)

// TestRealPages: pages of the wild are told from script shells, and whatever they hold,
// their facts are sound.
func TestRealPages(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MARKETWARDEN_REAL_DATA")
	if dir == "" {
		t.Skip("MARKETWARDEN_REAL_DATA is unset: real pages are not read")
	}
	root := filepath.Join(dir, "sites")
	seen := map[string]int{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".html") {
			return err
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		enc, _, _ := charset.DetermineEncoding(raw, "")
		body, err := enc.NewDecoder().Bytes(raw)
		if err != nil {
			body = raw
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		site, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
		seen[site]++
		p := parseBody(t, string(body))
		if want := site == "spa-shells"; p.Shell.Is != want {
			t.Errorf("%s: shell %+v, want %v; %d bytes of text, %d links", rel, p.Shell, want, len(p.Text), len(p.Links))
		}
		if p.Truncated != "" {
			t.Errorf("%s: truncated %s", rel, p.Truncated)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, site := range []string{"spa-shells", "saved-pages", "marketplace-vendor-2022", "building-materials-company", "vendor-docs"} {
		if seen[site] == 0 {
			t.Errorf("no page of %s", site)
		}
	}
}

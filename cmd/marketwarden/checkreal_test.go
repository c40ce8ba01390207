package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckRealPages: a vendor's page that links to its listing passes, one that links to
// a campaign does not.
func TestCheckRealPages(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MARKETWARDEN_REAL_DATA")
	if dir == "" {
		t.Skip("MARKETWARDEN_REAL_DATA is not set: the pages of real vendors were not checked")
	}
	const maxkb = "https://market.aliyun.com/products/201204006/cmjj00067609.html"
	for _, tt := range []struct {
		page, product, listing string
		code                   int
		says                   string
	}{
		{"maxkb_cloud_market.html", "MaxKB", maxkb, exitDone, " 0 violations"},
		{"halo_cloud_market.html", "Halo", "https://market.aliyun.com/products/1/cmjj00000001.html", exitViolations, "a campaign page"},
		{"maxkb_cloud_market.html", "Halo", "https://market.aliyun.com/products/1/cmjj00000001.html", exitViolations, "another listing (cmjj00067609)"},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), []string{
			"--lang", "en", "--market", "aliyun", "check", filepath.Join(dir, "sites", "vendor-docs", tt.page),
			"--as", "site", "--product", tt.product, "--listing-url", tt.listing,
		}, strings.NewReader(""), &out, &errs)
		if code != tt.code || !strings.Contains(out.String(), tt.says) {
			t.Errorf("%s for %s: exit %d, want %d and %q; got\n%s%s", tt.page, tt.product, code, tt.code, tt.says, out.String(), errs.String())
		}
	}
}

package rules_test

import (
	"testing"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/rules"
	"marketwarden/scanners/page"
)

// TestUnreadablePages: that a site has no page for a product is not known while a page
// that promised something could not be read.
func TestUnreadablePages(t *testing.T) {
	t.Parallel()
	const home = "https://www.stack.example/"
	u := address(t, home)
	first := rules.SitePage{
		URL: u, How: rules.SiteHome,
		Page: page.Parse([]byte(`<title>Stack</title><h1>Stack</h1><p>Makers of things for small shops everywhere, since long ago.</p>`), page.Options{URL: u}),
	}
	failed := func(path, text, code string) rules.SitePage {
		return rules.SitePage{URL: address(t, home+path), How: rules.SiteLink, Text: text, Problem: &record.Reason{Code: code, Text: record.Same("failed")}}
	}
	gone := failed("products/", "Products", record.ReasonErrorStatus)
	gone.Gone = true
	for _, tt := range []struct {
		name string
		page rules.SitePage
		want string // the code of the problem
	}{
		{"the list of products fails", failed("products/", "Products", record.ReasonErrorStatus), record.ReasonErrorStatus},
		{"the page that names it fails", failed("p/7", "LedgerFox", record.ReasonUnreachable), record.ReasonUnreachable},
		{"the list of products is gone", gone, ""},
		{"its leaflet is a file", failed("p/7", "LedgerFox", record.ReasonNotHTML), ""},
		{"a page of no interest fails", failed("about/", "About us", record.ReasonErrorStatus), ""},
		{"what is declared is no address", rules.SitePage{How: rules.SiteDeclared, Problem: &record.Reason{Code: record.ReasonRefused, Text: record.Same("none")}}, record.ReasonRefused},
	} {
		f := rules.Facts{
			Profile: demo(t), Listing: market.Listing{ID: "dm000001", Title: "LedgerFox"}, Provider: market.Provider{SiteURL: home},
			Site: &rules.Site{Home: home, Searched: true, Pages: []rules.SitePage{first, tt.page, first, first}},
		}
		rules.ChooseProductPage(&f)
		got := ""
		if f.PageProblem != nil {
			got = f.PageProblem.Code
		}
		if f.Product.Page != nil || got != tt.want {
			t.Errorf("%s: page %v, problem %q, want none and %q", tt.name, f.Product.Page, got, tt.want)
		}
	}
}

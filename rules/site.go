package rules

import (
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// Site is what was seen of a provider's website while looking for the page that
// presents a listing.
type Site struct {
	Home  string     // address of the home page; "" when no website is on file
	Pages []SitePage // as visited: the declared product page first, then in the order of visits
	// Problem says why the site could not be searched: its home page does not answer, is
	// forbidden, a wall, a script shell. Nil when it was, or when there was no need to.
	Problem *record.Reason
	// Searched: the search beyond the declared page took place.
	Searched bool
	// Stopped names the bound that ended the search ("pages", "time", "bytes", …), "" when
	// nothing that promised was left. Left counts the promising links not followed.
	Stopped string
	Left    int
	Common  *page.Common // what repeats from page to page
}

// SitePage is one page of a provider's website.
type SitePage struct {
	URL      *weburl.URL // as asked
	Page     *page.Page  // nil when Problem is set
	Problem  *record.Reason
	Gone     bool // the server said, twice, that there is no such page (404, 410)
	How      SiteHow
	Text     string // the words of the link that led here, "" when there were none
	Depth    int    // links away from where the search began
	Evidence []string
}

// SiteHow says how a page of a site was come by.
type SiteHow string

// Ways to come by a page.
const (
	SiteDeclared SiteHow = "declared" // the product page on file
	SiteHome     SiteHow = "home"
	SiteSitemap  SiteHow = "sitemap"
	SiteLink     SiteHow = "link"
)

// Promise says how likely a link of a site leads to the page that presents a listing.
// Links are followed in order of it. What is PromiseSection or more counts as promising:
// while such links are left, that no page was found proves nothing.
type Promise int

// Promises of links.
const (
	PromiseNever   Promise = -1 // not to be followed: downloads, log-in, feeds, …
	PromiseNone    Promise = 0  // another page of the site; followed when nothing better is left
	PromiseSection Promise = 1  // where products are listed
	PromiseNamed   Promise = 2  // names the product, in part
	PromiseExact   Promise = 3  // names the product in full, or leads to where its listing is linked
)

// Product is which page of a site presents a listing.
type Product struct {
	Page *SitePage // nil: none does
	// Considered are the pages that came into question, the chosen one first, with what
	// speaks for or against each.
	Considered []Considered
}

// Considered is a page that was looked at as the product page of a listing.
type Considered struct {
	URL   string
	How   SiteHow
	Grade Grade
	Why   record.Text
}

package rules

import (
	"marketwarden/internal/market"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// Grade says how well a page presents a listing as its own.
type Grade int

// Grades, worst first.
const (
	GradeNone     Grade = iota // has nothing to do with it
	GradeMentions              // names it among other things
	GradeLikely                // names it as its subject, or tells much of it, with something against it
	GradeSure                  // is its page
)

// Seek looks for the page of a provider's website that presents one listing. It is made
// once a listing, is immutable and safe for concurrent use.
type Seek struct {
	profile *market.Profile
	listing market.Listing
}

// NewSeek prepares the search for the page of a listing.
func NewSeek(profile *market.Profile, listing market.Listing) *Seek {
	return &Seek{profile: profile, listing: listing}
}

// Promise says how likely a link of the site, or an address of its sitemap (text is then
// empty), leads to the page.
func (s *Seek) Promise(u *weburl.URL, text string) Promise { return PromiseNone }

// Presents grades a page. home is the address of the site's home page, common what
// repeats on the site (nil: not known).
func (s *Seek) Presents(sp *SitePage, home string, common *page.Common) Grade { return GradeNone }

// Enough reports whether nothing is to be gained by visiting more pages.
func (s *Seek) Enough(pages []SitePage, home string, common *page.Common) bool { return false }

// NeedsSearch reports whether the site has to be searched for the page: none is declared
// (nil), or the declared one is not there or not it.
func (s *Seek) NeedsSearch(declared *SitePage) bool { return true }

// ChooseProductPage picks from f.Site the page that presents the listing and sets
// f.Product, f.Page, f.PageProblem and f.Evidence. It does nothing without f.Site.
func ChooseProductPage(f *Facts) {}

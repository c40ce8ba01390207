package rules

import (
	"strings"
	"sync"
	"unicode/utf8"

	"marketwarden/internal/market"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// Seek looks for the page of a provider's website that presents one listing. It is made
// once a listing, answers the same whenever it is asked and is safe for concurrent use. It visits nothing: whoever
// explores the site asks it where to go on and when to stop.
type Seek struct {
	listing target
	name    productName
	// far remembers pages that have nothing to do with the listing: a site is searched
	// for many listings, and each page is asked about again and again as the search goes
	// on. It lives, and keeps the pages alive, as long as the search for one listing.
	far sync.Map // *page.Page → bool
	// poor remembers the pages that were not enough: *page.Page → struct{}.
	poor sync.Map
}

// NewSeek prepares the search for the page of a listing.
func NewSeek(profile *market.Profile, listing market.Listing) *Seek {
	return &Seek{listing: newTarget(profile, &listing), name: newProductName(listing.Title)}
}

const (
	maxLinkRunes    = 60 // of link texts that can be the name of a product
	maxHeadingBytes = 400
)

// Promise says how likely a link of the site, or an address of its sitemap (text is then
// empty), leads to the page. It looks at the address and the words of the link alone.
func (s *Seek) Promise(u *weburl.URL, text string) Promise {
	if !u.IsHTTP() || s.listing.profile.IsOwn(u) {
		return PromiseNever
	}
	kind := kindOfAddress(u)
	if kind == kindNever {
		return PromiseNever
	}
	words := plain(text)
	named := fitNone
	if utf8.RuneCountInString(words) <= maxLinkRunes {
		named = s.names(words, u.Host())
	}
	if kind == kindArticle || kind == kindList {
		return PromiseNone
	}
	if named != fitNone {
		if kindOfWords(s.name.rest(words)) != kindPlain {
			return PromiseNone // names something about the product
		}
		if named == fitFull && kind != kindGuide {
			return PromiseExact
		}
		return PromiseNamed
	}
	path := pathWords(u)
	switch {
	case s.namedInPath(path, u.Host()):
		return PromiseNamed
	case words == "" && kind == kindProduct, sectionText(words), kind == kindProduct && (turnsPages(words) || sectionPath(u)):
		return PromiseSection
	case turnsPages(words) && kind == kindPlain:
		return PromiseSection
	}
	return PromiseNone
}

// names reports how well the text of a link names the product. Menus are short of words:
// a text that is a part of the title ("堡垒机") names it in part.
func (s *Seek) names(words, host string) fit {
	named := s.name.in(words, company(host))
	if named != fitNone || utf8.RuneCountInString(words) < 2 || words == company(host) {
		return named
	}
	short := nameParts(words, true)
	if len(short) == 0 {
		return fitNone
	}
	for i := range short {
		if short[i].runes < 2 || !containsWord(s.name.whole, short[i].text) {
			return fitNone
		}
	}
	return fitPart
}

// namedInPath looks for the Latin words of the name in an address.
func (s *Seek) namedInPath(path, host string) bool {
	for i := range s.name.parts {
		p := &s.name.parts[i]
		if p.text != company(host) && (!p.han && p.runes >= 2 || p.han && p.runes >= 3) && containsWord(path, p.text) {
			return true
		}
	}
	return false
}

func pathWords(u *weburl.URL) string { return plain(u.DecodedPath()) }

// sectionPath: the address ends at a section, as /products/, /product.html and
// /products/list_2.html do.
func sectionPath(u *weburl.URL) bool {
	segments := strings.FieldsFunc(strings.ToLower(u.DecodedPath()), func(r rune) bool { return r == '/' })
	if len(segments) == 0 {
		return false
	}
	switch word := lastWord(segments[len(segments)-1]); word {
	case "", "index", "list", "page", "all", "default", "category":
		return true
	default:
		return kindOfWord(word) == kindProduct
	}
}

// company is the word that a site's host is called by: websoft9 of www.websoft9.com.
func company(host string) string {
	label, _, _ := strings.Cut(weburl.RegistrableDomain(host), ".")
	return label
}

// NeedsSearch reports whether the site has to be searched for the page: none is declared
// (nil), or the declared one cannot be read or does not present the listing.
func (s *Seek) NeedsSearch(declared *SitePage) bool {
	return declared == nil || readable(declared) != nil || s.Presents(declared, "", nil) < GradeLikely
}

// Enough reports whether nothing is to be gained by visiting more pages: one of them is
// the listing's page. A page that once was not is not looked at again as more pages come;
// ChooseProductPage looks at all of them, by what then is known to repeat.
func (s *Seek) Enough(pages []SitePage, home string, common *page.Common) bool {
	for i := range pages {
		sp := &pages[i]
		if _, known := s.poor.Load(sp.Page); known || sp.Page == nil {
			continue
		}
		if s.Presents(sp, home, common) >= bar(sp) {
			return true
		}
		s.poor.Store(sp.Page, struct{}{})
	}
	return false
}

// bar is the grade from which on a page is taken for the listing's own: the provider's
// word that it is the page makes up for what is not sure.
func bar(sp *SitePage) Grade {
	if sp.How == SiteDeclared {
		return GradeLikely
	}
	return GradeSure
}

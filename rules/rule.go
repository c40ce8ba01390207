// Package rules is the rulebook: one value per rule, made of metadata (rulebook.yaml)
// and a pure function from facts to a result. It knows no network, files, clock or
// database; whatever a rule needs to know is in Facts.
package rules

import (
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/rules/terms"
	"marketwarden/scanners/page"
)

// Scope says which facts a rule reads and so when the pipeline can ask it.
type Scope string

// Scopes of rules.
const (
	ScopeListingPage Scope = "listing-page" // Facts.Page: the marketplace's detail page
	ScopeProductPage Scope = "product-page" // Facts.Page: the page on the provider's site that presents the listing
	ScopeOrders      Scope = "orders"       // Facts.Orders, per listing
	ScopeDeployment  Scope = "deployment"   // Facts.Deployment, per provider
	ScopeFeeds       Scope = "feeds"        // Facts.Listing and Facts.Complaints: what feeds say of a listing
	ScopeSite        Scope = "site"         // Facts.Seen of the home page of the provider's website, per provider
	ScopeDeliverable Scope = "deliverable"  // Facts.Seen of the address where the listing's buyers get it
)

// Rule is one rule of the book.
type Rule struct {
	Meta
	// Check judges one subject. It is pure and must not keep or change the facts.
	Check func(*Facts) record.Result

	own []*terms.Set // term files of the operator that extend the rule
}

// Facts is all a rule may know. Fields that a scope does not use are zero.
type Facts struct {
	AsOf    time.Time // the moment judged, in market.Shanghai
	Profile *market.Profile
	Params  *Params

	Provider market.Provider
	Listing  market.Listing // zero for provider subjects

	Page        *page.Page     // nil when there is none to judge
	PageProblem *record.Reason // why Page is nil or must not be judged
	Evidence    []string       // SHA-256 of what Page was read from
	// WholeBody takes every word of the page for the provider's and does not ask whether
	// the page has the layout of the market profile. For checks of single pages and texts.
	WholeBody bool

	// Site is what was seen of the provider's website, for ScopeProductPage. Nil: nothing
	// but Page was looked at, which is then taken as the declared product page.
	Site *Site
	// Product is which page of Site presents the listing. ChooseProductPage sets it,
	// together with Page, PageProblem and Evidence.
	Product *Product
	// Probes are the addresses of Book.Needs that were followed, by address.
	Probes map[string]Probe
	// Seen is the history of the address that the scope is about: the listing's page, the
	// deliverable's address, the home page of the site (ScopeSite and ScopeProductPage).
	// Nil when nobody kept one.
	Seen *Seen

	Orders     *OrderFacts
	Deployment *DeploymentFacts
	Complaints *ComplaintFacts

	book  *Book      // that judges; nil when a rule is asked by itself
	words *pageWords // see Facts.pageWords
}

// OrderFacts are a listing's orders in its window, counted by the store.
type OrderFacts struct {
	Covered     bool      // the order feed covers the whole three-month window
	CoveredTwo  bool      // … and at least the two-month window
	FeedMissing bool      // no order feed was ever imported
	Count       int64     // orders that count, in three months
	CountTwo    int64     // … in two months
	LastPaid    time.Time // of the last order that counts, zero when none is known
}

// ComplaintFacts are the complaints that third parties filed for their rights in a listing.
type ComplaintFacts struct {
	Imported time.Time          // when the feed was last imported; zero: never
	Rights   []market.Complaint // in the order in which they were filed
}

// DeploymentFacts are a provider's items sold in one natural year (Shanghai), by
// delivery method, fully refunded and closed ones left out.
type DeploymentFacts struct {
	Year        int
	Running     bool // the year is not over at AsOf
	Covered     bool // the order feed covers the year (up to AsOf when running)
	FeedMissing bool
	ByDelivery  map[string]Sold
	// Listings counts, by delivery, each listing that sold anything once: Cloud when any
	// of its items is on the cloud, else Unknown when any is of unknown deployment, else
	// Other.
	Listings map[string]Sold
}

// Sold counts items by where they are deployed.
type Sold = market.Sold

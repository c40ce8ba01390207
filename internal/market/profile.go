package market

import (
	"regexp"
	"time"

	"marketwarden/internal/weburl"
)

// Profile describes one marketplace: who the platform is, which addresses are its own
// and what its listing pages look like. Another marketplace is another profile, no
// code. Shipped profiles are in profiles/*.yaml; see LoadProfile.
type Profile struct {
	ID      string
	Source  []byte   // the YAML it was read from; enters the bundle of a sweep
	NamesZH []string // spellings of the platform and the marketplace
	NamesEN []string

	OwnHosts         []HostPattern // the platform company's own hosts
	UserContentHosts []HostPattern // object storage and the like: on own domains, but anybody's content
	MarketHosts      []HostPattern // hosts of the marketplace itself, a subset of the own hosts
	Details          []AddressShape
	Stores           []AddressShape
	Searches         []AddressShape
	Campaigns        []AddressShape
	Homes            []AddressShape // the marketplace's home, channel and category pages
	TrackingParams   []string       // query parameters that say nothing about the target
	Redirectors      []Redirector   // own addresses that lead elsewhere by a parameter

	Pace float64 // requests per second to the marketplace's own hosts; 0 = unlimited
	Page PageProfile
}

// HostPattern is a host name, or "*.name" for every host below name (not name itself).
type HostPattern string

// AddressShape recognises an address by host and path (and, where set, query).
// A capture group named "code" in Path or Query is the product code.
type AddressShape struct {
	Host  HostPattern
	Path  *regexp.Regexp // matched against the decoded path
	Query string         // name of the query parameter that must be there ("" = none)
}

// Redirector is an own address that leads to the address in a query parameter.
type Redirector struct {
	Host  HostPattern
	Path  *regexp.Regexp
	Param string
}

// PageProfile says how to read a listing page of this marketplace. Selectors are CSS.
// A page matches when its address has the shape of a detail address and every
// Required selector finds something.
type PageProfile struct {
	Title     string
	Price     string
	Agreement string
	Areas     []ContentArea // the provider's own words; everything else is the platform's frame
	Required  []string
	// DescriptionFrames are hosts whose iframes inside the areas hold the description;
	// they are fetched and judged as part of the page.
	DescriptionFrames []HostPattern
	// InlineJSON are scripts whose JSON holds provider's words as HTML.
	InlineJSON []InlineJSON
}

// ContentArea is a part of the page that holds the provider's own words.
type ContentArea struct {
	Field    string // title, summary, detail, cases, support, agreement, …
	Selector string
}

// InlineJSON takes HTML out of a JSON script: Selector finds the script, Path is the
// dotted way to the string, Field is what it holds.
type InlineJSON struct {
	Selector string
	Path     string
	Field    string
}

// AddressKind is what an address is to the marketplace.
type AddressKind string

// Kinds of addresses.
const (
	AddrDetail      AddressKind = "detail" // a listing's detail page; Code says which
	AddrStore       AddressKind = "store"  // a provider's shop
	AddrSearch      AddressKind = "search"
	AddrCampaign    AddressKind = "campaign"
	AddrMarketHome  AddressKind = "market_home" // the marketplace's home or category page
	AddrOwn         AddressKind = "own"         // another own address of the platform
	AddrUserContent AddressKind = "user_content"
	AddrRedirector  AddressKind = "redirector" // leads to Target
	AddrForeign     AddressKind = "foreign"
)

// Address is a classified address.
type Address struct {
	Kind   AddressKind
	Code   string      // product code when Kind is AddrDetail
	Target *weburl.URL // where a redirector leads; nil when it does not say
}

// MarketPace is the time between two requests to the marketplace; 0 = no limit.
func (p *Profile) MarketPace() time.Duration {
	if p.Pace <= 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / p.Pace)
}

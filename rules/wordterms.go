package rules

import (
	"sync"

	"marketwarden/rules/terms"
)

// The term files of rules that judge what a page speaks of. Loaded once, never changed.
var (
	cloudTerms      = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("other-cloud") })        //nolint:gochecknoglobals // immutable once it is there
	rivalTerms      = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("denigration") })        //nolint:gochecknoglobals // immutable once it is there
	brandTerms      = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("brand-misuse") })       //nolint:gochecknoglobals // immutable once it is there
	prohibitedTerms = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("prohibited-content") }) //nolint:gochecknoglobals // immutable once it is there

	kindTerms       = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("kind-mismatch") })        //nolint:gochecknoglobals // immutable once it is there
	priceTerms      = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("listing-mismatch") })     //nolint:gochecknoglobals // immutable once it is there
	openSourceTerms = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("open-source") })          //nolint:gochecknoglobals // immutable once it is there
	licenceTerms    = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("open-source-licences") }) //nolint:gochecknoglobals // immutable once it is there
)

// What the term files write for any of the names that are looked for.
const (
	anyCloud = "某云"
	anyRival = "某家"
	anyBrand = "某牌"
	anyWare  = "某源件"
)

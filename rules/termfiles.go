package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"

	"marketwarden/rules/terms"
)

// claimTerms are the terms of terms/claims.yaml. They are compiled once for the process,
// as regular expressions are.
var claimTerms = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("claims") }) //nolint:gochecknoglobals // immutable once it is there

// termFiles are the term files that rules read, by name.
func termFiles() map[string]func() (*terms.Set, error) {
	return map[string]func() (*terms.Set, error){
		"kind-mismatch":     kindTerms,
		"listing-mismatch":  priceTerms,
		"separate-accounts": accountTerms,
		"personal-data":     personalDataTerms,
		"brand-misuse":      brandTerms, "denigration": rivalTerms, "other-cloud": cloudTerms, "prohibited-content": prohibitedTerms,
		"prohibited-vice": viceTerms, "prohibited-fraud": fraudTerms, "prohibited-harm": harmTerms,
		"open-source": openSourceTerms, "open-source-licences": licenceTerms,
		"claims": claimTerms, "deals": dealTerms, "off-platform-contact": contactTerms, "off-platform-sale": saleTerms,
	}
}

// addTerms loads every term file, so that one that is broken is found before it is asked,
// and makes them a part of the book's hash.
func (b *Book) addTerms() error {
	sum := sha256.New()
	sum.Write([]byte(b.hash))
	for _, name := range slices.Sorted(maps.Keys(termFiles())) {
		if _, err := termFiles()[name](); err != nil {
			return fmt.Errorf("rulebook: %w", err)
		}
		source, err := terms.Source(name)
		if err != nil {
			return fmt.Errorf("rulebook: %w", err)
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(source))
		sum.Write(source)
	}
	b.hash = hex.EncodeToString(sum.Sum(nil))
	return nil
}

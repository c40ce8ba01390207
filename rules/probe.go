package rules

import (
	"slices"
	"strings"

	"marketwarden/internal/weburl"
)

// Probe is where an address led when its redirects were followed.
type Probe struct {
	Final *weburl.URL // the last address asked, whether it answered or not
}

// maxProbes is how many addresses may be followed for one answer of one rule.
const maxProbes = 5

// Needs are the addresses that the rules of the scope want followed before they are
// asked about the facts; what came of it goes into Facts.Probes. Most pages need none.
func (b *Book) Needs(scope Scope, f *Facts) []*weburl.URL {
	var out []*weburl.URL
	for id, need := range needs() {
		if r, ok := b.ByID(id); ok && r.Scope == scope {
			wanted := need(f)
			out = append(out, wanted[:min(len(wanted), maxProbes)]...)
		}
	}
	slices.SortStableFunc(out, func(x, y *weburl.URL) int { return strings.Compare(x.String(), y.String()) })
	return slices.CompactFunc(out, func(x, y *weburl.URL) bool { return x.String() == y.String() })
}

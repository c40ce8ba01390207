package rules

import (
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
)

// check is a rule without its metadata.
type check struct {
	id    string
	check func(*Facts) record.Result
}

// needs are the rules that want addresses followed before they are asked.
func needs() map[string]func(*Facts) []*weburl.URL {
	return map[string]func(*Facts) []*weburl.URL{"no-marketplace-backlink": backlinkNeeds}
}

// list is every rule there is, by id. A rule is one line here, one file named after its
// id, one entry in rulebook.yaml and one file of fixtures.
func list() []check {
	return []check{
		{"brand-misuse", brandMisuse},
		{"denigration", denigration},
		{"deliverable-unavailable", deliverableUnavailable},
		{"deployment-ratio", deploymentRatio},
		{"exaggerated-claim", exaggeratedClaim},
		{"external-link", externalLink},
		{"kind-mismatch", kindMismatch},
		{"listing-mismatch", listingMismatch},
		{"listing-unavailable", listingUnavailable},
		{"missing-agreement", missingAgreement},
		{"missing-delisting-plan", missingDelistingPlan},
		{"no-aftersales-terms", noAftersalesTerms},
		{"no-marketplace-backlink", noMarketplaceBacklink},
		{"no-partnership-statement", noPartnershipStatement},
		{"no-product-page", noProductPage},
		{"no-purchase-entry", noPurchaseEntry},
		{"off-platform-contact", offPlatformContact},
		{"off-platform-sale", offPlatformSale},
		{"open-source-terms", openSourceLicence},
		{"other-cloud", otherCloud},
		{"personal-data-form", personalDataForm},
		{"prohibited-content", prohibitedContent},
		{"rights-complaint", rightsComplaint},
		{"separate-accounts", separateAccounts},
		{"site-unavailable", siteUnavailable},
		{"stale-product-info", staleProductInfo},
		{"zero-orders", zeroOrders},
	}
}

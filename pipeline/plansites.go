package pipeline

import (
	"strings"

	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/store"
	"marketwarden/internal/weburl"
)

// Tasks of site units: what is to be found out.
const (
	// taskPage: whether the declared product page presents the listings that declare it,
	// and if not, which page of the site does.
	taskPage = "page"
	// taskSite: whether a provider's website answers, and which of its pages present the
	// listings that declare none.
	taskSite = "site"
	// taskSearch: which pages of a website present further listings that declare none.
	taskSearch = "search"
	// taskNoSite: listings of a provider that declare no page and has no website on file.
	taskNoSite = "no_site"
	// taskDeliverable: whether the address where buyers get listings answers.
	taskDeliverable = "deliverable"
)

// siteRows are the site units that a listing has a part in, as rows that the store gathers
// into units: one a declared page, a website, or a deliverable's address, whoever declares
// it. Each unit belongs to the host that is visited for it, because one job at a time
// works on a host.
func (p *planner) siteRows(provider *market.Provider, l *market.Listing) []store.SiteRow {
	var rows []store.SiteRow
	add := func(task, prefix, address string, listing *market.Listing) {
		key, host := p.siteKey(address)
		rows = append(rows, store.SiteRow{Task: task, Key: unitKey(prefix + key), Host: host, Provider: provider, Listing: listing})
	}
	switch {
	case l.ProductPageURL != "":
		add(taskPage, "", l.ProductPageURL, l)
		if provider.SiteURL != "" {
			add(taskSite, "site:", provider.SiteURL, nil)
		}
	case provider.SiteURL != "":
		add(taskSite, "site:", provider.SiteURL, l)
	default:
		rows = append(rows, store.SiteRow{Task: taskNoSite, Key: "no_site:" + provider.ID, Provider: provider, Listing: l})
	}
	if l.DeliverableURL != "" {
		add(taskDeliverable, "deliverable:", l.DeliverableURL, l)
	}
	return rows
}

// siteKey names an address and the host that is visited for it; www.name and name are
// one host, because they are one site. No host: the address cannot be visited.
func (p *planner) siteKey(address string) (key, host string) {
	u, err := weburl.Parse(address)
	if err != nil {
		return "not an address:" + address, ""
	}
	return p.profile.Canonical(u), siteHost(u)
}

// siteHost names the site that an address belongs to, for leases and batches.
func siteHost(u *weburl.URL) string { return strings.TrimPrefix(u.Host(), "www.") }

// searchedListings is how many listings without a declared page one unit looks for: each
// may take some requests of its own beyond the search of the site.
const searchedListings = 25

// unhostedBatch is how many units that visit nobody make a batch.
const unhostedBatch = config.MaxHostPages

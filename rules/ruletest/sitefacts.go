package ruletest

import (
	"fmt"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/rules"
	"marketwarden/scanners/page"
)

// Provider is the form of a provider in the facts of a case.
type Provider struct {
	Name string `yaml:"name"`
	Kind string `yaml:"kind"` // enterprise when empty
	Site string `yaml:"site"` // address of the website on file
}

// Site is the form of what was seen of a provider's website. The page of the listing is
// chosen from it as in a sweep, so a case with a site has no page of its own.
type Site struct {
	Home     string     `yaml:"home"` // the provider's site when empty
	Problem  string     `yaml:"problem"`
	Searched bool       `yaml:"searched"`
	Stopped  string     `yaml:"stopped"`
	Left     int        `yaml:"left"`
	Pages    []SitePage `yaml:"pages"` // in the order of visits
}

// SitePage is the form of one page of a site: what stands at the address, or the code of
// the reason why nothing does.
type SitePage struct {
	URL     string `yaml:"url"`
	How     string `yaml:"how"` // declared, home, sitemap or link (when empty)
	Problem string `yaml:"problem"`
	Gone    bool   `yaml:"gone"` // with problem error_status: 404 or 410
	HTML    string `yaml:"html"`
}

// Seen is the form of the row of observations of an address.
type Seen struct {
	State  string `yaml:"state"` // answers, down, forbidden or unknown
	Since  string `yaml:"since"`
	Last   string `yaml:"last"`
	Nights int    `yaml:"nights"`
	Code   string `yaml:"code"` // of the reason that the latest visit met
}

func (p *Provider) facts() market.Provider {
	out := market.Provider{ID: "P1", Name: p.Name, Kind: p.Kind, SiteURL: p.Site, Status: market.StatusActive}
	if out.Kind == "" {
		out.Kind = market.ProviderEnterprise
	}
	return out
}

func (s *Seen) facts(times *timeReader) *rules.Seen {
	if s == nil {
		return nil
	}
	out := &rules.Seen{State: rules.SeenState(s.State), Since: times.read(s.Since), Last: times.read(s.Last), Nights: s.Nights}
	if p := problem(s.Code); p != nil {
		out.Reason = *p
	}
	return out
}

// facts reads the pages of the site.
func (s *Site) facts(p *market.Provider) (*rules.Site, error) {
	out := &rules.Site{
		Home: s.Home, Problem: problem(s.Problem),
		Searched: s.Searched, Stopped: s.Stopped, Left: s.Left,
	}
	if out.Home == "" {
		out.Home = p.SiteURL
	}
	var read []*page.Page
	for _, in := range s.Pages {
		u, err := weburl.Parse(in.URL)
		if err != nil {
			return nil, fmt.Errorf("page %s of the site: %w", in.URL, err)
		}
		sp := rules.SitePage{URL: u, How: rules.SiteHow(in.How), Problem: problem(in.Problem), Gone: in.Gone}
		if sp.How == "" {
			sp.How = rules.SiteLink
		}
		if sp.Problem == nil {
			sp.Page = page.Parse([]byte(in.HTML), page.Options{URL: u})
		}
		if sp.Page != nil {
			read = append(read, sp.Page)
		}
		out.Pages = append(out.Pages, sp)
	}
	out.Common = page.FindCommon(read)
	return out, nil
}

func problem(code string) *record.Reason {
	if code == "" {
		return nil
	}
	return &record.Reason{Code: code, Text: record.Same(code)}
}

// probes are the addresses that were followed.
func probes(in map[string]string) (map[string]rules.Probe, error) {
	var out map[string]rules.Probe
	for from, to := range in {
		u, err := weburl.Parse(to)
		if err != nil {
			return nil, fmt.Errorf("probe of %s: %w", from, err)
		}
		if out == nil {
			out = map[string]rules.Probe{}
		}
		out[from] = rules.Probe{Final: u}
	}
	return out, nil
}

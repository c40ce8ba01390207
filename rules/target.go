package rules

import (
	"marketwarden/internal/market"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// target is a listing as links lead to it.
type target struct {
	profile *market.Profile
	codes   []string // product codes that mean the listing
	detail  string   // its canonical detail address, for markets whose shapes are not known
}

func newTarget(profile *market.Profile, l *market.Listing) target {
	t := target{profile: profile}
	if l.ID != "" {
		t.codes = append(t.codes, l.ID)
	}
	if u, err := weburl.Parse(l.DetailURL); err == nil {
		t.detail = profile.Canonical(u)
		if a := profile.Classify(u); a.Kind == market.AddrDetail && a.Code != l.ID {
			t.codes = append(t.codes, a.Code)
		}
	}
	return t
}

// known reports whether it is known where the listing stands.
func (t *target) known() bool { return len(t.codes) > 0 || t.detail != "" }

// is reports whether an address is the listing's detail page, also behind a redirector of
// the platform that names it.
func (t *target) is(u *weburl.URL) bool {
	for _, c := range t.codes {
		if t.profile.HasCode(u, c) {
			return true
		}
	}
	return t.detail != "" && t.profile.Canonical(u) == t.detail
}

// isEntry reports whether a visitor can go somewhere by the link.
func isEntry(l *page.Link) bool {
	switch l.Kind {
	case page.LinkA, page.LinkArea, page.LinkForm, page.LinkFormAction, page.LinkSVG, page.LinkHandler, page.LinkScript:
		return true
	case page.LinkData:
		return dataWay(l.Attr) != howLoad
	case page.LinkIframe, page.LinkFrame, page.LinkObject, page.LinkEmbed, page.LinkMetaRefresh, page.LinkBase,
		page.LinkCite, page.LinkPing, page.LinkRel,
		page.LoadImage, page.LoadScript, page.LoadStyle, page.LoadMedia, page.LoadCSS:
	}
	return false
}

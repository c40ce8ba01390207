package market

import (
	"net/url"
	"strings"

	"marketwarden/internal/weburl"
)

// maxRedirectors is how many redirectors inside one another are looked through.
const maxRedirectors = 3

// maxDecodings is how often a redirector's parameter is percent-decoded until an
// address appears; pages encode twice where they build addresses from addresses.
const maxDecodings = 3

// Matches reports whether host (as weburl.URL.Host gives it) is meant by the pattern,
// label by label: "*.name" never matches "evilname". One trailing dot of host is the
// same host. See weburl.HostIs for wildcards.
func (h HostPattern) Matches(host string) bool {
	host = strings.TrimSuffix(host, ".")
	p := string(h)
	rest, deep := strings.CutPrefix(p, "*.")
	if strings.Contains(rest, "*") {
		return weburl.HostIs(host, p)
	}
	if !deep {
		return host == p
	}
	return len(host) > len(rest)+1 && host[len(host)-len(rest)-1] == '.' && strings.HasSuffix(host, rest)
}

func anyHost(list []HostPattern, host string) bool {
	for _, h := range list {
		if h.Matches(host) {
			return true
		}
	}
	return false
}

// IsOwn reports whether u is on a host of the platform company that holds its own
// words: user content (object storage and the like) is not. It is the cheap part of
// Classify.
func (p *Profile) IsOwn(u *weburl.URL) bool {
	return u != nil && anyHost(p.OwnHosts, u.Host()) && !anyHost(p.UserContentHosts, u.Host())
}

// IsUserContent reports whether u is on a host of the platform where anybody's content
// lies.
func (p *Profile) IsUserContent(u *weburl.URL) bool {
	return u != nil && anyHost(p.UserContentHosts, u.Host())
}

// Classify says what an address is to the marketplace. It is pure: redirectors are
// looked through by what their address says, nothing is asked over the network.
//
// Hosts decide first, user content before own. A user name, a port or a trailing dot in
// the address changes nothing about whose it is, and names that merely contain an own
// name are foreign. The shapes are tried in the order detail, store, search, campaign,
// home; an own address without shape is AddrOwn. An address without host (mailto:) and
// nil are foreign.
func (p *Profile) Classify(u *weburl.URL) Address {
	a := Address{Kind: AddrForeign}
	if u == nil || u.Host() == "" {
		return a
	}
	if p.IsUserContent(u) {
		a.Kind = AddrUserContent
		return a
	}
	if !p.IsOwn(u) {
		return a
	}
	if to, ok := p.redirectTarget(u); ok {
		return Address{Kind: AddrRedirector, Target: to}
	}
	a.Kind = AddrOwn
	shapes := [...]struct {
		kind AddressKind
		list []AddressShape
	}{
		{AddrDetail, p.Details},
		{AddrStore, p.Stores},
		{AddrSearch, p.Searches},
		{AddrCampaign, p.Campaigns},
		{AddrMarketHome, p.Homes},
	}
	decoded := ""
	for _, s := range shapes {
		for i := range s.list {
			shape := &s.list[i]
			if !shape.Host.Matches(u.Host()) {
				continue
			}
			if decoded == "" {
				decoded = u.DecodedPath()
			}
			code, ok := shape.match(u, decoded)
			if ok && (s.kind != AddrDetail || code != "") {
				a.Kind = s.kind
				if s.kind == AddrDetail {
					a.Code = code
				}
				return a
			}
		}
	}
	return a
}

// match reports whether path and query fit, and the product code in them in lower case.
func (s *AddressShape) match(u *weburl.URL, decodedPath string) (code string, ok bool) {
	value := ""
	if s.Query != "" {
		if value, ok = u.Param(s.Query); !ok {
			return "", false
		}
	}
	if s.Path == nil {
		return strings.ToLower(value), true
	}
	group := s.Path.SubexpIndex("code")
	if group < 0 {
		return strings.ToLower(value), s.Path.MatchString(decodedPath)
	}
	m := s.Path.FindStringSubmatch(decodedPath)
	if m == nil {
		return "", false
	}
	return strings.ToLower(m[group]), true
}

// HasCode reports whether u is a detail address of the listing with this product code,
// whichever of the shapes it has.
func (p *Profile) HasCode(u *weburl.URL, code string) bool {
	if code == "" {
		return false
	}
	a := p.Classify(u)
	for range maxRedirectors {
		if a.Kind != AddrRedirector {
			break
		}
		a = p.Classify(a.Target)
	}
	return a.Kind == AddrDetail && a.Code == strings.ToLower(code)
}

// Canonical is u's identity without the market's tracking parameters; see
// weburl.URL.Canonical.
func (p *Profile) Canonical(u *weburl.URL) string { return u.Canonical(p.TrackingParams...) }

// redirectTarget says whether u is a redirector, and where it leads: through up to
// maxRedirectors of them, nil when the address does not say.
func (p *Profile) redirectTarget(u *weburl.URL) (to *weburl.URL, ok bool) {
	to = u
	for range maxRedirectors {
		next, is := p.redirectOnce(to)
		if !is {
			break
		}
		to, ok = next, true
		if to == nil {
			break
		}
	}
	if !ok {
		return nil, false
	}
	return to, true
}

func (p *Profile) redirectOnce(u *weburl.URL) (to *weburl.URL, ok bool) {
	for i := range p.Redirectors {
		r := &p.Redirectors[i]
		if !r.Host.Matches(u.Host()) || r.Path != nil && !r.Path.MatchString(u.DecodedPath()) {
			continue
		}
		value, has := u.Param(r.Param)
		if !has {
			continue
		}
		return target(u, value), true
	}
	return nil, false
}

// target reads a redirector's parameter: an address, perhaps percent-encoded once more,
// or a path on the same host.
func target(from *weburl.URL, value string) *weburl.URL {
	value = strings.TrimSpace(value)
	for range maxDecodings {
		if looksAbsolute(value) || !strings.Contains(value, "%") {
			break
		}
		once, err := url.PathUnescape(value)
		if err != nil {
			break
		}
		value = once
	}
	if value == "" {
		return nil
	}
	if !looksAbsolute(value) && !strings.HasPrefix(value, "/") && bareHost(value) {
		value = "//" + value // to=www.example.com, as redirectors accept it
	}
	to, err := from.Resolve(value)
	if err != nil {
		return nil
	}
	return to
}

// looksAbsolute reports whether a browser reads s as naming its own host: a scheme, or
// two slashes of either kind.
func looksAbsolute(s string) bool {
	if len(s) >= 2 && (s[0] == '/' || s[0] == '\\') && (s[1] == '/' || s[1] == '\\') {
		return true
	}
	scheme, _, ok := strings.Cut(s, ":")
	return ok && scheme != "" && !strings.ContainsAny(scheme, "/?#%.")
}

// bareHost reports whether s starts with something like a registered host name.
func bareHost(s string) bool {
	host := s
	if i := strings.IndexAny(s, `/?#:\`); i >= 0 {
		host = s[:i]
	}
	return strings.Contains(host, ".") && weburl.IsPublicSuffixTLD(host)
}

// IsMarketHost reports whether host (without port) belongs to the marketplace itself.
func (p *Profile) IsMarketHost(host string) bool { return anyHost(p.MarketHosts, host) }

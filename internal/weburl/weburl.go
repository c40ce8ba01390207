// Package weburl reads addresses as a browser does (the WHATWG URL Standard) and
// answers what the rest of the program asks about them: their parts, one canonical
// form that says which addresses are the same page, their registrable domain, and
// whether a host matches a pattern.
//
// A URL is an immutable value made by Parse or Resolve; it belongs to nobody and may
// be shared between goroutines. The standard's full algorithm is nlnwa/whatwg-url's;
// because it costs some ten microseconds an address and a page has thousands, plain
// addresses, whose serialisation can be read off the input, take a short way (fast.go)
// that gives byte for byte the same answer.
//
// Limits: an address longer than MaxBytes is refused, before and after resolving, as is
// one made to keep the full algorithm busy (more than 64 "@" in an address that is not
// plain). The query is encoded as UTF-8 whatever the page's encoding is. The package dials nothing
// and says nothing about whether an address may be dialled; see netguard.
package weburl

import (
	"errors"
	"fmt"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"
	"golang.org/x/net/idna"
)

// MaxBytes bounds an address, as written and as serialised. It equals
// config.MaxURLBytes (a test holds them together); it is not imported because this
// package is a leaf that must not bring the configuration's YAML reader with it.
const MaxBytes = 8 << 10

// parser is the library's parser with the one thing it lags behind the standard in: "^"
// is percent-encoded in paths. It is set once and only read, by any number of goroutines.
var parser = whatwg.NewParser(whatwg.WithPathPercentEncodeSet(whatwg.PathPercentEncodeSet.Set('^'))) //nolint:gochecknoglobals // read-only, and costly to make for each address

// maxAt bounds the "@" of an address that goes the full way: the library encodes the
// user name anew at each, which at MaxBytes of them takes a fifth of a second.
const maxAt = 64

// ErrTooLong says that an address is longer than MaxBytes.
var ErrTooLong = errors.New("address too long")

// errCostly says that an address has more "@" than maxAt.
var errCostly = errors.New("more @ than any real address has")

// URL is a parsed address. It is immutable and safe for concurrent use. The zero value
// is no address; only UnmarshalText may be called on it.
type URL struct {
	href string // the serialisation; a page has hundreds, so its parts are but places in it

	schemeEnd uint16 // offset of ":"
	hostStart uint16 // with hostEnd: the host; both are pathStart when there is no authority
	hostEnd   uint16
	pathStart uint16
	pathEnd   uint16
	fragStart uint16 // offset of "#", len(href) when there is none
	userinfo  bool   // href holds a user name or a password
}

// Parse reads an absolute address. Leading and trailing white space and control
// characters, tabs and newlines are removed as the standard says. The error is
// ErrTooLong, a bound on "@", or the reason why a browser could not read the address either.
func Parse(raw string) (*URL, error) {
	if len(raw) > MaxBytes {
		return nil, fmt.Errorf("parse address of %d bytes: %w", len(raw), ErrTooLong)
	}
	if u := parseFast(raw); u != nil {
		return bounded(u)
	}
	if strings.Count(raw, "@") > maxAt {
		return nil, fmt.Errorf("parse address %q: %w", short(raw), errCostly)
	}
	return parseFull(raw)
}

func parseFull(raw string) (*URL, error) {
	w, err := parser.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("parse address %q: %w", short(raw), err)
	}
	return fromWhatwg(w)
}

// Resolve reads ref against u, as a browser follows a link on a page whose base
// address is u. Errors are those of Parse.
func (u *URL) Resolve(ref string) (*URL, error) {
	if len(ref) > MaxBytes {
		return nil, fmt.Errorf("resolve address of %d bytes: %w", len(ref), ErrTooLong)
	}
	if r := u.resolveFast(ref); r != nil {
		return bounded(r)
	}
	if strings.Count(ref, "@") > maxAt {
		return nil, fmt.Errorf("resolve address %q: %w", short(ref), errCostly)
	}
	return u.resolveFull(ref)
}

// resolveFull reads the base again: the library's parsed base cannot be kept, because
// resolving writes into it.
func (u *URL) resolveFull(ref string) (*URL, error) {
	w, err := parser.ParseRef(u.href, ref)
	if err != nil {
		return nil, fmt.Errorf("resolve address %q against %q: %w", short(ref), short(u.href), err)
	}
	return fromWhatwg(w)
}

// fromWhatwg keeps of w what a URL needs: its serialisation and where the parts are.
func fromWhatwg(w *whatwg.Url) (*URL, error) {
	u, err := bounded(&URL{href: w.Href(false), userinfo: w.Username() != "" || w.Password() != ""})
	if err != nil {
		return nil, err
	}
	// A fragment can hold neither "?" nor another meaning of "#" before it, and a query
	// no "#": the first "#" starts the fragment, the path ends there or at the first "?".
	frag := len(u.href)
	if i := strings.IndexByte(u.href, '#'); i >= 0 {
		frag = i
	}
	pathEnd := frag
	if i := strings.IndexByte(u.href[:frag], '?'); i >= 0 {
		pathEnd = i
	}
	path := pathEnd - len(w.Pathname())
	u.schemeEnd, u.pathStart, u.pathEnd, u.fragStart = place(len(w.Scheme())), place(path), place(pathEnd), place(frag)
	u.hostStart, u.hostEnd = u.pathStart, u.pathStart
	if host := w.Hostname(); host != "" {
		// A user name cannot hold "@", it is encoded there.
		at := strings.LastIndexByte(u.href[:path], '@') + 1
		start := max(at, len(w.Scheme())+len("://"))
		u.hostStart, u.hostEnd = place(start), place(start+len(host))
	}
	return u, nil
}

// place makes an offset in an address, which MaxBytes bounds.
func place(i int) uint16 { return uint16(i) } //nolint:gosec // at most MaxBytes

func bounded(u *URL) (*URL, error) {
	if len(u.href) > MaxBytes {
		return nil, fmt.Errorf("address of %d bytes once resolved: %w", len(u.href), ErrTooLong)
	}
	return u, nil
}

// short cuts an address for an error message, at a rune boundary.
func short(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// String is the address as the standard serialises it.
func (u *URL) String() string { return u.href }

// Scheme is the scheme in lower case, without ":", such as "https".
func (u *URL) Scheme() string { return u.href[:u.schemeEnd] }

// Host is the host name in ASCII and lower case, without port; an IPv6 address stands
// in brackets. It is "" where the address has no host, as in mailto:.
func (u *URL) Host() string { return u.href[u.hostStart:u.hostEnd] }

// Port is the decimal port, "" when it is the scheme's default or there is none.
func (u *URL) Port() string {
	if u.hostEnd < u.pathStart && u.href[u.hostEnd] == ':' {
		return u.href[u.hostEnd+1 : u.pathStart]
	}
	return ""
}

// Path is the path, percent-encoded as serialised. For http it starts with "/".
func (u *URL) Path() string { return u.href[u.pathStart:u.pathEnd] }

// DecodedPath is the path with percent-encoding undone; what is not UTF-8 then becomes
// U+FFFD. It is for recognising addresses, not for building them.
func (u *URL) DecodedPath() string { return decode(u.Path(), false) }

// RawQuery is the query without "?", percent-encoded as serialised.
func (u *URL) RawQuery() string {
	if u.pathEnd == u.fragStart {
		return ""
	}
	return u.href[u.pathEnd+1 : u.fragStart]
}

// Fragment is the fragment without "#", percent-encoded as serialised.
func (u *URL) Fragment() string {
	if int(u.fragStart) == len(u.href) {
		return ""
	}
	return u.href[u.fragStart+1:]
}

// IsHTTP reports whether the scheme is http or https.
func (u *URL) IsHTTP() bool { s := u.Scheme(); return s == "https" || s == "http" }

// HasUserinfo reports whether the address carries a user name or a password.
func (u *URL) HasUserinfo() bool { return u.userinfo }

// Param is the decoded value of the query's first parameter called name
// (application/x-www-form-urlencoded: "+" is a space).
func (u *URL) Param(name string) (string, bool) {
	for pair := range strings.SplitSeq(u.RawQuery(), "&") {
		key, value, _ := strings.Cut(pair, "=")
		if pair != "" && paramName(key) == name {
			return decode(value, true), true
		}
	}
	return "", false
}

// HostUnicode is the host as people write it: punycode labels decoded where the result
// is a valid name, otherwise Host.
func (u *URL) HostUnicode() string {
	if !strings.Contains(u.Host(), "xn--") {
		return u.Host()
	}
	s, err := idna.Display.ToUnicode(u.Host())
	if err != nil {
		return u.Host()
	}
	return s
}

// Equal reports whether both are the same address, byte for byte; nil equals nil only.
func (u *URL) Equal(v *URL) bool {
	if u == nil || v == nil {
		return u == v
	}
	return u.href == v.href
}

// MarshalText makes a URL travel as its string.
func (u *URL) MarshalText() ([]byte, error) { return []byte(u.href), nil }

// UnmarshalText reads the address into u. It is for decoders, which hold a fresh value:
// a URL that others see already must not be written to.
func (u *URL) UnmarshalText(b []byte) error {
	v, err := Parse(string(b))
	if err != nil {
		return err
	}
	*u = *v
	return nil
}

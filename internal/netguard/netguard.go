// Package netguard decides which addresses may be dialled for content: whatever a page,
// a feed or a redirect names is refused when it leads into the operator's own network,
// to the host itself or to a cloud's metadata service.
//
// A Guard is made once at start and is immutable. It decides twice: URL judges an
// address before anything is asked of the network, by scheme, literal host, name and
// port; Control judges the resolved address at the moment of dialling, on every
// connection, so a name that resolves differently the second time gains nothing. Only
// the second is the wall; the first saves look-ups and gives the better reason.
//
// Which ranges are special is code.dny.dev/ssrf's knowledge (the IANA special-purpose
// registries, everything outside IPv6 global unicast). Added here: metadata addresses,
// names, ports, and prefixes that the operator allows.
//
// The package resolves no names, dials nothing and follows no redirects: every hop must
// be shown to it. A proxy would dial in its place, so clients behind a Guard use none.
package netguard

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"syscall"

	"code.dny.dev/ssrf"

	"marketwarden/internal/weburl"
)

// ErrRefused is wrapped by every refusal, with the address and the class of its fault.
var ErrRefused = errors.New("address refused")

// Guard is one address policy. It is immutable and safe for concurrent use.
type Guard struct {
	allow  []netip.Prefix
	public *ssrf.Guardian
}

// New makes a Guard that also lets pass the addresses in allow, such as 127.0.0.0/8 for
// staging, on any port. Metadata addresses are refused even inside. It is an error when
// a prefix is invalid or holds every address of its family, which would be no policy.
func New(allow []netip.Prefix) (*Guard, error) {
	g := &Guard{public: ssrf.New(ssrf.WithPorts(webPorts()...))}
	for _, p := range allow {
		if !p.IsValid() {
			return nil, errors.New("allow addresses: invalid prefix")
		}
		if p.Bits() == 0 {
			return nil, fmt.Errorf("allow addresses: %s is every address", p)
		}
		g.allow = append(g.allow, p.Masked())
	}
	return g, nil
}

// webPorts are the ports dialled outside the allowed prefixes: the defaults and those
// on which companies commonly run a second web server. On any other port a page could
// make us speak to what is no web server (mail, databases, SSH), and real links to such
// ports are too few to be worth that.
func webPorts() []uint16 { return []uint16{80, 443, 8000, 8080, 8443, 8888} }

// Control is for net.Dialer.Control: it refuses the connection about to be made to
// address ("ip:port") unless the policy lets it pass.
func (g *Guard) Control(network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%w: %s over %s: not TCP", ErrRefused, address, network)
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q is no address with port", ErrRefused, address)
	}
	if err := g.Addr(ap.Addr()); err != nil {
		return err
	}
	return g.port(ap)
}

// port judges the port of an address that Addr let pass.
func (g *Guard) port(ap netip.AddrPort) error {
	if g.allowed(ap.Addr()) || g.public.SafeAddrPort(ap) == nil {
		return nil
	}
	return refusedPort(ap.String())
}

func refusedPort(where string) error {
	return fmt.Errorf("%w: %s: not a web port %v", ErrRefused, where, webPorts())
}

// Addr judges an address alone, without port.
func (g *Guard) Addr(a netip.Addr) error {
	if !a.IsValid() {
		return fmt.Errorf("%w: no address", ErrRefused)
	}
	if isMetadata(a) {
		return fmt.Errorf("%w: %s is a metadata address", ErrRefused, a)
	}
	if g.allowed(a) {
		// A prefix of NAT64 and the like opens the door it stands for and no other.
		if inner, ok := embedded(a); ok {
			return g.Addr(inner)
		}
		return nil
	}
	if g.public.SafeAddr(a) != nil {
		return fmt.Errorf("%w: %s is a %s address", ErrRefused, a, class(a))
	}
	return nil
}

func (g *Guard) allowed(a netip.Addr) bool {
	for _, p := range g.allow {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// URL judges an address before it is fetched. Only http and https pass; a literal IP
// host (however it was spelt: weburl reads decimal, octal and hexadecimal forms as a
// browser does) is judged as Addr and Control would; metadata names never pass. Where
// no prefix is allowed, names of the local network and ports that are no web ports are
// refused as well; otherwise, and for all other names, Control decides.
func (g *Guard) URL(u *weburl.URL) error {
	if !u.IsHTTP() {
		return fmt.Errorf("%w: %s: scheme %q is neither http nor https", ErrRefused, u, u.Scheme())
	}
	port, err := portOf(u)
	if err != nil {
		return err
	}
	if a, ok := literal(u.Host()); ok {
		if err := g.Addr(a); err != nil {
			return err
		}
		return g.port(netip.AddrPortFrom(a, port))
	}
	switch nameClass(u.Host()) {
	case metadataName:
		return fmt.Errorf("%w: %s is a metadata name", ErrRefused, u.Host())
	case localName:
		if len(g.allow) == 0 {
			return fmt.Errorf("%w: %s is a name of a local network", ErrRefused, u.Host())
		}
	case otherName:
	}
	if len(g.allow) == 0 {
		if !slices.Contains(webPorts(), port) {
			return refusedPort(u.Host() + ":" + strconv.Itoa(int(port)))
		}
	}
	return nil
}

func portOf(u *weburl.URL) (uint16, error) {
	switch {
	case u.Port() != "":
		n, err := strconv.ParseUint(u.Port(), 10, 16)
		if err != nil {
			return 0, fmt.Errorf("%w: %s: port %q", ErrRefused, u, u.Port())
		}
		return uint16(n), nil
	case u.Scheme() == "http":
		return 80, nil
	}
	return 443, nil
}

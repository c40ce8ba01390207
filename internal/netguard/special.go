package netguard

import (
	"net/netip"
	"strings"
)

// isMetadata reports whether a, or the IPv4 address inside it, is where a cloud tells a
// machine its secrets. Nothing there is ever content.
func isMetadata(a netip.Addr) bool {
	if inner, ok := embedded(a); ok {
		a = inner
	}
	switch a.WithZone("").String() {
	case "169.254.169.254", // AWS, Azure, GCP, OpenStack and most others
		"169.254.170.2", "169.254.170.23", // AWS: container and pod credentials
		"fd00:ec2::254", "fd00:ec2::23", // AWS over IPv6
		"fd20:ce::254",                  // GCP over IPv6
		"100.100.100.200",               // Alibaba Cloud
		"169.254.0.23", "169.254.10.10", // Tencent Cloud
		"169.254.42.42", "fd00:42::42", // Scaleway
		"192.0.0.192",   // Oracle Cloud, older machines
		"168.63.129.16": // Azure's host agent, a public address
		return true
	}
	return false
}

// embedded is the IPv4 address that an IPv6 address of a translation scheme leads to:
// mapped (RFC 4291 §2.5.5.2), compatible (§2.5.5.1), NAT64 (RFC 6052, well-known
// prefix), 6to4 (RFC 3056) and Teredo (RFC 4380, the client's address, inverted).
func embedded(a netip.Addr) (netip.Addr, bool) {
	if !a.Is6() {
		return netip.Addr{}, false
	}
	if a.Is4In6() {
		return a.Unmap(), true
	}
	b := a.As16()
	tail := netip.AddrFrom4([4]byte(b[12:]))
	switch {
	case in(a, "::/96") && a.WithZone("") != netip.IPv6Unspecified() && !a.IsLoopback():
		return tail, true
	case in(a, "64:ff9b::/96"):
		return tail, true
	case in(a, "2002::/16"):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	case in(a, "2001::/32"):
		return netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}), true
	}
	return netip.Addr{}, false
}

func in(a netip.Addr, prefix string) bool {
	return netip.MustParsePrefix(prefix).Contains(a.WithZone(""))
}

// class names a refused address for people. The decision was made before.
func class(a netip.Addr) string {
	for _, c := range []struct{ name, prefixes string }{
		{"loopback", "127.0.0.0/8 ::1/128"},
		{"unspecified", "0.0.0.0/8 ::/128"},
		{"private", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10"},
		{"link-local", "169.254.0.0/16 fe80::/10"},
		{"shared (carrier NAT)", "100.64.0.0/10"},
		{"documentation", "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20"},
		{"benchmarking", "198.18.0.0/15 2001:2::/48"},
		{"multicast", "224.0.0.0/4 ff00::/8"},
		{"IPv4-mapped", "::ffff:0:0/96"},
		{"NAT64", "64:ff9b::/96 64:ff9b:1::/48"},
		{"6to4", "2002::/16 192.88.99.0/24"},
		{"Teredo", "2001::/32"},
	} {
		for prefix := range strings.FieldsSeq(c.prefixes) {
			if in(a, prefix) {
				return c.name
			}
		}
	}
	return "reserved"
}

// literal reads a host that is an IP address; weburl has brought it into its one form.
func literal(host string) (netip.Addr, bool) {
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	a, err := netip.ParseAddr(host)
	return a, err == nil
}

type kindOfName int

const (
	otherName kindOfName = iota
	localName
	metadataName
)

// nameClass tells names that only mean something inside a network from others.
func nameClass(host string) kindOfName {
	host = strings.TrimRight(host, ".")
	switch host {
	case "metadata", "instance-data", "rancher-metadata", "metadata.google.internal", "metadata.goog",
		"metadata.azure.internal", "metadata.tencentyun.com", "metadata.packet.net",
		"metadata.platformequinix.com", "instance-data.ec2.internal":
		return metadataName
	}
	last := strings.LastIndexByte(host, '.')
	if last < 0 {
		return localName // no public web site has a name without dot
	}
	switch host[last+1:] {
	// Reserved (RFC 6761, RFC 6762, ICANN 2024 for internal) or never to be delegated,
	// and used by routers and offices.
	case "localhost", "local", "localdomain", "internal", "intranet", "private", "corp", "home", "lan":
		return localName
	}
	if host == "home.arpa" || strings.HasSuffix(host, ".home.arpa") { // RFC 8375
		return localName
	}
	return otherName
}

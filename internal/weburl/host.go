package weburl

import (
	"net/netip"
	"path"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// RegistrableDomain is the name under which host was registered: its public suffix and
// one label more (publicsuffix.org, ICANN and private sections). Of an IP address, a
// name without dot and a bare public suffix it is the host itself. A trailing dot is
// dropped.
func RegistrableDomain(host string) string {
	host = asciiHost(host)
	if isIP(host) {
		return host
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return domain
}

// IsPublicSuffixTLD reports whether the last label of host is a top-level domain that
// ICANN knows. It tells "abc.com" from "readme.txt"; names of files and packages that
// end in a real one ("README.md", "java.io") need the context as well.
func IsPublicSuffixTLD(host string) bool {
	host = asciiHost(host)
	tld := host[strings.LastIndexByte(host, '.')+1:]
	if tld == "" || isIP(host) {
		return false
	}
	// The list has top-level domains that only stand in longer rules ("*.ck"): any name
	// below them tells as well.
	if _, icann := publicsuffix.PublicSuffix(tld); icann {
		return true
	}
	_, icann := publicsuffix.PublicSuffix("a." + tld)
	return icann
}

// HostIs reports whether host matches pattern. A pattern is a name, or has wildcards:
// a leading "*." stands for one or more labels ("*.name" is every host below name, not
// name itself), any other "*" for characters inside one label ("*.oss-*.aliyuncs.com").
// Case and a trailing dot do not matter.
func HostIs(host, pattern string) bool {
	host, pattern = lowerHost(host), lowerHost(pattern)
	if host == "" || pattern == "" {
		return false
	}
	below, deep := strings.CutPrefix(pattern, "*.")
	if !deep {
		below = pattern
	}
	for {
		hostRest, hostLabel := cutLabel(host)
		patRest, patLabel := cutLabel(below)
		if !labelIs(hostLabel, patLabel) {
			return false
		}
		host, below = hostRest, patRest
		if below == "" {
			return deep == (host != "")
		}
		if host == "" {
			return false
		}
	}
}

// cutLabel takes the last label off.
func cutLabel(s string) (rest, label string) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return "", s
	}
	return s[:i], s[i+1:]
}

func labelIs(label, pattern string) bool {
	if !strings.Contains(pattern, "*") {
		return label == pattern
	}
	ok, err := path.Match(pattern, label) // a label holds no "/", so "*" stays inside it
	return err == nil && ok && label != ""
}

func lowerHost(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

// asciiHost is host in lower case and punycode, without trailing dot.
func asciiHost(host string) string {
	host = lowerHost(host)
	for i := range len(host) {
		if host[i] >= 0x80 {
			if ascii, err := idna.Punycode.ToASCII(host); err == nil {
				return ascii
			}
			break
		}
	}
	return host
}

// isIP reports whether host is a literal address, as URL.Host writes it or bare.
func isIP(host string) bool {
	_, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	return err == nil
}

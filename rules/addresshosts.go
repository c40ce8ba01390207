package rules

import (
	"net/netip"
	"strings"

	"marketwarden/internal/weburl"
)

// plausible decides whether a name without scheme is an address. sure is false where a
// person should look.
func (f *finder) plausible(n name, www bool) (sure, ok bool) {
	host := f.host(n)
	last := n.labels[len(n.labels)-1]
	tail := portAndPath(f.text[last.end:min(len(f.text), last.end+peek)]) // all of it is read once the name is taken
	if isDigit(host[len(host)-1]) {
		// Four numbers alone may be a version and with a prefix length are a network; with
		// a port or a path they are most likely an address.
		addr, err := netip.ParseAddr(host)
		return false, err == nil && addr.Is4() && n.style == dotPlain && tail != "" && !isPrefixLength(tail)
	}
	if www {
		return true, len(n.labels) > 2 && (weburl.IsPublicSuffixTLD(host) || reservedTLD(f.tld(n))) || strongName(host)
	}
	if strings.Contains(host[strings.LastIndexByte(host[:len(host)-1], '.')+1:], "_") || packageName(host) {
		return false, false
	}
	tld := f.written(last)
	strong := strongName(host)
	two := len(n.labels) == 2
	switch n.style {
	case dotPlain:
		if product(host, tld, two) {
			return false, false
		}
		return true, strong || len(tail) > 1 && weburl.IsPublicSuffixTLD(host) && !strings.HasPrefix(tail, "#")
	case dotLook: // also the end of a sentence before a short word
		return true, strong && (tld == strings.ToLower(tld) || !two)
	case dotBracket:
		return true, strong || weburl.IsPublicSuffixTLD(host) && !two
	case dotWord: // "dot net" is a product
		return true, strong && (!two || !strings.EqualFold(tld, "net"))
	case dotSpaced:
		return true, strong && !two && tld == strings.ToLower(tld)
	}
	return false, false
}

// peek is how much after a name is looked at to decide whether it is an address.
const peek = 16

// hopeless reports, without looking closer, that a name with plain dots and without
// scheme or www cannot be an address: most are versions and names of files.
func (f *finder) hopeless(n name) bool {
	if n.style != dotPlain || n.mixed {
		return false
	}
	end := n.end()
	if end < len(f.text) && (f.text[end] == '/' || f.text[end] == ':' || f.text[end] == '?' || f.text[end] == '@') {
		return false
	}
	tld := f.tld(n)
	return !strongTLD(tld) && (len(tld) != 2 || len(n.labels) < 3)
}

// isPrefixLength reports whether tail is "/" and a number up to 32.
func isPrefixLength(tail string) bool {
	d := strings.TrimPrefix(tail, "/")
	return len(d) < len(tail) && len(d) >= 1 && len(d) <= 2 && strings.Trim(d, "0123456789") == ""
}

// packageName: names of packages and classes begin with a top-level domain.
func packageName(host string) bool {
	first, _, _ := strings.Cut(host, ".")
	switch first {
	case "com", "org", "net", "java", "javax", "android", "kotlin", "scala":
		return true
	}
	return false
}

// product: names of products and members that end like a host name, such as ASP.NET.
func product(host, tld string, two bool) bool {
	if !two {
		return false
	}
	if label, ok := strings.CutSuffix(host, ".top"); ok { // also a property of every box on a screen
		switch label {
		case "window", "parent", "self", "style", "margin", "padding", "offset", "rect", "position", "border":
			return true
		}
		return len(label) < 3
	}
	if tld == "NET" || tld == "Net" {
		return true
	}
	switch host {
	case "asp.net", "vb.net", "ado.net", "ml.net", "json.net", "paint.net":
		return true
	}
	return false
}

// quiet reports whether a host written as text leads nowhere outside: this machine, a
// private network, or a placeholder in documentation.
func quiet(host string) bool {
	return localHost(host) || placeholderHost(host)
}

// localHost reports whether a host is this machine or inside a private network.
func localHost(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		a = a.Unmap()
		if a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() || a.IsMulticast() {
			return true
		}
		for _, p := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "2001:db8::/32"} {
			if netip.MustParsePrefix(p).Contains(a) {
				return true
			}
		}
		return false
	}
	switch host[strings.LastIndexByte(host, '.')+1:] {
	case "localhost", "local", "internal", "lan", "localdomain", "intranet", "corp", "home":
		return true
	}
	return !strings.Contains(host, ".")
}

// placeholderHost reports whether a host stands for the reader's own in documentation.
func placeholderHost(host string) bool {
	for _, w := range []string{"域名", "服务器", "地址", "公网", "你的", "您的", "实例", "主机"} {
		if strings.Contains(host, w) {
			return true
		}
	}
	domain := weburl.RegistrableDomain(host)
	label, suffix, _ := strings.Cut(domain, ".")
	switch suffix {
	case "com", "net", "org", "cn", "com.cn":
	default:
		return false
	}
	if strings.HasPrefix(label, "your") || len(label) >= 3 && strings.Trim(label, "x") == "" {
		return true
	}
	switch label {
	case "example", "domain", "mydomain", "domainname", "my-domain", "hostname", "test", "yyy", "zzz":
		return true
	}
	return false
}

package netguard

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"marketwarden/internal/weburl"
)

func guard(tb testing.TB, allow ...string) *Guard {
	tb.Helper()
	var prefixes []netip.Prefix
	for _, p := range allow {
		prefixes = append(prefixes, netip.MustParsePrefix(p))
	}
	g, err := New(prefixes)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// refusedAs asserts that err is a refusal whose words name the class.
func refusedAs(tb testing.TB, what string, err error, class string) {
	tb.Helper()
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), class) {
		tb.Errorf("%s: %v, want a refusal as %q", what, err, class)
	}
}

// The IANA special-purpose registries and what else is no public host: first and last
// address of each range, and the class it is refused as.
func TestSpecialRanges(t *testing.T) {
	t.Parallel()
	g := guard(t)
	for _, tt := range []struct{ prefix, class string }{
		{"0.0.0.0/8", "unspecified"},
		{"10.0.0.0/8", "private"},
		{"100.64.0.0/10", "shared"},
		{"127.0.0.0/8", "loopback"},
		{"169.254.0.0/16", "link-local"},
		{"172.16.0.0/12", "private"},
		{"192.0.0.0/24", "reserved"},
		{"192.0.2.0/24", "documentation"},
		{"192.31.196.0/24", "reserved"},
		{"192.52.193.0/24", "reserved"},
		{"192.88.99.0/24", "6to4"},
		{"192.168.0.0/16", "private"},
		{"192.175.48.0/24", "reserved"},
		{"198.18.0.0/15", "benchmarking"},
		{"198.51.100.0/24", "documentation"},
		{"203.0.113.0/24", "documentation"},
		{"224.0.0.0/4", "multicast"},
		{"240.0.0.0/4", "reserved"},
		{"255.255.255.255/32", "reserved"},
		{"::/128", "unspecified"},
		{"::1/128", "loopback"},
		{"::808:0/112", "reserved"}, // IPv4-compatible
		{"::ffff:8.8.8.0/120", "IPv4-mapped"},
		{"64:ff9b::/96", "NAT64"},
		{"64:ff9b:1::/48", "NAT64"},
		{"100::/64", "reserved"},
		{"100:0:0:1::/64", "reserved"},
		{"2001::/32", "Teredo"},
		{"2001:1::1/128", "reserved"},
		{"2001:2::/48", "benchmarking"},
		{"2001:4:112::/48", "reserved"},
		{"2001:10::/28", "reserved"},
		{"2001:20::/28", "reserved"},
		{"2001:db8::/32", "documentation"},
		{"2002::/16", "6to4"},
		{"2620:4f:8000::/48", "reserved"},
		{"3fff::/20", "documentation"},
		{"4000::/3", "reserved"},
		{"5f00::/16", "reserved"},
		{"fc00::/7", "private"},
		{"fe80::/10", "link-local"},
		{"fec0::/10", "private"},
		{"ff00::/8", "multicast"},
	} {
		p := netip.MustParsePrefix(tt.prefix)
		for _, a := range []netip.Addr{p.Addr(), last(p)} {
			refusedAs(t, a.String(), g.Addr(a), tt.class)
			refusedAs(t, a.String(), g.Control("tcp4", netip.AddrPortFrom(a, 443).String(), nil), tt.class)
		}
	}
	for _, a := range []string{
		"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "223.255.255.255",
		"2400:3200::1", "2001:200::", "2606:4700::1111",
	} {
		if err := g.Addr(netip.MustParseAddr(a)); err != nil {
			t.Errorf("%s: %v, want it to pass", a, err)
		}
	}
	refusedAs(t, "zero address", g.Addr(netip.Addr{}), "no address")
	refusedAs(t, "zone", g.Addr(netip.MustParseAddr("fe80::1%eth0")), "link-local")
	refusedAs(t, "zone", g.Addr(netip.MustParseAddr("2606:4700::1%eth0")), "reserved")
}

// last is the last address of p.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

func TestMetadataAlways(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]*Guard{
		"default": guard(t),
		"allowed": guard(t, "169.254.0.0/16", "100.64.0.0/10", "192.0.0.0/24", "168.63.0.0/16", "fc00::/7",
			"64:ff9b::/96", "2002::/16", "::ffff:0:0/96"),
	} {
		for _, a := range []string{
			"169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "192.0.0.192",
			"168.63.129.16", "169.254.0.23", "fd00:ec2::254", "fd20:ce::254", "fd00:ec2::254%eth0",
			"::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
		} {
			refusedAs(t, name, g.Addr(netip.MustParseAddr(a)), "metadata")
			refusedAs(t, name, g.Control("tcp6", netip.AddrPortFrom(netip.MustParseAddr(a), 80).String(), nil), "metadata")
		}
		for _, raw := range []string{
			"http://metadata.google.internal/computeMetadata/v1/", "http://metadata./", "http://METADATA.tencentyun.com/",
			"http://169.254.169.254/", "http://0xa9fea9fe/", "http://[::ffff:a9fe:a9fe]/", "http://[fd00:ec2::254]/",
		} {
			refusedAs(t, name+" "+raw, g.URL(parse(t, raw)), "metadata")
		}
	}
}

func parse(tb testing.TB, raw string) *weburl.URL {
	tb.Helper()
	u, err := weburl.Parse(raw)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

func TestAllow(t *testing.T) {
	t.Parallel()
	g := guard(t, "127.0.0.1/8", "64:ff9b::/96")
	for _, address := range []string{"127.0.0.1:80", "127.9.9.9:31337", "1.1.1.1:443", "[64:ff9b::808:808]:80"} {
		if err := g.Control("tcp4", address, nil); err != nil {
			t.Errorf("%s: %v, want it to pass", address, err)
		}
	}
	refusedAs(t, "outside", g.Control("tcp4", "10.0.0.1:80", nil), "private")
	refusedAs(t, "port outside", g.Control("tcp4", "1.1.1.1:31337", nil), "port")
	refusedAs(t, "inside NAT64", g.Control("tcp6", "[64:ff9b::a00:1]:80", nil), "private")
	for _, raw := range []string{"http://127.0.0.1:31337/", "http://localhost:31337/", "http://shop.example:31337/"} {
		if err := g.URL(parse(t, raw)); err != nil {
			t.Errorf("%s: %v, want it to pass until it is dialled", raw, err)
		}
	}
	for name, allow := range map[string][]netip.Prefix{
		"invalid": {{}}, "every IPv4": {netip.MustParsePrefix("1.2.3.4/0")}, "every IPv6": {netip.MustParsePrefix("::/0")},
	} {
		if _, err := New(allow); err == nil {
			t.Errorf("New took a prefix that is %s", name)
		}
	}
}

func TestControl(t *testing.T) {
	t.Parallel()
	g := guard(t)
	for _, address := range []string{"1.1.1.1:80", "1.1.1.1:443", "1.1.1.1:8000", "1.1.1.1:8080", "1.1.1.1:8443", "1.1.1.1:8888", "[2400:3200::1]:443"} {
		if err := g.Control("tcp4", address, nil); err != nil {
			t.Errorf("%s: %v, want it to pass", address, err)
		}
	}
	for _, tt := range []struct{ network, address, class string }{
		{"tcp4", "1.1.1.1:22", "port"},
		{"tcp4", "1.1.1.1:0", "port"},
		{"udp4", "1.1.1.1:443", "TCP"},
		{"unix", "/run/x.sock", "TCP"},
		{"tcp", "1.1.1.1:443", "TCP"}, // the dialer always says which
		{"tcp4", "shop.example:443", "no address"},
		{"tcp4", "", "no address"},
	} {
		refusedAs(t, tt.network+" "+tt.address, g.Control(tt.network, tt.address, nil), tt.class)
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	g := guard(t)
	for _, raw := range []string{
		"https://shop.example/", "http://shop.example:8080/", "http://1.1.1.1/", "https://localhost.example/", "http://local.example/",
		"https://[2400:3200::1]/", "http://shop.example./",
	} {
		if err := g.URL(parse(t, raw)); err != nil {
			t.Errorf("%s: %v, want it to pass", raw, err)
		}
	}
	for raw, class := range map[string]string{
		"ftp://shop.example/":             "scheme",
		"file:///etc/passwd":              "scheme",
		"javascript:alert(1)":             "scheme",
		"http://shop.example:22/":         "port",
		"http://1.1.1.1:6379/":            "port",
		"https://shop.example:0/":         "port",
		"http://127.1/":                   "loopback",
		"http://017700000001/":            "loopback",
		"http://2130706433/":              "loopback",
		"http://[::1]/":                   "loopback",
		"http://[::ffff:8.8.8.8]/":        "IPv4-mapped",
		"http://localhost/":               "local",
		"http://LocalHost./":              "local",
		"http://a.localhost/":             "local",
		"http://printer.local/":           "local",
		"http://git.internal/":            "local",
		"http://nas.home.arpa/":           "local",
		"http://intranet/":                "local",
		"http://u:p@10.0.0.1@1.1.1.1:22/": "port",
		"http://1.1.1.1@10.0.0.1/":        "private",
	} {
		refusedAs(t, raw, g.URL(parse(t, raw)), class)
	}
}

func FuzzURL(f *testing.F) {
	f.Add("http://127.0.0.1/")
	f.Add("http://[::ffff:a9fe:a9fe]:80/")
	f.Add("https://shop.example:8443/")
	g, err := New(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := weburl.Parse(raw)
		if err != nil || g.URL(u) != nil {
			return
		}
		if !u.IsHTTP() || u.Host() == "" {
			t.Errorf("%s passed", u)
		}
		if a, ok := literal(u.Host()); ok && (a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || a.Is4In6()) {
			t.Errorf("%s passed", u)
		}
	})
}

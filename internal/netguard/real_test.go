package netguard

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marketwarden/internal/weburl"
)

// TestRealTargets decides a list of addresses that attackers have used. Nothing is
// resolved or dialled: where only the resolved address can tell, the address that the
// name is known to give is shown to Control in its place.
func TestRealTargets(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MARKETWARDEN_REAL_DATA")
	if dir == "" {
		t.Skip("MARKETWARDEN_REAL_DATA is not set: the list of SSRF targets was not decided")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "hostile", "ssrf-targets.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	g := guard(t)
	counts := map[string]int{}
	for i, line := range strings.Split(strings.TrimRight(string(raw), "\n"), "\n") {
		cols := strings.Split(line, "\t")
		if i == 0 {
			continue
		}
		if len(cols) != 3 {
			t.Fatalf("line %d has %d columns", i+1, len(cols))
		}
		target, class := cols[0], cols[1]
		how := decide(g, target)
		kind, address, _ := strings.Cut(class, " ")
		counts[kind+": "+how]++
		ok := false
		switch kind {
		case "odd-scheme", "invalid-ip", "blocked-address":
			ok = how == "refused" || how == "unreadable"
			if a, err := netip.ParseAddr(address); err == nil { // and so would the dial be
				ok = ok && errors.Is(g.Control("tcp4", netip.AddrPortFrom(a, 80).String(), nil), ErrRefused)
			}
		case "internal-name":
			ok = how == "refused"
			if strings.Contains(target, "169.254.169.254.nip.io") { // a public name for any address: refused once resolved
				ok = how == "passes" && errors.Is(g.Control("tcp4", "169.254.169.254:80", nil), ErrRefused)
			}
		case "parser-confusion":
			ok = how == "refused" || how == "unreadable"
		case "missing-slashes":
			want := map[string]string{"http:127.0.0.1/": "refused", "https:google.com": "passes"}
			ok = how == want[target]
		case "redirector":
			// The first hop is an ordinary host, the next is judged like any address.
			ok = how == "passes" && errors.Is(g.Addr(netip.MustParseAddr("169.254.169.254")), ErrRefused) &&
				errors.Is(g.Addr(netip.MustParseAddr("127.0.0.1")), ErrRefused)
		case "public-address":
			ok = how == "passes"
		}
		if !ok {
			t.Errorf("%s (%s): %s, expected: %s", target, class, how, cols[2])
		}
	}
	for k, n := range counts {
		t.Logf("%3d %s", n, k)
	}
}

// decide is what becomes of an address before anything is dialled.
func decide(g *Guard, target string) string {
	u, err := weburl.Parse(target)
	switch {
	case err != nil:
		return "unreadable"
	case g.URL(u) != nil:
		return "refused"
	}
	return "passes"
}

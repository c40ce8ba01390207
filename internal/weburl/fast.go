package weburl

import "strings"

// The short way. It takes only what the standard's algorithm copies to its result
// unchanged: lower-case http and https, host names of plain ASCII labels whose last
// label cannot be read as a number, ports as they are serialised, and paths, queries
// and fragments of characters that no percent-encode set contains. It returns nil for
// everything else, which then goes the full way. FuzzParse and FuzzResolve hold both
// ways to the same bytes.

// Classes of characters that are copied unchanged.
const (
	inPath     = 1 << iota // in a path
	inQuery                // in a query of http
	inFragment             // in a fragment
	inHost                 // in a host name
	inScheme               // in a scheme
	inDots                 // may be part of a "." or ".." segment
)

// class tells where c is copied unchanged. "'" is percent-encoded in queries; "^", "|",
// "{", "}", "`" and "\" are left to the full way everywhere, because the standard's
// sets changed about them.
func class(c byte) uint8 {
	switch {
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '.':
		return inPath | inQuery | inFragment | inHost | inScheme
	case 'A' <= c && c <= 'Z', c == '+':
		return inPath | inQuery | inFragment | inScheme
	}
	switch c {
	case '_', '~', '!', '$', '&', '(', ')', '*', ',', ';', '=', ':', '@', '%', '/':
		return inPath | inQuery | inFragment
	case '\'':
		return inPath | inFragment
	case '?', '[', ']':
		return inQuery | inFragment
	}
	return 0
}

// classes is class as a table: addresses are most of what a page's links cost.
var classes = func() (t [256]uint8) { //nolint:gochecknoglobals // a constant in all but syntax
	for c := range t {
		t[c] = class(byte(c))
	}
	t['.'] |= inDots
	t['%'] |= inDots
	return t
}()

// run is the length of s's prefix whose characters are all of the class.
func run(s string, in uint8) int {
	for i := range len(s) {
		if classes[s[i]]&in == 0 {
			return i
		}
	}
	return len(s)
}

// parseFast reads a plain absolute http or https address, or returns nil.
func parseFast(raw string) *URL {
	u := URL{schemeEnd: uint16(len("https"))}
	rest, ok := strings.CutPrefix(raw, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(raw, "http://"); !ok {
			return nil
		}
		u.schemeEnd--
	}
	if len(raw) > MaxBytes { // offsets have their limit
		return nil
	}
	n := run(rest, inHost)
	if !plainHost(rest[:n]) {
		return nil
	}
	u.hostStart = u.schemeEnd + uint16(len("://"))
	u.hostEnd = u.hostStart + place(n)
	if rest = rest[n:]; strings.HasPrefix(rest, ":") {
		n = 1
		for n < len(rest) && '0' <= rest[n] && rest[n] <= '9' {
			n++
		}
		if !plainPort(raw[:u.schemeEnd], rest[1:n]) {
			return nil
		}
		rest = rest[n:]
	}
	u.href = raw
	u.pathStart = place(len(raw) - len(rest))
	if rest == "" || rest[0] == '?' || rest[0] == '#' { // an empty path is written "/"
		u.href = raw[:u.pathStart] + "/" + rest
	} else if rest[0] != '/' {
		return nil
	}
	if !u.splitFast() {
		return nil
	}
	return &u
}

// splitFast fills pathEnd and fragStart from href and pathStart. It reports false when
// something in path, query or fragment is not copied unchanged.
func (u *URL) splitFast() bool {
	rest := u.href[u.pathStart:]
	n, seen := 0, uint8(0)
	for ; n < len(rest) && classes[rest[n]]&inPath != 0; n++ {
		seen |= classes[rest[n]]
	}
	if seen&inDots != 0 && hasDotSegment(rest[:n]) {
		return false
	}
	rest = rest[n:]
	u.pathEnd = u.pathStart + place(n)
	if strings.HasPrefix(rest, "?") {
		rest = rest[run(rest, inQuery):]
	}
	u.fragStart = place(len(u.href) - len(rest))
	if strings.HasPrefix(rest, "#") {
		rest = rest[1+run(rest[1:], inFragment):]
	}
	return rest == ""
}

// plainHost reports whether the standard's host parser returns h, made of inHost
// characters, unchanged: no empty label, no punycode to validate, and a last label
// that starts with a letter and so is no number.
func plainHost(h string) bool {
	if h == "" {
		return false
	}
	start := 0 // of the current label
	for i := range len(h) {
		if h[i] == '.' {
			if i == start {
				return false
			}
			start = i + 1
		} else if i == start && h[i] == 'x' && strings.HasPrefix(h[i:], "xn--") {
			return false
		}
	}
	return start < len(h) && 'a' <= h[start] && h[start] <= 'z'
}

// plainPort reports whether digits are a port as it is serialised: not empty, no
// leading zero, at most 65535 and not the default.
func plainPort(scheme, digits string) bool {
	if digits == "" || len(digits) > 5 || digits[0] == '0' || (len(digits) == 5 && digits > "65535") {
		return false
	}
	return digits != defaultPort(scheme)
}

func defaultPort(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}

// hasDotSegment reports whether a segment of the path may be "." or ".." (also written
// with %2e), which the standard removes. It errs on the side of true.
func hasDotSegment(path string) bool {
	for i := range len(path) {
		switch path[i] {
		case '.':
			if i > 0 && path[i-1] != '/' && path[i-1] != '.' {
				continue // inside a segment such as "index.html"
			}
			if i+1 == len(path) || path[i+1] == '/' || path[i+1] == '.' {
				return true
			}
		case '%':
			if i+2 < len(path) && path[i+1] == '2' && path[i+2]|0x20 == 'e' {
				return true
			}
		}
	}
	return false
}

// resolveFast reads a plain reference against a plain http or https base, or returns
// nil.
func (u *URL) resolveFast(ref string) *URL {
	if !u.IsHTTP() {
		return nil
	}
	if ref == "" {
		return u.with(u.href[:u.fragStart])
	}
	switch ref[0] {
	case '#':
		return u.with(u.href[:u.fragStart] + ref)
	case '?':
		return u.with(u.href[:u.pathEnd] + ref)
	case 'h':
		// Links of a page come in runs to the same host, whose name need not be read again.
		if n := int(u.pathStart); len(ref) > n && ref[n] == '/' && ref[:n] == u.href[:n] && !u.userinfo {
			if ref == u.href {
				return u
			}
			return u.with(ref)
		}
	case '/':
		if strings.HasPrefix(ref, "//") {
			return parseFast(u.href[:u.schemeEnd+1] + ref)
		}
		return u.with(u.href[:u.pathStart] + ref)
	}
	if n := run(ref, inScheme); n < len(ref) && ref[n] == ':' {
		return parseFast(ref)
	}
	dir := u.Path()
	dir = dir[:strings.LastIndexByte(dir, '/')+1]
	for {
		if rest, ok := strings.CutPrefix(ref, "./"); ok {
			ref = rest
		} else if rest, ok := strings.CutPrefix(ref, "../"); ok {
			ref = rest
			if dir != "/" {
				dir = dir[:strings.LastIndexByte(dir[:len(dir)-1], '/')+1]
			}
		} else {
			break
		}
	}
	return u.with(u.href[:u.pathStart] + dir + ref)
}

// with is the address href that has u's scheme, authority and so on up to the path, or
// nil when the rest of it is not plain.
func (u *URL) with(href string) *URL {
	if len(href) > MaxBytes { // offsets have their limit
		return nil
	}
	v := *u
	v.href = href
	if !v.splitFast() {
		return nil
	}
	return &v
}

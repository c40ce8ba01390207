package weburl

import "strings"

// Canonical is the address's identity: two addresses with the same canonical form are
// taken for the same page. It is for fingerprints and visited-sets, not for fetching.
// drop names query parameters that say nothing about the target, exactly or, with a
// trailing "*", by prefix; names are compared decoded and with case.
//
//	http://Shop.example/                    https://shop.example/        http and https are one
//	http://shop.example:80/a#top            https://shop.example/a       default port and fragment dropped
//	http://shop.example:8080/a              http://shop.example:8080/a   another port is another server,
//	http://shop.example:443/a               http://shop.example:443/a    and so keeps its scheme
//	https://user:pw@shop.example            https://shop.example/        userinfo dropped, empty path is "/"
//	https://shop.example./a                 https://shop.example/a       one trailing dot of the host dropped
//	https://shop.example/a?b=2&spm=1&a=1    https://shop.example/a?b=2&a=1   spm dropped, order kept
//	https://shop.example/a?&b=2&            https://shop.example/a?b=2   pairs that say nothing dropped
//	https://shop.example/a?                 https://shop.example/a
//	https://shop.example/%7ea%2fb           https://shop.example/~a%2Fb  unreserved decoded, hex upper case
//	https://shop.example/100%               https://shop.example/100%25  a stray % is itself encoded
//	https://shop.example/A/                 https://shop.example/A/      case and final slash kept
//	mailto:a@shop.example?subject=x         mailto:a@shop.example?subject=x
//
// The order of parameters is kept: folding it would make different pages one. Addresses
// that are neither http nor https lose what is listed above where they have it, and
// keep an opaque path (mailto:, javascript:) as it is.
func (u *URL) Canonical(drop ...string) string {
	var b strings.Builder
	b.Grow(len(u.href) + 1)
	if u.IsHTTP() && u.Port() == "" {
		b.WriteString("https")
	} else {
		b.WriteString(u.Scheme())
	}
	b.WriteByte(':')
	opaque := u.pathStart == u.schemeEnd+1 && !strings.HasPrefix(u.Path(), "/")
	if strings.HasPrefix(u.href[u.schemeEnd+1:], "//") {
		b.WriteString("//")
		b.WriteString(trimDot(u.Host()))
		if u.Port() != "" {
			b.WriteByte(':')
			b.WriteString(u.Port())
		}
	} else { // no authority: what stands before the path is nothing, or "/." before "//"
		b.WriteString(u.href[u.schemeEnd+1 : u.pathStart])
	}
	if opaque {
		b.WriteString(u.Path())
	} else {
		writeNormal(&b, u.Path())
	}
	mark := byte('?')
	for pair := range strings.SplitSeq(u.RawQuery(), "&") {
		if pair == "" || dropped(pair, drop) {
			continue
		}
		b.WriteByte(mark)
		writeNormal(&b, pair)
		mark = '&'
	}
	return b.String()
}

// trimDot drops one trailing dot. A host that ends in several is left alone: with one
// less it could be read as another kind of host.
func trimDot(host string) string {
	if h, ok := strings.CutSuffix(host, "."); ok && h != "" && !strings.HasSuffix(h, ".") {
		return h
	}
	return host
}

func dropped(pair string, drop []string) bool {
	if len(drop) == 0 {
		return false
	}
	key, _, _ := strings.Cut(pair, "=")
	key = paramName(key)
	for _, d := range drop {
		if prefix, ok := strings.CutSuffix(d, "*"); ok {
			if strings.HasPrefix(key, prefix) {
				return true
			}
		} else if key == d {
			return true
		}
	}
	return false
}

const upperHex = "0123456789ABCDEF"

// writeNormal writes s with its percent-encoding normalised (RFC 3986 §6.2.2): hex
// digits in upper case, unreserved characters decoded, a "%" that encodes nothing
// encoded, so that what stood for itself cannot become an encoding.
func writeNormal(b *strings.Builder, s string) {
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			b.WriteString(s)
			return
		}
		b.WriteString(s[:i])
		c, ok := encoded(s[i:])
		switch {
		case !ok:
			b.WriteString("%25")
			s = s[i+1:]
			continue
		case unreserved(c):
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		}
		s = s[i+3:]
	}
}

// unreserved is RFC 3986 §2.3.
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// encoded reads "%XX" at the start of s.
func encoded(s string) (byte, bool) {
	if len(s) < 3 {
		return 0, false
	}
	hi, ok1 := hexDigit(s[1])
	lo, ok2 := hexDigit(s[2])
	return hi<<4 | lo, ok1 && ok2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// paramName decodes the name of a query parameter; most need no decoding.
func paramName(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	return decode(s, true)
}

// decode undoes percent-encoding, with form also "+" for space. A "%" that encodes
// nothing stays; bytes that are no UTF-8 become U+FFFD.
func decode(s string, form bool) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+' && form:
			b = append(b, ' ')
		case c == '%':
			if d, ok := encoded(s[i:]); ok {
				b = append(b, d)
				i += 2
				continue
			}
			b = append(b, c)
		default:
			b = append(b, c)
		}
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

package rules

import (
	"strings"

	"marketwarden/internal/textfold"
	"marketwarden/internal/weburl"
)

// textAddress is an address written as words.
type textAddress struct {
	start, end int // bytes in the text looked at
	url        *weburl.URL
	// disguised: written so that a program overlooks it and a person does not.
	disguised bool
	// sure is false for what may be something else that merely looks like an address.
	sure bool
}

// findAddresses finds the addresses written in s, in order and without overlaps: with a
// scheme, beginning with www, or a bare name below a top-level domain in real use, plain
// or disguised. What only looks like one is left out: names of files and packages,
// versions, e-mail addresses, local, private and placeholder hosts.
//
// It reads s once; text that is folded first (full-width letters, characters of no width,
// look-alike letters) costs a fold of s besides.
func findAddresses(s string) []textAddress {
	dots, fold := survey(s)
	if !dots {
		return nil
	}
	f := finder{raw: s, text: s}
	if fold {
		f.folded = textfold.FoldOptions{Homoglyphs: true}.Fold(s)
		f.text, f.isFolded = f.folded.Text, true
	}
	f.scan()
	return f.found
}

// survey reads s once, which is all that most texts cost. dots: it holds something that a
// person may read as a dot of a host name, and so not directly after a Han character,
// which ends sentences with one; or the two slashes of an address. fold: it holds characters that people read as Latin letters,
// digits or nothing, so that names must not be read from its bytes alone.
func survey(s string) (dots, fold bool) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < 0x80 {
			switch c {
			case '.':
				dots = true
			case '/': // after a scheme a host needs no dot
				dots = dots || i > 0 && s[i-1] == '/'
			case 'o', 'O', '0':
				if i > 0 && i+1 < len(s) && s[i-1]|0x20 == 'd' && s[i+1]|0x20 == 't' {
					dots = true
				}
			}
			continue
		}
		if 0xE3 <= c && c <= 0xE9 { // Han and its punctuation: three bytes each
			if !dots && (c == 0xE3 || c == 0xE7 || c == 0xE9) && !afterHan(s, i) {
				_, size := dotAt(s, i)
				dots = size > 0
			}
			i += 2
			continue
		}
		if c < 0xC2 || i+1 >= len(s) {
			continue
		}
		if _, size := dotAt(s, i); size > 0 {
			dots = true
		}
		fold = fold || foldable(s[i:])
	}
	return dots, fold
}

// afterHan reports whether the character before i is Han or of its punctuation: the bytes
// asked for begin characters of three bytes and stand nowhere else in UTF-8.
func afterHan(s string, i int) bool { return i >= 3 && 0xE4 <= s[i-3] && s[i-3] <= 0xE9 }

// foldable reports whether the character that s begins with, which is neither ASCII nor
// Han, may fold to a Latin letter, a digit or nothing.
func foldable(s string) bool {
	switch c := s[0]; {
	case 0xC4 <= c && c <= 0xD4: // Latin with marks, Greek, Cyrillic, combining marks
		return true
	case c == 0xC2: // soft hyphen
		return s[1] == 0xAD
	case c == 0xE1 || c == 0xF0: // letters of rare blocks, mathematical and squared letters
		return true
	case len(s) < 3:
		return false
	case c == 0xE2:
		return s[1] == 0x80 && (0x8B <= s[2] && s[2] <= 0x8F || 0xAA <= s[2] && s[2] <= 0xAE) || // no width, directions
			s[1] == 0x81 && s[2] >= 0xA0 || // word joiner
			0x84 <= s[1] && s[1] <= 0x85 || 0x91 <= s[1] && s[1] <= 0x93 // letter-like, enclosed
	case c == 0xEF:
		return s[1] == 0xB8 && s[2] < 0x90 || s[1] == 0xBB || // variation selectors, byte order mark
			s[1] == 0xBC && (0x90 <= s[2] && s[2] <= 0x99 || 0xA1 <= s[2] && s[2] <= 0xBA) || // full-width digits and
			s[1] == 0xBD && 0x81 <= s[2] && s[2] <= 0x9A // letters
	}
	return false
}

// finder walks a text word by word. A word of host characters that is followed by
// something a person reads as a dot starts a name.
type finder struct {
	raw      string
	text     string // raw, or raw folded
	folded   textfold.Folded
	isFolded bool
	found    []textAddress
	labels   [maxLabels]span // of the name being read
}

// name is a dotted name as written.
type name struct {
	labels []span // in finder.text
	style  dotStyle
	mixed  bool   // some dots are of another style
	scheme string // as a browser reads it; "" when none is written
}

type span struct{ start, end int }

func (f *finder) scan() {
	t := f.text
	for i := 0; i < len(t); {
		c := t[i]
		if !isLabelByte(c) {
			i++
			continue
		}
		start := i
		for i < len(t) && isLabelByte(t[i]) {
			i++
		}
		if i == len(t) {
			return
		}
		i = f.word(start, i)
	}
}

// word looks at what follows the word [start, end) and answers where to go on.
func (f *finder) word(start, end int) int {
	c := f.text[end]
	if c == '@' {
		return f.skipMail(end)
	}
	if c == ':' || c == 0xEF { // also the first byte of full-width dots and brackets
		if after, ok := f.scheme(start, end); ok {
			return f.withScheme(start, after)
		}
	}
	if mayBeginDot(c) {
		if n, ok := f.name(start, end, false); ok {
			return f.bare(n)
		}
	}
	return end
}

// skipMail passes over the host of an e-mail address.
func (f *finder) skipMail(at int) int {
	i := at + 1
	for i < len(f.text) && (isLabelByte(f.text[i]) || f.text[i] == '.') {
		i++
	}
	return i
}

// scheme reads ":" and the slashes after a word that is the scheme of a web address, or
// is made to look like none (hxxp). It answers where the host begins.
func (f *finder) scheme(start, colon int) (after int, ok bool) {
	switch strings.ToLower(f.text[start:colon]) {
	case "http", "https", "ftp", "hxxp", "hxxps", "httpx", "ws", "wss":
	default:
		return 0, false
	}
	rest := f.text[colon:]
	for _, c := range []string{"://", "：//", "：／／", ":／／", `:\\`} {
		if strings.HasPrefix(rest, c) {
			return colon + len(c), true
		}
	}
	return 0, false
}

// withScheme reads an address whose host begins at host, perhaps after a user name,
// which is no host. It answers where to go on.
func (f *finder) withScheme(start, host int) int {
	disguised := strings.HasPrefix(strings.ToLower(f.text[start:host]), "hxxp") ||
		strings.HasPrefix(strings.ToLower(f.text[start:host]), "httpx") || f.text[host-1] == '\\'
	for i := host; i < len(f.text) && f.text[i] > ' ' && f.text[i] < 0x7F && !strings.ContainsRune("/?#\\\"'<>", rune(f.text[i])); i++ {
		if f.text[i] == '@' {
			host = i + 1
		}
	}
	if run := codedHost(f.text[host:]); run > 0 {
		if next, ok := f.coded(start, host, host+run); ok {
			return next
		}
	}
	end := host
	for end < len(f.text) && isLabelByte(f.text[end]) {
		end++
	}
	if end == host {
		end, _ = hanLabel(f.text, host)
	}
	if end == host {
		return host
	}
	n, ok := f.name(host, end, true)
	if !ok { // a host without a dot: a machine of one's own, or a placeholder
		return end
	}
	n.scheme = schemeRead(f.text[start:host])
	stop := n.end()
	if n, ok = f.trimLabels(n); !ok {
		return stop
	}
	if tld := f.tld(n); !isDigit(tld[len(tld)-1]) && !strongTLD(tld) && !reservedTLD(tld) && !weburl.IsPublicSuffixTLD("a."+tld) {
		return n.end()
	}
	if namespaceOrDTD(f.text[:start]) {
		return stop + len(portAndPath(f.text[stop:]))
	}
	return f.add(n, start, disguised, true)
}

// schemeRead is the scheme as a browser reads it of an address that begins like word.
func schemeRead(word string) string {
	switch word = strings.ToLower(word); {
	case strings.HasPrefix(word, "https:"), strings.HasPrefix(word, "wss:"):
		return "https"
	case strings.HasPrefix(word, "ftp:"):
		return "ftp"
	}
	return "http"
}

// coded keeps an address whose host [host, end) only a browser's reading shows. It answers
// where to go on, and false where a browser reads no host: people still read the name
// before a stray percent sign.
func (f *finder) coded(start, host, end int) (next int, ok bool) {
	tail := portAndPath(f.text[end:])
	rawEnd := end + len(tail)
	u, err := weburl.Parse(schemeRead(f.text[start:host]) + "://" + f.text[host:end] + tail)
	if err != nil {
		return 0, false
	}
	if quiet(u.Host()) || namespaceOrDTD(f.text[:start]) {
		return rawEnd, true
	}
	h := u.Host()
	if last := h[len(h)-1]; last != ']' && !isDigit(last) && !weburl.IsPublicSuffixTLD(h) && !reservedTLD(h[strings.LastIndexByte(h, '.')+1:]) {
		return 0, false
	}
	from, to := start, rawEnd
	if f.isFolded {
		from, to = f.folded.Span(start, rawEnd)
	}
	f.found = append(f.found, textAddress{start: from, end: to, url: u, disguised: f.text[host] != '[', sure: true})
	return rawEnd, true
}

// codedHost is the size of a host at the beginning of s that is no dotted name as written
// and is one to a browser: with percent-encoded letters, one number, or IPv6. 0 for others.
func codedHost(s string) int {
	if s != "" && s[0] == '[' {
		i := 1
		for i < len(s) && i < maxIPv6 && (isLabelByte(s[i]) || s[i] == ':' || s[i] == '.') {
			i++
		}
		if i < len(s) && s[i] == ']' && strings.Contains(s[:i], ":") {
			return i + 1
		}
		return 0
	}
	i, percent := 0, false
	for i < len(s) && (isLabelByte(s[i]) || s[i] == '.' || s[i] == '%') {
		percent = percent || s[i] == '%'
		i++
	}
	host := strings.TrimRight(s[:i], ".-_")
	if percent || len(host) == i && oneNumber(host) {
		return len(host)
	}
	return 0
}

// maxIPv6 bounds how far the end of an IPv6 address is looked for.
const maxIPv6 = 48

// oneNumber reports whether a host is an IPv4 address written as one number.
func oneNumber(host string) bool {
	if len(host) > 2 && host[0] == '0' && host[1]|0x20 == 'x' {
		return strings.Trim(host[2:], "0123456789abcdefABCDEF") == ""
	}
	return digits(host)
}

func (n *name) end() int { return n.labels[len(n.labels)-1].end }

// tld is the last label in lower case.
func (f *finder) tld(n name) string {
	l := n.labels[len(n.labels)-1]
	return strings.ToLower(f.text[l.start:l.end])
}

// written is a span of the text before folding.
func (f *finder) written(s span) string {
	if !f.isFolded {
		return f.text[s.start:s.end]
	}
	from, to := f.folded.Span(s.start, s.end)
	return f.raw[from:to]
}

// bare reads a name without scheme.
func (f *finder) bare(n name) int {
	stop := n.end()
	n, ok := f.trimLabels(n)
	if !ok {
		return stop
	}
	first := n.labels[0]
	end := n.end()
	if end < len(f.text) && f.text[end] == '@' {
		return f.skipMail(end)
	}
	www := isWWW(f.text[first.start:first.end])
	if !www && f.hopeless(n) {
		return n.labels[len(n.labels)-1].start
	}
	relative := strings.HasSuffix(f.text[:first.start], "//") && !strings.HasSuffix(f.text[:first.start], "///")
	if first.start > 0 && !www && !relative {
		switch f.text[first.start-1] {
		case '@', '.', '_', '\\', '$', '}', '*', '~':
			return end
		case '/':
			if first.start > 1 && f.text[first.start-2] < 0x80 {
				return end
			}
		}
	}
	sure, ok := f.plausible(n, www)
	if !ok { // its last word may begin another: "V2。abc dot com"
		return n.labels[len(n.labels)-1].start
	}
	return f.add(n, first.start, false, sure)
}

// add classifies a name that is taken for a host, reads port and path after it and
// keeps the address. It answers where to go on.
func (f *finder) add(n name, start int, disguised, sure bool) int {
	end := n.end()
	tail := portAndPath(f.text[end:])
	host := f.host(n)
	rawEnd := end + len(tail)
	from, to := start, rawEnd
	if f.isFolded {
		from, to = f.folded.Span(start, rawEnd)
	}
	if len(n.labels) < 2 || quiet(host) {
		return rawEnd
	}
	u := f.read(n, host, tail)
	if u == nil || quiet(u.Host()) {
		return rawEnd
	}
	disguised = disguised || n.style != dotPlain || n.mixed ||
		f.isFolded && !strings.EqualFold(f.raw[from:to], f.text[start:rawEnd])
	f.found = append(f.found, textAddress{start: from, end: to, url: u, disguised: disguised, sure: sure})
	return rawEnd
}

// host is the name with plain dots and in lower case.
func (f *finder) host(n name) string {
	if n.style == dotPlain && !n.mixed {
		return strings.ToLower(f.text[n.labels[0].start:n.end()])
	}
	parts := make([]string, len(n.labels))
	for i, l := range n.labels {
		parts[i] = strings.ToLower(f.text[l.start:l.end])
	}
	return strings.Join(parts, ".")
}

// read gives the address as a browser would read it. Letters that merely look like Latin
// ones lead a browser elsewhere: there the letters as written count, not as folded.
func (f *finder) read(n name, host, tail string) *weburl.URL {
	scheme := n.scheme
	if scheme == "" {
		scheme = "http"
	}
	if f.isFolded {
		parts := make([]string, len(n.labels))
		for i, l := range n.labels {
			parts[i] = f.written(l)
		}
		written := strings.Join(parts, ".")
		if u, err := weburl.Parse(scheme + "://" + written + tail); err == nil && (weburl.IsPublicSuffixTLD(u.Host()) || reservedTLD(f.tld(n))) {
			return u
		}
	}
	u, err := weburl.Parse(scheme + "://" + host + tail)
	if err != nil {
		return nil
	}
	return u
}

// portAndPath is what follows a host in running text and belongs to the address: it ends
// at white space, quotes, brackets that were not opened and everything that is not ASCII.
func portAndPath(s string) string {
	i := 0
	if len(s) > 1 && s[0] == ':' && isDigit(s[1]) {
		for i = 1; i < len(s) && i <= 5 && isDigit(s[i]); i++ {
		}
	}
	if i == len(s) || s[i] != '/' && s[i] != '?' && s[i] != '#' {
		return s[:i]
	}
	depth := 0
	end := i
	for ; end < len(s) && s[end] > ' ' && s[end] < 0x7F && !strings.ContainsRune("\"'<>`|\\^{}", rune(s[end])); end++ {
		if s[end] == '(' {
			depth++
		} else if s[end] == ')' {
			if depth == 0 {
				break
			}
			depth--
		}
	}
	return s[:i] + strings.TrimRight(s[i:end], ".,;:!?)]*")
}

func isWWW(label string) bool { return len(label) == 3 && strings.EqualFold(label, "www") }

// isLabelByte: letters, digits, hyphen and underscore.
func isLabelByte(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || isDigit(c) || c == '-' || c == '_'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

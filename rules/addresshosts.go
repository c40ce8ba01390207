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
	tld := f.written(last)
	strong := strongName(host)
	two := len(n.labels) == 2
	if strings.Contains(host[strings.LastIndexByte(host[:len(host)-1], '.')+1:], "_") || packageName(host, strong && len(tail) > 1) {
		return false, false
	}
	switch n.style {
	case dotPlain:
		if product(host, tld, two) || identifier(host, tail) || len(tail) < 2 && member(host, f.text[last.end:]) {
			return false, false
		}
		return true, strong || len(tail) > 1 && weburl.IsPublicSuffixTLD(host) && !strings.HasPrefix(tail, "#")
	case dotLook: // also the end of a sentence before a short word
		if two && f.sentenceEnd(n) {
			return f.nextSentence(n, tld)
		}
		return true, strong
	case dotBracket:
		return true, strong || weburl.IsPublicSuffixTLD(host) && !two
	case dotWord: // "dot net" is a product
		return true, strong && (!two || !strings.EqualFold(tld, "net") && !count(host))
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

// sentenceEnd reports whether the dot after the first label also ends sentences or parts
// words. The full-width dot does neither.
func (f *finder) sentenceEnd(n name) bool {
	return strings.ContainsAny(f.written(span{n.labels[0].end, n.labels[1].start}), "。｡·•・")
}

// nextSentence decides on two words around what may be the end of a sentence, as in
// "支持CRM。vip客户": words in capitals are names that sentences end in.
func (f *finder) nextSentence(n name, tld string) (sure, ok bool) {
	if tld != strings.ToLower(tld) || !strongName(f.host(n)) {
		return false, false
	}
	label := f.written(n.labels[0])
	capital := label != strings.ToLower(label)
	switch tld {
	case "com", "cn", "net", "org":
		return !capital, true
	}
	return false, !capital
}

// count reports whether two words around 点 are a number and what it counts: the time of
// day ("9点vip专场"), points of credit. Names of digits below com and cn are common.
func count(host string) bool {
	number, tld, _ := strings.Cut(host, ".")
	if strings.Trim(number, "0123456789") != "" {
		return false
	}
	return len(number) < 3 || tld != "com" && tld != "cn"
}

// identifier reports whether a name with perhaps a path names a kind of object or an
// annotation of Kubernetes: these look like addresses and nobody opens them. Below com and
// cn a lone name with a version is an address all the same.
func identifier(host, tail string) bool {
	if weburl.HostIs(host, "k8s.io") || weburl.HostIs(host, "*.k8s.io") ||
		weburl.HostIs(host, "kubernetes.io") || weburl.HostIs(host, "*.kubernetes.io") {
		return true
	}
	if !apiVersion(tail) {
		return false
	}
	label, tld, _ := strings.Cut(host, ".")
	return label != "" && tld != "com" && tld != "cn"
}

// apiVersion reports whether path is "/v1", "/v1beta2" or alike.
func apiVersion(path string) bool {
	rest, ok := strings.CutPrefix(path, "/v")
	if !ok {
		return false
	}
	for _, stage := range []string{"alpha", "beta"} {
		if major, minor, ok := strings.Cut(rest, stage); ok {
			return digits(major) && (minor == "" || digits(minor))
		}
	}
	return digits(rest)
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// packageName: names of packages and classes begin with a top-level domain. followed: a
// port or a path follows, which no package has.
func packageName(host string, followed bool) bool {
	first, rest, _ := strings.Cut(host, ".")
	switch first {
	case "com", "org", "net", "java", "javax", "android", "kotlin", "scala":
	default:
		return false
	}
	if !strings.Contains(rest, ".") { // "java.net" is a package, "org.net" says two domains
		return (rest == "net" || rest == "org") && !followed || !strongTLD(rest)
	}
	return !followed && !strings.HasSuffix(rest, ".com") && !strings.HasSuffix(rest, ".cn")
}

// member reports whether a name is a member of something in a program, such as self.net,
// node.top or req.body.shop. after is the text behind it.
func member(host, after string) bool {
	first, rest, _ := strings.Cut(host, ".")
	switch rest[strings.LastIndexByte(rest, '.')+1:] {
	case "net", "org", "top", "vip", "shop", "club":
	default:
		return false
	}
	switch first {
	case "self", "this", "req", "ctx", "obj":
		return true
	}
	if strings.Contains(rest, ".") {
		return false
	}
	switch first {
	case "model", "user", "item", "node", "list", "res", "server", "client", "cpu", "mem", "row",
		"config", "event":
		return true
	}
	return calledOrSet(after)
}

// calledOrSet reports whether a call or an assignment follows: "model.net(x)", "x.net = y".
// A bracket around words of Han is a remark.
func calledOrSet(s string) bool {
	if len(s) > 1 && s[0] == '(' {
		return s[1] < 0x80
	}
	return strings.HasPrefix(strings.TrimLeft(s[:min(len(s), peek)], " "), "=")
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

// namespaceOrDTD reports whether an address after before is the name of an XML namespace,
// a schema or a document type, which is never opened: it is the value of xmlns or
// schemaLocation, or stands in <!DOCTYPE.
func namespaceOrDTD(before string) bool {
	before = before[max(0, len(before)-maxMarkup):]
	if i := strings.LastIndexByte(before, '<'); i >= 0 && !strings.Contains(before[i:], ">") && len(before) > i+9 && strings.EqualFold(before[i:i+9], "<!DOCTYPE") {
		return true
	}
	quote := strings.LastIndexAny(before, `"'`)
	if quote < 1 || before[quote-1] != '=' || strings.ContainsAny(before[quote:], "<>") {
		return false
	}
	attr := before[:quote-1]
	attr = attr[strings.LastIndexAny(attr, " \t\r\n<")+1:]
	if strings.HasSuffix(attr, "schemaLocation") || strings.HasSuffix(attr, "SchemaLocation") {
		return true
	}
	return quote == len(before)-1 && (attr == "xmlns" || strings.HasPrefix(attr, "xmlns:"))
}

// maxMarkup bounds how far back markup around an address is looked for: a list of the
// schemas of a configuration file.
const maxMarkup = 1024

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
	domain := weburl.RegistrableDomain(host)
	label, suffix, _ := strings.Cut(domain, ".")
	if own, ok := strings.CutSuffix(host, "."+suffix); ok && readersOwn(own[strings.LastIndexByte(own, '.')+1:]) {
		return true
	}
	switch suffix {
	case "com", "net", "org", "cn", "com.cn":
	default:
		return false
	}
	if strings.HasPrefix(label, "your-") || len(label) >= 3 && strings.Trim(label, "x") == "" {
		return true
	}
	switch label {
	case "your", "yourdomain", "yoursite", "yourwebsite", "yourcompany", "yourserver", "yourhost", "yourname",
		"example", "domain", "mydomain", "domainname", "my-domain", "hostname", "test", "yyy", "zzz":
		return true
	}
	return false
}

// readersOwn reports whether a label is made of nothing but the words that stand for the
// reader's own machine, such as 您的域名 or 服务器公网ip.
func readersOwn(label string) bool {
	if label == "" || label[0] < 0x80 {
		return false
	}
	for label != "" {
		rest := label
		for _, w := range []string{"域名", "服务器", "地址", "公网", "内网", "外网", "你的", "您的", "实例", "主机", "ip"} {
			if r, ok := strings.CutPrefix(label, w); ok {
				rest = r
				break
			}
		}
		if rest == label {
			return false
		}
		label = rest
	}
	return true
}

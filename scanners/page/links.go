package page

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"marketwarden/internal/config"
	"marketwarden/internal/weburl"
)

// maxDataRaw is how much of a data: address is kept; it says what kind of data it is.
const maxDataRaw = 64

// resolve reads an address as a browser would on this page; nil when it could not.
func (w *walker) resolve(raw string) *weburl.URL {
	base := w.page.Base
	absolute := len(raw) > 8 && raw[0] == 'h' && (raw[:7] == "http://" || raw[:8] == "https://")
	if absolute && w.near != nil {
		base = w.near // any base will do; one with the same host is read faster
	}
	var u *weburl.URL
	var err error
	switch {
	case base != nil:
		u, err = base.Resolve(raw)
	case namesHost(raw):
		// Only the scheme is the page's, and that is one of the web's wherever it came from.
		u, err = weburl.Parse("https:" + strings.TrimLeft(raw, " \t\r\n\f"))
	default:
		u, err = weburl.Parse(raw)
	}
	if err != nil {
		return nil
	}
	if absolute {
		w.near = u
	}
	return u
}

// namesHost reports whether an address is relative and yet names a host: "//host/…", with
// slashes of either kind.
func namesHost(raw string) bool {
	raw = strings.TrimLeft(raw, " \t\r\n\f")
	return len(raw) > 2 && (raw[0] == '/' || raw[0] == '\\') && (raw[1] == '/' || raw[1] == '\\')
}

// link adds a link and returns it, for what only some links have. The result is valid
// until the next link is added; nil when there are too many.
func (w *walker) link(kind LinkKind, attrName, raw string, c *ctx) *Link {
	if len(w.page.Links) >= config.MaxLinks {
		w.truncate(truncLinks)
		return nil
	}
	w.page.Links = append(w.page.Links, Link{
		Kind: kind, Raw: raw, Node: c.node, Attr: attrName,
		Field: c.field, Zone: c.zone, Pos: w.pos(), Hidden: c.hidden,
	})
	l := &w.page.Links[len(w.page.Links)-1]
	switch {
	case len(raw) > 5 && raw[4] == ':' && strings.EqualFold(raw[:5], "data:"):
		l.Raw = cut(raw, maxDataRaw)
		if !kind.IsLoad() {
			l.URL = w.resolve(raw)
		}
	case len(raw) > config.MaxURLBytes:
		l.Raw = cut(raw, config.MaxURLBytes)
	default:
		l.URL = w.resolve(raw)
	}
	return l
}

// cut is the start of s, copied so that the rest is not kept alive.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.Clone(s[:n])
}

// pointAt adds a link for an attribute's value, if there is one.
func (w *walker) pointAt(kind LinkKind, name, value string, has bool, c *ctx) *Link {
	if !has {
		return nil
	}
	value = strings.TrimSpace(value)
	if value == "" {
		return nil
	}
	return w.link(kind, name, value, c)
}

func (w *walker) pointAttr(kind LinkKind, n *html.Node, name string, c *ctx) {
	v, ok := attr(n, name)
	w.pointAt(kind, name, v, ok, c)
}

// anchor reads <a>: a link when it has an address, else a button.
func (w *walker) anchor(n *html.Node, a *attrs, c *ctx, s *span) {
	c.clickable = true
	href := strings.TrimSpace(a.href)
	switch {
	case !a.hasHref:
		if n.FirstChild == nil {
			return // the target of a link inside the page
		}
		w.button(s, n, c, false)
	case href == "" || href == "#" || href == "#!":
		w.button(s, n, c, false)
	case isJavaScript(href):
		w.code(javaScriptOf(href), LinkHandler, "href", true, c)
		w.button(s, n, c, false)
	default:
		if l := w.link(LinkA, "href", href, c); l != nil {
			l.Rel = attrOf(n, "rel")
		}
	}
}

func (w *walker) area(n *html.Node, a *attrs, c *ctx) {
	if isJavaScript(a.href) {
		w.code(javaScriptOf(a.href), LinkHandler, "href", true, c)
		return
	}
	if l := w.pointAt(LinkArea, "href", a.href, a.hasHref, c); l != nil {
		l.Rel, l.Text = attrOf(n, "rel"), foldSpace(attrOf(n, "alt"))
	}
}

// isJavaScript reports whether a browser reads s as a javascript: address: leading
// control characters and blanks, and tabs and newlines anywhere, do not count.
func isJavaScript(s string) bool {
	const scheme = "javascript:"
	at := 0
	for i := range len(s) {
		c := s[i]
		if c == '\t' || c == '\n' || c == '\r' || c <= ' ' && at == 0 {
			continue
		}
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != scheme[at] {
			return false
		}
		if at++; at == len(scheme) {
			return true
		}
	}
	return false
}

func (w *walker) img(n *html.Node, a *attrs, c *ctx) {
	alt := foldSpace(attrOf(n, "alt"))
	if alt != "" && c.inBody {
		w.attrText("alt", alt, c.node, "img", c)
	}
	first := len(w.page.Links)
	w.pointAt(LoadImage, "src", a.src, a.hasSrc, c)
	best := -1
	if len(w.page.Links) > first && !placeholderImage(a.src) {
		best = first
	}
	if a.more {
		for i := range n.Attr {
			if isLazy(n.Attr[i].Key) {
				at := len(w.page.Links)
				w.pointAt(LoadImage, n.Attr[i].Key, n.Attr[i].Val, true, c)
				if best < 0 && len(w.page.Links) > at {
					best = at
				}
			}
		}
	}
	if best < 0 && len(w.page.Links) > first {
		best = first
	}
	im := Image{Alt: alt, Node: c.node, Field: c.field}
	if best >= 0 {
		im.URL = w.page.Links[best].URL
	}
	w.page.Images = append(w.page.Images, im)
}

// isLazy reports whether an attribute holds the address that a script will make the
// picture's.
func isLazy(key string) bool {
	switch key {
	case "data-src", "data-original", "data-lazy", "data-lazy-src", "data-lazyload", "data-ks-lazyload",
		"data-ks-lazyload-custom", "data-echo", "data-actualsrc", "data-img", "data-image", "data-bg",
		"data-background", "data-background-image", "data-poster", "ks-lazyload", "lazyload", "lazy-src", "_src":
		return true
	}
	return false
}

// placeholderImage reports whether src is what pages show until the picture is there.
func placeholderImage(src string) bool {
	src = strings.TrimSpace(src)
	return src == "" || strings.HasPrefix(src, "data:") || strings.HasSuffix(src, "/s.gif") ||
		strings.Contains(src, "blank.") || strings.Contains(src, "placeholder") || strings.Contains(src, "loading.")
}

// linkElement reads <link>.
func (w *walker) linkElement(n *html.Node, a *attrs, c *ctx) {
	rel := attrOf(n, "rel")
	kind := LinkRel
	for word := range strings.FieldsSeq(rel) {
		switch strings.ToLower(word) {
		case "stylesheet":
			kind = LoadStyle
		case "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon", "apple-touch-startup-image":
			kind = LoadImage
		case "preload", "prefetch", "modulepreload", "preconnect", "dns-prefetch", "prerender":
			kind = preloadKind(attrOf(n, "as"))
		case "manifest":
			kind = LinkCite
		default:
			continue
		}
		break
	}
	if l := w.pointAt(kind, "href", a.href, a.hasHref, c); l != nil {
		l.Rel = rel
	}
}

func preloadKind(as string) LinkKind {
	switch strings.ToLower(as) {
	case "image":
		return LoadImage
	case "style":
		return LoadStyle
	case "audio", "video", "track", "font", "fetch":
		return LoadMedia
	}
	return LoadScript
}

// param reads <param> of an <object>: the ways films and the like are named.
func (w *walker) param(n *html.Node, c *ctx) {
	switch strings.ToLower(attrOf(n, "name")) {
	case "movie", "src", "url", "href", "filename", "flashvars":
		if v := strings.TrimSpace(attrOf(n, "value")); v != "" && !strings.Contains(v, "=") {
			w.link(LinkObject, "value", v, c)
		}
	}
}

// moreAttrs reads the attributes that few elements have.
func (w *walker) moreAttrs(n *html.Node, c *ctx) {
	for i := range n.Attr {
		key, val := n.Attr[i].Key, n.Attr[i].Val
		switch key {
		case "srcset", "imagesrcset":
			w.srcset(key, val, c)
		case "poster":
			w.pointAt(LoadMedia, key, val, true, c)
		case "background", "lowsrc", "dynsrc":
			w.pointAt(LoadImage, key, val, true, c)
		case "cite", "longdesc", "manifest":
			w.pointAt(LinkCite, key, val, true, c)
		case "ping":
			for p := range strings.FieldsSeq(val) {
				w.link(LinkPing, key, p, c)
			}
		case "formaction":
			if isJavaScript(val) {
				w.code(javaScriptOf(val), LinkHandler, key, true, c)
				continue
			}
			l := w.pointAt(LinkFormAction, key, val, true, c)
			if l != nil && l.URL != nil && c.form >= 0 && len(w.page.Forms[c.form].Targets) < maxTargets {
				f := &w.page.Forms[c.form]
				f.Targets = append(f.Targets, l.URL)
			}
		default:
			w.otherAttr(n, key, val, c)
		}
	}
}

func (w *walker) otherAttr(n *html.Node, key, val string, c *ctx) {
	switch {
	case len(key) > 2 && key[:2] == "on":
		w.code(val, LinkHandler, key, isClick(key), c)
	case strings.HasPrefix(key, "data-") || isLazy(key):
		if n.DataAtom == atom.Img && isLazy(key) || !isAbsolute(val) {
			return // read with the picture, or no address
		}
		kind := LinkData
		switch {
		case n.DataAtom == atom.Iframe:
			kind = LinkIframe
		case n.DataAtom == atom.Script:
			kind = LoadScript
		case n.DataAtom == atom.Video, n.DataAtom == atom.Audio, n.DataAtom == atom.Source:
			kind = LoadMedia
		case isLazy(key):
			kind = LoadImage
		}
		w.pointAt(kind, key, val, true, c)
	}
}

// isClick reports whether a handler answers to what a visitor does.
func isClick(key string) bool {
	switch key {
	case "onclick", "ondblclick", "onmousedown", "onmouseup", "onpointerdown", "onpointerup", "ontouchstart",
		"ontouchend", "onsubmit", "onchange", "onkeydown", "onkeyup", "onkeypress", "oncontextmenu":
		return true
	}
	return false
}

// isAbsolute reports whether s names a web host by itself: http, https, or two slashes
// and something like a name.
func isAbsolute(s string) bool {
	s = strings.TrimSpace(s)
	if len(s) < 5 {
		return false
	}
	switch s[0] {
	case 'h', 'H':
		return len(s) > 8 && (strings.EqualFold(s[:7], "http://") || strings.EqualFold(s[:8], "https://"))
	case '/':
		return s[1] == '/' && s[2] != '/' && s[2] != ' ' && strings.Contains(s[2:], ".")
	}
	return false
}

// animated reads an SVG animation that sets the address of a link.
func (w *walker) animated(n *html.Node, c *ctx) {
	if name, _ := attr(n, "attributename"); !strings.HasSuffix(strings.ToLower(name), "href") {
		if name, _ = attr(n, "attributeName"); !strings.HasSuffix(strings.ToLower(name), "href") {
			return
		}
	}
	for _, name := range []string{"to", "from", "by", "values"} {
		value, ok := attr(n, name)
		if !ok {
			continue
		}
		for address := range strings.SplitSeq(value, ";") {
			if address = strings.TrimSpace(address); address != "" && !strings.HasPrefix(address, "#") {
				w.pointAt(LinkSVG, name, address, true, c)
			}
		}
	}
}

// foreign reads elements of SVG and MathML.
func (w *walker) foreign(n *html.Node, a *attrs, c *ctx) {
	if n.Namespace == "svg" && (n.Data == "animate" || n.Data == "set") {
		w.animated(n, c)
		return
	}
	if n.Namespace != "svg" && n.Namespace != "math" || !a.hasHref {
		return
	}
	href := strings.TrimSpace(a.href)
	if n.Namespace == "math" { // any element of MathML may be a link
		w.pointAt(LinkSVG, "href", href, true, c)
		return
	}
	switch n.Data {
	case "a":
		if isJavaScript(href) {
			w.code(javaScriptOf(href), LinkHandler, "href", true, c)
			return
		}
		w.pointAt(LinkSVG, "href", href, true, c)
	case "image", "feImage", "use", "script":
		if !strings.HasPrefix(href, "#") {
			kind := LoadImage
			if n.Data == "script" {
				kind = LoadScript
			}
			w.pointAt(kind, "href", href, true, c)
		}
	}
}

// srcset splits the attribute as the standard does: addresses are separated from what
// describes them by white space, candidates by commas.
func (w *walker) srcset(name, val string, c *ctx) {
	for val != "" {
		val = strings.TrimLeft(val, ", \t\n\r\f")
		i := strings.IndexAny(val, " \t\n\r\f")
		if i < 0 {
			i = len(val)
		}
		address := val[:i]
		val = val[i:]
		if trimmed := strings.TrimRight(address, ","); trimmed != address {
			address = trimmed // no descriptor
		} else if j := descriptorEnd(val); j >= 0 {
			val = val[j:]
		} else {
			val = ""
		}
		w.pointAt(LoadImage, name, address, true, c)
	}
}

// descriptorEnd is the place of the comma that ends the descriptors, outside
// parentheses; -1 when there is none.
func descriptorEnd(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth <= 0 {
				return i
			}
		}
	}
	return -1
}

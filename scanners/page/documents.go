package page

import (
	"encoding/base64"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"marketwarden/internal/config"
)

// maxNested is how deep documents may stand inside documents (frames, srcdoc, noscript).
const maxNested = 3

// maxMeta bounds the <meta> elements kept.
const maxMeta = 500

// headOf reads the language off <html>.
func (w *walker) headOf(n *html.Node) {
	if p := n.Parent; p != nil && w.page.Lang == "" {
		w.page.Lang = attrOf(p, "lang")
	}
}

// meta keeps <meta> and follows a refresh.
func (w *walker) meta(n *html.Node, c *ctx) {
	content := attrOf(n, "content")
	name := attrOf(n, "name")
	if equiv := attrOf(n, "http-equiv"); equiv != "" {
		if strings.EqualFold(strings.TrimSpace(equiv), "refresh") {
			if to, ok := refreshTarget(content); ok {
				w.pointAt(LinkMetaRefresh, "content", to, true, c)
			}
		}
		if name == "" {
			name = equiv
		}
	}
	if name == "" {
		name = attrOf(n, "property")
	}
	if name != "" && len(w.page.Meta) < maxMeta && w.nested == 0 {
		w.page.Meta = append(w.page.Meta, Meta{Name: cut(name, 256), Content: cut(content, 4096)})
	}
}

// refreshTarget reads the content of a refresh as the standard does (shared declarative
// refresh steps): a time, a separator, then "url=" and the address, both of which may be
// missing or quoted.
func refreshTarget(s string) (string, bool) {
	s = strings.TrimLeft(s, " \t\n\r\f")
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.') {
		i++
	}
	if i == 0 {
		return "", false
	}
	s = s[i:]
	if s == "" || !strings.ContainsRune("; ,\t\n\r\f", rune(s[0])) {
		return "", false
	}
	s = strings.TrimLeft(s, " \t\n\r\f")
	if s != "" && (s[0] == ';' || s[0] == ',') {
		s = s[1:]
	}
	s = strings.TrimLeft(s, " \t\n\r\f")
	if len(s) >= 3 && strings.EqualFold(s[:3], "url") {
		if rest := strings.TrimLeft(s[3:], " \t\n\r\f"); strings.HasPrefix(rest, "=") {
			s = strings.TrimLeft(rest[1:], " \t\n\r\f")
		}
	}
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		quote := s[0]
		s = s[1:]
		if j := strings.IndexByte(s, quote); j >= 0 {
			s = s[:j]
		}
	}
	return s, s != ""
}

// iframe reads <iframe>: where it points, and what it holds when that is known.
func (w *walker) iframe(n *html.Node, a *attrs, c *ctx, depth int) {
	src := strings.TrimSpace(a.src)
	if a.hasSrc && isJavaScript(src) {
		w.code(javaScriptOf(src), LinkHandler, "src", true, c)
	} else if l := w.pointAt(LinkIframe, "src", src, a.hasSrc, c); l != nil && l.URL != nil {
		w.descriptionFrame(l, c, depth)
	}
	if doc, ok := attr(n, "srcdoc"); ok {
		w.inside(doc, c, depth)
	} else if doc, ok := dataDocument(src); ok {
		w.inside(doc, c, depth)
	}
}

// inside reads a document that the frame holds itself.
func (w *walker) inside(doc string, c *ctx, depth int) {
	if w.nested >= maxNested {
		return
	}
	w.nested++
	w.closeBlock()
	for _, k := range w.fragment(doc) {
		w.visit(k, c, depth+1)
	}
	w.closeBlock()
	w.nested--
}

// dataDocument takes the document out of a data: address that holds HTML (RFC 2397).
func dataDocument(src string) (string, bool) {
	const scheme = "data:text/html"
	if len(src) < len(scheme) || !strings.EqualFold(src[:len(scheme)], scheme) {
		return "", false
	}
	kind, body, ok := strings.Cut(src, ",")
	if !ok {
		return "", false
	}
	if text, err := url.PathUnescape(body); err == nil {
		body = text // else a browser leaves what is no escape as it stands
	}
	if strings.HasSuffix(strings.ToLower(kind), ";base64") {
		b, err := base64.StdEncoding.DecodeString(body)
		if err != nil {
			return "", false
		}
		body = string(b)
	}
	return strings.ToValidUTF8(body, "\uFFFD"), true
}

// descriptionFrame makes the words of an allowed frame part of the area it stands in, or
// asks for its body.
func (w *walker) descriptionFrame(l *Link, c *ctx, depth int) {
	if w.matcher == nil || c.field == "" || w.nested >= maxNested || !l.URL.IsHTTP() || !w.matcher.allowsFrame(l.URL.Host()) {
		return
	}
	body, ok := w.frames[l.URL.String()]
	if !ok {
		for _, u := range w.wanted {
			if u.Equal(l.URL) {
				return
			}
		}
		if len(w.wanted) < config.MaxDescFrames {
			w.wanted = append(w.wanted, l.URL)
		}
		return
	}
	if len(body) > config.MaxBodyBytes {
		body = body[:config.MaxBodyBytes]
		w.truncate(truncBytes)
	}
	base := w.page.Base
	w.page.Base = l.URL
	w.nested++
	doc, h := w.document([]byte(strings.ToValidUTF8(string(body), "\uFFFD")))
	if h.base {
		w.findBase(doc)
	}
	w.closeBlock()
	w.children(doc, c, depth+1)
	w.closeBlock()
	w.nested--
	w.page.Base = base
}

// noscript reads what visitors without JavaScript would see. Others do not: its words
// and links are hidden.
func (w *walker) noscript(n *html.Node, outer *ctx, depth int) {
	if n.FirstChild == nil || n.FirstChild.Type != html.TextNode || w.nested >= maxNested {
		return
	}
	src := n.FirstChild.Data
	if n.DataAtom == atom.Noscript && asksForJavaScript(src) {
		w.shellInfo.asked = true
	}
	c := *outer
	c.hidden = true
	if !c.inBody { // in the head it breaks out of it
		c.inBody, c.block, c.tag = true, c.node, "noscript"
		if w.wholeBody {
			c.field = fieldDetail
		}
	}
	var around *flow
	if !outer.hidden {
		around = w.enterHidden()
	}
	if strings.IndexByte(src, '<') < 0 {
		w.addText(html.UnescapeString(src), &c)
	} else {
		w.nested++
		for _, k := range w.fragment(src) {
			w.visit(k, &c, depth+1)
		}
		w.nested--
	}
	if !outer.hidden {
		w.leaveHidden(around)
	}
}

// visit looks at one node and what is in it.
func (w *walker) visit(n *html.Node, c *ctx, depth int) {
	if w.nodes++; w.nodes > config.MaxNodes {
		w.truncate(truncNodes)
		return
	}
	switch n.Type {
	case html.TextNode:
		if c.inBody {
			w.addText(n.Data, c)
		}
	case html.ElementNode:
		w.element(n, c, depth)
	default: // comments and doctypes are nothing
	}
}

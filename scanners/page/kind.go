package page

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// What the walk needs to know about a kind of element.
const (
	isBlock   = 1 << iota // its words stand apart from those around it
	isSpecial             // has a case in special
	isCode                // its words are code, keys or output
)

// kindOf classifies an element as a browser's style sheet does. Elements without a rule
// there, custom ones too, are inline.
func kindOf(n *html.Node) int {
	if n.Namespace != "" {
		return 0
	}
	switch n.DataAtom {
	case atom.Div, atom.P, atom.Li, atom.Ul, atom.Ol, atom.Td, atom.Tr, atom.Th, atom.Table, atom.Tbody,
		atom.Thead, atom.Tfoot, atom.Caption, atom.Dl, atom.Dt, atom.Dd, atom.H1, atom.H2, atom.H3,
		atom.H4, atom.H5, atom.H6, atom.Section, atom.Article, atom.Aside, atom.Nav, atom.Header,
		atom.Footer, atom.Main, atom.Address, atom.Blockquote, atom.Figure, atom.Figcaption,
		atom.Fieldset, atom.Legend, atom.Details, atom.Summary, atom.Dialog, atom.Center, atom.Dir,
		atom.Menu, atom.Optgroup, atom.Option, atom.Body, atom.Frameset, atom.Html, atom.Hgroup, atom.Listing, atom.Search:
		return isBlock
	case atom.A, atom.Img, atom.Br, atom.Script, atom.Style, atom.Link, atom.Meta, atom.Title, atom.Head,
		atom.Template, atom.Noscript, atom.Iframe, atom.Frame, atom.Area, atom.Object, atom.Embed,
		atom.Applet, atom.Param, atom.Video, atom.Audio, atom.Source, atom.Track, atom.Input, atom.Label,
		atom.Noframes, atom.Noembed, atom.Image, atom.Datalist, atom.Base:
		return isSpecial
	case atom.Form, atom.Button, atom.Select, atom.Textarea, atom.Pre, atom.Hr, atom.Xmp, atom.Plaintext:
		return isBlock | isSpecial
	case atom.Code, atom.Kbd, atom.Samp, atom.Tt:
		return isCode
	}
	return 0
}

// special does what is particular to an element. It reports whether the walk goes on
// inside.
func (w *walker) special(n *html.Node, a *attrs, c *ctx, s *span, depth int) bool {
	switch n.DataAtom {
	case atom.A:
		w.anchor(n, a, c, s)
	case atom.Area:
		w.area(n, a, c)
	case atom.Img, atom.Image:
		w.img(n, a, c)
	case atom.Br, atom.Hr:
		w.closeBlock()
	case atom.Script:
		w.script(n, a, c)
		return false
	case atom.Style:
		if n.FirstChild != nil {
			w.css(n.FirstChild.Data, "", c)
		}
		return false
	case atom.Link:
		w.linkElement(n, a, c)
	case atom.Base:
		w.pointAt(LinkBase, "href", a.href, a.hasHref, c)
	case atom.Meta:
		w.meta(n, c)
	case atom.Title:
		if w.page.Title == "" && n.FirstChild != nil {
			w.page.Title = foldSpace(n.FirstChild.Data)
		}
		return false
	case atom.Template:
		_, shadow := attr(n, "shadowrootmode") // only a declarative shadow root is shown
		return shadow
	case atom.Noscript, atom.Noframes, atom.Noembed:
		w.noscript(n, c, depth)
		return false
	case atom.Iframe:
		w.iframe(n, a, c, depth)
		return false
	case atom.Frame:
		w.pointAt(LinkFrame, "src", a.src, a.hasSrc, c)
	case atom.Object:
		w.pointAttr(LinkObject, n, "data", c)
	case atom.Embed:
		w.pointAt(LinkEmbed, "src", a.src, a.hasSrc, c)
	case atom.Applet:
		w.pointAttr(LinkObject, n, "codebase", c)
		w.pointAttr(LinkObject, n, "archive", c)
	case atom.Param:
		w.param(n, c)
	case atom.Video, atom.Audio, atom.Source, atom.Track:
		w.pointAt(LoadMedia, "src", a.src, a.hasSrc, c)
	case atom.Form:
		w.openForm(n, c)
	case atom.Input:
		w.input(n, a, c, s)
	case atom.Select, atom.Textarea:
		w.control(n, n.Data, c)
	case atom.Button:
		w.button(s, n, c, true)
		c.clickable = true
	case atom.Label:
		w.openLabel(n, c)
	case atom.Pre, atom.Xmp, atom.Plaintext:
		c.pre = true
	case atom.Head:
		w.headOf(n)
	case atom.Datalist:
		c.hidden = true
	}
	return true
}

func attr(n *html.Node, key string) (string, bool) {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			return n.Attr[i].Val, true
		}
	}
	return "", false
}

func attrOf(n *html.Node, key string) string {
	v, _ := attr(n, key)
	return v
}

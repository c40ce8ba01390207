package page

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Zones of a page.
const (
	zoneHeader = "header"
	zoneFooter = "footer"
	zoneNav    = "nav"
	zoneAside  = "aside"
	zoneMain   = "main"
)

// zone sets the zone that an element opens: by its name or role, and failing that by the
// words of its id and class. The provider's own areas keep the zone they stand in: a
// class in rich text says nothing about the page.
func (w *walker) zone(n *html.Node, a *attrs, c *ctx) {
	switch n.DataAtom {
	case atom.Header:
		if !c.inMain {
			c.zone = zoneHeader
		}
		return
	case atom.Footer:
		if !c.inMain {
			c.zone = zoneFooter
		}
		return
	case atom.Nav:
		c.zone = zoneNav
		return
	case atom.Aside:
		c.zone = zoneAside
		return
	case atom.Main:
		c.zone, c.inMain = zoneMain, true
		return
	case atom.Article:
		c.inMain = true
		return
	case atom.Section:
		c.inMain = true
	case atom.Div, atom.Ul, atom.Ol, atom.Table, atom.Dl, atom.Form, atom.Td:
	default:
		return
	}
	if a.role != "" {
		switch a.role {
		case "banner":
			c.zone = zoneHeader
			return
		case "contentinfo":
			c.zone = zoneFooter
			return
		case "navigation":
			c.zone = zoneNav
			return
		case "complementary":
			c.zone = zoneAside
			return
		case "main":
			c.zone, c.inMain = zoneMain, true
			return
		}
	}
	if w.matcher != nil && c.field != "" || a.id == "" && a.class == "" {
		return
	}
	z := zoneOf(a.id)
	for rest := a.class; z == "" && rest != ""; {
		var token string
		token, rest = nextToken(rest)
		z = zoneOf(token)
	}
	if z == "" || (z == zoneHeader || z == zoneFooter) && c.inMain {
		return
	}
	c.zone = z
	if z == zoneMain {
		c.inMain = true
	}
}

// nextToken takes the first word off a class attribute.
func nextToken(s string) (token, rest string) {
	i := 0
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	j := i
	for j < len(s) && !isSpace(s[j]) {
		j++
	}
	return s[i:j], s[j:]
}

// zoneOf reads an id or a class name. It is careful: "card-header" and "modal-footer"
// are no header and footer of a page.
func zoneOf(token string) string {
	if len(token) < 3 || len(token) > 32 {
		return ""
	}
	var buf [40]byte
	n := 0
	for i := range len(token) {
		c := token[i]
		switch {
		case c == '_':
			c = '-'
		case 'A' <= c && c <= 'Z':
			if i > 0 && token[i-1] >= 'a' && token[i-1] <= 'z' && n < len(buf)-1 {
				buf[n] = '-'
				n++
			}
			c |= 0x20
		}
		if n == len(buf) {
			return ""
		}
		buf[n] = c
		n++
	}
	name := buf[:n]
	switch string(name) {
	case "main", "main-content", "content-main", "page-main", "page-content":
		return zoneMain
	case "topbar", "top-bar", "masthead", "head-top", "site-head", "page-head", "topnav-bar":
		return zoneHeader
	case "foot", "copyright", "site-foot", "page-foot", "bottom-bar", "colophon":
		return zoneFooter
	case "menu", "main-menu", "top-menu", "side-menu", "navbar", "navigation", "crumb", "crumbs", "topnav":
		return zoneNav
	case "side", "sidebar", "side-bar", "sider", "hot-products", "also-like", "you-may-like", "guess-like":
		return zoneAside
	}
	switch name[0] {
	case 'n':
		if hasWord(name, "nav") || strings.HasPrefix(string(name), "navbar") {
			return zoneNav
		}
	case 'b':
		if strings.HasPrefix(string(name), "breadcrumb") {
			return zoneNav
		}
	case 'r':
		if strings.HasPrefix(string(name), "related") || strings.HasPrefix(string(name), "recommend") {
			return zoneAside
		}
	case 's':
		if strings.HasPrefix(string(name), "sidebar") {
			return zoneAside
		}
	}
	i := n - 1
	for i >= 0 && name[i] != '-' {
		i--
	}
	switch string(name[i+1:]) { // the last word
	case "header":
		if i < 0 || frameWord(name[:i]) {
			return zoneHeader
		}
	case "footer":
		if i < 0 || frameWord(name[:i]) {
			return zoneFooter
		}
	case "nav", "breadcrumb", "breadcrumbs":
		return zoneNav
	case "sidebar":
		return zoneAside
	case "related", "recommend", "recommendation", "recommendations":
		return zoneAside
	}
	return ""
}

// hasWord reports whether name starts with word as a whole word.
func hasWord(name []byte, word string) bool {
	return len(name) >= len(word) && string(name[:len(word)]) == word && (len(name) == len(word) || name[len(word)] == '-')
}

// frameWord reports whether what stands before "-header" or "-footer" means the page.
func frameWord(b []byte) bool {
	b = b[bytes.LastIndexByte(b, '-')+1:]
	switch string(b) {
	case "site", "page", "main", "global", "top", "app", "web", "layout", "common", "the", "my", "pc", "j", "index", "home":
		return true
	}
	return false
}

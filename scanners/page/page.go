// Package page turns the bytes of one HTML page into facts: one parse, one walk, one
// immutable Page.
//
// Parse never fails: whatever the bytes are, there is a Page, cut by the limits of
// package config where the bytes ask too much (Page.Truncated says so). A Page belongs
// to its caller, is never changed after Parse, is safe for concurrent reads and keeps
// nothing of the parsed document alive. The package is pure: it opens no connections
// (the pipeline fetches what FramesWanted names and parses again) and runs no scripts;
// it judges nothing.
package page

import "marketwarden/internal/weburl"

// Page is what a visitor can read and follow on one page. It is immutable after Parse
// and safe for concurrent reads. It keeps no DOM: what rules need is in here.
type Page struct {
	URL    *weburl.URL // the address the page came from (after redirects); nil when unknown
	Base   *weburl.URL // what relative addresses are resolved against (<base href> honoured)
	Title  string      // <title>, white space folded
	Lang   string
	Text   string  // the visible text: blocks joined by "\n"; offsets below are bytes in it
	Blocks []Block // in document order
	Links  []Link  // every way the page points somewhere, in document order
	Forms  []Form
	// Buttons are clickable things that are no links with an address: <button>,
	// input[type=button|submit|image], [role=button], and links without address.
	Buttons []Button
	Images  []Image
	Meta    []Meta
	Layout  Layout
	Shell   Shell
	// Truncated says which bound cut the page ("" = complete): "bytes", "nodes", "depth",
	// "links", "text"; the first one, when there are several.
	Truncated string

	tree   tree // compact shape of the document, for Selector
	frames []*weburl.URL
}

// Node names an element of the page, for Page.Selector. Paths are costly to write and
// rarely read, so facts carry the Node and who shows one to a person asks for its path:
//
//	p.Selector(link.Node)
//
// Zero is no element; its path is "".
type Node int32

// Block is a run of visible text that a reader sees as one: a paragraph, a cell, a
// heading, an option, an attribute shown as text (alt, title, placeholder).
type Block struct {
	Start, End int    // byte span in Page.Text
	Node       Node   // the element; Page.Selector gives its CSS path
	Hidden     bool   // inside an element hidden by attribute or inline style
	Tag        string // element name, e.g. "p", "h1", "td", "img" (alt text)
	Field      string // which provider's field it belongs to ("" = the platform's frame)
	Attr       string // "" for text, else the attribute the words come from (alt, title, aria-label, placeholder, value)
	Zone       string // "header", "footer", "nav", "aside", "main" or "" (by element, role and, failing that, id/class)
	Joined     []int  // offsets in Page.Text where an inline element boundary was joined without space
	// Code are the spans in Page.Text of inline code, of keys to press and of output
	// (<code>, <kbd>, <samp>, <tt>) in a block that is none itself, in order.
	Code [][2]int
}

// LinkKind says how a page points to an address.
type LinkKind string

// Ways to point somewhere. Load kinds (IsLoad) merely fetch something for the page.
const (
	LinkA           LinkKind = "a"
	LinkArea        LinkKind = "area"
	LinkForm        LinkKind = "form"
	LinkFormAction  LinkKind = "formaction"
	LinkIframe      LinkKind = "iframe"
	LinkFrame       LinkKind = "frame"
	LinkObject      LinkKind = "object"
	LinkEmbed       LinkKind = "embed"
	LinkMetaRefresh LinkKind = "meta-refresh"
	LinkSVG         LinkKind = "svg"
	LinkHandler     LinkKind = "handler" // literal address in an inline event handler or javascript: address
	LinkScript      LinkKind = "script"  // literal navigation (location=, window.open) in an inline script
	LinkData        LinkKind = "data-attr"
	LinkBase        LinkKind = "base"
	LinkCite        LinkKind = "cite" // cite, longdesc, ping, manifest, …
	LinkPing        LinkKind = "ping"
	LoadImage       LinkKind = "img"
	LoadScript      LinkKind = "script-src"
	LoadStyle       LinkKind = "stylesheet"
	LoadMedia       LinkKind = "media" // audio, video, source, track, poster
	LoadCSS         LinkKind = "css-url"
	LinkRel         LinkKind = "link-rel" // <link rel=…> other than stylesheet and preloads
)

// IsLoad reports whether the address is merely loaded for showing the page.
func (k LinkKind) IsLoad() bool {
	return k == LoadImage || k == LoadScript || k == LoadStyle || k == LoadMedia || k == LoadCSS
}

// Link is one way the page points to an address.
type Link struct {
	Kind   LinkKind
	Raw    string      // the attribute's value as written (bounded)
	URL    *weburl.URL // resolved as a browser would; nil when a browser could not
	Text   string      // what a visitor reads on it: text, else aria-label, title, alt
	Node   Node        // see Page.Selector
	Hidden bool        // see Block.Hidden
	Attr   string      // the attribute it was found in; "" for the text of an element
	Field  string      // see Block.Field
	Zone   string      // see Block.Zone
	Pos    int         // byte offset in Page.Text where the link stands
	Rel    string
}

// Form is a form by what it asks for and where it sends it. Controls outside any form
// are gathered in forms without Node and Action, one for each Field, after the others.
type Form struct {
	Node   Node        // see Page.Selector
	Action *weburl.URL // nil when unresolvable; the page's own address where the form says none
	// Targets are where buttons of the form send it instead (formaction), as far as they
	// resolve.
	Targets []*weburl.URL
	Method  string
	Inputs  []Input
	Field   string
	Text    string // legend, heading and button words
}

// Input is one control of a form (or a stray control outside any form).
type Input struct {
	Name, Type, Label, Placeholder, Autocomplete string
	Node                                         Node // see Page.Selector
}

// Button is something to click that is no link.
type Button struct {
	Text, Field, Zone string
	Node              Node // see Page.Selector
	Disabled, Hidden  bool
}

// Image is a picture on the page.
type Image struct {
	URL        *weburl.URL
	Alt, Field string
	Node       Node // see Page.Selector
}

// Price is a price as written on the page.
type Price struct {
	Fen      int64  // amount in hundredths
	Currency string // ISO code; CNY for ¥, 元
	Unit     string // 月, 年, 次, … "" when none
	Start    int    // byte offset in Page.Text
	End      int
	Field    string
}

// Meta is one <meta>.
type Meta struct{ Name, Content string }

// Layout says whether the page matched the market's page profile.
type Layout struct {
	Tried   bool     // a page profile was asked for
	Matched bool     // every required part was found
	Missing []string // required selectors that found nothing
}

// Shell says whether the page's body appears only after JavaScript.
type Shell struct {
	Is     bool
	Reason string // what told it, for people
}

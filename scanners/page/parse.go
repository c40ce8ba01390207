package page

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"marketwarden/internal/config"
	"marketwarden/internal/weburl"
)

// Reasons for Page.Truncated.
const (
	truncBytes = "bytes" // longer than config.MaxBodyBytes
	truncNodes = "nodes" // more elements and texts than config.MaxNodes
	truncDepth = "depth" // nested deeper than the parser allows: deep elements were flattened
	truncLinks = "links" // more links than config.MaxLinks
	truncText  = "text"  // more text than config.MaxTextBytes
)

// Parse reads one page. body is UTF-8; what is not becomes U+FFFD. There is always a
// Page, see the package comment.
func Parse(body []byte, o Options) *Page {
	w := walker{page: &Page{URL: o.URL, Base: o.URL}, frames: o.Frames}
	w.flow.start = -1
	if len(body) > config.MaxBodyBytes {
		body = body[:config.MaxBodyBytes]
		o.ValidUTF8 = false // the cut may be inside a character
		w.truncate(truncBytes)
	}
	if !o.ValidUTF8 && !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	if bytes.IndexByte(body, 0) >= 0 {
		// The parser drops or replaces NUL depending on where it stands; a browser shows
		// nothing for it in text.
		body = bytes.ReplaceAll(body, []byte{0}, nil)
	}
	w.matcher = o.Matcher
	if w.matcher == nil && o.Profile != nil {
		w.matcher = compileLenient(o.Profile)
	}
	doc, hints := w.document(body)
	w.prepare(body, hints)
	c := ctx{form: -1, label: -1}
	if w.matcher == nil {
		w.wholeBody = true
	} else {
		w.found = make([]bool, len(w.matcher.required))
	}
	if hints.base {
		w.findBase(doc)
	}
	w.children(doc, &c, 0)
	w.closeBlock()
	w.inlineJSON()
	w.finish(o.AsListing)
	return w.page
}

// document parses body, made harmless first where need be.
func (w *walker) document(body []byte) (*html.Node, hints) {
	body, h := defuse(body)
	if h.cut {
		w.truncate(truncNodes)
	}
	doc, err := html.Parse(bytes.NewReader(body))
	if err == nil {
		return doc, h
	}
	// The one error the parser has for bytes in memory is nesting beyond its limit.
	w.truncate(truncDepth)
	doc, err = html.Parse(bytes.NewReader(flatten(body)))
	if err != nil {
		doc = &html.Node{Type: html.DocumentNode}
	}
	return doc, h
}

// fragment parses HTML that stands inside the page as a string: noscript, srcdoc,
// inline JSON.
func (w *walker) fragment(src string) []*html.Node {
	body, h := defuse([]byte(src))
	if h.cut {
		w.truncate(truncNodes)
	}
	context := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(bytes.NewReader(body), context)
	if err != nil {
		w.truncate(truncDepth)
		if nodes, err = html.ParseFragment(bytes.NewReader(flatten(body)), context); err != nil {
			return nil
		}
	}
	return nodes
}

// prepare sizes the tables by what the bytes promise, so that they need not grow.
func (w *walker) prepare(body []byte, h hints) {
	p := w.page
	nodes := min(h.starts+8, config.MaxNodes)
	p.tree.nodes = make([]treeNode, 1, nodes+1)
	links := min(h.links*5/4+8, config.MaxLinks)
	p.Links = make([]Link, 0, links)
	w.flow.done = make([]Block, 0, nodes*9/20+16)
	if h.images > 0 {
		p.Images = make([]Image, 0, min(h.images, config.MaxLinks))
	}
	w.spans = make([]span, 0, links*4/5)
	w.flow.text = make([]byte, 0, min(len(body)*3/4+64, config.MaxTextBytes))
	w.joined = make([]int, 0, 64)
}

func (w *walker) truncate(why string) {
	if w.page.Truncated == "" {
		w.page.Truncated = why
	}
}

// findBase applies the first <base href> in tree order: it counts for the addresses
// before it too.
func (w *walker) findBase(doc *html.Node) {
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.DataAtom != atom.Base || n.Namespace != "" {
			continue
		}
		if href, ok := attr(n, "href"); ok {
			if u := w.resolve(strings.TrimSpace(href)); u != nil && u.Scheme() != "data" && u.Scheme() != "javascript" {
				w.page.Base = u
			}
			return
		}
	}
}

// finish turns offsets into strings and derives what needs the whole page.
func (w *walker) finish(asListing bool) {
	p := w.page
	p.Text = string(w.flow.text)
	p.Blocks = w.flow.done
	if m := w.matcher; m != nil {
		p.Layout.Tried = true
		for i, r := range m.required {
			if !w.found[i] {
				p.Layout.Missing = append(p.Layout.Missing, r)
			}
		}
		p.Layout.Matched = len(p.Layout.Missing) == 0
		if !p.Layout.Matched && asListing {
			w.wholeBodyIsDetail()
		}
	}
	for i := range w.spans {
		w.finishSpan(&w.spans[i])
	}
	for i := range p.Links {
		p.Links[i].Pos = min(p.Links[i].Pos, len(p.Text))
	}
	w.finishForms()
	p.Shell = w.shell()
	p.frames = w.wanted
}

// wholeBodyIsDetail gives what stands in the body outside any area the field that a page
// without profile has.
func (w *walker) wholeBodyIsDetail() {
	p := w.page
	fill := func(field *string, n Node) {
		if *field == "" && n >= w.body && w.body > 0 {
			*field = fieldDetail
		}
	}
	for i := range p.Blocks {
		fill(&p.Blocks[i].Field, p.Blocks[i].Node)
	}
	for i := range p.Links {
		fill(&p.Links[i].Field, p.Links[i].Node)
	}
	for i := range w.form.controls { // those outside any form become forms later
		fill(&w.form.controls[i].field, w.form.controls[i].input.Node)
	}
	for i := range p.Forms {
		fill(&p.Forms[i].Field, p.Forms[i].Node)
	}
	for i := range p.Buttons {
		fill(&p.Buttons[i].Field, p.Buttons[i].Node)
	}
	for i := range p.Images {
		fill(&p.Images[i].Field, p.Images[i].Node)
	}
}

// fieldDetail is the field of a page that is the provider's words as a whole.
const fieldDetail = "detail"

// FramesWanted are the addresses of description frames inside the areas whose hosts the
// page profile allows and which Options.Frames did not hold: at most
// config.MaxDescFrames, in document order. Whoever wants the page whole fetches them
// and parses again with their bodies.
func (p *Page) FramesWanted() []*weburl.URL { return p.frames }

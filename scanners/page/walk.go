package page

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"marketwarden/internal/config"
	"marketwarden/internal/weburl"
)

// walker does the one walk over the document. It lives for one Parse.
type walker struct {
	page    *Page
	matcher *Matcher
	frames  map[string][]byte

	flow        flow
	aside       bool // the flow is a hidden element's inside an open block
	asidePos    int
	joinedAside int
	codedAside  int
	joined      []int    // offsets of Block.Joined, all blocks' in one array
	coded       [][2]int // spans of Block.Code, all blocks' in one array
	attrs       int      // attribute blocks and asides so far
	label       string   // the last attribute block
	labelAt     int      // attrs after it

	nodes     int
	body      Node // the <body> element
	wholeBody bool // no profile: the body is Field "detail"
	found     []bool
	wanted    []*weburl.URL
	inline    []inlineScript
	spans     []span
	form      formState
	shellInfo shellInfo
	near      *weburl.URL // the last absolute address
	nested    int         // depth of documents inside the document
}

// ctx is what an element hands down to what is in it.
type ctx struct {
	field, zone string
	tag         string // name of block
	block       Node   // nearest element that makes a block
	node        Node   // the element itself
	form        int32  // index in Page.Forms, -1 outside any
	label       int32  // index in formState.labels, -1 outside any
	hidden      bool
	pre         bool
	inBody      bool
	inMain      bool // inside main, article or section, where <header> is not the page's
	clickable   bool // inside a link or a button
}

// attrs are the attributes that every element is asked for.
type attrs struct {
	id, class, style, role, title, label, href, src, typ string
	hasHref, hasSrc, hidden                              bool
	more                                                 bool // handlers, data-* addresses, rarer ways to point somewhere
}

func (w *walker) children(n *html.Node, c *ctx, depth int) {
	if depth > config.MaxDepth*2 {
		w.truncate(truncDepth)
		return
	}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		w.visit(k, c, depth)
		if w.nodes > config.MaxNodes {
			return
		}
	}
}

// readAttrs goes over the attributes once.
func readAttrs(n *html.Node, a *attrs) {
	for i := range n.Attr {
		at := &n.Attr[i]
		switch at.Key {
		case "id":
			a.id = at.Val
		case "class":
			a.class = at.Val
		case "style":
			a.style = at.Val
		case "href":
			a.href, a.hasHref = at.Val, true
		case "src":
			a.src, a.hasSrc = at.Val, true
		case "title":
			a.title = at.Val
		case "role":
			a.role = at.Val
		case "aria-label":
			a.label = at.Val
		case "type":
			a.typ = at.Val
		case "hidden":
			a.hidden = true
		case "alt", "name", "value", "rel", "target", "width", "height", "content":
		default:
			a.more = true
		}
	}
}

// hides reports whether the attributes keep the element from being seen. A display in
// the style overrules the hidden attribute.
func (a *attrs) hides() bool {
	if a.style == "" {
		return a.hidden
	}
	return hidesStyle(a.style) || a.hidden && !displaysBlock(a.style)
}

// element looks at one element and walks what is in it.
func (w *walker) element(n *html.Node, outer *ctx, depth int) {
	var a attrs
	readAttrs(n, &a)
	c := *outer
	c.node = w.page.tree.add(outer.node, n.DataAtom, n.Data)
	if a.id != "" {
		w.page.tree.ids = append(w.page.tree.ids, nodeString{c.node, a.id})
	}
	if w.nested == 0 && n.DataAtom == atom.Body && w.body == 0 {
		w.body, c.inBody = c.node, true
		if w.wholeBody {
			c.field = fieldDetail
		}
	}
	if w.matcher != nil {
		w.match(n, &a, &c)
	}
	kind := kindOf(n)
	if kind&isBlock != 0 || a.style != "" && strings.Contains(a.style, "block") && displaysBlock(a.style) {
		kind |= isBlock
		c.block, c.tag = c.node, n.Data
		w.zone(n, &a, &c)
	}
	var around *flow
	hides := !c.hidden && (a.style != "" || a.hidden) && a.hides()
	if hides {
		c.hidden = true
		around = w.enterHidden()
	}
	if kind&isBlock != 0 {
		w.closeBlock()
	} else {
		w.flow.join = true
	}

	s := span{button: -1}
	s.start, s.attrs, s.links = int32(w.pos()), int32(w.attrs), int32(len(w.page.Links)) //nolint:gosec // all bounded
	textStart := len(w.flow.text)
	if a.style != "" && strings.IndexByte(a.style, '(') >= 0 {
		w.css(a.style, "style", &c)
	}
	inside := true
	if kind&isSpecial != 0 {
		inside = w.special(n, &a, &c, &s, depth)
	} else if n.Namespace != "" {
		w.foreign(n, &a, &c)
	}
	if a.more {
		w.moreAttrs(n, &c)
	}
	if a.role == "button" && s.button < 0 && len(w.page.Links) == int(s.links) {
		w.button(&s, n, &c, false)
	}
	s.linksEnd = int32(len(w.page.Links)) //nolint:gosec // bounded by config.MaxLinks
	if inside && n.FirstChild != nil {
		mount := kind&isBlock != 0 && (a.id != "" || a.class != "") && isMount(&a)
		links := len(w.page.Links)
		w.children(n, &c, depth+1)
		if mount {
			w.mountSeen(&a, textStart, links)
		}
	} else if kind&isBlock != 0 && isMount(&a) {
		w.mountSeen(&a, textStart, len(w.page.Links))
	}

	if s.linksEnd > s.links || s.button >= 0 {
		w.closeSpan(&s, &a, textStart)
	}
	if a.title != "" && c.inBody {
		w.attrText("title", a.title, c.node, n.Data, &c)
	}
	if a.label != "" && c.inBody {
		w.attrText("aria-label", a.label, c.node, n.Data, &c)
	}
	if kind&isBlock != 0 {
		w.formWords(n, &c, textStart)
		w.closeBlock()
	} else {
		if n.DataAtom == atom.Label && c.label >= 0 {
			w.form.labels[c.label].end = w.pos()
		}
		if kind&isCode != 0 && !c.pre {
			w.noteCode(textStart)
		}
		w.flow.join = true
	}
	if hides {
		w.leaveHidden(around)
	}
}

// span is the stretch of text that belongs to links and buttons, whose words become
// strings when the text is complete. Offsets are those of Page.Text, which is bounded.
type span struct {
	links, linksEnd int32 // Page.Links[links:linksEnd]
	button          int32 // index in Page.Buttons, -1 for none
	start, end      int32
	attrs           int32  // attribute blocks before; after closing 1 when there are some inside, else 0
	label           string // what to say where there are no words
}

// closeSpan notes where the element's words end.
func (w *walker) closeSpan(s *span, a *attrs, textStart int) {
	s.end = int32(w.pos()) //nolint:gosec // bounded by config.MaxTextBytes
	if s.label == "" {
		s.label = a.label
	}
	if s.label == "" {
		s.label = a.title
	}
	if s.label == "" && w.labelAt > int(s.attrs) {
		s.label = w.label // of a picture inside
	}
	if w.aside { // text offsets of an aside are not those of the page: take the words now
		textStart = min(textStart, len(w.flow.text))
		w.say(s, foldSpace(string(w.flow.text[textStart:])))
		s.end = s.start
	}
	if int32(w.attrs) > s.attrs { //nolint:gosec // bounded by config.MaxNodes
		s.attrs = 1
	} else {
		s.attrs = 0
	}
	w.spans = append(w.spans, *s)
}

// say gives the links and the button of a span their words, where they have none.
func (w *walker) say(s *span, words string) {
	for i := s.links; i < s.linksEnd; i++ {
		if l := &w.page.Links[i]; l.Text == "" && l.Kind != LinkForm && !l.Kind.IsLoad() {
			l.Text = words
		}
	}
	if s.button >= 0 && w.page.Buttons[s.button].Text == "" {
		w.page.Buttons[s.button].Text = words
	}
}

// finishSpan gives links and buttons their words.
func (w *walker) finishSpan(s *span) {
	start, end := int(s.start), int(s.end)
	hidden := s.links < s.linksEnd && w.page.Links[s.links].Hidden || s.button >= 0 && w.page.Buttons[s.button].Hidden
	words := w.words(start, end, s.attrs != 0, hidden)
	if words == "" {
		words = foldSpace(s.label)
	}
	w.say(s, words)
}

// words are the words between two offsets, blocks joined by a space; mixed when there may
// be others than visible words. Hidden words count where the asker is hidden itself.
func (w *walker) words(start, end int, mixed, hidden bool) string {
	text := w.page.Text
	end = min(end, len(text))
	for start < end && (text[start] == '\n' || text[start] == ' ') {
		start++
	}
	if start >= end {
		return ""
	}
	if !mixed && strings.IndexByte(text[start:end], '\n') < 0 {
		return text[start:end]
	}
	var parts []string
	for i := w.blockAt(start); i < len(w.page.Blocks) && w.page.Blocks[i].Start < end; i++ {
		b := &w.page.Blocks[i]
		if b.Attr == "" && (hidden || !b.Hidden) {
			parts = append(parts, foldSpace(text[max(b.Start, start):min(b.End, end)]))
		}
		if len(parts) > maxWordBlocks {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return strings.Join(parts, " ")
}

// maxWordBlocks bounds the words of a link that wraps half a page.
const maxWordBlocks = 64

// blockAt is the index of the first block that ends behind off.
func (w *walker) blockAt(off int) int { return blockAt(w.page.Blocks, off) }

func blockAt(blocks []Block, off int) int {
	lo, hi := 0, len(blocks)
	for lo < hi {
		mid := (lo + hi) / 2
		if blocks[mid].End <= off {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

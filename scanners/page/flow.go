package page

import (
	"slices"

	"marketwarden/internal/config"
)

// flow is the visible text as it grows: blocks one after the other, white space folded.
// At most one block is open; it opens with its first word and closes at the next block
// boundary. Words that stand inside an open block without being part of what a visitor
// reads there (hidden elements, alt texts) wait in pending until it closes.
type flow struct {
	text    []byte
	done    []Block
	start   int // of the open block in text; -1 when none is open
	space   bool
	join    bool // an inline element began or ended since the last word
	joined  int  // where the open block's offsets start in walker.joined
	coded   int  // … and its spans in walker.coded
	meta    Block
	pending []flowText
}

// flowText is text to be appended when the open block closes: words of an attribute, or
// several blocks of a hidden element. Their offsets count from the start of text.
type flowText struct {
	text   string
	block  Block
	blocks []Block // instead of block, when not nil
}

// isSpace reports whether c is ASCII white space.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// addText adds the text of one node.
func (w *walker) addText(s string, c *ctx) {
	if c.pre {
		w.addPre(s, c)
		return
	}
	for i := 0; i < len(s); {
		if b := s[i]; b <= ' ' || b == 0xC2 {
			if isSpace(b) {
				w.flow.space = true
				i++
				continue
			}
			if b == 0xC2 && i+1 < len(s) && s[i+1] == 0xA0 {
				w.flow.space = true
				i += 2
				continue
			}
		}
		j := i + 1
		for j < len(s) && s[j] > ' ' && s[j] != 0xC2 {
			j++
		}
		w.word(s[i:j], c)
		i = j
	}
}

// addPre adds preformatted text: white space stays, but none at the block's start.
func (w *walker) addPre(s string, c *ctx) {
	if w.flow.start < 0 {
		i := 0
		for i < len(s) && (s[i] == '\n' || s[i] == ' ' || s[i] == '\t') {
			i++
		}
		s = s[i:]
	}
	if s == "" {
		return
	}
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && (s[j] != 0xC2 || j+1 >= len(s) || s[j+1] != 0xA0) {
			j++
		}
		w.word(s[i:j], c)
		if j < len(s) {
			w.flow.space = true
			j += 2
		}
		i = j
	}
}

// word appends s to the open block, opening one if none is.
func (w *walker) word(s string, c *ctx) {
	f := &w.flow
	if len(f.text)+len(s)+2 > config.MaxTextBytes {
		w.truncate(truncText)
		return
	}
	if s == "" {
		return
	}
	if f.start < 0 {
		if len(f.text) > 0 {
			f.text = append(f.text, '\n')
		}
		f.start = len(f.text)
		f.joined, f.coded = len(w.joined), len(w.coded)
		f.meta = Block{Node: c.block, Tag: c.tag, Field: c.field, Zone: c.zone, Hidden: c.hidden}
	} else if f.space {
		f.text = append(f.text, ' ')
	} else if f.join {
		w.joined = append(w.joined, len(f.text))
	}
	f.space, f.join = false, false
	f.text = append(f.text, s...)
}

// closeBlock ends the open block, if any, and appends what waited for that.
func (w *walker) closeBlock() {
	f := &w.flow
	f.space, f.join = false, false
	if f.start < 0 {
		return
	}
	for len(f.text) > f.start && isSpace(f.text[len(f.text)-1]) {
		f.text = f.text[:len(f.text)-1] // preformatted text may end in white space
	}
	b := f.meta
	b.Start, b.End = f.start, len(f.text)
	f.start = -1
	for len(w.joined) > f.joined && w.joined[len(w.joined)-1] >= b.End {
		w.joined = w.joined[:len(w.joined)-1]
	}
	if len(w.joined) > f.joined {
		b.Joined = w.joined[f.joined:len(w.joined):len(w.joined)]
	}
	if len(w.coded) > f.coded {
		b.Code = w.coded[f.coded:len(w.coded):len(w.coded)]
	}
	f.done = append(f.done, b)
	for i := range f.pending {
		w.appendPending(&f.pending[i])
	}
	f.pending = f.pending[:0]
}

func (w *walker) appendPending(p *flowText) {
	if !w.appendText(p.text) {
		return
	}
	base := len(w.flow.text) - len(p.text)
	if p.blocks == nil {
		w.appendBlock(&p.block, base)
	}
	for i := range p.blocks {
		w.appendBlock(&p.blocks[i], base)
	}
}

// appendText adds a line of text; false when the page has too much.
func (w *walker) appendText(s string) bool {
	f := &w.flow
	if len(f.text)+len(s)+1 > config.MaxTextBytes {
		w.truncate(truncText)
		return false
	}
	if len(f.text) > 0 {
		f.text = append(f.text, '\n')
	}
	f.text = append(f.text, s...)
	return true
}

// appendBlock adds a block whose offsets count from base.
func (w *walker) appendBlock(b *Block, base int) {
	b.Start += base
	b.End += base
	for i := range b.Joined {
		b.Joined[i] += base
	}
	for i := range b.Code {
		b.Code[i][0] += base
		b.Code[i][1] += base
	}
	w.flow.done = append(w.flow.done, *b)
}

// noteCode notes that what the open block got since its text had from bytes is inline
// code. What an element inside noted is a part of it.
func (w *walker) noteCode(from int) {
	f := &w.flow
	if f.start < 0 {
		return
	}
	from = max(from, f.start)
	for from < len(f.text) && isSpace(f.text[from]) {
		from++
	}
	if from == len(f.text) {
		return
	}
	for len(w.coded) > f.coded && w.coded[len(w.coded)-1][0] >= from {
		w.coded = w.coded[:len(w.coded)-1]
	}
	w.coded = append(w.coded, [2]int{from, len(f.text)})
}

// attrText adds the words of an attribute as a block of their own.
func (w *walker) attrText(name, value string, n Node, tag string, c *ctx) {
	value = foldSpace(value)
	if value == "" {
		return
	}
	w.attrs++
	w.label, w.labelAt = value, w.attrs
	b := Block{End: len(value), Node: n, Tag: tag, Field: c.field, Attr: name, Zone: c.zone, Hidden: c.hidden}
	if w.flow.start >= 0 {
		w.flow.pending = append(w.flow.pending, flowText{value, b, nil})
		return
	}
	if w.appendText(value) {
		w.appendBlock(&b, len(w.flow.text)-len(value))
	}
}

// enterHidden starts the text of a hidden element. Inside an open block a visitor reads
// on past it, so it is gathered aside.
func (w *walker) enterHidden() (outer *flow) {
	if w.flow.start < 0 {
		return nil
	}
	saved := w.flow
	if !w.aside {
		w.asidePos = len(saved.text)
	}
	w.aside = true
	w.joinedAside, w.codedAside = len(w.joined), len(w.coded)
	w.flow = flow{start: -1}
	return &saved
}

// leaveHidden ends it.
func (w *walker) leaveHidden(outer *flow) {
	w.closeBlock()
	if outer == nil {
		return
	}
	inner := w.flow
	w.flow = *outer
	for i := range inner.done { // the arrays go on with the open block's
		inner.done[i].Joined = slices.Clone(inner.done[i].Joined)
		inner.done[i].Code = slices.Clone(inner.done[i].Code)
	}
	w.joined, w.coded = w.joined[:w.joinedAside], w.coded[:w.codedAside]
	w.aside = false
	if len(inner.done) > 0 {
		w.attrs++ // link texts around it must be put together block by block
		w.flow.pending = append(w.flow.pending, flowText{text: string(inner.text), blocks: inner.done})
	}
}

// pos is where the walk stands in Page.Text.
func (w *walker) pos() int {
	if w.aside {
		return w.asidePos
	}
	return len(w.flow.text)
}

// foldSpace folds white space as the text does; without any to fold it returns s itself.
func foldSpace(s string) string {
	clean := true
	for i := range len(s) {
		c := s[i]
		if c == ' ' && (i == 0 || i == len(s)-1 || s[i+1] == ' ') || c >= '\t' && c <= '\r' ||
			c == 0xC2 && i+1 < len(s) && s[i+1] == 0xA0 {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	b := make([]byte, 0, len(s))
	space := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == ' ' || c >= '\t' && c <= '\r' {
			space = true
			continue
		}
		if c == 0xC2 && i+1 < len(s) && s[i+1] == 0xA0 {
			space = true
			i++
			continue
		}
		if space && len(b) > 0 {
			b = append(b, ' ')
		}
		space = false
		b = append(b, c)
	}
	return string(b)
}

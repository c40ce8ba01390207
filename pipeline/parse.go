package pipeline

import "marketwarden/scanners/page"

// parse extracts a page whose body is a fetch.Visit's, in a place that the caller frees
// when it has judged the page, or when it does not judge it at once. There are as many
// places as processors: more pages in work would not be done sooner, and each takes some
// ten times its bytes, which the garbage collector would have to go through again and
// again. There is no context to wait with, because whoever holds a place only computes.
func (e *Engine) parse(body []byte, o page.Options) (_ *page.Page, pl *place) {
	e.parsing <- struct{}{}
	pl = &place{of: e.parsing}
	done := false
	defer func() {
		if !done { // Parse panicked
			pl.free()
		}
	}()
	o.ValidUTF8 = true
	p := page.Parse(body, o)
	done = true
	return p, pl
}

// place is one of Engine.parsing. It belongs to one goroutine.
type place struct {
	of    chan struct{}
	freed bool
}

// free gives the place back; again does nothing.
func (p *place) free() {
	if !p.freed {
		p.freed = true
		<-p.of
	}
}

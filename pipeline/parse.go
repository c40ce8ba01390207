package pipeline

import "marketwarden/scanners/page"

// parse extracts a page whose body is a fetch.Visit's. As many are in work at once as
// there are processors: more would not be done sooner, and a document in work takes some
// ten times its bytes, which the garbage collector would have to go through again and
// again. There is no context to wait with, because whoever holds a place only computes.
func (e *Engine) parse(body []byte, o page.Options) *page.Page {
	e.parsing <- struct{}{}
	defer func() { <-e.parsing }()
	o.ValidUTF8 = true
	return page.Parse(body, o)
}

package page

// Common is what repeats from page to page of one site: header, footer, menus, boxes.
// It is immutable and safe for concurrent use; a nil Common repeats nothing.
type Common struct {
	blocks map[string]struct{} // texts of blocks, white space folded
	links  map[string]struct{} // addresses with their texts
}

// Block reports whether the words of a block of p repeat on the site.
func (c *Common) Block(p *Page, b *Block) bool {
	if c == nil {
		return false
	}
	_, ok := c.blocks[p.Text[b.Start:b.End]]
	return ok
}

// Link reports whether a link repeats on the site.
func (c *Common) Link(l *Link) bool {
	if c == nil || l.URL == nil {
		return false
	}
	_, ok := c.links[l.URL.String()+"\x00"+l.Text]
	return ok
}

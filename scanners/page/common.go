package page

import "strings"

const (
	// commonPages is on how many pages at least a thing stands that repeats: fewer pages
	// tell nothing about a site.
	commonPages = 3
	// commonShare is on which share of the pages, in percent: sites have a few templates,
	// and the home page often has one of its own.
	commonShare = 60
)

// Common is what repeats from page to page of one site: header, footer, menus, boxes.
// It is immutable and safe for concurrent use; a nil Common repeats nothing.
type Common struct {
	blocks map[string]struct{} // texts of blocks, white space folded
	links  map[string]struct{} // addresses with their texts
	titles map[string]struct{} // parts of titles
}

// Title reports whether a part of a page's title (see TitleParts) repeats on the site:
// most sites put their own name there.
func (c *Common) Title(part string) bool {
	if c == nil {
		return false
	}
	_, ok := c.titles[part]
	return ok
}

// TitleParts cuts a title where sites put a sign between the name of the page and their
// own.
func TitleParts(title string) []string {
	parts := strings.FieldsFunc(strings.ReplaceAll(title, " - ", "|"), func(r rune) bool {
		switch r {
		case '|', '_', '–', '—', '｜', '·', '»', '>', '＿':
			return true
		}
		return false
	})
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
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

// FindCommon finds what repeats on pages of one site: blocks with the same words, links
// with the same address and words, and parts of titles that stand on at least three pages and on three
// of five. Nil when nothing does. A page given twice counts twice.
func FindCommon(pages []*Page) *Common {
	if len(pages) < commonPages {
		return nil
	}
	least := max(commonPages, (len(pages)*commonShare+99)/100)
	c := &Common{
		blocks: repeated(pages, least, func(p *Page, each func(string)) {
			for i := range p.Blocks {
				each(p.Text[p.Blocks[i].Start:p.Blocks[i].End])
			}
		}),
		links: repeated(pages, least, func(p *Page, each func(string)) {
			for i := range p.Links {
				if l := &p.Links[i]; l.URL != nil {
					each(l.URL.String() + "\x00" + l.Text)
				}
			}
		}),
		titles: repeated(pages, least, func(p *Page, each func(string)) {
			for _, part := range TitleParts(p.Title) {
				each(part)
			}
		}),
	}
	if len(c.blocks)+len(c.links)+len(c.titles) == 0 {
		return nil
	}
	return c
}

// repeated are the strings that occur on at least so many pages.
func repeated(pages []*Page, least int, occurrences func(*Page, func(string))) map[string]struct{} {
	count := map[string]int{}
	for _, p := range pages {
		here := map[string]struct{}{}
		occurrences(p, func(s string) { here[s] = struct{}{} })
		for s := range here {
			count[s]++
		}
	}
	out := map[string]struct{}{}
	for s, n := range count {
		if n >= least {
			out[s] = struct{}{}
		}
	}
	return out
}

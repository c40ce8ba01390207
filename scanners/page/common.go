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
// What repeats stands on at least three pages and on three of five. It grows by Add,
// page by page, for one goroutine; after that it is safe for concurrent reads. A nil
// Common, and one of few pages, repeats nothing.
type Common struct {
	pages  int
	blocks map[string]standing // by words
	links  map[string]standing // by address and words
	titles map[string]standing // by part of the title
}

// standing is on how many pages a thing stands, and the last of them.
type standing struct{ pages, last int }

// FindCommon finds what repeats on pages of one site. A page given twice counts twice.
func FindCommon(pages []*Page) *Common {
	c := &Common{}
	for _, p := range pages {
		c.Add(p)
	}
	return c
}

// Add takes another page of the site.
func (c *Common) Add(p *Page) {
	if c.pages == 0 {
		c.blocks, c.links, c.titles = map[string]standing{}, map[string]standing{}, map[string]standing{}
	}
	c.pages++
	for i := range p.Blocks {
		c.count(c.blocks, p.Text[p.Blocks[i].Start:p.Blocks[i].End])
	}
	for i := range p.Links {
		if l := &p.Links[i]; l.URL != nil {
			c.count(c.links, l.URL.String()+"\x00"+l.Text)
		}
	}
	for _, part := range TitleParts(p.Title) {
		c.count(c.titles, part)
	}
}

func (c *Common) count(m map[string]standing, s string) {
	if at := m[s]; at.last != c.pages {
		m[s] = standing{at.pages + 1, c.pages}
	}
}

func (c *Common) repeats(m map[string]standing, s string) bool {
	if c.pages < commonPages {
		return false
	}
	return m[s].pages >= max(commonPages, (c.pages*commonShare+99)/100)
}

// Title reports whether a part of a page's title (see TitleParts) repeats on the site:
// most sites put their own name there.
func (c *Common) Title(part string) bool {
	if c == nil {
		return false
	}
	return c.repeats(c.titles, part)
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
	return c.repeats(c.blocks, p.Text[b.Start:b.End])
}

// Link reports whether a link repeats on the site.
func (c *Common) Link(l *Link) bool {
	if c == nil || l.URL == nil {
		return false
	}
	return c.repeats(c.links, l.URL.String()+"\x00"+l.Text)
}

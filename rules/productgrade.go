package rules

import (
	"slices"
	"unicode/utf8"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// Grade says how well a page presents a listing as its own.
type Grade int

// Grades, worst first.
const (
	GradeNone     Grade = iota // does not name it
	GradeMentions              // names it, but is not its page: the home page, news, lists, how-tos
	GradeLikely                // seems to be its page, with something missing or against it
	GradeSure                  // is its page
)

const (
	enoughRunes   = 30 // of a page's own text, headings left out, that make a presentation
	manyHeadings  = 3  // first-rank headings from which on a page is a list of things
	manyListings  = 2  // other listings linked from which on a page is a list of them
	bareRunes     = 6  // of a heading beside the name
	leadMentioned = 2  // passages that name the product, where only the end of <title> does
)

// Presents grades a page. home is the address of the site's home page ("" when not
// known), common what repeats on the site (nil: not known). Words and links that repeat,
// or stand in the frame of the page, do not count.
func (s *Seek) Presents(sp *SitePage, home string, common *page.Common) Grade {
	return s.assess(sp, home, common).grade
}

// assessment is what was made of a page.
type assessment struct {
	grade Grade
	why   record.Text
	// against: the page is of a kind that is no product page, whatever it says.
	against bool
	linked  bool // links to the listing's own detail page
}

// readable says why a page cannot be read, nil when it can.
func readable(sp *SitePage) *record.Reason {
	if sp.Problem != nil {
		return sp.Problem
	}
	return unjudgeable(&Facts{Page: sp.Page})
}

func (s *Seek) assess(sp *SitePage, home string, common *page.Common) assessment {
	if r := readable(sp); r != nil {
		return assessment{why: r.Text}
	}
	at := sp.URL
	if sp.Page.URL != nil {
		at = sp.Page.URL
	}
	kind := kindPlain
	host := ""
	if at != nil {
		kind, host = kindOfAddress(at), at.Host()
		if h, err := weburl.Parse(home); err == nil && s.listing.profile.Canonical(h) == s.listing.profile.Canonical(at) {
			kind = kindHome
		}
	}
	if s.isFar(sp.Page) {
		return unnamed()
	}
	signs := s.signs(sp.Page, company(host), common)
	a := s.weigh(&signs, kind)
	a.linked = signs.linked > 0
	return a
}

// signs are what a page has to show for a product.
type signs struct {
	title      fit  // of the <title>
	titleFirst bool // the name stands at the beginning of the title
	lead       fit  // of the heading that says what the page is about
	bare       bool // that heading is the name and little else
	headline   bool // that heading is a sentence which comes to the name late
	about      pageKind
	headings   int // other headings that name it
	mentions   int // passages that name it
	runes      int // of own text
	linked     int // links to the listing
	others     int // other listings linked
}

func (s *Seek) signs(p *page.Page, company string, common *page.Common) signs {
	var g signs
	s.titleSigns(&g, p.Title, company, common)
	firstRank := 0
	for i := range p.Blocks {
		if p.Blocks[i].Tag == "h1" && ownBlock(p, &p.Blocks[i], common) {
			firstRank++
		}
	}
	leading := true // no heading was met yet
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if !ownBlock(p, b, common) {
			continue
		}
		text := p.Text[b.Start:b.End]
		heading := isHeading(b.Tag) && len(text) <= maxHeadingBytes
		words := plain(text)
		named := s.name.in(words, company)
		switch {
		case !heading:
			g.runes += utf8.RuneCountInString(words)
			if named == fitFull { // parts of names are everywhere in prose
				g.mentions++
			}
			continue
		case b.Tag == "h1" && firstRank <= manyHeadings, leading && g.title == fitFull:
			if named > g.lead {
				rest := s.name.rest(words)
				g.lead, g.about = named, kindOfWords(rest)
				g.bare = utf8.RuneCountInString(rest) <= bareRunes
				g.headline = s.name.before(words) > bareRunes
			}
		case named != fitNone:
			g.headings++
		}
		leading = false
	}
	s.linkSigns(&g, p, common)
	return g
}

// titleSigns looks for the name in the parts of the title: most sites put the name of
// the page before that of the site, some the other way round.
// What stands in the title of most pages is the site's name, which may begin like the
// product's.
func (s *Seek) titleSigns(g *signs, title, company string, common *page.Common) {
	for i, part := range page.TitleParts(title) {
		if common.Title(part) {
			continue
		}
		words := plain(part)
		named := s.name.in(words, company)
		if named <= g.title {
			continue
		}
		about := kindOfWords(s.name.rest(words))
		if about != kindPlain {
			g.about = about
		}
		g.title, g.titleFirst = named, i == 0
	}
}

func (s *Seek) linkSigns(g *signs, p *page.Page, common *page.Common) {
	others := map[string]bool{}
	for i := range p.Links {
		l := &p.Links[i]
		if l.URL == nil || l.Hidden || !isEntry(l) || frame(l.Zone) || common.Link(l) || !s.listing.profile.IsOwn(l.URL) && s.listing.detail == "" {
			continue
		}
		if s.listing.is(l.URL) {
			g.linked++
		} else if a := s.listing.profile.Classify(l.URL); a.Kind == market.AddrDetail {
			others[a.Code] = true
		}
	}
	g.others = len(others)
}

// ownBlock reports whether words are the page's own: seen by visitors, not repeated on
// the site, not in the frame. A first-rank heading is the page's wherever it stands.
func ownBlock(p *page.Page, b *page.Block, common *page.Common) bool {
	if b.Hidden || b.Attr != "" && b.Tag != "img" || common.Block(p, b) {
		return false
	}
	return !frame(b.Zone) || b.Tag == "h1"
}

// frame reports whether a zone is the frame of a page rather than its content.
func frame(zone string) bool {
	return zone == "nav" || zone == "header" || zone == "footer" || zone == "aside"
}

func isHeading(tag string) bool {
	return len(tag) == 2 && tag[0] == 'h' && tag[1] >= '1' && tag[1] <= '6'
}

// weigh makes a grade of the signs.
func (s *Seek) weigh(g *signs, kind pageKind) assessment {
	named := g.title != fitNone || g.lead != fitNone || g.headings+g.mentions > 0
	if !named && g.linked == 0 {
		return unnamed()
	}
	if kind == kindPlain || kind == kindProduct {
		if g.about == kindArticle && g.lead != fitNone || g.about == kindArticle && g.title == fitFull && g.titleFirst {
			kind = kindArticle
		}
	}
	switch kind {
	case kindHome:
		if g.lead == fitFull && g.title == fitFull && g.runes >= enoughRunes {
			return assessment{grade: GradeLikely, why: record.Text{ZH: "是网站首页，以该产品为主题", EN: "is the home page, and about the product"}}
		}
		return against("网站首页，只是提到该产品", "is the home page, which mentions the product")
	case kindArticle:
		if g.lead == fitFull && g.bare && g.about == kindPlain && g.runes >= enoughRunes {
			return assessment{grade: GradeLikely, why: record.Text{ZH: "以该产品的名称为标题，但地址像文章", EN: "has the product's name as its heading, but the address of an article"}}
		}
		return against("新闻、案例或文章，不是产品页", "is a news item, a customer story or an article")
	case kindList, kindNever:
		return against("搜索结果、列表或功能页面", "is a result of a search, a list or a page for use")
	case kindPlain, kindProduct, kindGuide:
	}
	if g.others > manyListings && g.lead != fitFull {
		return against("列出多个商品的页面", "is a list of several listings")
	}
	guide := kind == kindGuide || g.about == kindGuide
	a := g.presented()
	switch {
	case guide && g.linked == 0 && (g.lead != fitFull || g.about == kindGuide):
		return assessment{grade: min(a.grade, GradeMentions), why: record.Text{ZH: "是使用说明，不是产品页", EN: "is a how-to, no product page"}}
	case guide && a.grade == GradeSure:
		return assessment{grade: GradeLikely, why: record.Text{ZH: "是文档页，但以该产品为主题", EN: "is documentation, but about the product"}}
	}
	return a
}

func unnamed() assessment {
	return assessment{why: record.Text{ZH: "没有提到该产品", EN: "does not name the product"}}
}

// isFar reports whether a page neither has any of the product's name nor a link to the
// listing, wherever.
func (s *Seek) isFar(p *page.Page) bool {
	if far, ok := s.far.Load(p); ok {
		return far.(bool) //nolint:forcetypeassert // nothing else is stored
	}
	far := !s.name.near(plain(p.Title+"\n"+p.Text)) && !slices.ContainsFunc(p.Links, func(l page.Link) bool {
		return l.URL != nil && isEntry(&l) && s.listing.is(l.URL)
	})
	s.far.Store(p, far)
	return far
}

func against(zh, en string) assessment {
	return assessment{grade: GradeMentions, against: true, why: record.Text{ZH: zh, EN: en}}
}

// presented weighs the signs of a page that may be a product page.
func (g *signs) presented() assessment {
	enough := g.runes >= enoughRunes
	titled := g.title == fitFull && (g.titleFirst && g.mentions > 0 || g.headings > 0)
	named := g.title != fitNone || g.lead != fitNone || g.headings+g.mentions > 0
	linked := g.linked > 0 && g.others <= manyListings
	switch {
	case enough && (g.lead == fitFull && !g.headline || titled):
		return assessment{grade: GradeSure, why: record.Text{ZH: "标题是该产品的名称", EN: "has the product's name as its heading"}}
	case enough && linked && named:
		return assessment{grade: GradeSure, why: record.Text{ZH: "介绍该产品并链接到其详情页", EN: "tells of the product and links to its detail page"}}
	case enough && g.lead == fitFull:
		return assessment{grade: GradeLikely, why: record.Text{ZH: "标题是一句提到该产品的话", EN: "has a sentence as its heading that comes to the product"}}
	case g.lead == fitFull || titled:
		return assessment{grade: GradeLikely, why: record.Text{ZH: "标题是该产品的名称，但内容很少", EN: "has the product's name as its heading, but little text"}}
	case linked:
		return assessment{grade: GradeLikely, why: record.Text{ZH: "链接到该商品的详情页，但很少提到该产品", EN: "links to the listing's detail page, but hardly names the product"}}
	case g.title == fitFull && (g.titleFirst || g.mentions >= leadMentioned):
		return assessment{grade: GradeLikely, why: record.Text{ZH: "网页标题有该产品的名称，正文几乎没有", EN: "has the product's name in its title, but hardly in its text"}}
	case g.lead == fitPart || g.title == fitPart && g.titleFirst:
		return assessment{grade: GradeLikely, why: record.Text{ZH: "标题与该产品的名称部分相同", EN: "has a part of the product's name as its heading"}}
	}
	return assessment{grade: GradeMentions, why: record.Text{ZH: "只是提到该产品", EN: "only mentions the product"}}
}

package rules

import (
	"slices"
	"strings"
	"unicode/utf8"

	"marketwarden/internal/record"
	"marketwarden/internal/textfold"
	"marketwarden/scanners/page"
)

// noPartnershipStatement is a part of clause 10(6): the product page on the provider's
// website states the cooperation with the platform.
//
// Stated it is by words of partnership beside the platform's name, and by being listed,
// sold or to be bought on the marketplace; anywhere a visitor can read them: text, the
// text of links and buttons, the alternative text of a logo, header and footer. Naming
// the platform (what the product runs on, a bare logo) states nothing, nor does what is
// denied, over, still to come, asked or explained as a how-to, or said of another cloud.
// The titles of articles in boxes of related ones are not the page's words.
func noPartnershipStatement(f *Facts) record.Result {
	if res := noPage(f); res != nil {
		return *res
	}
	p, part := f.Page, productPart(f)
	c := newCooperation(f.Profile)
	c.short = namesPlatform(f, c)
	articles := articleTexts(p)
	best, at := heard{}, (*page.Block)(nil)
	box := relatedBox{}
	for i := range p.Blocks {
		b := &p.Blocks[i]
		text := p.Text[b.Start:b.End]
		related := box.in(b, text)
		if b.Hidden || b.Attr == "placeholder" || b.Attr == "value" {
			continue
		}
		h := c.passage(text)
		if h.said == saidStated {
			if !related && !articles[strings.TrimSpace(text)] && b.Zone != "aside" {
				return pass(part)
			}
			h.said = saidName
		}
		if h.said > best.said {
			best, at = h, b
		}
	}
	for i := range p.Buttons {
		if b := &p.Buttons[i]; !b.Hidden && c.passage(b.Text).said == saidStated {
			return pass(part)
		}
	}
	if p.Truncated != "" {
		return truncated(p)
	}
	return accuse(part, unstated(p, part, best, at))
}

// unstated is the finding, with the nearest that the page says.
func unstated(p *page.Page, part string, best heard, at *page.Block) record.Finding {
	fi := record.Finding{
		Outcome: record.Violation, Discriminator: "partnership", Part: part,
		Expected: record.Text{
			ZH: "产品页写明与平台的合作关系，例如平台合作伙伴、已上架云市场、可在云市场购买",
			EN: "the product page states the cooperation with the platform, such as partner of it, listed or to be bought on its marketplace",
		},
		Reason: record.Text{ZH: "页面上没有一句话写明与平台的合作", EN: "no passage of the page states a cooperation with the platform"},
	}
	switch best.said {
	case saidName:
		fi.Found = record.Text{ZH: "只提到平台的名称", EN: "only names the platform"}
	case saidAsked:
		fi.Found = record.Text{ZH: "只有提问或操作说明提到平台", EN: "speaks of the platform only in a question or a how-to"}
	case saidDenied:
		fi.Found = record.Text{ZH: "所写的合作是否定的、已结束的或将来的", EN: "what it says of a cooperation is denied, over or still to come"}
	case saidOther:
		fi.Found = record.Text{ZH: "写明的是与其他平台的合作", EN: "states a cooperation with another platform"}
	case saidNothing, saidStated:
		fi.Found = record.Text{ZH: "没有提到平台", EN: "does not name the platform"}
	}
	if at != nil {
		start, end := at.Start+best.start, at.Start+best.end
		words, mark := snippet(p.Text, start, end, at.Start, at.End)
		fi.Occurrences = []record.Occurrence{{
			URL: pageAddress(p), Field: at.Field, Selector: p.Selector(at.Node),
			Snippet: words, Mark: mark, Span: [2]int{start, end},
		}}
	}
	return fi
}

// namesPlatform reports whether the page names the platform or links to its marketplace.
func namesPlatform(f *Facts, c *cooperation) bool {
	if c.anyName(textfold.Fold(f.Page.Text).Text) {
		return true
	}
	return slices.ContainsFunc(f.Page.Links, func(l page.Link) bool {
		return l.URL != nil && !l.Kind.IsLoad() && f.Profile.IsMarketHost(l.URL.Host())
	})
}

// articleTexts are the texts of links that lead to articles: their titles are not what
// the page says of itself.
func articleTexts(p *page.Page) map[string]bool {
	out := map[string]bool{}
	for i := range p.Links {
		l := &p.Links[i]
		if l.Kind == page.LinkA && l.URL != nil && utf8.RuneCountInString(l.Text) >= 8 && kindOfAddress(l.URL) == kindArticle {
			out[strings.TrimSpace(l.Text)] = true
		}
	}
	return out
}

// relatedBox follows the blocks of a page and knows which stand in a box of related
// articles: from its heading to the next heading of that rank or a higher one.
type relatedBox struct{ rank int } // 0: in none

func (r *relatedBox) in(b *page.Block, text string) bool {
	if isHeading(b.Tag) {
		rank := int(b.Tag[1] - '0')
		switch {
		case relatedHeading(text):
			r.rank = rank
		case r.rank > 0 && rank <= r.rank:
			r.rank = 0
		}
	}
	if r.rank > 0 && (b.Zone == "footer" || b.Zone == "header") {
		r.rank = 0
	}
	return r.rank > 0
}

func relatedHeading(text string) bool {
	if utf8.RuneCountInString(text) > 16 {
		return false
	}
	return anyOf(strings.ToLower(text), []string{
		"相关文章", "相关阅读", "相关新闻", "相关资讯", "推荐阅读", "推荐文章", "延伸阅读", "热门文章", "最新文章", "最新动态", "最新资讯", "新闻动态", "新闻中心", "公司新闻", "行业资讯",
		"猜你喜欢", "related articles", "related posts", "related news", "further reading", "latest news", "recent posts",
	})
}

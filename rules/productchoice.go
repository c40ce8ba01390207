package rules

import (
	"slices"

	"marketwarden/internal/record"
)

// ChooseProductPage picks from f.Site the page that presents the listing and sets
// f.Product, f.Page, f.PageProblem and f.Evidence. It does nothing without f.Site.
//
// The declared page comes first where it presents the listing at all; else the page of
// the site that surely does. Where there is neither, f.Product.Page is nil, and
// f.PageProblem says what keeps us from being sure of it: the declared page, or the site,
// cannot be read, or the search was cut short. With neither page nor problem, the site
// has no such page.
func ChooseProductPage(f *Facts) {
	if f.Site == nil {
		return
	}
	c := choice{seek: NewSeek(f.Profile, f.Listing), site: f.Site}
	c.assess()
	f.Product = &Product{Considered: c.considered()}
	f.Page, f.PageProblem, f.Evidence = nil, nil, nil
	if c.chosen < 0 {
		f.PageProblem = c.problem()
		for _, i := range c.order[:min(len(c.order), maxConsidered)] {
			f.Evidence = append(f.Evidence, f.Site.Pages[i].Evidence...)
		}
		return
	}
	sp := &f.Site.Pages[c.chosen]
	f.Product.Page, f.Page, f.Evidence = sp, sp.Page, sp.Evidence
}

// maxConsidered is how many pages are told of that came into question.
const maxConsidered = 5

type choice struct {
	seek   *Seek
	site   *Site
	made   []assessment // of each page
	order  []int        // indexes of pages, the one that has most for it first
	chosen int          // index, -1: none
}

func (c *choice) assess() {
	pages := c.site.Pages
	c.made, c.order = make([]assessment, len(pages)), make([]int, len(pages))
	for i := range pages {
		c.made[i], c.order[i] = c.seek.assess(&pages[i], c.site.Home, c.site.Common), i
	}
	slices.SortStableFunc(c.order, func(i, j int) int { return c.rank(j) - c.rank(i) })
	c.chosen = -1
	if len(c.order) > 0 && c.presents(c.order[0]) {
		c.chosen = c.order[0]
	}
}

// presents reports whether a page is taken for the listing's own. A declared page that
// names the product is taken as it is, unless it is of a kind that is no product page.
func (c *choice) presents(i int) bool {
	a, sp := &c.made[i], &c.site.Pages[i]
	return a.grade >= bar(sp) || sp.How == SiteDeclared && a.grade == GradeMentions && !a.against
}

// rank orders the pages: the declared one at its bar, sure ones (one that links to the
// listing first), the declared one that is taken as it is, the rest by grade.
func (c *choice) rank(i int) int {
	a, sp := &c.made[i], &c.site.Pages[i]
	r := int(a.grade) * 4
	if a.linked {
		r += 2
	}
	switch {
	case sp.How == SiteDeclared && a.grade >= bar(sp):
		r += 100
	case a.grade >= bar(sp):
		r += 50
	case c.presents(i):
		r += 25
	case sp.How == SiteDeclared:
		r++
	}
	return r
}

// considered are the pages that came into question; where none did, those where it would
// have been: the declared one and the home page.
func (c *choice) considered() []Considered {
	var out []Considered
	for _, i := range c.order {
		sp := &c.site.Pages[i]
		if len(out) == maxConsidered {
			break
		}
		if c.made[i].grade > GradeNone || sp.How == SiteDeclared || sp.How == SiteHome {
			at := "" // what is on file is no address
			if sp.URL != nil {
				at = sp.URL.String()
			}
			out = append(out, Considered{URL: at, How: sp.How, Grade: c.made[i].grade, Why: c.made[i].why})
		}
	}
	return out
}

// problem says why it is not known whether there is a page, nil when it is known that
// there is none.
func (c *choice) problem() *record.Reason {
	for i := range c.site.Pages {
		sp := &c.site.Pages[i]
		r := readable(sp)
		if r == nil || gone(sp) {
			continue
		}
		// A list of products that cannot be read hides what it links to.
		if sp.How == SiteDeclared || !noHTML(sp) && c.seek.Promise(sp.URL, sp.Text) >= PromiseSection {
			return r
		}
	}
	switch s := c.site; {
	case s.Problem != nil:
		return s.Problem
	case s.Home == "":
		return nil
	case !s.Searched:
		r := reason(record.ReasonNoInput, "没有查找该网站", "the site was not searched")
		return &r
	case s.Stopped != "" && s.Left > 0:
		why := stoppedBy(s.Stopped)
		r := reason(record.ReasonBudget, "查找没有完成："+why.ZH+"，仍有可能的页面未查看",
			"the search is unfinished: "+why.EN+", and promising links were left")
		return &r
	}
	return c.unread()
}

// unread answers for sites of which most pages could not be read.
func (c *choice) unread() *record.Reason {
	n := 0
	var first *record.Reason
	for i := range c.site.Pages {
		if r := readable(&c.site.Pages[i]); r != nil && !gone(&c.site.Pages[i]) {
			n++
			if first == nil {
				first = r
			}
		}
	}
	if n*2 > len(c.site.Pages) {
		return first
	}
	return nil
}

// gone reports whether there is surely no page at the address.
func gone(sp *SitePage) bool {
	return sp.Gone || sp.Problem != nil && sp.Problem.Code == record.ReasonSoft404
}

// noHTML reports whether a file stands at the address, which is no page.
func noHTML(sp *SitePage) bool {
	return sp.Problem != nil && sp.Problem.Code == record.ReasonNotHTML
}

// stoppedBy tells the bound that ended a search.
func stoppedBy(bound string) record.Text {
	switch bound {
	case "pages":
		return record.Text{ZH: "查看的页面数已达上限", EN: "as many pages were visited as may be"}
	case "time":
		return record.Text{ZH: "查找时间已达上限", EN: "its time was over"}
	case "bytes":
		return record.Text{ZH: "读取的数据量已达上限", EN: "as much was read as may be"}
	case "depth":
		return record.Text{ZH: "链接层级已达上限", EN: "they lie too many links away"}
	case "hosts":
		return record.Text{ZH: "其余链接在同一域名的其他主机上", EN: "they lead to other hosts of the domain"}
	case "addresses":
		return record.Text{ZH: "网站的链接过多", EN: "the site has too many links"}
	}
	return record.Same(bound)
}

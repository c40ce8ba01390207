package site

import (
	"math"
	"slices"

	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

const (
	// maxCandidates bounds the addresses that are remembered, visited or not.
	maxCandidates = 20_000
	// maxTexts bounds the different words that the links to one address are remembered by.
	maxTexts = 4
	// never is the worth of what is not to be followed.
	never = math.MinInt
)

// candidate is a known address that was not visited.
type candidate struct {
	id    string
	url   *weburl.URL
	texts []string // of links to it, in the order found
	depth int
	how   How
	order int
	away  bool // on another host of the same owner: not to be visited

	date bool   // the address is that of a day or month
	list string // what the pages of one list have in common, "" for none
	far  int    // which page of it

	worth   int    // by the search at hand
	text    string // of texts, what promises most
	counted bool   // a trap's rule left it out, and it was counted
}

// query is what tells the candidate from others of the same path.
func (c *candidate) query() string {
	if c.list != "" {
		return c.list
	}
	return c.url.RawQuery()
}

// frontier is what is known of the site and not visited.
type frontier struct {
	known   map[string]*candidate // by identity; nil: visited or left out for good
	added   map[string]bool       // identities of pages the caller added
	waiting []*candidate
	promise func(u *weburl.URL, text string) int
	dropped int // addresses that there was no room for
}

func newFrontier() frontier {
	return frontier{known: map[string]*candidate{}, added: map[string]bool{}}
}

// done notes that an address was visited.
func (f *frontier) done(id string) {
	if c := f.known[id]; c != nil {
		if i := slices.Index(f.waiting, c); i >= 0 {
			f.waiting = slices.Delete(f.waiting, i, i+1)
		}
	}
	f.known[id] = nil
}

// isDone reports whether an address was visited or left out for good.
func (f *frontier) isDone(id string) bool {
	c, ok := f.known[id]
	return ok && c == nil
}

// aim makes promise the one that candidates are weighed by.
func (f *frontier) aim(promise func(u *weburl.URL, text string) int) {
	f.promise = promise
	for _, c := range f.waiting {
		f.weigh(c)
	}
}

// weigh sets what a candidate is worth to the search at hand: what its best words
// promise. An address without words is weighed by itself.
func (f *frontier) weigh(c *candidate) {
	if f.promise == nil {
		return
	}
	c.worth, c.text = never, ""
	if len(c.texts) == 0 {
		c.worth = f.promise(c.url, "")
		return
	}
	for _, text := range c.texts {
		if p := f.promise(c.url, text); p > c.worth {
			c.worth, c.text = p, text
		}
	}
}

// add takes a link to an address and reports whether the address is new and may be
// visited.
func (f *frontier) add(c *candidate, text string) bool {
	if old, ok := f.known[c.id]; ok {
		if old != nil {
			f.merge(old, c, text)
		}
		return false
	}
	if len(f.known) >= maxCandidates {
		f.dropped++
		return false
	}
	c.order = len(f.known)
	if text != "" {
		c.texts = []string{text}
	}
	f.weigh(c)
	f.known[c.id] = c
	f.waiting = append(f.waiting, c)
	return true
}

// merge makes another link to a known address count: a card links its picture first and
// its name after it, and a sitemap knows no words.
func (f *frontier) merge(old, c *candidate, text string) {
	old.depth = min(old.depth, c.depth)
	if c.how == HowLink {
		old.how = HowLink
	}
	if text == "" || len(old.texts) == maxTexts || slices.Contains(old.texts, text) {
		return
	}
	old.texts = append(old.texts, text)
	f.weigh(old)
}

// before orders candidates. Links on pages come before sitemap entries, which have no
// words to go by.
func before(a, b *candidate) bool {
	switch {
	case a.worth != b.worth:
		return a.worth > b.worth
	case a.how != b.how:
		return a.how == HowLink
	case a.depth != b.depth:
		return a.depth < b.depth
	}
	return a.order < b.order
}

// forget leaves an address out for good.
func (f *frontier) forget(id string) {
	if len(f.known) < maxCandidates {
		f.known[id] = nil
	}
}

// follow takes a page's links as candidates.
func (x *Explorer) follow(v *Visited) {
	list, _ := listOf(v.URL)
	fresh := false
	for i := range v.Page.Links {
		l := &v.Page.Links[i]
		switch l.Kind {
		case page.LinkA, page.LinkArea, page.LinkIframe, page.LinkFrame, page.LinkMetaRefresh, page.LinkHandler, page.LinkScript, page.LinkData:
			if l.URL != nil {
				c := x.candidate(l.URL, l.Text, v.Depth+1, HowLink)
				fresh = fresh || c != nil && c.list != list
			}
		case page.LinkForm, page.LinkFormAction, page.LinkObject, page.LinkEmbed, page.LinkSVG, page.LinkBase, page.LinkCite, page.LinkPing,
			page.LoadImage, page.LoadScript, page.LoadStyle, page.LoadMedia, page.LoadCSS, page.LinkRel:
		}
	}
	if list != "" {
		x.barren[list] = !fresh
	}
}

// candidate takes an address, unless it is elsewhere or surely no page. It returns what
// is new and may be visited.
func (x *Explorer) candidate(u *weburl.URL, text string, depth int, how How) *candidate {
	if !u.IsHTTP() {
		return nil
	}
	away := bareHost(u) != x.host
	if away && !sameOwner(u, x.o.Home) {
		return nil
	}
	c := &candidate{id: x.identity(u), url: u, depth: depth, how: how, away: away}
	if _, known := x.links.known[c.id]; !known {
		if why := sureTrap(u); why != "" {
			x.links.forget(c.id)
			x.skipped[why]++
			return nil
		}
		c.date = isDate(u)
		c.list, c.far = listOf(u)
	}
	if !x.links.add(c, text) || away {
		return nil
	}
	return c
}

package site

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// How says how a page was come by.
type How string

// Ways to come by a page.
const (
	HowHome    How = "home"
	HowSitemap How = "sitemap"
	HowLink    How = "link"
	HowAdded   How = "declared" // the caller added it
)

// Visited is a page of the site, or why there is none.
type Visited struct {
	URL        *weburl.URL // as asked
	Final      *weburl.URL // where the visit ended; nil when it did not begin
	Page       *page.Page  // nil when Problem is set
	Problem    *record.Reason
	Status     int  // of the last answer
	Confirmed  bool // an error status that a second visit met again
	Retryable  bool
	RetryAfter time.Duration
	Bytes      int64
	Depth      int // links away from where the search began
	How        How
	Evidence   []string // SHA-256 of kept bodies
	Bodies     []string // SHA-256 of what was read
}

// Options is what an Explorer is made of. Home, Load and Now are required; without File
// sitemaps are not read.
type Options struct {
	Home *weburl.URL
	// Load visits a page: politely, within the address policy, and parsed.
	Load func(ctx context.Context, u *weburl.URL) Visited
	// File reads a sitemap, still packed if it is.
	File func(ctx context.Context, u *weburl.URL) ([]byte, *record.Reason)
	// Sitemaps are the sitemaps that the robots.txt of u's host names.
	Sitemaps func(ctx context.Context, u *weburl.URL) []string
	Now      func() time.Time
	// Tracking are names of query parameters that say nothing about a page.
	Tracking []string

	Pages int           // pages visited in all
	Depth int           // links away from the home page
	Time  time.Duration // from the first visit on
	Bytes int64         // of all pages
}

const (
	// idlePages is how many pages are visited that nothing promises anything of: enough to
	// find the menu of a site whose home page is a picture.
	idlePages = 12
	// maxCandidates bounds the addresses known and not visited.
	maxCandidates = 20_000
)

// Explorer explores one website. See the package comment.
type Explorer struct {
	o       Options
	host    string // without www.
	started time.Time
	bytes   int64
	idle    int // pages visited without promise
	mapped  bool

	home    *Visited
	pages   []Visited
	known   map[string]bool // addresses that are candidates, were visited or skipped
	texts   map[[sha256.Size]byte]bool
	waiting []candidate
	queries map[string]int // distinct queries met, by path
	skipped map[string]int
}

// candidate is a known address that was not visited.
type candidate struct {
	url   *weburl.URL
	text  string
	depth int
	how   How
	order int
}

// Survey is what an exploration came to.
type Survey struct {
	// Pages are all pages visited so far, in the order of visits.
	Pages []Visited
	// Problem says why the site could not be explored; nil when it could.
	Problem *record.Reason
	// Stopped names the bound that ended it while promising links were left: StoppedPages,
	// StoppedTime or StoppedBytes. "" when none was left, or enough was seen.
	Stopped string
	Left    int            // promising links that were not followed
	Skipped map[string]int // links that a trap's rule left out
}

// Bounds that end an exploration.
const (
	StoppedPages = "pages"
	StoppedTime  = "time"
	StoppedBytes = "bytes"
)

// New makes an explorer. Bounds that are zero are those of package config.
func New(o Options) *Explorer {
	if o.Pages == 0 {
		o.Pages = config.MaxSitePages
	}
	if o.Depth == 0 {
		o.Depth = config.MaxSiteDepth
	}
	if o.Time == 0 {
		o.Time = config.MaxSiteTime
	}
	if o.Bytes == 0 {
		o.Bytes = config.MaxSiteBytes
	}
	return &Explorer{
		o: o, host: bareHost(o.Home), started: o.Now(),
		known: map[string]bool{}, texts: map[[sha256.Size]byte]bool{}, queries: map[string]int{}, skipped: map[string]int{},
	}
}

// bareHost is the host that a site is known by, with or without www.
func bareHost(u *weburl.URL) string { return strings.TrimPrefix(u.Host(), "www.") }

// Home visits the home page, once, and returns what came of it. Where it redirects to
// another host of the same name's owner is the website, because that is what its owner
// calls it.
func (x *Explorer) Home(ctx context.Context) *Visited {
	if x.home != nil {
		return x.home
	}
	v := x.o.Load(ctx, x.o.Home)
	v.How = HowHome
	if ctx.Err() != nil {
		return &v // says nothing about the site
	}
	if v.Final != nil && v.Page != nil && sameOwner(v.Final, x.o.Home) {
		x.host = bareHost(v.Final)
	}
	x.home = &v
	x.add(v)
	return x.home
}

// Add takes a page that the caller has visited: its links count, too, and it is not
// visited again. It is no page of the surveys.
func (x *Explorer) Add(v Visited) {
	id := x.identity(v.URL)
	if x.known["added "+id] {
		return
	}
	x.known["added "+id], x.known[id] = true, true
	v.How = HowAdded
	x.bytes += v.Bytes
	x.follow(&v)
}

// add takes a page that was visited.
func (x *Explorer) add(v Visited) {
	x.known[x.identity(v.URL)] = true
	x.bytes += v.Bytes
	if v.Page != nil {
		if v.Final != nil {
			x.known[x.identity(v.Final)] = true
		}
		sum := sha256.Sum256([]byte(v.Page.Title + "\n" + v.Page.Text))
		if x.texts[sum] && v.How != HowHome {
			x.skipped[SkippedDuplicate]++
			return
		}
		x.texts[sum] = true
		x.follow(&v)
	}
	x.pages = append(x.pages, v)
}

// follow takes a page's links as candidates.
func (x *Explorer) follow(v *Visited) {
	if v.Page == nil || v.Depth >= x.o.Depth {
		return
	}
	for i := range v.Page.Links {
		l := &v.Page.Links[i]
		switch l.Kind {
		case page.LinkA, page.LinkArea, page.LinkIframe, page.LinkFrame, page.LinkMetaRefresh, page.LinkHandler, page.LinkScript, page.LinkData:
			if l.URL != nil {
				x.candidate(l.URL, l.Text, v.Depth+1, HowLink)
			}
		case page.LinkForm, page.LinkFormAction, page.LinkObject, page.LinkEmbed, page.LinkSVG, page.LinkBase, page.LinkCite, page.LinkPing,
			page.LoadImage, page.LoadScript, page.LoadStyle, page.LoadMedia, page.LoadCSS, page.LinkRel:
		}
	}
}

// candidate takes an address, unless it is known, elsewhere or a trap.
func (x *Explorer) candidate(u *weburl.URL, text string, depth int, how How) {
	if !u.IsHTTP() || bareHost(u) != x.host {
		return
	}
	id := x.identity(u)
	if x.known[id] {
		return
	}
	if len(x.waiting) >= maxCandidates {
		x.skipped[SkippedMany]++
		return
	}
	x.known[id] = true
	if why := x.trap(u); why != "" {
		x.skipped[why]++
		return
	}
	x.waiting = append(x.waiting, candidate{url: u, text: text, depth: depth, how: how, order: len(x.known)})
}

// Explore visits pages in order of promise until enough says so, nothing is left or a
// bound is reached. It may be called again, with other functions: it goes on from what is
// known. When ctx ends the survey is of no meaning.
func (x *Explorer) Explore(ctx context.Context, promise func(u *weburl.URL, text string) int, enough func([]Visited) bool) Survey {
	s := Survey{Skipped: x.skipped}
	home := x.Home(ctx)
	switch {
	case ctx.Err() != nil:
		return s
	case home.Problem != nil && len(x.waiting) == 0:
		s.Pages, s.Problem = x.pages, home.Problem
		return s
	}
	x.readSitemaps(ctx)
	for ctx.Err() == nil && !enough(x.pages) {
		next, worth := x.next(promise)
		if next < 0 {
			break
		}
		if s.Stopped = x.bound(); s.Stopped != "" {
			break
		}
		if worth <= 0 {
			if x.idle++; x.idle > idlePages {
				break
			}
		}
		c := x.waiting[next]
		x.waiting = slices.Delete(x.waiting, next, next+1)
		v := x.o.Load(ctx, c.url)
		if ctx.Err() != nil {
			return s
		}
		v.Depth, v.How = c.depth, c.how
		x.add(v)
	}
	s.Pages = x.pages
	for i := range x.waiting {
		if promise(x.waiting[i].url, x.waiting[i].text) > 0 {
			s.Left++
		}
	}
	if s.Left == 0 || enough(x.pages) {
		s.Stopped, s.Left = "", 0
	}
	if len(x.pages) == 1 && home.Page != nil && home.Page.Shell.Is {
		s.Problem = shellProblem(home.Page)
	}
	return s
}

// next is the candidate to visit next and its promise; -1 when there is none.
func (x *Explorer) next(promise func(u *weburl.URL, text string) int) (at, worth int) {
	at = -1
	for i := range x.waiting {
		c := &x.waiting[i]
		p := promise(c.url, c.text)
		if p < 0 {
			continue
		}
		if at < 0 || p > worth || (p == worth && before(c, &x.waiting[at])) {
			at, worth = i, p
		}
	}
	return at, worth
}

// before orders candidates of the same promise. Links on pages come before sitemap
// entries, which have no words to go by.
func before(a, b *candidate) bool {
	if a.how != b.how {
		return a.how == HowLink
	}
	if a.depth != b.depth {
		return a.depth < b.depth
	}
	return a.order < b.order
}

// bound names the bound that forbids another visit, "" when none does.
func (x *Explorer) bound() string {
	switch {
	case len(x.pages) >= x.o.Pages:
		return StoppedPages
	case x.bytes >= x.o.Bytes:
		return StoppedBytes
	case x.o.Now().Sub(x.started) >= x.o.Time:
		return StoppedTime
	}
	return ""
}

func shellProblem(p *page.Page) *record.Reason {
	return &record.Reason{Code: record.ReasonShell, Text: record.Text{
		ZH: "官网内容由脚本生成，静态内容中看不到：" + p.Shell.Reason,
		EN: "the site shows its content only after JavaScript: " + p.Shell.Reason,
	}}
}

package site

import (
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
)

// Options is what an Explorer is made of. Home, Load and Now are required; without File
// sitemaps are not read.
type Options struct {
	Home *weburl.URL
	// Load visits a page: politely, within the address policy, and parsed. A problem
	// job_failed says that no visit could be made; it ends the search and is not kept.
	Load func(ctx context.Context, u *weburl.URL) Visited
	// File reads a sitemap, still packed if it is.
	File func(ctx context.Context, u *weburl.URL) ([]byte, *record.Reason)
	// Sitemaps are the sitemaps that the robots.txt of u's host names.
	Sitemaps func(ctx context.Context, u *weburl.URL) []string
	Now      func() time.Time
	// Tracking are names of query parameters that say nothing about a page.
	Tracking []string

	Pages int           // pages visited in all, failures and duplicates included
	Depth int           // links away from the home page
	Time  time.Duration // spent in Load and File
	Bytes int64         // of all pages
}

// Promises that are more than a place in the order. The scale is that of the caller's
// function: below 0 never, 0 nothing, 1 where products are listed.
const (
	named = 2 // names the product: traps that are only likely do not hold
	exact = 3 // the product itself: worth a visit before sitemaps are read
)

// idlePages is how many pages are visited that nothing promises anything of: enough to
// find the menu of a site whose home page is a picture.
const idlePages = 12

// ownPages is how many pages that promise the product itself each search may visit when
// those before it have used up Options.Pages: a product that is one link away is not
// missed because the site lacks another one.
const ownPages = 3

// Explorer explores one website. See the package comment.
type Explorer struct {
	o      Options
	host   string // without www.
	spent  time.Duration
	bytes  int64
	visits int
	idle   int // of the visits, those without promise
	mapped bool

	home   *Visited
	pages  []Visited
	texts  map[[sha256.Size]byte]bool // of pages that were visited
	links  frontier
	barren map[string]bool // lists whose page visited last brought nothing new
	// queries are those visited of each path; the pages of one list count as one.
	queries map[string]map[string]bool
	// skipped is Survey.Skipped.
	skipped map[string]int
}

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
		o: o, host: bareHost(o.Home), texts: map[[sha256.Size]byte]bool{}, links: newFrontier(),
		barren: map[string]bool{}, queries: map[string]map[string]bool{}, skipped: map[string]int{},
	}
}

// bareHost is the host that a site is known by, with or without www.
func bareHost(u *weburl.URL) string { return strings.TrimPrefix(u.Host(), "www.") }

// sameOwner reports whether two addresses belong to one registrable domain.
func sameOwner(a, b *weburl.URL) bool {
	return weburl.RegistrableDomain(a.Host()) == weburl.RegistrableDomain(b.Host())
}

// Home visits the home page, once, and returns what came of it. Where it redirects to
// another host of the same registrable domain, that one is the website, because that is
// what its owner calls it.
func (x *Explorer) Home(ctx context.Context) *Visited {
	if x.home != nil {
		return x.home
	}
	v := x.load(ctx, x.o.Home)
	v.How = HowHome
	if ctx.Err() != nil || handedOn(&v) {
		return &v // says nothing about the site
	}
	if v.Final != nil && v.Page != nil && sameOwner(v.Final, x.o.Home) {
		x.host = bareHost(v.Final)
	}
	x.home = &v
	x.keep(v)
	return x.home
}

// Add takes a page that the caller has visited: it is one of the site's pages, its links
// count, too, and it is not visited again. Neither does it count against the bounds.
func (x *Explorer) Add(v Visited) {
	if v.URL == nil || x.links.added[x.identity(v.URL)] || handedOn(&v) {
		return
	}
	x.links.added[x.identity(v.URL)] = true
	if x.links.isDone(x.identity(v.URL)) {
		return // found by itself before
	}
	v.How = HowLink
	x.keep(v)
}

// handedOn reports whether a visit was not made for a reason of ours.
func handedOn(v *Visited) bool { return v.Problem != nil && v.Problem.Code == record.ReasonJobFailed }

// load visits a page and counts what it cost.
func (x *Explorer) load(ctx context.Context, u *weburl.URL) Visited {
	before := x.o.Now()
	v := x.o.Load(ctx, u)
	x.spent += x.o.Now().Sub(before)
	if v.URL == nil {
		v.URL = u
	}
	if !handedOn(&v) {
		x.visits++
		x.bytes += v.Bytes
	}
	return v
}

// keep takes a page that was visited.
func (x *Explorer) keep(v Visited) {
	x.links.done(x.identity(v.URL))
	if v.Page == nil {
		x.pages = append(x.pages, v)
		return
	}
	if v.Final != nil {
		final := x.identity(v.Final)
		switch {
		case v.How == HowHome:
		case final != x.identity(v.URL) && x.links.isDone(final):
			x.skipped[SkippedDuplicate]++
			return
		case !sameOwner(v.Final, x.o.Home) && bareHost(v.Final) != x.host:
			x.skipped[SkippedElsewhere]++ // a page of somebody else's
			return
		}
		x.links.done(final)
	}
	sum := sha256.Sum256([]byte(v.Page.Title + "\n" + v.Page.Text))
	if x.texts[sum] && v.How != HowHome && !v.Page.Shell.Is { // shells all look the same
		x.skipped[SkippedDuplicate]++
		return
	}
	x.texts[sum] = true
	x.follow(&v)
	x.pages = append(x.pages, v)
}

// Explore visits pages in order of promise until enough says so, nothing is left or a
// bound is reached. It may be called again, with other functions: it goes on from what is
// known. When ctx ends the survey is of no meaning.
//
// promise says how much the words of a link (empty for what a sitemap lists) and its
// address promise: below 0 that it is not to be followed, 0 nothing, 1 a place where
// products are listed, 2 that it names the product, 3 that it is the product's.
func (x *Explorer) Explore(ctx context.Context, promise func(u *weburl.URL, text string) int, enough func([]Visited) bool) Survey {
	home := x.Home(ctx)
	if ctx.Err() != nil {
		return Survey{}
	}
	if handedOn(home) {
		return Survey{Problem: home.Problem}
	}
	x.links.aim(promise)
	s := Survey{}
	done, failed, own := enough(x.pages), (*record.Reason)(nil), 0
	for !done && ctx.Err() == nil {
		c := x.next()
		if !x.mapped && home.Page != nil && (c == nil || c.worth < exact) {
			x.readSitemaps(ctx)
			continue
		}
		if c == nil {
			break
		}
		s.Stopped = x.bound()
		if s.Stopped == StoppedPages && c.worth >= exact && own < ownPages {
			s.Stopped = ""
			own++
		}
		if s.Stopped != "" {
			break
		}
		if c.worth <= 0 && !c.mute() {
			x.idle++
		}
		v := x.load(ctx, c.url)
		if ctx.Err() != nil {
			return Survey{}
		}
		if handedOn(&v) {
			failed = v.Problem
			break
		}
		x.took(c)
		v.Depth, v.How, v.Text = c.depth, c.how, c.text
		x.keep(v)
		done = enough(x.pages)
	}
	s.Pages, s.Skipped = slices.Clip(x.pages), maps.Clone(x.skipped)
	if done {
		s.Stopped = ""
		return s
	}
	x.left(&s)
	if s.Problem = x.problem(); failed != nil {
		s.Problem = failed
	}
	return s
}

// mute reports whether a link of a page says nothing of where it leads, as a picture
// without words: no reason to follow it, and none to leave it out.
func (c *candidate) mute() bool { return c.worth == 0 && c.how == HowLink && len(c.texts) == 0 }

// next is the candidate that promises most among those that may be visited, nil when
// there is none. Those that a trap's rule leaves out are set aside.
func (x *Explorer) next() *candidate {
	var best *candidate
	for _, c := range x.links.waiting {
		if c.worth < 0 || c.away || c.depth > x.o.Depth || best != nil && !before(c, best) {
			continue
		}
		if c.worth == 0 && x.idle >= idlePages && !c.mute() {
			continue
		}
		if why := x.likelyTrap(c); why != "" {
			x.leaveOut(c, why)
			continue
		}
		best = c
	}
	return best
}

// leaveOut sets a candidate aside, until a search comes whose product it names.
func (x *Explorer) leaveOut(c *candidate, why string) {
	c.worth = never
	if !c.counted {
		c.counted = true
		x.skipped[why]++
	}
}

// took notes that a candidate is visited.
func (x *Explorer) took(c *candidate) {
	x.links.done(c.id)
	if c.url.RawQuery() == "" {
		return
	}
	path := c.url.Path()
	if x.queries[path] == nil {
		x.queries[path] = map[string]bool{}
	}
	x.queries[path][c.query()] = true
}

// left fills in which promising links were not followed, and why.
func (x *Explorer) left(s *Survey) {
	hosts := 0
	for _, c := range x.links.waiting {
		switch {
		case c.away && c.worth >= named:
			hosts++
		case c.away, c.worth < 0, c.worth == 0 && (!c.mute() || c.depth > x.o.Depth):
		default:
			if why := x.likelyTrap(c); why != "" {
				x.leaveOut(c, why)
				continue
			}
			s.Left++
		}
	}
	switch {
	case s.Left > 0 && s.Stopped != "":
	case s.Left > 0:
		s.Stopped = StoppedDepth
	case hosts > 0:
		s.Stopped = StoppedHosts
	case x.links.dropped > 0:
		s.Stopped = StoppedMany
	default:
		s.Stopped = ""
	}
	if s.Left += hosts; s.Stopped == StoppedMany {
		s.Left += x.links.dropped
	}
	s.Skipped = maps.Clone(x.skipped)
}

// problem says why what was seen is not what a visitor sees, nil when it is.
func (x *Explorer) problem() *record.Reason {
	switch p := x.home.Page; {
	case x.home.Problem != nil:
		return x.home.Problem
	case p == nil:
		return nil
	case x.home.Final != nil && !sameOwner(x.home.Final, x.o.Home):
		return movedProblem(x.home.Final)
	case p.Shell.Is && !slices.ContainsFunc(x.pages, func(v Visited) bool { return v.Page != nil && !v.Page.Shell.Is }):
		return shellProblem(p)
	}
	return nil
}

// bound names the bound that forbids another visit, "" when none does.
func (x *Explorer) bound() string {
	switch {
	case x.bytes >= x.o.Bytes:
		return StoppedBytes
	case x.spent >= x.o.Time:
		return StoppedTime
	case x.visits >= x.o.Pages:
		return StoppedPages
	}
	return ""
}

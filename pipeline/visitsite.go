package pipeline

import (
	"context"
	"net/http"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/internal/weburl"
	"marketwarden/rules"
	"marketwarden/scanners/fetch"
	"marketwarden/scanners/site"
)

// hostLease is how long a host stays leased without being prolonged: longer than any
// one page takes.
const hostLease = 2 * time.Minute

// leaseWait is the wait before units come again that need a host which another job has:
// that one takes minutes.
const leaseWait = 5 * time.Second

// visitSite works on the units of one host of providers: declared product pages,
// websites, deliverables, one after the other.
func (e *Engine) visitSite(ctx context.Context, id jobID, a batchArgs) (ending, error) {
	units, err := store.OpenUnits(ctx, e.Store.Pool, a.Sweep, a.Batch)
	if err != nil || len(units) == 0 {
		return ending{}, err
	}
	h := &hostVisit{e: e, job: id, sites: map[string]*providerSite{}, had: map[string]bool{}}
	if host := units[0].Host; host != "" {
		ok, err := h.lease(ctx, host)
		if err != nil {
			return ending{}, err
		}
		if !ok {
			return ending{kind: store.UnitSite, left: units, wait: time.Second}, nil
		}
	}
	end, err := e.visitBatch(ctx, a, 1, config.MaxHostTime, h.visit)
	end.leased = true
	if h.refused {
		end.wait = leaseWait
	}
	return end, err
}

// hostVisit is one job's visit of one host. It is for one goroutine and lives as long as
// the job: what one unit has seen of a website the next one need not visit again.
type hostVisit struct {
	e       *Engine
	sw      *store.Sweep
	job     jobID
	had     map[string]bool          // hosts that were leased already
	lost    bool                     // a lease went to somebody else
	refused bool                     // … for any unit so far
	silent  *site.Visited            // a home page that was needed and does not answer
	sites   map[string]*providerSite // by canonical address of the home page
}

// lease takes or prolongs the lease of a host. The pacer of this process does not know
// when the job before asked the host last, perhaps on another machine: the first time, the
// pace is kept by waiting.
func (h *hostVisit) lease(ctx context.Context, host string) (bool, error) {
	ok, idle, err := h.e.Store.LeaseHost(ctx, host, h.job.id, h.job.attemptedAt, h.job.worker, hostLease)
	if err != nil || !ok || h.had[host] {
		return ok, err
	}
	h.had[host] = true
	pace := h.e.Config.Fetch.ProviderPace
	if pace <= 0 || idle < 0 {
		return true, nil
	}
	return true, sleep(ctx, time.Duration(float64(time.Second)/pace)-idle)
}

// hold prolongs the lease of the host before a visit and reports whether it is ours.
func (h *hostVisit) hold(ctx context.Context, u *weburl.URL) bool {
	if h.lost {
		return false
	}
	ok, err := h.lease(ctx, siteHost(u))
	h.lost = err != nil || !ok
	h.refused = h.refused || h.lost && ctx.Err() == nil // a worker that stops leaves no wait behind
	return !h.lost
}

// visit works on one unit.
func (h *hostVisit) visit(ctx context.Context, sw *store.Sweep, u *store.Unit) unitEnd {
	h.sw, h.lost, h.silent = sw, false, nil
	var end unitEnd
	switch u.Snapshot.Task {
	case taskDeliverable:
		end = h.visitDeliverable(ctx, u)
	case taskSite:
		end = h.visitHome(ctx, u)
	default:
		end = h.visitPage(ctx, u)
	}
	if ctx.Err() != nil || h.lost {
		return unitEnd{left: true} // we were stopped, or it is somebody else's now: says nothing about the site
	}
	return end
}

// visitPage visits a declared product page, searches the site for a better one where it
// does not present a listing, and judges the listings that declare it. For listings
// without page and website there is nothing to visit.
func (h *hostVisit) visitPage(ctx context.Context, u *store.Unit) unitEnd {
	j := store.Judged{Unit: *u}
	var declared *site.Visited
	for _, p := range u.Snapshot.Providers { // before anything is asked that would have to be asked again
		if home, err := weburl.Parse(p.SiteURL); err == nil && !h.hold(ctx, home) {
			return unitEnd{left: true}
		}
	}
	if address := u.Snapshot.Listings[0].ProductPageURL; address != "" {
		v := h.declared(ctx, address)
		if again := h.e.retry(u, v.Problem, v.Retryable, v.RetryAfter); again != nil {
			return *again
		}
		if declared = &v; v.Problem != nil {
			j.Failed = v.Problem.Code
		}
	}
	in := h.judgeListings(ctx, u, declared, &j)
	if v := h.silent; v != nil {
		if again := h.e.retry(u, v.Problem, v.Retryable, v.RetryAfter); again != nil {
			return *again
		}
	}
	j.InputHash = h.e.inputHash(u, in)
	return unitEnd{judged: j}
}

// visitHome visits the home page of a website, searches the site for the pages of the
// listings that declare none, and judges both.
func (h *hostVisit) visitHome(ctx context.Context, u *store.Unit) unitEnd {
	s := h.site(ctx, u.Snapshot.Providers[0].SiteURL)
	if s == nil { // the address on file is none: a visit of it says so
		s = &providerSite{}
		v := h.declared(ctx, u.Snapshot.Providers[0].SiteURL)
		s.home, s.seen = &v, rules.Seen{}.Next(h.e.observedAt(h.sw), v.Problem)
	}
	if again := h.e.retry(u, s.home.Problem, s.home.Retryable, s.home.RetryAfter); again != nil {
		return *again
	}
	j := store.Judged{Unit: *u}
	if s.home.Problem != nil {
		j.Failed = s.home.Problem.Code
	}
	j.Seen = observe(store.ObservedSite, s.key, &s.seen)
	for _, p := range u.Snapshot.Providers {
		f := h.e.facts(h.sw, p, market.Listing{})
		f.Seen, f.Evidence = &s.seen, s.home.Evidence
		j.Results = append(j.Results, h.e.Book.Judge(rules.ScopeSite, &f)...)
	}
	in := h.judgeListings(ctx, u, nil, &j)
	j.InputHash = h.e.inputHash(u, append(in, s.home.Bodies...))
	return unitEnd{judged: j}
}

// visitDeliverable looks whether the address where buyers get a listing answers.
func (h *hostVisit) visitDeliverable(ctx context.Context, u *store.Unit) unitEnd {
	address := u.Snapshot.Listings[0].DeliverableURL
	target, err := weburl.Parse(address)
	v := fetch.Visit{Problem: badAddress()}
	if err == nil && h.hold(ctx, target) {
		v = h.e.get(ctx, pageDeliverable, target, fetch.GetOptions{Before: h.e.waitTurn})
	}
	if v.Status == http.StatusUnauthorized { // it asks who we are: it answers
		v.Problem = nil
	}
	if again := h.e.retry(u, v.Problem, v.Retryable, v.RetryAfter); again != nil {
		return *again
	}
	got := loaded{}
	if v.Problem != nil && v.Final != nil {
		h.e.keep(&got, &v) // what answered instead; a deliverable that is there is not kept
	}
	seen, err := h.e.seen(ctx, h.sw, store.ObservedDeliverable, u.Key, v.Problem)
	if err != nil {
		return unitEnd{left: true}
	}
	j := store.Judged{Unit: *u, Seen: observe(store.ObservedDeliverable, u.Key, &seen), InputHash: h.e.inputHash(u, []string{string(seen.State)})}
	if v.Problem != nil && seen.State != rules.SeenAnswers {
		j.Failed = v.Problem.Code
	}
	for _, l := range u.Snapshot.Listings {
		f := h.e.facts(h.sw, u.Snapshot.Provider(l.ProviderID), l)
		f.Seen, f.Evidence = &seen, got.evidence
		j.Results = append(j.Results, h.e.Book.Judge(rules.ScopeDeliverable, &f)...)
	}
	return unitEnd{judged: j}
}

// judgeListings finds the page that presents each listing of a unit and judges it. It
// returns what was read.
func (h *hostVisit) judgeListings(ctx context.Context, u *store.Unit, declared *site.Visited, j *store.Judged) []string {
	var in []string
	for _, l := range u.Snapshot.Listings {
		provider := u.Snapshot.Provider(l.ProviderID)
		f := h.e.facts(h.sw, provider, l)
		in = append(in, h.look(ctx, &f, declared)...)
		rules.ChooseProductPage(&f)
		wanted := h.e.Book.Needs(rules.ScopeProductPage, &f)
		f.Probes = h.follow(ctx, wanted)
		for _, u := range wanted { // the answer rests on them, too
			led := "nowhere"
			if probe, ok := f.Probes[u.String()]; ok {
				led = probe.Final.String()
			}
			in = append(in, u.String()+" led to "+led)
		}
		j.Results = append(j.Results, h.e.Book.Judge(rules.ScopeProductPage, &f)...)
	}
	return in
}

// look gathers what is to be seen of a listing's page and sets f.Site and f.Seen. It
// returns what was read.
func (h *hostVisit) look(ctx context.Context, f *rules.Facts, declared *site.Visited) []string {
	f.Site = &rules.Site{Home: f.Provider.SiteURL}
	seek := rules.NewSeek(h.e.Profile, f.Listing)
	var in []string
	if declared != nil {
		f.Site.Pages = append(f.Site.Pages, sitePage(declared, rules.SiteDeclared))
		in = append(in, declared.Bodies...)
		if !seek.NeedsSearch(&f.Site.Pages[0]) {
			return in
		}
		if f.Site.Home == "" && declared.URL != nil { // the site is where the page should be
			f.Site.Home = rootOf(declared.URL)
		}
	}
	s := h.site(ctx, f.Site.Home)
	if s == nil {
		return in
	}
	f.Seen = &s.seen
	if s.seen.State == rules.SeenDown {
		h.silent, f.Site.Problem = s.home, s.home.Problem
		return append(in, string(s.seen.State))
	}
	if declared != nil && declared.URL != nil && siteHost(declared.URL) == siteHost(s.home.URL) {
		s.explorer.Add(*declared)
	}
	return append(in, h.search(ctx, f.Site, s, seek, declared)...)
}

// search searches a website for the page of one listing.
func (h *hostVisit) search(ctx context.Context, to *rules.Site, s *providerSite, seek *rules.Seek, declared *site.Visited) []string {
	first := to.Pages // the declared page stands before all others
	pagesOf := func(visited []site.Visited) []rules.SitePage {
		pages := append([]rules.SitePage{}, first...)
		for i := range visited {
			if v := &visited[i]; declared == nil || declared.URL == nil || v.URL.String() != declared.URL.String() {
				pages = append(pages, sitePage(v, rules.SiteHow(v.How)))
			}
		}
		return pages
	}
	survey := s.explorer.Explore(ctx,
		func(u *weburl.URL, text string) int { return int(seek.Promise(u, text)) },
		func(visited []site.Visited) bool {
			pages := pagesOf(visited)
			return seek.Enough(pages, to.Home, s.common(visited))
		})
	to.Pages = pagesOf(survey.Pages)
	to.Common = s.common(survey.Pages)
	to.Searched, to.Problem, to.Stopped, to.Left = true, survey.Problem, survey.Stopped, survey.Left
	var in []string
	for i := range survey.Pages {
		in = append(in, survey.Pages[i].Bodies...)
	}
	return in
}

// follow finds out where addresses lead. An address of another provider's host is asked
// once, at our pace for that host, without holding its lease: it is one request.
func (h *hostVisit) follow(ctx context.Context, addresses []*weburl.URL) map[string]rules.Probe {
	if len(addresses) == 0 {
		return nil
	}
	out := map[string]rules.Probe{}
	for _, u := range addresses {
		v := h.e.get(ctx, pageLink, u, fetch.GetOptions{Before: h.e.waitTurn})
		if v.Problem == nil || len(v.Hops) > 1 { // a redirect was followed, wherever it ended
			out[u.String()] = rules.Probe{Final: v.Final}
		}
	}
	return out
}

func sitePage(v *site.Visited, how rules.SiteHow) rules.SitePage {
	return rules.SitePage{
		URL: v.URL, Page: v.Page, Problem: v.Problem, How: how, Text: v.Text, Depth: v.Depth, Evidence: v.Evidence,
		Gone: v.Confirmed && (v.Status == http.StatusNotFound || v.Status == http.StatusGone),
	}
}

func badAddress() *record.Reason {
	return &record.Reason{Code: record.ReasonRefused, Text: record.Text{
		ZH: "登记的地址不是有效网址", EN: "the address on file is not a valid web address",
	}}
}

// rootOf is the address of the home page of u's host.
func rootOf(u *weburl.URL) string {
	root, err := u.Resolve("/")
	if err != nil {
		return ""
	}
	return root.String()
}

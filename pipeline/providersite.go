package pipeline

import (
	"context"
	"time"

	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/internal/weburl"
	"marketwarden/rules"
	"marketwarden/scanners/fetch"
	"marketwarden/scanners/page"
	"marketwarden/scanners/site"
)

// providerSite is one website as far as a job has seen it.
type providerSite struct {
	key      string // of its row of observations
	explorer *site.Explorer
	home     *site.Visited
	repeats  *page.Common // what repeats on the first counted pages of the explorer
	counted  int
	seen     rules.Seen // the row of observations of the home page, this visit included
}

// site is the website with that home page, visited when it is asked for first. Nil: the
// address is none, or the visit came to nothing because we have to stop.
func (h *hostVisit) site(ctx context.Context, home string) *providerSite {
	u, err := weburl.Parse(home)
	if err != nil {
		return nil
	}
	key := unitKey(h.e.Profile.Canonical(u))
	if s := h.sites[key]; s != nil {
		return s
	}
	s := &providerSite{key: key, explorer: site.New(site.Options{
		Home: u, Load: h.load, File: h.file, Sitemaps: h.sitemaps, Now: h.e.Now,
		Tracking: h.e.Profile.TrackingParams,
	})}
	s.home = s.explorer.Home(ctx)
	if ctx.Err() != nil || h.lost {
		return nil
	}
	if s.seen, err = h.e.seen(ctx, h.sw, store.ObservedSite, key, s.home.Problem); err != nil {
		h.e.Log.Error("read observations", "sweep", h.sw.ID, "host", u.Host(), "reason", s.home.Problem.Code, "error", err)
		h.lost = true // not known how often it failed: somebody else's turn
		return nil
	}
	h.sites[key] = s
	return s
}

// common is what repeats on the pages visited. It grows with them: each page is read for
// it once, however many listings are looked for.
func (s *providerSite) common(visited []site.Visited) *page.Common {
	if s.repeats == nil {
		s.repeats = &page.Common{}
	}
	for ; s.counted < len(visited); s.counted++ {
		if p := visited[s.counted].Page; p != nil {
			s.repeats.Add(p)
		}
	}
	return s.repeats
}

// declared visits an address on file.
func (h *hostVisit) declared(ctx context.Context, address string) site.Visited {
	u, err := weburl.Parse(address)
	if err != nil {
		return site.Visited{Problem: badAddress()}
	}
	return h.load(ctx, u)
}

// load visits a page of the host, unless the host went to somebody else.
func (h *hostVisit) load(ctx context.Context, u *weburl.URL) site.Visited {
	if !h.hold(ctx, u) {
		return site.Visited{URL: u, Final: u, Problem: handedOn()}
	}
	got := h.e.load(ctx, u, false)
	got.release()
	return site.Visited{
		URL: u, Final: got.final, Page: got.page, Problem: got.problem, Retryable: got.retryable, RetryAfter: got.retryAfter,
		Status: got.status, Confirmed: got.confirmed, Bytes: got.size, Evidence: got.evidence, Bodies: got.bodies,
	}
}

// file reads a sitemap.
func (h *hostVisit) file(ctx context.Context, u *weburl.URL) ([]byte, *record.Reason) {
	if !h.hold(ctx, u) {
		return nil, handedOn()
	}
	v := h.e.get(ctx, pageSitemap, u, fetch.GetOptions{Before: h.e.waitTurn, AnyType: true})
	return v.Raw, v.Problem
}

// sitemaps are the sitemaps that the robots.txt of u's host names.
func (h *hostVisit) sitemaps(ctx context.Context, u *weburl.URL) []string {
	return h.e.Fetch.Sitemaps(ctx, u, fetch.GetOptions{Before: h.e.waitTurn})
}

func handedOn() *record.Reason {
	return &record.Reason{Code: record.ReasonJobFailed, Text: record.Text{
		ZH: "该网站正由另一任务访问", EN: "the site is being visited by another job",
	}}
}

// retry puts a unit off whose visit may go better later, nil when it is to be judged.
func (e *Engine) retry(u *store.Unit, problem *record.Reason, retryable bool, after time.Duration) *unitEnd {
	if problem == nil || !retryable || u.Attempts+1 >= e.Config.Sweep.Attempts {
		return nil
	}
	wait := max(e.Config.Sweep.RetryWait<<min(u.Attempts, 16), after)
	return &unitEnd{failed: &failedUnit{unit: *u, reason: problem.Code, wait: wait}}
}

// observedAt is when a visit of a sweep counts as made: as long after the moment judged
// as it is after the sweep's beginning.
func (e *Engine) observedAt(sw *store.Sweep) time.Time { return sw.AsOf.Add(e.Now().Sub(sw.Started)) }

// seen is the row of observations of an address after a visit that ended with problem.
func (e *Engine) seen(ctx context.Context, sw *store.Sweep, kind, key string, problem *record.Reason) (rules.Seen, error) {
	at := e.observedAt(sw)
	if problem == nil {
		return rules.Seen{}.Next(at, nil), nil
	}
	o, err := e.Store.Observation(ctx, kind, key)
	if err != nil {
		return rules.Seen{}, err
	}
	before := rules.Seen{State: rules.SeenState(o.State), Since: o.Since, Last: o.Last, Nights: o.Nights}
	return before.Next(at, problem), nil
}

// observe is what the store keeps of a row: nothing where a visit said nothing.
func observe(kind, key string, s *rules.Seen) []store.Observation {
	o := store.Observation{Kind: kind, Key: key}
	switch s.State {
	case rules.SeenUnknown:
		return nil
	case rules.SeenDown, rules.SeenForbidden:
		o.State, o.Since, o.Last, o.Nights = string(s.State), s.Since, s.Last, s.Nights
	case rules.SeenAnswers:
	}
	return []store.Observation{o}
}

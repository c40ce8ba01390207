package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/sourcegraph/conc/panics"
	"github.com/sourcegraph/conc/pool"

	"marketwarden/internal/config"
	"marketwarden/internal/evidence"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/internal/weburl"
	"marketwarden/rules"
	"marketwarden/scanners/fetch"
	"marketwarden/scanners/page"
)

// visitListings visits the listing pages of a batch, several at once, and judges them.
func (e *Engine) visitListings(ctx context.Context, _ jobID, a batchArgs) (ending, error) {
	return e.visitBatch(ctx, a, e.Config.Sweep.Pages, config.MaxBatchTime, e.visitListing)
}

// unitEnd is what became of one unit in a batch: judged, failed for now, or left.
type unitEnd struct {
	judged store.Judged
	failed *failedUnit
	left   bool
}

// visitBatch works on the open units of a batch, atOnce at a time, until they are done,
// the time is over or the worker is told to stop. What was not begun is handed back.
func (e *Engine) visitBatch(ctx context.Context, a batchArgs, atOnce int, limit time.Duration,
	visit func(context.Context, *store.Sweep, *store.Unit) unitEnd,
) (ending, error) {
	sw, err := e.Store.SweepByID(ctx, a.Sweep)
	if err != nil {
		return ending{}, err
	}
	units, err := store.OpenUnits(ctx, e.Store.Pool, a.Sweep, a.Batch)
	if err != nil || len(units) == 0 {
		return ending{sweep: &sw}, err
	}
	end := ending{sweep: &sw, kind: units[0].Kind}
	switch {
	case sw.State != store.SweepRunning:
		return end, nil
	case !e.fits(&sw):
		return handBack(), nil
	}
	ends := make([]unitEnd, len(units))
	deadline := e.Now().Add(limit)
	p := pool.New().WithMaxGoroutines(atOnce)
	for i := range units {
		p.Go(func() {
			if ctx.Err() != nil || (i > 0 && e.Now().After(deadline)) || i >= config.MaxHostPages {
				ends[i] = unitEnd{left: true}
				return
			}
			began := e.Now()
			r := panics.Try(func() { ends[i] = visit(ctx, &sw, &units[i]) })
			e.visited(ctx, &units[i], &ends[i], e.Now().Sub(began))
			if r != nil {
				e.Log.Error("page broke the judge", "sweep", sw.ID, "unit", weburl.Elide(units[i].Key), "kind", units[i].Kind, "panic", r.Value, "stack", string(r.Stack))
				ends[i] = unitEnd{judged: store.Judged{Unit: units[i], Failed: record.ReasonBroken, Results: e.unjudged(&sw, &units[i], brokenReason())}}
			}
		})
	}
	p.Wait()
	for i := range ends {
		switch {
		case ends[i].left:
			end.left = append(end.left, units[i])
		case ends[i].failed != nil:
			end.failed = append(end.failed, *ends[i].failed)
		default:
			end.judged = append(end.judged, ends[i].judged)
		}
	}
	return end, nil
}

func brokenReason() record.Reason {
	return record.Reason{Code: record.ReasonBroken, Text: record.Text{
		ZH: "该页面使检查程序出错", EN: "the page broke the program that checks it",
	}}
}

// visitListing visits a listing's page and judges it.
func (e *Engine) visitListing(ctx context.Context, sw *store.Sweep, u *store.Unit) unitEnd {
	l := u.Snapshot.Listings[0]
	got := loaded{problem: badAddress()}
	if target, err := weburl.Parse(l.DetailURL); err == nil {
		got = e.load(ctx, target, true)
	}
	defer got.release()
	if ctx.Err() != nil {
		return unitEnd{left: true} // we were stopped: says nothing about the page
	}
	if again := e.retry(u, got.problem, got.retryable, got.retryAfter); again != nil {
		return *again
	}
	seen, err := e.seen(ctx, sw, store.ObservedListing, u.Key, got.problem)
	if err != nil {
		return unitEnd{left: true}
	}
	j := store.Judged{
		Unit: *u, InputHash: e.inputHash(u, append(got.bodies, string(seen.State))), Seen: observe(store.ObservedListing, u.Key, &seen),
	}
	if got.problem != nil {
		j.Failed = got.problem.Code
	}
	f := e.facts(sw, u.Snapshot.Provider(l.ProviderID), l)
	f.Page, f.PageProblem, f.Evidence, f.Seen = got.page, got.problem, got.evidence, &seen
	j.Results = e.Book.Judge(rules.ScopeListingPage, &f)
	return unitEnd{judged: j}
}

// unjudged answers for a unit that could not be judged at all.
func (e *Engine) unjudged(sw *store.Sweep, u *store.Unit, why record.Reason) []record.Result {
	var out []record.Result
	scope := map[string]rules.Scope{
		store.UnitListing: rules.ScopeListingPage, store.UnitSite: rules.ScopeProductPage, store.UnitAccount: rules.ScopeOrders,
	}[u.Kind]
	if u.Snapshot.Task == taskDeliverable {
		scope = rules.ScopeDeliverable
	}
	for _, l := range u.Snapshot.Listings {
		f := e.facts(sw, u.Snapshot.Provider(l.ProviderID), l)
		out = append(out, e.Book.Unjudged(scope, &f, why)...)
		if u.Kind == store.UnitAccount {
			out = append(out, e.Book.Unjudged(rules.ScopeFeeds, &f, why)...)
		}
	}
	for _, p := range u.Snapshot.Providers {
		f := e.facts(sw, p, market.Listing{})
		switch {
		case u.Snapshot.Task == taskSite:
			out = append(out, e.Book.Unjudged(rules.ScopeSite, &f, why)...)
		case u.Kind == store.UnitAccount:
			for _, year := range judgedYears(sw) {
				for _, r := range e.Book.Unjudged(rules.ScopeDeployment, &f, why) {
					r.Variant = strconv.Itoa(year)
					out = append(out, r)
				}
			}
		}
	}
	return out
}

// loaded is a page as far as it could be had.
type loaded struct {
	page       *page.Page
	final      *weburl.URL    // where the visit ended
	problem    *record.Reason // why there is no page to judge
	retryable  bool
	retryAfter time.Duration
	status     int  // of the last answer
	confirmed  bool // an error status that a second visit met again
	size       int64
	bodies     []string // SHA-256 of what was read, the page's first
	evidence   []string // … and of what of it was kept
	place      *place   // see Engine.parse; nil without a page
}

// release gives back the place that the page was parsed in, if it has one.
func (l *loaded) release() {
	if l.place != nil {
		l.place.free()
	}
}

// load fetches a page with its description frames, keeps the bodies and extracts it. The
// caller releases what it returns, after judging if it judges at once.
func (e *Engine) load(ctx context.Context, u *weburl.URL, listing bool) loaded {
	kind := pageSite
	if listing {
		kind = pageListing
	}
	v := e.get(ctx, kind, u, fetch.GetOptions{Before: e.waitTurn})
	got := loaded{final: v.Final, status: v.Status, confirmed: v.Confirmed, size: int64(len(v.Raw)), problem: v.Problem, retryable: v.Retryable, retryAfter: v.RetryAfter}
	e.keep(&got, &v)
	if v.Problem != nil {
		return got
	}
	o := page.Options{URL: v.Final}
	if listing {
		o.Profile, o.Matcher, o.AsListing = e.Profile, e.matcher, true
	}
	got.page, got.place = e.parse(v.Body, o)
	wanted := got.page.FramesWanted()
	if len(wanted) == 0 {
		return got
	}
	got.release()
	o.Frames = make(map[string][]byte, len(wanted))
	for _, fu := range wanted {
		fv := e.get(ctx, pageFrame, fu, fetch.GetOptions{Before: e.waitTurn})
		if fv.Problem != nil {
			// Without the description the page cannot be called clean.
			got.page, got.place, got.problem, got.retryable, got.retryAfter = nil, nil, fv.Problem, fv.Retryable, fv.RetryAfter
			return got
		}
		e.keep(&got, &fv)
		o.Frames[fu.String()] = fv.Body
	}
	got.page, got.place = e.parse(v.Body, o)
	return got
}

// get visits an address and counts it, unless we were told to stop meanwhile.
func (e *Engine) get(ctx context.Context, kind string, u *weburl.URL, o fetch.GetOptions) fetch.Visit {
	v := e.Fetch.Get(ctx, u, o)
	if ctx.Err() == nil {
		e.Metrics.page(kind, v.Problem)
	}
	return v
}

// keep notes what was read and stores it, unless there was no body or evidence is not
// kept. A full disk must not end the night: it is logged, and the finding has no
// evidence.
func (e *Engine) keep(got *loaded, v *fetch.Visit) {
	if len(v.Raw) == 0 {
		return
	}
	sum := sha256.Sum256(v.Raw)
	got.bodies = append(got.bodies, hex.EncodeToString(sum[:]))
	if e.Evidence == nil {
		return
	}
	item := evidence.Item{
		URL: v.URL.String(), Final: v.Final.String(), Status: v.Status, Header: v.Header,
		FetchedAt: v.FetchedAt, Charset: v.Charset, Truncated: v.Truncated, Body: v.Raw,
	}
	for _, h := range v.Hops {
		item.Hops = append(item.Hops, evidence.Hop{URL: h.URL.String(), Status: h.Status, Location: h.Location, IP: h.IP})
	}
	sha, err := e.Evidence.Put(item)
	if err != nil {
		e.Log.Error("keep evidence", "host", v.Final.Host(), "path", v.Final.Path(), "error", err)
		return
	}
	got.evidence = append(got.evidence, sha)
}

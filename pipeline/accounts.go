package pipeline

import (
	"context"
	"slices"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/rules"
)

// feedOrders is the feed that account rules rest on.
const feedOrders = "orders"

// The months of clause 18(14): after how many a listing is at risk and delisted.
const (
	atRiskMonths = 2
	delistMonths = 3
)

// judgeAccounts judges what the feeds tell of the providers of a range: the orders of
// each listing, what else is on file of it, and each provider's deployed items in the year
// just closed and in the running one.
func (e *Engine) judgeAccounts(ctx context.Context, _ jobID, a batchArgs) (ending, error) {
	sw, err := e.Store.SweepByID(ctx, a.Sweep)
	if err != nil {
		return ending{}, err
	}
	units, err := store.OpenUnits(ctx, e.Store.Pool, a.Sweep, a.Batch)
	if err != nil {
		return ending{}, err
	}
	end := ending{sweep: &sw, kind: store.UnitAccount}
	switch {
	case sw.State != store.SweepRunning:
		return end, nil
	case !e.fits(&sw):
		return handBack(), nil
	}
	feed, err := e.orderFeed(ctx)
	if err != nil {
		return ending{}, err
	}
	for i := range units {
		j := store.Judged{Unit: units[i], InputHash: e.inputHash(&units[i], nil)}
		if err := e.judgeOrders(ctx, &sw, feed, &units[i], &j); err != nil {
			return ending{}, err
		}
		if err := e.judgeFeeds(ctx, &sw, &units[i], &j); err != nil {
			return ending{}, err
		}
		if err := e.judgeDeployment(ctx, &sw, feed, &units[i], &j); err != nil {
			return ending{}, err
		}
		end.judged = append(end.judged, j)
	}
	return end, nil
}

// orderFeed is what is known of the order feed as a whole.
type orderFeed struct {
	missing bool // no file of orders was ever imported
	covered []market.Range
}

func (e *Engine) orderFeed(ctx context.Context) (orderFeed, error) {
	has, err := e.Store.HasFeed(ctx, feedOrders)
	if err != nil {
		return orderFeed{}, err
	}
	covered, err := e.Store.Coverage(ctx, feedOrders)
	return orderFeed{missing: !has, covered: covered}, err
}

// judgeOrders judges each listing's orders.
func (e *Engine) judgeOrders(ctx context.Context, sw *store.Sweep, feed orderFeed, u *store.Unit, j *store.Judged) error {
	asOf := judgedDay(sw.AsOf.In(market.Shanghai), feed.covered)
	three, to := rules.OrderWindow(asOf, delistMonths)
	two, _ := rules.OrderWindow(asOf, atRiskMonths)
	ids := make([]string, len(u.Snapshot.Listings))
	for i := range u.Snapshot.Listings {
		ids[i] = u.Snapshot.Listings[i].ID
	}
	counts, err := e.Store.OrderCounts(ctx, ids, market.OrderWindow{From3: three, From2: two, To: to})
	if err != nil {
		return err
	}
	for _, l := range u.Snapshot.Listings {
		n := counts[l.ID]
		f := e.facts(sw, u.Snapshot.Provider(l.ProviderID), l)
		f.AsOf = asOf
		f.Orders = &rules.OrderFacts{
			FeedMissing: feed.missing, Covered: market.Covers(feed.covered, three, to), CoveredTwo: market.Covers(feed.covered, two, to),
			Count: n.Count, CountTwo: n.CountTwo, LastPaid: n.LastPaid,
		}
		results := e.Book.Judge(rules.ScopeOrders, &f)
		j.Results = append(j.Results, results...)
		for i := range results {
			j.Accounts = append(j.Accounts, store.AccountFact{
				Kind: store.AccountOrders, Subject: results[i].Subject, Name: l.Title,
				Outcome: results[i].Outcome, Reason: outcomeText(&results[i]), Facts: orderFigures(&l, n.LastPaid, asOf),
			})
		}
	}
	return nil
}

// maxMonths is where counting the months without an order ends.
const maxMonths = 120

// judgedDay is the moment that orders are judged at. A night judges a day that has just
// begun, and no feed can cover it; where the feed ends with the day before, that day is
// judged, with a window of its own that is covered in full. So nothing is accused by a
// day that nobody has seen.
func judgedDay(asOf time.Time, covered []market.Range) time.Time {
	from, to := rules.OrderWindow(asOf, 0)
	if market.Covers(covered, from, to) {
		return asOf
	}
	before := from.Add(-time.Second)
	if from, to := rules.OrderWindow(before, 0); market.Covers(covered, from, to) {
		return before
	}
	return asOf
}

// orderFigures tells how long a listing has been without an order: since the last one,
// or since it went on sale.
func orderFigures(l *market.Listing, last, asOf time.Time) store.OrderFigures {
	f := store.OrderFigures{ListedAt: l.ListedAt}
	if !last.IsZero() {
		f.LastOrder = &last
	}
	if on := rules.FullOn(l.ListedAt, last, delistMonths); !on.IsZero() {
		f.DelistOn = &on
		for f.Months < maxMonths && !rules.FullOn(l.ListedAt, last, f.Months+1).After(asOf) {
			f.Months++
		}
	}
	return f
}

// judgeDeployment judges each provider's deployed items by year.
func (e *Engine) judgeDeployment(ctx context.Context, sw *store.Sweep, feed orderFeed, u *store.Unit, j *store.Judged) error {
	asOf := judgedDay(sw.AsOf.In(market.Shanghai), feed.covered)
	ids := make([]string, len(u.Snapshot.Providers))
	for i := range u.Snapshot.Providers {
		ids[i] = u.Snapshot.Providers[i].ID
	}
	for _, year := range judgedYears(sw) {
		from := time.Date(year, 1, 1, 0, 0, 0, 0, market.Shanghai)
		to := from.AddDate(1, 0, 0)
		running := asOf.Before(to)
		if running {
			_, to = rules.OrderWindow(asOf, 0)
		}
		sales, err := e.Store.YearSales(ctx, ids, year, to)
		if err != nil {
			return err
		}
		for _, p := range u.Snapshot.Providers {
			f := e.facts(sw, p, market.Listing{})
			f.Deployment = &rules.DeploymentFacts{
				Year: year, Running: running, FeedMissing: feed.missing, Covered: market.Covers(feed.covered, from, to),
				ByDelivery: sales[p.ID].ByDelivery, Listings: sales[p.ID].Listings,
			}
			results := e.Book.Judge(rules.ScopeDeployment, &f)
			j.Results = append(j.Results, results...)
			for i := range results {
				j.Accounts = append(j.Accounts, store.AccountFact{
					Kind: store.AccountDeployment, Subject: results[i].Subject, Variant: results[i].Variant, Name: p.Name,
					Outcome: results[i].Outcome, Reason: outcomeText(&results[i]), Facts: e.deploymentFigures(f.Deployment),
				})
			}
		}
	}
	return nil
}

// judgedYears are the natural year just closed and the running one.
func judgedYears(sw *store.Sweep) []int {
	y := sw.AsOf.In(market.Shanghai).Year()
	return []int{y - 1, y}
}

func (e *Engine) deploymentFigures(d *rules.DeploymentFacts) store.DeploymentFigures {
	f := store.DeploymentFigures{Year: d.Year}
	deployable := e.params.List("deployment-ratio", "deployable")
	for delivery, sold := range d.ByDelivery {
		f.All = f.All.Add(sold)
		if slices.Contains(deployable, delivery) {
			f.Deployable = f.Deployable.Add(sold)
		}
	}
	return f
}

// outcomeText is the sentence that explains an outcome in a table.
func outcomeText(r *record.Result) record.Text {
	if len(r.Findings) > 0 {
		return r.Findings[0].Explained()
	}
	return r.Reason.Text
}

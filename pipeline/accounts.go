package pipeline

import (
	"context"
	"strconv"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/rules"
)

// judgeAccounts judges what the feeds tell of the providers of a range: the orders of
// each listing, and each provider's deployed items in the year just closed and in the
// running one.
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
	if sw.State != store.SweepRunning {
		return end, nil
	}
	for i := range units {
		results, err := e.judgeRange(ctx, &sw, &units[i])
		if err != nil {
			return ending{}, err
		}
		end.judged = append(end.judged, store.Judged{Unit: units[i], InputHash: e.inputHash(&units[i], nil), Results: results})
	}
	return end, nil
}

func (e *Engine) judgeRange(ctx context.Context, sw *store.Sweep, u *store.Unit) ([]record.Result, error) {
	accounts, err := e.accountFacts(ctx, sw, u)
	if err != nil {
		return nil, err
	}
	var out []record.Result
	for _, f := range accounts {
		out = append(out, e.judgeAccount(&f)...)
	}
	return out, nil
}

// judgeAccount asks the rules of the scope that the facts are for.
func (e *Engine) judgeAccount(f *rules.Facts) []record.Result {
	if f.Deployment == nil {
		return e.Book.Judge(rules.ScopeOrders, f)
	}
	out := e.Book.Judge(rules.ScopeDeployment, f)
	for i := range out {
		out[i].Variant = strconv.Itoa(f.Deployment.Year)
	}
	return out
}

// accountFacts gathers one Facts for each listing and two for each provider, in the
// order of the snapshot.
func (e *Engine) accountFacts(ctx context.Context, sw *store.Sweep, u *store.Unit) ([]rules.Facts, error) {
	asOf := sw.AsOf.In(market.Shanghai)
	coverage, err := e.Store.Coverage(ctx, "orders")
	if err != nil {
		return nil, err
	}
	var out []rules.Facts
	orders, err := e.orderFacts(ctx, u, asOf, coverage)
	if err != nil {
		return nil, err
	}
	for i, l := range u.Snapshot.Listings {
		f := e.facts(sw, u.Snapshot.Provider(l.ProviderID), l)
		f.Orders = &orders[i]
		out = append(out, f)
	}
	for _, year := range []int{asOf.Year() - 1, asOf.Year()} {
		sales, err := e.deploymentFacts(ctx, u, asOf, year, coverage)
		if err != nil {
			return nil, err
		}
		for i, p := range u.Snapshot.Providers {
			f := e.facts(sw, p, market.Listing{})
			f.Deployment = &sales[i]
			out = append(out, f)
		}
	}
	return out, nil
}

// unjudgedAccounts answers for a range of accounts that could not be judged at all.
func (e *Engine) unjudgedAccounts(sw *store.Sweep, u *store.Unit, reason record.Reason) []record.Result {
	var out []record.Result
	for _, l := range u.Snapshot.Listings {
		f := e.facts(sw, u.Snapshot.Provider(l.ProviderID), l)
		f.PageProblem = &reason
		out = append(out, e.Book.Judge(rules.ScopeOrders, &f)...)
	}
	year := sw.AsOf.In(market.Shanghai).Year()
	for _, p := range u.Snapshot.Providers {
		for _, y := range []int{year - 1, year} {
			f := e.facts(sw, p, market.Listing{})
			f.PageProblem = &reason
			f.Deployment = &rules.DeploymentFacts{Year: y}
			out = append(out, e.judgeAccount(&f)...)
		}
	}
	return out
}

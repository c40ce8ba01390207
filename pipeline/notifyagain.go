package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/rules"
)

// recheckFresh is how old the second look of a run that was cut off may be for another run
// to go by it.
const recheckFresh = 2 * time.Hour

// lookAgain judges once more what queued notices tell of, by a sweep of its own, and waits
// for it. Whether it could judge everything is told by the records.
func (e *Engine) lookAgain(ctx context.Context, o *NotifyOptions, res *NotifyResult, queued []store.Notice) error {
	for {
		todo, err := e.rechecks(ctx, queued, res.Again)
		if err != nil || len(todo) == 0 {
			return err
		}
		sw, err := e.Plan(ctx, Order{AsOf: e.Now(), Recheck: todo})
		switch {
		case errors.Is(err, store.ErrSweepRunning):
			cut, err := e.awaitOther(ctx)
			if err != nil {
				return err
			}
			if cut != 0 && res.Again == 0 {
				res.Again = cut
			}
			continue
		case errors.Is(err, ErrNothing): // none of it is in the market any more
			return nil
		case err != nil:
			return err
		}
		if res.Again == 0 {
			res.Again = sw.ID
		}
		e.Log.Info("looking again before notices are sent", "sweep", sw.ID, "subjects", len(todo))
		return e.await(ctx, sw.ID, func(p store.Progress) {
			if o.Show != nil {
				o.Show(sw.ID, p)
			}
		})
	}
}

// awaitOther waits for the sweep that runs, whoever planned it; one that was left over by
// a process that died goes on with our workers. It returns its number where it was such a
// second look itself, and a fresh one.
func (e *Engine) awaitOther(ctx context.Context) (int64, error) {
	sw, err := e.Store.RunningSweep(ctx)
	if errors.Is(err, store.ErrNoSweep) {
		return 0, nil // it has just ended
	}
	if err != nil {
		return 0, err
	}
	e.Log.Info("waiting for the sweep that runs", "sweep", sw.ID)
	for {
		if _, err := e.awaitRunning(ctx, &sw); err != nil {
			return 0, err
		}
		if err := sleep(ctx, progressEvery); err != nil {
			return 0, err
		}
		if sw, err = e.Store.SweepByID(ctx, sw.ID); err != nil {
			return 0, err
		}
		if sw.State == store.SweepRunning {
			continue
		}
		if sw.State == store.SweepClosed && sw.Scope.Recheck && e.Now().Sub(sw.Started) < recheckFresh {
			return sw.ID, nil
		}
		return 0, nil
	}
}

// rechecks are the subjects and parts of what notices tell of, each once, without records
// that are not to be told any more and those judged in the sweep again or later (0 = none
// was).
func (e *Engine) rechecks(ctx context.Context, queued []store.Notice, again int64) ([]Recheck, error) {
	var todo []Recheck
	seen := map[Recheck]bool{}
	for i := range queued {
		list, err := e.candidatesOf(ctx, &queued[i])
		if err != nil {
			return nil, err
		}
		for k := range list {
			v := &list[k].View
			rule, ok := e.Book.ByID(v.Finding.Rule)
			if !ok || e.stands(&list[k]) != WhyDue || again != 0 && v.LastSweep >= again {
				continue
			}
			r := Recheck{Subject: v.Finding.Subject, What: whatOf(rule.Scope)}
			if !seen[r] {
				seen[r], todo = true, append(todo, r)
			}
		}
	}
	return todo, nil
}

// whatOf is the part of a sweep that asks the rules of a scope.
func whatOf(scope rules.Scope) string {
	switch scope {
	case rules.ScopeListingPage:
		return OnlyListings
	case rules.ScopeOrders, rules.ScopeDeployment, rules.ScopeFeeds:
		return OnlyAccounts
	case rules.ScopeProductPage, rules.ScopeSite, rules.ScopeDeliverable:
	}
	return OnlySites
}

// sift drops from queued notices what is not to be told after the second look; a notice
// with nothing left is dropped.
func (e *Engine) sift(ctx context.Context, queued []store.Notice, again int64) error {
	for i := range queued {
		n := &queued[i]
		list, err := e.candidatesOf(ctx, n)
		if err != nil {
			return err
		}
		now := map[string]*store.Candidate{}
		for k := range list {
			now[list[k].View.Fingerprint] = &list[k]
		}
		drop := map[int64]string{}
		for _, it := range n.Live() {
			if why := e.dropped(now[it.Fingerprint], it.Decision, again); why != "" {
				drop[it.Decision] = why
			}
		}
		if len(drop) == 0 {
			continue
		}
		err = pgx.BeginFunc(ctx, e.Store.Pool, func(tx pgx.Tx) error {
			_, err := store.DropItems(ctx, tx, n.ID, drop, e.Now())
			return err
		})
		if err != nil {
			return fmt.Errorf("leave items out of notice %s: %w", n.Reference, err)
		}
	}
	return nil
}

// dropped tells why an item is left out of its notice, "" when it is told.
func (e *Engine) dropped(c *store.Candidate, decision, again int64) string {
	switch why := e.stands(c); {
	case c.View.Status == record.Resolved:
		return c.View.ResolvedWhy
	case why != WhyDue:
		return string(why)
	case c.View.Decision.ID != decision: // people confirmed it anew since; that one is told
		return store.DropDecided
	case again == 0 || c.View.LastSweep < again:
		return DropNotLookedAt
	}
	return ""
}

package pipeline

import (
	"context"

	"marketwarden/internal/market"
	"marketwarden/internal/store"
	"marketwarden/rules"
)

// judgeFeeds judges each listing by what the feeds say of it: the catalogue, and the
// complaints of third parties about their rights.
func (e *Engine) judgeFeeds(ctx context.Context, sw *store.Sweep, u *store.Unit, j *store.Judged) error {
	if len(u.Snapshot.Listings) == 0 {
		return nil
	}
	imported, err := e.Store.FeedImported(ctx, market.FeedComplaints)
	if err != nil {
		return err
	}
	ids := make([]string, len(u.Snapshot.Listings))
	for i := range u.Snapshot.Listings {
		ids[i] = u.Snapshot.Listings[i].ID
	}
	complaints, err := e.Store.Complaints(ctx, ids, market.ComplaintRights)
	if err != nil {
		return err
	}
	for _, l := range u.Snapshot.Listings {
		f := e.facts(sw, u.Snapshot.Provider(l.ProviderID), l)
		f.Complaints = &rules.ComplaintFacts{Imported: imported, Rights: complaints[l.ID]}
		j.Results = append(j.Results, e.Book.Judge(rules.ScopeFeeds, &f)...)
	}
	return nil
}

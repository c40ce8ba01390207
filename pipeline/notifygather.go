package pipeline

import (
	"context"

	"marketwarden/internal/cases"
	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/reports/notices"
)

// digest is what one provider is to be told.
type digest struct {
	provider market.Provider
	items    []notices.Item
}

func (d *digest) add(c *store.Candidate) {
	d.provider = c.Provider
	d.items = append(d.items, notices.Item{View: c.View, Decision: *c.View.Decision, ListingURL: c.ListingURL})
}

// maxDigestItems is how many records one digest tells of: a notice has to name each, and
// nobody reads more. The others are told with the next one.
const maxDigestItems = 2000

// gather returns what is due, by provider, and counts all records looked through by what
// keeps them from being told.
func (e *Engine) gather(ctx context.Context, provider string, sweep int64, count map[Why]int) ([]digest, error) {
	made, err := e.Store.Digests(ctx, sweep)
	if err != nil {
		return nil, err
	}
	var due []digest
	err = e.Store.EachCandidate(ctx, store.CandidateFilter{Provider: provider}, func(c *store.Candidate) {
		why := e.why(c, made)
		n := len(due)
		same := n > 0 && due[n-1].provider.ID == c.Provider.ID
		if why == WhyDue && same && len(due[n-1].items) >= maxDigestItems {
			why = WhyNextDigest
		}
		count[why]++
		switch {
		case why != WhyDue:
		case same:
			due[n-1].add(c)
		default:
			due = append(due, digest{})
			due[n].add(c)
		}
	})
	return due, err
}

// why tells what keeps a record from being told with the digest of a sweep; made are the
// digests of that sweep that are there already.
func (e *Engine) why(c *store.Candidate, made map[string]store.NoticeRef) Why {
	if why := e.stands(c); why != WhyDue {
		return why
	}
	d, n := c.View.Decision, c.Notice
	// What an earlier decision told of the same fault, and whose fate is open, would be told
	// twice. One that failed was not told, and cannot be made anew for this decision.
	open := n != nil && (n.State == store.NoticeQueued || n.State == store.NoticeSending || n.State == store.NoticeUnknown)
	if n != nil && n.Dropped == "" && (n.Decision == d.ID || open) {
		switch n.State {
		case store.NoticeSent:
			return WhyTold
		case store.NoticeFailed:
			return WhyFailed
		case store.NoticeUnknown:
			return WhyUnknown
		default:
			return WhyQueued
		}
	}
	if e.Config.Notices.Channel == config.ChannelSMTP {
		if _, err := (notices.Recipient{ID: c.Provider.ID, Name: c.Provider.Name, Email: c.Provider.ContactEmail}).Address(); err != nil {
			return WhyNoContact
		}
	}
	if digest, ok := made[c.Provider.ID]; ok {
		if n != nil && n.ID == digest.ID && n.Dropped == DropNotLookedAt {
			return WhyHeld
		}
		return WhyNextDigest
	}
	return WhyDue
}

// stands tells whether a record may be told of at all, as it stands now: WhyDue, or why
// not. Whether it was told already does not matter here.
func (e *Engine) stands(c *store.Candidate) Why {
	v := &c.View
	rule, ok := e.Book.ByID(v.Finding.Rule)
	switch {
	case v.Status == record.Resolved:
		return WhyResolved
	case !ok:
		return WhyNoRule
	case rule.PlatformSide:
		return WhyPlatformSide
	}
	switch s := cases.Stand(&v.Record, v.Decision, e.Now()); s.State {
	case cases.Dismissed:
		return WhyDismissed
	case cases.Waived:
		return WhyWaived
	case cases.Undecided:
		switch s.Back {
		case cases.BackExpired:
			return WhyExpired
		case cases.BackChanged:
			return WhyChanged
		case cases.BackAgain:
			return WhyCameBack
		case cases.BackWorse:
			return WhyWorse
		case cases.BackNone:
		}
		return WhyUndecided
	case cases.Confirmed:
	}
	switch {
	case weaker(v):
		return WhyWeaker
	case c.Provider.Status != market.StatusActive:
		return WhyProviderLeft
	}
	return WhyDue
}

// weaker reports whether the program is no longer sure of what people confirmed as a
// violation, and it says something else now: they have to look again.
func weaker(v *record.View) bool {
	d := v.Decision
	return d != nil && d.Outcome == record.Violation && v.Finding.Outcome == record.Suspected && d.ContentHash != v.ContentHash
}

// candidatesOf reads the records that a notice tells of, by provider, listing and rule.
func (e *Engine) candidatesOf(ctx context.Context, n *store.Notice) ([]store.Candidate, error) {
	live := n.Live()
	fingerprints := make([]string, len(live))
	for i := range live {
		fingerprints[i] = live[i].Fingerprint
	}
	var out []store.Candidate
	err := e.Store.EachCandidate(ctx, store.CandidateFilter{Fingerprints: fingerprints}, func(c *store.Candidate) { out = append(out, *c) })
	return out, err
}

// Explanation is what a provider is told and what not, and why.
type Explanation struct {
	Provider market.Provider
	Sweep    int64
	Records  []ExplainedRecord // open ones, and those resolved in the sweep or since
	Notices  []store.Notice    // the newest first
}

// ExplainedRecord is a record with what keeps its provider from being told of it.
type ExplainedRecord struct {
	store.Candidate

	Why Why
}

// Explain tells for every record of a provider whether it is told after the sweep (0 = the
// last closed one), and if not, why. Errors are those of Notify.
func (e *Engine) Explain(ctx context.Context, sweep int64, provider string) (Explanation, error) {
	out := Explanation{}
	p, err := e.Store.Provider(ctx, provider)
	if err != nil {
		return out, err
	}
	out.Provider = p
	sw, err := e.toldSweep(ctx, sweep)
	if err != nil {
		return out, err
	}
	out.Sweep = sw.ID
	made, err := e.Store.Digests(ctx, sw.ID)
	if err != nil {
		return out, err
	}
	err = e.Store.EachCandidate(ctx, store.CandidateFilter{Provider: provider, Since: sw.ID}, func(c *store.Candidate) {
		out.Records = append(out.Records, ExplainedRecord{Candidate: *c, Why: e.why(c, made)})
	})
	if err != nil {
		return out, err
	}
	out.Notices, err = e.Store.NoticesWhere(ctx, store.NoticeFilter{Provider: provider})
	return out, err
}

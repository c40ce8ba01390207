package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/store"
	"marketwarden/reports/notices"
)

// Who is told what. Notify gathers the records that people confirmed and nobody was told
// of, one digest a provider and sweep. Without Send it makes them out as previews and
// changes nothing. With Send it queues them, looks again at what every queued notice
// rests on, drops what was mended or could not be looked at, and hands the rest over.
// It may be cut off anywhere and done again: a digest is queued once, and what is queued
// is looked at again before it goes.

// NotifyOptions say who is to be told of what.
type NotifyOptions struct {
	// Sweep is the one that digests are made after, one a provider; 0 = the last closed one.
	Sweep    int64
	Provider string // only this one; "" = all
	// Send queues and sends. It needs a worker that runs (Start) in this process or another.
	Send bool
	// Out is the folder for previews, without Send. Default: notices/preview-SWEEP in the
	// data folder.
	Out string
	// Patience is for how long notices that could not be sent yet are waited for and tried
	// again, after each was tried once; 0 = not at all.
	Patience time.Duration
	// Show is told how the second look goes; nil: nobody asks.
	Show func(sweep int64, p store.Progress)
}

// NotifyResult is what Notify did.
type NotifyResult struct {
	Sweep int64
	Again int64 // the sweep that looked again; 0 = none was needed
	// Providers are those with something to tell, by ID, and with Send those whose notices
	// had been waiting.
	Providers []ProviderNotice
	// Why counts the records looked through, by what keeps their providers from being told.
	Why map[Why]int
	// Counts is what the delivery did, with Send. PutOff counts those, too, that an earlier
	// one put off and whose next try is not due yet.
	Counts notices.Counts
	// Next is when the first notice that was put off is due again; zero when none is.
	Next time.Time
}

// ProviderNotice is what one provider is told, or would be.
type ProviderNotice struct {
	Provider market.Provider
	Items    int
	Dropped  map[string]int // with Send: items left out after the second look, by reason code
	Notice   *store.Notice  // with Send: as it stands now
	Files    []string       // without Send: the preview
}

// Nothing reports whether there was nothing to tell anybody.
func (r *NotifyResult) Nothing() bool { return len(r.Providers) == 0 && !r.Counts.Undelivered() }

// Undelivered reports whether a notice is left for a person or a later run.
func (r *NotifyResult) Undelivered() bool { return r.Counts.Undelivered() }

// Errors of Notify.
var (
	// ErrNotClosed says that the sweep named is none that digests can be made after.
	ErrNotClosed = errors.New("it is no sweep that ended and keeps records")
)

// Notify tells providers what people confirmed. It answers store.ErrNoSweep when there is
// no such sweep, store.ErrNoProvider for an unknown provider and ErrNotClosed. What could
// not be sent is no error: the result counts it.
func (e *Engine) Notify(ctx context.Context, o NotifyOptions) (NotifyResult, error) {
	res := NotifyResult{Why: map[Why]int{}}
	sw, err := e.toldSweep(ctx, o.Sweep)
	if err != nil {
		return res, err
	}
	res.Sweep = sw.ID
	if o.Provider != "" {
		if _, err := e.Store.Provider(ctx, o.Provider); err != nil {
			return res, err
		}
	}
	if !o.Send {
		return res, e.preview(ctx, &o, &res)
	}
	if err := e.outbox(&o, nil).Check(); err != nil { // before anything is queued or looked at again
		return res, fmt.Errorf("open channel of notices: %w", err)
	}
	lock, err := e.Store.LockNotify(ctx)
	if err != nil {
		return res, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockTime)
		defer cancel()
		lock.Unlock(ctx)
	}()
	return res, e.send(ctx, &o, &res, lock)
}

// unlockTime bounds the wait for the server when the lock on notices is given back.
const unlockTime = 5 * time.Second

// toldSweep is the sweep that digests are made after.
func (e *Engine) toldSweep(ctx context.Context, id int64) (store.Sweep, error) {
	if id == 0 {
		return e.Store.LastRecordedSweep(ctx)
	}
	sw, err := e.Store.SweepByID(ctx, id)
	if err == nil && (sw.State != store.SweepClosed || sw.Scope.Recheck || !sw.Records) {
		err = fmt.Errorf("sweep %d: %w", id, ErrNotClosed)
	}
	return sw, err
}

// send queues what is due, looks again at all that is queued, and delivers.
func (e *Engine) send(ctx context.Context, o *NotifyOptions, res *NotifyResult, lock *store.NotifyLock) error {
	// What a process that died left half sent is ended first: what may be sent again has to
	// be looked at again, too.
	early, err := e.outbox(o, nil).EndInterrupted(ctx)
	if err != nil && !errors.Is(err, notices.ErrBusy) { // by another way than this one; Deliver waits for it
		return err
	}
	due, err := e.gather(ctx, o.Provider, res.Sweep, res.Why)
	if err != nil {
		return err
	}
	if err := e.queue(ctx, res.Sweep, due); err != nil {
		return err
	}
	// Those that an earlier run queued and did not send are looked at again, too.
	queued, err := e.queuedNotices(ctx, o.Provider)
	if err != nil {
		return err
	}
	if len(queued) > 0 {
		if err := e.lookAgain(ctx, o, res, queued); err != nil {
			return err
		}
		if err := e.sift(ctx, queued, res.Again); err != nil {
			return err
		}
	}
	if err := lock.Held(ctx); err != nil {
		return err
	}
	looked := map[int64]bool{}
	for i := range queued {
		looked[queued[i].ID] = true
	}
	res.Counts, err = e.outbox(o, looked).Deliver(ctx)
	res.Counts.Sent += early.Sent
	res.Counts.Unknown += early.Unknown
	if err != nil {
		return err
	}
	return e.outcome(ctx, res, queued)
}

// queuedNotices are all that wait to be sent, the oldest first.
func (e *Engine) queuedNotices(ctx context.Context, provider string) ([]store.Notice, error) {
	queued, err := e.Store.NoticesWhere(ctx, store.NoticeFilter{Provider: provider, State: store.NoticeQueued})
	slices.Reverse(queued)
	return queued, err
}

// queue puts one digest a provider into the outbox, all in one transaction.
func (e *Engine) queue(ctx context.Context, sweep int64, due []digest) error {
	if len(due) == 0 {
		return nil
	}
	list := make([]store.NewNotice, len(due))
	for i := range due {
		d := &due[i]
		n := store.NewNotice{
			Key: noticeKey(d.provider.ID, sweep), ProviderID: d.provider.ID, Sweep: sweep,
			Lang: e.Config.Notices.Lang, Channel: e.Config.Notices.Channel, Recipient: d.provider.ContactEmail,
		}
		for k := range d.items {
			it := &d.items[k]
			n.Items = append(n.Items, store.NoticeItem{Decision: it.Decision.ID, Fingerprint: it.View.Fingerprint})
		}
		list[i] = n
	}
	err := pgx.BeginFunc(ctx, e.Store.Pool, func(tx pgx.Tx) error {
		_, err := store.QueueNotices(ctx, tx, list, e.Now())
		return err
	})
	if err != nil {
		return fmt.Errorf("queue %d notices: %w", len(list), err)
	}
	return nil
}

// noticeKey is the outbox's key of a digest: the store adds "/2" and so on to the keys of
// those that are made anew, so nothing of ours may hold a slash but the one.
func noticeKey(provider string, sweep int64) string {
	return url.PathEscape(provider) + "/" + strconv.FormatInt(sweep, 10)
}

// outbox delivers notices that were looked at in this run.
func (e *Engine) outbox(o *NotifyOptions, looked map[int64]bool) *notices.Outbox {
	return &notices.Outbox{
		Store: e.Store, Config: e.Config.Notices, DataDir: e.Config.DataDir, Provider: o.Provider, Patience: o.Patience,
		Now: e.Now, Log: e.Log,
		Compose: func(ctx context.Context, n store.Notice) (*notices.Message, error) {
			if !looked[n.ID] {
				return nil, errNotLooked
			}
			return e.compose(ctx, &n)
		},
	}
}

// errNotLooked puts off a notice that a person queued while this run was going on.
var errNotLooked = fmt.Errorf("%w: what it rests on was not looked at again yet", notices.ErrLater)

// compose makes out a queued notice as its records stand now.
func (e *Engine) compose(ctx context.Context, n *store.Notice) (*notices.Message, error) {
	list, err := e.candidatesOf(ctx, n)
	if err != nil {
		return nil, err
	}
	d := digest{}
	for i := range list {
		c := &list[i]
		if why := e.stands(c); why != WhyDue {
			// It changed since the second look; the next run's leaves it out.
			return nil, fmt.Errorf("%w: record %s is not to be told any more: %s", notices.ErrLater, c.View.Fingerprint, why)
		}
		d.add(c)
	}
	var supersedes string
	if n.Supersedes != 0 {
		old, err := e.Store.NoticeByReference(ctx, strconv.FormatInt(n.Supersedes, 10))
		if err != nil {
			return nil, err
		}
		supersedes = old.Reference
	}
	out, err := e.digest(&d, n.Sweep)
	if err != nil {
		return nil, err
	}
	out.Reference, out.Key, out.Lang, out.Supersedes = n.Reference, n.Key, n.Lang, supersedes
	return e.message(out)
}

// digest is what a provider is told, without what the outbox gives it.
func (e *Engine) digest(d *digest, sweep int64) (*notices.Digest, error) {
	if len(d.items) == 0 {
		return nil, errors.New("nothing to tell")
	}
	out := &notices.Digest{
		Provider: notices.Recipient{ID: d.provider.ID, Name: d.provider.Name, Email: d.provider.ContactEmail},
		Key:      noticeKey(d.provider.ID, sweep), Lang: e.Config.Notices.Lang, Date: e.Now(), Sweep: sweep, Items: d.items,
	}
	// All of it had been looked at by then.
	out.AsOf = slices.MinFunc(d.items, func(a, b notices.Item) int { return a.View.LastSeen.Compare(b.View.LastSeen) }).View.LastSeen
	return out, nil
}

func (e *Engine) message(d *notices.Digest) (*notices.Message, error) {
	calendar, err := e.Config.Calendar.WorkCalendar()
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	m, err := notices.Compose(d, notices.Options{
		Book: e.Book, Config: e.Config.Notices, Calendar: calendar, Market: notices.MarketName(e.Profile),
	})
	if err == nil && m.To == "" && e.Config.Notices.Channel == config.ChannelSMTP {
		_, err = d.Provider.Address()
	}
	return m, err
}

// outcome tells what became of the notices of this run.
func (e *Engine) outcome(ctx context.Context, res *NotifyResult, queued []store.Notice) error {
	later, now := 0, e.Now()
	for i := range queued {
		n, err := e.Store.NoticeByReference(ctx, queued[i].Reference)
		if err != nil {
			return err
		}
		provider, err := e.Store.Provider(ctx, n.ProviderID)
		if err != nil && !errors.Is(err, store.ErrNoProvider) {
			return err
		}
		p := ProviderNotice{Provider: provider, Notice: &n, Items: len(n.Live()), Dropped: map[string]int{}}
		p.Provider.ID = n.ProviderID
		for _, it := range n.Items {
			if it.Dropped != "" {
				p.Dropped[it.Dropped]++
			}
		}
		if n.State == store.NoticeQueued && n.NextTry != nil {
			if n.NextTry.After(now) {
				later++
			}
			if res.Next.IsZero() || n.NextTry.Before(res.Next) {
				res.Next = *n.NextTry
			}
		}
		res.Providers = append(res.Providers, p)
	}
	// A delivery counts what it put off itself; more wait where an earlier one did.
	res.Counts.PutOff = max(res.Counts.PutOff, later)
	slices.SortStableFunc(res.Providers, func(a, b ProviderNotice) int { return strings.Compare(a.Provider.ID, b.Provider.ID) })
	return nil
}

// reasonsOf are the reasons of a count, the most frequent first.
func reasonsOf(n map[Why]int) []Why {
	return slices.SortedFunc(maps.Keys(n), func(a, b Why) int {
		if n[a] != n[b] {
			return n[b] - n[a]
		}
		return strings.Compare(string(a), string(b))
	})
}

// Reasons are what keeps providers from being told, the most frequent first.
func (r *NotifyResult) Reasons() []Why { return reasonsOf(r.Why) }

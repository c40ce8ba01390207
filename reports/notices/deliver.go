package notices

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"time"

	"marketwarden/internal/safetext"
	"marketwarden/internal/store"
)

const (
	// busyWait is how long a delivery waits for the one before it: the session of a killed
	// process takes a moment to end.
	busyWait = 5 * time.Second
	busyPoll = 100 * time.Millisecond
	// writeBound is how long the outcome of a hand-over is tried to be written down, though
	// the process was told to stop or the database restarts.
	writeBound = 15 * time.Second
	writePoll  = 500 * time.Millisecond
	// maxRefusals is how many notices may be refused for good one after the other before the
	// others are left for another time: a relay that lets nobody in must not fail them all.
	maxRefusals = 5
	// maxReason bounds what is kept of what the other side said, in characters.
	maxReason = 500
)

// Deliver hands the queued notices that are due to the channel, one after the other, and
// returns what became of them. Notices that an earlier process left half sent are ended
// first; they are not sent again.
//
// One process delivers at a time; ErrBusy says that another one does. When ctx ends
// between two notices the delivery ends with its cause as the error. A notice that is on
// its way then is finished first, within the channel's time-out. Other errors are the
// operator's or the database's; the counts hold with an error, too.
func (o *Outbox) Deliver(ctx context.Context) (Counts, error) {
	var c Counts
	ch, err := o.open()
	if err != nil {
		return c, fmt.Errorf("open channel of notices: %w", err)
	}
	right, err := o.begin(ctx)
	if err != nil {
		return c, fmt.Errorf("deliver notices: %w", err)
	}
	defer right.End() //nolint:contextcheck // it has a bound of its own, and must happen though ctx ended
	if err := o.endInterrupted(ctx, right, &c); err != nil {
		return c, fmt.Errorf("deliver notices: %w", err)
	}
	d := &delivery{Outbox: o, right: right, channel: ch, counts: &c, waiting: map[int64]time.Time{}}
	if err := d.await(ctx); err != nil {
		return c, fmt.Errorf("deliver notices: %w", err)
	}
	var end time.Time
	for {
		if err := d.pass(ctx); err != nil {
			return d.result(), fmt.Errorf("deliver notices: %w", err)
		}
		if end.IsZero() {
			end = o.now().Add(o.Patience) // however long it took to try each once
		}
		next, ok := d.next()
		if !ok || next.After(end) {
			return d.result(), nil
		}
		select {
		case <-ctx.Done():
			return d.result(), fmt.Errorf("deliver notices: %w", context.Cause(ctx))
		case <-time.After(next.Sub(o.now())):
		}
	}
}

// begin takes the right to deliver, waiting a little for whoever has it.
func (o *Outbox) begin(ctx context.Context) (*store.Delivery, error) {
	timeout := time.After(busyWait)
	for {
		right, err := o.Store.BeginDelivery(ctx)
		if !errors.Is(err, store.ErrDelivering) {
			return right, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-timeout:
			return nil, ErrBusy
		case <-time.After(busyPoll):
		}
	}
}

// delivery is one run of Deliver.
type delivery struct {
	*Outbox
	right   *store.Delivery
	channel channel
	counts  *Counts
	waiting map[int64]time.Time // when the notices that were put off are due again
	down    bool                // the channel did not work when it was last tried
	refused int                 // how many notices in a row were refused for good
}

// await makes a delivery with patience wait for the notices, too, that an earlier one put
// off: it may have been stopped while it waited for them.
func (d *delivery) await(ctx context.Context) error {
	if d.Patience == 0 {
		return nil
	}
	queued, err := d.Store.NoticesWhere(ctx, store.NoticeFilter{Provider: d.Provider, State: store.NoticeQueued})
	if err != nil {
		return err
	}
	for i := range queued {
		if next := queued[i].NextTry; next != nil {
			d.waiting[queued[i].ID] = *next
		}
	}
	return nil
}

// pass tries the notices that are due, each once.
func (d *delivery) pass(ctx context.Context) error {
	now := d.now()
	due, err := d.right.DueNotices(ctx, d.Provider, now)
	if err != nil {
		return err
	}
	d.down, d.refused = false, 0
	maps.DeleteFunc(d.waiting, func(_ int64, t time.Time) bool { return !t.After(now) })
	for i := range due {
		d.counts.Left = len(due) - i
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if d.down {
			return nil
		}
		if err := d.one(ctx, &due[i]); err != nil {
			return fmt.Errorf("notice %s: %w", due[i].Reference, err)
		}
	}
	d.counts.Left = 0
	return nil
}

// next is when the first notice that waits is due again.
func (d *delivery) next() (next time.Time, ok bool) {
	for _, t := range d.waiting {
		if !ok || t.Before(next) {
			next, ok = t, true
		}
	}
	return next, ok
}

func (d *delivery) result() Counts {
	d.counts.PutOff = len(d.waiting)
	return *d.counts
}

// one tries one notice. What becomes of it is in the counts; an error ends the delivery.
func (d *delivery) one(ctx context.Context, n *store.Notice) error {
	m, raw, err := d.makeOut(ctx, n)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, ErrLater):
		d.counts.Changed++
		return nil
	case err != nil:
		fate := FateNotYet
		if errors.Is(err, ErrRecipient) {
			fate = FateRejected
		}
		return d.notSent(ctx, n, "", &SendError{Fate: fate, Step: "make out", Code: codeOf(err), Err: err})
	}
	sender := senderToken()
	err = d.right.TakeNotice(ctx, n, store.Outgoing{
		Channel: d.Config.Channel, Sender: sender, Recipient: m.recipient(), MessageID: m.MessageID, Subject: m.Subject, Message: raw,
	}, d.now())
	if errors.Is(err, store.ErrNoticeState) {
		d.counts.Changed++
		return nil
	}
	if err != nil {
		return err
	}
	answer, err := d.channel.send(ctx, m, raw)
	if err == nil {
		d.counts.Sent++
		d.refused = 0
		d.log().Info("notice sent", "notice", n.Reference, "channel", d.Config.Channel)
		return d.write(ctx, func(ctx context.Context) error {
			return d.Store.NoticeSent(ctx, n.ID, sender, bounded(answer), d.now())
		})
	}
	var failed *SendError
	if !errors.As(err, &failed) {
		failed = &SendError{Step: "send", Code: codeOf(err), Err: err}
	}
	d.judge(failed)
	if failed.Fate != FateUnknown {
		return d.notSent(ctx, n, sender, failed)
	}
	d.counts.Unknown++
	d.log().Error("nobody knows whether a notice was sent", "notice", n.Reference, "step", failed.Step, "reason", failed.Code)
	return d.write(ctx, func(ctx context.Context) error {
		return d.Store.NoticeUnknown(ctx, n.ID, sender, bounded(err.Error()), d.now())
	})
}

// judge tells by what a channel answered whether trying others now is any use.
func (d *delivery) judge(failed *SendError) {
	d.down = failed.Down
	if !failed.Refused {
		d.refused = 0
		return
	}
	if d.refused++; d.refused == maxRefusals {
		d.down = true
		d.log().Error("notices are refused one after the other; the others wait", "step", failed.Step, "reason", failed.Code, "refused", d.refused)
	}
}

// makeOut composes the message and its bytes.
func (d *delivery) makeOut(ctx context.Context, n *store.Notice) (*Message, []byte, error) {
	m, err := d.Compose(ctx, *n)
	if err != nil {
		return nil, nil, fmt.Errorf("compose: %w", err)
	}
	raw, err := m.Bytes()
	if err != nil {
		return nil, nil, fmt.Errorf("compose: %w", err)
	}
	return m, raw, nil
}

// notSent writes down that a notice certainly was not sent: by the attempt of sender, or
// because it could not even be made out (""). It is tried again until its attempts are
// used up. An attempt that was given up because the process has to stop does not count.
func (d *delivery) notSent(ctx context.Context, n *store.Notice, sender string, failed *SendError) error {
	reason, attempts, tries := bounded(failed.Error()), n.Attempts+1, 0
	if sender == "" {
		tries = 1 // TakeNotice did not count it
	}
	next := d.now()
	switch {
	case ctx.Err() != nil && failed.Fate == FateNotYet:
		tries--
	case failed.Fate == FateRejected || attempts >= d.Config.Attempts:
		d.counts.Failed++
		d.log().Error("notice failed", "notice", n.Reference, "attempts", attempts, "step", failed.Step, "reason", failed.Code)
		return d.write(ctx, func(ctx context.Context) error {
			return d.Store.NoticeFailed(ctx, n.ID, sender, reason, d.now())
		})
	default:
		next = next.Add(d.Config.RetryWait * time.Duration(attempts))
	}
	d.waiting[n.ID] = next
	d.log().Warn("notice put off", "notice", n.Reference, "attempts", attempts, "until", next, "step", failed.Step, "reason", failed.Code)
	return d.write(ctx, func(ctx context.Context) error {
		return d.Store.NoticePutOff(ctx, n.ID, sender, reason, tries, next, d.now())
	})
}

// write writes an outcome down, though ctx ended, and tries again while the database does
// not answer: what is not written becomes unknown.
func (d *delivery) write(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeBound)
	defer cancel()
	for again := false; ; again = true {
		err := f(ctx)
		switch {
		case again && errors.Is(err, store.ErrNoticeState):
			return nil // it was written, and only the answer was lost
		case errors.Is(err, store.ErrNoticeState):
			// Somebody took this process for dead and a person settled the notice since.
			d.counts.Changed++
			d.log().Error("what became of a notice came too late", "error", err)
			return nil
		case err == nil, store.IsRefusal(err):
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(writePoll):
		}
	}
}

// senderToken names one attempt.
func senderToken() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text())
}

// bounded is what is kept of a text from outside: its beginning, on one line, without
// characters that act on a terminal or that the database refuses.
func bounded(s string) string { return safetext.Line(cut(s, maxReason)) }

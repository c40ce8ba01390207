package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
)

type noticesCmd struct {
	List   noticesListCmd   `cmd:"" default:"withargs" help:"The newest notices, with what a person has to do."`
	Show   noticesShowCmd   `cmd:"" help:"One notice: what it tells of and what became of it."`
	Settle noticesSettleCmd `cmd:"" help:"Say whether a notice that nobody knows of was sent."`
	Retry  noticesRetryCmd  `cmd:"" help:"Queue a failed or dropped notice anew; the next notify --send looks again and sends it."`
}

type noticesListCmd struct {
	Provider string `help:"Only those to this provider." placeholder:"ID"`
	State    string `help:"Only queued, sending, sent, failed, unknown or dropped ones." enum:",queued,sending,sent,failed,unknown,dropped" default:"" placeholder:"STATE"`
	Sweep    int64  `help:"Only the digests of this sweep." placeholder:"ID"`
	Limit    int    `help:"How many at most; 0 is all." default:"20"`
}

func (c *noticesListCmd) Run(a *app) error {
	if c.Limit < 0 || c.Sweep < 0 {
		return usageError("--limit and --sweep must not be negative")
	}
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	list, err := s.NoticesWhere(a.ctx, store.NoticeFilter{Provider: c.Provider, State: c.State, Sweep: c.Sweep, Limit: c.Limit})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return &exitError{exitNothing, errors.New("no such notices")}
	}
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "REFERENCE\tSTATE\tSWEEP\tPROVIDER\tITEMS\tQUEUED\tENDED\tREASON")
	for i := range list {
		n := &list[i]
		ended := "-"
		if n.Ended != nil {
			ended = shanghai(*n.Ended)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%d\t%s\t%s\t%s\n", n.Reference, n.State, n.Sweep, printable(n.ProviderID), len(n.Live()),
			shanghai(n.Queued), ended, a.reason(n))
	}
	return w.Flush()
}

type noticesShowCmd struct {
	Reference string `arg:"" help:"The notice's reference, such as MW-2026-000123."`
	Message   bool   `help:"Print the message as it was sent, and nothing else."`
}

func (c *noticesShowCmd) Run(a *app) error {
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	n, err := s.NoticeByReference(a.ctx, c.Reference)
	if err != nil {
		return noticeArg(err)
	}
	if c.Message {
		message, err := s.NoticeMessage(a.ctx, n.ID)
		if err != nil {
			return err
		}
		if message == nil {
			return &exitError{exitNothing, fmt.Errorf("notice %s was never handed to a channel", n.Reference)}
		}
		_, err = a.stdout.Write(message)
		return err
	}
	events, err := s.NoticeEvents(a.ctx, n.ID)
	if err != nil {
		return err
	}
	items, err := noticeItems(a, s, &n)
	if err != nil {
		return err
	}
	return a.showNotice(&n, items, events)
}

// noticeItems are the records that a notice tells of or was to tell of, by fingerprint.
func noticeItems(a *app, s *store.Store, n *store.Notice) (map[string]record.Finding, error) {
	prints := make([]string, len(n.Items))
	for i := range n.Items {
		prints[i] = n.Items[i].Fingerprint
	}
	items := map[string]record.Finding{}
	err := s.EachCandidate(a.ctx, store.CandidateFilter{Fingerprints: prints}, func(c *store.Candidate) {
		items[c.View.Fingerprint] = c.View.Finding
	})
	return items, err
}

// showNotice writes a notice, its items and its history.
func (a *app) showNotice(n *store.Notice, items map[string]record.Finding, events []store.NoticeEvent) error {
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, value)
		}
	}
	row("reference", n.Reference)
	row("state", n.State)
	row("reason", a.reason(n))
	row("provider", printable(n.ProviderID))
	row("to", printable(n.Recipient))
	row("channel", n.Channel)
	row("sweep", strconv.FormatInt(n.Sweep, 10))
	row("subject", printable(n.Subject))
	row("message id", printable(n.MessageID))
	row("sha256", n.SHA256)
	row("attempts", strconv.Itoa(n.Attempts))
	if n.NextTry != nil {
		row("next try", shanghai(*n.NextTry))
	}
	fmt.Fprintln(w)
	for i := range n.Items {
		it := &n.Items[i]
		f := items[it.Fingerprint]
		left := "-"
		if it.Dropped != "" {
			left = pipeline.Why(it.Dropped).Text().In(a.cfg.Lang)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", shortPrint(it.Fingerprint), f.Rule, printable(f.Subject.ID), left, brief(printable(f.Found.In(a.cfg.Lang))))
	}
	fmt.Fprintln(w)
	for _, e := range events {
		who := "-"
		if e.Who != "" {
			who = printable(e.Who)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", shanghai(e.At), e.State, who, oneLine(e.Detail))
	}
	return w.Flush()
}

// byHand is what every change by a person needs.
type byHand struct {
	Who string `help:"Who says so." env:"MARKETWARDEN_USER,USER,LOGNAME,USERNAME" placeholder:"NAME"`
	Why string `help:"The reason, which is kept and shown." placeholder:"TEXT"`
}

func (b *byHand) check() error {
	switch {
	case strings.TrimSpace(b.Who) == "":
		return usageError("--who: who must not be empty")
	case strings.TrimSpace(b.Why) == "":
		return usageError("--why: why must not be empty")
	}
	return nil
}

type noticesSettleCmd struct {
	byHand `embed:""`

	Reference string `arg:"" help:"The notice's reference."`
	Sent      bool   `help:"It was sent." xor:"fate"`
	NotSent   bool   `help:"It was not sent; notices retry can queue it anew." xor:"fate"`
}

func (c *noticesSettleCmd) Run(a *app) error {
	if c.Sent == c.NotSent {
		return usageError("say whether it was sent: --sent or --not-sent")
	}
	if err := c.check(); err != nil {
		return err
	}
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	n, err := s.SettleNotice(a.ctx, c.Reference, c.Sent, c.Who, c.Why, a.now())
	if errors.Is(err, store.ErrNoticeState) {
		return usageError("%w; only one that is unknown is settled", err)
	}
	if err != nil {
		return noticeArg(err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %s\n", n.Reference, n.State)
	return err
}

type noticesRetryCmd struct {
	byHand `embed:""`

	Reference string `arg:"" help:"The notice's reference."`
}

func (c *noticesRetryCmd) Run(a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	n, err := s.RequeueNotice(a.ctx, c.Reference, c.Who, c.Why, a.now())
	switch {
	case errors.Is(err, store.ErrNothingToTell):
		return &exitError{exitNothing, fmt.Errorf("%w: it is dropped; what people confirmed anew goes with the next digest", err)}
	case errors.Is(err, store.ErrNoticeState):
		return usageError("%w; only one that failed or was dropped is queued anew, and once", err)
	case err != nil:
		return noticeArg(err)
	}
	old := c.Reference
	_, err = fmt.Fprintf(a.stdout, "%s: %s, instead of %s\n", n.Reference, a.reason(&n), printable(old))
	return err
}

// noticeArg makes an unknown reference the user's error.
func noticeArg(err error) error {
	if errors.Is(err, store.ErrNoNotice) {
		return &exitError{exitUsage, err}
	}
	return err
}

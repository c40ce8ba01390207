package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"marketwarden/internal/cases"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/reports"
)

// decider is what all decisions need.
type decider struct {
	Who     string `help:"Who decides." env:"MARKETWARDEN_USER,USER,LOGNAME,USERNAME" placeholder:"NAME"`
	Why     string `help:"The reason, which is kept and shown." placeholder:"TEXT"`
	Content string `help:"Content hash of what was seen: refuse where the record says something else by now." placeholder:"HASH"`
}

type casesConfirmCmd struct {
	decider `embed:""`

	Fingerprints []string `arg:"" optional:"" name:"fingerprint" help:"Fingerprints of records, or at least their first 8 digits."`
	From         string   `help:"Read the decisions of a reviewed violations.csv; - is standard input." placeholder:"FILE"`
}

func (c *casesConfirmCmd) Run(a *app) error {
	if c.From == "" {
		return c.run(a, c.Fingerprints, record.Confirm, time.Time{}, "")
	}
	if len(c.Fingerprints) > 0 || c.Why != "" || c.Content != "" {
		return usageError("--from reads fingerprints, reasons and content hashes from the file: it goes without those of the call")
	}
	return c.fromFile(a)
}

type casesDismissCmd struct {
	decider `embed:""`

	Fingerprints []string `arg:"" name:"fingerprint" help:"Fingerprints of records, or at least their first 8 digits."`
}

func (c *casesDismissCmd) Run(a *app) error {
	return c.run(a, c.Fingerprints, record.Dismiss, time.Time{}, "")
}

type casesWaiveCmd struct {
	decider `embed:""`

	Fingerprints []string `arg:"" name:"fingerprint" help:"Fingerprints of records, or at least their first 8 digits."`
	Until        string   `help:"The waiver's last day." placeholder:"YYYY-MM-DD"`
	Owner        string   `help:"Who answers for the waiver." placeholder:"NAME"`
}

func (c *casesWaiveCmd) Run(a *app) error {
	var until time.Time
	if c.Until != "" {
		var err error
		if until, err = time.ParseInLocation(time.DateOnly, c.Until, market.Shanghai); err != nil {
			return usageError("--until: %q is no day such as 2026-12-31", c.Until)
		}
	}
	return c.run(a, c.Fingerprints, record.Waive, until, c.Owner)
}

// run decides the same about each record named.
func (d *decider) run(a *app, fingerprints []string, kind record.DecisionKind, until time.Time, owner string) error {
	if len(fingerprints) == 0 {
		return usageError("which record? give at least one fingerprint")
	}
	if d.Content != "" && len(fingerprints) > 1 {
		return usageError("--content pins one record: give one fingerprint")
	}
	order := cases.Order{
		Kind: kind, Who: strings.TrimSpace(d.Who), Why: strings.TrimSpace(d.Why), Until: until, Owner: strings.TrimSpace(owner),
		Content: strings.ToLower(d.Content),
	}
	if err := order.Check(a.now(), a.cfg.Waivers.MaxDays); err != nil {
		return usageError("--%s: %w", cases.AsOrderError(err).Field, err)
	}
	prefixes := make([]string, len(fingerprints))
	for i, f := range fingerprints {
		var err error
		if prefixes[i], err = fingerprintPrefix(f); err != nil {
			return err
		}
	}
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	orders := map[string]*cases.Order{}
	for _, prefix := range prefixes {
		fingerprint, err := findRecord(a, s, prefix)
		if err != nil {
			return err
		}
		orders[fingerprint] = &order
	}
	done, err := decide(a, s, orders, func(faults map[string]error) error {
		var errs []error
		for _, fingerprint := range slices.Sorted(maps.Keys(faults)) {
			errs = append(errs, fmt.Errorf("record %s: %w", fingerprint, faults[fingerprint]))
		}
		return &exitError{exitUsage, fmt.Errorf("%w\nnothing was decided", errors.Join(errs...))}
	})
	if err != nil {
		return err
	}
	return reports.Decisions(a.stdout, done, false, a.cfg.Lang)
}

// fromFile decides what a reviewed file says.
func (c *casesConfirmCmd) fromFile(a *app) error {
	who := strings.TrimSpace(c.Who)
	if who == "" {
		return usageError("--who: who must not be empty")
	}
	review, err := readReview(a, c.From, who)
	if err != nil {
		return refusedReview(a, c.From, err)
	}
	if len(review.Rows) == 0 {
		return &exitError{exitNothing, fmt.Errorf("%s: nobody decided anything in its %s", review.Name, plural(int64(review.Skipped), "row", "rows"))}
	}
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	orders := map[string]*cases.Order{}
	lines := map[string]int{}
	for i := range review.Rows {
		r := &review.Rows[i]
		orders[r.Fingerprint], lines[r.Fingerprint] = &r.Order, r.Line
	}
	done, err := decide(a, s, orders, func(faults map[string]error) error {
		var problems []market.FeedProblem
		for fingerprint, err := range faults {
			problems = append(problems, review.Problem(lines[fingerprint], err))
		}
		slices.SortFunc(problems, func(x, y market.FeedProblem) int { return x.Line - y.Line })
		return review.Refuse(problems)
	})
	if err != nil {
		return refusedReview(a, review.Name, err)
	}
	return reports.Decisions(a.stdout, done, true, a.cfg.Lang)
}

// readReview reads a reviewed file; what cannot be opened is the user's error.
func readReview(a *app, name, who string) (*reports.Review, error) {
	read := func(name string, src io.ReadSeeker) (*reports.Review, error) {
		return reports.ReadReviewed(name, src, who, a.now(), a.cfg.Waivers.MaxDays)
	}
	if name == "-" {
		src, err := spool(a.stdin)
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.Remove(src.Name()) }() // best effort: it lies among the temporary files
		defer src.Close()
		return read("stdin", src)
	}
	src, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	return read(filepath.Base(name), src)
}

// refusedReview tells what is wrong with a reviewed file, line by line.
func refusedReview(a *app, name string, err error) error {
	if fe, ok := errors.AsType[*market.FeedError](err); ok {
		fmt.Fprintln(a.stderr, fe)
		return &exitError{exitUsage, fmt.Errorf("%s: refused: nothing of it was decided", name)}
	}
	return err
}

// decide carries out orders by fingerprint, all or none: refuse makes the error of those
// that cannot be carried out.
func decide(a *app, s *store.Store, orders map[string]*cases.Order, refuse func(map[string]error) error) ([]reports.Decided, error) {
	now := a.now()
	var done []reports.Decided
	err := s.Decide(a.ctx, slices.Sorted(maps.Keys(orders)), func(list []store.Case) ([]record.Decision, error) {
		done = nil
		var add []record.Decision
		faults := map[string]error{}
		for fingerprint := range orders {
			faults[fingerprint] = store.ErrNoRecord // until it is handed over
		}
		for i := range list {
			c := &list[i]
			order := orders[c.Fingerprint]
			d, answer, err := cases.Decide(&c.Record, c.History, order, now)
			if err != nil {
				faults[c.Fingerprint] = err
				continue
			}
			delete(faults, c.Fingerprint)
			line := reports.Decided{Fingerprint: c.Fingerprint, Kind: order.Kind, Answer: answer}
			if answer == cases.Decided {
				add = append(add, d)
				if last := c.Decision; last != nil && last.Kind != d.Kind {
					line.Replaced = last
				}
			}
			done = append(done, line)
		}
		if len(faults) > 0 {
			return nil, refuse(faults)
		}
		return add, nil
	})
	return done, err
}

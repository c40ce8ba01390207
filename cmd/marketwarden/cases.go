package main

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"

	"marketwarden/internal/cases"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/reports"
	"marketwarden/rules"
)

type casesCmd struct {
	List    casesListCmd    `cmd:"" default:"withargs" help:"The records that want a decision."`
	Show    casesShowCmd    `cmd:"" help:"All that is known of one record."`
	Confirm casesConfirmCmd `cmd:"" help:"It is so: only this reaches notices. With --from, read a reviewed violations.csv back."`
	Dismiss casesDismissCmd `cmd:"" help:"It is not so."`
	Waive   casesWaiveCmd   `cmd:"" help:"It may be so, until a day and for a reason."`
}

// today is the day on which decisions are shown.
func (a *app) today() reports.Today {
	return reports.Today{Now: a.now(), WarnDays: a.cfg.Waivers.WarnDays}
}

// listWidth is how wide lists are set where no terminal bounds them, in columns.
const listWidth = 180

type casesListCmd struct {
	State    string `help:"Only undecided (default), confirmed, dismissed, waived or back ones: those whose decision no longer stands." enum:",undecided,confirmed,dismissed,waived,back" default:"" placeholder:"STATE"`
	All      bool   `help:"All open records, however they stand."`
	Changed  bool   `help:"Only decided ones that say something else than when that was decided."`
	Waivers  bool   `help:"How the waivers are doing: over, void, ending soon, no longer needed, standing."`
	Provider string `help:"Only records of this provider and its listings." placeholder:"ID"`
	Listing  string `help:"Only records of this listing." placeholder:"ID"`
	Rule     string `help:"Only records of this rule." placeholder:"ID"`
	Limit    int    `help:"How many at most; 0 is all." default:"50"`
}

func (c *casesListCmd) Run(a *app) error {
	switch {
	case c.All && c.State != "":
		return usageError("--all and --state exclude each other")
	case c.Waivers && (c.All || c.Changed || c.State != ""):
		return usageError("--waivers goes with none of --all, --changed and --state")
	case c.Limit < 0:
		return usageError("--limit must not be negative")
	}
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	o := reports.TerminalOptions{Lang: a.cfg.Lang, Width: cmp.Or(terminalWidth(a.stdout), listWidth), Today: a.today()}
	var views []record.View
	all := 0
	filter := store.CaseFilter{Provider: c.Provider, Listing: c.Listing, Rule: c.Rule, Waived: c.Waivers}
	err = s.EachCase(a.ctx, filter, func(v *record.View) {
		if !c.shows(v, o.Today) {
			return
		}
		// Waivers are few and put in order first.
		if all++; c.Limit == 0 || c.Waivers || len(views) < c.Limit {
			views = append(views, *v)
		}
	})
	if err != nil {
		return err
	}
	if !c.Waivers {
		return reports.Cases(a.stdout, views, all, o)
	}
	slices.SortStableFunc(views, func(x, y record.View) int {
		at := func(v *record.View) int {
			return cases.Watch(&v.Record, v.Decision, o.Today.Now, o.Today.WarnDays).Rank()
		}
		return cmp.Or(cmp.Compare(at(&x), at(&y)), x.Decision.Until.Compare(y.Decision.Until))
	})
	if c.Limit > 0 {
		views = views[:min(len(views), c.Limit)]
	}
	return reports.Waivers(a.stdout, views, all, o)
}

// shows reports whether the list has a record that the database's filter let through.
func (c *casesListCmd) shows(v *record.View, today reports.Today) bool {
	if c.Waivers {
		return cases.Watch(&v.Record, v.Decision, today.Now, today.WarnDays) != cases.NoWaiver
	}
	s := cases.Stand(&v.Record, v.Decision, today.Now)
	switch {
	case c.Changed && !s.Changed:
		return false
	case c.All, c.Changed && c.State == "":
		return true
	case c.State == "back":
		return s.Back != cases.BackNone
	case c.State == "":
		return s.State == cases.Undecided
	}
	return string(s.State) == c.State
}

type casesShowCmd struct {
	Fingerprint string `arg:"" help:"The record's fingerprint, or at least its first 8 digits."`
}

func (c *casesShowCmd) Run(a *app) error {
	prefix, err := fingerprintPrefix(c.Fingerprint)
	if err != nil {
		return err
	}
	book, err := rules.Load()
	if err != nil {
		return err
	}
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	fingerprint, err := findRecord(a, s, prefix)
	if err != nil {
		return err
	}
	found, err := s.Case(a.ctx, fingerprint)
	if err != nil {
		return err
	}
	told, err := s.ToldOf(a.ctx, fingerprint)
	if err != nil {
		return err
	}
	file := reports.CaseFile{View: found.View, History: found.History}
	for i := range told {
		n := &told[i]
		at := n.Ended
		if at.IsZero() {
			at = n.Queued
		}
		file.Told = append(file.Told, reports.Told{Reference: n.Reference, State: n.State, Recipient: n.Recipient, At: at, Dropped: n.Dropped})
	}
	return reports.Case(a.stdout, &file, a.terminal(book))
}

// prefixForm is compiled once: a call may name many.
var prefixForm = regexp.MustCompile(`^[0-9a-f]{8,64}$`)

// fingerprintPrefix checks the beginning of a fingerprint as a person gives it.
func fingerprintPrefix(s string) (string, error) {
	prefix := strings.ToLower(s)
	if !prefixForm.MatchString(prefix) {
		return "", usageError("%q is no fingerprint: 8 to 64 hexadecimal digits, the first of those that cases list or a report shows", s)
	}
	return prefix, nil
}

// findRecord returns the fingerprint that begins like that; none or several are the
// user's error.
func findRecord(a *app, s *store.Store, prefix string) (string, error) {
	fingerprint, err := s.FindRecord(a.ctx, prefix)
	if errors.Is(err, store.ErrNoRecord) || errors.Is(err, store.ErrAmbiguous) {
		return "", &exitError{exitUsage, err}
	}
	return fingerprint, err
}

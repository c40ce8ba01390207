package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/store"
)

type nightsCmd struct {
	List nightsListCmd `cmd:"" default:"withargs" help:"The newest nights."`
	Show nightsShowCmd `cmd:"" help:"What one night did, step by step."`
}

type nightsListCmd struct {
	Schedule string `help:"Only this schedule entry." placeholder:"NAME"`
	Limit    int    `help:"How many." default:"20"`
}

func (c *nightsListCmd) Run(a *app) error {
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	list, err := s.Nights(a.ctx, c.Schedule, c.Limit)
	if err != nil {
		return err
	}
	if len(list) == 0 && c.Schedule != "" {
		return &exitError{exitNothing, fmt.Errorf("there is no night of a schedule entry %q", c.Schedule)}
	}
	if len(list) == 0 {
		return &exitError{exitNothing, errors.New("no nights yet")}
	}
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "NIGHT\tSCHEDULE\tTICK\tSTATE\tTOOK\tSWEEP\tWHY")
	for i := range list {
		n := &list[i]
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", n.ID, n.Schedule, shanghai(n.Tick), n.State, took(n.Fired, n.Ended), sweepOf(n), oneLine(n.Why))
	}
	return w.Flush()
}

type nightsShowCmd struct {
	ID int64 `arg:"" help:"The night's number."`
}

func (c *nightsShowCmd) Run(a *app) error {
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	n, err := s.NightByID(a.ctx, c.ID)
	if errors.Is(err, store.ErrNoNight) {
		return usageError("%w", err)
	}
	if err != nil {
		return err
	}
	steps, err := s.NightSteps(a.ctx, n.ID)
	if err != nil {
		return err
	}
	printNight(a.stdout, &n, steps)
	return nil
}

// printNight tells what a night did.
func printNight(w io.Writer, n *store.Night, steps []store.NightStep) {
	fmt.Fprintf(w, "night %d of %s, tick %s: %s", n.ID, n.Schedule, shanghai(n.Tick), n.State)
	if n.Why != "" {
		fmt.Fprintf(w, " (%s)", oneLine(n.Why))
	}
	fmt.Fprintln(w)
	for i := range steps {
		s := &steps[i]
		fmt.Fprintf(w, "  %s: %s, %s", s.Step, s.State, took(s.Started, s.Ended))
		if s.Failures > 0 {
			fmt.Fprintf(w, ", failed %d times", s.Failures)
		}
		fmt.Fprintln(w)
		for line := range strings.Lines(s.Detail) {
			fmt.Fprintf(w, "    %s\n", printable(strings.TrimSuffix(line, "\n")))
		}
	}
}

func shanghai(t time.Time) string { return t.In(market.Shanghai).Format(time.DateTime) }

// took is how long something lasted, "-" while it does.
func took(from time.Time, to *time.Time) string {
	if to == nil {
		return "-"
	}
	return to.Sub(from).Round(100 * time.Millisecond).String()
}

func sweepOf(n *store.Night) string {
	if n.Sweep == 0 {
		return "-"
	}
	return strconv.FormatInt(n.Sweep, 10)
}

// oneLine is the first line of a text, for tables.
func oneLine(s string) string {
	line, _, more := strings.Cut(s, "\n")
	if line = printable(line); more {
		line += " …"
	}
	return line
}

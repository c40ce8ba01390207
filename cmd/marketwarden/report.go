package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"

	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/reports"
	"marketwarden/rules"
)

type reportCmd struct {
	Out      string   `help:"Folder for the files. Default: reports/SWEEP in the data folder." type:"path" placeholder:"DIR"`
	Format   []string `help:"Formats to write: jsonl, csv, html." default:"jsonl,csv,html" placeholder:"FORMAT,…"`
	Sweep    int64    `help:"The sweep to report. Default: the last closed one." placeholder:"ID"`
	Provider string   `help:"Only this provider and its listings." placeholder:"ID"`
	Color    bool     `help:"Colour the summary."`
}

func (c *reportCmd) Run(a *app) error {
	if c.Sweep < 0 {
		return usageError("--sweep must be the number of a sweep, not %d", c.Sweep)
	}
	formats, err := c.formats()
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
	r, err := s.Report(a.ctx, c.Sweep, c.Provider)
	switch {
	case errors.Is(err, store.ErrNoSweep) && c.Sweep == 0:
		return &exitError{exitNothing, errors.New("there is nothing to report: no sweep is closed yet")}
	case err != nil:
		return sweepArg(c.Sweep, err)
	case c.Provider != "" && silent(&r):
		return &exitError{exitNothing, fmt.Errorf("sweep %d holds nothing on provider %q: all it was asked passed, or there is no such provider", r.Run.ID, c.Provider)}
	}
	if c.Out != "" {
		if err := makeFolder(c.Out); err != nil {
			return usageError("--out: %w", err)
		}
	}
	options := reports.Options{Lang: a.cfg.Lang, Rules: catalogue(book, a.cfg.Params), Provider: c.Provider, Today: a.today()}
	paths, err := reports.WriteFiles(c.folder(a.cfg.DataDir, r.Run.ID), formats, r, options)
	if err != nil {
		return err
	}
	err = reports.Terminal(a.stdout, r, reports.TerminalOptions{
		Lang: options.Lang, Rules: options.Rules, Provider: c.Provider, Color: c.Color, Width: terminalWidth(a.stdout),
		Today: options.Today,
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	for _, p := range paths {
		if _, err := fmt.Fprintln(a.stdout, p); err != nil {
			return fmt.Errorf("tell what was written: %w", err)
		}
	}
	return nil
}

// formats are the formats asked for, each once.
func (c *reportCmd) formats() ([]string, error) {
	var out []string
	for _, f := range c.Format {
		f = strings.TrimSpace(f)
		if !slices.Contains(reports.Formats(), f) {
			return nil, usageError("--format %q: there is no such format; there are %s", f, strings.Join(reports.Formats(), ", "))
		}
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out, nil
}

// folder is where the files go. A report on one provider has a folder of its own, so
// that it does not take the place of the whole one.
func (c *reportCmd) folder(dataDir string, sweep int64) string {
	if c.Out != "" {
		return c.Out
	}
	dir := filepath.Join(dataDir, "reports", strconv.FormatInt(sweep, 10))
	if c.Provider != "" {
		dir = filepath.Join(dir, "provider-"+url.PathEscape(c.Provider))
	}
	return dir
}

// makeFolder makes a folder that the user named and tries whether files can be written to
// it, so that it is told apart from what goes wrong while they are.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // reports are made to be handed on; the umask decides
		return err
	}
	probe, err := os.CreateTemp(dir, ".marketwarden-report-")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// silent reports whether a narrowed report has nothing in it. A clean report must not
// come of a mistyped provider, and passes leave no rows to tell the two apart.
func silent(r *record.Report) bool {
	return len(r.Records)+len(r.NotChecked)+len(r.Deployment)+len(r.Orderless) == 0
}

// catalogue is what reports say of the rules of a book, with the parameters that the
// configuration sets now.
func catalogue(book *rules.Book, overrides map[string]map[string]string) reports.Catalogue {
	c := reports.Catalogue{}
	for _, r := range book.Rules() {
		rule := reports.Rule{
			Clause: r.Clause, Severity: string(r.Severity), Title: r.Title, What: r.What, Mend: r.Mend, Action: r.Action,
			PlatformSide: r.PlatformSide,
		}
		for _, p := range r.Params {
			value, ok := overrides[r.ID][p.Name]
			if !ok {
				value = p.Default
			}
			rule.Params = append(rule.Params, reports.Param{Name: p.Name, Value: value, Doc: p.Doc})
		}
		c[r.ID] = rule
	}
	return c
}

// terminalWidth is the width in columns of the terminal behind w, 0 when there is none.
func terminalWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

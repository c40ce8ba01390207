package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"marketwarden/internal/market"
	"marketwarden/internal/store"
)

type importCmd struct {
	Kind     string   `arg:"" enum:"providers,listings,orders,complaints" help:"What the files hold: providers, listings, orders or complaints."`
	Files    []string `arg:"" name:"file" help:"CSV or JSONL files; - is standard input."`
	Map      string   `help:"Map file (YAML) that translates foreign files; see docs/feeds.md." placeholder:"FILE"`
	SkipBad  bool     `help:"Store the good rows of a file with bad ones, and write the bad ones to FILE.bad.csv."`
	Bad      string   `help:"Where --skip-bad writes the bad rows." placeholder:"FILE"`
	Covers   string   `help:"The days that the orders cover, both included." placeholder:"FROM..TO"`
	Snapshot bool     `help:"Close the listings that are on sale and not in the file."`
	Force    bool     `help:"Take a snapshot that closes more than half of the market."`
}

// plan checks the flags and reads what they name.
func (c *importCmd) plan(a *app) (market.FeedKind, store.ImportOptions, error) {
	opt := store.ImportOptions{Now: a.now(), SkipBad: c.SkipBad, Snapshot: c.Snapshot, Force: c.Force}
	kind, err := market.ParseFeedKind(c.Kind)
	switch {
	case err != nil:
		return kind, opt, usageError("%w", err)
	case c.Covers != "" && kind != market.FeedOrders:
		return kind, opt, usageError("--covers is for orders")
	case c.Snapshot && kind != market.FeedListings:
		return kind, opt, usageError("--snapshot is for listings")
	case c.Snapshot && len(c.Files) != 1:
		return kind, opt, usageError("--snapshot takes one file: each would close what the others hold")
	case c.Force && !c.Snapshot:
		return kind, opt, usageError("--force goes with --snapshot")
	case c.Bad != "" && !c.SkipBad:
		return kind, opt, usageError("--bad goes with --skip-bad")
	case c.Bad != "" && len(c.Files) != 1:
		return kind, opt, usageError("--bad takes one file")
	}
	if c.Covers != "" {
		r, err := market.ParseRange(c.Covers)
		if err != nil {
			return kind, opt, usageError("--covers: %w", err)
		}
		opt.Covers = &r
	}
	if c.Map != "" {
		f, err := os.Open(c.Map)
		if err != nil {
			return kind, opt, usageError("%w", err)
		}
		defer f.Close()
		if opt.Map, err = market.ReadFeedMap(c.Map, f); err != nil {
			return kind, opt, usageError("%w", err)
		}
	}
	return kind, opt, nil
}

// Run takes in the files one after the other, each for itself: a file that is refused
// does not keep the next one out.
func (c *importCmd) Run(a *app) error {
	kind, opt, err := c.plan(a)
	if err != nil {
		return err
	}
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	refused, rows := 0, false
	for _, name := range c.Files {
		res, err := c.one(a, s, kind, name, opt)
		end, err := importEnd(res, opt.Covers, err)
		if err != nil {
			return err
		}
		switch {
		case end.refused:
			refused++
			fmt.Fprint(a.stderr, end.text)
		default:
			rows = rows || end.stored
			fmt.Fprint(a.stdout, end.text)
		}
	}
	switch {
	case refused > 0:
		return &exitError{exitUsage, nil}
	case !rows:
		return &exitError{exitNothing, nil}
	}
	return nil
}

// imported is what became of one feed, in lines for people. It may be neither stored nor
// refused: then there was nothing in it.
type imported struct {
	text            string
	stored, refused bool
}

// importEnd tells what is the fault of a file, which is a value, from an error that keeps
// the next file out, too.
func importEnd(res *store.ImportResult, covers *market.Range, err error) (imported, error) {
	var b strings.Builder
	if err == nil {
		printImport(&b, res, covers)
		return imported{text: b.String(), stored: true}, nil
	}
	if errors.Is(err, store.ErrNoRows) {
		return imported{text: fmt.Sprintf("%s: %s: nothing was stored\n", res.Name, countLines(res))}, nil
	}
	if fe, ok := errors.AsType[*market.FeedError](err); ok {
		fmt.Fprintln(&b, fe)
		if res.Read.Lines > 0 {
			fmt.Fprintf(&b, "%s: %s\n", res.Name, countLines(res))
		}
		fmt.Fprintf(&b, "%s: refused: nothing of it was stored\n", res.Name)
		return imported{text: b.String(), refused: true}, nil
	}
	if ue, ok := errors.AsType[*exitError](err); ok && ue.code == exitUsage {
		return imported{text: fmt.Sprintln("marketwarden:", err), refused: true}, nil
	}
	return imported{}, err
}

// one takes in one file by its name.
func (c *importCmd) one(a *app, s *store.Store, kind market.FeedKind, name string, opt store.ImportOptions) (res *store.ImportResult, err error) {
	var src *os.File
	opt.Name = name
	if name == "-" {
		opt.Name = "stdin"
		if src, err = spool(a.stdin); err != nil {
			return nil, err
		}
		defer func() { _ = os.Remove(src.Name()) }() // best effort: it lies among the temporary files
	} else if src, err = openFile(name); err != nil {
		return nil, err
	}
	defer src.Close()
	if !c.SkipBad {
		return s.Import(a.ctx, kind, src, opt)
	}
	path := c.Bad
	if path == "" {
		path = opt.Name + ".bad.csv"
	}
	folder, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, usageError("write bad rows: %w", err)
	}
	defer folder.Close()
	bad, err := createBadFile(folder, filepath.Base(path))
	if err != nil {
		return nil, usageError("%w", err)
	}
	res, err = importSkipping(a.ctx, s, kind, src, opt, bad)
	if bad.kept {
		fmt.Fprintf(a.stdout, "%s: bad rows written to %s\n", opt.Name, path)
	}
	return res, err
}

// openFile opens what the user named to be read; a folder is the user's error, too.
func openFile(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, usageError("%w", err)
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = fmt.Errorf("%s is a folder: name a file", name)
	}
	if err != nil {
		return nil, usageError("%w", errors.Join(err, f.Close()))
	}
	return f, nil
}

// importSkipping takes in the good rows of a feed and ends the file of the bad ones.
func importSkipping(ctx context.Context, s *store.Store, kind market.FeedKind, src io.ReadSeeker, opt store.ImportOptions, bad *badFile) (*store.ImportResult, error) {
	opt.Bad = bad.write
	res, err := s.Import(ctx, kind, src, opt)
	return res, errors.Join(err, bad.close(err == nil))
}

// spool keeps standard input in a file, as a feed is read more than once.
func spool(r io.Reader) (*os.File, error) {
	f, err := os.CreateTemp("", "marketwarden-stdin-*")
	if err != nil {
		return nil, fmt.Errorf("keep standard input: %w", err)
	}
	if _, err := io.Copy(f, r); err != nil {
		return nil, errors.Join(fmt.Errorf("keep standard input: %w", err), f.Close(), os.Remove(f.Name()))
	}
	return f, nil
}

// countLines accounts for every line of the file.
func countLines(r *store.ImportResult) string {
	what := []string{plural(int64(r.Read.Header), "header", "headers")}
	if r.ID != 0 {
		what = append(what, fmt.Sprintf("%s loaded (%d new, %d changed, %d unchanged)",
			plural(r.Loaded(), "row", "rows"), r.New, r.Changed, r.Unchanged))
	} else {
		what = append(what, plural(int64(r.Read.Good)-r.Duplicate-r.Contradictory, "good row", "good rows"))
	}
	what = append(what, fmt.Sprintf("%d blank", r.Read.Blank), plural(int64(r.Read.Repeated), "repeated header", "repeated headers"),
		plural(r.Duplicate, "exact duplicate", "exact duplicates"), fmt.Sprintf("%d bad", r.Bad))
	if r.Contradictory > 0 {
		what[len(what)-1] += fmt.Sprintf(" (%s an earlier row)", contradict(r.Contradictory))
	}
	if r.Read.Continuation > 0 {
		what = append(what, plural(int64(r.Read.Continuation), "further line of a row with line breaks", "further lines of rows with line breaks"))
	}
	return plural(int64(r.Read.Lines), "line", "lines") + ": " + strings.Join(what, ", ")
}

// printImport says what became of a file.
func printImport(w io.Writer, r *store.ImportResult, covers *market.Range) {
	say := func(format string, args ...any) { fmt.Fprintf(w, "%s: %s\n", r.Name, fmt.Sprintf(format, args...)) }
	say("%s", countLines(r))
	if r.Facts.Encoding != market.EncodingUTF8 {
		say("read as %s", r.Facts.Encoding)
	}
	if r.FurtherLines > 0 {
		if r.FurtherLines == 1 {
			say("1 row is a further line of an order")
		} else {
			say("%d rows are further lines of an order", r.FurtherLines)
		}
	}
	if r.UnknownRows > 0 {
		one, many := "listing", "listings"
		if r.Kind == market.FeedListings {
			one, many = "provider", "providers"
		}
		say("%s of %s not in store; kept all the same", are(r.UnknownRows), plural(r.UnknownIDs, one, many))
	}
	if r.Outside > 0 {
		say("%s paid outside %s; kept all the same", are(r.Outside), covers)
	}
	if r.Closed > 0 {
		say("%s absent from the snapshot and closed", plural(r.Closed, "listing", "listings"))
	}
	if len(r.Ignored) > 0 {
		quoted := make([]string, len(r.Ignored))
		for i, n := range r.Ignored {
			quoted[i] = strconv.Quote(n)
		}
		say("columns not used: %s", strings.Join(quoted, ", "))
	}
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + many
}

// are begins a sentence about rows.
func are(n int64) string {
	if n == 1 {
		return "1 row is"
	}
	return strconv.FormatInt(n, 10) + " rows are"
}

func contradict(n int64) string {
	if n == 1 {
		return "1 of them contradicts"
	}
	return strconv.FormatInt(n, 10) + " of them contradict"
}

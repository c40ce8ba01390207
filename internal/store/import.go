package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/market"
)

// ErrNoRows says that a feed holds no row at all: nothing was stored, not even that it
// was imported.
var ErrNoRows = errors.New("the feed holds no rows")

// maxProblems is how many bad rows an error lists.
const maxProblems = 20

// maxContradictions bounds how many rows of one file may contradict others: their
// lines are kept in memory. A file with more has another key than it says.
const maxContradictions = 100_000

// ImportOptions say how a feed is taken in.
type ImportOptions struct {
	Name string // of the file, for messages and the list of imports
	Map  *market.FeedMap
	Now  time.Time
	// SkipBad stores the good rows of a file with bad ones, and hands each bad one to
	// Bad. An error of Bad ends the import.
	SkipBad bool
	Bad     func(BadRow) error
	// Unchanged is asked when all of src was read, before anything of it can be seen: an
	// error of it ends the import with nothing stored. nil = src cannot change.
	Unchanged func() error
	// Covers says which days the feed covers; nil = nothing is said.
	Covers *market.Range
	// Snapshot closes the listings that are on sale and not in the file: they are taken
	// for off sale from Now. It is refused where it would close more than half of the
	// market, unless Force is set, and where rows are bad.
	Snapshot, Force bool
}

// BadRow is a row that was left out. Neither of its slices may be kept.
type BadRow struct {
	Line     int
	Fields   []string // as read; nil where the row could not be taken apart
	Problems []market.FeedProblem
}

// ImportResult accounts for every line of a file: Read.Lines = Read.Header + New +
// Changed + Unchanged + Duplicate + Bad + Read.Blank + Read.Repeated +
// Read.Continuation.
type ImportResult struct {
	ID      int64 // of the import; 0 = nothing was stored
	Kind    market.FeedKind
	Name    string
	Facts   market.FeedFacts
	Header  []string          // columns of the file
	Ignored []string          // columns of the file that are not used
	Read    market.FeedCounts // before rows are compared with each other and the store

	New, Changed, Unchanged int64
	Duplicate               int64 // rows that repeat an earlier one exactly
	Bad                     int64 // Read.Bad and Contradictory
	Contradictory           int64 // rows with the key of an earlier one but other values

	FurtherLines int64 // rows that are not the first line of their order
	UnknownRows  int64 // rows that refer to a provider or listing not in store
	UnknownIDs   int64 // … and how many different ones that are
	Outside      int64 // rows paid outside the days that are covered
	Closed       int64 // listings that the snapshot closed
}

// Loaded is the number of rows the store now holds as the file says.
func (r *ImportResult) Loaded() int64 { return r.New + r.Changed + r.Unchanged }

// Import takes in one feed, all of it or nothing, in one transaction. What is the fault
// of the file is a *market.FeedError, and ErrNoRows is answered for a file without rows;
// in both cases the result still says what was read. src is read more than once.
//
// Rows go through a temporary table, so that memory stays flat whatever the file's size,
// and change stored ones only where they differ. Two imports of one kind run one after
// the other.
func (s *Store) Import(ctx context.Context, kind market.FeedKind, src io.ReadSeeker, opt ImportOptions) (*ImportResult, error) {
	im := &importer{kind: kind, table: tableOf(kind), src: src, opt: opt, res: &ImportResult{Kind: kind, Name: opt.Name}}
	var err error
	if im.res.Facts, err = market.Inspect(opt.Name, src); err != nil {
		return im.res, err
	}
	if im.feed, err = market.OpenFeed(kind, opt.Name, src, im.res.Facts, opt.Map); err != nil {
		return im.res, err
	}
	im.res.Header = slices.Clone(im.feed.Header())
	err = pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error { return im.run(ctx, tx) })
	var fe *market.FeedError
	if err != nil {
		im.res.ID = 0
		if errors.As(err, &fe) || errors.Is(err, ErrNoRows) {
			return im.res, err
		}
		return im.res, fmt.Errorf("import %s from %s: %w", kind, opt.Name, err)
	}
	const worthIt = 10_000 // rows after which the planner should know better
	if im.res.New+im.res.Changed >= worthIt {
		if _, err := s.Pool.Exec(ctx, `ANALYZE `+im.table.name); err != nil {
			s.log.Warn("analyze after import", "table", im.table.name, "error", err)
		}
	}
	return im.res, nil
}

// importer is one import under way.
type importer struct {
	kind     market.FeedKind
	table    feedTable
	src      io.ReadSeeker
	opt      ImportOptions
	feed     *market.FeedReader
	keys     *keyWatch
	res      *ImportResult
	problems []market.FeedProblem
}

// run does everything between begin and commit.
func (im *importer) run(ctx context.Context, tx pgx.Tx) error {
	if err := im.prepare(ctx, tx); err != nil {
		return err
	}
	err := copyRows(ctx, tx, im.stage)
	im.res.Read, im.res.Ignored = im.feed.Counts(), slices.Clone(im.feed.Ignored())
	im.res.Bad = int64(im.res.Read.Bad)
	if err != nil {
		return err
	}
	if err := im.compare(ctx, tx); err != nil {
		return err
	}
	good := int64(im.res.Read.Good) - im.res.Duplicate - im.res.Contradictory
	switch {
	case im.res.Bad > 0 && (good == 0 || !im.opt.SkipBad):
		return im.refuse()
	case im.res.Bad > 0 && im.opt.Snapshot:
		return im.feedError(fmt.Sprintf("a snapshot must be complete, but %d rows are bad", im.res.Bad))
	case good == 0 && im.res.Bad == 0:
		return ErrNoRows
	}
	if im.opt.Snapshot {
		if err := im.checkSnapshot(ctx, tx); err != nil {
			return err
		}
	}
	if err := im.upsert(ctx, tx, good); err != nil {
		return err
	}
	if im.opt.Snapshot {
		if err := im.closeAbsent(ctx, tx); err != nil {
			return err
		}
	}
	if err := im.lookRound(ctx, tx); err != nil {
		return err
	}
	if err := im.record(ctx, tx); err != nil {
		return err
	}
	if im.opt.Unchanged != nil {
		return im.opt.Unchanged()
	}
	return nil
}

// refuse lists the bad rows in the order of the file.
func (im *importer) refuse() error {
	slices.SortStableFunc(im.problems, func(a, b market.FeedProblem) int { return a.Line - b.Line })
	shown := im.problems[:min(len(im.problems), maxProblems)]
	rows := map[int]bool{}
	for _, p := range shown {
		rows[p.Line] = true
	}
	return &market.FeedError{Name: im.opt.Name, Problems: shown, More: int(im.res.Bad) - len(rows)}
}

func (im *importer) feedError(reason string) error {
	return &market.FeedError{Name: im.opt.Name, Problems: []market.FeedProblem{{Reason: reason}}}
}

// prepare makes the transaction and its staging table ready.
func (im *importer) prepare(ctx context.Context, tx pgx.Tx) error {
	columns := []string{"line bigint", "k bigint"}
	for _, c := range im.table.columns {
		columns = append(columns, c.name+" "+c.typ)
	}
	for _, sql := range []string{
		// Whoever laid the file there clears it away once it is taken in, and so do we: what
		// a crash of the server can still lose must not be told as stored, whatever the
		// server is set to.
		`SET LOCAL synchronous_commit = on`,
		`SET LOCAL work_mem = '64MB'`,
		// One writer at a time; readers go on.
		`LOCK TABLE ` + im.table.name + ` IN SHARE ROW EXCLUSIVE MODE`,
		`CREATE TEMPORARY TABLE staging (` + strings.Join(columns, ", ") + `) ON COMMIT DROP`,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("prepare: %w", err)
		}
	}
	err := tx.QueryRow(ctx, `SELECT nextval(pg_get_serial_sequence('imports', 'id'))`).Scan(&im.res.ID)
	if err != nil {
		return fmt.Errorf("number the import: %w", err)
	}
	return nil
}

// stage reads the whole feed and encodes its good rows.
func (im *importer) stage(w *copyWriter) error {
	im.keys = newKeyWatch()
	auto := im.feed.AutoLineNo()
	n := len(im.table.columns) + 2
	var row market.FeedRow
	for {
		err := im.feed.Next(&row)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(row.Problems) > 0 {
			if err := im.bad(&row); err != nil {
				return err
			}
			continue
		}
		if err := w.begin(n); err != nil {
			return err
		}
		id, line := rowKey(im.kind, &row)
		k := im.keys.add(id, line)
		if auto {
			k = int64(row.Whole) //nolint:gosec // any bits will do
		} else if line > 1 {
			im.res.FurtherLines++
		}
		w.int8(int64(row.Line))
		w.int8(k)
		im.table.encode(w, &row)
	}
}

// bad takes note of a row that could not be read.
func (im *importer) bad(row *market.FeedRow) error {
	if len(im.problems) < maxProblems {
		im.problems = append(im.problems, row.Problems...)
	}
	return im.report(BadRow{row.Line, row.Fields, row.Problems})
}

// report hands a bad row to whoever wants it.
func (im *importer) report(row BadRow) error {
	if !im.opt.SkipBad || im.opt.Bad == nil {
		return nil
	}
	if err := im.opt.Bad(row); err != nil {
		return fmt.Errorf("write bad row of line %d: %w", row.Line, err)
	}
	return nil
}

package reports

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"marketwarden/internal/cases"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// MaxReviewed is how many rows with a decision one reviewed file may hold: they are decided
// in one transaction.
const MaxReviewed = 50_000

// maxProblems is how many problems of a file are listed; the others are counted.
const maxProblems = 20

// Reviewed is a row of a reviewed violations.csv in which somebody decided.
type Reviewed struct {
	Line        int    // on which the row begins
	Fingerprint string // whole, lower-case
	Order       cases.Order
}

// Review is a reviewed file.
type Review struct {
	Name    string
	SHA256  string // of its bytes, in hex
	Rows    []Reviewed
	Skipped int // rows in which nobody decided
	heads   [reviewColumns]string
}

// The columns of a reviewed file that are read.
const (
	reviewDecision = iota
	reviewWhy
	reviewUntil
	reviewOwner
	reviewContent
	reviewFingerprint
	reviewSeen // the last: where it alone is missing, the file is an older export
	reviewColumns
)

// reviewHeads are the headings of those columns, in the order of their numbers.
func reviewHeads() [reviewColumns]record.Text {
	t := words()
	return [reviewColumns]record.Text{t.fillDecision, t.fillWhy, t.fillUntil, t.fillOwner, t.colContent, t.colFingerprint, t.colDecisionID}
}

// ReadReviewed reads a violations.csv back in which people filled in their decisions. The
// headings may be in any language of the reports and in any order, other columns are not
// looked at, and the file may be saved as spreadsheets do (see market.Table). who is who
// decides. What is wrong with the file, or with an order in it whatever its record is (see
// cases.Order.Check), is a *market.FeedError that names file, line and column; nothing of
// such a file should be taken.
func ReadReviewed(name string, src io.ReadSeeker, who string, now time.Time, maxDays int) (*Review, error) {
	facts, err := market.Inspect(name, src)
	if err != nil {
		return nil, err
	}
	table, err := market.OpenTable(name, src, facts)
	if err != nil {
		return nil, err
	}
	r := &Review{Name: name, SHA256: facts.SHA256}
	at, err := r.bind(table)
	if err != nil {
		return nil, err
	}
	problems := market.FeedError{Name: name}
	lines := map[string]int{}
	for {
		cells, line, err := table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		var row [reviewColumns]string
		for k, i := range at {
			if i < len(cells) {
				row[k] = strings.TrimSpace(uncell(strings.TrimSpace(cells[i])))
			}
		}
		if row[reviewDecision] == "" {
			r.Skipped++
			continue
		}
		if len(r.Rows) == MaxReviewed {
			return nil, &market.FeedError{Name: name, Problems: []market.FeedProblem{{
				Line: line, Reason: fmt.Sprintf("more than %d decisions: split the file", MaxReviewed),
			}}}
		}
		v, err := readReviewed(&row, who, now, maxDays)
		v.Line, v.Order.Source = line, cases.Source(name, facts.SHA256)
		if first := lines[v.Fingerprint]; err == nil && first > 0 {
			err = &cases.OrderError{Field: cases.FieldRecord, Reason: fmt.Sprintf("line %d decides about the same record", first)}
		}
		lines[v.Fingerprint] = line
		if err != nil {
			addProblem(&problems, r.Problem(line, err))
		}
		r.Rows = append(r.Rows, v)
	}
	if len(problems.Problems) > 0 {
		return nil, &problems
	}
	return r, nil
}

// bind finds the columns by their headings.
func (r *Review) bind(table *market.Table) ([reviewColumns]int, error) {
	var at [reviewColumns]int
	bad := func(column, reason string) ([reviewColumns]int, error) {
		return at, &market.FeedError{Name: r.Name, Problems: []market.FeedProblem{{Line: table.Line, Column: column, Reason: reason}}}
	}
	for k, head := range reviewHeads() {
		at[k] = -1
		for i, name := range table.Header {
			if !strings.EqualFold(name, head.ZH) && !strings.EqualFold(name, head.EN) {
				continue
			}
			if at[k] >= 0 {
				return bad(name, "the column is there twice")
			}
			at[k], r.heads[k] = i, name
		}
		if at[k] < 0 && k == reviewSeen {
			return bad("", fmt.Sprintf("the column %q (%s) is missing: it was deleted, or the file was exported before there was one. "+
				"Without it nobody can tell what was decided since: export the file anew", head.ZH, head.EN))
		}
		if at[k] < 0 {
			return bad("", fmt.Sprintf("the column %q (%s) is missing: this is no violations.csv to be reviewed", head.ZH, head.EN))
		}
	}
	return at, nil
}

// readReviewed turns the cells of a row into an order. The fingerprint is set even where
// it answers an error, if there is one.
func readReviewed(row *[reviewColumns]string, who string, now time.Time, maxDays int) (Reviewed, error) {
	v := Reviewed{Fingerprint: strings.ToLower(row[reviewFingerprint])}
	v.Order = cases.Order{
		Who: who, Why: row[reviewWhy], Owner: row[reviewOwner], Content: strings.ToLower(row[reviewContent]),
	}
	t := words()
	kinds := []record.DecisionKind{record.Confirm, record.Dismiss, record.Waive}
	k := slices.IndexFunc(kinds, func(k record.DecisionKind) bool {
		word := t.decision(k)
		return strings.EqualFold(row[reviewDecision], word.EN) || row[reviewDecision] == word.ZH
	})
	switch {
	case k < 0:
		return v, &cases.OrderError{Field: cases.FieldKind, Reason: fmt.Sprintf("%q is none of confirm, dismiss, waive, 确认, 驳回, 豁免", cut(row[reviewDecision], 40))}
	case v.Fingerprint == "":
		return v, &cases.OrderError{Field: cases.FieldRecord, Reason: "the fingerprint is missing"}
	case v.Order.Content == "":
		return v, &cases.OrderError{Field: cases.FieldContent, Reason: "the content hash is missing: nobody can tell what was decided about"}
	}
	v.Order.Kind = kinds[k]
	if seen := row[reviewSeen]; seen != "" {
		id, err := strconv.ParseInt(seen, 10, 64)
		if err != nil || id < 1 {
			return v, &cases.OrderError{Field: cases.FieldSeen, Reason: fmt.Sprintf("%q is no number of a decision: leave the column as it was exported", cut(seen, 40))}
		}
		v.Order.Seen = id
	}
	if until := row[reviewUntil]; until != "" {
		day, err := market.ParseFeedTime(until, market.Shanghai)
		if err != nil {
			return v, &cases.OrderError{Field: cases.FieldUntil, Reason: fmt.Sprintf("%q is no day such as 2026-12-31", cut(until, 40))}
		}
		y, m, d := day.In(market.Shanghai).Date()
		v.Order.Until = time.Date(y, m, d, 0, 0, 0, 0, market.Shanghai)
	}
	return v, v.Order.Check(now, maxDays)
}

// Problem says where in the file a fault is. An error that is no *cases.OrderError concerns the
// record.
func (r *Review) Problem(line int, err error) market.FeedProblem {
	column := r.heads[reviewFingerprint]
	if f := cases.AsOrderError(err); f != nil {
		switch f.Field {
		case cases.FieldKind:
			column = r.heads[reviewDecision]
		case cases.FieldWhy:
			column = r.heads[reviewWhy]
		case cases.FieldUntil:
			column = r.heads[reviewUntil]
		case cases.FieldOwner:
			column = r.heads[reviewOwner]
		case cases.FieldContent:
			column = r.heads[reviewContent]
		case cases.FieldSeen:
			column = r.heads[reviewSeen]
		case cases.FieldWho:
			column = ""
		case cases.FieldRecord:
		}
	}
	return market.FeedProblem{Line: line, Column: column, Reason: err.Error()}
}

// Refuse makes one error of problems that were found with the records of the file.
func (r *Review) Refuse(problems []market.FeedProblem) error {
	e := &market.FeedError{Name: r.Name}
	for _, p := range problems {
		addProblem(e, p)
	}
	return e
}

func addProblem(e *market.FeedError, p market.FeedProblem) {
	if len(e.Problems) == maxProblems {
		e.More++
		return
	}
	e.Problems = append(e.Problems, p)
}

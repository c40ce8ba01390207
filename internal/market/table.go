package market

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Table reads a CSV file as spreadsheets save it, whatever it means: in the encodings of
// feeds, with comma, semicolon or tab between the cells as its first line has them. Rows
// are bounded as those of feeds are. It is for one goroutine.
type Table struct {
	Header []string // trimmed
	Line   int      // on which the header stands
	name   string
	src    source
	raw    rawRow
}

// OpenTable begins to read a table. facts come from Inspect, and src must be at its start.
// A file without header is a *FeedError.
func OpenTable(name string, src io.Reader, facts FeedFacts) (*Table, error) {
	br := facts.decode(src)
	// Peek returns what there is of the first line; it fails where that is less.
	start, err := br.Peek(br.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	t := &Table{name: name, src: newCSVSource(br, separator(start), 0)}
	cells, line, err := t.Next()
	if errors.Is(err, io.EOF) {
		return nil, &FeedError{Name: name, Problems: []FeedProblem{{Line: 1, Reason: "the file is empty: the header is missing"}}}
	}
	if err != nil {
		return nil, err
	}
	if len(cells) > MaxFeedColumns {
		return nil, &FeedError{Name: name, Problems: []FeedProblem{{Line: line, Reason: fmt.Sprintf("more than %d columns", MaxFeedColumns)}}}
	}
	for _, c := range cells {
		t.Header = append(t.Header, strings.TrimSpace(strings.Clone(c)))
	}
	t.Line = line
	return t, nil
}

// Next returns the cells of the next row that is not blank, valid until the next call, and
// the line on which it begins; io.EOF at the end, a *FeedError where the file cannot be
// read on.
func (t *Table) Next() (cells []string, line int, err error) {
	for {
		switch err := t.src.next(&t.raw); {
		case errors.Is(err, io.EOF):
			return nil, 0, io.EOF
		case err != nil:
			if fe, ok := errors.AsType[*FeedError](err); ok {
				fe.Name = t.name
				return nil, 0, fe
			}
			return nil, 0, fmt.Errorf("read %s: %w", t.name, err)
		case t.raw.problem != nil:
			return nil, 0, &FeedError{Name: t.name, Problems: []FeedProblem{*t.raw.problem}}
		case !blankRow(t.raw.fields):
			return t.raw.fields, t.raw.line, nil
		}
	}
}

// separator is the sign between cells that the first line has most of outside quotation
// marks.
func separator(start []byte) rune {
	counts := map[byte]int{}
	quoted := false
	for _, b := range start {
		if b == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if b == '\n' || b == '\r' {
			break
		}
		counts[b]++
	}
	best := byte(',')
	for _, b := range []byte{';', '\t'} {
		if counts[b] > counts[best] {
			best = b
		}
	}
	return rune(best)
}

package market

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"
)

// FeedReader reads the rows of one feed, in the order of the file, without keeping any.
// It tells good rows from bad ones and counts the rest; what only the whole file can
// tell (repeated keys, contradictions) is for its caller. It is for one goroutine.
type FeedReader struct {
	kind    FeedKind
	name    string
	src     source
	jsonl   *jsonlSource
	columns []column
	bind    []binding
	header  []string
	noHead  bool
	auto    bool
	ignored []string
	seed    maphash.Seed
	counts  FeedCounts
	raw     rawRow
	lastEnd int
	row     *FeedRow // being filled
}

// binding says where the values of one target column come from in this file.
type binding struct {
	FeedColumn
	name  string // of the column in the file, for messages
	from  []int  // indexes into the fields
	times int    // index of the column to multiply by
	bound bool
}

// OpenFeed begins to read a feed. facts come from Inspect, and src must be at its start.
// JSONL is recognised by its first character, a brace; all else is CSV. m may be nil.
// A required column that is missing is a *FeedError.
func OpenFeed(kind FeedKind, name string, src io.Reader, facts FeedFacts, m *FeedMap) (*FeedReader, error) {
	r := &FeedReader{kind: kind, name: name, columns: kind.columns(), seed: maphash.MakeSeed()}
	if m == nil {
		m = &FeedMap{HeaderRow: 1}
	}
	if m.Kind != "" && m.Kind != kind {
		return nil, r.fatal(FeedProblem{Reason: fmt.Sprintf("the map is for %s, not for %s", m.Kind, kind)})
	}
	br := facts.decode(src)
	if isJSONL(br) {
		return r, r.openJSONL(br, m)
	}
	return r, r.openCSV(br, m)
}

func isJSONL(br *bufio.Reader) bool {
	for n := 1; n <= 1024; n++ {
		b, err := br.Peek(n)
		if err != nil {
			return false
		}
		switch b[n-1] {
		case ' ', '\t', '\r', '\n':
		default:
			return b[n-1] == '{'
		}
	}
	return false
}

// fatal is a *FeedError of this file.
func (r *FeedReader) fatal(p FeedProblem) error {
	return &FeedError{Name: r.name, Problems: []FeedProblem{p}}
}

func (r *FeedReader) openJSONL(br *bufio.Reader, m *FeedMap) error {
	var names []string
	add := func(n string) {
		if n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, c := range r.columns {
		spec, ok := m.Columns[c.name]
		if !ok {
			add(c.name)
		}
		for _, n := range spec.From {
			add(n)
		}
		add(spec.Times)
	}
	r.header, r.noHead = names, true
	r.jsonl = newJSONLSource(br, names)
	r.src = r.jsonl
	return r.bindColumns(m, 0)
}

func (r *FeedReader) openCSV(br *bufio.Reader, m *FeedMap) error {
	skipped := 0
	for skipped < m.HeaderRow-1 {
		if err := skipLine(br); errors.Is(err, io.EOF) {
			return r.fatal(FeedProblem{Line: skipped + 1, Reason: "the file ends above its header"})
		} else if err != nil {
			return fmt.Errorf("read %s: %w", r.name, err)
		}
		skipped++
	}
	src := newCSVSource(br, m.Delimiter, skipped)
	r.src, r.lastEnd = src, skipped
	r.counts.Header = skipped
	if m.HeaderRow == 0 {
		r.header, r.noHead = m.Names, true
		return r.bindColumns(m, 0)
	}
	if err := src.next(&r.raw); errors.Is(err, io.EOF) {
		return r.fatal(FeedProblem{Line: 1, Reason: "the file is empty: the header is missing"})
	} else if err != nil {
		return r.readError(err)
	}
	if r.raw.problem != nil {
		return r.fatal(*r.raw.problem)
	}
	if len(r.raw.fields) > MaxFeedColumns {
		return r.fatal(FeedProblem{Line: r.raw.line, Reason: fmt.Sprintf("more than %d columns", MaxFeedColumns)})
	}
	for _, f := range r.raw.fields {
		r.header = append(r.header, strings.Clone(strings.TrimSpace(f)))
	}
	r.counts.Header++
	r.account()
	return r.bindColumns(m, r.raw.line)
}

func skipLine(br *bufio.Reader) error {
	for {
		_, err := br.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// Header returns the columns of the file.
func (r *FeedReader) Header() []string { return r.header }

// Ignored returns the columns of the file that are not used, at most 100.
func (r *FeedReader) Ignored() []string {
	if r.jsonl != nil {
		return r.jsonl.unused
	}
	return r.ignored
}

// AutoLineNo reports whether the lines of an order are to be numbered in file order by
// the caller: the reader leaves LineNo 0 and sets FeedRow.Whole.
func (r *FeedReader) AutoLineNo() bool { return r.auto }

// Counts accounts for the lines read so far; complete after io.EOF.
func (r *FeedReader) Counts() FeedCounts { return r.counts }

// account counts the lines between the last row and this one, and this row's further
// lines.
func (r *FeedReader) account() {
	r.counts.Blank += r.raw.line - r.lastEnd - 1
	r.counts.Continuation += r.raw.end - r.raw.line
	r.lastEnd = r.raw.end
}

// readError gives an error of the source this file's name.
func (r *FeedReader) readError(err error) error {
	if fe, ok := errors.AsType[*FeedError](err); ok {
		fe.Name = r.name
		return fe
	}
	return fmt.Errorf("read %s: %w", r.name, err)
}

// Next reads the next row that is a row: blank ones and repeated headers are only
// counted. It answers io.EOF at the end, and a *FeedError when the file cannot be read
// on. Strings in row stay valid; row.Fields does not.
func (r *FeedReader) Next(row *FeedRow) error {
	for {
		if err := r.src.next(&r.raw); errors.Is(err, io.EOF) {
			r.counts.Lines = r.src.lines()
			r.counts.Blank += r.counts.Lines - r.lastEnd
			r.lastEnd = r.counts.Lines
			return io.EOF
		} else if err != nil {
			return r.readError(err)
		}
		r.account()
		if r.raw.problem == nil && blankRow(r.raw.fields) && (r.jsonl == nil || len(r.jsonl.whole) == 0) {
			r.counts.Blank++
			continue
		}
		if r.raw.problem == nil && !r.noHead && r.repeatsHeader() {
			r.counts.Repeated++
			continue
		}
		r.fill(row)
		if len(row.Problems) > 0 {
			r.counts.Bad++
		} else {
			r.counts.Good++
		}
		return nil
	}
}

func blankRow(fields []string) bool {
	for _, f := range fields {
		if strings.TrimSpace(f) != "" {
			return false
		}
	}
	return true
}

func (r *FeedReader) repeatsHeader() bool {
	if len(r.raw.fields) != len(r.header) {
		return false
	}
	for i, f := range r.raw.fields {
		if f != r.header[i] && strings.TrimSpace(f) != r.header[i] {
			return false
		}
	}
	return true
}

// fill turns the raw row into a typed one or says what is wrong.
func (r *FeedReader) fill(row *FeedRow) {
	row.Line, row.Fields, row.Problems = r.raw.line, r.raw.fields, row.Problems[:0]
	r.row = row
	switch {
	case r.raw.problem != nil:
		row.Problems = append(row.Problems, *r.raw.problem)
		return
	case len(row.Fields) != len(r.header):
		row.Problems = append(row.Problems, FeedProblem{
			Line:   row.Line,
			Reason: fmt.Sprintf("the row has %d values, the header %d", len(row.Fields), len(r.header)),
		})
		return
	}
	switch r.kind {
	case FeedProviders:
		r.provider(&row.Provider)
	case FeedListings:
		r.listing(&row.Listing)
	case FeedOrders:
		r.order(&row.Order)
		if r.auto {
			row.Whole = r.whole(row.Fields)
		}
	case FeedComplaints:
		r.complaint(&row.Complaint)
	}
}

// whole hashes all values of the row, lengths included.
func (r *FeedReader) whole(fields []string) uint64 {
	if r.jsonl != nil {
		return maphash.Bytes(r.seed, r.jsonl.whole)
	}
	var h maphash.Hash
	h.SetSeed(r.seed)
	for _, f := range fields {
		_, _ = h.WriteString(f) // never fails
		_ = h.WriteByte(0)      // values hold no NUL
	}
	return h.Sum64()
}

// text is the trimmed value of a target column, translated as the map says.
func (r *FeedReader) text(col int) string {
	b := &r.bind[col]
	var v string
	switch {
	case b.Const != nil:
		v = *b.Const
	case len(b.from) == 1 && !b.Hash:
		v = strings.TrimSpace(r.row.Fields[b.from[0]])
	case len(b.from) > 0:
		v = r.composite(b)
	}
	if b.Values != nil {
		if to, ok := b.Values[v]; ok {
			return to
		}
		if to, ok := b.Values["*"]; ok {
			return to
		}
	}
	return v
}

// composite joins or hashes several columns. Where all are empty so is the result.
func (r *FeedReader) composite(b *binding) string {
	parts := make([]string, len(b.from))
	empty := true
	for i, at := range b.from {
		parts[i] = strings.TrimSpace(r.row.Fields[at])
		empty = empty && parts[i] == ""
	}
	if empty {
		return ""
	}
	if !b.Hash {
		return strings.Join(parts, b.Sep)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// fail says what is wrong with the value of a target column.
func (r *FeedReader) fail(col int, reason, value string) {
	r.row.Problems = append(r.row.Problems, FeedProblem{
		Line: r.row.Line, Column: r.bind[col].name, Reason: reason, Value: bound(value), HasValue: true,
	})
}

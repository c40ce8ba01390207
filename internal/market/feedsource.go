package market

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// source is one way in which rows stand in a file.
type source interface {
	// next reads the row that follows; io.EOF when there is none, a *FeedError without
	// name when the file cannot be read on.
	next(*rawRow) error
	// lines is the number of lines read so far; of the whole file after io.EOF.
	lines() int
}

// rawRow is a row before anything is known of its meaning.
type rawRow struct {
	line, end int      // first and last line
	fields    []string // only until the next call
	problem   *FeedProblem
}

// tooLong is why a file is given up.
func tooLong(line int, hint string) error {
	return &FeedError{Problems: []FeedProblem{{Line: line, Reason: "the row is longer than 1 MiB" + hint}}}
}

// csvSource reads RFC 4180 rows, each of bounded length.
type csvSource struct {
	in     *lineCounter
	r      *csv.Reader
	before int // lines above, which were skipped
	last   int // last line of the row before
}

func newCSVSource(br *bufio.Reader, delimiter rune, skipped int) *csvSource {
	in := &lineCounter{r: br}
	s := &csvSource{in: in, before: skipped, last: skipped}
	s.r = csv.NewReader(bufio.NewReaderSize(in, lineBuffer))
	if delimiter != 0 {
		s.r.Comma = delimiter
	}
	s.r.FieldsPerRecord = -1
	s.r.ReuseRecord = true
	return s
}

func (s *csvSource) lines() int { return s.before + s.in.lines() }

func (s *csvSource) next(row *rawRow) error {
	s.in.mark = s.r.InputOffset()
	fields, err := s.r.Read()
	var perr *csv.ParseError
	switch {
	case err == nil:
		at, _ := s.r.FieldPos(0)
		end, _ := s.r.FieldPos(len(fields) - 1)
		// Only a quoted value holds line breaks, and its position is where it begins.
		end += strings.Count(fields[len(fields)-1], "\n")
		row.line, row.end = at+s.before, end+s.before
		row.fields, row.problem = fields, nil
	case errors.Is(err, errRowTooLong):
		return tooLong(s.last+1, " (is a quotation mark not closed?)")
	case errors.As(err, &perr):
		row.line, row.end, row.fields = perr.StartLine+s.before, perr.Line+s.before, nil
		reason := "a quotation mark inside a value must be doubled and the value quoted"
		if errors.Is(perr.Err, csv.ErrQuote) {
			reason = "a quoted value must end in a quotation mark before the next comma or line"
		}
		row.problem = &FeedProblem{Line: row.line, Reason: reason}
	default:
		return err
	}
	s.last = row.end
	return nil
}

const lineBuffer = 64 << 10

var errRowTooLong = errors.New("row too long")

// lineCounter counts lines as they are read and ends the reading when far more was read
// than belongs to one row, so that an open quotation mark does not take the whole file
// into memory.
type lineCounter struct {
	r      io.Reader
	mark   int64 // where the row being read begins
	read   int64
	breaks int
	open   bool // the last byte was no line break
}

func (c *lineCounter) Read(p []byte) (int, error) {
	if c.read-c.mark > MaxFeedRow+lineBuffer {
		return 0, errRowTooLong
	}
	n, err := c.r.Read(p)
	c.read += int64(n)
	c.breaks += bytes.Count(p[:n], []byte{'\n'})
	if n > 0 {
		c.open = p[n-1] != '\n'
	}
	return n, err
}

func (c *lineCounter) lines() int {
	if c.open {
		return c.breaks + 1
	}
	return c.breaks
}

// jsonlSource reads one JSON object a line. Its fields are the values of names.
type jsonlSource struct {
	br     *bufio.Reader
	names  []string
	index  map[string]int
	line   int
	fields []string
	given  []bool   // which fields the row has, empty ones too
	unused []string // other keys, as far as they are remembered
	whole  []byte
}

func newJSONLSource(br *bufio.Reader, names []string) *jsonlSource {
	s := &jsonlSource{br: br, names: names, index: map[string]int{}, fields: make([]string, len(names)), given: make([]bool, len(names))}
	for i, n := range names {
		s.index[n] = i
	}
	return s
}

func (s *jsonlSource) lines() int { return s.line }

func (s *jsonlSource) next(row *rawRow) error {
	line, err := s.readLine()
	if err != nil {
		return err
	}
	row.line, row.end, row.fields, row.problem = s.line, s.line, s.fields, nil
	clear(s.fields)
	clear(s.given)
	line = bytes.TrimSpace(line)
	if s.whole = line; len(line) == 0 {
		return nil
	}
	if column, reason := s.object(line); reason != "" {
		row.problem = &FeedProblem{Line: s.line, Column: column, Reason: reason}
	}
	return nil
}

// readLine reads a line of bounded length.
func (s *jsonlSource) readLine() ([]byte, error) {
	line, err := s.br.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		long := slices.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) {
			if len(long) > MaxFeedRow {
				return nil, tooLong(s.line+1, "")
			}
			line, err = s.br.ReadSlice('\n')
			long = append(long, line...)
		}
		line = long
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
		return nil, err
	}
	s.line++
	return line, nil
}

// object takes the values out of one object; reason says what is wrong with it.
func (s *jsonlSource) object(line []byte) (column, reason string) {
	const noObject = "not a JSON object"
	d := json.NewDecoder(bytes.NewReader(line))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return "", noObject
	}
	for d.More() {
		t, err := d.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return "", noObject
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return "", noObject
		}
		i, ok := s.index[key]
		if !ok {
			if len(s.unused) < maxIgnored && !slices.Contains(s.unused, key) {
				s.unused = append(s.unused, strings.Clone(key))
			}
			continue
		}
		if s.given[i] {
			return key, "the key is there twice"
		}
		s.given[i] = true
		if s.fields[i], ok = jsonText(raw); !ok {
			return key, "must be a text, a number or a list of texts"
		}
	}
	if t, err := d.Token(); err != nil || t != json.Delim('}') {
		return "", noObject
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "", "more than one JSON value in the line"
	}
	return "", ""
}

// jsonText is the text of a JSON value; of a number the digits as written, so that no
// amount goes through floating point.
func jsonText(raw json.RawMessage) (string, bool) {
	switch raw[0] {
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err == nil
	case '[':
		var list []string
		if json.Unmarshal(raw, &list) != nil {
			return "", false
		}
		return strings.Join(list, ";"), true
	case 'n':
		return "", true
	case '{', 't', 'f':
		return "", false
	}
	return string(raw), true
}

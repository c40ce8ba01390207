package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
)

// maxCheckLine bounds a line of --as jsonl, in bytes.
const maxCheckLine = 32 << 20

// request is a line of --as jsonl. Unknown keys are ignored: callers keep their own
// labels on the lines.
type request struct {
	ID         string  `json:"id"`
	As         string  `json:"as"`
	Field      string  `json:"field"`
	URL        string  `json:"url"`
	HTML       *string `json:"html"`
	Text       *string `json:"text"`
	Product    string  `json:"product"`
	ListingURL string  `json:"listing_url"`
}

// answer is a line of --format jsonl and of the output of --as jsonl.
type answer struct {
	ID       string                    `json:"id"`
	Outcomes map[string]record.Outcome `json:"outcomes"`
	Reasons  map[string]string         `json:"reasons,omitempty"` // why not checked or not applicable, by rule
	Findings []answerFinding           `json:"findings"`
	Exempted []answerExempted          `json:"exempted,omitempty"` // what looks like a fault and was deliberately not reported
}

type answerExempted struct {
	Rule      string `json:"rule"`
	Term      string `json:"term"`
	Exemption string `json:"exemption"`
	Basis     string `json:"basis"`
	Field     string `json:"field,omitempty"`
	Snippet   string `json:"snippet"`
	Start     int    `json:"start"`
	End       int    `json:"end"`
	Selector  string `json:"selector"`
}

type answerFinding struct {
	Rule     string         `json:"rule"`
	Outcome  record.Outcome `json:"outcome"`
	Field    string         `json:"field,omitempty"`
	Snippet  string         `json:"snippet"`
	Start    int            `json:"start"`
	End      int            `json:"end"`
	Selector string         `json:"selector"`
	Expected string         `json:"expected"`
	Found    string         `json:"found"`
	Reason   string         `json:"reason"`
}

// refusal stands in for the answer to a line that cannot be understood.
type refusal struct {
	ID    json.RawMessage `json:"id"` // as given, even where it is no text
	Error string          `json:"error"`
}

// lines answers requests line by line, in their order, holding one at a time.
func (c *checkCmd) lines(a *app, j *judge, t *tally) error {
	out := newLinePrinter(a.stdout, a.cfg.Lang)
	for _, name := range c.Inputs {
		err := c.linesOf(a, j, t, out, name)
		if ue, ok := errors.AsType[*exitError](err); ok && ue.code == exitUsage {
			t.failed++ // the other inputs are still answered
			fmt.Fprintln(a.stderr, "marketwarden:", ue.err)
			continue
		}
		if err != nil {
			return err
		}
	}
	return out.close(t)
}

func (c *checkCmd) linesOf(a *app, j *judge, t *tally, out *linePrinter, name string) error {
	src := a.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return &exitError{exitUsage, err}
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return usageError("%s is a folder; --as jsonl reads files of requests", name)
		}
		src = f
	}
	first := true
	r := bufio.NewReaderSize(src, 64<<10)
	for {
		if a.ctx.Err() != nil {
			return a.ctx.Err()
		}
		if r.Buffered() == 0 { // the caller may be waiting for the answers so far
			if err := out.w.Flush(); err != nil {
				return fmt.Errorf("write results: %w", err)
			}
		}
		line, err := readLine(r)
		if err != nil && !errors.Is(err, errLongLine) {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("read %s: %w", name, err)
		}
		if first {
			line = bytes.TrimPrefix(line, []byte("\uFEFF"))
			first = false
		}
		if err == nil && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := c.line(j, t, out, line, err); err != nil {
			return err
		}
	}
}

// line answers one request. A bad one is answered with what is wrong, and the next ones
// are still answered.
func (c *checkCmd) line(j *judge, t *tally, out *linePrinter, line []byte, bad error) error {
	var req request
	if bad == nil {
		if err := json.Unmarshal(line, &req); err != nil {
			bad = fmt.Errorf("no request: %w", err)
		}
	}
	var in input
	if bad == nil {
		in, bad = req.input()
	}
	if bad != nil {
		t.failed++
		return out.encode(refusal{idOf(line), bad.Error()})
	}
	v := j.judge(&in)
	t.count(v.results)
	return out.print(&v)
}

// idOf finds the id of a line that cannot be answered, so that its sender knows it again.
func idOf(line []byte) json.RawMessage {
	var l struct {
		ID json.RawMessage `json:"id"`
	}
	if err := json.Unmarshal(line, &l); err != nil || len(l.ID) == 0 {
		return json.RawMessage(`""`)
	}
	return l.ID
}

func (r *request) input() (input, error) {
	in := input{name: r.ID, as: r.As, field: r.Field, url: r.URL, product: r.Product, listingURL: r.ListingURL}
	switch r.As {
	case asListing, asSite, asText:
	default:
		return in, fmt.Errorf("as is %q, not listing, site or text", r.As)
	}
	if r.URL != "" {
		if _, err := weburl.Parse(r.URL); err != nil {
			return in, fmt.Errorf("url %q is not an address", r.URL)
		}
	}
	switch {
	case r.HTML != nil && r.Text != nil:
		return in, errors.New("both html and text are given")
	case r.HTML != nil:
		in.html = []byte(*r.HTML)
		if in.as == asText { // marked-up words of one field
			in.as = asFragment
		}
	case r.Text != nil:
		in.text = *r.Text
		if in.as == asListing {
			in.as = asText
		}
	default:
		return in, errors.New("neither html nor text is given")
	}
	return in, nil
}

// asFragment is HTML that is all the provider's words.
const asFragment = "fragment"

var errLongLine = fmt.Errorf("line is longer than %d bytes", maxCheckLine)

// readLine reads a line without its end. A line beyond the bound is passed over and gives
// errLongLine.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxCheckLine; !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(line) == 0 && !long):
			return nil, err
		case long:
			return nil, errLongLine
		}
		for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
			line = line[:len(line)-1]
		}
		return line, nil
	}
}

// linePrinter writes answers as JSON lines.
type linePrinter struct {
	w    *bufio.Writer
	enc  *json.Encoder
	lang string
}

func newLinePrinter(w io.Writer, lang string) *linePrinter {
	p := &linePrinter{w: bufio.NewWriter(w), lang: lang}
	p.enc = json.NewEncoder(p.w)
	p.enc.SetEscapeHTML(false)
	return p
}

func (p *linePrinter) encode(v any) error {
	if err := p.enc.Encode(v); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}

func (p *linePrinter) print(v *judged) error {
	a := answer{ID: v.name, Outcomes: make(map[string]record.Outcome, len(v.results)), Findings: []answerFinding{}}
	for i := range v.results {
		r := &v.results[i]
		a.Outcomes[r.Rule] = r.Outcome
		if r.Reason.Code != "" {
			if a.Reasons == nil {
				a.Reasons = map[string]string{}
			}
			a.Reasons[r.Rule] = r.Reason.Code
		}
		for k := range r.Findings {
			f := &r.Findings[k]
			o := f.First()
			a.Findings = append(a.Findings, answerFinding{
				Rule: f.Rule, Outcome: f.Outcome, Field: o.Field, Snippet: o.Snippet, Start: o.Span[0], End: o.Span[1], Selector: o.Selector,
				Expected: f.Expected.In(p.lang), Found: f.Found.In(p.lang), Reason: f.Explained().In(p.lang),
			})
		}
	}
	for i := range v.exempt {
		e := &v.exempt[i]
		o := &e.Occurrence
		a.Exempted = append(a.Exempted, answerExempted{
			Rule: e.Rule, Term: e.Term, Exemption: e.By.ID, Basis: e.By.Basis.In(p.lang),
			Field: o.Field, Snippet: o.Snippet, Start: o.Span[0], End: o.Span[1], Selector: o.Selector,
		})
	}
	return p.encode(a)
}

func (p *linePrinter) close(*tally) error { return p.w.Flush() }

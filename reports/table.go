package reports

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rivo/uniseg"
)

const (
	defaultWidth = 100 // columns, where the caller does not know the terminal's
	minWidth     = 40
	gap          = 2 // columns between two columns
	minFlex      = 10

	maxCellWidth = 400 // a wider text is cut whatever the terminal
)

// style is a colour of the terminal as an SGR parameter; "" is none.
type style string

const (
	plain  style = ""
	bold   style = "1"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	dim    style = "2"
)

// screen writes lines for a terminal. The first error of the writer is kept and every
// write after it does nothing; close returns it.
type screen struct {
	out   *bufio.Writer
	width int // columns a line may take
	color bool
}

func newScreen(w io.Writer, width int, color bool) *screen {
	if width <= 0 {
		width = defaultWidth
	}
	return &screen{bufio.NewWriter(w), max(width, minWidth), color}
}

func (s *screen) close() error {
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

// line writes one line. What is foreign in it must be inert already.
func (s *screen) line(st style, text string) {
	_, _ = s.out.WriteString(s.paint(st, text) + "\n") // close tells the error
}

// joined writes parts with a dot between them, on as many lines as it takes.
func (s *screen) joined(st style, parts ...string) {
	const dot = " · "
	line := ""
	for _, p := range parts {
		switch {
		case line == "":
			line = p
		case uniseg.StringWidth(line+dot+p) > s.width:
			s.line(st, line)
			line = p
		default:
			line += dot + p
		}
	}
	s.line(st, line)
}

func (s *screen) paint(st style, text string) string {
	if !s.color || st == plain || text == "" {
		return text
	}
	return "\x1b[" + string(st) + "m" + text + "\x1b[0m"
}

// column says how a column of a table is set.
type column struct {
	head  string
	right bool // numbers
	flex  bool // foreign or long text, cut where the line would be too long
	// spare columns are left out where cutting does not suffice, the highest first;
	// 0 is never left out.
	spare int
}

type tableCell struct {
	text  string
	style style
}

// table is rows of text set in columns by their width on a terminal, where a Chinese
// character takes two.
type table struct {
	cols []column
	rows [][]tableCell
}

func (t *table) add(cells ...tableCell) { t.rows = append(t.rows, cells) }

// write sets the table, indented by two.
func (s *screen) table(t *table) {
	t.shed(s.width - gap)
	widths := t.widths(s.width - gap)
	heads := make([]tableCell, len(t.cols))
	for i, c := range t.cols {
		heads[i] = tableCell{c.head, dim}
	}
	s.row(t.cols, widths, heads)
	for _, row := range t.rows {
		s.row(t.cols, widths, row)
	}
}

func (s *screen) row(cols []column, widths []int, cells []tableCell) {
	var b strings.Builder
	pad := gap // owed before the next text, so that no line ends in spaces
	for i, c := range cells {
		text := clip(c.text, widths[i])
		before, after := 0, widths[i]-uniseg.StringWidth(text)
		if cols[i].right {
			before, after = after, 0
		}
		pad += before
		if text != "" {
			b.WriteString(strings.Repeat(" ", pad))
			b.WriteString(s.paint(c.style, text))
			pad = 0
		}
		pad += after + gap
	}
	s.line(plain, b.String())
}

// widths is how wide each column is set: as wide as its widest cell, the flexible ones
// narrower, widest first, where the line would be longer than limit.
func (t *table) widths(limit int) []int {
	widths := make([]int, len(t.cols))
	total := gap * (len(t.cols) - 1)
	for i, c := range t.cols {
		widths[i] = uniseg.StringWidth(c.head)
		for _, row := range t.rows {
			widths[i] = max(widths[i], min(uniseg.StringWidth(row[i].text), maxCellWidth))
		}
		total += widths[i]
	}
	for ; total > limit; total-- {
		widest := -1
		for i, c := range t.cols {
			if c.flex && widths[i] > minFlex && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return widths
}

// shed drops spare columns until the narrowest setting fits into limit.
func (t *table) shed(limit int) {
	for {
		least, spare := gap*(len(t.cols)-1), -1
		for i, w := range t.widths(0) {
			least += w
			if c := t.cols[i]; c.spare > 0 && (spare < 0 || c.spare > t.cols[spare].spare) {
				spare = i
			}
		}
		if least <= limit || spare < 0 {
			return
		}
		t.drop(spare)
	}
}

// clip shortens text to at most width columns and ends it with an ellipsis then.
func clip(text string, width int) string {
	if len(text) <= width || uniseg.StringWidth(text) <= width {
		return text
	}
	used, rest, state := 0, text, -1
	for rest != "" {
		_, tail, w, next := uniseg.FirstGraphemeClusterInString(rest, state)
		if used+w > width-1 {
			break
		}
		used, rest, state = used+w, tail, next
	}
	return strings.TrimRight(text[:len(text)-len(rest)], " ") + "…"
}

// drop takes a column out.
func (t *table) drop(i int) {
	t.cols = slices.Delete(t.cols, i, i+1)
	for k := range t.rows {
		t.rows[k] = slices.Delete(t.rows[k], i, i+1)
	}
}

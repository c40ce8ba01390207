package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"marketwarden/internal/record"
	"marketwarden/rules"
)

// printer writes what was answered about inputs, one at a time.
type printer interface {
	print(*judged) error
	close(*tally) error
}

// textPrinter writes for people: a line a finding, the words under it, and how to mend.
type textPrinter struct {
	w    io.Writer
	lang string
	book *rules.Book
}

func (p *textPrinter) say(zh, en string, args ...any) string {
	return fmt.Sprintf(record.Text{ZH: zh, EN: en}.In(p.lang), args...)
}

func (p *textPrinter) print(v *judged) error {
	var b strings.Builder
	name := printable(v.name)
	for _, n := range v.notes {
		fmt.Fprintf(&b, "%s: %s\n", name, printable(n.In(p.lang)))
	}
	for i := range v.results {
		r := &v.results[i]
		rule, _ := p.book.ByID(r.Rule)
		head := fmt.Sprintf("%s (%s)", r.Rule, rule.Clause)
		if r.Outcome == record.NotChecked {
			fmt.Fprintf(&b, "%s: %s: %s\n", name, head, p.say("未检查：%s", "not checked: %s", printable(r.Reason.Text.In(p.lang))))
		}
		for k := range r.Findings {
			p.finding(&b, name, head, &r.Findings[k])
		}
		if len(r.Findings) > 0 {
			mend := cmp.Or(r.Findings[0].Mend, rule.Mend) // rules with words of their own have one finding a subject
			fmt.Fprintf(&b, "    %s\n", p.say("如何整改：%s", "to mend: %s", mend.In(p.lang)))
		}
	}
	_, err := io.WriteString(p.w, b.String())
	return err
}

// maxPlacesShown is how many places of one finding are written out.
const maxPlacesShown = 5

func (p *textPrinter) finding(b *strings.Builder, name, head string, f *record.Finding) {
	outcome := p.say("违规", "violation")
	if f.Outcome == record.Suspected {
		outcome = p.say("待人工核实", "suspected")
	}
	where := name
	if s := f.First().Selector; s != "" {
		where += ":" + printable(s)
	}
	fmt.Fprintf(b, "%s: %s: %s: %s: %s\n", where, head, outcome, printable(f.Explained().In(p.lang)), printable(f.Found.In(p.lang)))
	for i := range f.Occurrences[:min(len(f.Occurrences), maxPlacesShown)] {
		o := &f.Occurrences[i]
		if i > 0 && o.Selector != "" {
			fmt.Fprintf(b, "  %s\n", printable(o.Selector))
		}
		underline(b, o)
	}
	if more := f.Count - min(len(f.Occurrences), maxPlacesShown); more > 0 {
		fmt.Fprintf(b, "    %s\n", p.say("……另有 %d 处", "… and %d more", more))
	}
	fmt.Fprintf(b, "    %s\n", p.say("应为：%s", "expected: %s", printable(f.Expected.In(p.lang))))
}

// underline writes a snippet with its offending words marked below.
func underline(b *strings.Builder, o *record.Occurrence) {
	before := printable(o.Snippet[:o.Mark[0]])
	words := printable(o.Snippet[o.Mark[0]:o.Mark[1]])
	after := printable(o.Snippet[o.Mark[1]:])
	fmt.Fprintf(b, "    %s%s%s\n", before, words, after)
	if n := columns(words); n > 0 {
		fmt.Fprintf(b, "    %s%s\n", strings.Repeat(" ", columns(before)), strings.Repeat("^", n))
	}
}

func (p *textPrinter) close(t *tally) error {
	_, err := fmt.Fprintln(p.w, p.say(
		"检查了 %d 个输入：%d 处违规，%d 处待人工核实，%d 项未检查",
		"%d inputs checked: %d violations, %d suspected, %d not checked",
		t.inputs, t.violations, t.suspected, t.notChecked))
	return err
}

// columns is the width of s on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		case width.Neutral, width.EastAsianAmbiguous, width.EastAsianNarrow, width.EastAsianHalfwidth:
			n++
		}
	}
	return n
}

// printable makes words from a page harmless on a terminal: what controls it, or shows
// nothing or in another order, is written out.
func printable(s string) string {
	clean := true
	for _, r := range s {
		if hostileRune(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hostileRune(r) {
			fmt.Fprintf(&b, `\u{%X}`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hostileRune(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
}

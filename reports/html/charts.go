package html

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/rivo/uniseg"
)

// Charts are SVG in the page, made of figures that are computed here and set by the
// templates, so that escaping stays with html/template. Colours come from the style by
// class. Every chart stands beside a table that says the same.

// Sizes of bar charts in the units of their view.
const (
	chartRows  = 30 // the table has all
	chartWidth = 960
	labelWidth = 250
	valueWidth = 110
	rowHeight  = 24
	axisHeight = 22
	labelChars = 32 // columns; a Chinese character takes two
)

// num is a coordinate as SVG has it.
type num float64

func (n num) String() string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", float64(n)), "0"), ".")
}

// segment is a piece of a bar; Class names what it stands for.
type segment struct {
	Class string
	X, W  num
	Count int64
}

type tick struct {
	X     num
	Label string
	Class string
}

type barRow struct {
	Y, Text  num
	Label    string
	Segments []segment
	Value    string
	Class    string
	ValueX   num
}

// barChart is bars that lie one under the other over a common axis.
type barChart struct {
	Width, Height, Top, Bottom int
	Ticks                      []tick
	Rows                       []barRow
	Shown, Of                  int
}

func newBarChart(of int) *barChart {
	shown := min(of, chartRows)
	bottom := axisHeight + shown*rowHeight
	return &barChart{Width: chartWidth, Height: bottom + 6, Top: axisHeight, Bottom: bottom, Shown: shown, Of: of}
}

func (c *barChart) row(i int, label, value, class string, segments ...segment) {
	y := axisHeight + i*rowHeight
	c.Rows = append(c.Rows, barRow{
		Y: num(y + 4), Text: num(y + rowHeight/2 + 5), Label: clip(label, labelChars),
		Segments: segments, Value: value, Class: class, ValueX: chartWidth,
	})
}

// deploymentChart shows for each provider and year which share is on the cloud, which is
// unknown and which is elsewhere. It is nil when nothing was sold.
func deploymentChart(rows []*Deployment) *barChart {
	if len(rows) == 0 {
		return nil
	}
	c := newBarChart(len(rows))
	const width = chartWidth - labelWidth - valueWidth
	for _, p := range []int{0, 20, 40, 60, 80, 100} {
		t := tick{X: labelWidth + num(width*p)/100, Label: fmt.Sprintf("%d %%", p)}
		if p == 80 { // what clause 24(5) asks for
			t.Class = "limit"
		}
		c.Ticks = append(c.Ticks, t)
	}
	for i, d := range rows[:c.Shown] {
		at := num(labelWidth)
		var segments []segment
		for _, part := range []segment{{Class: "cloud", Count: d.Cloud}, {Class: "unknown", Count: d.Unknown}, {Class: "other", Count: d.Other}} {
			if d.Sold <= 0 || part.Count <= 0 {
				continue
			}
			part.X, part.W = at, width*num(part.Count)/num(d.Sold)
			at += part.W
			segments = append(segments, part)
		}
		c.row(i, fmt.Sprintf("%s · %d", clip(cmp.Or(d.Provider, d.ProviderID), labelChars-7), d.Year), d.Share+" %", d.Outcome.Code, segments...)
	}
	return c
}

// How far the chart of listings without orders reaches; what lies beyond ends there.
const (
	daysBack  = 120
	daysAhead = 60
)

// orderlessChart shows how many days each listing has until three months are full, or
// since when they are. It is nil when there is none.
func orderlessChart(rows []*Orderless) *barChart {
	if len(rows) == 0 {
		return nil
	}
	c := newBarChart(len(rows))
	const width = chartWidth - labelWidth - valueWidth
	at := func(days int) num {
		days = min(max(days, -daysBack), daysAhead)
		return labelWidth + width*num(days+daysBack)/(daysBack+daysAhead)
	}
	for d := -daysBack; d <= daysAhead; d += 30 {
		t := tick{X: at(d), Label: strings.Replace(fmt.Sprintf("%+d", d), "-", "−", 1)}
		if d == 0 {
			t.Label, t.Class = "0", "limit"
		}
		c.Ticks = append(c.Ticks, t)
	}
	for i, o := range rows[:c.Shown] {
		from, to := at(min(o.DaysLeft, 0)), at(max(o.DaysLeft, 0))
		class := "ahead"
		if o.DaysLeft <= 0 {
			class = "over"
		}
		c.row(i, cmp.Or(o.Listing, o.ListingID), grouped(o.DaysLeft), o.Outcome.Code,
			segment{Class: class, X: from, W: max(to-from, 2), Count: int64(o.DaysLeft)})
	}
	return c
}

// bars is the coverage of a rule as pieces of a hundred.
func bars(r *Rule) []segment {
	parts := []segment{
		{Class: "violation", Count: int64(r.Violation)},
		{Class: "suspected", Count: int64(r.Suspected)},
		{Class: "not_checked", Count: int64(r.NotChecked)},
		{Class: "pass", Count: int64(r.Pass)},
		{Class: "not_applicable", Count: int64(r.NotApplicable)},
	}
	var whole int64
	for _, p := range parts {
		whole += p.Count
	}
	var out []segment
	at := num(0)
	for _, p := range parts {
		if p.Count <= 0 {
			continue
		}
		p.X, p.W = at, 100*num(p.Count)/num(whole)
		at += p.W
		out = append(out, p)
	}
	return out
}

// clip shortens text to columns and ends it with an ellipsis then.
func clip(text string, columns int) string {
	if uniseg.StringWidth(text) <= columns {
		return text
	}
	used, kept, rest, state := 0, 0, text, -1
	for rest != "" {
		cluster, tail, w, next := uniseg.FirstGraphemeClusterInString(rest, state)
		if used+w > columns-1 {
			break
		}
		used, kept, rest, state = used+w, kept+len(cluster), tail, next
	}
	return strings.TrimRight(text[:kept], " ") + "…"
}

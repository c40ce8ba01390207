package reports

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/safetext"
)

// How many rows the summary shows of what can be long; the files have them all.
const (
	newsRows     = 10
	providerRows = 10
	tableRows    = 20
)

// TerminalOptions choose how the summary is written.
type TerminalOptions struct {
	Lang     string // "en"; anything else is "zh"
	Width    int    // columns of the terminal; 0 = 100, less than 40 is taken for 40
	Color    bool
	Rules    Catalogue
	Provider string // the provider the report was narrowed to, "" for all
	// Today is the day on which [Terminal] shows decisions; a [Summary] has its own.
	Today Today
}

// summarizer writes the sections of one summary.
type summarizer struct {
	*screen
	t    *texts
	lang string
	o    TerminalOptions
}

func newSummarizer(w io.Writer, o TerminalOptions) *summarizer {
	return &summarizer{newScreen(w, o.Width, o.Color), words(), o.Lang, o}
}

// say is a text in the chosen language, with its arguments.
func (s *summarizer) say(text record.Text, args ...any) string {
	if len(args) == 0 {
		return text.In(s.lang)
	}
	return fmt.Sprintf(text.In(s.lang), args...)
}

// Terminal writes the summary that people read in the morning: the sweep, what changed,
// the rules, what was not checked and why, and the figures of deployment and orders.
// Long tables are cut and say so. Nothing is coloured unless asked for.
func Terminal(w io.Writer, r record.Report, o TerminalOptions) error {
	return summarize(&r, o.Today).Write(w, o)
}

// Write writes the summary as [Terminal] does.
func (s *Summary) Write(w io.Writer, o TerminalOptions) error {
	out := newSummarizer(w, o)
	out.header(s)
	out.news(s)
	out.rules(&s.run)
	out.notChecked(s)
	out.providers(s)
	out.deployment(s)
	out.orderless(s)
	return out.close()
}

func (s *summarizer) header(sum *Summary) {
	run := &sum.run
	title := []string{
		s.say(s.t.sweep, run.ID),
		s.say(s.t.asOf, run.AsOf.In(market.Shanghai).Format("2006-01-02 15:04:05 -07:00")),
		safetext.Line(run.Market), safetext.Line(run.Scope),
	}
	s.joined(bold, slices.DeleteFunc(title, func(p string) bool { return p == "" })...)
	switch run.State {
	case "running":
		s.line(yellow, s.say(s.t.running))
	case "abandoned":
		s.line(yellow, s.say(s.t.abandoned))
	}
	if s.o.Provider != "" {
		s.line(yellow, s.say(s.t.onlyProvider, safetext.Line(s.o.Provider)))
	}
	var facts []string
	if !run.Closed.IsZero() {
		facts = append(facts, s.say(s.t.took, duration(run.Closed.Sub(run.Started))))
	}
	if share := coverageShare(run.Coverage); share != "" {
		facts = append(facts, s.say(s.t.checked, share))
	}
	u := s.say(s.t.units, run.Units.Planned, run.Units.Done, run.Units.NotChecked)
	if run.Units.Open > 0 {
		u += s.say(s.t.unitsOpen, run.Units.Open)
	}
	s.joined(plain, append(facts, u)...)
	s.line(plain, "")

	c := &sum.counts
	if open, violations, suspected := c.work(); c.Open == 0 {
		s.line(green, s.say(s.t.nothingOpen))
	} else {
		s.line(bold, s.say(s.t.open, open, violations, suspected))
	}
	s.decisions(c, sum.today.WarnDays)
	changes := s.say(s.t.changes, c.New, c.Persisting, c.Reopened, c.Resolved)
	if c.NotJudged > 0 {
		changes += s.say(s.t.notJudged, c.NotJudged)
	}
	s.line(plain, changes)
}

// decisions says where the open records stand, once people decided about any, and which
// waivers ask for attention.
func (s *summarizer) decisions(c *counts, warnDays int) {
	if c.decided() {
		s.line(plain, s.say(s.t.decided, c.Undecided, c.Confirmed, c.Waived, c.Dismissed))
	}
	if c.ending > 0 {
		s.line(yellow, s.say(s.t.waiversEnding, c.ending, warnDays))
	}
	if c.ended+c.unused > 0 {
		s.line(yellow, s.say(s.t.waiversLook, c.ended, c.unused))
	}
}

// section writes a heading and a table of at most limit rows, nothing when the table is
// empty. all is how many rows there are, of which the table has the first.
func (s *summarizer) section(title record.Text, t *table, all, limit int) {
	if len(t.rows) == 0 {
		return
	}
	s.line(plain, "")
	s.line(bold, s.say(title))
	t.rows = t.rows[:min(len(t.rows), limit)]
	s.table(t)
	if rest := all - len(t.rows); rest > 0 {
		s.line(dim, "  "+s.say(s.t.more, rest))
	}
}

// news are the records that are new or came back, violations first.
func (s *summarizer) news(sum *Summary) {
	t := &table{cols: []column{
		{head: s.say(s.t.colChange)},
		{head: s.say(s.t.colOutcome)},
		{head: s.say(s.t.colRule)},
		{head: s.say(s.t.colProvider), flex: true, spare: 1},
		{head: s.say(s.t.colListing), flex: true},
		{head: s.say(s.t.colFound), flex: true},
	}}
	for i := range sum.news.first {
		v := &sum.news.first[i]
		t.add(tableCell{s.say(s.t.change(v.Change)), plain}, s.outcome(v.Finding.Outcome), foreign(v.Finding.Rule),
			foreign(v.Finding.Subject.ProviderID), foreign(v.Finding.Subject.ListingID), foreign(s.found(&v.Finding)))
	}
	s.section(s.t.secNews, t, sum.news.all, newsRows)
}

// found is the shortest telling of a finding: what was found, else the words on the page.
func (s *summarizer) found(f *record.Finding) string {
	return cmp.Or(f.Found.In(s.lang), f.First().Snippet, f.Explained().In(s.lang))
}

func (s *summarizer) rules(run *record.Run) {
	t := &table{cols: []column{
		{head: s.say(s.t.colRule)},
		{head: s.say(s.t.colTitle), flex: true, spare: 2},
		{head: s.say(s.t.colClause), spare: 1},
		{head: s.say(s.t.colViolation), right: true},
		{head: s.say(s.t.colSuspected), right: true},
		{head: s.say(s.t.colNotChecked), right: true},
		{head: s.say(s.t.colPass), right: true},
		{head: s.say(s.t.colChecked), right: true},
	}}
	rules := coverageByRule(run.Coverage)
	slices.SortStableFunc(rules, func(a, b *record.RuleCoverage) int {
		return cmp.Or(
			cmp.Compare(b.Outcomes[record.Violation], a.Outcomes[record.Violation]),
			cmp.Compare(b.Outcomes[record.Suspected], a.Outcomes[record.Suspected]),
			cmp.Compare(b.Outcomes[record.NotChecked], a.Outcomes[record.NotChecked]),
		)
	})
	for _, c := range rules {
		share := coverageShare([]record.RuleCoverage{*c})
		if share != "" {
			share += "%"
		}
		n := func(o record.Outcome) tableCell {
			if c.Outcomes[o] == 0 {
				return tableCell{"0", dim}
			}
			return tableCell{strconv.Itoa(c.Outcomes[o]), s.outcome(o).style}
		}
		t.add(foreign(c.Rule), foreign(s.o.Rules[c.Rule].Title.In(s.lang)), foreign(s.o.Rules[c.Rule].Clause),
			n(record.Violation), n(record.Suspected), n(record.NotChecked), n(record.Pass), tableCell{share, plain})
	}
	if len(s.o.Rules) == 0 { // nothing to say in these
		t.drop(2)
		t.drop(1)
	}
	s.section(s.t.secRules, t, len(t.rows), len(t.rows))
}

func (s *summarizer) outcome(o record.Outcome) tableCell {
	c := tableCell{s.say(s.t.outcome(o)), plain}
	switch o {
	case record.Violation:
		c.style = red
	case record.Suspected, record.NotChecked:
		c.style = yellow
	case record.Pass:
		c.style = green
	case record.NotApplicable:
		c.style = dim
	}
	return c
}

// foreign is a cell of text that we did not write.
func foreign(text string) tableCell { return tableCell{safetext.Line(cut(text, maxCellWidth)), plain} }

// rank orders outcomes by how much they ask for attention.
func rank(o record.Outcome) int {
	return slices.Index([]record.Outcome{
		record.Violation, record.Suspected, record.NotChecked, record.Pass, record.NotApplicable,
	}, o)
}

// coverageShare is the share of what applies that could be judged, in percent; empty
// when nothing applied.
func coverageShare(rules []record.RuleCoverage) string {
	var judged, all int64
	for i := range rules {
		o := rules[i].Outcomes
		n := o[record.Pass] + o[record.Violation] + o[record.Suspected]
		judged += int64(n)
		all += int64(n + o[record.NotChecked])
	}
	return percent(judged, all)
}

// duration is as exact as its reader needs it.
func duration(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

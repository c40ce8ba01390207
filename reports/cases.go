package reports

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"marketwarden/internal/cases"
	"marketwarden/internal/record"
	"marketwarden/internal/safetext"
)

// ShownPrint is how much of a fingerprint lists show, in hexadecimal digits.
const ShownPrint = 12

// Told is a notice that a record went into, or was left out of.
type Told struct {
	Reference, State, Recipient string
	At                          time.Time // when it was ended, or written while it is on its way
	Dropped                     string    // why the record was left out, "" when it was not
}

// CaseFile is all that is known of one record.
type CaseFile struct {
	record.View

	History []record.Decision // the oldest first
	Told    []Told            // the oldest first
}

// Cases lists records with where they stand. all is how many there are, of which views are
// the first.
func Cases(w io.Writer, views []record.View, all int, o TerminalOptions) error {
	s := newSummarizer(w, o)
	t := &table{cols: []column{
		{head: s.say(s.t.colFingerprint)},
		{head: s.say(s.t.colStanding)},
		{head: s.say(s.t.colOutcome)},
		{head: s.say(s.t.colRule)},
		{head: s.say(s.t.colProvider), flex: true, spare: 1},
		{head: s.say(s.t.colListing), flex: true},
		{head: s.say(s.t.colFound), flex: true},
	}}
	for i := range views {
		v := &views[i]
		t.add(shortPrint(v), s.standing(v), s.outcome(v.Finding.Outcome), foreign(v.Finding.Rule), foreign(v.Finding.Subject.ProviderID),
			foreign(v.Finding.Subject.ListingID), foreign(s.found(&v.Finding)))
	}
	return s.list(t, all, s.t.noCases)
}

// Waivers lists records with how their waivers are doing, in the order given. all is how
// many there are, of which views are the first.
func Waivers(w io.Writer, views []record.View, all int, o TerminalOptions) error {
	s := newSummarizer(w, o)
	t := &table{cols: []column{
		{head: s.say(s.t.colFingerprint)},
		{head: s.say(s.t.colWaiver), flex: true},
		{head: s.say(s.t.colUntil)},
		{head: s.say(s.t.colDaysLeft), right: true},
		{head: s.say(s.t.fillOwner), flex: true},
		{head: s.say(s.t.colRule)},
		{head: s.say(s.t.colProvider), flex: true, spare: 1},
		{head: s.say(s.t.colListing), flex: true},
		{head: s.say(s.t.fillWhy), flex: true},
	}}
	for i := range views {
		v := &views[i]
		state := o.Today.watch(v)
		style := yellow
		if state == cases.WaiverStanding {
			style = plain
		}
		t.add(shortPrint(v), tableCell{s.say(s.t.waiver(state)), style}, tableCell{lastDay(v.Decision), plain},
			tableCell{strconv.Itoa(cases.DaysLeft(v.Decision.Until, o.Today.Now)), plain}, foreign(v.Decision.Owner),
			foreign(v.Finding.Rule), foreign(v.Finding.Subject.ProviderID), foreign(v.Finding.Subject.ListingID), foreign(v.Decision.Why))
	}
	return s.list(t, all, s.t.noWaivers)
}

// list writes a table of the first rows of all.
func (s *summarizer) list(t *table, all int, none record.Text) error {
	if len(t.rows) == 0 {
		s.line(dim, s.say(none))
		return s.close()
	}
	s.table(t)
	if rest := all - len(t.rows); rest > 0 {
		s.line(dim, "  "+s.say(s.t.moreCases, rest))
	}
	return s.close()
}

// shortPrint is the beginning of a fingerprint.
func shortPrint(v *record.View) tableCell { return tableCell{begin(v.Fingerprint), plain} }

func begin(fingerprint string) string {
	return safetext.Line(fingerprint[:min(ShownPrint, len(fingerprint))])
}

func (s *summarizer) standing(v *record.View) tableCell {
	standing := s.o.Today.stand(v)
	out := tableCell{s.say(s.t.state(standing.State)), plain}
	switch {
	case standing.State == cases.Waived:
		out.text += " → " + lastDay(v.Decision)
	case standing.Back != cases.BackNone:
		out.text = s.say(s.t.backShort(standing.Back))
	case standing.Changed:
		out.text += " (" + s.say(s.t.changedSince) + ")"
	}
	switch {
	case standing.Back != cases.BackNone:
		out.style = yellow
	case quiet(standing.State):
		out.style = dim
	}
	return out
}

// Case tells all that is known of one record: what it says and where, what was decided,
// and which notices it went into.
func Case(w io.Writer, c *CaseFile, o TerminalOptions) error {
	s := newSummarizer(w, o)
	f := &c.Finding
	rule := o.Rules[f.Rule]
	standing := o.Today.stand(&c.View)
	status := s.say(s.t.status(c.Status))
	if c.Status == record.Resolved {
		status += ", " + string(moment(c.ResolvedAt)) + ", " + s.say(s.t.resolved(c.ResolvedWhy))
	}
	for _, fact := range []struct {
		name  record.Text
		value string
	}{
		{s.t.colFingerprint, c.Fingerprint},
		{s.t.colContent, c.ContentHash},
		{s.t.colStatus, status},
		{s.t.colStanding, s.say(s.t.standing(&standing))},
		{s.t.colOutcome, s.say(s.t.outcome(f.Outcome))},
		{s.t.colRule, join(f.Rule, rule.Title.In(s.lang))},
		{s.t.colClause, rule.Clause},
		{s.t.colProvider, join(f.Subject.ProviderID, c.ProviderName)},
		{s.t.colListing, join(f.Subject.ListingID, c.ListingTitle)},
		{s.t.colFound, f.Found.In(s.lang)},
		{s.t.colExpected, f.Expected.In(s.lang)},
		{s.t.colReason, f.Explained().In(s.lang)},
		{s.t.colMend, cmp.Or(f.Mend, rule.Mend).In(s.lang)},
		{s.t.colPart, f.Part},
		{s.t.colFirstSeen, string(moment(c.FirstSeen))},
		{s.t.colLastSeen, string(moment(c.LastSeen))},
	} {
		if fact.value != "" {
			s.line(plain, s.paint(dim, s.say(fact.name)+":")+" "+seen(fact.value))
		}
	}
	s.places(f)
	if len(f.Evidence) > 0 {
		s.heading(s.say(s.t.caseEvidence))
		for _, sum := range f.Evidence {
			s.line(plain, "  "+seen(sum))
		}
	}
	s.history(c.History)
	s.notices(c.Told)
	return s.close()
}

func join(id, name string) string {
	if name == "" || id == "" {
		return cmp.Or(id, name)
	}
	return id + " · " + name
}

func (s *summarizer) heading(text string) {
	s.line(plain, "")
	s.line(bold, text)
}

func (s *summarizer) places(f *record.Finding) {
	if len(f.Occurrences) == 0 {
		return
	}
	s.heading(s.say(s.t.casePlaces, places(f)))
	for i := range f.Occurrences {
		p := place(&f.Occurrences[i])
		words := p.Before + "【" + p.Marked + "】" + p.After
		if p.Marked == "" {
			words = p.Before + p.After
		}
		s.line(plain, fmt.Sprintf("  %d. %s", i+1, words))
		if at := strings.TrimSpace(strings.Join([]string{p.Field, p.URL, p.Selector}, " ")); at != "" {
			s.line(dim, "     "+at)
		}
	}
}

func (s *summarizer) history(list []record.Decision) {
	s.heading(s.say(s.t.caseDecisions))
	if len(list) == 0 {
		s.line(dim, "  "+s.say(s.t.caseUndecided))
	}
	for i := range list {
		d := &list[i]
		s.line(plain, fmt.Sprintf("  %s  %s  %s: %s", moment(d.At), s.say(s.t.decision(d.Kind)), seen(d.Who), seen(d.Why)))
		if d.Kind == record.Waive {
			s.line(plain, "     "+s.say(s.t.caseUntil, lastDay(d), seen(d.Owner)))
		}
		if d.Source != "" {
			s.line(dim, "     "+s.say(s.t.caseRead, seen(d.Source)))
		}
	}
}

func (s *summarizer) notices(list []Told) {
	s.heading(s.say(s.t.caseNotices))
	if len(list) == 0 {
		s.line(dim, "  "+s.say(s.t.caseNoNotices))
	}
	for i := range list {
		n := &list[i]
		s.line(plain, fmt.Sprintf("  %s  %s  %s  %s", moment(n.At), seen(n.Reference), seen(n.State), seen(n.Recipient)))
		if n.Dropped != "" {
			s.line(yellow, "     "+s.say(s.t.caseLeft, seen(n.Dropped)))
		}
	}
}

// Decided is a line that tells a person what became of a decision.
type Decided struct {
	Fingerprint string
	Kind        record.DecisionKind
	Answer      cases.Answer
	// Replaced is the last decision before, where this one is of another kind; nil otherwise.
	Replaced *record.Decision
}

// Decisions tells what became of each decision of one call or, when brief, counts them and
// tells of those that replace a decision of another kind: nobody reverses what others
// decided without being told of it.
func Decisions(w io.Writer, list []Decided, brief bool, lang string) error {
	s := newSummarizer(w, TerminalOptions{Lang: lang})
	counts := map[cases.Answer]int{}
	for i := range list {
		d := &list[i]
		counts[d.Answer]++
		if brief && d.Replaced == nil {
			continue
		}
		line := fmt.Sprintf("%s  %s  %s", begin(d.Fingerprint), s.say(s.t.decision(d.Kind)), s.say(s.t.answer(d.Answer)))
		if r := d.Replaced; r != nil {
			line += s.say(record.Text{ZH: "，", EN: ", "}) + s.say(s.t.replaces, s.say(s.t.decision(r.Kind)), seen(r.Who), moment(r.At))
		}
		s.line(plain, line)
	}
	if brief {
		s.line(plain, s.say(s.t.answers, counts[cases.Decided], counts[cases.Stands], counts[cases.Read]))
	}
	return s.close()
}

func (*texts) answer(a cases.Answer) record.Text {
	switch a {
	case cases.Decided:
		return record.Text{ZH: "已记录", EN: "noted"}
	case cases.Stands:
		return record.Text{ZH: "此前已作同样决定且仍有效，未重复记录", EN: "was decided before and stands; nothing added"}
	case cases.Read:
		return record.Text{ZH: "此文件此前已读入，未重复记录", EN: "was read from this file before; nothing added"}
	}
	return record.Same(string(a))
}

package reports

import (
	"cmp"
	"io"

	"marketwarden/internal/record"
)

// diffWidth is wide enough not to cut what people search for; the list is as often piped
// as read on a terminal.
const diffWidth = 240

// Diff writes what changed from one sweep to another, one finding a line, in the order
// rule, provider, listing, fingerprint.
func Diff(w io.Writer, d record.SweepDiff, lang string) error {
	s := newSummarizer(w, TerminalOptions{Lang: lang, Width: diffWidth})
	s.line(bold, s.say(s.t.diff, d.From, d.To))
	sections := []struct {
		title    record.Text
		findings []record.Finding
	}{
		{s.t.secDiffNew, d.New},
		{s.t.secDiffChanged, d.Changed},
		{s.t.secDiffGone, d.Gone},
		{s.t.secDiffUnjudged, d.Unjudged},
	}
	differs := false
	for _, part := range sections {
		if len(part.findings) == 0 {
			continue
		}
		differs = true
		s.line(plain, "")
		s.line(bold, s.say(s.t.diffUnit, s.say(part.title), len(part.findings)))
		s.table(s.diffTable(part.findings))
	}
	if !differs {
		s.line(plain, s.say(s.t.diffNone))
	}
	return s.close()
}

func (s *summarizer) diffTable(findings []record.Finding) *table {
	t := &table{cols: []column{
		{head: s.say(s.t.colOutcome)},
		{head: s.say(s.t.colRule)},
		{head: s.say(s.t.colProvider), flex: true},
		{head: s.say(s.t.colListing), flex: true},
		{head: s.say(s.t.colURL), flex: true},
		{head: s.say(s.t.colFound), flex: true},
	}}
	for _, f := range sorted(findings, func(a, b *record.Finding) int {
		return cmp.Or(
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Subject.ProviderID, b.Subject.ProviderID),
			cmp.Compare(a.Subject.ListingID, b.Subject.ListingID), cmp.Compare(a.Fingerprint(), b.Fingerprint()),
		)
	}) {
		t.add(s.outcome(f.Outcome), foreign(f.Rule), foreign(f.Subject.ProviderID), foreign(f.Subject.ListingID),
			foreign(f.First().URL), foreign(s.found(f)))
	}
	return t
}

package rules

import (
	"strings"

	"marketwarden/internal/record"
)

// findings makes one finding of all phrases of a concept that send people elsewhere to
// buy, in page order.
func (s *steering) findings(part string, hits []phrase) []record.Finding {
	groups := map[string][]*phrase{}
	var order []string
	for i := range hits {
		c := hits[i].term.Concept
		if groups[c] == nil {
			order = append(order, c)
		}
		groups[c] = append(groups[c], &hits[i])
	}
	var out []record.Finding
	for _, concept := range order {
		found := groups[concept]
		worst := found[0]
		for _, h := range found {
			if worst.maybe() && !h.maybe() {
				worst = h
			}
		}
		fi := record.Finding{
			Outcome: worst.term.Outcome, Discriminator: "text:" + concept, Part: part, Count: len(found),
			Expected: saleExpected(), Found: record.Same(s.quote(worst.start, worst.end)), Reason: worst.term.Title, Ask: worst.term.Ask,
		}
		if !worst.maybe() {
			fi.Reason.ZH += "（同时违反第 14 条）"
			fi.Reason.EN += " (against clause 14 as well)"
		}
		if worst.disguised {
			fi.Reason = disguisedToo(fi.Reason)
		}
		for _, h := range found[:min(len(found), record.MaxOccurrences)] {
			fi.Occurrences = append(fi.Occurrences, s.occurrence(h.start, h.end))
		}
		out = append(out, fi)
	}
	return out
}

func disguisedToo(t record.Text) record.Text {
	return record.Text{ZH: t.ZH + "；以变形方式书写", EN: t.EN + "; written in disguise"}
}

// quote is the words at [start, end) on one line, contact details in them masked, cut
// where they are long.
func (s *steering) quote(start, end int) string {
	words := s.page.Text[start:end]
	var b strings.Builder
	at := 0
	for _, c := range findContacts(words, "", false) {
		b.WriteString(words[at:c.start] + c.masked())
		at = c.end
	}
	b.WriteString(words[at:])
	return cut(oneLine(b.String()), snippetMost)
}

// occurrence is the place of the words at [start, end).
func (s *steering) occurrence(start, end int) record.Occurrence {
	p := s.page
	b := &p.Blocks[s.blockAt(start)]
	words, mark := snippet(p.Text, start, end, b.Start, max(b.End, end))
	return record.Occurrence{
		URL: pageAddress(p), Field: b.Field, Selector: p.Selector(b.Node),
		Snippet: words, Mark: mark, Span: [2]int{start, end},
	}
}

package rules

import (
	"slices"
	"sort"
	"strings"

	"marketwarden/internal/record"
	"marketwarden/rules/terms"
	"marketwarden/scanners/page"
)

// request is one place where a page wants something of its reader: a form or words.
type request struct {
	key     string // the discriminator
	outcome record.Outcome
	found   string // what it says
	reason  record.Text
	ask     record.Text
	occ     record.Occurrence
}

// requests gathers them, and makes one finding of each key.
type requests struct {
	page     *page.Page
	expected record.Text
	found    []request
}

// texts adds what the set finds in the provider's words. What a form shows to be filled
// in is judged with the form, and code asks nobody. complete is false when not all was
// judged.
func (a *requests) texts(f *Facts, set *terms.Set, skip func(*terms.Hit) bool) (complete bool) {
	p := a.page
	hits, complete := set.FindIn(f.pageWords(), 0, len(p.Text))
	for i := range hits {
		h := &hits[i]
		k := sort.Search(len(p.Blocks), func(k int) bool { return p.Blocks[k].Start > h.Start }) - 1
		if k < 0 || h.End > p.Blocks[k].End {
			continue
		}
		b := &p.Blocks[k]
		if b.Field == "" || codeBlock(b) || inlineCode(b, h.Start, h.End) || skip != nil && skip(h) {
			continue
		}
		from, to := clause(p.Text, h.Start, h.End, max(b.Start, h.SentenceStart), min(b.End, h.SentenceEnd))
		words, mark := snippet(p.Text, h.Start, h.End, max(b.Start, h.SentenceStart), min(b.End, h.SentenceEnd))
		n := request{
			key: h.Term.Concept, outcome: h.Outcome, reason: h.Term.Title, ask: h.Term.Ask,
			found: cut(oneLine(p.Text[from:to]), snippetMost),
			occ: record.Occurrence{
				URL: pageAddress(p), Field: b.Field, Selector: p.Selector(b.Node), Snippet: words, Mark: mark, Span: [2]int{h.Start, h.End},
			},
		}
		if h.Disguised {
			n.reason = disguisedToo(n.reason)
		}
		a.found = append(a.found, n)
	}
	return complete
}

// result makes one finding of all places of a key, told by the worst of them, in page
// order.
func (a *requests) result(part string, complete bool) record.Result {
	slices.SortStableFunc(a.found, func(x, y request) int { return x.occ.Span[0] - y.occ.Span[0] })
	var findings []record.Finding
	at := map[string]int{}
	words := map[string][]string{}
	for i := range a.found {
		n := &a.found[i]
		k, known := at[n.key]
		if !known {
			k = len(findings)
			at[n.key] = k
			findings = append(findings, record.Finding{
				Outcome: n.outcome, Discriminator: n.key, Part: part, Expected: a.expected, Reason: n.reason, Ask: n.ask,
			})
		}
		fi := &findings[k]
		if n.outcome == record.Violation && fi.Outcome != record.Violation {
			fi.Outcome, fi.Reason, fi.Ask = n.outcome, n.reason, n.ask
		}
		if w := words[n.key]; len(w) < maxWords && !slices.Contains(w, n.found) {
			words[n.key] = append(w, n.found)
		}
		fi.Found = record.Same(strings.Join(words[n.key], "、"))
		fi.Count++
		if len(fi.Occurrences) < record.MaxOccurrences && n.occ.Snippet != "" {
			fi.Occurrences = append(fi.Occurrences, n.occ)
		}
	}
	switch {
	case len(findings) == 0 && (a.page.Truncated != "" || !complete):
		return overfull(a.page)
	case len(findings) == 0:
		return pass(part)
	}
	res := accuse(part, findings...)
	if a.page.Truncated != "" || !complete { // what was not seen must not close a record
		res.Parts = nil
	}
	return res
}

package rules

import (
	"slices"
	"sort"
	"strings"

	"marketwarden/internal/record"
	"marketwarden/rules/terms"
	"marketwarden/scanners/page"
)

// wording is one place of the provider's words that a rule objects to.
type wording struct {
	key        string // the discriminator
	term       *terms.Term
	outcome    record.Outcome
	start, end int // in Page.Text
	from, to   int // of the sentence
	block      *page.Block
	disguised  bool
}

// wordings gathers what a rule objects to on a page, and makes one finding of each key.
type wordings struct {
	page     *page.Page
	expected record.Text
	found    []wording
}

// providerBlock is the block of the provider's words, code left out, that holds
// [start, end); nil when there is none.
func providerBlock(p *page.Page, start, end int) *page.Block {
	i := sort.Search(len(p.Blocks), func(i int) bool { return p.Blocks[i].Start > start }) - 1
	if i < 0 || end > p.Blocks[i].End || p.Blocks[i].Field == "" || inCode(&p.Blocks[i], start, end) {
		return nil
	}
	return &p.Blocks[i]
}

// plain adds what the set finds in the provider's words, keyed by concept, but for blocks
// that skip wants left out (nil: none). complete is false when not all was judged.
func (w *wordings) plain(f *Facts, set *terms.Set, skip func(*page.Block) bool) (complete bool) {
	hits, complete := set.FindIn(f.pageWords(), 0, len(w.page.Text))
	for i := range hits {
		h := &hits[i]
		b := providerBlock(w.page, h.Start, h.End)
		if b == nil || !h.Term.In(b.Field) || skip != nil && skip(b) {
			continue
		}
		w.found = append(w.found, wording{
			key: h.Term.Concept, term: h.Term, outcome: h.Outcome, start: h.Start, end: h.End,
			from: h.SentenceStart, to: h.SentenceEnd, block: b, disguised: h.Disguised,
		})
	}
	return complete
}

// maxNamed bounds the places of names on a page that are judged: each is looked at with
// what stands around it, in each of the sets that speak of names.
const maxNamed = 2000

// named adds what the set, whose file writes word for any name, finds in blocks of the
// provider's words that have a name of the kind: keyed by concept and name. It answers the
// blocks that have one.
func (w *wordings) named(f *Facts, set *terms.Set, kind nameKind, word string) (blocks map[*page.Block]bool, complete bool) {
	blocks, complete = map[*page.Block]bool{}, true
	left := maxNamed
	for i := range w.page.Blocks {
		b := &w.page.Blocks[i]
		if b.Field == "" || isCode(b.Tag) {
			continue
		}
		found := f.mentions(kind, b.Start, b.End)
		if len(found) == 0 {
			continue
		}
		if left == 0 {
			return blocks, false
		}
		if len(found) > left {
			found, complete = found[:left], false
		}
		left -= len(found)
		blocks[b] = true
		p := placeNames(w.page.Text[b.Start:b.End], found, word)
		hits, all := set.Find(p.text)
		complete = complete && all
		for j := range hits {
			w.addNamed(b, &p, &hits[j])
		}
	}
	return blocks, complete
}

// addNamed adds a hit in the placed text of a block.
func (w *wordings) addNamed(b *page.Block, p *placed, h *terms.Hit) {
	start, end, name := p.original(h.Start, h.End)
	from, _, _ := p.original(h.SentenceStart, h.SentenceStart+1)
	_, to, _ := p.original(h.SentenceEnd-1, h.SentenceEnd)
	if start >= end || !h.Term.In(b.Field) || inlineCode(b, b.Start+start, b.Start+end) {
		return
	}
	raw := lowerName(w.page.Text[b.Start+start : b.Start+end])
	key := h.Term.Concept
	if name != "" {
		key += ":" + name
	}
	w.found = append(w.found, wording{
		key: key, term: h.Term, outcome: h.Outcome, start: b.Start + start, end: b.Start + end,
		from: b.Start + min(from, start), to: b.Start + max(to, end), block: b,
		disguised: name != "" && raw != name || name == "" && h.Disguised,
	})
}

// lowerName is a name as listed ones are written: in small letters, with single spaces.
func lowerName(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// findings are what was found by key, in page order. complete is false when there is more
// than a result holds.
func (w *wordings) findings(part string) (out []record.Finding, complete bool) {
	slices.SortStableFunc(w.found, func(a, b wording) int { return a.start - b.start })
	groups := map[string][]*wording{}
	var order []string
	for i := range w.found {
		x := &w.found[i]
		if groups[x.key] == nil {
			order = append(order, x.key)
		}
		groups[x.key] = append(groups[x.key], x)
	}
	complete = len(order) <= maxTargets
	for _, key := range order[:min(len(order), maxTargets)] {
		out = append(out, w.finding(part, groups[key]))
	}
	return out, complete
}

// finding makes one finding of all places of a key. It is told by the worst of them.
func (w *wordings) finding(part string, found []*wording) record.Finding {
	worst := found[0]
	disguised, hidden := false, 0
	for _, x := range found {
		if x.outcome == record.Violation && worst.outcome != record.Violation {
			worst = x
		}
		disguised = disguised || x.disguised
		if x.block.Hidden {
			hidden++
		}
	}
	fi := record.Finding{
		Outcome: worst.outcome, Discriminator: worst.key, Part: part, Expected: w.expected,
		Found: record.Same(w.quote(worst)), Reason: worst.term.Title, Ask: worst.term.Ask, Count: len(found),
	}
	if disguised {
		fi.Reason = disguisedToo(fi.Reason)
	}
	switch {
	case hidden == len(found):
		fi.Reason = also(fi.Reason, record.Text{ZH: "该处对访客隐藏", EN: "hidden from visitors"})
	case hidden > 0:
		fi.Reason = also(fi.Reason, record.Text{ZH: "其中部分对访客隐藏", EN: "in part hidden from visitors"})
	}
	for _, x := range found[:min(len(found), record.MaxOccurrences)] {
		words, mark := snippet(w.page.Text, x.start, x.end, max(x.block.Start, x.from), min(x.block.End, x.to))
		fi.Occurrences = append(fi.Occurrences, record.Occurrence{
			URL: pageAddress(w.page), Field: x.block.Field, Selector: w.page.Selector(x.block.Node),
			Snippet: words, Mark: mark, Span: [2]int{x.start, x.end},
		})
	}
	return fi
}

// quote is the offending words with some of their sentence.
func (w *wordings) quote(x *wording) string {
	words, _ := snippet(w.page.Text, x.start, x.end, max(x.block.Start, x.from), min(x.block.End, x.to))
	return words
}

// answer is the result of a rule that gathered findings. complete tells whether all of
// the page was judged.
func answer(f *Facts, part string, findings []record.Finding, complete bool) record.Result {
	p := f.Page
	switch {
	case len(findings) == 0 && (p.Truncated != "" || !complete):
		return overfull(p)
	case len(findings) == 0:
		return pass(part)
	}
	res := accuse(part, findings...)
	if p.Truncated != "" || !complete { // what was not seen must not close a record
		res.Parts = nil
	}
	return res
}

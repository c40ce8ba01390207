package terms

import (
	"slices"
	"sort"
	"strings"

	"marketwarden/internal/record"
	"marketwarden/internal/textfold"
)

// Bounds of the work on one text. What lies behind them is not judged, and Find says so.
const (
	maxJudged = 4000 // anchors with their terms
	maxHits   = 1000
)

// Find looks for the terms in text: a paragraph, or a whole page with its paragraphs on
// lines of their own, since no sentence goes beyond a line. Hits come in order of their
// places and do not overlap: of overlapping ones a violation is kept rather than a
// suspicion, then what begins first, then the longer. complete is false when the text
// has more anchors than are judged.
func (s *Set) Find(text string) (hits []Hit, complete bool) {
	t, ok := s.texts.Get().(*Text)
	if !ok {
		t = &Text{}
	}
	t.reset(text)
	hits, complete = s.FindIn(t, 0, len(text))
	if t.text = ""; cap(t.plain) <= maxPooled {
		s.texts.Put(t)
	}
	return hits, complete
}

// maxPooled bounds the buffers that are kept for the next text, in bytes.
const maxPooled = 1 << 20

// FindIn looks for the terms in the part [start, end) of a text, whole lines of it. Offsets
// of hits count from start.
func (s *Set) FindIn(t *Text, start, end int) (hits []Hit, complete bool) {
	f := s.search(t.text[start:end])
	f.run(t, start)
	hits, complete = keepBest(f.hits), f.complete()
	s.done(f)
	return hits, complete
}

// Found is all that a set has to say about a text.
type Found struct {
	Hits     []Hit // as of FindIn
	Exempted []Hit // what would be hits but for an exemption (By); none overlaps a hit or another
	Complete bool
}

// LookIn is FindIn that also tells what was exempted.
func (s *Set) LookIn(t *Text, start, end int) Found {
	f := search{set: s, text: t.text[start:end]}
	var exempted []Hit
	f.told = func(v *Verdict) {
		if v.Why == Exempted && len(exempted) < maxHits {
			exempted = append(exempted, v.Hit)
		}
	}
	f.run(t, start)
	out := Found{Hits: keepBest(f.hits), Complete: f.complete() && len(exempted) < maxHits}
	for _, h := range keepBest(exempted) {
		if !overlaps(out.Hits, &h) {
			out.Exempted = append(out.Exempted, h)
		}
	}
	return out
}

// overlaps reports whether the hit has a part in common with one of the others, which are
// in order.
func overlaps(hits []Hit, h *Hit) bool {
	i := sort.Search(len(hits), func(i int) bool { return hits[i].End > h.Start })
	return i < len(hits) && hits[i].Start < h.End
}

// search is one call of Find.
type search struct {
	set    *Set
	text   string
	of     *Text // that text is a part of
	from   int   // where in it
	hits   []Hit
	judged int
	at     context // the anchor at hand
	// The cues of claims and of what excuses them near the anchor. The latter are looked for
	// where a claim holds, which is rare: excused tells whether they were in the sentence
	// at hand.
	near, excusesNear nearby
	excused           bool

	// Buffers that are used again: anchors of the text, the sentence at hand with its
	// anchors, and the cues in it.
	found, anchors, cues, excuses []match
	view                          view

	// used, when not nil, is told every pattern that had a part in the verdict on an
	// anchor; for the examples of term files.
	used func(t *Term, p *pattern)
	// told, when not nil, is told every verdict on an anchor; it must not keep the pointer.
	told func(*Verdict)
}

// search is one of a text, with the buffers of one that is done.
func (s *Set) search(text string) *search {
	f, ok := s.scratch.Get().(*search)
	if !ok {
		return &search{set: s, text: text}
	}
	*f = search{set: s, text: text, at: f.at, near: f.near, excusesNear: f.excusesNear, found: f.found[:0], anchors: f.anchors[:0], cues: f.cues[:0], excuses: f.excuses[:0], view: f.view}
	return f
}

// done takes a search back. Its hits are the caller's.
func (s *Set) done(f *search) {
	f.text, f.of, f.hits, f.view.source = "", nil, nil, ""
	if cap(f.found) <= maxJudged && cap(f.view.text) <= maxPooled {
		s.scratch.Put(f)
	}
}

// complete reports whether no bound cut the search short.
func (f *search) complete() bool { return f.judged < maxJudged && len(f.hits) < maxHits }

// run looks at every sentence that may have an anchor: those that have one as it stands,
// and those of odd lines. f.text is the part of t that begins at start.
func (f *search) run(t *Text, start int) {
	f.of, f.from = t, start
	end := start + len(f.text)
	var odd []span
	f.found, odd = f.set.appendAnchors(f.found[:0], t, start, end)
	found := f.found
	if len(found) == 0 && len(odd) == 0 {
		return
	}
	for done := 0; done < len(f.text); {
		next := len(f.text)
		if len(found) > 0 {
			next = found[0].start
		}
		isOdd := len(odd) > 0 && odd[0].start <= next
		var line span
		if isOdd {
			line, odd = odd[0], odd[1:]
		} else {
			if next == len(f.text) {
				return
			}
			line = lineAround(f.text, done, next)
		}
		n := 0
		for n < len(found) && found[n].start < line.end {
			n++
		}
		f.line(line, found[:n], isOdd)
		found = found[n:]
		done = line.end
	}
}

type span struct{ start, end int }

// lineAround is the line that holds i, as far as it lies from from on.
func lineAround(text string, from, i int) span {
	l := span{from + strings.LastIndexByte(text[from:i], '\n') + 1, len(text)}
	if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
		l.end = i + n
	}
	return l
}

// line looks at the sentences of a line that have an anchor, of an odd one at all.
func (f *search) line(l span, found []match, odd bool) {
	for start, end := range textfold.Sentences(f.text[l.start:l.end]) {
		start, end = l.start+start, l.start+end
		n := 0
		for n < len(found) && found[n].start < end {
			n++
		}
		if n > 0 || odd {
			f.sentence(start, end)
		}
		found = found[n:]
		if len(found) == 0 && !odd || f.judged >= maxJudged || len(f.hits) >= maxHits {
			return
		}
	}
}

// sentence judges the anchors of one sentence.
func (f *search) sentence(start, end int) {
	v := &f.view
	if f.of.whole(f.from+start, f.from+end) {
		v.readWhole(f.text[start:end], f.of.plain[f.from+start:f.from+end])
	} else {
		v.read(f.set, f.text[start:end])
	}
	f.cues, f.anchors = f.set.cues.find(f.cues[:0], f.anchors[:0], v.text)
	f.excused = false
	if len(f.anchors) == 0 {
		return
	}
	if f.at.held == nil {
		f.at.held = make([]answer, f.set.sentences)
	}
	clear(f.at.held)
	for _, m := range f.anchors {
		a := &f.set.anchors[m.id]
		cuts := cutsWord(v.text, m.start, m.end)
		if cuts && f.told == nil {
			continue
		}
		if f.judged++; f.judged > maxJudged || len(f.hits) >= maxHits {
			return
		}
		if !cuts {
			f.at.cut(v.text, m.start, m.end)
			f.near.set(&f.at, f.cues)
		}
		for _, t := range a.terms {
			d := Verdict{Why: PartOfWord}
			if !cuts {
				d = f.judge(t)
			}
			if d.Why != Fired && f.told == nil {
				continue
			}
			from, to := v.original(m.start, m.end)
			d.Term, d.Start, d.End, d.SentenceStart, d.SentenceEnd = t, start+from, start+to, start, end
			d.Disguised = lower(f.text[start+from:start+to]) != a.text
			if d.Why == Fired {
				f.hits = append(f.hits, d.Hit)
			}
			if f.told != nil {
				verdict := d // d itself stays where it costs nothing
				f.told(&verdict)
			}
		}
	}
}

// cutsWord reports whether an anchor of letters or digits is a part of a longer word or
// number.
func cutsWord(text []byte, start, end int) bool {
	return start > 0 && isWord(text[start]) && isWord(text[start-1]) || end < len(text) && isWord(text[end-1]) && isWord(text[end])
}

func isWord(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' }

// judge answers what a term says of an anchor in its sentence, without the places.
func (f *search) judge(t *Term) (v Verdict) {
	if len(t.claim) > 0 {
		p := f.first(t, t.claim, &f.near)
		if p == nil {
			v.Why = NoClaim
			return v
		}
		v.Claim = p.source
	}
	v.Outcome = t.Outcome
	if len(t.not)+len(t.evidence) > 0 {
		f.lookForExcuses()
	}
	if p := f.first(t, t.not, &f.excusesNear); p != nil {
		v.Why, v.By, v.Pattern = Exempted, p.exempt, p.source
		return v
	}
	v.Why = Fired
	if p := f.first(t, t.evidence, &f.excusesNear); p != nil {
		v.Outcome, v.Evidence, v.By, v.Pattern = record.Suspected, true, p.exempt, p.source
	}
	return v
}

// lookForExcuses finds the cues of not and evidence patterns near the anchor at hand.
func (f *search) lookForExcuses() {
	if !f.excused {
		f.excuses, _ = f.set.excuses.find(f.excuses[:0], nil, f.view.text)
		f.excused = true
	}
	f.excusesNear.set(&f.at, f.excuses)
}

// first is the first of the patterns that holds, nil when none does. It looks no further,
// unless somebody wants to know.
func (f *search) first(t *Term, patterns []*pattern, near *nearby) (held *pattern) {
	for _, p := range patterns {
		if !p.holds(&f.at, near) {
			continue
		}
		if f.used == nil {
			return p
		}
		f.used(t, p)
		if held == nil {
			held = p
		}
	}
	return held
}

// keepBest drops hits that overlap a better one.
func keepBest(hits []Hit) []Hit {
	if len(hits) < 2 {
		return hits
	}
	slices.SortStableFunc(hits, func(a, b Hit) int {
		switch {
		case a.Start != b.Start:
			return a.Start - b.Start
		default:
			return b.End - a.End
		}
	})
	out := hits[:1]
	for _, h := range hits[1:] {
		last := &out[len(out)-1]
		switch {
		case h.Start >= last.End:
			out = append(out, h)
		case h.Outcome == record.Violation && last.Outcome != record.Violation:
			*last = h
		}
	}
	return out
}

// lower is s with A–Z as a–z.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r | 0x20
		}
		return r
	}, s)
}

package terms

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/coregx/ahocorasick"

	"marketwarden/internal/record"
	"marketwarden/internal/textfold"
)

// Term is one entry of a term file.
type Term struct {
	ID      string
	Concept string         // what fingerprints are made of; several terms may share one
	Outcome record.Outcome // Violation or Suspected
	Title   record.Text    // what kind of claim it is
	Ask     record.Text    // what a reviewer has to look at where it is suspected

	claim, not, evidence []*pattern
}

// Hit is one place where a term was found. Offsets are bytes in the text as given.
type Hit struct {
	Term *Term
	// Outcome is the term's, or Suspected when Evidence is set.
	Outcome                    record.Outcome
	Start, End                 int  // the anchor as it is written
	SentenceStart, SentenceEnd int  // the sentence it stands in
	Disguised                  bool // written otherwise than the anchor, but for the case of letters
	Evidence                   bool // the sentence names what might prove it
}

// Set is a term file ready for use.
type Set struct {
	terms      []*Term
	anchors    []anchor
	byText     map[string]int // index in anchors
	unfinished map[rune]bool
	pairs      map[[2]rune]bool // neighbours inside anchors
	automaton  *ahocorasick.Automaton
	cues       cues
}

// anchor is a word to look for. Several terms may have it.
type anchor struct {
	text  string
	terms []*Term
}

// Terms are the terms of the set, in the order of the file. The caller must not change
// them.
func (s *Set) Terms() []*Term { return slices.Clone(s.terms) }

func (s *Set) addAnchor(t *Term, word string) error {
	plain := simplified(textfold.Fold(word).Text)
	if strings.TrimSpace(plain) != plain || utf8.RuneCountInString(plain) < 2 || len(plain) > maxAnchorBytes {
		return fmt.Errorf("anchor %q: must have at least two characters, no white space around it and at most %d bytes", word, maxAnchorBytes)
	}
	if s.byText == nil {
		s.byText = map[string]int{}
	}
	i, ok := s.byText[plain]
	if !ok {
		i = len(s.anchors)
		s.byText[plain] = i
		s.anchors = append(s.anchors, anchor{text: plain})
		last := rune(-1)
		for _, r := range plain {
			if isHan(last) && isHan(r) {
				s.pairs[[2]rune{last, r}] = true
			}
			last = r
		}
	}
	if slices.Contains(s.anchors[i].terms, t) {
		return fmt.Errorf("anchor %q: is there twice", word)
	}
	s.anchors[i].terms = append(s.anchors[i].terms, t)
	return nil
}

// maxAnchorBytes bounds an anchor, well below the windows of patterns.
const maxAnchorBytes = 60

func (s *Set) build() error {
	b := ahocorasick.NewBuilder()
	for i := range s.anchors {
		b.AddPattern([]byte(s.anchors[i].text))
	}
	var err error
	if s.automaton, err = b.Build(); err != nil {
		return fmt.Errorf("build automaton: %w", err)
	}
	return s.cues.gather(s.terms)
}

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
	return s.FindIn(Read(text), 0, len(text))
}

// FindIn looks for the terms in the part [start, end) of a text, whole lines of it. Offsets
// of hits count from start.
func (s *Set) FindIn(t *Text, start, end int) (hits []Hit, complete bool) {
	f := search{set: s, text: t.text[start:end]}
	f.run(t, start)
	return keepBest(f.hits), f.judged < maxJudged && len(f.hits) < maxHits
}

// search is one call of Find.
type search struct {
	set    *Set
	text   string
	hits   []Hit
	judged int
	at     context // the anchor at hand
	// used, when not nil, is told every pattern that had a part in the verdict on an
	// anchor; for the examples of term files.
	used func(t *Term, p *pattern)
}

// run looks at every sentence that may have an anchor: those that have one as it stands,
// and those of odd lines. f.text is the part of t that begins at start.
func (f *search) run(t *Text, start int) {
	end := start + len(f.text)
	odd := f.set.oddLines(t, start, end)
	found := f.set.automaton.FindAllOverlapping(t.plain[start:end])
	if len(found) == 0 && len(odd) == 0 {
		return
	}
	slices.SortFunc(found, func(a, b ahocorasick.Match) int { return a.Start - b.Start })
	for done := 0; done < len(f.text); {
		next := len(f.text)
		if len(found) > 0 {
			next = found[0].Start
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
		for n < len(found) && found[n].Start < line.end {
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
func (f *search) line(l span, found []ahocorasick.Match, odd bool) {
	for start, end := range textfold.Sentences(f.text[l.start:l.end]) {
		start, end = l.start+start, l.start+end
		n := 0
		for n < len(found) && found[n].Start < end {
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
	v := f.set.view(f.text[start:end])
	text := []byte(v.text)
	found := f.set.automaton.FindAllOverlapping(text)
	if len(found) == 0 {
		return
	}
	near := f.set.cues.find(text)
	if f.at.cuesAround == nil {
		f.at.cuesBefore, f.at.cuesAfter, f.at.cuesAround = f.set.cues.none(), f.set.cues.none(), f.set.cues.none()
	}
	for _, m := range found {
		a := &f.set.anchors[m.PatternID]
		if cutsWord(v.text, m.Start, m.End) {
			continue
		}
		if f.judged++; f.judged > maxJudged || len(f.hits) >= maxHits {
			return
		}
		f.at.cut(v.text, m.Start, m.End)
		f.at.near(near, m.Start, m.End)
		for _, t := range a.terms {
			outcome, evidence := f.judge(t)
			if outcome == "" {
				continue
			}
			from, to := v.original(m.Start, m.End)
			f.hits = append(f.hits, Hit{
				Term: t, Outcome: outcome, Evidence: evidence,
				Start: start + from, End: start + to, SentenceStart: start, SentenceEnd: end,
				Disguised: lower(f.text[start+from:start+to]) != a.text,
			})
		}
	}
}

// cutsWord reports whether an anchor of letters or digits is a part of a longer word or
// number.
func cutsWord(text string, start, end int) bool {
	return start > 0 && isWord(text[start]) && isWord(text[start-1]) || end < len(text) && isWord(text[end-1]) && isWord(text[end])
}

func isWord(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' }

// judge answers what a term says of an anchor in its sentence; "" is nothing.
func (f *search) judge(t *Term) (outcome record.Outcome, evidence bool) {
	if len(t.claim) > 0 && !f.any(t, t.claim) {
		return "", false
	}
	if f.any(t, t.not) {
		return "", false
	}
	if f.any(t, t.evidence) {
		return record.Suspected, true
	}
	return t.Outcome, false
}

// any reports whether one of the patterns holds. It looks no further than the first,
// unless somebody wants to know.
func (f *search) any(t *Term, patterns []*pattern) bool {
	held := false
	for _, p := range patterns {
		if !p.holds(&f.at) {
			continue
		}
		if f.used == nil {
			return true
		}
		f.used(t, p)
		held = true
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

package terms

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

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
	Advice  record.Text    // how to mend it; may be zero

	fields, exceptFields []string

	claim, not, evidence []*pattern
}

// In reports whether the term counts in that field of a listing.
func (t *Term) In(field string) bool {
	return (len(t.fields) == 0 || slices.Contains(t.fields, field)) && !slices.Contains(t.exceptFields, field)
}

// Claims are the patterns of which one must hold around an anchor of the term, as the file
// has them; none: an anchor is enough.
func (t *Term) Claims() []string {
	var out []string
	for _, p := range t.claim {
		out = append(out, p.source)
	}
	return out
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
	// By is, with Evidence, what has to be proven; of a hit that is exempted, what exempts
	// it; nil otherwise.
	By *Exemption
}

// Set is a term file ready for use.
type Set struct {
	rule       string // what the file says it is for
	terms      []*Term
	anchors    []anchor
	byText     map[string]int // index in anchors
	unfinished map[rune]bool
	pairs      map[[2]rune]bool // neighbours inside anchors
	automaton  *matcher
	cues       cues      // of claims, with the anchors
	excuses    cues      // of what keeps a claim from being a fault
	sentences  int       // patterns that look at the sentence
	texts      sync.Pool // of *Text, for Find
	scratch    sync.Pool // of *search
}

// anchor is a word to look for. Several terms may have it.
type anchor struct {
	text  string
	terms []*Term
}

// Rule is the id of the rule that the file says it is for; "" when it says nothing.
func (s *Set) Rule() string { return s.rule }

// Terms are the terms of the set, in the order of the file. The caller must not change
// them.
func (s *Set) Terms() []*Term { return slices.Clone(s.terms) }

func (s *Set) addAnchor(t *Term, w words) error {
	word := w.text
	plain := plainAnchor(word)
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
	for _, other := range s.anchors[i].terms {
		if len(t.claim) == 0 && len(other.claim) == 0 && sameFields(t, other) {
			return fmt.Errorf("anchor %q: is there twice: it fires by itself in %s too", word, other.ID)
		}
	}
	s.anchors[i].terms = append(s.anchors[i].terms, t)
	return nil
}

// sameFields reports whether two terms count in the same fields.
func sameFields(a, b *Term) bool {
	return slices.Equal(a.fields, b.fields) && slices.Equal(a.exceptFields, b.exceptFields)
}

// plainAnchor is the form of an anchor in plain text.
func plainAnchor(word string) string { return simplified(textfold.Fold(word).Text) }

// maxAnchorBytes bounds an anchor, well below the windows of patterns.
const maxAnchorBytes = 60

func (s *Set) build() error {
	words := make([]string, len(s.anchors))
	for i := range s.anchors {
		words[i] = s.anchors[i].text
	}
	s.automaton = newMatcher(words)
	var claims, excuses []*pattern
	done := map[*pattern]bool{} // those of the whole file are in every term
	for _, t := range s.terms {
		claims = append(claims, t.claim...)
		for _, p := range slices.Concat(t.not, t.evidence) {
			if !done[p] {
				done[p] = true
				excuses = append(excuses, p)
			}
		}
	}
	for _, p := range slices.Concat(claims, excuses) {
		if p.sentence != nil {
			p.number = s.sentences
			s.sentences++
		}
	}
	return cmp.Or(s.cues.gather(claims, words), s.excuses.gather(excuses, nil))
}

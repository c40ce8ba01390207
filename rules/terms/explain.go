package terms

import "slices"

// Why is what became of an anchor that a text has.
type Why string

// What becomes of anchors.
const (
	Fired      Why = "fired"        // a hit
	Exempted   Why = "exempted"     // a claim, but a not pattern holds
	NoClaim    Why = "no_claim"     // none of the term's claim patterns holds
	PartOfWord Why = "part_of_word" // cut out of a longer word or number
	Outweighed Why = "outweighed"   // a hit, but one that overlaps it is kept
)

// Verdict is what a term says of one of its anchors in a text.
type Verdict struct {
	Hit     // Outcome is empty unless Why is Fired, Exempted or Outweighed
	Why     Why
	Claim   string // the claim pattern that holds, as the file has it
	Pattern string // the not or evidence pattern that holds
}

// Explain is what every term says of every place of a text that has one of its anchors, in
// order of places. complete is false when the text has more than are judged.
func (s *Set) Explain(text string) (verdicts []Verdict, complete bool) {
	f := search{set: s, text: text}
	f.told = func(v *Verdict) { verdicts = append(verdicts, *v) }
	f.run(Read(text), 0)
	kept := keepBest(f.hits)
	for i := range verdicts {
		v := &verdicts[i]
		same := func(h Hit) bool { return h.Term == v.Term && h.Start == v.Start && h.End == v.End }
		if v.Why == Fired && !slices.ContainsFunc(kept, same) {
			v.Why = Outweighed
		}
	}
	slices.SortStableFunc(verdicts, func(a, b Verdict) int { return a.Start - b.Start })
	return verdicts, f.complete()
}

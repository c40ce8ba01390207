package rules

import (
	"path"
	"slices"
	"strings"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/rules/terms"
	"marketwarden/scanners/page"
)

// ReasonManyWays says that the kind of the listing tells nothing about how it is delivered.
const ReasonManyWays = "many_ways"

// kindReader gathers what contradicts the kind of a listing, each delivery once.
type kindReader struct {
	facts *Facts
	part  string
	says  kindSay
	fits  bool // words state the delivery that fits
	filed bool // an address on file is one of it
	found []record.Finding
}

// address compares the address on file.
func (k *kindReader) address() {
	l := &k.facts.Listing
	u, err := weburl.Parse(l.DeliverableURL)
	if err != nil {
		return
	}
	packed := false
	switch strings.ToLower(path.Ext(u.Path())) {
	case ".zip", ".rar", ".7z", ".gz", ".tgz", ".exe", ".msi", ".dmg", ".pkg", ".apk", ".iso", ".deb", ".rpm", ".jar", ".whl":
		packed = true
	}
	outcome := record.Suspected
	switch l.Delivery {
	case market.DeliverySaaS:
		outcome = record.Violation
		k.filed = !packed
	case market.DeliveryDownload:
		k.filed = true
		return
	case market.DeliveryService:
	default:
		return
	}
	if !packed {
		return
	}
	k.add(outcome, conceptPackage, record.Same(cut(oneLine(u.String()), snippetMost)),
		record.Text{ZH: "登记的地址是一个软件包", EN: "the address on file is a package"}, record.Occurrence{URL: cut(u.String(), snippetMost)})
}

// words compares what the provider says. complete is false when not all was judged.
func (k *kindReader) words() (complete bool) {
	p := k.facts.Page
	hits, complete := mustTerms(kindTerms()).FindIn(k.facts.pageWords(), 0, len(p.Text))
	for i := range hits {
		k.hit(&hits[i])
	}
	k.labels()
	return complete
}

// hit takes a statement of the term file.
func (k *kindReader) hit(h *terms.Hit) {
	b := providerBlock(k.facts.Page, h.Start, h.End)
	if b == nil || b.Hidden || b.Attr != "" || b.Field == "cases" {
		return
	}
	if slices.Contains(k.says.fits, h.Term.Concept) {
		k.fits = true
		return
	}
	if outcome := k.says.outcome(h.Term.Concept, h.Outcome); outcome != record.Pass {
		k.say(outcome, h.Term.Concept, b, h.Start, h.End, h.SentenceStart, h.SentenceEnd, h.Term.Title)
	}
}

// say makes a finding of words of a block, [start, end) in [from, to) of the text.
func (k *kindReader) say(outcome record.Outcome, concept string, b *page.Block, start, end, from, to int, why record.Text) {
	p := k.facts.Page
	from, to = clause(p.Text, start, end, max(b.Start, from), min(b.End, to))
	words, mark := snippet(p.Text, from, to, b.Start, b.End)
	k.add(outcome, concept, record.Same(cut(oneLine(p.Text[from:to]), snippetMost)), why, record.Occurrence{
		URL: pageAddress(p), Field: b.Field, Selector: p.Selector(b.Node), Snippet: words, Mark: mark, Span: [2]int{from, to},
	})
}

// add makes a finding of a delivery, or adds a place to the one there is. What is sure
// tells it.
func (k *kindReader) add(outcome record.Outcome, concept string, found, why record.Text, at record.Occurrence) {
	key := "delivers " + delivered(concept)
	for i := range k.found {
		fi := &k.found[i]
		if fi.Discriminator != key {
			continue
		}
		same := func(o record.Occurrence) bool { return o.Field == at.Field && o.Span == at.Span }
		if len(fi.Occurrences) < record.MaxOccurrences && !slices.ContainsFunc(fi.Occurrences, same) {
			fi.Occurrences = append(fi.Occurrences, at)
		}
		if outcome == record.Violation && fi.Outcome != record.Violation {
			fi.Outcome, fi.Found, fi.Reason, fi.Ask = outcome, found, why, record.Text{}
		}
		return
	}
	fi := record.Finding{
		Outcome: outcome, Discriminator: key, Part: k.part, Found: found, Reason: why,
		Expected:    record.Text{ZH: "交付的内容与商品类型一致", EN: "what is delivered is what the listing's kind says"},
		Occurrences: []record.Occurrence{at}, Material: delivered(concept),
	}
	if outcome == record.Suspected {
		fi.Ask = record.Text{ZH: "核实实际交付的内容", EN: "see what is in fact delivered"}
	}
	k.found = append(k.found, fi)
}

// findings are what was found. Suspicions fall where the page states the delivery that
// fits.
func (k *kindReader) findings() (out []record.Finding) {
	for i := range k.found {
		if k.found[i].Outcome == record.Violation || !k.fits {
			out = append(out, k.found[i])
		}
	}
	return out
}

// mentioned reports whether the provider's words have one that goes with the kind.
func (k *kindReader) mentioned() bool {
	p, plain := k.facts.Page, k.facts.pageWords().Plain()
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Field == "" || b.Hidden || isCode(b.Tag) || b.Field == "cases" {
			continue
		}
		words := string(plain[b.Start:b.End])
		for _, w := range k.says.mentions {
			if w[0] < 0x80 && holdsLetters(words, w) || w[0] >= 0x80 && strings.Contains(words, w) {
				return true
			}
		}
	}
	return false
}

// delivered is the name of a delivery in records: those of the catalogue where it has one.
func delivered(concept string) string {
	switch {
	case strings.HasPrefix(concept, "no-"):
		return "nothing"
	case concept == conceptPackage:
		return market.DeliveryDownload
	case concept == conceptOnline:
		return market.DeliverySaaS
	case concept == conceptWork:
		return market.DeliveryService
	}
	return concept
}

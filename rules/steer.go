package rules

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"

	"marketwarden/internal/record"
	"marketwarden/rules/terms"
	"marketwarden/scanners/page"
)

// The term files about dealing outside the marketplace, one a rule and one of what words
// beside an address or a contact detail want. Loaded once, never changed.
var (
	saleTerms    = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("off-platform-sale") })    //nolint:gochecknoglobals // immutable once it is there
	contactTerms = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("off-platform-contact") }) //nolint:gochecknoglobals // immutable once it is there
	dealTerms    = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("deals") })                //nolint:gochecknoglobals // immutable once it is there
)

// family is which term file a phrase is of.
type family int

const (
	familySale    family = iota // sends people elsewhere to buy, renew or pay
	familyContact               // draws people away in person
	familyDeal                  // wants a deal; says nothing by itself
)

// phrase is a term that a page holds. Offsets are those of Page.Text.
type phrase struct {
	family     family
	term       *terms.Term
	start, end int // the clause around the anchor; of a deal the anchor itself
	from, to   int // the sentence
	disguised  bool
}

// maybe reports whether the phrase hints at something without asking for it.
func (h *phrase) maybe() bool { return h.term.Outcome == record.Suspected }

// steering is what the provider's words on a page say of dealing outside the marketplace.
type steering struct {
	page     *page.Page
	deals    *terms.Set
	phrases  []phrase // of one family, in page order
	complete bool     // all of the page was judged
	title    string   // of the listing
	names    []string // of the platform
}

// readSteering reads the provider's words for one family of phrases.
func readSteering(f *Facts, want family) *steering {
	s := &steering{page: f.Page, complete: true, title: f.Listing.Title, names: f.Profile.NamesZH, deals: mustTerms(dealTerms())}
	set := mustTerms(contactTerms())
	if want == familySale {
		set = mustTerms(saleTerms())
	}
	// One search of the whole page, so that its bound holds for the page.
	hits, complete := set.FindIn(f.pageWords(), 0, len(f.Page.Text)) // shared with other rules
	s.complete = complete
	for i := range hits {
		s.add(want, &hits[i])
	}
	slices.SortStableFunc(s.phrases, func(a, b phrase) int { return a.start - b.start })
	return s
}

// mustTerms is a set that is there: Load refuses a book whose terms do not load, and the
// engine turns a panic into not_checked.
func mustTerms(set *terms.Set, err error) *terms.Set {
	if err != nil {
		panic(fmt.Sprintf("load terms: %v", err))
	}
	return set
}

// add keeps what was found in the provider's words.
func (s *steering) add(want family, h *terms.Hit) {
	i := s.blockAt(h.Start)
	if i == len(s.page.Blocks) {
		return
	}
	if b := &s.page.Blocks[i]; b.Field == "" || h.Start < b.Start || codeBlock(b) || inlineCode(b, h.Start, h.End) || !h.Term.In(b.Field) {
		return
	}
	p := phrase{family: want, term: h.Term, start: h.Start, end: h.End, from: h.SentenceStart, to: h.SentenceEnd, disguised: h.Disguised}
	if want == familySale && s.onPlatform(&p) {
		return
	}
	p.start, p.end = clause(s.page.Text, p.start, p.end, p.from, p.to)
	if n := len(s.phrases); n > 0 { // the anchors of one clause are one phrase
		if q := &s.phrases[n-1]; q.start == p.start && q.term.Concept == p.term.Concept {
			if q.maybe() && !p.maybe() {
				*q = p
			}
			return
		}
	}
	s.phrases = append(s.phrases, p)
}

// dealsIn are the deals that the words [start, end) speak of.
func (s *steering) dealsIn(start, end int) []phrase {
	text := s.page.Text
	start, end = max(start, 0), min(end, len(text))
	for start < end && !utf8.RuneStart(text[start]) {
		start++
	}
	for end < len(text) && end > start && !utf8.RuneStart(text[end]) {
		end--
	}
	hits, _ := s.deals.Find(text[start:end])
	var out []phrase
	for _, h := range hits {
		p := phrase{
			family: familyDeal, term: h.Term, start: start + h.Start, end: start + h.End,
			from: start + h.SentenceStart, to: start + h.SentenceEnd, disguised: h.Disguised,
		}
		if !s.onPlatform(&p) {
			out = append(out, p)
		}
	}
	return out
}

// onPlatform reports whether what a phrase asks for is to be done on the platform, by its
// names in the market profile: "请在示例云续费", "续费请在示例云控制台操作". The terms
// themselves know only the words that every marketplace goes by.
func (s *steering) onPlatform(h *phrase) bool {
	text := s.page.Text
	_, end := clause(text, h.start, h.end, h.from, h.to)
	words := text[max(h.from, h.start-reachBefore):end]
	for _, name := range s.names {
		before, _, ok := strings.Cut(words, name)
		if !ok {
			continue
		}
		for _, at := range []string{"在", "到", "去", "于", "通过", "登录", "前往", "进入", "从"} {
			if rest, ok := strings.CutSuffix(before, at); ok && !denied(rest) {
				return true
			}
		}
	}
	return false
}

// denied reports whether words end in a denial: what follows is not to be done.
func denied(words string) bool {
	for _, no := range []string{"不", "不要", "别", "勿", "不必", "无需", "无须", "不用", "不再"} {
		if strings.HasSuffix(words, no) {
			return true
		}
	}
	return false
}

const clauseReach = 120 // bytes of a clause on each side of its anchor

// clause widens [start, end) to what stands between commas and the like, inside [from, to).
func clause(text string, start, end, from, to int) (a, b int) {
	const marks = "，。；！？,;!?\n"
	a, b = max(from, start-clauseReach), min(to, end+clauseReach)
	for a < start && !utf8.RuneStart(text[a]) {
		a++
	}
	for b > end && b < len(text) && !utf8.RuneStart(text[b]) {
		b--
	}
	if i := strings.LastIndexAny(text[a:start], marks); i >= 0 {
		_, n := utf8.DecodeRuneInString(text[a+i:])
		a += i + n
	}
	if i := strings.IndexAny(text[end:b], marks); i >= 0 {
		b = end + i
	}
	for a < start && text[a] == ' ' {
		a++
	}
	for b > end && text[b-1] == ' ' {
		b--
	}
	return a, b
}

// codeBlock reports whether a block is code, whose words tell buyers nothing, or what a
// form shows to be filled in.
func codeBlock(b *page.Block) bool {
	switch b.Tag {
	case "pre", "code", "textarea", "samp", "xmp", "listing":
		return true
	}
	return b.Attr == "placeholder" || b.Attr == "value"
}

// blockAt is the index of the block that holds the offset, or of the next one.
func (s *steering) blockAt(at int) int {
	return sort.Search(len(s.page.Blocks), func(i int) bool { return s.page.Blocks[i].End > at })
}

// between are the phrases that begin in [from, to).
func (s *steering) between(from, to int) []phrase {
	a := sort.Search(len(s.phrases), func(i int) bool { return s.phrases[i].start >= from })
	b := sort.Search(len(s.phrases), func(i int) bool { return s.phrases[i].start >= to })
	return s.phrases[a:max(a, b)]
}

// overfull answers for a page that shows no fault and was not judged to its end: a bound
// cut it, or it has more words of the kind than are judged.
func overfull(p *page.Page) record.Result {
	if p.Truncated != "" {
		return truncated(p)
	}
	return notChecked(ReasonTruncated, "页面中此类词语过多，只检查了一部分", "the page has more words of the kind than are judged, only a part was")
}

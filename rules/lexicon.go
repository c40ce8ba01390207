package rules

import (
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	"marketwarden/internal/market"
	"marketwarden/rules/terms"
)

// lexicon is all words that rules look for on a page, made ready to be found in one pass:
// anchors of term files, listed names, words of gated expressions. It is immutable.
type lexicon struct {
	scanner *terms.Scanner // nil: everyone looks for himself
	names   map[nameKind]*names
	lists   map[*names]int // of the scanner
	gates   map[*regexp.Regexp]int
	loose   int // looseCues
}

// nameKind is what names are listed for.
type nameKind string

// Names that rules look for.
const (
	cloudNames     nameKind = "clouds" // other ones
	rivalNames     nameKind = "rivals"
	brandNames     nameKind = "brands" // the platform's
	lookalikeNames nameKind = "lookalikes"
	wareNames      nameKind = "wares" // open-source software
)

// listedNames are the names by parameters and the market profile.
func listedNames(params *Params, profile *market.Profile) map[nameKind]*names {
	own := platformNames(profile)
	brands := slices.Concat(own, params.List("brand-misuse", "brands"))
	clouds := params.List("other-cloud", "clouds")
	wares := newNames(slices.Concat(openSourceProducts(), params.List("open-source-terms", "products")), nil)
	wares.versions = true
	return map[nameKind]*names{
		cloudNames:     newNames(clouds, own),
		rivalNames:     newNames(slices.Concat(params.List("denigration", "competitors"), clouds), own),
		brandNames:     newNames(brands, nil),
		lookalikeNames: newNames(params.List("brand-misuse", "lookalikes"), brands),
		wareNames:      wares,
	}
}

// namesKey tells which names parameters and profile list.
func namesKey(params *Params, profile *market.Profile) string {
	return strings.Join(slices.Concat(platformNames(profile), []string{
		params.Text("brand-misuse", "brands"), params.Text("brand-misuse", "lookalikes"), params.Text("other-cloud", "clouds"),
		params.Text("denigration", "competitors"), params.Text("open-source-terms", "products"),
	}), "\n")
}

// newLexicon joins the names with the sets and the words of shared gates.
func newLexicon(listed map[nameKind]*names, sets []*terms.Set) *lexicon {
	x := &lexicon{names: listed, lists: map[*names]int{}, gates: map[*regexp.Regexp]int{}}
	var lists [][]string
	for _, kind := range slices.Sorted(maps.Keys(listed)) {
		x.lists[listed[kind]] = len(lists)
		lists = append(lists, listed[kind].heads())
	}
	for _, g := range sharedGates() {
		x.gates[g.re] = len(lists)
		lists = append(lists, g.words)
	}
	x.loose = len(lists)
	lists = append(lists, looseCues())
	x.scanner = terms.NewScanner(sets, lists...)
	return x
}

func (x *lexicon) read(text string) *terms.Text {
	if x.scanner == nil {
		return terms.Read(text)
	}
	return x.scanner.Read(text)
}

// lexicons are the lexicons of a book, by the names that parameters and profiles list:
// there are few, and each takes long to make.
type lexicons struct {
	mu     sync.Mutex
	byName map[string]*lexicon
}

// maxLexicons bounds the lexicons that are kept, each of which takes some megabytes.
const maxLexicons = 4

func (b *Book) lexicon(params *Params, profile *market.Profile) *lexicon {
	key := namesKey(params, profile)
	b.lexicons.mu.Lock()
	defer b.lexicons.mu.Unlock()
	x, ok := b.lexicons.byName[key]
	if ok {
		return x
	}
	var sets []*terms.Set
	for _, in := range b.termSets() {
		sets = append(sets, in.set)
	}
	x = newLexicon(listedNames(params, profile), sets)
	if b.lexicons.byName == nil || len(b.lexicons.byName) >= maxLexicons {
		b.lexicons.byName = map[string]*lexicon{}
	}
	b.lexicons.byName[key] = x
	return x
}

// lexicon is the book's for these parameters and this market. A rule that is asked by
// itself has one that shares nothing.
func (f *Facts) lexicon() *lexicon {
	w := f.ofPage()
	switch {
	case w.lexicon != nil:
	case f.book == nil:
		w.lexicon = &lexicon{names: listedNames(f.Params, f.Profile)}
	default:
		w.lexicon = f.book.lexicon(f.Params, f.Profile)
	}
	return w.lexicon
}

// mentions are where names of a kind stand in [start, end) of Page's text, by their
// offsets from start.
func (f *Facts) mentions(kind nameKind, start, end int) []mention {
	t, x := f.pageWords(), f.lexicon()
	n := x.names[kind]
	if len(n.byLead) == 0 {
		return nil
	}
	plain := t.Plain()[start:end]
	if list, ok := x.lists[n]; ok && !t.Disguises(start, end, n.adjoin) {
		if places, ok := t.Places(list); ok {
			return n.findAt(plain, placesIn(places, start, end), start)
		}
	}
	return n.find(plain)
}

// placesIn are the places that begin in [start, end).
func placesIn(places []terms.Place, start, end int) []terms.Place {
	places = places[sort.Search(len(places), func(i int) bool { return places[i].Start >= start }):]
	for i := range places {
		if places[i].Start >= end {
			return places[:i]
		}
	}
	return places
}

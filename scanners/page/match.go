package page

import (
	"errors"
	"fmt"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"marketwarden/internal/market"
)

// Matcher is a market's page profile with its selectors compiled. It is immutable and
// safe for concurrent use; make one for a profile and hand it to every Parse.
type Matcher struct {
	required []string
	frames   []market.HostPattern
	inline   []market.InlineJSON
	fields   []string
	rules    []matchRule

	// Rules by what their last compound needs; an element is only compared with those.
	byID, byClass map[string][]int
	byTag         []tagRule
	idFilter      uint64 // of the keys of byID, see filterBit
	classFilter   uint64
}

// matchRule is one selector (of a comma list) and what it is for: indexes into fields,
// required and inline, -1 when it is not.
type matchRule struct {
	sel                  cascadia.Sel
	area, required, json int
}

type tagRule struct {
	tag  string // "" matches any
	rule int
}

// NewMatcher compiles the page profile. The error names every selector that is no CSS.
// The parts named title, price and agreement are areas too, of these fields, where no
// area has that field.
func NewMatcher(p *market.Profile) (*Matcher, error) {
	m := &Matcher{
		required: p.Page.Required, frames: p.Page.DescriptionFrames, inline: p.Page.InlineJSON,
		byID: map[string][]int{}, byClass: map[string][]int{},
	}
	var errs []error
	add := func(selector string, r matchRule) {
		group, err := cascadia.ParseGroup(selector)
		if err != nil {
			errs = append(errs, fmt.Errorf("page profile of %s: selector %q: %w", p.ID, selector, err))
			return
		}
		for _, sel := range group {
			r.sel = sel
			m.add(r)
		}
	}
	named := map[string]bool{}
	for i, a := range p.Page.Areas {
		named[a.Field] = true
		m.fields = append(m.fields, a.Field)
		add(a.Selector, matchRule{area: i, required: -1, json: -1})
	}
	for _, part := range [...]market.ContentArea{{Field: "title", Selector: p.Page.Title}, {Field: "price", Selector: p.Page.Price}, {Field: "agreement", Selector: p.Page.Agreement}} {
		if part.Selector != "" && !named[part.Field] {
			m.fields = append(m.fields, part.Field)
			add(part.Selector, matchRule{area: len(m.fields) - 1, required: -1, json: -1})
		}
	}
	for i, s := range p.Page.Required {
		add(s, matchRule{area: -1, required: i, json: -1})
	}
	for i, j := range p.Page.InlineJSON {
		add(j.Selector, matchRule{area: -1, required: -1, json: i})
	}
	return m, errors.Join(errs...)
}

// compileLenient leaves out what is no CSS: a required selector that cannot match is
// missing on every page, which is the loudest a page can be about it.
func compileLenient(p *market.Profile) *Matcher {
	m, _ := NewMatcher(p)
	return m
}

func (m *Matcher) add(r matchRule) {
	i := len(m.rules)
	m.rules = append(m.rules, r)
	kind, name := key(r.sel.String())
	switch kind {
	case '#':
		m.byID[name] = append(m.byID[name], i)
		m.idFilter |= filterBit(name)
	case '.':
		m.byClass[name] = append(m.byClass[name], i)
		m.classFilter |= filterBit(name)
	default:
		m.byTag = append(m.byTag, tagRule{name, i})
	}
}

// key is what the last compound of a selector needs an element to have: an id, a class
// or a name; a selector too clever for it is compared with every element.
func key(sel string) (kind byte, name string) {
	sel = strings.ReplaceAll(sel, `\-`, "-") // cascadia writes every hyphen escaped
	if i := strings.LastIndexByte(sel, '['); i >= 0 && strings.HasSuffix(sel, "]") {
		sel = sel[:i]
	}
	if strings.ContainsAny(sel, `\"'()[`) {
		return 0, ""
	}
	last := sel[strings.LastIndexAny(sel, " >+~")+1:]
	if i := strings.IndexByte(last, ':'); i >= 0 {
		last = last[:i]
	}
	if i := strings.IndexByte(last, '#'); i >= 0 {
		id, _, _ := strings.Cut(last[i+1:], ".")
		return '#', id
	}
	tag, class, ok := strings.Cut(last, ".")
	if ok {
		class, _, _ = strings.Cut(class, ".")
		return '.', class
	}
	if tag == "*" {
		tag = ""
	}
	return 0, tag
}

// filterBit is a cheap hash: most ids and classes of a page are told from those of the
// profile by it.
func filterBit(s string) uint64 {
	if s == "" {
		return 0
	}
	return 1 << ((uint(len(s))*7 ^ uint(s[0])*5 ^ uint(s[len(s)-1])) & 63)
}

// allowsFrame reports whether frames of this host hold descriptions.
func (m *Matcher) allowsFrame(host string) bool {
	for _, h := range m.frames {
		if h.Matches(host) {
			return true
		}
	}
	return false
}

// match compares an element with the page profile.
func (w *walker) match(n *html.Node, a *attrs, c *ctx) {
	m := w.matcher
	for _, t := range m.byTag {
		if t.tag == "" || t.tag == n.Data {
			w.try(t.rule, n, c)
		}
	}
	if a.id != "" && m.idFilter&filterBit(a.id) != 0 {
		for _, r := range m.byID[a.id] {
			w.try(r, n, c)
		}
	}
	for rest := a.class; rest != ""; {
		var token string
		token, rest = nextToken(rest)
		if m.classFilter&filterBit(token) != 0 {
			for _, r := range m.byClass[token] {
				w.try(r, n, c)
			}
		}
	}
}

func (w *walker) try(rule int, n *html.Node, c *ctx) {
	r := &w.matcher.rules[rule]
	if !r.sel.Match(n) {
		return
	}
	if r.area >= 0 {
		c.field = w.matcher.fields[r.area]
	}
	if r.required >= 0 {
		w.found[r.required] = true
	}
}

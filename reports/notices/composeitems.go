package notices

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/safetext"
	"marketwarden/rules"
)

// byListing are the items by listing, numbered through.
func (c *composer) byListing(how detail) []group {
	var out []group
	first := map[string]int{} // number of the first item of each rule
	for i := range c.items {
		it := &c.items[i]
		if i == 0 || it.listing != c.items[i-1].listing {
			out = append(out, c.listing(c.items[i:]))
		}
		e := entry{N: i + 1, Heading: c.heading(it)}
		switch {
		case how.line:
			e.Heading = c.say(c.t.briefly, e.Heading, foreign(c.gist(it), 40), lastDay(it.deadline))
		case how.short:
			e.Rows = c.shortRows(it)
		default:
			e.Rows = c.rows(it, how, first[it.rule.ID])
		}
		if first[it.rule.ID] == 0 {
			first[it.rule.ID] = e.N
		}
		g := &out[len(out)-1]
		g.Items = append(g.Items, e)
	}
	return out
}

// listing is the group of the listing that the items begin with.
func (c *composer) listing(items []item) group {
	id := items[0].listing
	if id == "" {
		return group{Title: c.say(c.t.whole)}
	}
	var title, url string
	for i := range items {
		if items[i].listing != id {
			break
		}
		title, url = cmp.Or(title, items[i].View.ListingTitle), cmp.Or(url, listingURL(&items[i]))
	}
	g := group{Title: c.say(c.t.listing, c.named(title, id))}
	if url != "" {
		g.Rows = []row{{Label: c.say(c.t.address), Value: foreign(url, maxURL)}}
	}
	return g
}

// listingURL is the address of the listing's page, "" where it is not known.
func listingURL(it *item) string {
	if it.ListingURL == "" && it.rule.Scope == rules.ScopeListingPage {
		if url, ok := strings.CutPrefix(it.View.Finding.Part, record.PartHTML("")); ok {
			return url
		}
	}
	return it.ListingURL
}

// byRule names the listings of each rule by their ids, for digests too long for more.
func (c *composer) byRule() []group {
	items := slices.Clone(c.items)
	slices.SortStableFunc(items, func(a, b item) int {
		return cmp.Or(cmp.Compare(a.rule.ID, b.rule.ID), cmp.Compare(c.sentence(a.mend), c.sentence(b.mend)))
	})
	var out []group
	for rest := items; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(it item) bool { return it.rule.ID != rest[0].rule.ID || it.mend != rest[0].mend })
		if n < 0 {
			n = len(rest)
		}
		ids := make([]string, n)
		for i := range ids {
			ids[i] = cmp.Or(foreign(rest[i].listing, maxID), c.say(c.t.whole))
		}
		it := &rest[0]
		out = append(out, group{
			Title: c.say(c.t.byRule, c.heading(it), n),
			Rows: []row{
				{Label: c.say(c.t.mend), Value: c.sentence(it.mend)},
				{Label: c.say(c.t.deadline), Value: c.deadline(it), Strong: true},
				{Label: c.say(c.t.listings), Value: strings.Join(ids, c.say(c.t.and))},
			},
		})
		rest = rest[n:]
	}
	return out
}

// mending tells once how to mend what each rule is about, for letters whose items do not.
func (c *composer) mending() section {
	out := section{Title: c.say(c.t.mend)}
	told := map[string]bool{}
	for i := range c.items {
		it := &c.items[i]
		if line := c.heading(it) + c.say(c.t.colon) + c.sentence(it.mend); !told[line] {
			told[line] = true
			out.Lines = append(out.Lines, line)
		}
	}
	return out
}

// heading is the rule's title and its clause. It does not say that a breach is there where
// there is but a risk of one.
func (c *composer) heading(it *item) string {
	words := c.t.heading
	if it.View.Finding.AtRisk {
		words = c.t.headingRisk
	}
	return c.say(words, c.sentence(it.rule.Title), c.clauseOf(it.rule.Clause))
}

// rows are all that is told of an item. What its rule says is told once a notice: first is
// the number of the item that did, 0 for this one.
func (c *composer) rows(it *item, how detail, first int) []row {
	f := &it.View.Finding
	once := func(s string) string {
		if first > 0 {
			return c.say(c.t.as, first)
		}
		return s
	}
	action := c.say(c.t.actionText, c.sentence(it.action))
	if first > 0 && c.items[first-1].action == it.action {
		action = once(action)
	}
	out := []row{{Label: c.say(c.t.counts), Value: once(firstSentence(c.sentence(it.rule.What)))}}
	if found := foreign(f.Found.In(c.lang), maxWords); found != "" {
		out = append(out, row{Label: c.say(c.t.found), Value: found})
	}
	if places := c.places(it, how); len(places.Places) > 0 {
		out = append(out, places)
	}
	for _, r := range []row{
		{Label: c.say(c.t.expected), Value: foreign(f.Expected.In(c.lang), maxWords)},
		{Label: c.say(c.t.reason), Value: foreign(f.Reason.In(c.lang), maxWords)},
	} {
		if r.Value != "" {
			out = append(out, r)
		}
	}
	return append(out,
		row{Label: c.say(c.t.mend), Value: c.sentence(it.mend), Strong: true},
		row{Label: c.say(c.t.deadline), Value: c.deadline(it), Strong: true},
		row{Label: c.say(c.t.action), Value: action},
		row{Label: c.say(c.t.since), Value: c.say(c.t.sinceText, stamp(it.View.FirstSeen), stamp(it.View.LastSeen))},
		row{Label: c.say(c.t.how), Value: c.say(c.t.howText, it.Decision.At.In(market.Shanghai).Format(time.DateOnly))},
		row{Label: c.say(c.t.recordID), Value: c.identity(it)},
	)
}

// shortRows are what a provider needs to mend an item.
func (c *composer) shortRows(it *item) []row {
	return []row{
		{Label: c.say(c.t.found), Value: foreign(c.gist(it), maxTitle)},
		{Label: c.say(c.t.mend), Value: c.sentence(it.mend)},
		{Label: c.say(c.t.deadline), Value: c.deadline(it), Strong: true},
	}
}

// gist is the shortest way to say what was found. It is foreign text.
func (c *composer) gist(it *item) string {
	f := &it.View.Finding
	return cmp.Or(f.Found.In(c.lang), f.Reason.In(c.lang), f.First().Snippet, f.First().URL)
}

func (c *composer) deadline(it *item) string {
	return c.say(c.t.deadlineText, lastDay(it.deadline), it.days)
}

// identity names the record and what was seen.
func (c *composer) identity(it *item) string {
	id := strings.TrimSuffix(foreign(it.View.Fingerprint, 16), "…")
	evidence := it.View.Finding.Evidence
	if len(evidence) == 0 {
		return id
	}
	var sums []string
	for _, sum := range evidence[:min(len(evidence), maxHashes)] {
		sums = append(sums, foreign(sum, maxID))
	}
	if rest := len(evidence) - len(sums); rest > 0 {
		sums = append(sums, "+"+strconv.Itoa(rest))
	}
	return id + c.say(c.t.join) + c.say(c.t.evidence) + " " + strings.Join(sums, c.say(c.t.and))
}

// places are where an item was seen, as many as the letter has room for.
func (c *composer) places(it *item, how detail) row {
	f := &it.View.Finding
	out := row{Label: c.say(c.t.places)}
	for i := range f.Occurrences[:min(len(f.Occurrences), how.places)] {
		out.Places = append(out.Places, c.place(it.rule.Scope, &f.Occurrences[i], how.around))
	}
	if rest := max(f.Count, len(f.Occurrences)) - len(out.Places); rest > 0 {
		out.More = c.say(c.t.more, rest)
	}
	return out
}

func (c *composer) place(scope rules.Scope, o *record.Occurrence, around int) place {
	snippet, mark := safetext.Marked(o.Snippet, o.Mark)
	var at []string
	if kind := c.t.page(scope, o.Field); !kind.IsZero() {
		at = append(at, c.say(kind))
	}
	if o.URL != "" && o.URL != o.Snippet {
		at = append(at, foreign(o.URL, maxURL))
	}
	if o.Selector != "" {
		at = append(at, c.say(c.t.element, foreign(o.Selector, maxElement)))
	}
	p := place{
		Before: safetext.Line(tail(snippet[:mark[0]], around)),
		Marked: safetext.Line(cut(snippet[mark[0]:mark[1]], maxMarked)),
		After:  safetext.Line(cut(snippet[mark[1]:], around)),
	}
	if len(at) > 0 {
		p.At = c.say(c.t.place, strings.Join(at, c.say(c.t.join)))
	}
	return p
}

package rules

import (
	"slices"
	"sort"
	"strings"

	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// maxTargets bounds the findings on one page. A page that leads out in more ways is
// reported by its first ones.
const maxTargets = 200

// outward gathers where a page leads out, and makes one finding of each target.
type outward struct {
	facts   *Facts
	allowed []string
	seen    []sighting
}

func (o *outward) add(s sighting) { o.seen = append(o.seen, s) }

// findings are the sightings by target, in page order. complete is false when there are
// more targets than a result holds.
func (o *outward) findings(part string) (out []record.Finding, complete bool) {
	o.joinWithLinks()
	slices.SortStableFunc(o.seen, func(a, b sighting) int { return a.pos - b.pos })
	groups := map[string][]*sighting{}
	var order []string
	for i := range o.seen {
		s := &o.seen[i]
		if groups[s.key] == nil {
			order = append(order, s.key)
		}
		groups[s.key] = append(groups[s.key], s)
	}
	complete = len(order) <= maxTargets
	for _, key := range order[:min(len(order), maxTargets)] {
		out = append(out, o.finding(part, groups[key]))
	}
	return out, complete
}

// joinWithLinks counts an address written on a link that leads to the same host as
// another place of the link's target: "www.abc.com" on a link to https://www.abc.com/x
// is one fault.
func (o *outward) joinWithLinks() {
	var links []*sighting
	for i := range o.seen {
		if s := &o.seen[i]; s.link != nil && s.how.outcome() == record.Violation && s.link.URL != nil && s.link.Text != "" {
			links = append(links, s)
		}
	}
	if len(links) == 0 {
		return
	}
	for i := range o.seen {
		s := &o.seen[i]
		if s.block == nil {
			continue
		}
		after := sort.Search(len(links), func(i int) bool { return links[i].pos > s.pos })
		if after == 0 {
			continue
		}
		l := links[after-1]
		if s.pos < l.pos+len(l.link.Text) && sameSite(s.addr.url, l.link.URL) {
			s.key, s.to, s.via = l.key, l.to, l.via
		}
	}
}

func sameSite(a, b *weburl.URL) bool {
	return strings.TrimPrefix(a.Host(), "www.") == strings.TrimPrefix(b.Host(), "www.") && (a.Path() == "/" || a.Path() == b.Path())
}

// finding makes one finding of all sightings of a target.
func (o *outward) finding(part string, seen []*sighting) record.Finding {
	worst := seen[0]
	hidden := 0
	for _, s := range seen {
		if s.how.outcome() == record.Violation && worst.how.outcome() != record.Violation {
			worst = s
		}
		if s.hidden() {
			hidden++
		}
	}
	fi := record.Finding{
		Outcome: worst.how.outcome(), Discriminator: worst.key, Part: part,
		Expected: record.Text{ZH: "只指向平台自有网站", EN: "only the platform's own sites are pointed to"},
		Found:    record.Same(worst.to), Reason: worst.how.text(), Ask: worst.how.ask(), Count: len(seen),
	}
	if worst.via != "" {
		fi.Found = record.Same(worst.via + " → " + worst.to)
		fi.Reason.ZH += "（经平台地址跳转到 " + worst.to + "）"
		fi.Reason.EN += " (an own address redirects to " + worst.to + ")"
	}
	switch {
	case hidden == len(seen):
		fi.Reason.ZH += "；该处对访客隐藏"
		fi.Reason.EN += "; hidden from visitors"
	case hidden > 0:
		fi.Reason.ZH += "；其中部分对访客隐藏"
		fi.Reason.EN += "; in part hidden from visitors"
	}
	for _, s := range seen[:min(len(seen), record.MaxOccurrences)] {
		fi.Occurrences = append(fi.Occurrences, o.occurrence(s))
	}
	return fi
}

func (s *sighting) hidden() bool {
	if s.link != nil {
		return s.link.Hidden
	}
	return s.block.Hidden
}

func (o *outward) occurrence(s *sighting) record.Occurrence {
	if s.link != nil {
		return linkOccurrence(o.facts.Page, s.link)
	}
	return textOccurrence(o.facts.Page, s.block, s.addr)
}

// textOccurrence is the place of an address written as text.
func textOccurrence(p *page.Page, b *page.Block, a textAddress) record.Occurrence {
	start, end := b.Start+a.start, b.Start+a.end
	words, mark := snippet(p.Text, start, end, b.Start, b.End)
	return record.Occurrence{
		URL: pageAddress(p), Field: b.Field, Selector: p.Selector(b.Node),
		Snippet: words, Mark: mark, Span: [2]int{start, end},
	}
}

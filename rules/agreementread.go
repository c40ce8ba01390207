package rules

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"marketwarden/internal/record"
	"marketwarden/scanners/page"
)

// What agreements are called. "协议" alone is as often a protocol. Compiled once; they
// never change.
var (
	agreementName = gate(`(?i)《[^》]{0,60}(?:协议|条款)》|(?:用户|服务|商品|许可|使用|购买|授权)(?:许可|服务|使用|购买)?(?:协议|条款)|\beula\b|terms (?:of (?:service|use|sale)|and conditions)|(?:service|licen[cs]e|user|product) agreement`, false, "协议", "条款", "eula", "terms", "agreement") //nolint:gochecknoglobals // an expression, never changed
	// platformPaper: agreements between visitors and the marketplace.
	platformPaper = regexp.MustCompile(`(?i)隐私|会员|注册|平台|云市场|入驻|privacy|cookie`)
)

// agreementWords is from how many characters on a text is an agreement itself and not a
// sentence about one.
const agreementWords = 60

// A short agreement is one by its sentences: at least so many characters and sentences.
const (
	shortAgreement   = 30
	agreementClauses = 3
)

// agreement is what a page shows of one.
type agreement struct {
	facts  *Facts
	name   onPage // agreementName
	shown  bool
	placed bool // the page has a place for it
	// What may be one, and where.
	hidden, scripted, onPage, named *record.Occurrence
	place                           *record.Occurrence
	words, clauses                  int // characters and sentences under the name of an agreement
}

// platformZone reports whether a zone is the platform's own, on every page.
func platformZone(zone string) bool { return zone == "header" || zone == "footer" || zone == "nav" }

func readAgreement(f *Facts) *agreement {
	a := &agreement{facts: f, name: f.onPage(agreementName)}
	for i := range f.Page.Links {
		a.link(&f.Page.Links[i])
	}
	for i := range f.Page.Buttons {
		b := &f.Page.Buttons[i]
		if b.Field == "agreement" || agreementName.MatchString(b.Text) && a.about(b.Text, b.Field, b.Zone) {
			a.placed = a.placed || b.Field == "agreement"
			keep(&a.scripted, record.Occurrence{URL: pageAddress(f.Page), Field: b.Field, Selector: f.Page.Selector(b.Node), Snippet: cut(oneLine(b.Text), snippetMost)})
		}
	}
	a.blocks()
	return a
}

// about reports whether an agreement that words on a link or a button name is about what is
// sold.
func (a *agreement) about(words, field, zone string) bool {
	if field != "" || platformZone(zone) {
		return field != ""
	}
	return !platformPaper.MatchString(words) && !slices.ContainsFunc(a.facts.Profile.NamesZH, func(name string) bool { return strings.Contains(words, name) })
}

func (a *agreement) link(l *page.Link) {
	if l.Kind != page.LinkA && l.Kind != page.LinkArea && l.Kind != page.LinkIframe {
		return
	}
	if l.Field != "agreement" && (!a.name.matchesLink(l) || !a.about(l.Text, l.Field, l.Zone)) {
		return
	}
	a.placed = a.placed || l.Field == "agreement"
	p := a.facts.Page
	switch {
	case l.Hidden:
		keep(&a.hidden, linkOccurrence(p, l))
	case l.URL == nil || !l.URL.IsHTTP():
		keep(&a.scripted, linkOccurrence(p, l))
	case a.samePage(l):
		keep(&a.onPage, linkOccurrence(p, l))
	default:
		a.shown = true
	}
}

// samePage reports whether a link leads to the page it stands on.
func (a *agreement) samePage(l *page.Link) bool {
	if strings.HasPrefix(strings.TrimSpace(l.Raw), "#") || strings.TrimSpace(l.Raw) == "" {
		return true
	}
	return a.facts.Page.URL != nil && a.facts.Profile.Canonical(l.URL) == a.facts.Profile.Canonical(a.facts.Page.URL)
}

// blocks reads the words: those in the agreement's place, and those below a heading that
// is the name of one.
func (a *agreement) blocks() {
	p := a.facts.Page
	below := false
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Field == "" || b.Attr != "" || isCode(b.Tag) {
			continue
		}
		words := p.Text[b.Start:b.End]
		n := utf8.RuneCountInString(words)
		named := a.name.matches(b.Start, b.End)
		heading := headsWords(b.Tag) || b.Field != "agreement" && named && n <= 20
		if b.Field == "agreement" {
			a.placed = true
			keep(&a.place, blockOccurrence(p, b))
		} else if heading {
			below = named
		}
		switch {
		case b.Field != "agreement" && !below && !named || heading && b.Field == "agreement":
		case b.Hidden:
			keep(&a.hidden, blockOccurrence(p, b))
		case heading:
			keep(&a.named, blockOccurrence(p, b))
		default:
			if a.words += n; b.Field != "agreement" && !below {
				a.words -= n // a sentence that mentions one
			} else {
				a.clauses += strings.Count(words, "。") + strings.Count(words, "；") + strings.Count(words, ". ")
			}
			keep(&a.named, blockOccurrence(p, b))
		}
	}
	a.shown = a.shown || a.words >= agreementWords || a.words >= shortAgreement && a.clauses >= agreementClauses
}

// keep sets the first of several places.
func keep(at **record.Occurrence, o record.Occurrence) {
	if *at == nil {
		*at = &o
	}
}

// blockOccurrence is a block as the place of a finding.
func blockOccurrence(p *page.Page, b *page.Block) record.Occurrence {
	words, mark := snippet(p.Text, b.Start, b.End, b.Start, b.End)
	return record.Occurrence{
		URL: pageAddress(p), Field: b.Field, Selector: p.Selector(b.Node),
		Snippet: words, Mark: mark, Span: [2]int{b.Start, b.End},
	}
}

// finding tells that no agreement is shown, or what might be one.
func (a *agreement) finding(part string) record.Finding {
	fi := record.Finding{
		Outcome: record.Suspected, Discriminator: "agreement", Part: part,
		Expected: record.Text{ZH: "向用户展示商品协议或服务条款", EN: "users are shown an agreement or terms of service"},
		Found:    record.Text{ZH: "没有可以阅读的协议", EN: "no agreement that can be read"},
	}
	at := &record.Occurrence{URL: pageAddress(a.facts.Page)}
	switch {
	case a.hidden != nil:
		at, fi.Material = a.hidden, "hidden"
		fi.Reason = record.Text{ZH: "协议对访客隐藏", EN: "the agreement is hidden from visitors"}
		fi.Ask = record.Text{ZH: "核实隐藏的协议点击后是否显示", EN: "see whether the agreement appears on a click"}
	case a.scripted != nil:
		at, fi.Material = a.scripted, "scripted"
		fi.Reason = record.Text{ZH: "协议入口没有地址", EN: "the entry to the agreement has no address"}
		fi.Ask = record.Text{ZH: "点击入口，核实是否出现协议", EN: "click the entry and see whether an agreement appears"}
	case a.onPage != nil:
		at, fi.Material = a.onPage, "same-page"
		fi.Reason = record.Text{ZH: "协议链接只指向本页，而本页没有协议内容", EN: "the link to the agreement leads to this page, which has none"}
		fi.Ask = record.Text{ZH: "点击链接，核实是否出现协议", EN: "click the link and see whether an agreement appears"}
	case a.named != nil:
		at, fi.Material = a.named, "named"
		fi.Reason = record.Text{ZH: "提到了协议，但没有内容，也没有链接", EN: "an agreement is named, without its words and without a link"}
		fi.Ask = record.Text{ZH: "核实用户在哪里可以看到该协议", EN: "see where users can read it"}
	case a.placed:
		fi.Outcome, fi.Material = record.Violation, "empty"
		fi.Reason = record.Text{ZH: "协议栏是空的", EN: "the place of the agreement is empty"}
		if a.place != nil {
			at = a.place
		}
	default:
		fi.Material = "absent"
		fi.Reason = record.Text{ZH: "页面没有协议栏，也没有提到协议", EN: "the page has no place for an agreement and names none"}
		fi.Ask = record.Text{ZH: "核实下单过程中是否展示协议", EN: "see whether the order shows an agreement"}
	}
	fi.Occurrences = []record.Occurrence{*at}
	return fi
}

package rules

import (
	"slices"
	"strings"

	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/rules/terms"
)

// brandMisuse is clause 18(2), 18(3): a provider does not sell or publicise under the
// names of the platform's company without authorisation.
//
// It reads the provider's words and links only (Field is set). The names are those of the
// market profile and of the parameters.
//
//   - Who says to be the company is in violation.
//   - Suspected: a rank or authority with the company ("官方", "授权", "战略", "金牌"), or
//     belonging to it, since the authorisation may exist: none is asked of providers that
//     the parameter authorised lists.
//   - Suspected, authorised or not: names that look like the company's (parameter
//     lookalikes), and hosts that have one of its names in them and are not its own.
//   - To be a partner, and to run on the platform, is said plainly and passes.
//
// The concept is what is said of which name; of a host the host.
func brandMisuse(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	part := pagePart(f, f.Listing.DetailURL)
	w := wordings{page: f.Page, expected: record.Text{
		ZH: "未经授权不以平台公司的名义销售或宣传",
		EN: "nothing sold or publicised under the platform company's names without authorisation",
	}}
	_, complete := w.named(f, mustTerms(brandTerms()), brandNames, anyBrand)
	if slices.Contains(f.Params.List("brand-misuse", "authorised"), f.Provider.ID) {
		w.found = slices.DeleteFunc(w.found, func(x wording) bool { return x.outcome == record.Suspected })
	}
	alike := lookalikes{facts: f, words: &w}
	alike.names()
	alike.hosts()
	findings, all := w.findings(part)
	findings = append(findings, alike.findings(part)...)
	return answer(f, part, findings[:min(len(findings), maxTargets)], complete && all && len(findings) <= maxTargets)
}

// lookalikes gathers names and hosts that look like the company's.
type lookalikes struct {
	facts *Facts
	words *wordings
	order []string
	hits  map[string]*record.Finding
}

// names looks for look-alike names in the provider's words.
func (l *lookalikes) names() {
	p := l.facts.Page
	term := &terms.Term{
		Title: record.Text{ZH: "使用与平台公司名称相近的名称", EN: "a name that looks like the platform company's"},
		Ask:   lookalikeAsk(),
	}
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Field == "" || isCode(b.Tag) {
			continue
		}
		found := l.facts.mentions(lookalikeNames, b.Start, b.End)
		if len(found) == 0 {
			continue
		}
		addresses := l.facts.addressesIn(b) // their hosts are for hosts to judge
		for _, m := range found {
			if inlineCode(b, b.Start+m.start, b.Start+m.end) || slices.ContainsFunc(addresses, func(a textAddress) bool { return a.start <= m.start && m.start < a.end }) {
				continue
			}
			l.words.found = append(l.words.found, wording{
				key: "lookalike:" + m.name, term: term, outcome: record.Suspected,
				start: b.Start + m.start, end: b.Start + m.end, from: b.Start, to: b.End, block: b,
			})
		}
	}
}

func lookalikeAsk() record.Text {
	return record.Text{ZH: "请人工核实是否会被误认为平台公司", EN: "a person must see whether it may be taken for the platform's company"}
}

// hosts looks for look-alike hosts in the provider's links and texts, those of mailboxes
// among them.
func (l *lookalikes) hosts() {
	p := l.facts.Page
	words := l.facts.Params.List("brand-misuse", "domain_words")
	if len(words) == 0 {
		return
	}
	for i := range p.Links {
		if k := &p.Links[i]; k.Field != "" && k.URL != nil && isEntry(k) {
			l.host(k.URL, words, func() record.Occurrence { return linkOccurrence(p, k) })
		}
	}
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Field == "" || isCode(b.Tag) || !strings.ContainsAny(p.Text[b.Start:b.End], ".") {
			continue
		}
		for _, a := range l.facts.addressesIn(b) {
			if a.sure && !inlineCode(b, b.Start+a.start, b.Start+a.end) {
				l.host(a.url, words, func() record.Occurrence { return textOccurrence(p, b, a) })
			}
		}
		for _, a := range mailAddresses(p.Text[b.Start:b.End]) {
			l.host(a.url, words, func() record.Occurrence { return textOccurrence(p, b, a) })
		}
	}
}

func (l *lookalikes) host(u *weburl.URL, words []string, place func() record.Occurrence) {
	host := u.Host()
	if l.facts.Profile.IsOwn(u) || l.facts.Profile.IsUserContent(u) || !looksLike(host, words) {
		return
	}
	ofCompany := func(own string) bool { return weburl.HostIs(host, own) }
	if slices.ContainsFunc(l.facts.Params.List("brand-misuse", "company_hosts"), ofCompany) {
		return
	}
	fi := l.hits[host]
	if fi == nil {
		fi = &record.Finding{
			Outcome: record.Suspected, Discriminator: "host:" + host, Expected: l.words.expected, Found: record.Same(host),
			Reason: record.Text{ZH: "域名与平台公司的名称相近", EN: "a domain that looks like the platform company's"}, Ask: lookalikeAsk(),
		}
		if l.hits == nil {
			l.hits = map[string]*record.Finding{}
		}
		l.hits[host] = fi
		l.order = append(l.order, host)
	}
	fi.Count++
	if len(fi.Occurrences) < record.MaxOccurrences {
		fi.Occurrences = append(fi.Occurrences, place())
	}
}

func (l *lookalikes) findings(part string) (out []record.Finding) {
	for _, host := range l.order {
		fi := *l.hits[host]
		fi.Part = part
		out = append(out, fi)
	}
	return out
}

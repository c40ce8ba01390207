package rules

import (
	"strings"

	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// otherCloud is clause 14(3): a provider does not lead users to servers of another cloud.
//
// It reads the provider's words and links only (Field is set). Other clouds are the names
// and hosts in the parameters that are not the platform's own.
//
//   - Words that send users there (to buy, to rent, to deploy on), and links and written
//     addresses that lead to another cloud's site, are a violation.
//   - Suspected: words that praise another cloud, tell of its prices or that the product
//     is sold there, offer to move users there or to buy there for them, ask for servers
//     outside the platform without naming a cloud, or tell readers in any other way to act;
//     links to documentation of another cloud.
//   - That a product works with another cloud, or moves users away from it, passes; so do
//     instructions where to find a key that the product asks for, and code.
//
// terms/other-cloud.yaml says it by example. Whether the platform sells the same, or the
// user is there already, is not known here.
//
// The concept is what is done with which cloud; of a link the host.
func otherCloud(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	part := pagePart(f, f.Listing.DetailURL)
	w := wordings{page: f.Page, expected: record.Text{
		ZH: "不引导用户购买或使用其他云的服务器",
		EN: "no words or links that lead users to servers of another cloud",
	}}
	set := mustTerms(cloudTerms())
	named, complete := w.named(f, set, cloudNames, anyCloud)
	rest := w.plain(f, set, func(b *page.Block) bool { return named[b] }) // clouds at large
	findings, all := w.findings(part)
	l := cloudLinks{facts: f, hosts: f.Params.List("other-cloud", "cloud_hosts"), expected: w.expected}
	l.look()
	findings = append(findings, l.findings(part)...)
	return answer(f, part, findings[:min(len(findings), maxTargets)], complete && rest && all && len(findings) <= maxTargets)
}

// cloudLinks gathers where a page leads to sites of other clouds.
type cloudLinks struct {
	facts    *Facts
	hosts    []string
	expected record.Text
	order    []string
	byHost   map[string]*record.Finding
}

func (c *cloudLinks) look() {
	p := c.facts.Page
	for i := range p.Links {
		l := &p.Links[i]
		if l.Field == "" || l.URL == nil || !isEntry(l) || !c.other(l.URL) {
			continue
		}
		c.add(l.URL, func() record.Occurrence { return linkOccurrence(p, l) })
	}
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Field == "" || isCode(b.Tag) {
			continue
		}
		for _, a := range c.facts.addressesIn(b) {
			if c.other(a.url) && !inlineCode(b, b.Start+a.start, b.Start+a.end) {
				c.add(a.url, func() record.Occurrence { return textOccurrence(p, b, a) })
			}
		}
	}
}

// other reports whether the address is on another cloud's site.
func (c *cloudLinks) other(u *weburl.URL) bool {
	if c.facts.Profile.IsOwn(u) {
		return false
	}
	for _, h := range c.hosts {
		if weburl.HostIs(u.Host(), h) {
			return true
		}
	}
	return false
}

// add keeps a place that leads to another cloud, by host.
func (c *cloudLinks) add(u *weburl.URL, place func() record.Occurrence) {
	host := u.Host()
	fi := c.byHost[host]
	if fi == nil {
		fi = &record.Finding{
			Outcome: record.Suspected, Discriminator: "link:" + host, Expected: c.expected, Found: record.Same(host),
			Reason: record.Text{ZH: "指向其他云的文档", EN: "documentation of another cloud is linked"},
			Ask:    record.Text{ZH: "请人工核实是否在引导用户使用其他云", EN: "a person must see whether it leads users to another cloud"},
		}
		if c.byHost == nil {
			c.byHost = map[string]*record.Finding{}
		}
		c.byHost[host] = fi
		c.order = append(c.order, host)
	}
	if !documentation(u) {
		fi.Outcome, fi.Ask = record.Violation, record.Text{}
		fi.Reason = record.Text{ZH: "链接或网址指向其他云", EN: "a link or an address leads to another cloud"}
	}
	fi.Count++
	if len(fi.Occurrences) < record.MaxOccurrences {
		fi.Occurrences = append(fi.Occurrences, place())
	}
}

// documentation reports whether the address looks like one of instructions, which
// products that work with another cloud refer to.
func documentation(u *weburl.URL) bool {
	first, _, _ := strings.Cut(u.Host(), ".")
	switch first {
	case "docs", "doc", "help", "support", "developer", "learn":
		return true
	}
	for segment := range strings.SplitSeq(strings.ToLower(u.Path()), "/") {
		switch segment {
		case "docs", "doc", "document", "documentation", "help", "api", "sdk":
			return true
		}
	}
	return false
}

func (c *cloudLinks) findings(part string) (out []record.Finding) {
	for _, host := range c.order {
		fi := *c.byHost[host]
		fi.Part = part
		out = append(out, fi)
	}
	return out
}

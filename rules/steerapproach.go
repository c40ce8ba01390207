package rules

import (
	"slices"
	"strings"

	"marketwarden/internal/record"
)

// draw is what a phrase draws buyers away by, as discriminators name it.
func draw(h *phrase) string {
	switch c := h.term.Concept; c {
	case "discount", "quote":
		return "price"
	case "top-up":
		return "renew"
	default:
		return c
	}
}

func (n *approach) key() string {
	if n.intent != nil {
		return "steer:" + draw(n.intent)
	}
	return n.contact.key()
}

func (n *approach) outcome() record.Outcome {
	if n.intent == nil || n.contact == nil && n.intent.maybe() {
		return record.Suspected
	}
	return record.Violation
}

// findings are the approaches by what draws away, or by the contact detail, in page
// order. complete is false when there are more than a result holds.
func (a *approaches) findings(part string) (out []record.Finding, complete bool) {
	slices.SortStableFunc(a.found, func(x, y approach) int { return x.start - y.start })
	groups := map[string][]*approach{}
	var order []string
	drawing := map[string]bool{} // contact details that buyers are drawn to: reported as that
	for i := range a.found {
		if n := &a.found[i]; n.intent != nil && n.contact != nil {
			drawing[n.contact.key()] = true
		}
	}
	for i := range a.found {
		n := &a.found[i]
		k := n.key()
		if n.intent == nil && drawing[k] {
			continue
		}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], n)
	}
	complete = len(order) <= maxTargets
	for _, k := range order[:min(len(order), maxTargets)] {
		out = append(out, a.finding(part, k, groups[k]))
	}
	return out, complete
}

func (a *approaches) finding(part, key string, found []*approach) record.Finding {
	worst, service, disguised := found[0], true, false
	for _, n := range found {
		if n.outcome() == record.Violation && worst.outcome() != record.Violation {
			worst = n
		}
		service = service && n.service
		disguised = disguised || n.contact != nil && n.contact.disguised || n.intent != nil && n.intent.disguised
	}
	fi := record.Finding{Outcome: worst.outcome(), Discriminator: key, Part: part, Count: len(found)}
	if worst.intent != nil {
		fi.Expected = record.Text{ZH: "交易只在云市场内进行，不引导买家到平台之外", EN: "deals are made on the marketplace only; buyers are not led away from it"}
		fi.Found, fi.Reason = a.drawn(worst), drawReason(draw(worst.intent), worst)
		if worst.contact == nil && worst.outcome() == record.Suspected {
			fi.Ask = hinted()
		}
	} else {
		kind := worst.contact.kind.text()
		fi.Expected = record.Text{ZH: "联系方式只写在售后支持栏", EN: "contact details stand in the support field only"}
		fi.Found = record.Text{ZH: kind.ZH + " " + worst.contact.masked(), EN: kind.EN + " " + worst.contact.masked()}
		fi.Reason = record.Text{ZH: "商品描述中写有联系方式", EN: "contact details in the description"}
		fi.Ask = record.Text{ZH: "请人工核实是否用于引导站外交易", EN: "a person must look whether they lead buyers away"}
		if service {
			fi.Reason = record.Text{ZH: "商品描述中写有联系方式，应移至售后支持栏", EN: "contact details in the description, which belong in the support field"}
			fi.Ask = record.Text{ZH: "看来用于售后，请人工核实", EN: "they seem to be for after-sales service; a person must look"}
		}
	}
	if disguised {
		fi.Reason = disguisedToo(fi.Reason)
	}
	for _, n := range found[:min(len(found), record.MaxOccurrences)] {
		fi.Occurrences = append(fi.Occurrences, a.occurrence(n))
	}
	return fi
}

// maxDrawn is how far apart a phrase and a contact detail may stand, in bytes, to be
// marked in one.
const maxDrawn = 160

// span is the phrase and the contact detail where they stand together, else the detail.
func (a *approaches) span(n *approach) (start, end int) {
	if n.intent == nil || n.contact == nil {
		return n.start, n.end
	}
	start, end = min(n.start, n.intent.start), max(n.end, n.intent.end)
	if end-start > maxDrawn || a.words.blockAt(start) != a.words.blockAt(end-1) {
		return n.start, n.end
	}
	return start, end
}

// drawn is what Found says of steering: its words with the contact detail masked.
func (a *approaches) drawn(n *approach) record.Text {
	if n.contact == nil {
		return record.Same(a.words.quote(n.start, n.end))
	}
	words := a.words.quote(n.intent.start, n.intent.end)
	if s, e := n.start, n.end; n.link == nil && s < n.intent.end && n.intent.start < e { // the detail is part of the phrase
		words = oneLine(a.facts.Page.Text[n.intent.start:max(s, n.intent.start)] + a.facts.Page.Text[min(e, n.intent.end):n.intent.end])
		words = cut(words, snippetMost)
	}
	kind := n.contact.kind.text()
	if words = strings.TrimSpace(words); words == "" {
		return record.Text{ZH: kind.ZH + " " + n.contact.masked(), EN: kind.EN + " " + n.contact.masked()}
	}
	return record.Text{ZH: words + " + " + kind.ZH + " " + n.contact.masked(), EN: words + " + " + kind.EN + " " + n.contact.masked()}
}

func drawReason(what string, n *approach) record.Text {
	var t record.Text
	switch what {
	case "bypass":
		t = record.Text{ZH: "引导买家绕过云市场交易", EN: "buyers are told to go around the marketplace"}
	case "private":
		t = record.Text{ZH: "引导买家私下或线下交易", EN: "buyers are led to deal in private or offline"}
	case "price":
		t = record.Text{ZH: "以优惠或报价引导买家到平台之外联系", EN: "a better price or a quote draws buyers away from the marketplace"}
	case "renew":
		t = record.Text{ZH: "引导买家到平台之外续费或充值", EN: "buyers are led to renew or top up away from the marketplace"}
	case "follow":
		t = record.Text{ZH: "引导买家到平台之外联系", EN: "buyers are led to get in touch away from the marketplace"}
	case "pay":
		t = record.Text{ZH: "引导买家到平台之外付款", EN: "buyers are led to pay away from the marketplace"}
	default:
		t = record.Text{ZH: "引导买家到平台之外购买", EN: "buyers are led to buy away from the marketplace"}
	}
	if n.contact != nil {
		t.ZH += "，并写有联系方式"
		t.EN += ", with contact details"
	}
	return t
}

// hinted asks about words that lead away by a hint only.
func hinted() record.Text {
	return record.Text{ZH: "只是暗示，请人工核实", EN: "this is a hint only; a person must look"}
}

func (a *approaches) occurrence(n *approach) record.Occurrence {
	if n.link != nil {
		return linkOccurrence(a.facts.Page, n.link)
	}
	start, end := a.span(n)
	return a.words.occurrence(start, end)
}

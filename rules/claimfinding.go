package rules

import (
	"slices"
	"sort"
	"strings"

	"marketwarden/internal/record"
	"marketwarden/rules/terms"
	"marketwarden/scanners/page"
)

// claim is one place where the provider's words make a claim.
type claim struct {
	hit   *terms.Hit
	block *page.Block
}

// claims gathers the claims of a page, and makes one finding of each kind in each field.
type claims struct {
	page  *page.Page
	found []claim
}

// add takes a hit that stands in the provider's words.
func (c *claims) add(h *terms.Hit) {
	blocks := c.page.Blocks
	i := sort.Search(len(blocks), func(i int) bool { return blocks[i].Start > h.Start }) - 1
	if i < 0 || h.End > blocks[i].End {
		return
	}
	if b := &blocks[i]; b.Field != "" && !inCode(b, h.Start, h.End) && h.Term.In(b.Field) {
		c.found = append(c.found, claim{h, b})
	}
}

// isCode reports whether the element shows code.
func isCode(tag string) bool {
	switch tag {
	case "pre", "code", "kbd", "samp", "tt":
		return true
	}
	return false
}

// inCode reports whether all of [start, end) of the page's text, which stands in the block,
// is code: what it says is said by a program, or is to be typed.
func inCode(b *page.Block, start, end int) bool {
	return isCode(b.Tag) || inlineCode(b, start, end)
}

// inlineCode is inCode of code within a block that is none.
func inlineCode(b *page.Block, start, end int) bool {
	i := sort.Search(len(b.Code), func(i int) bool { return b.Code[i][1] > start })
	return i < len(b.Code) && b.Code[i][0] <= start && end <= b.Code[i][1]
}

// findings are the claims by kind and field, in page order. complete is false when there
// are more than a result holds.
func (c *claims) findings(part string) (out []record.Finding, complete bool) {
	groups := map[string][]claim{}
	var order []string
	for _, cl := range c.found {
		key := cl.hit.Term.Concept + "@" + cl.block.Field
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], cl)
	}
	complete = len(order) <= maxTargets
	for _, key := range order[:min(len(order), maxTargets)] {
		out = append(out, c.finding(part, key, groups[key]))
	}
	return out, complete
}

// finding makes one finding of all claims of a kind in a field. It is told by the worst
// of them.
func (c *claims) finding(part, key string, found []claim) record.Finding {
	worst := found[0].hit
	hidden, disguised := 0, false
	for _, cl := range found {
		if cl.hit.Outcome == record.Violation && worst.Outcome != record.Violation {
			worst = cl.hit
		}
		if cl.block.Hidden {
			hidden++
		}
		disguised = disguised || cl.hit.Disguised
	}
	fi := record.Finding{
		Outcome: worst.Outcome, Discriminator: key, Part: part,
		Expected: record.Text{
			ZH: "对自己的产品、服务和公司不作绝对化宣称和过度承诺",
			EN: "no superlatives and no promises beyond what can be kept about one's own product, service or company",
		},
		Found: record.Same(c.words(found)), Reason: worst.Term.Title, Ask: worst.Term.Ask, Count: len(found),
	}
	if worst.Evidence {
		fi.Ask = also(fi.Ask, record.Text{ZH: "文中提到了依据，需要核实证明材料", EN: "the text names a proof, which needs evidence"})
	}
	if disguised {
		fi.Reason.ZH += "；文字经过变形"
		fi.Reason.EN += "; written in disguise"
	}
	switch {
	case hidden == len(found):
		fi.Reason.ZH += "；该处对访客隐藏"
		fi.Reason.EN += "; hidden from visitors"
	case hidden > 0:
		fi.Reason.ZH += "；其中部分对访客隐藏"
		fi.Reason.EN += "; in part hidden from visitors"
	}
	for _, cl := range found[:min(len(found), record.MaxOccurrences)] {
		fi.Occurrences = append(fi.Occurrences, c.occurrence(cl))
	}
	return fi
}

// also adds to what is asked of a reviewer.
func also(ask, more record.Text) record.Text {
	if ask.IsZero() {
		return more
	}
	return record.Text{ZH: ask.ZH + "；" + more.ZH, EN: ask.EN + "; " + more.EN}
}

// maxWords bounds the different words that a finding lists.
const maxWords = 5

// words are the offending words of the claims, each once, as they are written.
func (c *claims) words(found []claim) string {
	var out []string
	for _, cl := range found {
		w := cut(oneLine(c.page.Text[cl.hit.Start:cl.hit.End]), snippetMost)
		switch {
		case slices.Contains(out, w):
		case len(out) == maxWords:
			return strings.Join(out, "、") + " …"
		default:
			out = append(out, w)
		}
	}
	return strings.Join(out, "、")
}

func (c *claims) occurrence(cl claim) record.Occurrence {
	h, b := cl.hit, cl.block
	words, mark := snippet(c.page.Text, h.Start, h.End, max(b.Start, h.SentenceStart), min(b.End, h.SentenceEnd))
	return record.Occurrence{
		URL: pageAddress(c.page), Field: b.Field, Selector: c.page.Selector(b.Node),
		Snippet: words, Mark: mark, Span: [2]int{h.Start, h.End},
	}
}

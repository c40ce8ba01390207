package rules

import "marketwarden/internal/record"

// prohibitedContent is clause 10(8)4, 10(9): nothing on a listing's page is gambling,
// pornography, private game servers or cheats, tools of fraud or attack, piracy, forged
// papers, superstition, drugs, weapons or devices to spy, or harms the operation of the
// internet.
//
// It reads the provider's words only (Field is set), hidden ones and those in attributes
// included; code is left out. terms/prohibited-content.yaml says by category which words
// in which surroundings: what protects against such things has the same words and passes,
// and so do everyday words ("Maven 私服", "外挂存储卷").
//
// What is named, or offered in words of its trade, is a violation; what is only told by
// what it does ("让对手的网站打不开") is suspected, as a person must see what it is for.
//
// Categories whose words the project does not list (politics, state secrets, ethnic and
// religious policy, an agreement's own list) come from the operator's term files, which
// extend this rule.
//
// The concept is the category.
func prohibitedContent(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	part := pagePart(f, f.Listing.DetailURL)
	w := wordings{page: f.Page, expected: record.Text{
		ZH: "商品不含法律法规和平台规则禁止的内容",
		EN: "a listing without what law and the marketplace's rules prohibit",
	}}
	complete := w.plain(f, mustTerms(prohibitedTerms()), nil)
	findings, all := w.findings(part)
	return answer(f, part, findings, complete && all)
}

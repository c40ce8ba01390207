package rules

import (
	"slices"
	"sync"

	"marketwarden/internal/record"
	"marketwarden/rules/terms"
)

// The term files of what is told rather than named. Loaded once, never changed.
var (
	viceTerms  = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("prohibited-vice") })  //nolint:gochecknoglobals // immutable once it is there
	fraudTerms = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("prohibited-fraud") }) //nolint:gochecknoglobals // immutable once it is there
	harmTerms  = sync.OnceValues(func() (*terms.Set, error) { return terms.Shipped("prohibited-harm") })  //nolint:gochecknoglobals // immutable once it is there
)

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
// What is named, or offered in words of its trade, is a violation (prohibited-content.yaml);
// what is only told by what it does ("让对手的网站打不开") is suspected, as a person must
// see what it is for (prohibited-vice.yaml, prohibited-fraud.yaml, prohibited-harm.yaml).
//
// Of state secrets, ethnic and religious policy and political news only the dealings are
// known ("涉密文件,按份出售"). Persons, events and organisations, and an agreement's own list,
// come from the operator's term files, which extend this rule.
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
	complete := true
	for _, load := range []func() (*terms.Set, error){prohibitedTerms, viceTerms, fraudTerms, harmTerms} {
		all := w.plain(f, mustTerms(load()), nil)
		complete = complete && all
	}
	w.found = withoutRetold(w.found)
	findings, all := w.findings(part)
	return answer(f, part, findings, complete && all)
}

// withoutRetold leaves out suspicions in sentences that have a violation of the same key:
// a place that is named needs not be told once more.
func withoutRetold(found []wording) []wording {
	type place struct {
		key  string
		from int
	}
	named := map[place]bool{}
	for i := range found {
		if found[i].outcome == record.Violation {
			named[place{found[i].key, found[i].from}] = true
		}
	}
	return slices.DeleteFunc(found, func(x wording) bool {
		return x.outcome != record.Violation && named[place{x.key, x.from}]
	})
}

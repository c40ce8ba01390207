package rules

import "marketwarden/internal/record"

// exaggeratedClaim is clause 10(8)5: the published words of a provider make no claim
// about its product, service or company such as "唯一" or "最优", and promise no more than
// can be kept ("过度承诺").
//
// It reads the provider's words only (Field is set): texts, alternative texts and other
// attributes that are shown, and what is hidden from visitors. Which words are a claim in
// which surroundings is said in terms/claims.yaml; words in disguise ("最 优", "最·優") are
// as good as plain ones. Code (pre, code, kbd, samp) is no claim.
//
// A claim that names a proof (an award, a study, a year and a place) is suspected: a
// person must see the evidence. So are puffery and promises without end. A sentence is
// judged by itself; whether it is true, and whether a name in it is the provider's own,
// is not known here.
//
// The concept is the kind of claim in a field.
func exaggeratedClaim(f *Facts) record.Result {
	if r := unjudgeable(f); r != nil {
		return unchecked(*r)
	}
	set, err := claimTerms()
	if err != nil { // Load refuses a book whose terms do not load
		return notChecked(record.ReasonBroken, "词条文件无法读取："+err.Error(), "the term file does not load: "+err.Error())
	}
	p := f.Page
	part := pagePart(f, f.Listing.DetailURL)
	hits, complete := set.FindIn(f.pageWords(), 0, len(p.Text))
	c := claims{page: p}
	for i := range hits {
		c.add(&hits[i])
	}
	findings, all := c.findings(part)
	complete = complete && all
	switch {
	case len(findings) == 0 && p.Truncated != "":
		return truncated(p)
	case len(findings) == 0 && !complete:
		return notChecked(ReasonTruncated, "页面中需要判断的词语过多，只检查了一部分", "the page has more words to judge than are judged, only a part was read")
	case len(findings) == 0:
		return pass(part)
	}
	res := accuse(part, findings...)
	if p.Truncated != "" || !complete { // what was not seen must not close a record
		res.Parts = nil
	}
	return res
}

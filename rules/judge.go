package rules

import (
	"fmt"

	"marketwarden/internal/record"
)

// Reasons that only this package gives. Codes are stable like those of package record.
const (
	// ReasonNotInForce: the rule did not hold on the day judged.
	ReasonNotInForce = "not_in_force"
	// ReasonTruncated: a bound cut the page, and what was read of it shows no fault.
	ReasonTruncated = "truncated"
)

// Judge asks every rule of the scope about the facts, in order of rule ids. It never
// fails: a rule that panics or answers inconsistently gives not_checked(rule_broken).
// The facts are not kept and not changed. Facts.Params may be nil: the defaults hold.
func (b *Book) Judge(scope Scope, f *Facts) []record.Result {
	facts := *f
	facts.book = b
	if facts.Params == nil {
		facts.Params = b.defaults
	}
	var out []record.Result
	for i := range b.rules {
		if b.rules[i].Scope == scope {
			out = append(out, b.rules[i].judge(&facts))
		}
	}
	return out
}

// judge asks one rule and makes its answer whole.
func (r *Rule) judge(f *Facts) (out record.Result) {
	defer func() {
		if p := recover(); p != nil {
			out = r.broken(f, fmt.Sprint(p))
		}
	}()
	if !r.InForce(f.AsOf) {
		return r.complete(f, notApplicable(ReasonNotInForce, "判定日该规则未施行", "the rule was not in force on the day judged"))
	}
	return r.complete(f, r.extend(f, r.Check(f)))
}

// complete fills in what every answer has alike and checks the rest: the outcome is the
// worst of the findings', and there is no accusation without a finding.
func (r *Rule) complete(f *Facts, res record.Result) record.Result {
	res.Rule, res.Subject = r.ID, r.subject(f)
	seen := make(map[string]bool, len(res.Findings))
	for i := range res.Findings {
		fi := &res.Findings[i]
		fi.Rule, fi.Version, fi.Subject = r.ID, r.Version, res.Subject
		switch r.Scope {
		case ScopeListingPage, ScopeProductPage, ScopeSite, ScopeDeliverable:
			fi.Evidence = f.Evidence
		case ScopeOrders, ScopeDeployment, ScopeFeeds:
		}
		switch {
		case fi.Outcome != record.Violation && fi.Outcome != record.Suspected:
			return r.broken(f, fmt.Sprintf("a finding with outcome %q", fi.Outcome))
		case fi.Discriminator == "" || fi.Part == "" || fi.Expected.IsZero() || fi.Found.IsZero() || fi.Reason.IsZero():
			return r.broken(f, "a finding without discriminator, part or texts")
		case seen[fi.Discriminator]:
			return r.broken(f, "two findings of one discriminator: "+fi.Discriminator)
		}
		seen[fi.Discriminator] = true
		if len(fi.Occurrences) == 0 && r.Scope == ScopeProductPage && f.Page != nil {
			fi.Occurrences = []record.Occurrence{{URL: pageAddress(f.Page)}} // what is missing is missing here
		}
		fi.Count = max(fi.Count, len(fi.Occurrences))
		fi.Occurrences = fi.Occurrences[:min(len(fi.Occurrences), record.MaxOccurrences)]
		if i == 0 || fi.Outcome == record.Violation {
			res.Outcome = fi.Outcome
		}
	}
	switch res.Outcome {
	case record.Violation, record.Suspected:
		if len(res.Findings) == 0 {
			return r.broken(f, "an accusation without a finding")
		}
	case record.NotChecked, record.NotApplicable:
		if res.Reason.Code == "" {
			return r.broken(f, string(res.Outcome)+" without a reason")
		}
	case record.Pass:
	default:
		return r.broken(f, fmt.Sprintf("unknown outcome %q", res.Outcome))
	}
	return res
}

func (r *Rule) broken(f *Facts, what string) record.Result {
	res := notChecked(record.ReasonBroken, "规则程序出错："+what, "the rule's code failed: "+what)
	res.Rule, res.Subject = r.ID, r.subject(f)
	return res
}

func (r *Rule) subject(f *Facts) record.Subject {
	provider := f.Provider.ID
	if r.Subject == record.SubjectProvider {
		return record.Subject{Kind: record.SubjectProvider, ID: provider, ProviderID: provider}
	}
	if provider == "" {
		provider = f.Listing.ProviderID
	}
	return record.Subject{Kind: record.SubjectListing, ID: f.Listing.ID, ProviderID: provider, ListingID: f.Listing.ID}
}

func pass(part string) record.Result {
	return record.Result{Outcome: record.Pass, Parts: []string{part}}
}

// accuse answers with findings; the engine takes the outcome from them.
func accuse(part string, findings ...record.Finding) record.Result {
	return record.Result{Findings: findings, Parts: []string{part}}
}

func notChecked(code, zh, en string) record.Result {
	return unchecked(reason(code, zh, en))
}

func unchecked(r record.Reason) record.Result {
	return record.Result{Outcome: record.NotChecked, Reason: r}
}

// notApplicable answers that the rule has nothing to say; open records that rest on the
// parts resolve.
func notApplicable(code, zh, en string, parts ...string) record.Result {
	return record.Result{Outcome: record.NotApplicable, Reason: reason(code, zh, en), Parts: parts}
}

func reason(code, zh, en string) record.Reason {
	return record.Reason{Code: code, Text: record.Text{ZH: zh, EN: en}}
}

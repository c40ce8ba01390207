package rules

import "marketwarden/internal/record"

// Unjudged answers for every rule of the scope that it could not be asked, and why.
// The facts name the subject; nothing else of them is read.
func (b *Book) Unjudged(scope Scope, f *Facts, why record.Reason) []record.Result {
	var out []record.Result
	for i := range b.rules {
		if b.rules[i].Scope == scope {
			out = append(out, b.rules[i].complete(f, unchecked(why)))
		}
	}
	return out
}

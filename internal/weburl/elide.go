package weburl

import "regexp"

// secretParts are the parts of addresses that carry tokens and names: credentials before
// the host, and everything after the path.
var secretParts = regexp.MustCompile(`//[^/?#@\s]*@|[?#]\S+`) // compiled once

// Elide returns text with what addresses in it may carry of secrets and personal data
// left out: credentials, queries and fragments. It is for logs. Text that is no address
// comes back as it is, but for words with a question mark inside.
func Elide(text string) string {
	return secretParts.ReplaceAllStringFunc(text, func(part string) string {
		if part[0] == '/' {
			return "//"
		}
		return part[:1] + "…"
	})
}

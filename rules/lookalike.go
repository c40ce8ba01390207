package rules

import (
	"slices"
	"strings"

	"marketwarden/internal/weburl"
)

// looksLike reports whether a label of the host has one of the words in it as somebody
// would write it who wants to be taken for the company: at either end or between hyphens,
// with digits for letters, with hyphens put into it, or but for one letter. A host whose
// registrable label is the word itself is the company's in another country, or nobody's
// to judge by a name: it does not look alike, it is.
func looksLike(host string, words []string) bool {
	name, _, _ := strings.Cut(weburl.RegistrableDomain(host), ".")
	if slices.Contains(words, name) {
		return false
	}
	for _, w := range words {
		if len(w) < minDomainWord {
			continue
		}
		for label := range strings.SplitSeq(host, ".") {
			if labelLike(label, w) {
				return true
			}
		}
	}
	return false
}

// labelLike is looksLike of one label and one word.
func labelLike(label, word string) bool {
	plain := lettersFor(label)
	if strings.HasPrefix(plain, word) || strings.HasSuffix(plain, word) || strings.ReplaceAll(plain, "-", "") == word {
		return true
	}
	for part := range strings.SplitSeq(label, "-") {
		if lettersFor(part) == word || oneApart(part, word) {
			return true
		}
	}
	return false
}

// minDomainWord is the shortest word that is looked for in hosts: shorter ones are parts
// of too many names.
const minDomainWord = 5

// lettersFor replaces digits by the letters that they are taken for.
func lettersFor(label string) string { return likeLetters.Replace(label) }

// likeLetters has what is taken for a letter, with it. Made once, never changed.
var likeLetters = strings.NewReplacer("0", "o", "1", "l", "5", "s", "rn", "m", "vv", "w") //nolint:gochecknoglobals // immutable

// oneApart reports whether two words that begin alike differ by one byte: another one, one
// more or one less.
func oneApart(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if a == "" || a[0] != b[0] || len(b)-len(a) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return a[i+1:] == b[i+1:]
	}
	return a[i:] == b[i+1:]
}

// maxMailboxes bounds the mailboxes of a block that are looked at.
const maxMailboxes = 100

// mailAddresses are where mailboxes of a text are kept: hosts after an "@", which are no
// addresses of pages.
func mailAddresses(text string) (out []textAddress) {
	for at := strings.IndexByte(text, '@'); at >= 0 && len(out) < maxMailboxes; {
		start := at + 1
		end := start
		for end < len(text) && (latin(text[end]) || text[end] == '-' || text[end] == '.') {
			end++
		}
		host := strings.TrimRight(text[start:end], ".-")
		if strings.Contains(host, ".") {
			if u, err := weburl.Parse("http://" + host); err == nil {
				out = append(out, textAddress{start: start, end: start + len(host), url: u})
			}
		}
		next := strings.IndexByte(text[end:], '@')
		if next < 0 {
			break
		}
		at = end + next
	}
	return out
}

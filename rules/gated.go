package rules

import (
	"regexp"
	"slices"
	"strings"

	"marketwarden/rules/terms"
	"marketwarden/scanners/page"
)

// gated is an expression that is asked only where a text holds one of the words, or kinds
// of characters, that each of its matches has: most paragraphs hold none, and looking for
// words costs a small part of what the expression does.
type gated struct {
	re *regexp.Regexp
	// words are those of which every match has one; ASCII letters in small ones.
	words []string
	digit bool // … or an ASCII digit
}

func gate(expression string, digit bool, words ...string) gated {
	return gated{re: regexp.MustCompile(expression), words: words, digit: digit}
}

// MatchString is that of the expression.
func (g gated) MatchString(s string) bool { return g.may(s) && g.re.MatchString(s) }

// FindStringIndex is that of the expression.
func (g gated) FindStringIndex(s string) []int {
	if !g.may(s) {
		return nil
	}
	return g.re.FindStringIndex(s)
}

// sharedGates are the expressions that rules ask about every block of a page: their words
// are looked for in the one pass over the page (lexicon). Those without digits only.
func sharedGates() []gated {
	return []gated{agreementName, supportAbout, shownHours, signOnWord, denialWord, subjectWord}
}

// onPage is an expression with the places of its words on a page.
type onPage struct {
	gated
	text   string
	places []terms.Place
	known  bool // places are all there are
}

// onPage is the expression ready to be asked about parts of Page's text.
func (f *Facts) onPage(g gated) onPage {
	o := onPage{gated: g, text: f.Page.Text}
	t := f.pageWords()
	if list, ok := f.lexicon().gates[g.re]; ok {
		o.places, o.known = t.Places(list)
	}
	return o
}

// matches reports whether the expression matches in [start, end) of the page's text.
func (o onPage) matches(start, end int) bool {
	if !o.known {
		return o.MatchString(o.text[start:end])
	}
	return standsIn(o.places, start, end) && o.re.MatchString(o.text[start:end])
}

// mayMatch reports whether one of the words stands in [start, end) of the page's text.
func (o onPage) mayMatch(start, end int) bool {
	return !o.known || standsIn(o.places, start, end)
}

// matchesLink reports whether the expression matches the words of a link of the page.
func (o onPage) matchesLink(l *page.Link) bool {
	if start, end := l.Pos, l.Pos+len(l.Text); o.known && end <= len(o.text) && o.text[start:end] == l.Text {
		return o.matches(start, end)
	}
	return o.MatchString(l.Text)
}

// standsIn reports whether one of the places lies in [start, end).
func standsIn(places []terms.Place, start, end int) bool {
	return slices.ContainsFunc(placesIn(places, start, end), func(p terms.Place) bool { return p.End <= end })
}

func (g gated) may(s string) bool {
	if g.digit && strings.ContainsAny(s, "0123456789") {
		return true
	}
	for _, w := range g.words {
		if w[0] < 0x80 {
			if holdsLetters(s, w) {
				return true
			}
		} else if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// holdsLetters reports whether s holds word, which is in small ASCII letters, in whatever
// case.
func holdsLetters(s, word string) bool {
	for len(s) >= len(word) {
		i := strings.IndexByte(s, word[0])
		if up := strings.IndexByte(s, word[0]&^0x20); i < 0 || up >= 0 && up < i {
			i = up
		}
		if i < 0 || i+len(word) > len(s) {
			return false
		}
		if strings.EqualFold(s[i:i+len(word)], word) {
			return true
		}
		s = s[i+1:]
	}
	return false
}

package rules

import (
	"marketwarden/rules/terms"
	"marketwarden/scanners/page"
)

// pageWords is the text of a page made ready for term files.
type pageWords struct {
	page *page.Page
	text *terms.Text
}

// pageWords is the text of Page for term files. It is made once for all rules that are
// asked about one page: Judge hands them the same copy of the facts.
func (f *Facts) pageWords() *terms.Text {
	if f.words == nil || f.words.page != f.Page {
		f.words = &pageWords{f.Page, terms.Read(f.Page.Text)}
	}
	return f.words.text
}

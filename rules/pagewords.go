package rules

import (
	"marketwarden/rules/terms"
	"marketwarden/scanners/page"
)

// pageWords is the text of a page made ready for term files.
type pageWords struct {
	page *page.Page
	text *terms.Text // nil until asked for
	// lexicon is what is looked for in text; nil until asked for.
	lexicon *lexicon
	// addresses are those written in the words of each block; nil until asked for.
	addresses map[*page.Block][]textAddress
}

// pageWords is the text of Page for term files. It is made once for all rules that are
// asked about one page: Judge hands them the same copy of the facts.
func (f *Facts) pageWords() *terms.Text {
	w := f.ofPage()
	if w.text == nil {
		w.text = f.lexicon().read(f.Page.Text)
	}
	return w.text
}

// addressesIn are the addresses written in the words of a block of Page, read once for all
// rules.
func (f *Facts) addressesIn(b *page.Block) []textAddress {
	w := f.ofPage()
	found, ok := w.addresses[b]
	if !ok {
		found = findAddresses(f.Page.Text[b.Start:b.End])
		w.addresses[b] = found
	}
	return found
}

func (f *Facts) ofPage() *pageWords {
	if f.words == nil || f.words.page != f.Page {
		f.words = &pageWords{page: f.Page, addresses: map[*page.Block][]textAddress{}}
	}
	return f.words
}

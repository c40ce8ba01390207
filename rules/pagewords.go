package rules

import (
	"slices"

	"marketwarden/rules/terms"
	"marketwarden/scanners/page"
)

// pageWords is the text of a page made ready for term files.
type pageWords struct {
	page *page.Page
	text *terms.Text // nil until asked for
	// lexicon is what is looked for in text; nil until asked for.
	lexicon *lexicon
	// part is what pagePart answered for a declared address; "" when nobody asked.
	part, declared string
	// contacts and addresses are those written in the provider's blocks; nil until asked for.
	contacts  []blockContacts
	addresses []blockAddresses
}

// blockContacts are the contact details in the words of the block so numbered, if any, by
// their offsets in it.
type blockContacts struct {
	block int
	found []contact
}

// blockAddresses are the addresses in the words of a block, if any, by their offsets in it.
type blockAddresses struct {
	start int // of the block
	found []textAddress
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
// rules where it is the provider's.
func (f *Facts) addressesIn(b *page.Block) []textAddress {
	if b.Field == "" {
		return findAddresses(f.Page.Text[b.Start:b.End])
	}
	w := f.ofPage()
	if w.addresses == nil {
		w.addresses = []blockAddresses{}
		for i := range f.Page.Blocks {
			if b := &f.Page.Blocks[i]; b.Field != "" {
				if found := findAddresses(f.Page.Text[b.Start:b.End]); len(found) > 0 {
					w.addresses = append(w.addresses, blockAddresses{b.Start, found})
				}
			}
		}
	}
	i, ok := slices.BinarySearchFunc(w.addresses, b.Start, func(a blockAddresses, start int) int { return a.start - start })
	if !ok {
		return nil
	}
	return w.addresses[i].found
}

// contacts are the contact details written in the provider's words, by blocks and read
// once for all rules.
func (f *Facts) contacts() []blockContacts {
	w := f.ofPage()
	if w.contacts != nil {
		return w.contacts
	}
	w.contacts = []blockContacts{}
	t := f.pageWords()
	cues, known := t.Places(f.lexicon().loose)
	before := ""
	for i := range f.Page.Blocks {
		b := &f.Page.Blocks[i]
		if b.Field == "" {
			before = ""
			continue
		}
		text := f.Page.Text[b.Start:b.End]
		signs := inspect(text)
		signs.loose = signs.loose && (!known || standsIn(cues, b.Start, b.End) || t.Disguises(b.Start, b.End, nil))
		if found := readContacts(text, before, codeBlock(b), signs); len(found) > 0 {
			w.contacts = append(w.contacts, blockContacts{i, found})
		}
		before = text
	}
	return w.contacts
}

func (f *Facts) ofPage() *pageWords {
	if f.words == nil || f.words.page != f.Page {
		f.words = &pageWords{page: f.Page}
	}
	return f.words
}

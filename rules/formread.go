package rules

import (
	"strings"

	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// formRead is a form in the provider's words: what it asks for and where it goes.
type formRead struct {
	form *page.Form
	asks []controlAsk // by index of Form.Inputs
	// where is the place farthest out that it sends to; unknown where it names none but
	// its own page, so that a script decides.
	where place
	to    string // canonical address of that place, "" when unknown
	words string // what the form says of itself, folded
}

// readForms reads the forms that stand in the provider's words.
func readForms(f *Facts) []formRead {
	o := outward{facts: f, allowed: f.Params.List("external-link", "allowed_hosts")}
	var out []formRead
	for i := range f.Page.Forms {
		form := &f.Page.Forms[i]
		if form.Field == "" || len(form.Inputs) == 0 {
			continue
		}
		r := formRead{form: form, words: squeezed(form.Text), where: unknown}
		for k := range form.Inputs {
			r.asks = append(r.asks, askedBy(&form.Inputs[k]))
		}
		if form.Action != nil && (f.Page.URL == nil || !form.Action.Equal(f.Page.URL)) {
			r.where = inside
			r.sends(&o, form.Action)
		}
		for _, t := range form.Targets {
			r.sends(&o, t)
		}
		out = append(out, r)
	}
	return out
}

// sends notes one address that the form sends to.
func (r *formRead) sends(o *outward, u *weburl.URL) {
	where, target := outside, u
	if isWeb(u.Scheme()) {
		where, target = o.whereTo(u)
	}
	if where > r.where || r.to == "" {
		r.where, r.to = max(where, r.where), o.facts.Profile.Canonical(target)
	}
}

// count is how many controls ask for a kind.
func (r *formRead) count(kinds ...dataKind) int {
	n := 0
	for i := range r.asks {
		for _, k := range kinds {
			if r.asks[i].kind == k {
				n++
			}
		}
	}
	return n
}

// occurrence is the place of a control: the words that a visitor reads there, else its
// name.
func (r *formRead) occurrence(p *page.Page, i int) record.Occurrence {
	in := &r.form.Inputs[i]
	occ := record.Occurrence{URL: pageAddress(p), Field: r.form.Field, Selector: p.Selector(in.Node)}
	if words := r.asks[i].words; !r.asks[i].bare {
		if b := blockOf(p, r.form, in, words); b != nil {
			start := b.Start + strings.Index(p.Text[b.Start:b.End], words)
			occ.Snippet, occ.Mark = snippet(p.Text, start, start+len(words), b.Start, b.End)
			occ.Span = [2]int{start, start + len(words)}
			return occ
		}
	}
	value := cut(oneLine(strings.ToValidUTF8(r.asks[i].words, "\uFFFD")), snippetMost)
	attr := "label"
	if r.asks[i].bare {
		attr = "name"
	}
	occ.Snippet = attr + `="` + value + `"`
	occ.Mark = [2]int{len(attr) + 2, len(attr) + 2 + len(value)}
	return occ
}

// blockOf is the block that shows the words of a control: its own placeholder, else the
// last block before it in the page that has them.
func blockOf(p *page.Page, form *page.Form, in *page.Input, words string) *page.Block {
	var found *page.Block
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Field != form.Field || !strings.Contains(p.Text[b.Start:b.End], words) {
			continue
		}
		if b.Node == in.Node {
			return b
		}
		if found == nil || b.Node <= in.Node {
			found = b
		}
	}
	return found
}

package rules

import (
	"strings"
	"unicode/utf8"

	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/scanners/page"
)

// unjudgeable says why the page must not be judged, nil when it may be. Every rule that
// reads a page asks it first.
func unjudgeable(f *Facts) *record.Reason {
	p := f.Page
	switch {
	case f.PageProblem != nil:
		return f.PageProblem
	case p == nil:
		r := reason(record.ReasonNoInput, "没有可供检查的页面", "there is no page to judge")
		return &r
	case p.Shell.Is:
		r := reason(record.ReasonShell, "页面内容由脚本生成，静态内容中看不到："+p.Shell.Reason, "the page shows its content only after JavaScript: "+p.Shell.Reason)
		return &r
	case p.Layout.Tried && !p.Layout.Matched && !f.WholeBody:
		missing := strings.Join(p.Layout.Missing, ", ")
		r := reason(record.ReasonLayout, "页面不是已知的版式，缺少："+missing, "the page has no known layout, missing: "+missing)
		return &r
	}
	return nil
}

// notWhole answers for rules that look for what is missing, asked about words or about a
// page that is not known to be a whole listing page (WholeBody); nil when what is not there
// is missing.
func notWhole(f *Facts) *record.Result {
	if !f.WholeBody || f.Page.Layout.Matched {
		return nil
	}
	res := notChecked(record.ReasonNoInput, "不是完整的商品详情页，无法判断是否缺少", "not a whole listing page, in which something could be missing")
	return &res
}

// truncated answers for a page that a bound cut and that shows no fault as far as it was
// read.
func truncated(p *page.Page) record.Result {
	return notChecked(ReasonTruncated, "页面超出读取上限（"+p.Truncated+"），只检查了一部分", "the page exceeds a bound ("+p.Truncated+"), only a part was read")
}

// pagePart is the part that a finding on a page rests on: the declared address, so that
// a page that starts to redirect does not close the records of the page before.
func pagePart(f *Facts, declared string) string {
	w := f.ofPage()
	if w.part == "" || w.declared != declared {
		w.part, w.declared = partOfPage(f, declared), declared
	}
	return w.part
}

func partOfPage(f *Facts, declared string) string {
	if _, err := weburl.Parse(declared); err != nil && f.Page.URL != nil {
		return record.PartHTML(f.Profile.Canonical(f.Page.URL))
	}
	return addressPart(f, declared)
}

// addressPart is the part of what stands at an address on file, whether it answers or
// not.
func addressPart(f *Facts, address string) string {
	return record.PartHTML(canonicalAddress(f, address))
}

// canonicalAddress is the canonical form of an address on file, of one that is none the
// address as it is.
func canonicalAddress(f *Facts, address string) string {
	u, err := weburl.Parse(address)
	if err != nil {
		return address
	}
	return f.Profile.Canonical(u)
}

// pageAddress is the address that occurrences on the page carry.
func pageAddress(p *page.Page) string {
	if p.URL == nil {
		return ""
	}
	return p.URL.String()
}

const (
	snippetAround = 60  // bytes of context kept on each side of the offending words
	snippetMost   = 300 // bytes of offending words kept
)

// snippet cuts the words at [start, end) out of text with some context from inside
// [from, to), at rune boundaries and on one line, and marks them.
func snippet(text string, start, end, from, to int) (string, [2]int) {
	end = min(end, start+snippetMost)
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	a := max(from, start-snippetAround)
	for a < start && !utf8.RuneStart(text[a]) {
		a++
	}
	b := min(to, end+snippetAround)
	for b > end && b < len(text) && !utf8.RuneStart(text[b]) {
		b--
	}
	var before, after string
	if a > from {
		before = "…"
	}
	if b < to {
		after = "…"
	}
	s := before + text[a:b] + after
	mark := [2]int{len(before) + start - a, len(before) + end - a}
	return oneLine(s), mark
}

// oneLine replaces control characters by spaces, byte by byte so that offsets hold.
func oneLine(s string) string {
	clean := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7F {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	b := []byte(s)
	for i := range b {
		if b[i] < ' ' || b[i] == 0x7F {
			b[i] = ' '
		}
	}
	return string(b)
}

// linkOccurrence is the place of a link: its attribute with the address marked, and what
// a visitor reads on it.
func linkOccurrence(p *page.Page, l *page.Link) record.Occurrence {
	attr := l.Attr
	if attr == "" {
		attr = string(l.Kind)
	}
	raw := cut(oneLine(strings.ToValidUTF8(l.Raw, "\uFFFD")), snippetMost)
	s := attr + `="` + raw + `"`
	if t := cut(oneLine(l.Text), 2*snippetAround); t != "" {
		s += " " + t
	}
	span := [2]int{l.Pos, l.Pos}
	if l.Text != "" && strings.HasPrefix(p.Text[min(l.Pos, len(p.Text)):], l.Text) {
		span[1] += len(l.Text)
	}
	return record.Occurrence{
		URL: pageAddress(p), Field: l.Field, Selector: p.Selector(l.Node),
		Snippet: s, Mark: [2]int{len(attr) + 2, len(attr) + 2 + len(raw)}, Span: span,
	}
}

// cut shortens s to at most n bytes, at a rune boundary.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

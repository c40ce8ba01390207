// Package textfold makes text comparable without losing where it came from: Fold brings
// what is written to evade a search (full-width and circled letters, zero-width
// characters, look-alikes) to its plain form and keeps, for every byte of the result,
// the place in the original; Sentences cuts text into sentences.
//
// Both are pure and safe for concurrent use. Folding is rune by rune and knows no
// words: it neither joins what spaces or punctuation separate nor translates ("点com"),
// and it lower-cases ASCII only. A text that needs no folding costs no allocation, any
// other two buffers. Text beyond 2 GiB is not supported.
package textfold

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Folded is a folded text with the way back. The zero value is the empty text.
type Folded struct {
	Text string // the folded text; always valid UTF-8

	src string
	// from has, for each byte of Text, the offset in src of the rune it comes from; nil
	// when offsets are the same in both.
	from []int32
}

// FoldOptions choose a view of the text. The zero value is what Fold does.
type FoldOptions struct {
	// Homoglyphs also writes Cyrillic, Greek and other letters that look like Latin ones
	// as these. It is a view of its own because it makes nonsense of Russian and Greek.
	Homoglyphs bool
}

// Fold folds s with the default options:
//
//   - characters that show nothing are dropped: zero-width, directional, soft hyphen,
//     variation selectors, tags, and the enclosing marks of keycaps;
//   - compatibility forms become what they stand for (NFKC of each rune by itself):
//     ＷＷＷ, ⓦⓦⓦ, 𝐰𝐰𝐰, ¹, ㏄, and so ．／： become ./:
//   - so do the negative and double circled ones that NFKC leaves: ❶, ➊, ⓫, 🅦, 🆆;
//   - 。, ｡ and ︒ become ".", as browsers read them in host names;
//   - A to Z become a to z; bytes that are no UTF-8 become U+FFFD.
func Fold(s string) Folded { return FoldOptions{}.Fold(s) }

// Fold folds s with these options.
func (o FoldOptions) Fold(s string) Folded {
	start, upper := 0, false // of what needs folding, and whether A–Z occurs before it
	for start < len(s) {
		c := s[start]
		if c < utf8.RuneSelf {
			upper = upper || 'A' <= c && c <= 'Z'
			start++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[start:])
		if !o.same(r, s[start:start+n]) {
			break
		}
		start += n
	}
	if start == len(s) {
		f := Folded{Text: s, src: s}
		if upper {
			f.Text = lowerASCII(s)
		}
		return f
	}
	w := writer{opts: o, from: make([]int32, 0, len(s))}
	w.text.Grow(len(s))
	for i := range start {
		w.writeByte(lower(s[i]), i)
	}
	for i := start; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			w.writeByte(lower(c), i)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		w.fold(r, s[i:i+n], i)
		i += n
	}
	return Folded{Text: w.text.String(), src: s, from: w.from}
}

// Span is the byte span of the original that the bytes [start, end) of Text come from.
// It begins and ends at rune boundaries, holds every rune that had a part in the span,
// and is empty when the span is. It panics, as a slice does, unless
// 0 <= start <= end <= len(Text).
func (f Folded) Span(start, end int) (from, to int) {
	_ = f.Text[start:end]
	if f.from == nil {
		return start, end
	}
	from = len(f.src)
	if start < len(f.from) {
		from = int(f.from[start])
	}
	if start == end {
		return from, from
	}
	to = int(f.from[end-1])
	_, n := utf8.DecodeRuneInString(f.src[to:])
	return from, to + n
}

// writer builds a Folded.
type writer struct {
	opts  FoldOptions
	text  strings.Builder
	from  []int32
	plain []byte // of the rune at hand
}

func (w *writer) writeByte(b byte, at int) {
	w.text.WriteByte(b)
	w.from = append(w.from, int32(at)) //nolint:gosec // the package comment bounds texts
}

func (w *writer) writeRune(r rune, at int) {
	if w.opts.Homoglyphs {
		r = latin(r)
	}
	if r < utf8.RuneSelf {
		w.writeByte(lower(byte(r)), at) //nolint:gosec // r is ASCII
		return
	}
	n, _ := w.text.WriteRune(r)
	for range n {
		w.from = append(w.from, int32(at)) //nolint:gosec // see writeByte
	}
}

// fold writes what the rune r, spelt s, at the offset at folds to.
func (w *writer) fold(r rune, s string, at int) {
	if plainScript(r) {
		w.text.WriteString(s)
		for range len(s) {
			w.from = append(w.from, int32(at)) //nolint:gosec // see writeByte
		}
		return
	}
	if invisible(r) {
		return
	}
	if w.opts.Homoglyphs && latin(r) != r {
		w.writeRune(r, at) // before NFKC, which gives some of them another Greek letter
		return
	}
	if first, second, ok := ascii(r); ok {
		w.writeByte(first, at)
		if second != 0 {
			w.writeByte(second, at)
		}
		return
	}
	if r == utf8.RuneError || norm.NFKC.IsNormalString(s) {
		w.writeRune(r, at)
		return
	}
	w.plain = norm.NFKC.AppendString(w.plain[:0], s)
	for p := w.plain; len(p) > 0; {
		r, n := utf8.DecodeRune(p)
		p = p[n:]
		if !invisible(r) {
			w.writeRune(r, at)
		}
	}
}

// same reports whether the non-ASCII rune r, spelt s, folds to itself.
func (o FoldOptions) same(r rune, s string) bool {
	if plainScript(r) {
		return true
	}
	if r == utf8.RuneError && len(s) == 1 || invisible(r) || o.Homoglyphs && latin(r) != r {
		return false
	}
	_, _, ok := ascii(r)
	return !ok && norm.NFKC.IsNormalString(s)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// lowerASCII is s with A–Z as a–z and nothing else changed.
func lowerASCII(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		b.WriteByte(lower(s[i]))
	}
	return b.String()
}

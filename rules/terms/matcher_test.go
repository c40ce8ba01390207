package terms

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/coregx/ahocorasick"

	"marketwarden/internal/textfold"
)

// FuzzMatcher finds what a library finds.
func FuzzMatcher(f *testing.F) {
	f.Add("最优,最优惠,优惠,惠,a,ab,bab", "最优惠的ababab,惠\xff")
	f.Add("he,she,his,hers", "ushers")
	f.Add("aa,aaa", "aaaaab")
	f.Fuzz(func(t *testing.T, list, text string) {
		words := strings.Split(list, ",")
		slices.Sort(words)
		words = slices.Compact(words)
		words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
		if !utf8.ValidString(list) || len(words) == 0 || len(list) > 200 || len(text) > 2000 {
			return
		}
		b := ahocorasick.NewBuilder()
		for _, w := range words {
			b.AddPattern([]byte(w))
		}
		library, err := b.Build()
		if err != nil {
			t.Skip(err)
		}
		var want []match
		for _, m := range library.FindAllOverlapping([]byte(text)) {
			want = append(want, match{m.PatternID, m.Start, m.End})
		}
		got := newMatcher(words).appendAll(nil, []byte(text))
		order := func(a, b match) int {
			if a.end != b.end {
				return a.end - b.end
			}
			return a.start - b.start
		}
		slices.SortFunc(want, order)
		slices.SortFunc(got, order)
		if !slices.Equal(want, got) {
			t.Fatalf("%q in %q: library %v, got %v", words, text, want, got)
		}
	})
}

// FuzzView holds that the form that patterns see is the folded one but for gaps, and that
// the way back is the folding's.
func FuzzView(f *testing.F) {
	for _, s := range []string{"", "行业最\u200b優，ＴＨＥ ＢＥＳＴ①⑩", "国 内 最·优", "\xff最\xe6\x9c", "㏄ﷺ½…～：￥", "🆗👍🏽ⓦⓦⓦ.Ａ", "e\u0301\u00ad"} {
		f.Add(s)
	}
	set := load(f, small)
	f.Fuzz(func(t *testing.T, text string) {
		if whole := Read(text); whole.whole(0, len(text)) {
			var want, got view
			want.read(set, text)
			if got.readWhole(text, whole.plain); string(got.text) != string(want.text) {
				t.Fatalf("%q: read as a whole %q, otherwise %q", text, got.text, want.text)
			}
		}
		folded := textfold.Fold(text)
		plain := simplified(folded.Text)
		var v view
		v.read(set, text)
		var joined []byte
		var offsets []int // in folded.Text, of each byte of joined
		at := 0
		for _, g := range append(v.gaps, span{len(plain), len(plain)}) {
			joined = append(joined, plain[at:g.start]...)
			for i := at; i < g.start; i++ {
				offsets = append(offsets, i)
			}
			at = g.end
		}
		if string(joined) != string(v.text) {
			t.Fatalf("%q: folded and joined %q, got %q", text, joined, v.text)
		}
		for i := 0; i < len(v.text); {
			_, n := utf8.DecodeRune(v.text[i:])
			from, to := folded.Span(offsets[i], offsets[i]+n)
			if start, end := v.original(i, i+n); start != from || end != to {
				t.Fatalf("%q: %q comes from %d to %d, got %d to %d", text, v.text[i:i+n], from, to, start, end)
			}
			i += n
		}
	})
}

package terms

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// manyTerms is a set of 2,000 terms: the shipped claims, and made-up words with a claim
// around them.
func manyTerms(tb testing.TB) *Set {
	tb.Helper()
	source, err := Source("claims")
	if err != nil {
		tb.Fatal(err)
	}
	var b strings.Builder
	b.Write(source)
	have := strings.Count(string(source), "\n  - id: ")
	han := []rune("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥乾坤坎离震艮巽兑")
	for i := have; i < 2000; i++ {
		w := string([]rune{han[i%len(han)], han[i/len(han)%len(han)], han[i/len(han)/len(han)], han[i*7%len(han)]})
		fmt.Fprintf(&b, "\n  - id: made.n%d\n    outcome: violation\n    title: {zh: 词, en: word}\n    anchors: [%s]\n    claim: ['{scope}@']\n    match: [行业⟦%s⟧, 国内⟦%s⟧]\n    no_match: [%s]", i, w, w, w, w)
	}
	return load(tb, b.String()+"\n")
}

// BenchmarkAgainstNFKC holds fold and match of 2,000 terms beside the normalization of the
// same text, which is the least that anybody does who folds.
func BenchmarkAgainstNFKC(b *testing.B) {
	text := plainText()
	b.Run("norm.NFKC", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		var out []byte
		for b.Loop() {
			out = norm.NFKC.AppendString(out[:0], text)
		}
	})
	set := manyTerms(b)
	b.Run("terms", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			set.Find(text)
		}
	})
}

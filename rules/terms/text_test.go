package terms

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzFindIn holds that a part of a text is judged as it is by itself, and whether its set
// looks for its anchors or a scanner of several sets did.
func FuzzFindIn(f *testing.F) {
	for _, s := range []string{
		"国内最优\n行 业 最 优\n行业最·優", "\n\n国内最\u200b优\n行业The best tool", "国内最  优\xff\n行业最优解\n最 优 最 优", "国内 最\n优",
	} {
		f.Add(s)
	}
	set := load(f, small)
	scanner := NewScanner([]*Set{claimSet(f), set}, []string{"最优", "best", ""})
	f.Fuzz(func(t *testing.T, text string) {
		whole, scanned := Read(text), scanner.Read(text)
		for start := 0; ; {
			for end := start; ; {
				end += lineEnd(text[end:])
				want, _ := set.Find(text[start:end])
				for how, in := range map[string]*Text{"as a part": whole, "scanned": scanned} {
					got, _ := set.FindIn(in, start, end)
					if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b *Term) bool { return a == b })); diff != "" {
						t.Fatalf("%q[%d:%d] (-by itself +%s):\n%s", text, start, end, how, diff)
					}
				}
				if end == len(text) || end-start > 200 {
					break
				}
				end++
			}
			n := strings.IndexByte(text[start:], '\n')
			if n < 0 || start > 200 {
				return
			}
			start += n + 1
		}
	})
}

// lineEnd is where the line that s begins with ends.
func lineEnd(s string) int {
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}

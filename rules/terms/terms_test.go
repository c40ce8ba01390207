package terms

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/record"
)

// TestShipped loads every term file: their examples come out, nothing in them is without
// one, and anchors are found in traditional characters, too.
func TestShipped(t *testing.T) {
	t.Parallel()
	entries, err := shipped.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".yaml")
		data, err := Source(name)
		if err != nil {
			t.Fatal(err)
		}
		set, err := Load(e.Name(), data) // with the examples, which Shipped does without
		if err != nil {
			t.Error(err)
			continue
		}
		for r, anchor := range lackVariants(set) {
			t.Errorf("%s: variants.go has no traditional form of %c, which anchor %s has", name, r, anchor)
		}
	}
}

// small is a term file to change in tests.
const small = `
define:
  scope: 国内|行业
unfinished: 最
not:
  - 不是[^,]{0,9}@
evidence:
  - 20[0-9]{2}年[^,]{0,9}@
suspect:
  - 2020年行业⟦最优⟧
no_match:
  - 不是国内最优
  - 最优的写法因人而异
terms:
  - id: best
    outcome: violation
    title: {zh: 最高级, en: a superlative}
    anchors: [最优, the best]
    claim:
      - '{scope}[^,]{0,6}@'
      - '@ tool'
    not:
      - '@解'
    match:
      - 国内⟦最优⟧的平台
      - It is ⟦The Best⟧ tool
    no_match:
      - 行业最优解
`

func load(tb testing.TB, source string) *Set {
	tb.Helper()
	s, err := Load("small.yaml", []byte(source))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestFind(t *testing.T) {
	t.Parallel()
	s := load(t, small)
	for _, tt := range []struct{ name, text, want string }{
		{"plain", "我们是国内最优的平台。", "violation 最优 in 我们是国内最优的平台。"},
		{"two in one sentence", "行业最优，国内最优", "violation 最优 in 行业最优，国内最优; violation 最优 in 行业最优，国内最优"},
		{"the claim stands in another sentence", "国内用户很多。最优的平台", ""},
		{"the claim stands in another line", "国内\n最优", ""},
		{"not", "行业最优解", ""},
		{"evidence", "2020年国内最优", "suspected 最优 in 2020年国内最优 (evidence)"},
		{"a space in it", "国内最 优", "violation 最 优 in 国内最 优 (disguised)"},
		{"a dot in it", "国内最·优的", "violation 最·优 in 国内最·优的 (disguised)"},
		{"spaces everywhere", "国 内 最 优 的", "violation 最 优 in 国 内 最 优 的 (disguised)"},
		{"traditional", "國內最優", "violation 最優 in 國內最優 (disguised)"},
		{"zero-width", "行业最\u200b优", "violation 最\u200b优 in 行业最\u200b优 (disguised)"},
		{"look-alike", "行业蕞优", "violation 蕞优 in 行业蕞优 (disguised)"},
		{"compatibility ideograph", "行业\u2f47优 国内最优", "violation 最优 in 行业\u2f47优 国内最优"},
		{"capitals", "THE BEST TOOL", "violation THE BEST in THE BEST TOOL"},
		{"full width", "ＴＨＥ ＢＥＳＴ tool", "violation ＴＨＥ ＢＥＳＴ in ＴＨＥ ＢＥＳＴ tool (disguised)"},
		{"inside a word", "bathe best tool, the best tools", "violation the best in bathe best tool, the best tools"},
		{"too many separators", "国内最    优", ""},
		{"a separator that ends a word", "国内最,优", ""},
		{"not UTF-8", "\xff国内最优\xfe", "violation 最优 in \xff国内最优\xfe"},
		{"after an odd line", "①②\n国内最优", "violation 最优 in 国内最优"},
		{"in an odd line", "① 国内最优\n国内最优", "violation 最优 in ① 国内最优; violation 最优 in 国内最优"},
		{"nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			hits, complete := s.Find(tt.text)
			var got []string
			for _, h := range hits {
				g := fmt.Sprintf("%s %s in %s", h.Outcome, tt.text[h.Start:h.End], tt.text[h.SentenceStart:h.SentenceEnd])
				if h.Disguised {
					g += " (disguised)"
				}
				if h.Evidence {
					g += " (evidence)"
				}
				got = append(got, g)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "; ")); diff != "" || !complete {
				t.Errorf("Find(%q), complete %v (-want +got)\n%s", tt.text, complete, diff)
			}
		})
	}
}

// TestFindOverlapping keeps the violation, then the longer one.
func TestFindOverlapping(t *testing.T) {
	t.Parallel()
	a, b, c := &Term{ID: "a"}, &Term{ID: "b"}, &Term{ID: "c"}
	got := keepBest([]Hit{
		{Term: a, Outcome: record.Suspected, Start: 0, End: 9},
		{Term: b, Outcome: record.Violation, Start: 3, End: 6},
		{Term: c, Outcome: record.Violation, Start: 9, End: 12},
		{Term: b, Outcome: record.Violation, Start: 9, End: 15},
		{Term: a, Outcome: record.Violation, Start: 12, End: 18},
	})
	var ids []string
	for _, h := range got {
		ids = append(ids, fmt.Sprint(h.Term.ID, h.Start))
	}
	if diff := cmp.Diff([]string{"b3", "b9"}, ids); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestFindBounded says so when a text has more anchors than are judged.
func TestFindBounded(t *testing.T) {
	t.Parallel()
	s := load(t, small)
	for _, text := range []string{strings.Repeat("国内最优。", 2*maxHits), strings.Repeat("最优", 2*maxJudged), strings.Repeat("国内最优", 2*maxHits)} {
		if hits, complete := s.Find(text); complete || len(hits) > maxHits {
			t.Errorf("%d hits, complete %v", len(hits), complete)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, old, now, want string }{
		{"an unknown key", "unfinished: 最", "unfinnished: 最", "[4:1]"},
		{"no YAML", "define:", "define: [", "small.yaml"},
		{"an outcome that is none", "outcome: violation", "outcome: pass", "neither violation nor suspected"},
		{"an id that is none", "id: best", "id: Best", "small letters"},
		{"a title in one language", "en: a superlative", "en: ''", "title"},
		{"an ask in one language", "en: a superlative}", "en: a superlative}\n    ask: {zh: 请人工核实}", "one language"},
		{"an ask about what is sure", "en: a superlative}", "en: a superlative}\n    ask: {zh: 请人工核实, en: look}", "violation"},
		{"a match that does not fire", "国内⟦最优⟧的平台", "国外⟦最优⟧的平台", "does not fire"},
		{"a match that fires elsewhere", "国内⟦最优⟧的平台", "国内⟦最优的⟧平台", "does not fire at"},
		{"a match without marks", "国内⟦最优⟧的平台", "国内最优的平台", "does not mark"},
		{"a match with half a mark", "国内⟦最优⟧的平台", "国内⟦最优的平台", "does not mark"},
		{"a match that is but suspected", "国内⟦最优⟧的平台", "2020年国内⟦最优⟧", "gives suspected"},
		{"a no_match that fires", "- 不是国内最优", "- 国内最优", "must not fire"},
		{"an anchor without a match", "[最优, the best]", "[最优, 最好, the best]", `anchor "最好" is used by no match`},
		{"a claim without a match", "- '@ tool'", "- '@ tool'\n      - '@ tools'", `claim "@ tools" is used by no example`},
		{"an exception without a no_match", "- '@解'", "- '@解'\n      - '@化'", `not "@化" is used by no example`},
		{"an exception of the file without one", "- 不是[^,]{0,9}@", "- 不是[^,]{0,9}@\n  - 绝非@", `not "绝非@" is used by no example`},
		{"evidence without an example", "  - 20[0-9]", "  - gartner\n  - 20[0-9]", `evidence "gartner" is used by no example`},
		{"an expression that does not compile", "'@解'", "'@(解'", "missing closing"},
		{"a name that is not defined", "'@解'", "'@{no}'", "{no} is not defined"},
		{"a name defined by itself", "国内|行业", "国内|{scope}", "nested"},
		{"punctuation that never occurs", "'@解'", "'@，'", "never occurs"},
		{"two anchors in a pattern", "'@解'", "'@@'", "more than one @"},
		{"an anchor of one character", "[最优, the best]", "[最, 最优, the best]", "two characters"},
		{"an anchor twice", "[最优, the best]", "[最优, 最優, the best]", "twice"},
		{"no terms", small[strings.Index(small, "terms:"):], "", "0 terms"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			source := strings.Replace(small, tt.old, tt.now, 1)
			if source == small {
				t.Fatal("nothing replaced")
			}
			if _, err := Load("small.yaml", []byte(source)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v does not say %q", err, tt.want)
			}
		})
	}
}

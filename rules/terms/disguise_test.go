package terms

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// disguiseFile has anchors of ideographs and of letters that fire wherever they stand.
const disguiseFile = `
unfinished: 最
terms:
  - id: words
    outcome: violation
    title: {zh: 词, en: a word}
    anchors: [最好, 国家级, 微信, top1, no1, no.1, best, vx, 第1, 第一, 注册, 全网最低价, abc, test]
    match: [⟦最好⟧, ⟦国家级⟧, ⟦微信⟧, ⟦top1⟧, ⟦no1⟧, ⟦no.1⟧, ⟦best⟧, ⟦vx⟧, ⟦第1⟧, ⟦第一⟧, ⟦注册⟧, ⟦全网最低价⟧, ⟦abc⟧, ⟦test⟧]
    no_match: [好, 信, top]
`

// TestDisguises holds for each way to keep a word from being found which part of the text
// is found, and that it is said to be in disguise.
func TestDisguises(t *testing.T) {
	t.Parallel()
	set := load(t, disguiseFile)
	scanner := NewScanner([]*Set{set})
	for in, want := range map[string][]string{
		"最\u200b好、最\u00ad好": {"最\u200b好", "最\u00ad好"}, // what does not show
		"ＴＯＰ１，ｂest":         {"ＴＯＰ１", "ｂest"},         // full width, also of a part
		"ⓣⓞⓟ① 🅱🅴🆂🆃":         {"ⓣⓞⓟ①", "🅱🅴🆂🆃"},         // circled and squared
		"第①、第❶、第1️⃣":        {"第①", "第❶", "第1️⃣"},
		"國家級，註冊":            {"國家級", "註冊"},            // traditional
		"国★家★级 最❤好 最❤️好":    {"国★家★级", "最❤好", "最❤️好"}, // symbols
		"最@好，微💚信，最&好，最※好":   {"最@好", "微💚信", "最&好", "最※好"},
		"最·好 国 家 级 微_信":     {"最·好", "国 家 级", "微_信"}, // separators
		"全_网_最_低_价":         {"全_网_最_低_价"},
		"行业ТОР1":            {"ТОР1"}, // Cyrillic
		"Nо.1，bеst，ΒΕST":    {"Nо.1", "bеst", "ΒΕST"},
		"业内T O P 1的选择":      {"T O P 1"}, // letter by letter
		"N o . 1，B-E-S-T":   {"N o . 1", "B-E-S-T"},
		"T★O★P★1，b·e·s·t":   {"T★O★P★1", "b·e·s·t"},
		"Ｔ Ｏ Ｐ １、Т О Р 1":   {"Ｔ Ｏ Ｐ １"},
		"全网 最 低 价":          {"全网 最 低 价"},
		"第 一":               {"第 一"},
		// What only looks like it.
		"A / B / C，A、B、C，A+B+C":        nil,
		"1 2 3，x = a + b + c":          nil,
		"тест, вест, кухня, α-β, β1":   nil,
		"Это самый лучший продукт. Ты": nil,
		"latest b e a s t contest":     nil,
		"最新★好用，国内 家居":                  nil,
		"V X：见上文":                      nil,
		"a b c d":                      nil,
	} {
		for how, text := range map[string]*Text{"read": Read(in), "scanned": scanner.Read(in)} {
			hits, _ := set.FindIn(text, 0, len(in))
			var got []string
			for _, h := range hits {
				got = append(got, in[h.Start:h.End])
				if !h.Disguised {
					t.Errorf("%s: %q is said to stand as it is", in, in[h.Start:h.End])
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", in, how, diff)
			}
		}
	}
}

// TestUndisguised holds that words that stand as they are are not said to be in disguise,
// whatever stands beside them.
func TestUndisguised(t *testing.T) {
	t.Parallel()
	set := load(t, disguiseFile)
	const in = "★最好★ TOP1 ТОР a b c 国家级❤微信"
	hits, _ := set.Find(in)
	got := map[string]bool{}
	for _, h := range hits {
		got[in[h.Start:h.End]] = h.Disguised
	}
	if diff := cmp.Diff(map[string]bool{"最好": false, "TOP1": false, "a b c": true, "国家级": false, "微信": false}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

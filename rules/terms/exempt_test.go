package terms

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// excused is a term file whose patterns say why they exempt.
const excused = `
define: {scope: 国内|行业}
exemptions:
  HOUSE: {zh: 平台自有规定, en: a rule of the house}
unfinished: 最
not:
  - re: 立志[^,]{0,9}@
    exempt: GOAL
  - {re: '本店规定', exempt: HOUSE}
evidence:
  - re: 20[0-9]{2}年[^,]{0,9}@
    exempt: TIME_PLACE_FACT
suspect: [2020年行业⟦最优⟧]
no_match:
  - {text: 立志国内最优, exempt: GOAL}
  - {text: '本店规定:国内最优', exempt: HOUSE}
terms:
  - id: best
    outcome: violation
    title: {zh: 最高级, en: a superlative}
    advice: {zh: 删除, en: take it out}
    except_fields: [support]
    anchors: [最优]
    claim: ['{scope}[^,]{0,6}@']
    not: ['@解']
    match: [国内⟦最优⟧的平台, 行业⟦最优⟧]
    no_match: [行业最优解]
    todo_match: [天下⟦最优⟧]
    todo_no_match: [国内最优的写法因人而异]
  - id: best.tool
    outcome: suspected
    title: {zh: 最优的工具, en: the best tool}
    fields: [title]
    anchors: [最优工具, 3c]
    match: [国内⟦最优工具⟧, 配件⟦3C⟧认证]
    no_match: [最优的工具]
`

// TestLookIn keeps what was exempted apart, with the reason.
func TestLookIn(t *testing.T) {
	t.Parallel()
	s := load(t, excused)
	for _, tt := range []struct{ name, text, hits, exempted string }{
		{"a hit", "国内最优", "best 最优", ""},
		{"exempted", "立志国内最优", "", "best 最优 GOAL"},
		{"exempted by the file's own", "本店规定:国内最优", "", "best 最优 HOUSE"},
		{"no reason given", "行业最优解", "", "best 最优 NOT_MEANT"},
		{"a proof is named", "2020年行业最优", "best 最优 TIME_PLACE_FACT", ""},
		{"no claim is no exemption", "立志最优", "", ""},
		{"in disguise", "立志国内最 优", "", "best 最 优 GOAL"},
		{"one of each", "立志国内最优。行业最优", "best 最优", "best 最优 GOAL"},
		{"exempted twice in one place", "立志国内最优工具", "", "best 最优 GOAL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			found := s.LookIn(Read(tt.text), 0, len(tt.text))
			list := func(hits []Hit) string {
				var out []string
				for _, h := range hits {
					g := h.Term.ID + " " + tt.text[h.Start:h.End]
					if h.By != nil {
						g += " " + h.By.ID
					}
					out = append(out, g)
				}
				return strings.Join(out, "; ")
			}
			if diff := cmp.Diff([]string{tt.hits, tt.exempted}, []string{list(found.Hits), list(found.Exempted)}); diff != "" || !found.Complete {
				t.Errorf("LookIn(%q), complete %v (-want +got)\n%s", tt.text, found.Complete, diff)
			}
		})
	}
}

// TestExplain says of every anchor what became of it.
func TestExplain(t *testing.T) {
	t.Parallel()
	s := load(t, excused)
	text := "国内最优工具，立志行业最优。最优的写法。13c6"
	verdicts, complete := s.Explain(text)
	var got []string
	for _, v := range verdicts {
		got = append(got, fmt.Sprintf("%s %q %s|%s|%s", v.Term.ID, text[v.Start:v.End], v.Why, v.Claim, v.Pattern))
	}
	want := []string{
		`best "最优" fired|{scope}[^,]{0,6}@|`,
		`best.tool "最优工具" outweighed||`,
		`best "最优" exempted|{scope}[^,]{0,6}@|立志[^,]{0,9}@`,
		`best "最优" no_claim||`,
		`best.tool "3c" part_of_word||`,
	}
	if diff := cmp.Diff(want, got); diff != "" || !complete {
		t.Errorf("complete %v (-want +got)\n%s", complete, diff)
	}
}

// TestFields: a term says in which fields it counts.
func TestFields(t *testing.T) {
	t.Parallel()
	ts := load(t, excused).Terms()
	for _, tt := range []struct {
		term  int
		field string
		want  bool
	}{{0, "title", true}, {0, "support", false}, {1, "title", true}, {1, "detail", false}} {
		if got := ts[tt.term].In(tt.field); got != tt.want {
			t.Errorf("%s in %s: %v", ts[tt.term].ID, tt.field, got)
		}
	}
}

// TestLoadRefusesExemptions names the place of what is wrong.
func TestLoadRefusesExemptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, old, now, want string }{
		{"an exemption that is none", "exempt: GOAL\n", "exempt: GAOL\n", `[8:13] not: there is no exemption "GAOL"`},
		{"an exemption of a claim", `claim: ['{scope}[^,]{0,6}@']`, `claim: [{re: '{scope}[^,]{0,6}@', exempt: GOAL}]`, "exempts nothing"},
		{"one's own without a basis", "{zh: 平台自有规定, en: a rule of the house}", "{zh: 平台自有规定}", "no basis in both languages"},
		{"one's own in small letters", "  HOUSE:", "  house:", "capitals"},
		{"one's own that is everybody's", "  HOUSE:", "  GOAL:", "every file has it"},
		{"an unknown key of a pattern", "{re: '本店规定', exempt: HOUSE}", "{re: '本店规定', exempts: HOUSE}", `[9:18] unknown field "exempts"`},
		{"a pattern that is a list", "{re: '本店规定', exempt: HOUSE}", "[本店规定]", "[9:5] a text is wanted here"},
		{"a pattern without one", "{re: '本店规定', exempt: HOUSE}", "{exempt: HOUSE}", "has no re"},
		{"an example of another exemption", "{text: 立志国内最优, exempt: GOAL}", "{text: 立志国内最优, exempt: NEGATION}", `is not exempted by NEGATION`},
		{"an example that is no claim", "{text: 立志国内最优, exempt: GOAL}", "{text: 立志最优, exempt: GOAL}", `is not exempted by GOAL`},
		{"a gap that has closed", "todo_match: [天下⟦最优⟧]", "todo_match: [国内⟦最优⟧]", "[28:18] best: todo_match \"国内⟦最优⟧\" fires by now"},
		{"a false hit that is gone", "todo_no_match: [国内最优的写法因人而异]", "todo_no_match: [最优的写法]", "does not fire any more"},
		{"a gap without marks", "todo_match: [天下⟦最优⟧]", "todo_match: [天下最优]", "does not mark"},
		{"a dead exception", "not: ['@解']", "not: ['@解', '@化']", `[25:17] best: not "@化" is used by no example`},
		{"an anchor twice", "anchors: [最优]", "anchors: [最优, 最優]", `[23:19] best: anchor "最優": is there twice`},
		{"an anchor twice in the file", "anchors: [最优工具, 3c]", "anchors: [最优工具, 3c]\n    match: [国内⟦最优工具⟧, 配件⟦3C⟧认证]\n    no_match: [最优的工具]\n  - id: more\n    outcome: violation\n    title: {zh: 多, en: more}\n    fields: [title]\n    anchors: [3C]", `more: anchor "3C": is there twice: it fires by itself in best.tool too`},
		{"advice in one language", "advice: {zh: 删除, en: take it out}", "advice: {zh: 删除}", "advises in one language"},
		{"fields for and against", "fields: [title]", "fields: [title]\n    except_fields: [detail]", "both"},
		{"too few that do not match", "no_match: [行业最优解]", "no_match: []", "of its own"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			source := strings.Replace(excused, tt.old, tt.now, 1)
			if source == excused {
				t.Fatal("nothing replaced")
			}
			if _, err := Load("excused.yaml", []byte(source)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v does not say %q", err, tt.want)
			}
		})
	}
}

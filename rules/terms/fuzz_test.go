package terms

import (
	"regexp"
	"slices"
	"testing"
	"unicode/utf8"
)

// FuzzFind holds that hits are in order, lie inside the text and their sentences, that
// patterns that are not run for want of their literals would not have held, and that what
// stands before an anchor is read backwards as forwards.
func FuzzFind(f *testing.F) {
	for _, s := range []string{
		"", "国内最优的平台，行 业 领 先！", "100%保证\n①唯 一\xff", "the best platform, No.1",
		"最·優\u200b服务", "最-最-优", "第 一\u3000品牌", "业界最好的。行业第一", "全 国 第 一 的 平 台", "\n\n国内\r最优",
	} {
		f.Add(s)
	}
	set := claimSet(f)
	forwards := forwards(set)
	f.Fuzz(func(t *testing.T, text string) {
		hits, _ := set.Find(text)
		last := 0
		for _, h := range hits {
			if h.Start < last || h.End <= h.Start || h.SentenceStart > h.Start || h.SentenceEnd < h.End || h.SentenceEnd > len(text) {
				t.Fatalf("%q: a hit at %+v after %d", text, h, last)
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[h.Start:h.End]) {
				t.Fatalf("%q: a hit cuts a character: %q", text, text[h.Start:h.End])
			}
			last = h.End
		}
		cuesAgree(t, set, forwards, text)
	})
}

// forwards are the expressions for what stands before an anchor, as the file has them.
func forwards(set *Set) map[*pattern]*regexp.Regexp {
	out := map[*pattern]*regexp.Regexp{}
	for _, term := range set.terms {
		for _, p := range slices.Concat(term.claim, term.not, term.evidence) {
			if p.back != nil && out[p] == nil {
				out[p] = regexp.MustCompile(`(?:` + p.sources[0] + `)\z`)
			}
		}
	}
	return out
}

// cuesAgree checks on every anchor of the text taken as one sentence that holds and
// matches answer the same, and back what forwards does.
func cuesAgree(t *testing.T, set *Set, forwards map[*pattern]*regexp.Regexp, text string) {
	t.Helper()
	var v view
	v.read(set, text)
	claims, _ := set.cues.find(nil, nil, v.text)
	excuses, _ := set.excuses.find(nil, nil, v.text)
	var x context
	var nearClaims, nearExcuses nearby
	for _, m := range set.automaton.appendAll(nil, v.text) {
		x.cut(v.text, m.start, m.end)
		nearClaims.set(&x, claims)
		nearExcuses.set(&x, excuses)
		for _, term := range set.anchors[m.id].terms {
			for i, list := range [][]*pattern{term.claim, term.not, term.evidence} {
				near := &nearClaims
				if i > 0 {
					near = &nearExcuses
				}
				for _, p := range list {
					if got, want := p.holds(&x, near), p.matches(&x); got != want {
						t.Fatalf("%q: pattern %q at %d holds %v, matches %v", v.text, p.source, m.start, got, want)
					}
					if p.back == nil {
						continue
					}
					if got, want := p.back.Match(appendTurned(nil, x.before)), forwards[p].Match(x.before); got != want {
						t.Fatalf("%q: pattern %q matches before %d backwards %v, forwards %v", v.text, p.source, m.start, got, want)
					}
				}
			}
		}
	}
}

// FuzzLoad holds that whatever the file is, it is loaded or refused.
func FuzzLoad(f *testing.F) {
	for _, s := range []string{"", small, "terms: *a", "no_match: [{text: [a]}, {}]", "not: ! ", "terms: []", excused, "not: [{re: }]", "not: [{? [a]: b}]", "not: [&a x, *a, !!str 7, ~, |\n  x]", "define: {a: '{a}{a}'}\nterms: [{id: a}]", "terms:\n  - id: x\n    anchors: [ab]\n    claim: ['(a{1,900}){1,900}@']"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Load("fuzz.yaml", data)
		if (s == nil) == (err == nil) {
			t.Fatalf("set %v, error %v", s, err)
		}
		if s != nil {
			s.Find("国内最优的平台 " + string(data))
		}
	})
}

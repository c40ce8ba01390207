package safetext

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                       "",
		"plain 普通 text":          "plain 普通 text",
		"a\nb\r\nc\td":           "a b c d",
		"a\u2028b\u0085c":        "a b c",
		"\x1b[31mred\x00":        `\x1b[31mred\x00`,
		"abc\u202egnp.exe":       `abc\u202egnp.exe`,
		"加\u200b微\ufeff信":        `加\u200b微\ufeff信`,
		"tag \U000e0041":         `tag \U000e0041`,
		"no UTF-8 \xff\xfe here": "no UTF-8 \ufffd here",
		"👩\u200d💻":               "👩\u200d💻",
	} {
		if diff := cmp.Diff(want, Line(in)); diff != "" {
			t.Errorf("Line(%q) (-want +got)\n%s", in, diff)
		}
	}
}

func TestMarked(t *testing.T) {
	t.Parallel()
	type result struct {
		Text, Words string
	}
	for _, test := range []struct {
		in   string
		mark [2]int
		want result
	}{
		{"全国第一品牌", [2]int{6, 12}, result{"全国第一品牌", "第一"}},
		{"全国第一品牌", [2]int{7, 11}, result{"全国第一品牌", "第一"}},
		{"words", [2]int{-3, 99}, result{"words", "words"}},
		{"words", [2]int{4, 2}, result{"words", ""}},
		{"a\xffb\xfec", [2]int{1, 3}, result{"a\ufffdb\ufffdc", "\ufffdb"}},
		{"", [2]int{1, 3}, result{"", ""}},
	} {
		text, mark := Marked(test.in, test.mark)
		if diff := cmp.Diff(test.want, result{text, text[mark[0]:mark[1]]}); diff != "" {
			t.Errorf("Marked(%q, %v) (-want +got)\n%s", test.in, test.mark, diff)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("a\nb\u202ec\x1b[0m\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Line(s)
		if !utf8.ValidString(got) {
			t.Errorf("Line(%q) is no UTF-8", s)
		}
		if i := strings.IndexFunc(got, func(r rune) bool {
			return !Joiner(r) && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
		}); i >= 0 {
			t.Errorf("Line(%q) = %q acts at byte %d", s, got, i)
		}
		if again := Line(got); again != got {
			t.Errorf("Line changes its own result %q to %q", got, again)
		}
	})
}

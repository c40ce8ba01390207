package textfold

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                "",
		"plain ascii 1.2": "plain ascii 1.2",
		"WWW.Shop.COM":    "www.shop.com",
		"你好、世界":           "你好、世界",
		"你好，World。":       "你好,world.",
		"ｗｗｗ．ＳＨＯＰ．ｃｏｍ／ａ：８０８０": "www.shop.com/a:8080",
		"www。shop｡com":                             "www.shop.com",
		"ⓦⓦⓦ.ⓈⒽⓄⓟ.ⓒⓞⓜ":                             "www.shop.com",
		"𝐰𝔀𝕨.𝖘𝒉𝓸𝚙.𝙘𝗈𝘮":                             "www.shop.com",
		"🅥🅲🅧":                                      "vcx",
		"①②③⑩⑳":                                    "1231020",
		"❶➊➀⓵❿⓫⓴⓿🄌":                                "11111011" + "2000",
		"1️⃣3️⃣8️⃣":                                "138",
		"x¹²₃":                                     "x123",
		"全\u200b国\u200c最\u200d好\ufeff\u00ad\u2060": "全国最好",
		"\u202emoc.pohs\u202c":                     "moc.pohs",
		"ﬁnance ㏄ №":                               "finance cc no",
		"é e\u0301":                                "é e\u0301", // canonical forms are left as they are
		"ｶﾞ":                                       "カ\u3099",
		"a\u00a0b\u3000c":                          "a b c",
		"bad\xff\xe4\xbd":                          "bad\uFFFD\uFFFD\uFFFD",
		"real \uFFFD":                              "real \uFFFD",
		"кухня рeal":                               "кухня рeal",
		"👍🏽 ok":                                    "👍🏽 ok",
	} {
		if got := Fold(in).Text; got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFoldHomoglyphs(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ѕһор.сом":        "shop.com", // Cyrillic throughout
		"ΑΙΙΥΥΝ":          "aiiyyn",
		"αpple.cοm":       "apple.com",
		"ϲ":               "c",
		"\U0001d6c2":      "a", // mathematical alpha
		"ＡАaΑ最":           "aaaa最",
		"\u0456\u200bnfo": "info",
	} {
		if got := (FoldOptions{Homoglyphs: true}).Fold(in).Text; got != want {
			t.Errorf("Fold(%q) with homoglyphs = %q, want %q", in, got, want)
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, find, want string }{
		{"Visit WWW.Shop.com now", "shop.com", "Shop.com"},
		{"请访问ｗｗｗ。ｓｈｏｐ。ｃｏｍ购买", "www.shop.com", "ｗｗｗ。ｓｈｏｐ。ｃｏｍ"},
		{"全国最\u200b\u200c好的", "最好", "最\u200b\u200c好"},
		{"\u200bw\u200bw\u200bw\u200b", "www", "w\u200bw\u200bw"},
		{"加❿元", "10", "❿"},
		{"加❿元", "0", "❿"}, // half of a rune is the rune
		{"ﬁx", "ix", "ﬁx"},
		{"a\xffb", "b", "b"},
		{"最好", "最好", "最好"},
	} {
		f := Fold(tt.in)
		i := strings.Index(f.Text, tt.find)
		if i < 0 {
			t.Errorf("%q not in %q", tt.find, f.Text)
			continue
		}
		from, to := f.Span(i, i+len(tt.find))
		if got := tt.in[from:to]; got != tt.want {
			t.Errorf("%q: span of %q = %q, want %q", tt.in, tt.find, got, tt.want)
		}
	}
	f := Fold("\u200ba\u200b")
	for _, tt := range []struct{ start, end, from, to int }{{0, 0, 3, 3}, {0, 1, 3, 4}, {1, 1, 7, 7}} {
		if from, to := f.Span(tt.start, tt.end); from != tt.from || to != tt.to {
			t.Errorf("Span(%d, %d) = %d, %d, want %d, %d", tt.start, tt.end, from, to, tt.from, tt.to)
		}
	}
	if from, to := (Folded{}).Span(0, 0); from != 0 || to != 0 {
		t.Errorf("span of nothing: %d, %d", from, to)
	}
}

// Every code point by itself folds to valid UTF-8 that folds to itself. Planes 3 to 13
// and the private ones hold nothing that folds.
func TestEveryRune(t *testing.T) {
	t.Parallel()
	for _, o := range []FoldOptions{{}, {Homoglyphs: true}} {
		for r := range rune(0xE2000) {
			if 0x30000 <= r && r < 0xE0000 {
				continue
			}
			s := string(r)
			got := o.Fold(s).Text
			if again := o.Fold(got).Text; again != got || !utf8.ValidString(got) {
				t.Errorf("%U folds to %q, that to %q", r, got, again)
			}
		}
	}
}

func TestFoldAllocations(t *testing.T) {
	for name, tt := range map[string]struct {
		in   string
		want float64
	}{
		"plain ASCII":   {strings.Repeat("plain words, 1 2 3. ", 50), 0},
		"plain Chinese": {strings.Repeat("云市场、商品 ", 50), 0},
		"capitals":      {strings.Repeat("Plain Words. ", 50), 1},
		"folded":        {strings.Repeat("云市场，商品：ＷＷＷ。", 50), 2},
	} {
		if got := testing.AllocsPerRun(10, func() { Fold(tt.in) }); got > tt.want {
			t.Errorf("%s: %v allocations, want %v", name, got, tt.want)
		}
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"":       nil,
		" \n\t ": nil,
		"一句":     {"一句"},
		"第一句。第二句！第三句？第四；五":           {"第一句。", "第二句！", "第三句？", "第四；", "五"},
		"太好了！！！“真的？！”他说。":            {"太好了！！！", "“真的？！”", "他说。"},
		"line one\nline two\r\n\n":   {"line one", "line two"},
		"It runs. It scales fast.":   {"It runs.", "It scales fast."},
		"version 1.2 of a.b ok. x":   {"version 1.2 of a.b ok. x"},
		"见 www.shop.com/?a=1;b!c 购买": {"见 www.shop.com/?a=1;b!c 购买"},
		"见www。shop。com。很好":           {"见www。shop。com。", "很好"},
		"支持ECS。RDS也可以":               {"支持ECS。", "RDS也可以"},
		"Really?  Yes! 是;否":          {"Really?", "Yes!", "是;", "否"},
		"End.":                       {"End."},
		"（好。）下":                      {"（好。）", "下"},
		" 　前后空白。　后 ":                 {"前后空白。", "后"},
		"a. 中文 B":                    {"a. 中文 B"},
		"\"Done.\" Next":             {"\"Done.\"", "Next"},
	} {
		var got []string
		for start, end := range Sentences(in) {
			got = append(got, in[start:end])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Sentences(%q) (-want +got):\n%s", in, diff)
		}
	}
	for range Sentences("一。二。") {
		break // a caller may stop early
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{
		"", "Plain", "ｗｗｗ。ｓｈｏｐ。ｃｏｍ", "1️⃣\u200b ❿ ﷺ ﬁ \xff\xe4\xbd é e\u0301 ｶﾞ ¨ ½ Å \u0344", "ΑΙΙΥΥΝ ѕһор ϲ", "𝐰🅥\U000e0041",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, o := range []FoldOptions{{}, {Homoglyphs: true}} {
			folded := o.Fold(s)
			text := folded.Text
			if !utf8.ValidString(text) {
				t.Fatalf("%q folds to invalid %q", s, text)
			}
			if again := o.Fold(text).Text; again != text {
				t.Fatalf("%q folds to %q, that to %q", s, text, again)
			}
			last := 0
			for i := range text { // every rune of the result
				_, n := utf8.DecodeRuneInString(text[i:])
				from, to := folded.Span(i, i+n)
				if from < last || to <= from || to > len(s) || !boundary(s, from) || !boundary(s, to) {
					t.Fatalf("%q → %q: span of [%d, %d) is [%d, %d) after %d", s, text, i, i+n, from, to, last)
				}
				last = from
				if r, _ := utf8.DecodeRuneInString(s[from:]); r < utf8.RuneSelf && string(lower(byte(r))) != text[i:i+n] {
					t.Fatalf("%q → %q: %q comes from %q", s, text, text[i:i+n], s[from:to])
				}
			}
			if from, to := folded.Span(0, len(text)); from < 0 || from > to || to > len(s) {
				t.Fatalf("%q: whole span [%d, %d)", s, from, to)
			}
			if from, to := folded.Span(len(text), len(text)); from != len(s) || to != len(s) {
				t.Fatalf("%q: span of the end [%d, %d)", s, from, to)
			}
		}
	})
}

// boundary reports whether no rune of s is cut at i; an invalid byte is a rune.
func boundary(s string, i int) bool {
	at := 0
	for at < i {
		_, n := utf8.DecodeRuneInString(s[at:])
		at += n
	}
	return at == i
}

func FuzzSentences(f *testing.F) {
	for _, s := range []string{"一。二！三", "a. B.c?d ;e\n\nf", "!!!!!!!!!!!!a", "。", ".\xff. ", "www。a。b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for start, end := range Sentences(s) {
			if start < last || end <= start || end > len(s) || !boundary(s, start) || !boundary(s, end) {
				t.Fatalf("%q: [%d, %d) after %d", s, start, end, last)
			}
			if between := strings.TrimSpace(s[last:start]); between != "" {
				t.Fatalf("%q: %q is in no sentence", s, between)
			}
			if got := s[start:end]; strings.TrimSpace(got) != got {
				t.Fatalf("%q: %q has white space around it", s, got)
			}
			last = end
		}
		if rest := strings.TrimSpace(s[last:]); rest != "" {
			t.Fatalf("%q: %q is in no sentence", s, rest)
		}
	})
}

func BenchmarkFold(b *testing.B) {
	for name, s := range map[string]string{
		"ascii":   strings.Repeat("the quick brown fox, 1 2 3. ", 400),
		"chinese": strings.Repeat("云市场，提供专业的网站建设服务。支持7x24小时；", 150),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				Fold(s)
			}
		})
	}
}

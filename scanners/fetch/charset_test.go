package fetch

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

func encode(t *testing.T, enc encoding.Encoding, s string) string {
	t.Helper()
	out, err := enc.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDecode(t *testing.T) {
	t.Parallel()
	const zh = "<p>云市场商品详情：全国服务热线，价格¥99元起</p>"
	gb := encode(t, simplifiedchinese.GB18030, zh)
	meta := func(charset string) string { return `<html><head><meta charset="` + charset + `"></head>` }
	type result struct{ Text, Charset, How string }
	tests := []struct {
		name, raw, contentType string
		want                   result
	}{
		{"utf-8", zh, "text/html; charset=utf-8", result{zh, "utf-8", ByValid}},
		{"utf-8 declared gbk", zh, "text/html; charset=gbk", result{zh, "utf-8", ByValid}},
		{"utf-8 declared latin-1", zh, "text/html; charset=iso-8859-1", result{zh, "utf-8", ByValid}},
		{"utf-8 bom", "\ufeff" + zh, "text/html; charset=gbk", result{zh, "utf-8", ByBOM}},
		{"utf-16le bom", encode(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), zh), "", result{zh, "utf-16le", ByBOM}},
		{"utf-16be bom", encode(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), zh), "", result{zh, "utf-16be", ByBOM}},
		{"gbk by header", gb, "text/html; charset=GBK", result{zh, "gb18030", ByHeader}},
		{"gb2312 by header, not well formed", gb, "text/html charset=gb2312", result{zh, "gb18030", ByHeader}},
		{"gbk by meta", meta("gb2312") + gb, "text/html", result{meta("gb2312") + zh, "gb18030", ByMeta}},
		{"gbk by http-equiv", `<meta http-equiv=Content-Type content="text/html; charset=gb2312">` + gb, "", result{`<meta http-equiv=Content-Type content="text/html; charset=gb2312">` + zh, "gb18030", ByMeta}},
		{"gbk by xml declaration", `<?xml version="1.0" encoding="gb2312"?>` + gb, "", result{`<?xml version="1.0" encoding="gb2312"?>` + zh, "gb18030", ByMeta}},
		{"meta behind a long comment", "<!--" + strings.Repeat("x", 12<<10) + "-->" + meta("big5") + encode(t, traditionalchinese.Big5, "<p>繁體中文</p>"), "", result{"<!--" + strings.Repeat("x", 12<<10) + "-->" + meta("big5") + "<p>繁體中文</p>", "big5", ByMeta}},
		{"gbk undeclared", gb, "text/html", result{zh, "gb18030", ByContent}},
		{"gbk declared utf-8", meta("utf-8") + gb, "text/html; charset=utf-8", result{meta("utf-8") + zh, "gb18030", ByContent}},
		{"gbk declared latin-1 by the server", meta("gbk") + gb, "text/html; charset=iso-8859-1", result{meta("gbk") + zh, "gb18030", ByMeta}},
		{"gbk declared latin-1, nothing else", gb, "text/html; charset=iso-8859-1", result{zh, "gb18030", ByContent}},
		{"two metas, the second right", meta("utf-8") + meta("gbk") + gb, "", result{meta("utf-8") + meta("gbk") + zh, "gb18030", ByMeta}},
		{"gb18030 four bytes", encode(t, simplifiedchinese.GB18030, "<p>𠮷㐂野家中文</p>"), "text/html; charset=gb2312", result{"<p>𠮷㐂野家中文</p>", "gb18030", ByHeader}},
		{"shift_jis by header", encode(t, japanese.ShiftJIS, "<p>日本語のページ</p>"), "text/html; charset=Shift_JIS", result{"<p>日本語のページ</p>", "shift_jis", ByHeader}},
		{"latin-1 by header", encode(t, charmap.Windows1252, "<p>édition déjà vu</p>"), "text/html; charset=iso-8859-1", result{"<p>édition déjà vu</p>", "windows-1252", ByHeader}},
		{"latin-1 undeclared", "<p>caf\xe9 noir</p>", "", result{"<p>café noir</p>", "windows-1252", ByFallback}},
		{"unknown label", zh, "text/html; charset=klingon", result{zh, "utf-8", ByValid}},
		{"utf-8 cut inside a character", zh[:len("<p>云市")-1], "", result{"<p>云", "utf-8", ByValid}},
		{"gbk cut inside a character", gb[:len("<p>")+5], "text/html; charset=gbk", result{"<p>云市", "gb18030", ByHeader}},
		{"utf-8 with one broken byte", strings.Repeat("云市场", 20) + "\xe4" + strings.Repeat("商品", 20), "text/html; charset=utf-8", result{strings.Repeat("云市场", 20) + "\ufffd" + strings.Repeat("商品", 20), "utf-8", ByValid}},
		{
			"gbk with one character cut in half",
			encode(t, simplifiedchinese.GB18030, strings.Repeat("云市场", 40)) + "\xd4<br>" + encode(t, simplifiedchinese.GB18030, strings.Repeat("商品", 20)),
			"text/html; charset=gbk",
			result{strings.Repeat("云市场", 40) + "\ufffd<br>" + strings.Repeat("商品", 20), "gb18030", ByHeader},
		},
		{"empty", "", "", result{"", "utf-8", ByValid}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text, name, how := Decode([]byte(tt.raw), tt.contentType)
			if diff := cmp.Diff(tt.want, result{string(text), name, how}); diff != "" {
				t.Errorf("Decode (-want +got)\n%s", diff)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("<meta charset=gbk>\xd4\xc6"), "text/html; charset=utf-8")
	f.Add([]byte("\xfe\xff\x00a\xd8"), "")
	f.Add([]byte("<?xml encoding='"), "text/html charset")
	f.Add([]byte("\x81\x30\x81"), "charset=gb18030")
	f.Fuzz(func(t *testing.T, raw []byte, contentType string) {
		text, name, how := Decode(raw, contentType)
		if !utf8.Valid(text) {
			t.Errorf("Decode(%q, %q) as %s by %s is not UTF-8: %q", raw, contentType, name, how, text)
		}
		if name == "" || how == "" {
			t.Errorf("Decode(%q, %q) does not say how", raw, contentType)
		}
	})
}

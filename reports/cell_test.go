package reports

import (
	"strings"
	"testing"
)

func TestCell(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"plain":                  {"云上软件", "云上软件"},
		"empty":                  {"", ""},
		"equals":                 {"=1", "'=1"},
		"plus":                   {"+86 10 1234", "'+86 10 1234"},
		"minus":                  {"-1", "'-1"},
		"at":                     {"@SUM(A1)", "'@SUM(A1)"},
		"full-width at":          {"＠a", "'＠a"},
		"space before":           {"  =1", "'  =1"},
		"ideographic space":      {"\u3000=1", "'\u3000=1"},
		"joiner before":          {"\u200d=1", "'\u200d=1"},
		"tab":                    {"\ta", "' a"},
		"carriage return":        {"\ra", "' a"},
		"sign inside":            {"a=1", "a=1"},
		"apostrophe":             {"'a", "'a"},
		"line break folded":      {"a\r\nb\nc", "a b c"},
		"escape shown":           {"a\x1b[31m", `a\x1b[31m`},
		"number":                 {"12345", "12345"},
		"decimal":                {"0.5", "0.5"},
		"zero":                   {"0", "0"},
		"fifteen digits":         {"123456789012345", "123456789012345"},
		"account number":         {"1234567890123456", "'1234567890123456"},
		"leading zero":           {"007", "'007"},
		"exponent":               {"12e3", "'12e3"},
		"code with letters":      {"cmgj000012", "cmgj000012"},
		"clause like a day":      {"9/24", "'9/24"},
		"ordinary clause":        {"10(5)", "10(5)"},
		"long text is cut":       {strings.Repeat("字", maxCell+1), strings.Repeat("字", maxCell) + "…"},
		"text of maximal size":   {strings.Repeat("字", maxCell), strings.Repeat("字", maxCell)},
		"pairs are not cut":      {strings.Repeat("😀", maxCell), strings.Repeat("😀", maxCell/2) + "…"},
		"invisible characters":   {"加\u200b微信", `加\u200b微信`},
		"invalid bytes":          {"a\xffb", "a\ufffdb"},
		"beyond the first plane": {"a\U000e0041", `a\U000e0041`},
	}
	for name, tt := range tests {
		if got := cell(tt.in); got != tt.want {
			t.Errorf("%s: cell(%.40q) = %.40q, want %.40q", name, tt.in, got, tt.want)
		}
	}
}

func TestPercentIsRoundedDown(t *testing.T) {
	t.Parallel()
	const most = 1<<63 - 1
	tests := []struct {
		part, whole int64
		want        string
	}{
		{0, 0, ""},
		{0, 5, "0.0"},
		{8, 10, "80.0"},
		{7999, 10_000, "79.9"},
		{79_999_999, 100_000_000, "79.9"},
		{999, 1000, "99.9"},
		{9999, 10_000, "99.9"},
		{5, 5, "100.0"},
		{6, 5, "100.0"},
		{-1, 5, "0.0"},
		{1, 3, "33.3"},
		{most - 1, most, "99.9"},
		{most, most, "100.0"},
	}
	for _, tt := range tests {
		if got := percent(tt.part, tt.whole); got != tt.want {
			t.Errorf("percent(%d, %d) = %q, want %q", tt.part, tt.whole, got, tt.want)
		}
	}
	if got, want := percentRange(70, 20, 100), "70.0–90.0"; got != want {
		t.Errorf("percentRange = %q, want %q", got, want)
	}
}

package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"

	"marketwarden/internal/record"
)

// hostileTexts are what a page or a feed may put into any field.
func hostileTexts() map[string]string {
	return map[string]string{
		"ANSI colour and clear": "\x1b[31mred\x1b[2J\x1b]0;title\a",
		"C1 control sequence":   "\u009b31mred",
		"formula":               "=HYPERLINK(\"http://x.example\",\"a\")",
		"formula behind space":  "\u3000 \u200b+1+1",
		"full-width formula":    "＝1+1",
		"tab and formula":       "\t=1+1",
		"quotes and commas":     `a","b;c` + "\t" + `'d"`,
		"end of script":         "</script><script>alert(1)</script>",
		"newlines":              "a\nb\r\nc\rd\u2028e\u2029f\u0085g\vh",
		"NUL and bell":          "a\x00b\a\b",
		"bidi override":         "abc\u202egnp.exe\u2066x\u2069",
		"zero width":            "加\u200b微\ufeff信",
		"tag characters":        "a\U000e0041b",
		"no UTF-8":              "ab\xff\xfe\xe4\xb8c",
		"long":                  strings.Repeat("long text ", 3300),
		"combining":             "z" + strings.Repeat("\u0301", 500),
		"format verbs":          "100% %d %s %!v",
		"emoji":                 "👩\u200d💻👍🏽🇨🇳",
	}
}

// poison puts s into every text of the report, keeping what is ours: numbers, outcomes
// and rule ids.
func poison(s string) record.Report {
	r := sample()
	fill(reflect.ValueOf(&r).Elem(), s)
	return r
}

func fill(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Rule" {
				fill(v.Field(i), s)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i), s)
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() { // outcomes and states have types of their own
			v.SetString(s)
		}
	default:
	}
}

// acts fails the test where output holds anything that acts on its reader: a control
// character that is not allowed, an invisible one, or bytes that are no UTF-8.
func acts(t *testing.T, out []byte, allowed string) {
	t.Helper()
	if !utf8.Valid(out) {
		t.Error("output is not UTF-8")
	}
	for _, r := range string(out) {
		if ' ' <= r && r <= '~' || strings.ContainsRune(allowed, r) || r == '\u200d' || r == '\u200c' {
			continue
		}
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			t.Errorf("output has %U", r)
			return
		}
	}
}

func TestHostileTextStaysInertOnTheTerminal(t *testing.T) {
	t.Parallel()
	for name, s := range hostileTexts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			if err := Terminal(&b, poison(s), TerminalOptions{Lang: "en", Width: 80, Provider: s}); err != nil {
				t.Fatal(err)
			}
			acts(t, b.Bytes(), "\n")
			d := record.SweepDiff{From: 1, To: 2, New: []record.Finding{poison(s).Records[0].Finding}}
			b.Reset()
			if err := Diff(&b, d, "zh"); err != nil {
				t.Fatal(err)
			}
			acts(t, b.Bytes(), "\n")
			if got := strings.Count(b.String(), "\n"); got != 5 {
				t.Errorf("a difference of one finding takes %d lines, want 5:\n%s", got, b.String())
			}
		})
	}
}

func TestHostileTextStaysInertInJSONL(t *testing.T) {
	t.Parallel()
	for name, s := range hostileTexts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := poison(s)
			var b bytes.Buffer
			if err := JSONL(&b, r, Options{Lang: "en"}); err != nil {
				t.Fatal(err)
			}
			acts(t, b.Bytes(), "\n")
			lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
			if len(lines) != len(r.Records)+1 {
				t.Fatalf("%d lines, want %d", len(lines), len(r.Records)+1)
			}
			var got struct {
				Snippet  string `json:"snippet"`
				Expected string `json:"expected"`
				URL      string `json:"url"`
			}
			for _, line := range lines {
				if err := json.Unmarshal([]byte(line), &got); err != nil {
					t.Fatal(err)
				}
				if got.Snippet != "" { // the account's record has none
					break
				}
			}
			text := strings.ToValidUTF8(s, "\ufffd")
			if strings.ToValidUTF8(s, "") != s { // encoding/json writes one U+FFFD a byte, which says the same
				return
			}
			if got.Snippet != text || got.Expected != text || got.URL != text {
				t.Errorf("text is not kept: %.80q", got)
			}
		})
	}
}

func TestHostileTextStaysInertInCSV(t *testing.T) {
	t.Parallel()
	for name, s := range hostileTexts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, f := range files("csv") {
				checkCSV(t, f, poison(s))
			}
		})
	}
}

// checkCSV writes a file, reads it back and holds each cell against what spreadsheets do.
func checkCSV(t *testing.T, f file, r record.Report) {
	t.Helper()
	var b bytes.Buffer
	if err := f.write(&b, r, Options{Lang: "zh"}); err != nil {
		t.Fatal(err)
	}
	body, ok := bytes.CutPrefix(b.Bytes(), []byte("\xef\xbb\xbf"))
	if !ok {
		t.Errorf("%s: no byte order mark", f.name)
	}
	acts(t, body, "\r\n")
	rest := strings.ReplaceAll(string(body), "\r\n", "")
	if strings.ContainsAny(rest, "\r\n") || !bytes.HasSuffix(body, []byte("\r\n")) {
		t.Errorf("%s: lines must end in CRLF and nowhere else", f.name)
	}
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", f.name, err)
	}
	for _, row := range rows {
		for _, c := range row {
			trimmed := strings.TrimSpace(c)
			if trimmed != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(trimmed)[0]) {
				t.Errorf("%s: cell %q is a formula", f.name, c)
			}
			if len(c) > 4*maxCell {
				t.Errorf("%s: cell of %d bytes", f.name, len(c))
			}
		}
	}
}

// TestRealFormulas holds the cells against a collection of formulas seen in the wild.
func TestRealFormulas(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MARKETWARDEN_REAL_DATA")
	if dir == "" {
		t.Skip("MARKETWARDEN_REAL_DATA is not set: the collected CSV formulas were not tried")
	}
	body, err := os.ReadFile(filepath.Join(dir, "hostile", "csv-formulas.txt"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.SplitSeq(string(body), "\n") {
		if line == "" {
			continue
		}
		n++
		for _, before := range []string{"", " ", "\t", "\u3000", "\ufeff", "\r\n"} {
			for _, f := range files("csv") {
				checkCSV(t, f, poison(before+line))
			}
			if got := cell(before + line); !strings.HasPrefix(got, "'") {
				t.Errorf("cell(%q) = %q, want an apostrophe before it", before+line, got)
			}
		}
	}
	if n == 0 {
		t.Error("no formulas found")
	}
}

func TestTerminalKeepsItsWidth(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh", "en"} {
		for _, width := range []int{80, 100, 160} {
			r := poison(strings.Repeat("宽text", 40))
			r.Run.Market, r.Run.Scope = "demo", "all"
			var b bytes.Buffer
			if err := Terminal(&b, r, TerminalOptions{Lang: lang, Width: width, Rules: testCatalogue()}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.SplitSeq(b.String(), "\n") {
				if w := uniseg.StringWidth(line); w > width {
					t.Errorf("%s, width %d: line of %d columns: %s", lang, width, w, line)
				}
				if strings.TrimRight(line, " ") != line {
					t.Errorf("line ends in spaces: %q", line)
				}
			}
		}
	}
}

func TestColourOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	out := map[bool]string{}
	for _, color := range []bool{false, true} {
		var b bytes.Buffer
		if err := Terminal(&b, sample(), TerminalOptions{Color: color, Rules: testCatalogue()}); err != nil {
			t.Fatal(err)
		}
		out[color] = b.String()
	}
	if strings.Contains(out[false], "\x1b") {
		t.Error("coloured without being asked")
	}
	if !strings.Contains(out[true], "\x1b[31m") {
		t.Error("not coloured when asked")
	}
	bare := strings.NewReplacer("\x1b[0m", "", "\x1b[1m", "", "\x1b[2m", "", "\x1b[31m", "", "\x1b[32m", "", "\x1b[33m", "")
	if diff := cmp.Diff(out[false], bare.Replace(out[true])); diff != "" {
		t.Errorf("colour changes the text (-plain +coloured)\n%s", diff)
	}
}

// failing is a writer that takes n bytes.
type failing struct{ n int }

func (f *failing) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestWriterErrorsAreTold(t *testing.T) {
	t.Parallel()
	for name, write := range renderers() {
		if err := write(&failing{n: 10}, sample()); err == nil {
			t.Errorf("%s hides that its writer failed", name)
		}
	}
}

func FuzzCell(f *testing.F) {
	for _, s := range hostileTexts() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := cell(s)
		acts(t, []byte(got), "")
		if formula(got) {
			t.Errorf("cell(%q) = %q is a formula", s, got)
		}
	})
}

func FuzzJSONL(f *testing.F) {
	for _, s := range hostileTexts() {
		f.Add(s, 1, 3)
	}
	f.Fuzz(func(t *testing.T, s string, from, to int) {
		fd := finding("P", "L", s)
		fd.Occurrences[0].Snippet, fd.Occurrences[0].Mark = s, [2]int{from, to}
		var b bytes.Buffer
		r := record.Report{Records: []record.View{view(fd, record.ChangeNew)}}
		if err := JSONL(&b, r, Options{}); err != nil {
			t.Fatal(err)
		}
		acts(t, b.Bytes(), "\n")
		first, _, _ := strings.Cut(b.String(), "\n")
		var got struct {
			Snippet string `json:"snippet"`
			Mark    [2]int `json:"mark"`
		}
		if err := json.Unmarshal([]byte(first), &got); err != nil {
			t.Fatal(err)
		}
		if m := got.Mark; m[0] < 0 || m[0] > m[1] || m[1] > len(got.Snippet) || !utf8.ValidString(got.Snippet[m[0]:m[1]]) {
			t.Errorf("mark %v does not fit snippet %q", m, got.Snippet)
		}
	})
}

package market

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// readTable reads all rows; each is preceded by its line.
func readTable(text string) (header []string, rows map[int][]string, err error) {
	facts, err := Inspect("table", strings.NewReader(text))
	if err != nil {
		return nil, nil, err
	}
	t, err := OpenTable("table", strings.NewReader(text), facts)
	if err != nil {
		return nil, nil, err
	}
	rows = map[int][]string{}
	for {
		cells, line, err := t.Next()
		if errors.Is(err, io.EOF) {
			return t.Header, rows, nil
		}
		if err != nil {
			return t.Header, rows, err
		}
		rows[line] = append([]string{}, cells...)
	}
}

// TestTable: a spreadsheet may save the same table in many ways.
func TestTable(t *testing.T) {
	t.Parallel()
	plain := "规则,\"a;b\tc\"\r\n\r\nx,\"1\r\n2\"\r\n,\r\ny,说明\r\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"UTF-8": plain, "BOM": "\ufeff" + plain, "GB18030": gb,
		"semicolon": "规则;\"a;b\tc\"\n\nx;\"1\n2\"\n;\ny;说明", "tab": "规则\t\"a;b\tc\"\n\nx\t\"1\n2\"\n\t\ny\t说明\n",
	} {
		header, rows, err := readTable(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff([]string{"规则", "a;b\tc"}, header); diff != "" {
			t.Errorf("%s: header (-want +got)\n%s", name, diff)
		}
		if diff := cmp.Diff(map[int][]string{3: {"x", "1\n2"}, 6: {"y", "说明"}}, rows); diff != "" {
			t.Errorf("%s: rows (-want +got)\n%s", name, diff)
		}
	}
}

func TestTablesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"empty":      {"", "table:1: the file is empty"},
		"blank":      {"\n , \n", "table:1: the file is empty"},
		"open quote": {"a,b\n\"x," + strings.Repeat("y", 2*MaxFeedRow), "table:2: the row is longer than 1 MiB"},
		"bare quote": {"a,b\nx,y\"z\n", "table:2: a quotation mark inside a value"},
		"UTF-16":     {"\xff\xfea\x00", "table: the file is UTF-16"},
		"columns":    {strings.Repeat("a,", MaxFeedColumns) + "a\n", "table:1: more than 1000 columns"},
	} {
		if _, _, err := readTable(tt.text); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func FuzzTable(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a;b\n\"1\n;\";2", "\ufeffa\tb\r\n", "\"", "a\n\"\"\"\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		header, rows, err := readTable(text)
		if err == nil && len(header) == 0 && len(rows) > 0 {
			t.Errorf("%d rows without header", len(rows))
		}
	})
}

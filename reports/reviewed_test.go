package reports

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"marketwarden/internal/cases"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// reviewedRows are the rows of violations.csv, the header first.
func reviewedRows(t *testing.T, lang string) [][]string {
	t.Helper()
	var b bytes.Buffer
	if err := ViolationsCSV(&b, sample(), Options{Lang: lang, Rules: testCatalogue()}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b.Bytes(), []byte("\xef\xbb\xbf")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func save(t *testing.T, rows [][]string, comma rune, crlf bool) string {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma, w.UseCRLF = comma, crlf
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func readReview(text string) (*Review, error) {
	return ReadReviewed("v.csv", strings.NewReader(text), "li", at(5, 9), 365)
}

// TestReviewedFileComesBack: what the report writes, people fill in and spreadsheets save
// is what is read, whatever the language, the encoding, the separator and the order of
// the columns.
func TestReviewedFileComesBack(t *testing.T) {
	t.Parallel()
	gb := func(s string) string {
		out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, lang := range []string{"zh", "en"} {
		rows := reviewedRows(t, lang)
		hash, mark := len(rows[0])-2, len(rows[0])-1
		rows[1][0], rows[1][1] = "Confirm", "=2 links, \"both\"\nseen"
		rows[2][0], rows[2][1] = "驳回", "'tis not so"
		rows[3][0], rows[3][1], rows[3][2], rows[3][3] = " waive", "agreed", "2026/4/1", "王经理"
		rows[4][0], rows[4][1] = "确认", "'+86 number" // as the program itself would write it
		decided := 0
		seen := func(row []string) int64 { // the decision that the report says was the last
			if row[hash-1] == "" {
				return 0
			}
			decided++
			id, err := strconv.ParseInt(row[hash-1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		order := func(kind record.DecisionKind, why string, row []string) cases.Order {
			return cases.Order{Kind: kind, Who: "li", Why: why, Content: row[hash], Seen: seen(row)}
		}
		want := []Reviewed{
			{Fingerprint: rows[1][mark], Order: order(record.Confirm, "=2 links, \"both\"\nseen", rows[1])},
			{Fingerprint: rows[2][mark], Order: order(record.Dismiss, "'tis not so", rows[2])},
			{Fingerprint: rows[3][mark], Order: order(record.Waive, "agreed", rows[3])},
			{Fingerprint: rows[4][mark], Order: order(record.Confirm, "+86 number", rows[4])},
		}
		if decided == 0 || decided == len(want) {
			t.Fatalf("%d of %d rows were decided before: the sample tells nothing", decided, len(want))
		}
		want[2].Order.Until, want[2].Order.Owner = time.Date(2026, 4, 1, 0, 0, 0, 0, market.Shanghai), "王经理"
		for i, line := range []int{2, 4, 5, 6} { // the first why takes two lines
			want[i].Line = line
		}
		turned := make([][]string, len(rows))
		for i := range rows {
			turned[i] = slices.Clone(rows[i])
			slices.Reverse(turned[i])
		}
		for name, text := range map[string]string{
			"UTF-8": "\ufeff" + save(t, rows, ',', true), "GB18030": gb(save(t, rows, ',', true)),
			"semicolon": save(t, rows, ';', true), "tab": save(t, rows, '\t', false), "turned round": save(t, turned, ',', false),
		} {
			got, err := readReview(text)
			if err != nil {
				t.Errorf("%s, %s: %v", lang, name, err)
				continue
			}
			for i := range want {
				want[i].Order.Source = cases.Source("v.csv", got.SHA256)
			}
			if diff := cmp.Diff(want, got.Rows); diff != "" {
				t.Errorf("%s, %s (-want +got)\n%s", lang, name, diff)
			}
			if got.Skipped != len(rows)-1-len(want) {
				t.Errorf("%s, %s: %d rows skipped of %d", lang, name, got.Skipped, len(rows)-1)
			}
		}
	}
}

func TestReviewedFilesAreRefused(t *testing.T) {
	t.Parallel()
	const decision, why, until, owner = 0, 1, 2, 3
	fresh := func() [][]string { return reviewedRows(t, "en") }
	hash, mark := len(fresh()[0])-2, len(fresh()[0])-1
	for name, tt := range map[string]struct {
		change func(rows [][]string)
		want   string
	}{
		"unknown word": {func(r [][]string) { r[1][decision] = "ok" }, `v.csv:2:decision: "ok" is none of`},
		"no reason":    {func(r [][]string) { r[2][decision] = "confirm" }, "v.csv:3:why: why must not be empty"},
		"no such day": {func(r [][]string) {
			r[1][decision], r[1][why], r[1][until], r[1][owner] = "waive", "x", "4/1/2026", "w"
		}, `v.csv:2:waive until: "4/1/2026" is no day`},
		"too long": {func(r [][]string) {
			r[1][decision], r[1][why], r[1][until], r[1][owner] = "waive", "x", "2028-01-01", "w"
		}, "v.csv:2:waive until: a waiver may last 365 days"},
		"nobody answers":     {func(r [][]string) { r[1][decision], r[1][why], r[1][until] = "waive", "x", "2026-04-01" }, "v.csv:2:owner: owner must not be empty"},
		"no waiver":          {func(r [][]string) { r[1][decision], r[1][why], r[1][until] = "confirm", "x", "2026-04-01" }, "v.csv:2:waive until: only a waiver has a last day"},
		"no fingerprint":     {func(r [][]string) { r[1][decision], r[1][why], r[1][mark] = "confirm", "x", "" }, "v.csv:2:fingerprint: the fingerprint is missing"},
		"no content hash":    {func(r [][]string) { r[1][decision], r[1][why], r[1][hash] = "confirm", "x", "" }, "v.csv:2:content hash: the content hash is missing"},
		"one record twice":   {func(r [][]string) { r[1][decision], r[1][why] = "confirm", "x"; copy(r[2], r[1]) }, "v.csv:3:fingerprint: line 2 decides about the same record"},
		"another decision":   {func(r [][]string) { r[1][decision], r[1][why], r[1][hash-1] = "confirm", "x", "1.5" }, `v.csv:2:decision number: "1.5" is no number of a decision`},
		"decision nought":    {func(r [][]string) { r[1][decision], r[1][why], r[1][hash-1] = "confirm", "x", "0" }, `v.csv:2:decision number: "0" is no number of a decision`},
		"an older export":    {func(r [][]string) { r[0][hash-1] = "note" }, `v.csv:1: the column "决定编号" (decision number) is missing: it was deleted, or the file was exported before`},
		"a column is gone":   {func(r [][]string) { r[0][why] = "because" }, `v.csv:1: the column "审核理由" (why) is missing`},
		"a column is double": {func(r [][]string) { r[0][5] = "审核决定" }, "v.csv:1:审核决定: the column is there twice"},
	} {
		rows := fresh()
		tt.change(rows)
		_, err := readReview(save(t, rows, ',', true))
		var fe *market.FeedError
		if !errors.As(err, &fe) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	rows := fresh()
	for i := 1; i < len(rows); i++ {
		rows[i][decision] = "perhaps"
	}
	if _, err := readReview(save(t, rows, ',', true)); err == nil || strings.Count(err.Error(), "perhaps") != len(rows)-1 {
		t.Errorf("not every problem is told: %v", err)
	}
}

// TestUncell: what the export puts before a cell is taken away again, and nothing else.
func TestUncell(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"=1+1", "+86", "007", "12e3", "9/24", "'quoted'", "plain", "'", "-", "－1", ""} {
		if got := uncell(cell(s)); got != s {
			t.Errorf("uncell(%q) = %q, want %q", cell(s), got, s)
		}
	}
}

func FuzzReadReviewed(f *testing.F) {
	f.Add("审核决定,审核理由,豁免至,豁免责任人,决定编号,内容哈希,指纹\nconfirm,x,,,7,aa,bb\n")
	f.Add("decision;why;waive until;owner;decision number;content hash;fingerprint\nwaive;x;2026-04-01;w;;aa;bb\n\"\n")
	f.Add("decision\twhy\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := readReview(text)
		if err != nil {
			return
		}
		for _, row := range r.Rows {
			if row.Fingerprint == "" || row.Order.Content == "" || row.Order.Seen < 0 || row.Order.Check(at(5, 9), 365) != nil {
				t.Errorf("taken: %+v", row)
			}
		}
	})
}

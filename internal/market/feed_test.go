package market

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// readFeed reads all of a feed: good and bad rows as text, and the reader.
func readFeed(kind FeedKind, text string, m *FeedMap) (rows []FeedRow, bad []string, r *FeedReader, err error) {
	src := strings.NewReader(text)
	facts, err := Inspect("feed", src)
	if err != nil {
		return nil, nil, nil, err
	}
	if r, err = OpenFeed(kind, "feed", src, facts, m); err != nil {
		return nil, nil, r, err
	}
	for {
		var row FeedRow
		err := r.Next(&row)
		if errors.Is(err, io.EOF) {
			return rows, bad, r, nil
		}
		if err != nil {
			return rows, bad, r, err
		}
		for _, p := range row.Problems {
			bad = append(bad, p.String())
		}
		if len(row.Problems) == 0 {
			row.Fields, row.Problems = nil, nil
			rows = append(rows, row)
		}
	}
}

func mustMap(t *testing.T, text string) *FeedMap {
	t.Helper()
	m, err := ReadFeedMap("map.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestParseFeedTime(t *testing.T) {
	t.Parallel()
	at := func(h, m, s, ns int) time.Time { return time.Date(2026, 1, 31, h, m, s, ns, Shanghai) }
	for in, want := range map[string]time.Time{
		"2026-01-31":                at(0, 0, 0, 0),
		"2026/1/31":                 at(0, 0, 0, 0),
		"2026.1.31":                 at(0, 0, 0, 0),
		"2026年1月31日":                at(0, 0, 0, 0),
		"2026年1月31日 8:05":           at(8, 5, 0, 0),
		"20260131":                  at(0, 0, 0, 0),
		"2026-01-31 15:04":          at(15, 4, 0, 0),
		"2026-01-31  15:04:05":      at(15, 4, 5, 0),
		"2026-01-31T15:04:05.25":    at(15, 4, 5, 250_000_000),
		"2026-01-31T15:04:05+08:00": at(15, 4, 5, 0),
		"2026-01-31T07:04:05Z":      at(15, 4, 5, 0),
		"2026-01-31 02:04:05 -0500": at(15, 4, 5, 0),
	} {
		if got, err := ParseFeedTime(in, Shanghai); err != nil || !got.Equal(want) {
			t.Errorf("ParseFeedTime(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "-", "2026", "2026-13-01", "2026-02-29", "2100-02-29", "2026-01-31x", "2026-01-31 24:00", "2026-01-31 1", "2026/01-31",
		"2026年1月31", "31/01/2026", "1969-12-31", "2026-01-31T", "2026-01-31 10:00:00 CST", "2026-01-31 10:00+8", "20260131235959", "２０２６-01-01",
	} {
		if got, err := ParseFeedTime(in, Shanghai); err == nil {
			t.Errorf("ParseFeedTime(%q) = %v; want an error", in, got)
		}
	}
}

func TestParseMoney(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in, format string
		want       Fen
		ok         bool
	}{
		{"0", "", 0, true},
		{"12.5", "", 1250, true},
		{"12.50", "", 1250, true},
		{"12.5000", "", 1250, true},
		{"¥ 0.01", "", 1, true},
		{"￥99", "", 9900, true},
		{"90071992547409.91", "", 9007199254740991, true}, // beyond what a float64 of yuan can hold exactly
		{"-0.00", "", 0, true},
		{"1,234.56", "1,234.56", 123456, true},
		{"1.234.567,8", "1.234,56", 123456780, true},
		{"1 234,56", "1 234,56", 123456, true},
		{"12.345", "", 0, false},
		{"-1", "", 0, false},
		{"1,234.56", "", 0, false},
		{"12,34", "1,234.56", 0, false},
		{"1234,567.00", "1,234.56", 0, false},
		{"1e3", "", 0, false},
		{".5", "", 0, false},
		{"5.", "", 0, false},
		{"NaN", "", 0, false},
		{"99999999999999999999", "", 0, false},
		{"", "", 0, false},
	} {
		f, _ := parseNumberFormat(tt.format)
		got, err := parseMoney(tt.in, f, 2)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("parseMoney(%q, %q) = %d, %v; want %d, ok %v", tt.in, tt.format, got, err, tt.want, tt.ok)
		}
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("名称,𠮷\n")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("云", lookBuffer) // characters are cut by the ends of chunks
	longGB, err := simplifiedchinese.GB18030.NewEncoder().String("x" + long)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		in   string
		want FeedEncoding
	}{
		"ASCII":            {"a,b\n", EncodingUTF8},
		"UTF-8":            {"名称\n", EncodingUTF8},
		"mark":             {"\ufeff名称\n", EncodingUTF8},
		"long":             {"x" + long, EncodingUTF8},
		"empty":            {"", EncodingUTF8},
		"GB18030":          {gb, EncodingGB18030},
		"long GB18030":     {longGB, EncodingGB18030},
		"neither":          {"a\xff\xff\xff", ""},
		"cut UTF-8":        {"名称"[:5], ""},
		"mark and garbage": {"\ufeff\xc3\xfb\xb3\xc6", ""},
		"UTF-16":           {"\xff\xfea\x00", ""},
		"NUL":              {"a\x00b", ""},
	} {
		src := strings.NewReader(tt.in)
		got, err := Inspect("feed", src)
		var fe *FeedError
		if got.Encoding != tt.want || (tt.want == "") != errors.As(err, &fe) {
			t.Errorf("%s: %q, %v; want %q", name, got.Encoding, err, tt.want)
		}
		if err == nil && src.Len() != len(tt.in) {
			t.Errorf("%s: not rewound", name)
		}
	}
}

func TestReadCSVOrders(t *testing.T) {
	t.Parallel()
	text := "\ufeffStatus , ORDER_ID,listing_id,paid_at,note\r\n" +
		"已付款,o1,l1,2026-01-31 08:00,\"two\r\nlines\"\r\n" +
		"\r\n" +
		" , ,,,\r\n" +
		"Status,ORDER_ID,listing_id,paid_at,note\r\n" +
		"closed,o2,l1,,x" // no line break at the end
	rows, bad, r, err := readFeed(FeedOrders, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []FeedRow{
		{Line: 2, Order: Order{
			OrderID: "o1", LineNo: 1, ListingID: "l1", PaidAt: time.Date(2026, 1, 31, 8, 0, 0, 0, Shanghai), Quantity: 1,
			Status: OrderPaid, DeployedOn: DeployedUnknown,
		}},
		{Line: 7, Order: Order{OrderID: "o2", LineNo: 1, ListingID: "l1", Quantity: 1, Status: OrderClosed, DeployedOn: DeployedUnknown}},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if len(bad) > 0 {
		t.Errorf("bad: %q", bad)
	}
	if diff := cmp.Diff(FeedCounts{Lines: 7, Header: 1, Good: 2, Blank: 2, Repeated: 1, Continuation: 1}, r.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"note"}, r.Ignored()); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
}

func TestReadJSONLListings(t *testing.T) {
	t.Parallel()
	text := `{"listing_id":"l1","provider_id":"p1","title":"备份","delivery":"镜像","detail_url":"https://m.example/l1","price":99.90,"listed_at":"2026-01-01","status":"on_sale","extra":{"a":[1]}}
{"listing_id":"l2","provider_id":null,"status":"off_sale"}

{"listing_id":"l3","listing_id":"l4"}
[1]
{"listing_id":{}}
{"listing_id":"l5","provider_id":"p1","status":"在售","detail_url":"u","delisted_at":"2026-01-02"} {}
{"listing_id":"l6","provider_id":"p1","status":"在售","detail_url":"u","listed_at":"2026-01-03","delisted_at":"2026-01-02"}
{"listing_id":"l7","provider_id":"p1","status":"在售","listed_at":"2026-01-01","delisted_at":"2026-01-02"}
{"listing_id":"l8","provider_id":"a\u0000b","status":"下架"}`
	rows, bad, r, err := readFeed(FeedListings, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []FeedRow{
		{Line: 1, Listing: Listing{
			ID: "l1", ProviderID: "p1", Title: "备份", Delivery: DeliveryImage, DetailURL: "https://m.example/l1", Price: "99.90",
			ListedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, Shanghai), Status: StatusOnSale,
		}},
		{Line: 8, Listing: Listing{
			ID: "l6", ProviderID: "p1", DetailURL: "u", ListedAt: time.Date(2026, 1, 3, 0, 0, 0, 0, Shanghai), Status: StatusOnSale,
		}},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	wantBad := []string{
		`2:provider_id: must not be empty: ""`,
		`4:listing_id: the key is there twice`,
		`5: not a JSON object`,
		`6:listing_id: must be a text, a number or a list of texts`,
		`7: more than one JSON value in the line`,
		`9:detail_url: must not be empty while the listing is on sale: ""`,
		`9:delisted_at: the listing is on sale, yet it was taken down: "2026-01-02"`,
		`10:provider_id: holds a NUL character: "a\x00b"`,
	}
	// Line 5 begins with a bracket, but the feed was taken for JSONL by its first line.
	if diff := cmp.Diff(wantBad, bad); diff != "" {
		t.Errorf("bad (-want +got):\n%s", diff)
	}
	if c := r.Counts(); !c.Accounted() || c.Lines != 10 || c.Blank != 1 {
		t.Errorf("counts: %+v", c)
	}
	if diff := cmp.Diff([]string{"extra"}, r.Ignored()); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
}

func TestFeedsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"empty":          {"", "feed:1: the file is empty: the header is missing"},
		"column missing": {"order_id,listing_id,paid_at\n", `feed:1:status: the required column is missing; the file has "order_id", "listing_id", "paid_at"`},
		"column twice":   {"order_id,Order_ID,listing_id,paid_at,status\n", "feed:1:order_id: the column is there twice"},
		"open quote":     {"order_id,listing_id,paid_at,status\n\"" + strings.Repeat("x,", MaxFeedRow) + "\n", "feed:2: the row is longer than 1 MiB (is a quotation mark not closed?)"},
		"long JSON":      {"{\"x\":1}\n{\"a\":\"" + strings.Repeat("x", 2*MaxFeedRow), "feed:2: the row is longer than 1 MiB"},
	} {
		_, _, _, err := readFeed(FeedOrders, tt.text, nil)
		var fe *FeedError
		if !errors.As(err, &fe) || err.Error() != tt.want {
			t.Errorf("%s: %v; want %s", name, err, tt.want)
		}
	}
}

func TestValuesInMessagesAreBoundedAndEscaped(t *testing.T) {
	t.Parallel()
	text := "order_id,listing_id,paid_at,status\no1,l1,,\x1b[31m" + strings.Repeat("长", 100) + "\n"
	_, bad, _, err := readFeed(FeedOrders, text, nil)
	if err != nil || len(bad) != 1 {
		t.Fatalf("bad: %q, %v", bad, err)
	}
	if strings.Contains(bad[0], "\x1b") || len(bad[0]) > 200 || !strings.HasSuffix(bad[0], `…"`) {
		t.Errorf("message: %q", bad[0])
	}
}

func TestMappedFeed(t *testing.T) {
	t.Parallel()
	m := mustMap(t, `
kind: orders
delimiter: ";"
header_row: 3
columns:
  order_id: {hash: [Shop, No]}
  line_no: Pos
  listing_id: {join: [Shop, Item], sep: "-"}
  paid_at: {column: Paid, format: "01/02/06 15:04", tz: America/New_York}
  amount: {column: Price, format: "1.234,56", times: Qty}
  quantity: Qty
  status: {column: State, values: {"9": paid, "*": closed}}
  deployed_on: {const: 云上}
`)
	text := "Export of March\n\nShop;No;Pos;Item;Paid;Price;Qty;State\n" +
		"s1;77;2;x;03/27/19 13:58;1.000,50;3;9\n" +
		"s1;78;1;x;;2;1;4\n" +
		"s1;79;1;x;27.03.2019;0,5;1,5;9\n"
	rows, bad, r, err := readFeed(FeedOrders, text, m)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || len(rows[0].Order.OrderID) != 32 || rows[0].Order.OrderID == rows[1].Order.OrderID {
		t.Fatalf("rows: %+v", rows)
	}
	want := Order{
		OrderID: rows[0].Order.OrderID, LineNo: 2, ListingID: "s1-x", PaidAt: time.Date(2019, 3, 28, 1, 58, 0, 0, Shanghai),
		Quantity: 3, Amount: 300150, Status: OrderPaid, DeployedOn: DeployedCloud,
	}
	if diff := cmp.Diff(want, rows[0].Order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	wantBad := []string{
		`6:Paid: not a time of the form 01/02/06 15:04: "27.03.2019"`,
		`6:Qty: not a number: "1,5"`,
		`6:Qty: not a number: "1,5"`,
	}
	if diff := cmp.Diff(wantBad, bad); diff != "" {
		t.Errorf("bad (-want +got):\n%s", diff)
	}
	if c := r.Counts(); !c.Accounted() || c.Header != 3 {
		t.Errorf("counts: %+v", c)
	}
}

func TestMapErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"unknown key":    {"kind: orders\ncolumn: {}\n", "[2:1]"},
		"unknown column": {"kind: orders\ncolumns:\n  title: Name\n", `map.yaml:[3:3] no feed column of that name: "title"`},
		"unknown spec":   {"columns:\n  title: {colum: Name}\n", "[2:"},
		"two ways":       {"columns:\n  title: {column: a, const: b}\n", "[2:3] title needs exactly one of"},
		"bad layout":     {"columns:\n  paid_at:\n    column: a\n    format: yyyy-mm-dd\n", "[4:5] format must be a layout"},
		"bad zone":       {"columns:\n  paid_at: {column: a, tz: Mars/Base}\n", "[2:24] tz must be the name"},
		"auto":           {"columns:\n  quantity: auto\n", "[2:3] auto is for line_no only"},
		"kind":           {"kind: refunds\n", "[1:1] no feed of kind"},
		"not a map":      {"- a\n", "map.yaml:[1:"},
		"alias":          {"columns: &c\n  title: x\nkind: *c\n", "anchors, aliases and tags"},
		"tag":            {"names: !a, b]\n", "anchors, aliases and tags"},
		"empty":          {"", "map.yaml"},
		"names":          {"header_row: 0\n", "names goes with header_row: 0"},
	} {
		_, err := ReadFeedMap("map.yaml", strings.NewReader(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v; want %q", name, err, tt.want)
		}
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	parse := func(s string) Range {
		r, err := ParseRange(s)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	var got []string
	ranges := []Range{parse("2026-03-01..2026-03-31"), parse("2026-01-01..2026-01-31"), parse("2026-02-01..2026-02-10"), parse("2026-01-05..2026-01-06")}
	for _, r := range MergeRanges(ranges) {
		got = append(got, r.String())
	}
	if diff := cmp.Diff([]string{"2026-01-01..2026-02-10", "2026-03-01..2026-03-31"}, got); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
	for text, want := range map[string]bool{
		"2026-01-01..2026-02-10": true, "2026-01-31..2026-02-01": true, "2026-02-10..2026-02-11": false, "2025-12-31..2026-01-01": false,
	} {
		if r := parse(text); Covers(ranges, r.From, r.To) != want {
			t.Errorf("Covers(%s) = %v", text, !want)
		}
	}
	for _, text := range []string{"", "2026-01-01", "2026-01-02..2026-01-01", "2026-1-1..2026-01-02", "2026-01-01..", "2026-01-01..2026-02-30"} {
		if _, err := ParseRange(text); err == nil {
			t.Errorf("ParseRange(%q) took it", text)
		}
	}
}

func FuzzFeed(f *testing.F) {
	f.Add("order_id,listing_id,paid_at,status\no1,l1,2026-01-01,paid\n")
	f.Add("order_id,listing_id,paid_at,status\n\"o\n1\",l1,,closed\n\n,,,\no\"x,\n\"a\"b\n")
	f.Add("order_id,listing_id,paid_at,status\n\"open\nto the end")
	f.Add("{\"order_id\":\"o1\",\"listing_id\":1,\"paid_at\":\"20260101\",\"status\":\"paid\"}\n\n{\n[]\n")
	f.Add("order_id;x\n\r\r\n\"\r\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []FeedKind{FeedOrders, FeedListings, FeedProviders, FeedComplaints} {
			src := bytes.NewReader([]byte(text))
			facts, err := Inspect("feed", src)
			if err != nil {
				return
			}
			// Nothing is required, so that reading begins whatever the header is.
			none := ""
			m := &FeedMap{HeaderRow: 1, Columns: map[string]FeedColumn{}}
			for _, c := range kind.columns() {
				if c.required && !strings.Contains(text, c.name) {
					m.Columns[c.name] = FeedColumn{Const: &none}
				}
			}
			r, err := OpenFeed(kind, "feed", src, facts, m)
			if err != nil {
				continue
			}
			var row FeedRow
			good, bad := 0, 0
			for err == nil {
				if err = r.Next(&row); err == nil {
					if len(row.Problems) > 0 {
						bad++
					} else {
						good++
					}
				}
			}
			c := r.Counts()
			if errors.Is(err, io.EOF) && (!c.Accounted() || c.Good != good || c.Bad != bad) {
				t.Errorf("%q: %+v, %d good, %d bad", text, c, good, bad)
			}
		}
	})
}

func FuzzFeedMap(f *testing.F) {
	f.Add("kind: orders\ncolumns:\n  order_id: No\n  line_no: auto\n  paid_at: {column: Day, format: 2006-01-02, tz: Asia/Tokyo}\n")
	f.Add("columns: {status: {const: paid, values: {a: b}}}\nheader_row: 0\nnames: [a, b]\n")
	f.Add("columns: [")
	f.Add("a: &x [*x]")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ReadFeedMap("map.yaml", strings.NewReader(text))
		if err == nil && m == nil {
			t.Error("neither a map nor an error")
		}
	})
}

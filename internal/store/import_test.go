package store_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"golang.org/x/text/encoding/simplifiedchinese"

	"marketwarden/internal/market"
	"marketwarden/internal/store"
	"marketwarden/internal/store/storetest"
)

const (
	providersHead = "provider_id,name,kind,site_url,contact_email,markets,status,joined_on\n"
	listingsHead  = "listing_id,provider_id,title,market,delivery,detail_url,product_page_url,price,listed_at,delisted_at,status\n"
	ordersHead    = "order_id,line_no,listing_id,buyer_account,paid_at,completed_at,refunded_at,quantity,amount,status,deployed_on\n"
)

func importNow() time.Time { return time.Date(2026, 11, 20, 2, 0, 0, 0, market.Shanghai) }

// load imports text and fails the test when it is refused.
func load(t *testing.T, s *store.Store, kind market.FeedKind, text string, change ...func(*store.ImportOptions)) *store.ImportResult {
	t.Helper()
	res, err := try(t.Context(), s, kind, text, change...)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func try(ctx context.Context, s *store.Store, kind market.FeedKind, text string, change ...func(*store.ImportOptions)) (*store.ImportResult, error) {
	opt := store.ImportOptions{Name: "feed", Now: importNow()}
	for _, c := range change {
		c(&opt)
	}
	return s.Import(ctx, kind, strings.NewReader(text), opt)
}

// accounted checks that every line of the file is accounted for.
func accounted(t *testing.T, r *store.ImportResult) {
	t.Helper()
	sum := int64(r.Read.Header+r.Read.Blank+r.Read.Repeated+r.Read.Continuation) + r.Loaded() + r.Duplicate + r.Bad
	if sum != int64(r.Read.Lines) {
		t.Errorf("%d of %d lines are accounted for: %+v", sum, r.Read.Lines, r)
	}
}

func tableText(t *testing.T, s *store.Store, sql string) string {
	t.Helper()
	rows, err := s.Pool.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func TestImportChangesNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	feeds := []struct {
		kind market.FeedKind
		text string
	}{
		{market.FeedProviders, providersHead +
			"p1,云海科技,企业,https://p1.example/,ops@p1.example,software;service,active,2020-02-03\n" +
			"p2,\"Li, Ming\",individual,,,,left,\n"},
		{market.FeedListings, listingsHead +
			"l1,p1,Backup,software,镜像,https://m.example/l1,https://p1.example/backup,99.00,2026-01-02 03:04:05,,on_sale\n" +
			"l2,p9,Old,service,,,,,2020-01-01,2021-01-01,off_sale\n"},
		{market.FeedOrders, ordersHead +
			"o2,1,l1,b,2026-02-01 10:00,,,2,19.90,paid,cloud\n" +
			"o1,,l7,b,2026-02-01T10:00:00Z,2026-02-02,,,0,completed,\n" +
			"o1,2,l1,b,,,,,,pending,\n"},
	}
	for _, f := range feeds {
		table := string(f.kind)
		first := load(t, s, f.kind, f.text)
		accounted(t, first)
		sql := `SELECT x.xmin::text || ' ' || to_jsonb(x)::text FROM ` + table + ` x ORDER BY 1`
		before := tableText(t, s, sql)
		again := load(t, s, f.kind, f.text)
		accounted(t, again)
		if again.New != 0 || again.Changed != 0 || again.Unchanged != first.New {
			t.Errorf("%s again: %+v", table, again)
		}
		if diff := cmp.Diff(before, tableText(t, s, sql)); diff != "" {
			t.Errorf("%s changed when imported again (-before +after):\n%s", table, diff)
		}
	}

	providers, listings := inScope(t, s, store.CatalogueFilter{})
	want := []market.Provider{{
		ID: "p1", Name: "云海科技", Kind: market.ProviderEnterprise, SiteURL: "https://p1.example/", ContactEmail: "ops@p1.example",
		Markets: []string{"software", "service"}, Status: market.StatusActive,
		JoinedOn: time.Date(2020, 2, 3, 0, 0, 0, 0, market.Shanghai),
	}}
	if diff := cmp.Diff(want, providers); diff != "" {
		t.Errorf("providers (-want +got):\n%s", diff)
	}
	wantListings := []market.Listing{{
		ID: "l1", ProviderID: "p1", Title: "Backup", Market: "software", Delivery: market.DeliveryImage, DetailURL: "https://m.example/l1",
		ProductPageURL: "https://p1.example/backup", Price: "99.00", ListedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, market.Shanghai), Status: market.StatusOnSale,
	}}
	if diff := cmp.Diff(wantListings, listings); diff != "" {
		t.Errorf("listings (-want +got):\n%s", diff)
	}
	gotOrders := tableText(t, s, `SELECT concat_ws('|', order_id, line_no, listing_id, paid_at, completed_at, quantity, amount_fen, status, deployed_on)
		FROM orders ORDER BY order_id, line_no`)
	wantOrders := "o1|1|l7|2026-02-01 10:00:00+00|2026-02-01 16:00:00+00|1|0|completed|unknown\n" +
		"o1|2|l1|1|0|pending|unknown\n" +
		"o2|1|l1|2026-02-01 02:00:00+00|2|1990|paid|cloud"
	if diff := cmp.Diff(wantOrders, gotOrders); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
}

func TestImportIsAllOrNothing(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	text := ordersHead +
		"o1,1,l1,b,2026-02-01,,,1,1,paid,cloud\n" +
		"o2,1,l1,b,2026-02-31,,,1,1.234,paid,moon\n" +
		"o3,1,l1,b,2026-02-03,,,1,1,paid,cloud\n"
	res, err := try(t.Context(), s, market.FeedOrders, text)
	if _, ok := errors.AsType[*market.FeedError](err); !ok {
		t.Fatalf("got %v, want a *market.FeedError", err)
	}
	want := `feed:3:paid_at: no such day or time of day: "2026-02-31"
feed:3:amount: finer than a fen: "1.234"
feed:3:deployed_on: must be cloud, other or unknown: "moon"`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if res.Bad != 1 || res.Read.Good != 2 {
		t.Errorf("result: %+v", res)
	}
	if got := tableText(t, s, `SELECT (SELECT count(*) FROM orders) || ' ' || (SELECT count(*) FROM imports)`); got != "0 0" {
		t.Errorf("orders and imports after a refusal: %s", got)
	}
	if ok, err := s.HasFeed(t.Context(), market.FeedOrders); ok || err != nil {
		t.Errorf("HasFeed: %v, %v", ok, err)
	}
}

func TestImportSkipsBadRows(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	text := ordersHead +
		"o1,1,l1,b,2026-02-01,,,1,1,paid,cloud\n" +
		"\n" +
		"o1,1,l1,b,2026-02-01,,,1,1,paid,cloud\n" + // line 4: duplicate
		"o2,x,l1,b,2026-02-01,,,1,1,paid,cloud\n" + // line 5: bad
		ordersHead + // line 6
		"o1,1,l1,b,2026-02-01,,,3,1,refunded,cloud\n" + // line 7: contradiction
		"o9,1,\"l\n1\",b,2026-02-01,,,1,1,paid,cloud\n" + // lines 8 and 9
		"o8,1,l1\n" + // line 10: bad
		"o3,1,l\"1,b,2026-02-01,,,1,1,paid,cloud\n" + // line 11: bad
		"o3,2,l1,b,2026-02-01,,,1,1,paid,cloud\n" +
		",,,,,,,,,,\n\n"
	type bad struct {
		Line   int
		Fields int
		What   string
	}
	var got []bad
	res := load(t, s, market.FeedOrders, text, func(o *store.ImportOptions) {
		o.SkipBad = true
		o.Bad = func(row store.BadRow) error {
			got = append(got, bad{row.Line, len(row.Fields), row.Problems[0].String()})
			return nil
		}
	})
	accounted(t, res)
	want := []bad{
		{5, 11, `5:line_no: not a number: "x"`},
		{10, 3, `10: the row has 3 values, the header 11`},
		{11, 0, `11: a quotation mark inside a value must be doubled and the value quoted`},
		{7, 11, `7:quantity+status: contradicts line 2, which has the same order_id and line_no`},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bad rows (-want +got):\n%s", diff)
	}
	wantRes := &store.ImportResult{
		ID: 1, Kind: market.FeedOrders, Name: "feed",
		Read: market.FeedCounts{Lines: 14, Header: 1, Good: 5, Bad: 3, Blank: 3, Repeated: 1, Continuation: 1},
		New:  3, Duplicate: 1, Bad: 4, Contradictory: 1, FurtherLines: 1, UnknownRows: 3, UnknownIDs: 2,
	}
	if diff := cmp.Diff(wantRes, res, cmpopts.IgnoreFields(store.ImportResult{}, "Facts", "Header")); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if got := tableText(t, s, `SELECT order_id || line_no || quantity FROM orders ORDER BY 1`); got != "o111\no321\no911" {
		t.Errorf("orders: %q", got)
	}
}

func TestImportRefusesContradictions(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	_, err := try(t.Context(), s, market.FeedListings, listingsHead+
		"l1,p1,A,software,image,https://m.example/l1,,,2026-01-02,,on_sale\n"+
		"l1,p1,B,software,image,https://m.example/l1,,,2026-01-02,,on_sale\n")
	want := "feed:3:title: contradicts line 2, which has the same listing_id"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestImportSnapshot(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	row := func(id string) string {
		return id + ",p1,T,software,image,https://m.example/" + id + ",,,2026-01-02,,on_sale\n"
	}
	snapshot := func(o *store.ImportOptions) { o.Snapshot = true }
	load(t, s, market.FeedListings, listingsHead+row("l1")+row("l2")+row("l3")+row("l4"))

	const onSale = `SELECT listing_id FROM listings WHERE status = 'on_sale' ORDER BY 1`
	for name, text := range map[string]string{
		"most gone": listingsHead + row("l1"),
		"a bad row": listingsHead + row("l1") + row("l2") + row("l3") + "l4,,,,,,,,,,on_sale\n",
	} {
		_, err := try(t.Context(), s, market.FeedListings, text, snapshot, func(o *store.ImportOptions) { o.SkipBad = true })
		if _, ok := errors.AsType[*market.FeedError](err); !ok {
			t.Errorf("%s: got %v, want a *market.FeedError", name, err)
		}
		if got := tableText(t, s, onSale); got != "l1\nl2\nl3\nl4" {
			t.Errorf("%s: on sale: %q", name, got)
		}
	}

	res := load(t, s, market.FeedListings, listingsHead+row("l1")+row("l2")+row("l3"), snapshot)
	if res.Closed != 1 || res.Unchanged != 3 {
		t.Errorf("result: %+v", res)
	}
	l4, err := s.Listing(t.Context(), "l4")
	if err != nil {
		t.Fatal(err)
	}
	if l4.Status != market.StatusOffSale || !l4.DelistedAt.Equal(importNow()) {
		t.Errorf("closed listing: %+v", l4)
	}
	if res = load(t, s, market.FeedListings, listingsHead+row("l1")+row("l2")+row("l3"), snapshot); res.Closed != 0 {
		t.Errorf("closed again: %+v", res)
	}
	res = load(t, s, market.FeedListings, listingsHead+row("l2"), snapshot, func(o *store.ImportOptions) { o.Force = true })
	if got := tableText(t, s, onSale); res.Closed != 2 || got != "l2" {
		t.Errorf("forced: %+v, on sale %q", res, got)
	}
}

func TestImportCoverage(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	covers := func(text string) func(*store.ImportOptions) {
		r, err := market.ParseRange(text)
		if err != nil {
			t.Fatal(err)
		}
		return func(o *store.ImportOptions) { o.Covers = &r }
	}
	text := ordersHead +
		"o1,1,l1,b,2026-01-31 23:59:59,,,1,1,paid,cloud\n" +
		"o2,1,l1,b,2026-02-01 00:00:00,,,1,1,paid,cloud\n"
	if res := load(t, s, market.FeedOrders, text, covers("2026-01-01..2026-01-31")); res.Outside != 1 {
		t.Errorf("outside: %+v", res)
	}
	load(t, s, market.FeedOrders, text, covers("2026-02-01..2026-02-28"))
	load(t, s, market.FeedOrders, text, covers("2026-02-10..2026-03-01"))
	load(t, s, market.FeedOrders, text, covers("2026-05-01..2026-05-01"))
	got, err := s.Coverage(t.Context(), market.FeedOrders)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, r := range got {
		texts = append(texts, r.String())
	}
	if diff := cmp.Diff([]string{"2026-01-01..2026-03-01", "2026-05-01..2026-05-01"}, texts); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
}

func TestImportGB18030(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	text, err := simplifiedchinese.GB18030.NewEncoder().String(providersHead + "p1,云海科技𠮷,企业,,,软件；服务,正常,2020年2月3日\n")
	if err != nil {
		t.Fatal(err)
	}
	if res := load(t, s, market.FeedProviders, text); res.Facts.Encoding != market.EncodingGB18030 {
		t.Errorf("read as %s", res.Facts.Encoding)
	}
	p, err := s.Provider(t.Context(), "p1")
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "云海科技𠮷" || !cmp.Equal(p.Markets, []string{"软件", "服务"}) {
		t.Errorf("provider: %+v", p)
	}
}

func TestImportWithoutRows(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	res, err := try(t.Context(), s, market.FeedOrders, ordersHead+"\n"+ordersHead)
	if !errors.Is(err, store.ErrNoRows) {
		t.Fatalf("got %v, want ErrNoRows", err)
	}
	if want := (market.FeedCounts{Lines: 3, Header: 1, Blank: 1, Repeated: 1}); res.Read != want {
		t.Errorf("counts: %+v", res.Read)
	}
}

// cutOff is a file whose reading is interrupted in the middle, the second time through.
type cutOff struct {
	*bytes.Reader
	after  int64
	looks  int
	cancel context.CancelFunc
}

func (c *cutOff) Seek(offset int64, whence int) (int64, error) {
	c.looks++
	return c.Reader.Seek(offset, whence)
}

func (c *cutOff) Read(p []byte) (int, error) {
	if c.looks >= 2 && c.Size()-int64(c.Len()) > c.after {
		c.cancel()
	}
	return c.Reader.Read(p)
}

func TestImportInterruptedLeavesNothing(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	var b bytes.Buffer
	b.WriteString(ordersHead)
	for i := range 60_000 {
		writeOrder(&b, i)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	src := &cutOff{Reader: bytes.NewReader(b.Bytes()), after: int64(b.Len() / 2), cancel: cancel}
	_, err := s.Import(ctx, market.FeedOrders, src, store.ImportOptions{Name: "feed", Now: importNow()})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	if got := tableText(t, s, `SELECT (SELECT count(*) FROM orders) || ' ' || (SELECT count(*) FROM imports)`); got != "0 0" {
		t.Errorf("orders and imports after an interruption: %s", got)
	}
}

func TestImportNumbersLines(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	m, err := market.ReadFeedMap("map", strings.NewReader(`
columns:
  order_id: no
  line_no: auto
  listing_id: item
  paid_at: day
  status: {const: paid}
`))
	if err != nil {
		t.Fatal(err)
	}
	text := "no,item,day,remark\n" +
		"7,a,2026-01-01,x\n" +
		"8,a,2026-01-01,\n" +
		"7,b,2026-01-01,\n" +
		"7,a,2026-01-01,x\n" + // repeats line 2
		"7,a,2026-01-01,y\n" // differs in a column that is not used: another line
	for range 2 {
		res := load(t, s, market.FeedOrders, text, func(o *store.ImportOptions) { o.Map = m })
		accounted(t, res)
		if res.Duplicate != 1 || res.FurtherLines != 2 || !cmp.Equal(res.Ignored, []string{"remark"}) {
			t.Errorf("result: %+v", res)
		}
	}
	if got := tableText(t, s, `SELECT order_id || '/' || line_no || listing_id FROM orders ORDER BY 1`); got != "7/1a\n7/2b\n7/3a\n8/1a" {
		t.Errorf("orders: %q", got)
	}
}

// TestImportRealOrders accounts for every line of a real export: its title row, 26 empty
// rows, 16 repeated headers, 10 rows that repeat another exactly, and 6 rows that belong
// to the next month.
func TestImportRealOrders(t *testing.T) {
	t.Parallel()
	root := os.Getenv("MARKETWARDEN_REAL_DATA")
	if root == "" {
		t.Skip("MARKETWARDEN_REAL_DATA is not set: the real export is not read")
	}
	f, err := os.Open(filepath.Join(root, "orders", "Sales_January_2019.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := market.ReadFeedMap("map", strings.NewReader(`
kind: orders
columns:
  order_id: Order ID
  line_no: auto
  listing_id: Product
  quantity: Quantity Ordered
  amount: {column: Price Each, times: Quantity Ordered}
  paid_at: {column: Order Date, format: "01/02/06 15:04"}
  status: {const: completed}
`))
	if err != nil {
		t.Fatal(err)
	}
	s := storetest.New(t)
	covers, err := market.ParseRange("2019-01-01..2019-01-31")
	if err != nil {
		t.Fatal(err)
	}
	opt := store.ImportOptions{Name: "january", Map: m, Now: importNow(), Covers: &covers}
	for i := range 2 {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		res, err := s.Import(t.Context(), market.FeedOrders, f, opt)
		if err != nil {
			t.Fatal(err)
		}
		accounted(t, res)
		want := &store.ImportResult{
			Kind: market.FeedOrders, Name: "january", Ignored: []string{"Purchase Address"},
			Read: market.FeedCounts{Lines: 9724, Header: 1, Good: 9681, Blank: 26, Repeated: 16},
			New:  9671, Duplicate: 10, FurtherLines: 403, UnknownRows: 9671, UnknownIDs: 19, Outside: 6,
		}
		if i == 1 {
			want.New, want.Unchanged = 0, 9671
		}
		if diff := cmp.Diff(want, res, cmpopts.IgnoreFields(store.ImportResult{}, "ID", "Facts", "Header")); diff != "" {
			t.Errorf("import %d (-want +got):\n%s", i+1, diff)
		}
	}
}

// TestImportIsDurable: a feed that was told as stored is stored, though the server crashes
// then and whatever it is set to: its file may be gone already.
func TestImportIsDurable(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	for _, sql := range []string{
		`CREATE TABLE seen (value text)`,
		`CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
			'BEGIN INSERT INTO seen VALUES (current_setting(''synchronous_commit'')); RETURN NULL; END'`,
		`CREATE TRIGGER see AFTER INSERT ON imports EXECUTE FUNCTION see()`,
		`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$`,
	} {
		if _, err := s.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	s.Pool.Reset() // settings of a database hold for new connections
	if got := tableText(t, s, `SHOW synchronous_commit`); got != "off" {
		t.Fatalf("the default is %q: the test shows nothing", got)
	}
	load(t, s, market.FeedProviders, providersHead+"p1,n,individual,,,,active,\n")
	if got := tableText(t, s, `SELECT value FROM seen`); got != "on" {
		t.Errorf("the import was committed with synchronous_commit %q", got)
	}
}

// TestImportUnchanged: a file that changed while it was read leaves nothing behind.
func TestImportUnchanged(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	changed := errors.New("changed")
	_, err := try(t.Context(), s, market.FeedProviders, providersHead+"p1,n,individual,,,,active,\n",
		func(o *store.ImportOptions) { o.Unchanged = func() error { return changed } })
	if !errors.Is(err, changed) {
		t.Errorf("error %v, want the one of Unchanged", err)
	}
	if got := tableText(t, s, `SELECT (SELECT count(*) FROM providers) || ' ' || (SELECT count(*) FROM imports)`); got != "0 0" {
		t.Errorf("providers and imports: %s", got)
	}
}

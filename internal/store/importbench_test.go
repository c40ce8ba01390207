package store_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/store"
	"marketwarden/internal/store/storetest"
)

// benchRows is what the figure is about.
const benchRows = 1_000_000

// writeOrder writes the i-th order of a deterministic series: 20-digit numbers in the
// order of payment, two thousand listings, a few refunds and orders of several lines.
func writeOrder(w io.Writer, i int) {
	order, line := i, 1
	if i%10 == 9 {
		order, line = i-1, 2
	}
	paid := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(order) * 17 * time.Second)
	status, refunded := "completed", ""
	if order%40 == 0 {
		status, refunded = "refunded", paid.Add(48*time.Hour).Format(time.DateTime)
	}
	// A large odd factor scatters listings and buyers.
	mixed := uint64(i) * 0x9e3779b97f4a7c15 >> 33
	fmt.Fprintf(w, "%020d,%d,cmjj%06d,buyer%05d,%s,%s,%s,%d,%d.%02d,%s,%s\n",
		20260000000000+order, line, mixed%2000, mixed%50_000, paid.Format(time.DateTime), paid.Add(time.Hour).Format(time.DateTime),
		refunded, 1+i%3, mixed%5000, i%100, status, []string{"cloud", "cloud", "cloud", "other", "unknown"}[i%5])
}

// BenchmarkImport imports a million orders into empty tables, by hand with psql and by
// Import, each in the same cluster, schema and file, and reports rows/s of both and how
// they compare. scattered is the file in no order of its key, where repeated rows have to
// be looked for.
func BenchmarkImport(b *testing.B) {
	dir := b.TempDir()
	for _, kind := range []struct {
		name string
		// at is the place of the i-th row; it visits every place once.
		at func(i int) int
	}{
		{"sorted", func(i int) int { return i }},
		{"scattered", func(i int) int { return i * 611_953 % benchRows }},
	} {
		path := filepath.Join(dir, kind.name+".csv")
		if err := writeOrders(path, kind.at); err != nil {
			b.Fatal(err)
		}
		b.Run(kind.name, func(b *testing.B) { benchmarkImport(b, path) })
	}
}

func benchmarkImport(b *testing.B, path string) {
	b.Helper()
	var byHand, ours time.Duration
	for b.Loop() {
		byHand += importByHand(b, path)
		ours += importOurs(b, path)
	}
	rows := float64(benchRows * b.N)
	b.ReportMetric(0, "ns/op") // it is about both and says nothing
	b.ReportMetric(rows/byHand.Seconds(), "psql-rows/s")
	b.ReportMetric(rows/ours.Seconds(), "rows/s")
	b.ReportMetric(byHand.Seconds()/ours.Seconds(), "ratio")
}

func writeOrders(path string, at func(int) int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	_, _ = w.WriteString(ordersHead) // Flush tells
	for i := range benchRows {
		writeOrder(w, at(i))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// importByHand is what somebody at psql would type.
func importByHand(b *testing.B, path string) time.Duration {
	b.Helper()
	s := storetest.New(b)
	c := s.Pool.Config().ConnConfig
	cmd := exec.CommandContext(b.Context(), "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1",
		"-h", c.Host, "-p", strconv.Itoa(int(c.Port)), "-U", c.User, "-d", c.Database,
		"-c", `SET timezone = 'Asia/Shanghai'`,
		"-c", `CREATE TEMPORARY TABLE f (order_id text, line_no int, listing_id text, buyer_account text, paid_at timestamptz,
			completed_at timestamptz, refunded_at timestamptz, quantity bigint, amount numeric, status text, deployed_on text)`,
		"-c", `\copy f from '`+path+`' csv header`,
		"-c", `INSERT INTO orders AS o (order_id, line_no, listing_id, buyer_account, paid_at, completed_at, refunded_at, quantity, amount_fen, status, deployed_on, import_id)
			SELECT order_id, line_no, listing_id, buyer_account, paid_at, completed_at, refunded_at, quantity, (amount * 100)::bigint, status, deployed_on, 1 FROM f
			ON CONFLICT (order_id, line_no) DO UPDATE SET listing_id = excluded.listing_id, buyer_account = excluded.buyer_account,
			paid_at = excluded.paid_at, completed_at = excluded.completed_at, refunded_at = excluded.refunded_at, quantity = excluded.quantity,
			amount_fen = excluded.amount_fen, status = excluded.status, deployed_on = excluded.deployed_on, import_id = excluded.import_id`)
	begin := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("psql: %v\n%s", err, out)
	}
	took := time.Since(begin)
	countOrders(b.Context(), b, s)
	return took
}

func importOurs(b *testing.B, path string) time.Duration {
	b.Helper()
	s := storetest.New(b)
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	begin := time.Now()
	res, err := s.Import(b.Context(), market.FeedOrders, f, store.ImportOptions{Name: "orders.csv", Now: importNow()})
	if err != nil {
		b.Fatal(err)
	}
	took := time.Since(begin)
	if res.New != benchRows {
		b.Fatalf("result: %+v", res)
	}
	countOrders(b.Context(), b, s)
	return took
}

func countOrders(ctx context.Context, b *testing.B, s *store.Store) {
	b.Helper()
	var n int
	if err := s.Pool.QueryRow(ctx, `SELECT count(*) FROM orders`).Scan(&n); err != nil || n != benchRows {
		b.Fatalf("%d orders, %v", n, err)
	}
}

package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marketwarden/internal/market"
	"marketwarden/internal/store"
	"marketwarden/internal/store/storetest"
)

// loadSales imports two providers' listings and one order a case.
func loadSales(t *testing.T, s *store.Store) {
	t.Helper()
	load(t, s, market.FeedProviders, providersHead+"p1,A,企业,,,,active,\np2,B,企业,,,,active,\np3,C,企业,,,,left,\n")
	load(t, s, market.FeedListings, listingsHead+
		"l1,p1,A,,image,https://m.example/1,,,2025-01-01,,on_sale\n"+
		"l2,p1,B,,,https://m.example/2,,,2025-01-01,,on_sale\n"+
		"l3,p2,C,,service,,,,2025-01-01,,off_sale\n"+
		"l4,p3,D,,image,https://m.example/4,,,2025-01-01,,on_sale\n")
	load(t, s, market.FeedOrders, ordersHead+
		"a,1,l1,b,2026-01-10 00:00:00,,,2,10,paid,cloud\n"+ // the first moment of the long window
		"b,1,l1,b,2026-01-09 23:59:59,,,5,10,completed,other\n"+ // before it
		"c,1,l1,b,2026-02-10 00:00:00,,,3,0,completed,unknown\n"+ // free, in both windows
		"c,2,l1,b,2026-02-10 00:00:00,,,1,0,completed,cloud\n"+
		"d,1,l1,b,2026-04-11 00:00:00,,,7,10,paid,cloud\n"+ // after both
		"e,1,l1,b,2026-03-01,,2026-03-02,9,10,refunded,cloud\n"+
		"f,1,l1,b,2026-03-01,,2026-03-02,9,10,completed,cloud\n"+ // refunded after all
		"g,1,l1,b,2026-03-01,,,9,10,closed,cloud\n"+
		"h,1,l1,b,,,,9,10,pending,cloud\n"+
		"i,1,l2,b,2025-12-31 23:59:59,,,4,10,paid,other\n"+ // the year before
		"j,1,l2,b,2026-01-01 00:00:00,,,1,10,paid,other\n"+
		"k,1,l3,b,2026-05-01,,,6,10,paid,unknown\n"+
		"m,1,gone,b,2026-05-01,,,6,10,paid,cloud\n")
}

func TestOrderCounts(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	loadSales(t, s)
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, market.Shanghai) }
	got, err := s.OrderCounts(t.Context(), []string{"l1", "l2", "none"},
		market.OrderWindow{From3: day(1, 10), From2: day(2, 10), To: day(4, 11)})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]market.OrderCount{
		"l1":   {Count: 3, CountTwo: 2, LastPaid: day(2, 10)},
		"l2":   {LastPaid: day(1, 1)},
		"none": {},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order counts (-want +got):\n%s", diff)
	}
}

func TestYearSales(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	loadSales(t, s)
	for _, tt := range []struct {
		year  int
		until time.Time
		want  map[string]market.YearSales
	}{
		{2026, time.Time{}, map[string]market.YearSales{
			"p1": {
				Year:       2026,
				ByDelivery: map[string]market.Sold{"image": {Cloud: 10, Other: 5, Unknown: 3}, "unknown": {Other: 1}},
				Listings:   map[string]market.Sold{"image": {Cloud: 1}, "unknown": {Other: 1}},
			},
			"p2": {
				Year:       2026,
				ByDelivery: map[string]market.Sold{"service": {Unknown: 6}},
				Listings:   map[string]market.Sold{"service": {Unknown: 1}},
			},
			"p9": {Year: 2026, ByDelivery: map[string]market.Sold{}, Listings: map[string]market.Sold{}},
		}},
		{2026, time.Date(2026, 1, 10, 0, 0, 0, 0, market.Shanghai), map[string]market.YearSales{
			"p1": {
				Year:       2026,
				ByDelivery: map[string]market.Sold{"image": {Other: 5}, "unknown": {Other: 1}},
				Listings:   map[string]market.Sold{"image": {Other: 1}, "unknown": {Other: 1}},
			},
		}},
		{2025, time.Time{}, map[string]market.YearSales{
			"p1": {
				Year:       2025,
				ByDelivery: map[string]market.Sold{"unknown": {Other: 4}},
				Listings:   map[string]market.Sold{"unknown": {Other: 1}},
			},
		}},
	} {
		var ids []string
		for id := range tt.want {
			ids = append(ids, id)
		}
		got, err := s.YearSales(t.Context(), ids, tt.year, tt.until)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("sales of %d until %v (-want +got):\n%s", tt.year, tt.until, diff)
		}
	}
}

func TestCatalogueFilter(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	loadSales(t, s)
	for _, tt := range []struct {
		filter    store.CatalogueFilter
		providers []string
		listings  []string
	}{
		{store.CatalogueFilter{}, []string{"p1", "p2"}, []string{"l1", "l2"}}, // p3 has left; l3 is off sale
		{store.CatalogueFilter{Provider: "p2"}, []string{"p2"}, nil},
		{store.CatalogueFilter{Listing: "l2"}, []string{"p1"}, []string{"l2"}},
		{store.CatalogueFilter{Listing: "l3"}, nil, nil},
		{store.CatalogueFilter{Listing: "l4"}, nil, nil},
		{store.CatalogueFilter{Provider: "p2", Listing: "l1"}, nil, nil},
	} {
		var providers, listings []string
		ps, ls := inScope(t, s, tt.filter)
		for _, p := range ps {
			providers = append(providers, p.ID)
		}
		for _, l := range ls {
			listings = append(listings, l.ID)
		}
		if diff := cmp.Diff(tt.providers, providers); diff != "" {
			t.Errorf("%+v: providers (-want +got):\n%s", tt.filter, diff)
		}
		if diff := cmp.Diff(tt.listings, listings); diff != "" {
			t.Errorf("%+v: listings (-want +got):\n%s", tt.filter, diff)
		}
	}
}

// inScope reads what EachInScope goes through.
func inScope(t *testing.T, s *store.Store, f store.CatalogueFilter) (providers []market.Provider, listings []market.Listing) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), s.Pool, func(tx pgx.Tx) error {
		return store.EachInScope(t.Context(), tx, f, func(p *market.Provider, l *market.Listing) error {
			if len(providers) == 0 || providers[len(providers)-1].ID != p.ID {
				providers = append(providers, *p)
			}
			if l != nil {
				listings = append(listings, *l)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return providers, listings
}

// TestScopeOfSeveralPages reads a catalogue that does not fit into one page.
func TestScopeOfSeveralPages(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	const n = 12_345
	load(t, s, market.FeedProviders, providersHead+"p1,A,企业,,,,active,\n")
	var b strings.Builder
	b.WriteString(listingsHead)
	for i := range n {
		fmt.Fprintf(&b, "l%06d,p1,T,,image,https://m.example/,,,2026-01-02,,on_sale\n", i*7919%n)
	}
	load(t, s, market.FeedListings, b.String())
	_, ls := inScope(t, s, store.CatalogueFilter{})
	for i, l := range ls {
		if want := fmt.Sprintf("l%06d", i); l.ID != want {
			t.Fatalf("listing %d is %s", i, l.ID)
		}
	}
	if len(ls) != n {
		t.Errorf("%d listings, want %d", len(ls), n)
	}
}

// TestOrderFactsReadTheIndexOnly holds the condition of the queries to that of the index:
// were they to drift apart, every night would read the whole table.
func TestOrderFactsReadTheIndexOnly(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	var b strings.Builder
	b.WriteString(ordersHead)
	for i := range 20_000 {
		writeOrder(&b, i)
	}
	load(t, s, market.FeedOrders, b.String())
	if _, err := s.Pool.Exec(t.Context(), `VACUUM ANALYZE orders`); err != nil {
		t.Fatal(err)
	}
	rows, err := s.Pool.Query(t.Context(), `EXPLAIN SELECT sum(quantity) FILTER (WHERE deployed_on = 'cloud') FROM orders o
		WHERE o.listing_id = 'cmjj000007' AND o.paid_at >= '2026-01-01' AND o.paid_at < '2026-01-03' AND `+store.Sold)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(plan, "\n"), "Index Only Scan using orders_sold") {
		t.Errorf("plan:\n%s", strings.Join(plan, "\n"))
	}
}

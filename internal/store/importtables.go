package store

import (
	"errors"
	"hash/maphash"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"marketwarden/internal/market"
)

// feedTable says how rows of one kind are staged and stored.
type feedTable struct {
	name     string // of the table
	key      []string
	columns  []tableColumn
	refers   string // column that refers to refTable; "" = none
	refTable string
	encode   func(*copyWriter, *market.FeedRow)
}

type tableColumn struct{ name, typ string }

func tableOf(kind market.FeedKind) feedTable {
	switch kind {
	case market.FeedProviders:
		return feedTable{
			name: "providers", key: []string{"provider_id"},
			columns: []tableColumn{
				{"provider_id", "text"},
				{"name", "text"},
				{"kind", "text"},
				{"site_url", "text"},
				{"contact_email", "text"},
				{"markets", "text[]"},
				{"status", "text"},
				{"joined_on", "date"},
			},
			encode: encodeProvider,
		}
	case market.FeedListings:
		return feedTable{
			name: "listings", key: []string{"listing_id"}, refers: "provider_id", refTable: "providers",
			columns: []tableColumn{
				{"listing_id", "text"},
				{"provider_id", "text"},
				{"title", "text"},
				{"market", "text"},
				{"delivery", "text"},
				{"detail_url", "text"},
				{"product_page_url", "text"},
				{"price", "text"},
				{"listed_at", "timestamptz"},
				{"delisted_at", "timestamptz"},
				{"status", "text"},
				{"deliverable_url", "text"},
				{"version", "text"},
				{"version_at", "timestamptz"},
				{"open_source", "text"},
				{"licence", "text"},
				{"delisting_plan_known", "boolean"},
				{"delisting_plan_on", "date"},
			},
			encode: encodeListing,
		}
	case market.FeedOrders:
		return feedTable{
			name: "orders", key: []string{"order_id", "line_no"}, refers: "listing_id", refTable: "listings",
			columns: []tableColumn{
				{"order_id", "text"},
				{"line_no", "int"},
				{"listing_id", "text"},
				{"buyer_account", "text"},
				{"paid_at", "timestamptz"},
				{"completed_at", "timestamptz"},
				{"refunded_at", "timestamptz"},
				{"quantity", "bigint"},
				{"amount_fen", "bigint"},
				{"status", "text"},
				{"deployed_on", "text"},
			},
			encode: encodeOrder,
		}
	case market.FeedComplaints:
		return feedTable{
			name: "complaints", key: []string{"complaint_id"}, refers: "listing_id", refTable: "listings",
			columns: []tableColumn{
				{"complaint_id", "text"},
				{"listing_id", "text"},
				{"provider_id", "text"},
				{"kind", "text"},
				{"status", "text"},
				{"filed_at", "timestamptz"},
				{"decided_at", "timestamptz"},
			},
			encode: encodeComplaint,
		}
	}
	panic("no table for feeds of kind " + kind) // kinds come from ParseFeedKind
}

func encodeProvider(w *copyWriter, row *market.FeedRow) {
	p := &row.Provider
	w.text(p.ID)
	w.text(p.Name)
	w.text(p.Kind)
	w.text(p.SiteURL)
	w.text(p.ContactEmail)
	w.texts(p.Markets)
	w.text(p.Status)
	w.date(p.JoinedOn)
}

func encodeListing(w *copyWriter, row *market.FeedRow) {
	l := &row.Listing
	w.text(l.ID)
	w.text(l.ProviderID)
	w.text(l.Title)
	w.text(l.Market)
	w.text(l.Delivery)
	w.text(l.DetailURL)
	w.text(l.ProductPageURL)
	w.text(l.Price)
	w.time(l.ListedAt)
	w.time(l.DelistedAt)
	w.text(l.Status)
	w.text(l.DeliverableURL)
	w.text(l.Version)
	w.time(l.VersionAt)
	w.text(l.OpenSource)
	w.text(l.Licence)
	w.bool(l.DelistingPlanKnown)
	w.date(l.DelistingPlanOn)
}

func encodeComplaint(w *copyWriter, row *market.FeedRow) {
	c := &row.Complaint
	w.text(c.ID)
	w.text(c.ListingID)
	w.text(c.ProviderID)
	w.text(c.Kind)
	w.text(c.Status)
	w.time(c.FiledAt)
	w.time(c.DecidedAt)
}

func encodeOrder(w *copyWriter, row *market.FeedRow) {
	o := &row.Order
	w.text(o.OrderID)
	w.int4(o.LineNo)
	w.text(o.ListingID)
	w.text(o.BuyerAccount)
	w.time(o.PaidAt)
	w.time(o.CompletedAt)
	w.time(o.RefundedAt)
	w.int8(o.Quantity)
	w.int8(int64(o.Amount))
	w.text(o.Status)
	w.text(o.DeployedOn)
}

// rowKey tells what the key of a row is.
func rowKey(kind market.FeedKind, row *market.FeedRow) (id string, line int) {
	switch kind {
	case market.FeedProviders:
		return row.Provider.ID, 0
	case market.FeedListings:
		return row.Listing.ID, 0
	case market.FeedOrders:
		return row.Order.OrderID, row.Order.LineNo
	case market.FeedComplaints:
		return row.Complaint.ID, 0
	}
	return "", 0
}

// keyWatch notices whether keys may repeat. In a file sorted by its key they cannot,
// which spares the search for repeats; elsewhere their hashes are searched.
type keyWatch struct {
	seed   maphash.Seed
	id     string
	line   int
	begun  bool
	rising bool
}

func newKeyWatch() *keyWatch { return &keyWatch{seed: maphash.MakeSeed(), rising: true} }

// add takes the next key and returns its hash.
func (k *keyWatch) add(id string, line int) int64 {
	if k.begun && k.rising {
		c := strings.Compare(id, k.id)
		k.rising = c > 0 || (c == 0 && line > k.line)
	}
	k.id, k.line, k.begun = id, line, true
	h := maphash.String(k.seed, id) ^ uint64(line)*0x9e3779b97f4a7c15 //nolint:gosec // a mix, not a number
	return int64(h)                                                   //nolint:gosec // any bits will do
}

// list joins names as SQL, each with a prefix.
func list(names []string, prefix string) string {
	return prefix + strings.Join(names, ", "+prefix)
}

// names are all columns, others those outside the key.
func (t *feedTable) names() (names, others []string) {
	isKey := map[string]bool{}
	for _, k := range t.key {
		isKey[k] = true
	}
	for _, c := range t.columns {
		names = append(names, c.name)
		if !isKey[c.name] {
			others = append(others, c.name)
		}
	}
	return names, others
}

func isServerError(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e)
}

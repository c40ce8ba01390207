package market

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FeedKind names what a feed holds.
type FeedKind string

// Kinds of feeds.
const (
	FeedProviders  FeedKind = "providers"
	FeedListings   FeedKind = "listings"
	FeedOrders     FeedKind = "orders"
	FeedComplaints FeedKind = "complaints"
)

// ParseFeedKind reads a kind as users write it.
func ParseFeedKind(s string) (FeedKind, error) {
	switch k := FeedKind(s); k {
	case FeedProviders, FeedListings, FeedOrders, FeedComplaints:
		return k, nil
	}
	return "", fmt.Errorf("no feed of kind %q: it is providers, listings, orders or complaints", s)
}

// Bounds of a feed. A row or value beyond them is refused, never cut.
const (
	MaxFeedRow     = 1 << 20 // bytes of one row
	MaxFeedColumns = 1000
	MaxIDBytes     = 200 // keys are indexed
	MaxTextBytes   = 8 << 10
	maxIgnored     = 100 // ignored column names that are remembered
	maxShownValue  = 80  // bytes of a value repeated in a message
)

// column is one column of our own feed format.
type column struct {
	name     string
	required bool // the column must be there; whether the value may be empty is for the row
}

// Target columns of the kinds. The numbers index bindings.
const (
	colOrderID = iota
	colLineNo
	colOrderListing
	colBuyer
	colPaidAt
	colCompletedAt
	colRefundedAt
	colQuantity
	colAmount
	colOrderStatus
	colDeployedOn
)

const (
	colListingID = iota
	colListingProvider
	colTitle
	colMarket
	colDelivery
	colDetailURL
	colProductPage
	colPrice
	colListedAt
	colDelistedAt
	colListingStatus
	colDeliverable
	colVersion
	colVersionAt
	colOpenSource
	colLicence
	colDelistingPlan
)

const (
	colProviderID = iota
	colName
	colKind
	colSiteURL
	colContact
	colMarkets
	colProviderStatus
	colJoinedOn
)

const (
	colComplaintID = iota
	colComplaintListing
	colComplaintProvider
	colComplaintKind
	colComplaintStatus
	colFiledAt
	colDecidedAt
)

// columns lists the target columns of a kind in the order of their numbers.
func (k FeedKind) columns() []column {
	switch k {
	case FeedOrders:
		return []column{
			{"order_id", true},
			{"line_no", false},
			{"listing_id", true},
			{"buyer_account", false},
			{"paid_at", true},
			{"completed_at", false},
			{"refunded_at", false},
			{"quantity", false},
			{"amount", false},
			{"status", true},
			{"deployed_on", false},
		}
	case FeedListings:
		return []column{
			{"listing_id", true},
			{"provider_id", true},
			{"title", true},
			{"market", false},
			{"delivery", false},
			{"detail_url", true},
			{"product_page_url", false},
			{"price", false},
			{"listed_at", true},
			{"delisted_at", false},
			{"status", true},
			{"deliverable_url", false},
			{"version", false},
			{"version_at", false},
			{"open_source", false},
			{"licence", false},
			{"delisting_plan_at", false},
		}
	case FeedComplaints:
		return []column{
			{"complaint_id", true},
			{"listing_id", true},
			{"provider_id", false},
			{"kind", true},
			{"status", true},
			{"filed_at", true},
			{"decided_at", false},
		}
	case FeedProviders:
		return []column{
			{"provider_id", true},
			{"name", true},
			{"kind", true},
			{"site_url", false},
			{"contact_email", false},
			{"markets", false},
			{"status", true},
			{"joined_on", false},
		}
	}
	return nil
}

// Columns lists the names of the columns of a kind.
func (k FeedKind) Columns() []string {
	var names []string
	for _, c := range k.columns() {
		names = append(names, c.name)
	}
	return names
}

// FeedRow is one row of a feed as Reader.Next fills it: either Problems says what is
// wrong with it, or the field of the feed's kind holds it.
type FeedRow struct {
	Line     int      // first line of the row in the file, from 1
	Fields   []string // as read, aligned with Reader.Header; only until the next call
	Problems []FeedProblem
	// Whole is a hash of the row as it stands in the file, the same within one process
	// for the same row. It is set where lines of an order are numbered by the reader's
	// caller (Reader.AutoLineNo), who must tell a repeated row from a further line.
	Whole uint64

	Provider  Provider
	Listing   Listing
	Order     Order
	Complaint Complaint
}

// FeedProblem is what is wrong with a row.
type FeedProblem struct {
	Line   int
	Column string // of the file; empty when it concerns the row as a whole
	Reason string
	Value  string // bounded; meaningless when HasValue is false
	// HasValue tells an empty value from no value.
	HasValue bool
}

// String is "line:column: reason: value" with the value quoted and escaped.
func (p FeedProblem) String() string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(p.Line))
	b.WriteByte(':')
	if p.Column != "" {
		b.WriteString(bound(p.Column))
		b.WriteByte(':')
	}
	b.WriteByte(' ')
	b.WriteString(p.Reason)
	if p.HasValue {
		b.WriteString(": ")
		b.WriteString(strconv.Quote(p.Value))
	}
	return b.String()
}

// FeedError says why a feed cannot be read at all, or not without leaving rows out.
// It is the fault of the file, not of the program.
type FeedError struct {
	Name     string // of the file
	Problems []FeedProblem
	More     int // problems beyond the listed ones
}

// Error lists the problems, one a line, each "file:line:column: reason: value".
func (e *FeedError) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.Name)
		if p.Line > 0 {
			b.WriteByte(':')
			b.WriteString(p.String())
		} else {
			b.WriteString(": ")
			b.WriteString(p.Reason)
		}
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\n%s: … and %d more", e.Name, e.More)
	}
	return b.String()
}

// FeedCounts accounts for every line of a file.
type FeedCounts struct {
	Lines        int // of the file
	Header       int // the header, and title lines above it that the map says to skip
	Good         int // rows that could be read
	Bad          int // rows that could not
	Blank        int // empty lines and rows of empty values
	Repeated     int // the header again
	Continuation int // further lines of rows that hold line breaks
}

// Accounted reports whether the classes add up to the lines.
func (c FeedCounts) Accounted() bool {
	return c.Lines == c.Header+c.Good+c.Bad+c.Blank+c.Repeated+c.Continuation
}

// bound cuts a value so that it can be shown, at a character.
func bound(s string) string {
	if len(s) <= maxShownValue {
		return s
	}
	n := maxShownValue
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

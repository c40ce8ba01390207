package market

import (
	"fmt"
	"strings"
	"time"
)

// provider fills a provider from the row.
func (r *FeedReader) provider(p *Provider) {
	*p = Provider{
		ID:           r.id(colProviderID),
		Name:         r.long(colName, true),
		Kind:         r.enum(colKind, "", "enterprise or individual", parseProviderKind),
		SiteURL:      r.long(colSiteURL, false),
		ContactEmail: r.long(colContact, false),
		Markets:      splitList(r.long(colMarkets, false)),
		Status:       r.enum(colProviderStatus, "", "active or left", parseProviderStatus),
		JoinedOn:     r.time(colJoinedOn),
	}
	p.JoinedOn = startOfDay(p.JoinedOn)
}

// startOfDay is the beginning of the day in Shanghai that t lies in; the zero time stays.
func startOfDay(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	y, m, d := t.In(Shanghai).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, Shanghai)
}

// listing fills a listing from the row.
func (r *FeedReader) listing(l *Listing) {
	*l = Listing{
		ID:             r.id(colListingID),
		ProviderID:     r.id(colListingProvider),
		Title:          r.long(colTitle, false),
		Market:         r.long(colMarket, false),
		DetailURL:      r.long(colDetailURL, false),
		ProductPageURL: r.long(colProductPage, false),
		DeliverableURL: r.long(colDeliverable, false),
		Price:          r.long(colPrice, false),
		ListedAt:       r.time(colListedAt),
		DelistedAt:     r.time(colDelistedAt),
		Status:         r.enum(colListingStatus, "", "on_sale or off_sale", parseListingStatus),
	}
	r.optional(l)
	if r.text(colDelivery) != "" {
		l.Delivery = r.enum(colDelivery, "", "image, software, saas, download, service, dingtalk or api", parseDelivery)
	}
	if l.Status != StatusOnSale {
		return
	}
	if l.DetailURL == "" {
		r.fail(colDetailURL, "must not be empty while the listing is on sale", "")
	}
	switch {
	case l.DelistedAt.IsZero():
	case !l.ListedAt.IsZero() && l.DelistedAt.Before(l.ListedAt):
		l.DelistedAt = time.Time{} // the end of an earlier spell
	default:
		r.fail(colDelistedAt, "the listing is on sale, yet it was taken down", r.text(colDelistedAt))
	}
}

// optional fills in what few catalogues say of their listings.
func (r *FeedReader) optional(l *Listing) {
	l.Version, l.VersionAt = r.long(colVersion, false), r.time(colVersionAt)
	l.Licence = r.long(colLicence, false)
	if r.text(colOpenSource) != "" {
		l.OpenSource = r.enum(colOpenSource, "", "yes or no", parseOpenSource)
	}
	l.DelistingPlanKnown = r.given(colDelistingPlan)
	l.DelistingPlanOn = startOfDay(r.time(colDelistingPlan))
}

// complaint fills a complaint from the row.
func (r *FeedReader) complaint(c *Complaint) {
	*c = Complaint{
		ID:         r.id(colComplaintID),
		ListingID:  r.short(colComplaintListing),
		ProviderID: r.short(colComplaintProvider),
		Kind:       r.enum(colComplaintKind, "", "rights, service, product, conduct or other", parseComplaintKind),
		Status:     r.enum(colComplaintStatus, "", "pending, upheld, rejected, withdrawn or settled", parseComplaintStatus),
		FiledAt:    r.time(colFiledAt),
		DecidedAt:  r.time(colDecidedAt),
	}
	switch {
	case c.ListingID == "" && c.ProviderID == "":
		r.fail(colComplaintListing, "names neither a listing nor, in provider_id, a provider", "")
	case c.FiledAt.IsZero() && !r.failed(colFiledAt):
		r.fail(colFiledAt, "must not be empty", "")
	case !c.DecidedAt.IsZero() && c.DecidedAt.Before(c.FiledAt):
		r.fail(colDecidedAt, "lies before "+r.bind[colFiledAt].name, r.text(colDecidedAt))
	case !c.DecidedAt.IsZero() && c.Status == ComplaintPending:
		r.fail(colDecidedAt, "the complaint is pending, yet it was decided", r.text(colDecidedAt))
	}
}

// order fills an order line from the row.
func (r *FeedReader) order(o *Order) {
	*o = Order{
		OrderID:      r.id(colOrderID),
		LineNo:       1,
		ListingID:    r.id(colOrderListing),
		BuyerAccount: r.long(colBuyer, false),
		PaidAt:       r.time(colPaidAt),
		CompletedAt:  r.time(colCompletedAt),
		RefundedAt:   r.time(colRefundedAt),
		Quantity:     1,
		Amount:       r.amount(),
		Status:       r.enum(colOrderStatus, "", "pending, paid, completed, refunded or closed", parseOrderStatus),
		DeployedOn:   r.enum(colDeployedOn, DeployedUnknown, "cloud, other or unknown", parseDeployedOn),
	}
	if r.auto {
		o.LineNo = 0
	} else if v, ok := r.whole64(colLineNo, 1, 1_000_000); ok {
		o.LineNo = int(v)
	}
	if v, ok := r.whole64(colQuantity, 0, 1_000_000_000); ok {
		o.Quantity = v
	}
	if o.PaidAt.IsZero() && (o.Status == OrderPaid || o.Status == OrderCompleted) && !r.failed(colPaidAt) {
		r.fail(colPaidAt, "must not be empty when the status is "+o.Status, "")
	}
}

// failed reports whether the row has a problem in a column already.
func (r *FeedReader) failed(col int) bool {
	for _, p := range r.row.Problems {
		if p.Column == r.bind[col].name {
			return true
		}
	}
	return false
}

// id reads a value that identifies something.
func (r *FeedReader) id(col int) string {
	v := r.text(col)
	switch {
	case v == "":
		r.fail(col, "must not be empty", "")
	case len(v) > MaxIDBytes:
		r.fail(col, fmt.Sprintf("is longer than %d bytes", MaxIDBytes), v)
	case strings.IndexByte(v, 0) >= 0:
		r.fail(col, "holds a NUL character", v)
	}
	return v
}

// given reports whether the row has a value for the column, be it an empty one: a file
// without the column says nothing, and neither does a JSONL row without the key.
func (r *FeedReader) given(col int) bool {
	b := &r.bind[col]
	if !b.bound || r.jsonl == nil || b.Const != nil {
		return b.bound
	}
	for _, at := range b.from {
		if r.jsonl.given[at] {
			return true
		}
	}
	return false
}

// short reads a value that identifies something and may be empty.
func (r *FeedReader) short(col int) string {
	if !r.bind[col].bound || r.text(col) == "" {
		return ""
	}
	return r.id(col)
}

// long reads a text of bounded length.
func (r *FeedReader) long(col int, required bool) string {
	if !r.bind[col].bound {
		return ""
	}
	v := r.text(col)
	switch {
	case v == "" && required:
		r.fail(col, "must not be empty", "")
	case len(v) > MaxTextBytes:
		r.fail(col, fmt.Sprintf("is longer than %d bytes", MaxTextBytes), v)
	case strings.IndexByte(v, 0) >= 0:
		r.fail(col, "holds a NUL character", v)
	}
	return v
}

// enum reads a value of an enumeration; empty is the default, if there is one.
func (r *FeedReader) enum(col int, empty, want string, parse func(string) (string, bool)) string {
	v := r.text(col)
	if v == "" {
		if empty == "" {
			r.fail(col, "must not be empty", "")
		}
		return empty
	}
	out, ok := parse(v)
	if !ok {
		r.fail(col, "must be "+want, v)
	}
	return out
}

// time reads a time; empty is the zero time.
func (r *FeedReader) time(col int) time.Time {
	b := &r.bind[col]
	if !b.bound {
		return time.Time{}
	}
	v := r.text(col)
	if v == "" {
		return time.Time{}
	}
	if b.Layout == "" {
		t, err := ParseFeedTime(v, b.Zone)
		if err != nil {
			r.fail(col, err.Error(), v)
		}
		return t
	}
	t, err := time.ParseInLocation(b.Layout, v, b.Zone)
	if err != nil {
		r.fail(col, "not a time of the form "+b.Layout, v)
		return time.Time{}
	}
	if y := t.Year(); y < 1970 || y > 2199 {
		r.fail(col, errYear.Error(), v)
	}
	return t
}

// whole64 reads a whole number within bounds; false when there is none.
func (r *FeedReader) whole64(col int, least, most int64) (int64, bool) {
	b := &r.bind[col]
	if !b.bound {
		return 0, false
	}
	s := r.text(col)
	if s == "" {
		return 0, false
	}
	v, err := b.Number.fixed(s, 0)
	if err != nil {
		r.fail(col, err.Error(), s)
		return 0, false
	}
	if v < least || v > most {
		r.fail(col, fmt.Sprintf("must lie between %d and %d", least, most), s)
		return 0, false
	}
	return v, true
}

// amount reads money; empty is nothing paid.
func (r *FeedReader) amount() Fen {
	b := &r.bind[colAmount]
	if !b.bound {
		return 0
	}
	s := r.text(colAmount)
	if s == "" {
		return 0
	}
	places := 2
	if b.Fen {
		places = 0
	}
	v, err := parseMoney(s, b.Number, places)
	if err != nil {
		r.fail(colAmount, err.Error(), s)
		return 0
	}
	if b.Times == "" {
		return v
	}
	by := strings.TrimSpace(r.row.Fields[b.times])
	n, err := numberFormat{}.fixed(by, 0)
	if err != nil {
		r.row.Problems = append(r.row.Problems, FeedProblem{Line: r.row.Line, Column: b.Times, Reason: err.Error(), Value: bound(by), HasValue: true})
		return 0
	}
	const most = int64(1) << 53
	if n != 0 && int64(v) > most/n {
		r.fail(colAmount, errTooLarge.Error(), s)
		return 0
	}
	return v * Fen(n)
}

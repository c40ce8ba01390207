package market

import "time"

// OrderWindow says which orders of a listing are counted: those paid in [From3, To), and
// apart those in [From2, To).
type OrderWindow struct{ From3, From2, To time.Time }

// OrderCount is how many orders of a listing count: paid or completed, free ones
// included, not fully refunded, not closed. Each line of an order counts.
type OrderCount struct {
	Count    int64     // paid in the long window
	CountTwo int64     // paid in the short window
	LastPaid time.Time // of the last one paid before the windows' end; zero when there is none
}

// YearSales are the items of one provider sold in one natural year, by paid time and
// delivery method, fully refunded and closed orders left out. The delivery of listings
// that say none is DeliveryUnknown.
type YearSales struct {
	Year       int
	ByDelivery map[string]Sold // quantities
	// Listings counts each listing once: under Cloud if any of its items runs there,
	// else under Unknown if of any it is not known, else under Other.
	Listings map[string]Sold
}

// DeliveryUnknown stands for the delivery of listings that say none.
const DeliveryUnknown = "unknown"

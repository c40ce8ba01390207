package market

import "time"

// Complaint (投诉) is one complaint that the marketplace received, about a listing or about
// a provider as a whole.
type Complaint struct {
	ID         string
	ListingID  string // "" = about the provider as a whole
	ProviderID string // may be empty where ListingID is not
	Kind       string // one of the Complaint… kinds
	Status     string // one of the Complaint… states, as it stands now
	FiledAt    time.Time
	DecidedAt  time.Time // zero: pending, or not said
}

// What complaints are about.
const (
	ComplaintRights  = "rights"  // copyright, trademarks, patents and other rights of third parties
	ComplaintService = "service" // how the service was done
	ComplaintProduct = "product" // what was delivered
	ComplaintConduct = "conduct" // how the provider behaved
	ComplaintOther   = "other"
)

// States of complaints.
const (
	ComplaintPending   = "pending"
	ComplaintUpheld    = "upheld"
	ComplaintRejected  = "rejected"
	ComplaintWithdrawn = "withdrawn"
	ComplaintSettled   = "settled" // both sides agreed; nothing was decided
)

// Package market holds what Marketwarden knows about a marketplace before it visits
// anything: providers, listings and orders as the feeds tell them, and the market
// profile (profile.go), which says what the platform's own addresses and pages look
// like. Reading feeds is in feed.go and its neighbours.
//
// The package is a leaf: values in, values out. It opens no files and no connections
// (readers are handed to it) and judges nothing.
package market

import "time"

// Shanghai is the zone of the norms: dates and years are reckoned in it, and a time
// without zone is Shanghai time. It has had no daylight saving since 1991.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60) //nolint:gochecknoglobals // a constant that Go cannot write as one

// Fen is an exact amount of money: hundredths of a yuan.
type Fen int64

// Provider (服务商) sells on the marketplace.
type Provider struct {
	ID           string
	Name         string
	Kind         string // ProviderEnterprise or ProviderIndividual
	SiteURL      string // the provider's own website; may be empty
	ContactEmail string
	Markets      []string // market categories (市场类目)
	Status       string   // StatusActive or StatusLeft
	JoinedOn     time.Time
}

// Kinds and states of providers.
const (
	ProviderEnterprise = "enterprise"
	ProviderIndividual = "individual"
	StatusActive       = "active"
	StatusLeft         = "left"
)

// Listing (商品) is one item on the marketplace.
type Listing struct {
	ID             string // the product code: the identity inside detail addresses
	ProviderID     string
	Title          string
	Market         string    // category, e.g. software, service, website
	Delivery       string    // one of the Delivery… constants
	DetailURL      string    // the marketplace's detail page
	ProductPageURL string    // the page on the provider's site that presents it; may be empty
	DeliverableURL string    // where buyers log in (SaaS) or download; may be empty
	Price          string    // as the catalogue states it, unparsed
	ListedAt       time.Time // start of the current on-sale spell
	DelistedAt     time.Time // zero while on sale
	Status         string    // StatusOnSale or StatusOffSale

	Version   string    // of the product as sold here; "" = not said
	VersionAt time.Time // since when that version is sold here; zero = not said
	// OpenSource says whether the product contains open-source software: OpenSourceYes,
	// OpenSourceNo or "" where the catalogue does not say. Licence names the licences.
	OpenSource string
	Licence    string
	// DelistingPlanKnown reports whether the catalogue says anything of plans for taking
	// the listing down; DelistingPlanOn is then the day of the plan on file, zero when
	// there is none.
	DelistingPlanKnown bool
	DelistingPlanOn    time.Time
}

// What a catalogue says of open-source software in a product.
const (
	OpenSourceYes = "yes"
	OpenSourceNo  = "no"
)

// Delivery methods and states of listings.
const (
	DeliveryImage    = "image"    // 镜像
	DeliverySoftware = "software" // software deployed on the platform
	DeliverySaaS     = "saas"
	DeliveryDownload = "download" // 下载
	DeliveryService  = "service"  // 人工服务
	DeliveryDingTalk = "dingtalk" // 钉钉
	DeliveryAPI      = "api"
	StatusOnSale     = "on_sale"
	StatusOffSale    = "off_sale"
)

// Order is one line of an order. The key is (OrderID, LineNo).
type Order struct {
	OrderID      string
	LineNo       int // default 1
	ListingID    string
	BuyerAccount string
	PaidAt       time.Time // zero: not paid
	CompletedAt  time.Time
	RefundedAt   time.Time // zero: not fully refunded
	Quantity     int64
	Amount       Fen
	Status       string // one of the Order… constants
	DeployedOn   string // one of the Deployed… constants
}

// States of orders and where they are deployed.
const (
	OrderPending    = "pending"
	OrderPaid       = "paid"
	OrderCompleted  = "completed"
	OrderRefunded   = "refunded"
	OrderClosed     = "closed"
	DeployedCloud   = "cloud"
	DeployedOther   = "other"
	DeployedUnknown = "unknown"
)

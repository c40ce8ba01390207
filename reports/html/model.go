package html

// Report is all that the pages show. Texts are in the language of Lang, days and moments
// are written in Shanghai time.
type Report struct {
	Lang    string // "zh" or "en"
	Run     Run
	Notices []string // what a reader must know first: still running, narrowed to a provider
	Counts  Counts
	Trend   []Point // earlier sweeps first, this one last

	Rules      []Rule // those with most to do first
	Providers  []Provider
	Findings   []Finding // open ones, those with most to do first
	Resolved   []Finding // in this sweep
	Waivers    []Waiver  // those to look at
	Missing    []Missing // what was not checked
	Reasons    []Reason  // the most frequent first
	Deployment []Deployment
	Orderless  []Orderless
	// What the two tables leave out.
	NothingSold                int // provider years without a sale
	Young, Unjudged, OutOfSale int // listings
}

// Run tells of the sweep.
type Run struct {
	ID                   int64
	Day, AsOf            string
	Market, Scope        string
	Took                 string // empty while it runs
	Coverage             string // percent of what applies that was checked, empty when nothing applied
	Planned, Done        int    // units of work
	NotChecked, OpenWork int
	Bundle, Engine       string
}

// Counts are the figures of the records. Open, Violations and Suspected are what is left
// to do: what is waived or dismissed is not among them.
type Counts struct {
	Open, Violations, Suspected                    int
	New, Persisting, Reopened, NotJudged, Resolved int
	Undecided, Confirmed, Waived, Dismissed        int
	Decided                                        bool // people decided about some
}

// Word is a code with what people read for it.
type Word struct{ Code, Text string }

// Point is one sweep of the trend.
type Point struct {
	Sweep                 int64
	Day                   string
	Violations, Suspected int
}

// Rule is a rule with its answers in this sweep.
type Rule struct {
	ID, Clause, Title  string
	Severity           Word
	What, Mend, Action string // empty where the rulebook no longer has the rule
	Params             []Param
	PlatformSide       bool // the marketplace's own to-do
	// How many answers; coverage is in percent and empty when nothing applied.
	Pass, Violation, Suspected, NotApplicable, NotChecked int
	Coverage                                              string
	Reasons                                               []Reason
}

// Param is a parameter of a rule.
type Param struct{ Name, Value, Doc string }

// Provider is a provider with something to show.
type Provider struct {
	ID, Name                                      string
	Violations, Suspected, New, Resolved, Missing int // New counts reopened ones, too
}

// Finding is a record.
type Finding struct {
	Fingerprint               string
	Outcome, Change, Severity Word
	Rule                      string // id
	Clause, Title, Mend       string
	PlatformSide              bool
	ProviderID, Provider      string
	ListingID, Listing        string // empty for what concerns a provider as a whole
	Expected, Found, Reason   string
	Places                    []Place
	Count                     int // how many places there were in all
	FirstSeen, LastSeen       string
	ResolvedAt, ResolvedWhy   string
	Part                      string
	Evidence                  []string // SHA-256 (hex)
	Standing                  Standing
}

// Standing is where a record stands with the people who decide.
type Standing struct {
	Word // undecided, confirmed, dismissed or waived

	Back     string    // why a decision no longer stands, or that the words changed since
	Quiet    bool      // it asks for nothing
	Decision *Decision // the last one, nil when there is none
}

// Decision is what a person decided.
type Decision struct {
	Kind, Who, Why, At string
	Until, Owner       string // of a waiver
}

// Waiver is a waiver that asks for attention.
type Waiver struct {
	*Finding

	State    Word
	DaysLeft int // negative when it is over
}

// Place is where a finding was seen: the words in their context, the offending ones in
// Marked.
type Place struct {
	URL                   string
	Field, Selector       string
	Before, Marked, After string
}

// Missing is an answer that is missing.
type Missing struct {
	Rule, Title          string
	ProviderID, Provider string
	ListingID, Variant   string
	Why                  Word
	Text                 string
}

// Reason counts what was not checked for one reason.
type Reason struct {
	Word

	Count int
	Rules []RuleCount // the most frequent first
}

// RuleCount is how often a rule is concerned.
type RuleCount struct {
	Rule, Title string
	Count       int
}

// Deployment is a provider's items of a natural year.
type Deployment struct {
	ProviderID, Provider        string
	Year                        int
	Sold, Cloud, Other, Unknown int64
	Share, DeployableShare      string // percent, a range where deployment is unknown
	Outcome                     Word
	Reason                      string
}

// Orderless is a listing that had no order for a while.
type Orderless struct {
	ListingID, Listing   string
	ProviderID, Provider string
	LastOrder            string // empty when none is known
	Months               int    // whole ones without an order
	DelistOn             string
	DaysLeft             int // until DelistOn, negative when it has passed
	Outcome              Word
	Reason               string
}

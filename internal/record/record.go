// Package record holds the types that travel between the parts of Marketwarden:
// what a rule answers about a subject (Result, Finding) and what is kept about it
// from sweep to sweep (Record).
//
// Life-cycle: a rule makes Findings in memory for one sweep; the store folds them
// into Records, one a fingerprint, which outlive sweeps. The package is pure: it
// knows no database, clock or network, and it decides nothing about rules.
package record

import (
	"crypto/sha256"
	"encoding/hex"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Outcome is what a rule answers for a subject.
type Outcome string

// The five outcomes. Only the last four are stored as rows; passes are counted.
const (
	Pass          Outcome = "pass"
	Violation     Outcome = "violation"      // the program is sure of the fact
	Suspected     Outcome = "suspected"      // a person must look
	NotApplicable Outcome = "not_applicable" // the rule has nothing to say here
	NotChecked    Outcome = "not_checked"    // with a reason; never reads as pass
)

// SubjectKind names what a finding is about.
type SubjectKind string

// Subjects of findings. A listing's subject ID is the listing ID, a provider's the
// provider ID.
const (
	SubjectListing  SubjectKind = "listing"
	SubjectProvider SubjectKind = "provider"
)

// Subject is what a rule is asked about.
type Subject struct {
	Kind       SubjectKind `json:"kind"`
	ID         string      `json:"id"`
	ProviderID string      `json:"provider_id"`
	ListingID  string      `json:"listing_id,omitempty"`
}

// Text is a sentence for people in both languages the product speaks. Words quoted
// from a page or an address are the same in both: use Same.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Same is a Text that needs no translation, such as an address.
func Same(s string) Text { return Text{ZH: s, EN: s} }

// In returns the text in lang ("zh" or "en"; anything else reads as "zh").
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.ZH
}

// IsZero reports whether the text says nothing in either language.
func (t Text) IsZero() bool { return t == Text{} }

// Occurrence is one place where a finding was seen.
type Occurrence struct {
	URL      string `json:"url,omitempty"`      // address of the page
	Field    string `json:"field,omitempty"`    // title, summary, detail, …
	Selector string `json:"selector,omitempty"` // CSS path to the element
	Snippet  string `json:"snippet"`            // the offending words in their context
	Mark     [2]int `json:"mark"`               // byte span of the offending words inside Snippet
	Span     [2]int `json:"span"`               // byte span in the page's extracted text (or the text as given)
}

// MaxOccurrences is how many places one finding keeps; Count tells how many there were.
const MaxOccurrences = 20

// Finding is what one rule says about one concept on one subject in one sweep.
type Finding struct {
	Rule          string       `json:"rule"`
	Version       int          `json:"version"` // the rule's fingerprint version
	Outcome       Outcome      `json:"outcome"` // Violation or Suspected
	Subject       Subject      `json:"subject"`
	Discriminator string       `json:"discriminator"` // the concept: a canonical target, a claim, a year
	Part          string       `json:"part"`          // what it rests on; see the Part functions
	Expected      Text         `json:"expected"`
	Found         Text         `json:"found"`
	Reason        Text         `json:"reason"`
	Ask           Text         `json:"ask,omitzero"`          // what a reviewer has to look at; never told to providers
	Mend          Text         `json:"mend,omitzero"`         // how to mend this one, where the rulebook's words do not fit
	Action        Text         `json:"action,omitzero"`       // what is recommended, where the rulebook's words do not fit
	AtRisk        bool         `json:"at_risk,omitempty"`     // no breach yet: it becomes one unless something is done
	Occurrences   []Occurrence `json:"occurrences,omitempty"` // in page order, at most MaxOccurrences
	Count         int          `json:"count"`                 // how many places in all
	Evidence      []string     `json:"evidence,omitempty"`    // SHA-256 (hex) of kept bodies
	// Material is what a finding without places states, as figures and dates that do not
	// change by themselves; people decide about it (ContentHash). Wording never enters.
	Material string `json:"material,omitempty"`
}

// Explained is the reason with what is asked of a reviewer, as reports show it to those
// who decide. Providers are told the Reason alone: what was open was settled by a person.
func (f *Finding) Explained() Text {
	if f.Ask.IsZero() {
		return f.Reason
	}
	return Text{ZH: f.Reason.ZH + "，" + f.Ask.ZH, EN: f.Reason.EN + "; " + f.Ask.EN}
}

// First returns the first occurrence, or the zero value.
func (f *Finding) First() Occurrence {
	if len(f.Occurrences) == 0 {
		return Occurrence{}
	}
	return f.Occurrences[0]
}

// Fingerprint identifies the fault across sweeps. Position, wording, severity and
// time never enter it.
func (f *Finding) Fingerprint() string {
	return hash(f.Rule, strconv.Itoa(f.Version), f.Subject.ProviderID, string(f.Subject.Kind), f.Subject.ID, f.Discriminator)
}

// ContentHash changes when the sentences or the places do; it is what brings a
// waived record back. A finding without places is about figures: there it changes with
// the outcome and with what the rule says is material.
func (f *Finding) ContentHash() string {
	if len(f.Occurrences) == 0 {
		return hash("stated", string(f.Outcome), f.Material)
	}
	parts := make([]string, 0, len(f.Occurrences))
	for _, o := range f.Occurrences {
		parts = append(parts, o.Field+"\x00"+o.Snippet)
	}
	sort.Strings(parts)
	return hash(parts...)
}

// hash joins the parts unambiguously (each is preceded by its length).
func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// The parts a finding can rest on. A record resolves only when its part was judged
// again, or is gone, or the subject left the market.

// PartHTML is the static HTML of the page at a canonical address.
func PartHTML(canonicalURL string) string { return "html:" + canonicalURL }

// PartSite is the whole website with that canonical home page, as far as it was searched.
func PartSite(canonicalHome string) string { return "site:" + canonicalHome }

// PartAddress is whether the canonical address answers, whatever stands there.
func PartAddress(canonicalURL string) string { return "address:" + canonicalURL }

// IsPlace reports whether a part is a place on the web. A rule looks at one place for a
// subject: judging another one means that this is no longer the one to judge. Feeds are
// no places: their parts stand beside each other.
func IsPlace(part string) bool {
	for _, place := range []string{PartHTML(""), PartSite(""), PartAddress("")} {
		if strings.HasPrefix(part, place) {
			return true
		}
	}
	return false
}

// PartFeed is a data feed ("orders", …).
func PartFeed(kind string) string { return "feed:" + kind }

// Result is what one rule answers for one subject.
type Result struct {
	Rule    string  `json:"rule"`
	Subject Subject `json:"subject"`
	// Variant tells apart several answers of a rule about one subject, such as years.
	Variant  string    `json:"variant,omitempty"`
	Outcome  Outcome   `json:"outcome"`
	Reason   Reason    `json:"reason,omitzero"`    // why not checked, not applicable or (rarely) more about the outcome
	Findings []Finding `json:"findings,omitempty"` // for Violation and Suspected
	// Parts are the parts that were judged: open records of this rule and subject that
	// rest on one of them and were not found again resolve. Empty for NotChecked.
	Parts []string `json:"parts,omitempty"`
}

// Reason is why something was not checked or does not apply: a code that machines
// count and a sentence for people.
type Reason struct {
	Code string `json:"code"`
	Text Text   `json:"text"`
}

// Codes of reasons. Codes are stable: reports and metrics count by them.
const (
	ReasonUnreachable  = "unreachable"
	ReasonErrorStatus  = "error_status"
	ReasonRobots       = "robots"
	ReasonBotWall      = "bot_wall"
	ReasonSoft404      = "soft_404"
	ReasonLayout       = "layout"
	ReasonShell        = "script_shell"
	ReasonRefused      = "address_refused"
	ReasonNotHTML      = "not_html"
	ReasonFeedMissing  = "feed_missing"
	ReasonFeedCoverage = "feed_does_not_cover"
	ReasonFeedStale    = "feed_stale" // imported too long ago to say how things stand
	ReasonOffline      = "offline"
	ReasonNotDeclared  = "not_declared"
	ReasonNotOnSale    = "not_on_sale"
	ReasonTooYoung     = "too_young"
	ReasonNothingSold  = "nothing_sold"
	ReasonBroken       = "rule_broken"
	ReasonJobFailed    = "job_failed"
	ReasonNoInput      = "input_lacks_it"
	ReasonSeenOnce     = "seen_once"         // failed for the first time: a second observation decides
	ReasonExplained    = "explained"         // a fact of higher order, reported by another rule, explains it
	ReasonBudget       = "search_unfinished" // a bound ended the search before all that promised was seen
	ReasonNoAddress    = "no_address"        // no address to visit is on file
)

// Status of a record.
type Status string

// A record is open or resolved; new, persisting and reopened are derived.
const (
	Open     Status = "open"
	Resolved Status = "resolved"
)

// Why a record was resolved.
const (
	ResolvedMended      = "mended"       // its part was judged again and is clean
	ResolvedPartGone    = "part_gone"    // the page it rested on is no longer the one to judge
	ResolvedSubjectGone = "subject_gone" // the subject left the market
)

// Record is a finding as kept from sweep to sweep.
type Record struct {
	Fingerprint   string
	Finding       Finding
	ContentHash   string
	Status        Status
	ResolvedWhy   string // one of the Resolved… reasons when Status is Resolved
	FirstSeen     time.Time
	LastSeen      time.Time
	ResolvedAt    time.Time // zero while open
	FirstSweep    int64
	LastSweep     int64
	ResolvedSweep int64 // 0 while open
	ReopenedSweep int64 // 0 when never reopened
}

package reports

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"marketwarden/internal/cases"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/safetext"
)

// line is one record in violations.jsonl. Keys are written in this order and are always
// there: what is missing is "", null or []. Scripts rely on the names.
type line struct {
	Fingerprint string         `json:"fingerprint"`
	Rule        string         `json:"rule"`
	Clause      string         `json:"clause"`
	Outcome     record.Outcome `json:"outcome"`
	Status      record.Status  `json:"status"`
	Severity    string         `json:"severity"`
	ProviderID  string         `json:"provider_id"`
	ListingID   string         `json:"listing_id"`
	URL         string         `json:"url"`
	Selector    string         `json:"selector"`
	Snippet     string         `json:"snippet"`
	Expected    string         `json:"expected"`
	Found       string         `json:"found"`
	FirstSeen   *string        `json:"first_seen"`
	LastSeen    *string        `json:"last_seen"`
	Evidence    []string       `json:"evidence"`

	Change        record.Change `json:"change"`
	Reason        string        `json:"reason"`
	ResolvedWhy   string        `json:"resolved_why"`
	ResolvedAt    *string       `json:"resolved_at"`
	Subject       subject       `json:"subject"`
	Title         string        `json:"title"`
	ProviderName  string        `json:"provider_name"`
	ListingTitle  string        `json:"listing_title"`
	Field         string        `json:"field"`
	Mark          [2]int        `json:"mark"`
	Occurrences   int           `json:"occurrences"`
	More          []occurrence  `json:"more"`
	Part          string        `json:"part"`
	Discriminator string        `json:"discriminator"`
	ContentHash   string        `json:"content_hash"`
	FirstSweep    int64         `json:"first_sweep"`
	LastSweep     int64         `json:"last_sweep"`
	Decision      *decision     `json:"decision"` // the last one, null when nobody decided
}

// decision is what people decided last about a record, and what it means on the day of
// the report.
type decision struct {
	State   cases.State         `json:"state"` // where the record stands today
	Kind    record.DecisionKind `json:"kind"`  // what was decided
	Who     string              `json:"who"`
	At      *string             `json:"at"`
	Why     string              `json:"why"`
	Until   string              `json:"until"` // last day of a waiver
	Owner   string              `json:"owner"` // of a waiver
	Back    cases.Back          `json:"back"`  // why it no longer stands
	Changed bool                `json:"changed"`
}

type subject struct {
	Kind record.SubjectKind `json:"kind"`
	ID   string             `json:"id"`
}

// occurrence is a place after the first.
type occurrence struct {
	URL      string `json:"url"`
	Field    string `json:"field"`
	Selector string `json:"selector"`
	Snippet  string `json:"snippet"`
	Mark     [2]int `json:"mark"`
}

// summary is the last record: with it a reader knows that the file is whole.
type summary struct {
	Record   string     `json:"record"` // "run_summary"
	Sweep    int64      `json:"sweep"`
	State    string     `json:"state"`
	Scope    string     `json:"scope"`
	Provider string     `json:"provider"` // the report was narrowed to it; coverage and units are the sweep's
	Market   string     `json:"market"`
	AsOf     *string    `json:"as_of"`
	Started  *string    `json:"started"`
	Closed   *string    `json:"closed"`
	Records  int        `json:"records"` // lines before this one
	Counts   counts     `json:"counts"`
	Units    units      `json:"units"`
	Coverage []coverage `json:"coverage"`
	Bundle   string     `json:"bundle"`
	Engine   string     `json:"engine"`
	Lang     string     `json:"lang"`
}

type units struct {
	Planned    int `json:"planned"`
	Done       int `json:"done"`
	NotChecked int `json:"not_checked"`
	Open       int `json:"open"`
}

type coverage struct {
	Rule     string         `json:"rule"`
	Clause   string         `json:"clause"`
	Outcomes outcomes       `json:"outcomes"`
	Reasons  map[string]int `json:"not_checked"` // by reason code
}

type outcomes struct {
	Pass          int `json:"pass"`
	Violation     int `json:"violation"`
	Suspected     int `json:"suspected"`
	NotApplicable int `json:"not_applicable"`
	NotChecked    int `json:"not_checked"`
}

// JSONL writes the canonical violations.jsonl: one record a line in the order provider,
// listing, rule, fingerprint, and a run_summary record last. Lines end with LF.
//
// Times are RFC 3339 in Shanghai time, cut to seconds. Texts are in the chosen language.
// The mark is a span of bytes in the UTF-8 of the snippet. Foreign text is kept as it is:
// what JSON need not escape but a terminal or editor would obey is escaped all the same.
func JSONL(w io.Writer, r record.Report, o Options) error {
	out := bufio.NewWriter(w)
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	today := o.Today.or(r.Run.AsOf)
	write := func(v any) error {
		buf.Reset()
		if err := enc.Encode(v); err != nil {
			return fmt.Errorf("encode record: %w", err)
		}
		if _, err := out.Write(escapeUnseen(buf.Bytes())); err != nil {
			return fmt.Errorf("write records: %w", err)
		}
		return nil
	}
	for _, v := range byPlace(r.Records) {
		if err := write(lineOf(v, o, today)); err != nil {
			return err
		}
	}
	if err := write(summaryOf(&r, o, today)); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write records: %w", err)
	}
	return nil
}

func lineOf(v *record.View, o Options, today Today) line {
	f := &v.Finding
	rule := o.Rules[f.Rule]
	l := line{
		Fingerprint: v.Fingerprint, Rule: f.Rule, Clause: rule.Clause, Outcome: f.Outcome, Status: v.Status, Severity: rule.Severity,
		ProviderID: f.Subject.ProviderID, ListingID: f.Subject.ListingID,
		Expected: f.Expected.In(o.Lang), Found: f.Found.In(o.Lang),
		FirstSeen: stamp(v.FirstSeen), LastSeen: stamp(v.LastSeen), Evidence: append([]string{}, f.Evidence...),
		Change: v.Change, Reason: f.Explained().In(o.Lang), ResolvedWhy: v.ResolvedWhy, ResolvedAt: stamp(v.ResolvedAt),
		Subject: subject{f.Subject.Kind, f.Subject.ID}, Title: rule.Title.In(o.Lang),
		ProviderName: v.ProviderName, ListingTitle: v.ListingTitle,
		Occurrences: places(f), More: []occurrence{},
		Part: f.Part, Discriminator: f.Discriminator, ContentHash: v.ContentHash, FirstSweep: v.FirstSweep, LastSweep: v.LastSweep,
	}
	if d := v.Decision; d != nil {
		s := today.stand(v)
		l.Decision = &decision{
			State: s.State, Kind: d.Kind, Who: d.Who, At: stamp(d.At), Why: d.Why, Until: lastDay(d), Owner: d.Owner,
			Back: s.Back, Changed: s.Changed,
		}
	}
	for i := range f.Occurrences {
		place := &f.Occurrences[i]
		snippet, mark := safetext.Marked(place.Snippet, place.Mark)
		if i == 0 {
			l.URL, l.Field, l.Selector, l.Snippet, l.Mark = place.URL, place.Field, place.Selector, snippet, mark
			continue
		}
		l.More = append(l.More, occurrence{place.URL, place.Field, place.Selector, snippet, mark})
	}
	return l
}

func summaryOf(r *record.Report, o Options, today Today) summary {
	run := &r.Run
	s := summary{
		Record: "run_summary", Sweep: run.ID, State: run.State, Scope: run.Scope, Provider: o.Provider, Market: run.Market,
		AsOf: stamp(run.AsOf), Started: stamp(run.Started), Closed: stamp(run.Closed),
		Records: len(r.Records), Counts: count(r.Records, today), Units: units(run.Units), Coverage: []coverage{},
		Bundle: run.Bundle, Engine: run.Engine, Lang: "zh",
	}
	if o.Lang == "en" {
		s.Lang = "en"
	}
	for _, c := range coverageByRule(run.Coverage) {
		line := coverage{Rule: c.Rule, Clause: o.Rules[c.Rule].Clause, Outcomes: outcomes{
			c.Outcomes[record.Pass], c.Outcomes[record.Violation], c.Outcomes[record.Suspected],
			c.Outcomes[record.NotApplicable], c.Outcomes[record.NotChecked],
		}, Reasons: c.NotChecked}
		if line.Reasons == nil {
			line.Reasons = map[string]int{}
		}
		s.Coverage = append(s.Coverage, line)
	}
	return s
}

// stamp is a moment as machines read it; nil when there is none.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.In(market.Shanghai).Format(time.RFC3339)
	return &s
}

// escapeUnseen escapes in encoded JSON the characters that act without being seen. They
// can only stand inside strings, so the value stays the same. It returns b itself when
// there is nothing to escape.
func escapeUnseen(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	if bytes.IndexFunc(b, safetext.Unseen) < 0 {
		return append(b, '\n')
	}
	out := make([]byte, 0, len(b)+64)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case !safetext.Unseen(r):
			out = append(out, b[:n]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		b = b[n:]
	}
	return append(out, '\n')
}

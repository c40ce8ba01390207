package reports

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/safetext"
	"marketwarden/reports/html"
)

// maxWords is how much of a text goes into a page, in UTF-16 units; the JSONL has it whole.
const maxWords = 2_000

// HTML returns the pages of the report. All foreign text in them is inert. See package
// html for what they are.
func HTML(r record.Report, o Options) ([]html.Page, error) {
	h := htmlBuilder{t: words(), o: o, r: &r, today: o.Today.or(r.Run.AsOf)}
	return html.Pages(h.report())
}

// htmlBuilder puts a report into words.
type htmlBuilder struct {
	t *texts
	o Options
	r *record.Report

	today Today
}

// in is one of our own texts.
func (h *htmlBuilder) in(t record.Text, args ...any) string {
	if len(args) == 0 {
		return t.In(h.o.Lang)
	}
	return fmt.Sprintf(t.In(h.o.Lang), args...)
}

// foreign is a text that came from a page or a feed, or quotes one.
func (h *htmlBuilder) foreign(t record.Text) string { return seen(t.In(h.o.Lang)) }

// seen makes foreign text inert and not too long.
func seen(s string) string { return safetext.Line(cut(s, maxWords)) }

// ident is an identifier as pages show and link it. One that had to be made inert is told
// apart from all others by its hash, so that two providers never become one.
func ident(id string) string {
	shown := seen(id)
	if shown == id {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return shown + " #" + hex.EncodeToString(sum[:6])
}

func (h *htmlBuilder) outcome(o record.Outcome) html.Word {
	return html.Word{Code: string(o), Text: h.in(h.t.outcome(o))}
}

func (h *htmlBuilder) severity(rule string) html.Word {
	s := h.o.Rules[rule].Severity
	return html.Word{Code: s, Text: h.in(h.t.severity(s))}
}

func (h *htmlBuilder) title(rule string) string { return h.foreign(h.o.Rules[rule].Title) }

func (h *htmlBuilder) report() *html.Report {
	out := &html.Report{Lang: h.o.Lang, Run: h.run(), Counts: h.counts(), Notices: h.notices()}
	for _, p := range h.r.Trend {
		out.Trend = append(out.Trend, html.Point{Sweep: p.Sweep, Day: string(day(p.AsOf)), Violations: p.Violations, Suspected: p.Suspected})
	}
	for _, v := range h.byAttention() {
		if v.Status == record.Resolved {
			out.Resolved = append(out.Resolved, h.finding(v))
		} else {
			out.Findings = append(out.Findings, h.finding(v))
		}
	}
	h.waivers(out)
	names := h.names()
	for _, m := range notCheckedByPlace(h.r.NotChecked) {
		out.Missing = append(out.Missing, html.Missing{
			Rule: m.Rule, Title: h.title(m.Rule), ProviderID: ident(m.Subject.ProviderID), Provider: seen(names[m.Subject.ProviderID]),
			ListingID: ident(m.Subject.ListingID), Variant: seen(m.Variant),
			Why: h.why(m.Reason.Code), Text: h.foreign(m.Reason.Text),
		})
	}
	out.Reasons = h.reasons(h.r.NotChecked)
	out.Rules = h.rules()
	h.deployment(out)
	h.orderless(out)
	out.Providers = providersOf(out)
	return out
}

func (h *htmlBuilder) run() html.Run {
	run := &h.r.Run
	out := html.Run{
		ID: run.ID, Day: string(day(run.AsOf)), Market: seen(run.Market), Scope: seen(run.Scope), Coverage: coverageShare(run.Coverage),
		Planned: run.Units.Planned, Done: run.Units.Done, NotChecked: run.Units.NotChecked, OpenWork: run.Units.Open,
		Bundle: seen(run.Bundle), Engine: seen(run.Engine),
	}
	if !run.AsOf.IsZero() {
		out.AsOf = run.AsOf.In(market.Shanghai).Format("2006-01-02 15:04 -07:00")
	}
	if !run.Closed.IsZero() {
		out.Took = duration(run.Closed.Sub(run.Started))
	}
	return out
}

func (h *htmlBuilder) notices() []string {
	var out []string
	switch h.r.Run.State {
	case "running":
		out = append(out, h.in(h.t.running))
	case "abandoned":
		out = append(out, h.in(h.t.abandoned))
	}
	if h.o.Provider != "" {
		out = append(out, h.in(h.t.onlyProvider, seen(h.o.Provider)))
	}
	return out
}

// byAttention orders the records by how much they ask for attention.
func (h *htmlBuilder) byAttention() []*record.View {
	severities := []string{"critical", "high", "medium", "low"}
	changes := []record.Change{record.ChangeNew, record.ChangeReopened, record.ChangePersisting, record.ChangeUnseen}
	views := byPlace(h.r.Records)
	hushed := func(v *record.View) int {
		if quiet(h.today.stand(v).State) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(views, func(a, b *record.View) int {
		return cmp.Or(
			cmp.Compare(hushed(a), hushed(b)),
			cmp.Compare(rank(a.Finding.Outcome), rank(b.Finding.Outcome)),
			cmp.Compare(slices.Index(severities, h.o.Rules[a.Finding.Rule].Severity), slices.Index(severities, h.o.Rules[b.Finding.Rule].Severity)),
			cmp.Compare(slices.Index(changes, a.Change), slices.Index(changes, b.Change)),
		)
	})
	return views
}

func (h *htmlBuilder) finding(v *record.View) html.Finding {
	f := &v.Finding
	rule := h.o.Rules[f.Rule]
	out := html.Finding{
		Fingerprint: seen(v.Fingerprint), Outcome: h.outcome(f.Outcome), Severity: h.severity(f.Rule),
		Change: html.Word{Code: string(v.Change), Text: h.in(h.t.change(v.Change))},
		Rule:   f.Rule, Clause: rule.Clause, Title: h.title(f.Rule), Mend: h.foreign(cmp.Or(f.Mend, rule.Mend)), PlatformSide: rule.PlatformSide,
		ProviderID: ident(f.Subject.ProviderID), Provider: seen(v.ProviderName),
		ListingID: ident(f.Subject.ListingID), Listing: seen(v.ListingTitle),
		Expected: h.foreign(f.Expected), Found: h.foreign(f.Found), Reason: h.foreign(f.Explained()),
		Count: places(f), FirstSeen: string(day(v.FirstSeen)), LastSeen: string(day(v.LastSeen)),
		Part: seen(f.Part), Standing: h.standing(v),
	}
	if v.Status == record.Resolved {
		out.ResolvedAt, out.ResolvedWhy = string(day(v.ResolvedAt)), seen(h.in(h.t.resolved(v.ResolvedWhy)))
	}
	for i := range f.Occurrences {
		out.Places = append(out.Places, place(&f.Occurrences[i]))
	}
	for _, sum := range f.Evidence {
		out.Evidence = append(out.Evidence, seen(sum))
	}
	return out
}

// around is how much of a snippet stands before and after the words that are marked.
const around = 240

func place(o *record.Occurrence) html.Place {
	snippet, mark := safetext.Marked(o.Snippet, o.Mark)
	before, after := []rune(snippet[:mark[0]]), snippet[mark[1]:]
	if len(before) > around {
		before = append([]rune("…"), before[len(before)-around:]...)
	}
	return html.Place{
		URL: seen(o.URL), Field: seen(o.Field), Selector: seen(o.Selector),
		Before: safetext.Line(string(before)), Marked: seen(snippet[mark[0]:mark[1]]), After: safetext.Line(cut(after, around)),
	}
}

// names are the names of providers as far as the report says them.
func (h *htmlBuilder) names() map[string]string {
	names := map[string]string{}
	say := func(id, name string) {
		if name != "" {
			names[id] = name
		}
	}
	for i := range h.r.Orderless {
		say(h.r.Orderless[i].ProviderID, h.r.Orderless[i].ProviderName)
	}
	for i := range h.r.Deployment {
		say(h.r.Deployment[i].ProviderID, h.r.Deployment[i].ProviderName)
	}
	for i := range h.r.Records {
		say(h.r.Records[i].Finding.Subject.ProviderID, h.r.Records[i].ProviderName)
	}
	return names
}

func (h *htmlBuilder) why(code string) html.Word {
	return html.Word{Code: seen(code), Text: seen(h.in(h.t.reason(code)))}
}

// daysUntil is the number of days in Shanghai from one moment to another.
func daysUntil(from, to time.Time) int {
	return int(math.Round(midnight(to).Sub(midnight(from)).Hours() / 24))
}

func midnight(t time.Time) time.Time {
	y, m, d := t.In(market.Shanghai).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// htmlFolder is the folder of the pages beside the files of other formats.
const htmlFolder = "html"

// htmlFiles are the pages as files, the summary last.
func htmlFiles(r record.Report, o Options) ([]file, error) {
	pages, err := HTML(r, o)
	if err != nil {
		return nil, fmt.Errorf("set the pages: %w", err)
	}
	out := make([]file, len(pages))
	for i, p := range pages {
		out[i] = file{htmlFolder + "/" + p.Name, func(w io.Writer, _ record.Report, _ Options) error { return p.Write(w) }}
	}
	return out, nil
}

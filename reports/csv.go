package reports

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// The CSV files are for people with a spreadsheet: UTF-8 with a byte order mark (without
// it Excel reads the system's code page), comma, CRLF, a heading in the chosen language,
// words instead of codes, Shanghai time. Machines read the JSONL.
//
// Every text is quoted, so that a program that splits at another sign still sees whole
// cells; numbers of our own are not. See cell for what becomes of foreign text.

// value is one cell, ready to write.
type value string

func text(s string) value { return value(`"` + strings.ReplaceAll(cell(s), `"`, `""`) + `"`) }

func number[T int | int64](n T) value { return value(strconv.FormatInt(int64(n), 10)) }

// share is a percentage as percent writes it; empty when there is none.
func share(part, whole int64) value { return value(percent(part, whole)) }

func moment(t time.Time) value { return timeAs(t, time.DateTime) }
func day(t time.Time) value    { return timeAs(t, time.DateOnly) }

func timeAs(t time.Time, layout string) value {
	if t.IsZero() {
		return ""
	}
	return value(t.In(market.Shanghai).Format(layout))
}

// column is one column of a file over rows of type T.
type csvColumn[T any] struct {
	head record.Text
	cell func(*T) value
}

func writeCSV[T any](w io.Writer, lang string, columns []csvColumn[T], rows []*T) error {
	out := bufio.NewWriter(w)
	_, _ = out.WriteString("\ufeff") // bufio keeps the first error for Flush
	for i, c := range columns {
		writeCell(out, i, text(c.head.In(lang)))
	}
	for _, row := range rows {
		_, _ = out.WriteString("\r\n")
		for i, c := range columns {
			writeCell(out, i, c.cell(row))
		}
	}
	_, _ = out.WriteString("\r\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func writeCell(out *bufio.Writer, i int, v value) {
	if i > 0 {
		_ = out.WriteByte(',')
	}
	_, _ = out.WriteString(string(v))
}

// ViolationsCSV writes the records: the open ones and those resolved in this sweep. Its
// first columns are empty: a reviewer fills them in, and ReadReviewed reads them back.
func ViolationsCSV(w io.Writer, r record.Report, o Options) error {
	t := words()
	type view = record.View
	in := func(x record.Text) value { return text(x.In(o.Lang)) }
	today := o.Today.or(r.Run.AsOf)
	nothing := func(*view) value { return "" }
	last := func(cell func(*record.Decision) value) func(*view) value {
		return func(v *view) value {
			if v.Decision == nil {
				return ""
			}
			return cell(v.Decision)
		}
	}
	return writeCSV(w, o.Lang, []csvColumn[view]{
		{t.fillDecision, nothing},
		{t.fillWhy, nothing},
		{t.fillUntil, nothing},
		{t.fillOwner, nothing},
		{t.colStanding, func(v *view) value { s := today.stand(v); return in(t.standing(&s)) }},
		{t.colDecidedBy, last(func(d *record.Decision) value { return text(d.Who) })},
		{t.colDecidedAt, last(func(d *record.Decision) value { return moment(d.At) })},
		{t.colDecidedWhy, last(func(d *record.Decision) value { return text(d.Why) })},
		{t.colWaivedUntil, last(func(d *record.Decision) value { return value(lastDay(d)) })},
		{t.colChange, func(v *view) value { return in(t.change(v.Change)) }},
		{t.colOutcome, func(v *view) value { return in(t.outcome(v.Finding.Outcome)) }},
		{t.colStatus, func(v *view) value { return in(t.status(v.Status)) }},
		{t.colSeverity, func(v *view) value { return in(t.severity(o.Rules[v.Finding.Rule].Severity)) }},
		{t.colRule, func(v *view) value { return text(v.Finding.Rule) }},
		{t.colTitle, func(v *view) value { return in(o.Rules[v.Finding.Rule].Title) }},
		{t.colClause, func(v *view) value { return text(o.Rules[v.Finding.Rule].Clause) }},
		{t.colProviderID, func(v *view) value { return text(v.Finding.Subject.ProviderID) }},
		{t.colProvider, func(v *view) value { return text(v.ProviderName) }},
		{t.colListingID, func(v *view) value { return text(v.Finding.Subject.ListingID) }},
		{t.colListing, func(v *view) value { return text(v.ListingTitle) }},
		{t.colURL, func(v *view) value { return text(v.Finding.First().URL) }},
		{t.colField, func(v *view) value { return text(v.Finding.First().Field) }},
		{t.colSelector, func(v *view) value { return text(v.Finding.First().Selector) }},
		{t.colSnippet, func(v *view) value { return text(v.Finding.First().Snippet) }},
		{t.colExpected, func(v *view) value { return in(v.Finding.Expected) }},
		{t.colFound, func(v *view) value { return in(v.Finding.Found) }},
		{t.colReason, func(v *view) value { return in(v.Finding.Explained()) }},
		{t.colMend, func(v *view) value { return in(cmp.Or(v.Finding.Mend, o.Rules[v.Finding.Rule].Mend)) }},
		{t.colPlaces, func(v *view) value { return number(places(&v.Finding)) }},
		{t.colFirstSeen, func(v *view) value { return moment(v.FirstSeen) }},
		{t.colLastSeen, func(v *view) value { return moment(v.LastSeen) }},
		{t.colResolvedAt, func(v *view) value { return moment(v.ResolvedAt) }},
		{t.colResolvedWhy, func(v *view) value { return in(t.resolved(v.ResolvedWhy)) }},
		{t.colPart, func(v *view) value { return text(v.Finding.Part) }},
		{t.colEvidence, func(v *view) value { return text(strings.Join(v.Finding.Evidence, " ")) }},
		{t.colDecisionID, last(func(d *record.Decision) value { return number(d.ID) })},
		{t.colContent, func(v *view) value { return text(v.ContentHash) }},
		{t.colFingerprint, func(v *view) value { return text(v.Fingerprint) }},
	}, byPlace(r.Records))
}

// DeploymentCSV writes the items each provider sold in a year and how many of them run
// on the platform's cloud, over all kinds and over those that can be deployed.
// Percentages are rounded down to one decimal.
func DeploymentCSV(w io.Writer, r record.Report, o Options) error {
	t := words()
	type row = record.DeploymentRow
	return writeCSV(w, o.Lang, []csvColumn[row]{
		{t.colProviderID, func(d *row) value { return text(d.ProviderID) }},
		{t.colProvider, func(d *row) value { return text(d.ProviderName) }},
		{t.colYear, func(d *row) value { return number(d.Year) }},
		{t.colSold, func(d *row) value { return number(d.Sold) }},
		{t.colCloud, func(d *row) value { return number(d.Cloud) }},
		{t.colOther, func(d *row) value { return number(d.Other) }},
		{t.colUnknown, func(d *row) value { return number(d.Unknown) }},
		{t.colShare, func(d *row) value { return share(d.Cloud, d.Sold) }},
		{t.colShareMost, func(d *row) value { return share(d.Cloud+d.Unknown, d.Sold) }},
		{t.colDeployable, func(d *row) value { return number(d.Deployable) }},
		{t.colDeployableCloud, func(d *row) value { return number(d.DeployableCloud) }},
		{t.colDeployableUnknown, func(d *row) value { return number(d.DeployableUnknown) }},
		{t.colDeployableShare, func(d *row) value { return share(d.DeployableCloud, d.Deployable) }},
		{t.colDeployableShareMost, func(d *row) value { return share(d.DeployableCloud+d.DeployableUnknown, d.Deployable) }},
		{t.colOutcome, func(d *row) value { return text(t.outcome(d.Outcome).In(o.Lang)) }},
		{t.colReason, func(d *row) value { return text(d.Reason.In(o.Lang)) }},
	}, deploymentByProvider(r.Deployment))
}

// OrderlessCSV writes how long each listing has been without an order, and the day on
// which three months are full.
func OrderlessCSV(w io.Writer, r record.Report, o Options) error {
	t := words()
	type row = record.OrderlessRow
	return writeCSV(w, o.Lang, []csvColumn[row]{
		{t.colProviderID, func(l *row) value { return text(l.ProviderID) }},
		{t.colProvider, func(l *row) value { return text(l.ProviderName) }},
		{t.colListingID, func(l *row) value { return text(l.ListingID) }},
		{t.colListing, func(l *row) value { return text(l.Title) }},
		{t.colListedOn, func(l *row) value { return day(l.ListedAt) }},
		{t.colLastOrder, func(l *row) value { return day(l.LastOrder) }},
		{t.colMonths, func(l *row) value { return number(l.Months) }},
		{t.colDelistOn, func(l *row) value { return day(l.DelistOn) }},
		{t.colOutcome, func(l *row) value { return text(t.outcome(l.Outcome).In(o.Lang)) }},
		{t.colReason, func(l *row) value { return text(l.Reason.In(o.Lang)) }},
	}, orderlessByListing(r.Orderless))
}

// NotCheckedCSV writes what was not checked in the sweep, and why.
func NotCheckedCSV(w io.Writer, r record.Report, o Options) error {
	t := words()
	type row = record.Result
	return writeCSV(w, o.Lang, []csvColumn[row]{
		{t.colRule, func(a *row) value { return text(a.Rule) }},
		{t.colTitle, func(a *row) value { return text(o.Rules[a.Rule].Title.In(o.Lang)) }},
		{t.colClause, func(a *row) value { return text(o.Rules[a.Rule].Clause) }},
		{t.colSubject, func(a *row) value { return text(t.subject(a.Subject.Kind).In(o.Lang)) }},
		{t.colProviderID, func(a *row) value { return text(a.Subject.ProviderID) }},
		{t.colListingID, func(a *row) value { return text(a.Subject.ListingID) }},
		{t.colVariant, func(a *row) value { return text(a.Variant) }},
		{t.colReasonCode, func(a *row) value { return text(a.Reason.Code) }},
		{t.colWhy, func(a *row) value { return text(t.reason(a.Reason.Code).In(o.Lang)) }},
		{t.colReason, func(a *row) value { return text(a.Reason.Text.In(o.Lang)) }},
	}, notCheckedByPlace(r.NotChecked))
}

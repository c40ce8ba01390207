package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/record"
)

// Report reads all that a report shows about a sweep; id 0 is the last closed one, and
// providerID "" is every provider. ErrNoSweep: there is no such sweep.
func (s *Store) Report(ctx context.Context, id int64, providerID string) (record.Report, error) {
	var r record.Report
	var sw Sweep
	var err error
	if id == 0 {
		sw, err = s.LastClosedSweep(ctx)
	} else {
		sw, err = s.SweepByID(ctx, id)
	}
	if err != nil {
		return r, err
	}
	// One snapshot, so that the figures of a report agree with each other while another
	// sweep goes on.
	err = pgx.BeginTxFunc(ctx, s.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if r.Run, err = readRun(ctx, tx, &sw); err != nil {
			return err
		}
		if r.Records, err = readViews(ctx, tx, &sw, providerID); err != nil {
			return err
		}
		if r.NotChecked, err = readNotChecked(ctx, tx, sw.ID, providerID); err != nil {
			return err
		}
		if r.Deployment, err = readDeployment(ctx, tx, sw.ID, providerID); err != nil {
			return err
		}
		r.Orderless, err = readOrderless(ctx, tx, sw.ID, providerID)
		return err
	})
	if err != nil {
		return r, fmt.Errorf("read report of sweep %d: %w", sw.ID, err)
	}
	return r, nil
}

func readRun(ctx context.Context, tx pgx.Tx, sw *Sweep) (record.Run, error) {
	run := record.Run{
		ID: sw.ID, AsOf: sw.AsOf, Started: sw.Started, State: sw.State, Scope: sw.Scope.String(),
		Market: sw.Market, Bundle: sw.Bundle, Engine: sw.Engine,
	}
	if sw.Closed != nil {
		run.Closed = *sw.Closed
	}
	u := &run.Units
	err := tx.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'not_checked'),
		count(*) FILTER (WHERE state = 'open') FROM sweep_units WHERE sweep = $1`, sw.ID).
		Scan(&u.Planned, &u.Done, &u.NotChecked, &u.Open)
	if err != nil {
		return run, fmt.Errorf("count units: %w", err)
	}
	byRule := map[string]int{}
	at := func(rule string) *record.RuleCoverage {
		i, ok := byRule[rule]
		if !ok {
			i = len(run.Coverage)
			byRule[rule] = i
			run.Coverage = append(run.Coverage, record.RuleCoverage{
				Rule: rule, Outcomes: map[record.Outcome]int{}, NotChecked: map[string]int{},
			})
		}
		return &run.Coverage[i]
	}
	var rule, outcome, code string
	var n int
	rows, err := tx.Query(ctx, `SELECT rule, outcome, sum(n)::int FROM sweep_counts WHERE sweep = $1 GROUP BY 1, 2 ORDER BY 1, 2`, sw.ID)
	if err != nil {
		return run, fmt.Errorf("count outcomes: %w", err)
	}
	if _, err = pgx.ForEachRow(rows, []any{&rule, &outcome, &n}, func() error {
		at(rule).Outcomes[record.Outcome(outcome)] = n
		return nil
	}); err != nil {
		return run, fmt.Errorf("count outcomes: %w", err)
	}
	rows, err = tx.Query(ctx, `SELECT rule, reason_code, count(*)::int FROM results
		WHERE sweep = $1 AND outcome = 'not_checked' GROUP BY 1, 2 ORDER BY 1, 2`, sw.ID)
	if err != nil {
		return run, fmt.Errorf("count reasons: %w", err)
	}
	if _, err = pgx.ForEachRow(rows, []any{&rule, &code, &n}, func() error {
		at(rule).NotChecked[code] = n
		return nil
	}); err != nil {
		return run, fmt.Errorf("count reasons: %w", err)
	}
	return run, nil
}

// readViews reads the records that were open in the sweep or resolved in it. A finding
// is told as it was seen in that sweep, where it was seen.
func readViews(ctx context.Context, tx pgx.Tx, sw *Sweep, providerID string) ([]record.View, error) {
	if !sw.Records {
		return readLookBack(ctx, tx, sw, providerID)
	}
	var before int64 // the closed sweep before: what a given-up one did in between is new to the reader, too
	err := tx.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM sweeps WHERE id < $1 AND state = 'closed' AND records`, sw.ID).Scan(&before)
	if err != nil {
		return nil, fmt.Errorf("look for the sweep before %d: %w", sw.ID, err)
	}
	rows, err := tx.Query(ctx, `SELECT r.fingerprint, coalesce(f.finding, r.finding), r.content_hash,
		  CASE WHEN e.event = 'resolved' THEN 'resolved' ELSE 'open' END, coalesce(e.why, ''), r.first_seen,
		  CASE WHEN r.last_sweep <= $1 THEN r.last_seen ELSE (SELECT max(s.as_of) FROM sweep_findings g
		    JOIN sweeps s ON s.id = g.sweep WHERE g.fingerprint = r.fingerprint AND g.sweep <= $1) END,
		  CASE WHEN e.event = 'resolved' THEN (SELECT as_of FROM sweeps WHERE id = e.sweep) END,
		  r.first_sweep, r.last_sweep,
		  CASE WHEN e.event = 'resolved' THEN e.sweep ELSE 0 END, CASE WHEN e.event = 'reopened' THEN e.sweep ELSE 0 END,
		  f.fingerprint IS NOT NULL, coalesce(p.name, ''), coalesce(l.title, '')
		FROM records r
		LEFT JOIN LATERAL (SELECT event, why, sweep FROM record_events
		  WHERE fingerprint = r.fingerprint AND sweep <= $1 ORDER BY sweep DESC LIMIT 1) e ON true
		LEFT JOIN sweep_findings f ON f.sweep = $1 AND f.fingerprint = r.fingerprint
		LEFT JOIN providers p ON p.provider_id = r.provider_id
		LEFT JOIN listings l ON l.listing_id = r.listing_id
		WHERE r.first_sweep <= $1 AND (e.event IS DISTINCT FROM 'resolved' OR e.sweep > $2)
		  AND ($3 = '' OR r.provider_id = $3)
		ORDER BY r.provider_id, r.listing_id, r.rule, r.fingerprint`, sw.ID, before, providerID)
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (record.View, error) {
		var v record.View
		var resolvedAt *time.Time
		var seen bool
		err := row.Scan(&v.Fingerprint, &v.Finding, &v.ContentHash, &v.Status, &v.ResolvedWhy, &v.FirstSeen, &v.LastSeen,
			&resolvedAt, &v.FirstSweep, &v.LastSweep, &v.ResolvedSweep, &v.ReopenedSweep, &seen, &v.ProviderName, &v.ListingTitle)
		if resolvedAt != nil {
			v.ResolvedAt = *resolvedAt
		}
		v.Change = change(&v.Record, before, seen)
		return v, err
	})
}

// change derives what a record did since the sweep before.
func change(r *record.Record, before int64, seen bool) record.Change {
	switch {
	case r.Status == record.Resolved:
		return record.ChangeResolved
	case r.FirstSweep > before:
		return record.ChangeNew
	case r.ReopenedSweep > before:
		return record.ChangeReopened
	case seen:
		return record.ChangePersisting
	default:
		return record.ChangeUnseen
	}
}

// readLookBack reads the findings of a sweep that touched no records.
func readLookBack(ctx context.Context, tx pgx.Tx, sw *Sweep, providerID string) ([]record.View, error) {
	rows, err := tx.Query(ctx, `SELECT f.fingerprint, f.finding, coalesce(p.name, ''), coalesce(l.title, '')
		FROM sweep_findings f
		LEFT JOIN providers p ON p.provider_id = f.finding->'subject'->>'provider_id'
		LEFT JOIN listings l ON l.listing_id = f.finding->'subject'->>'listing_id'
		WHERE f.sweep = $1 AND ($2 = '' OR f.finding->'subject'->>'provider_id' = $2)
		ORDER BY f.finding->'subject'->>'provider_id', f.finding->'subject'->>'listing_id', f.finding->>'rule', f.fingerprint`,
		sw.ID, providerID)
	if err != nil {
		return nil, fmt.Errorf("read findings: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (record.View, error) {
		v := record.View{Change: record.ChangeNew}
		v.Status, v.FirstSeen, v.LastSeen, v.FirstSweep, v.LastSweep = record.Open, sw.AsOf, sw.AsOf, sw.ID, sw.ID
		err := row.Scan(&v.Fingerprint, &v.Finding, &v.ProviderName, &v.ListingTitle)
		v.ContentHash = v.Finding.ContentHash()
		return v, err
	})
}

// Results reads the answers of a sweep that are not pass, with their findings, by rule
// and subject.
func (s *Store) Results(ctx context.Context, sweep int64) ([]record.Result, error) {
	out, err := readResults(ctx, s.Pool, `WHERE sweep = $1`, sweep)
	if err != nil {
		return nil, err
	}
	rows, err := s.Pool.Query(ctx, `SELECT finding FROM sweep_findings WHERE sweep = $1 ORDER BY fingerprint`, sweep)
	if err != nil {
		return nil, fmt.Errorf("read findings: %w", err)
	}
	findings, err := pgx.CollectRows(rows, pgx.RowTo[record.Finding])
	if err != nil {
		return nil, fmt.Errorf("read findings: %w", err)
	}
	for i := range findings {
		f := &findings[i]
		for k := range out {
			if r := &out[k]; r.Rule == f.Rule && r.Subject == f.Subject && (r.Variant == "" || r.Variant == f.Discriminator) {
				r.Findings = append(r.Findings, *f)
			}
		}
	}
	return out, nil
}

func readNotChecked(ctx context.Context, tx pgx.Tx, sweep int64, providerID string) ([]record.Result, error) {
	return readResults(ctx, tx, `WHERE sweep = $1 AND outcome = 'not_checked' AND ($2 = '' OR provider_id = $2)`, sweep, providerID)
}

func readResults(ctx context.Context, db Querier, where string, args ...any) ([]record.Result, error) {
	rows, err := db.Query(ctx, `SELECT rule, subject_kind, subject_id, provider_id, listing_id, variant, outcome, reason_code, reason
		FROM results `+where+` ORDER BY provider_id, listing_id, rule, subject_id, variant`, args...)
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (record.Result, error) {
		var r record.Result
		err := row.Scan(&r.Rule, &r.Subject.Kind, &r.Subject.ID, &r.Subject.ProviderID, &r.Subject.ListingID,
			&r.Variant, &r.Outcome, &r.Reason.Code, &r.Reason.Text)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	return out, nil
}

func readDeployment(ctx context.Context, tx pgx.Tx, sweep int64, providerID string) ([]record.DeploymentRow, error) {
	rows, err := tx.Query(ctx, `SELECT subject_id, name, outcome, reason, facts FROM account_facts
		WHERE sweep = $1 AND kind = 'deployment' AND ($2 = '' OR provider_id = $2) ORDER BY subject_id, variant`, sweep, providerID)
	if err != nil {
		return nil, fmt.Errorf("read deployment figures: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (record.DeploymentRow, error) {
		var r record.DeploymentRow
		var f DeploymentFigures
		err := row.Scan(&r.ProviderID, &r.ProviderName, &r.Outcome, &r.Reason, &f)
		r.Year, r.Sold, r.Cloud, r.Other, r.Unknown = f.Year, f.All.Total(), f.All.Cloud, f.All.Other, f.All.Unknown
		r.Deployable, r.DeployableCloud, r.DeployableUnknown = f.Deployable.Total(), f.Deployable.Cloud, f.Deployable.Unknown
		return r, err
	})
}

func readOrderless(ctx context.Context, tx pgx.Tx, sweep int64, providerID string) ([]record.OrderlessRow, error) {
	rows, err := tx.Query(ctx, `SELECT a.subject_id, a.name, a.provider_id, coalesce(p.name, ''), a.outcome, a.reason, a.facts
		FROM account_facts a LEFT JOIN providers p ON p.provider_id = a.provider_id
		WHERE sweep = $1 AND a.kind = 'orders' AND ($2 = '' OR a.provider_id = $2) ORDER BY a.provider_id, subject_id`, sweep, providerID)
	if err != nil {
		return nil, fmt.Errorf("read order figures: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (record.OrderlessRow, error) {
		var r record.OrderlessRow
		var f OrderFigures
		err := row.Scan(&r.ListingID, &r.Title, &r.ProviderID, &r.ProviderName, &r.Outcome, &r.Reason, &f)
		r.ListedAt, r.Months = f.ListedAt, f.Months
		if f.LastOrder != nil {
			r.LastOrder = *f.LastOrder
		}
		if f.DelistOn != nil {
			r.DelistOn = *f.DelistOn
		}
		return r, err
	})
}

// DiffSweeps tells what changed from one sweep to a later one. A finding is gone only
// where the later one asked the rule about the subject again and had an answer.
func (s *Store) DiffSweeps(ctx context.Context, from, to int64) (record.SweepDiff, error) {
	d := record.SweepDiff{From: from, To: to}
	rows, err := s.Pool.Query(ctx, `SELECT coalesce(b.finding, a.finding), a.fingerprint IS NOT NULL, b.fingerprint IS NOT NULL,
		  coalesce(a.finding - 'evidence' IS DISTINCT FROM b.finding - 'evidence', false),
		  a.fingerprint IS NOT NULL AND b.fingerprint IS NULL AND (
		    EXISTS (SELECT FROM results r WHERE r.sweep = $2 AND r.outcome = 'not_checked' AND r.rule = a.finding->>'rule'
		      AND r.subject_kind = a.finding->'subject'->>'kind' AND r.subject_id = a.finding->'subject'->>'id')
		    OR NOT EXISTS (SELECT FROM sweep_counts c WHERE c.sweep = $2 AND c.rule = a.finding->>'rule')
		    OR NOT EXISTS (SELECT FROM sweep_units u WHERE u.sweep = $2 AND u.state = 'done' AND CASE a.finding->'subject'->>'kind'
		      WHEN 'listing' THEN u.snapshot->'listings' @> jsonb_build_array(jsonb_build_object('ID', a.finding->'subject'->>'id'))
		      ELSE u.snapshot->'providers' @> jsonb_build_array(jsonb_build_object('ID', a.finding->'subject'->>'id')) END))
		FROM (SELECT * FROM sweep_findings WHERE sweep = $1) a
		FULL JOIN (SELECT * FROM sweep_findings WHERE sweep = $2) b USING (fingerprint)
		ORDER BY fingerprint`, from, to)
	if err != nil {
		return d, fmt.Errorf("compare sweeps %d and %d: %w", from, to, err)
	}
	var f record.Finding
	var inFrom, inTo, differs, unjudged bool
	_, err = pgx.ForEachRow(rows, []any{&f, &inFrom, &inTo, &differs, &unjudged}, func() error {
		switch {
		case inTo && !inFrom:
			d.New = append(d.New, f)
		case inFrom && !inTo && unjudged:
			d.Unjudged = append(d.Unjudged, f)
		case inFrom && !inTo:
			d.Gone = append(d.Gone, f)
		case differs:
			d.Changed = append(d.Changed, f)
		}
		f = record.Finding{}
		return nil
	})
	if err != nil {
		return d, fmt.Errorf("compare sweeps %d and %d: %w", from, to, err)
	}
	return d, nil
}

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/record"
)

// Report reads all that a report shows about a sweep; id 0 is the last closed one, and
// providerID "" is every provider. ErrNoSweep: there is no such sweep; ErrPruned: it is too old.
func (s *Store) Report(ctx context.Context, id int64, providerID string) (record.Report, error) {
	var r record.Report
	err := s.ReadReport(ctx, id, providerID, ReportRows{
		Run:        func(run record.Run) { r.Run = run },
		Record:     func(v *record.View) { r.Records = append(r.Records, *v) },
		NotChecked: func(a *record.Result) { r.NotChecked = append(r.NotChecked, *a) },
		Deployment: func(d *record.DeploymentRow) { r.Deployment = append(r.Deployment, *d) },
		Orderless:  func(o *record.OrderlessRow) { r.Orderless = append(r.Orderless, *o) },
		Trend:      func(p []record.TrendPoint) { r.Trend = p },
	})
	return r, err
}

// ReportRows takes what a report shows, row by row: first Run, then the rows of each list.
// What is pointed to may be kept.
type ReportRows struct {
	Run        func(record.Run)
	Record     func(*record.View)
	NotChecked func(*record.Result)
	Deployment func(*record.DeploymentRow)
	Orderless  func(*record.OrderlessRow)
	Trend      func([]record.TrendPoint) // nil: not wanted
}

// ReadReport reads what Report returns and holds a row of it at a time, for readers that
// keep less than all.
func (s *Store) ReadReport(ctx context.Context, id int64, providerID string, to ReportRows) error {
	var sw Sweep
	var err error
	if id == 0 {
		sw, err = s.LastClosedSweep(ctx)
	} else {
		sw, err = s.SweepByID(ctx, id)
	}
	if err == nil && sw.Pruned {
		err = fmt.Errorf("sweep %d: %w", sw.ID, ErrPruned)
	}
	if err != nil {
		return err
	}
	// One snapshot, so that the figures of a report agree with each other while another
	// sweep goes on.
	err = pgx.BeginTxFunc(ctx, s.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		run, err := readRun(ctx, tx, &sw)
		if err != nil {
			return err
		}
		to.Run(run)
		if err := readViews(ctx, tx, &sw, providerID, to.Record); err != nil {
			return err
		}
		if err := readNotChecked(ctx, tx, sw.ID, providerID, to.NotChecked); err != nil {
			return err
		}
		if err := readDeployment(ctx, tx, sw.ID, providerID, to.Deployment); err != nil {
			return err
		}
		if err := readOrderless(ctx, tx, sw.ID, providerID, to.Orderless); err != nil || to.Trend == nil {
			return err
		}
		trend, err := readTrend(ctx, tx, &sw, providerID)
		if err == nil {
			to.Trend(trend)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read report of sweep %d: %w", sw.ID, err)
	}
	return nil
}

// Run reads what a sweep's report says of the sweep itself; ErrNoSweep when there is none.
func (s *Store) Run(ctx context.Context, id int64) (record.Run, error) {
	sw, err := s.SweepByID(ctx, id)
	if err == nil && sw.Pruned {
		err = fmt.Errorf("sweep %d: %w", id, ErrPruned)
	}
	if err != nil {
		return record.Run{}, err
	}
	var run record.Run
	err = pgx.BeginTxFunc(ctx, s.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		run, err = readRun(ctx, tx, &sw)
		return err
	})
	if err != nil {
		return run, fmt.Errorf("read run of sweep %d: %w", id, err)
	}
	return run, nil
}

// eachRow calls f for every row as scan reads it, one at a time.
func eachRow[T any](rows pgx.Rows, scan pgx.RowToFunc[T], f func(*T)) error {
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return err
		}
		f(&v)
	}
	return rows.Err()
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
// is told as it was seen in that sweep, where it was seen; the decision is the last one of
// all, since people decide after the night.
func readViews(ctx context.Context, tx pgx.Tx, sw *Sweep, providerID string, f func(*record.View)) error {
	if !sw.Records {
		return readLookBack(ctx, tx, sw, providerID, f)
	}
	var before int64 // the closed sweep before: what a given-up one did in between is new to the reader, too
	err := tx.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM sweeps WHERE id < $1 AND state = 'closed' AND records AND NOT scope ? 'recheck'`, sw.ID).Scan(&before)
	if err != nil {
		return fmt.Errorf("look for the sweep before %d: %w", sw.ID, err)
	}
	rows, err := tx.Query(ctx, `SELECT r.fingerprint, coalesce(f.finding, r.finding), r.content_hash,
		  CASE WHEN e.event = 'resolved' THEN 'resolved' ELSE 'open' END, coalesce(e.why, ''), r.first_seen,
		  CASE WHEN r.last_sweep <= $1 THEN r.last_seen ELSE coalesce((SELECT max(s.as_of) FROM sweep_findings g
		    JOIN sweeps s ON s.id = g.sweep WHERE g.fingerprint = r.fingerprint AND g.sweep <= $1), r.first_seen) END,
		  CASE WHEN e.event = 'resolved' THEN (SELECT as_of FROM sweeps WHERE id = e.sweep) END,
		  r.first_sweep, r.last_sweep,
		  CASE WHEN e.event = 'resolved' THEN e.sweep ELSE 0 END, CASE WHEN e.event = 'reopened' THEN e.sweep ELSE 0 END,
		  f.fingerprint IS NOT NULL, coalesce(p.name, ''), coalesce(l.title, ''), `+decisionColumns+`
		FROM records r`+lastDecision+`
		LEFT JOIN LATERAL (SELECT event, why, sweep FROM record_events
		  WHERE fingerprint = r.fingerprint AND sweep <= $1 ORDER BY sweep DESC LIMIT 1) e ON true
		LEFT JOIN sweep_findings f ON f.sweep = $1 AND f.fingerprint = r.fingerprint
		LEFT JOIN providers p ON p.provider_id = r.provider_id
		LEFT JOIN listings l ON l.listing_id = r.listing_id
		WHERE r.first_sweep <= $1 AND (e.event IS DISTINCT FROM 'resolved' OR e.sweep > $2)
		  AND ($3 = '' OR r.provider_id = $3)
		ORDER BY r.provider_id, r.listing_id, r.rule, r.fingerprint`, sw.ID, before, providerID)
	if err != nil {
		return fmt.Errorf("read records: %w", err)
	}
	return eachRow(rows, func(row pgx.CollectableRow) (record.View, error) {
		var v record.View
		var resolvedAt *time.Time
		var seen bool
		var n nullDecision
		err := row.Scan(append([]any{
			&v.Fingerprint, &v.Finding, &v.ContentHash, &v.Status, &v.ResolvedWhy, &v.FirstSeen, &v.LastSeen,
			&resolvedAt, &v.FirstSweep, &v.LastSweep, &v.ResolvedSweep, &v.ReopenedSweep, &seen, &v.ProviderName, &v.ListingTitle,
		}, n.targets()...)...)
		v.Decision = n.decision(v.Fingerprint)
		if resolvedAt != nil {
			v.ResolvedAt = *resolvedAt
		}
		v.Change = change(&v.Record, before, seen)
		return v, err
	}, f)
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
func readLookBack(ctx context.Context, tx pgx.Tx, sw *Sweep, providerID string, f func(*record.View)) error {
	rows, err := tx.Query(ctx, `SELECT f.fingerprint, f.finding, coalesce(p.name, ''), coalesce(l.title, '')
		FROM sweep_findings f
		LEFT JOIN providers p ON p.provider_id = f.finding->'subject'->>'provider_id'
		LEFT JOIN listings l ON l.listing_id = f.finding->'subject'->>'listing_id'
		WHERE f.sweep = $1 AND ($2 = '' OR f.finding->'subject'->>'provider_id' = $2)
		ORDER BY f.finding->'subject'->>'provider_id', f.finding->'subject'->>'listing_id', f.finding->>'rule', f.fingerprint`,
		sw.ID, providerID)
	if err != nil {
		return fmt.Errorf("read findings: %w", err)
	}
	return eachRow(rows, func(row pgx.CollectableRow) (record.View, error) {
		v := record.View{Change: record.ChangeNew}
		v.Status, v.FirstSeen, v.LastSeen, v.FirstSweep, v.LastSweep = record.Open, sw.AsOf, sw.AsOf, sw.ID, sw.ID
		err := row.Scan(&v.Fingerprint, &v.Finding, &v.ProviderName, &v.ListingTitle)
		v.ContentHash = v.Finding.ContentHash()
		return v, err
	}, f)
}

// Results reads the answers of a sweep that are not pass, with their findings, by rule
// and subject.
func (s *Store) Results(ctx context.Context, sweep int64) ([]record.Result, error) {
	var out []record.Result
	err := eachResult(ctx, s.Pool, func(r *record.Result) { out = append(out, *r) }, `WHERE sweep = $1`, sweep)
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

func readNotChecked(ctx context.Context, tx pgx.Tx, sweep int64, providerID string, f func(*record.Result)) error {
	return eachResult(ctx, tx, f, `WHERE sweep = $1 AND outcome = 'not_checked' AND ($2 = '' OR provider_id = $2)`, sweep, providerID)
}

func eachResult(ctx context.Context, db Querier, f func(*record.Result), where string, args ...any) error {
	rows, err := db.Query(ctx, `SELECT rule, subject_kind, subject_id, provider_id, listing_id, variant, outcome, reason_code, reason
		FROM results `+where+` ORDER BY provider_id, listing_id, rule, subject_id, variant`, args...)
	if err != nil {
		return fmt.Errorf("read results: %w", err)
	}
	err = eachRow(rows, func(row pgx.CollectableRow) (record.Result, error) {
		var r record.Result
		err := row.Scan(&r.Rule, &r.Subject.Kind, &r.Subject.ID, &r.Subject.ProviderID, &r.Subject.ListingID,
			&r.Variant, &r.Outcome, &r.Reason.Code, &r.Reason.Text)
		return r, err
	}, f)
	if err != nil {
		return fmt.Errorf("read results: %w", err)
	}
	return nil
}

func readDeployment(ctx context.Context, tx pgx.Tx, sweep int64, providerID string, f func(*record.DeploymentRow)) error {
	rows, err := tx.Query(ctx, `SELECT subject_id, name, outcome, reason, facts FROM account_facts
		WHERE sweep = $1 AND kind = 'deployment' AND ($2 = '' OR provider_id = $2) ORDER BY subject_id, variant`, sweep, providerID)
	if err != nil {
		return fmt.Errorf("read deployment figures: %w", err)
	}
	return eachRow(rows, func(row pgx.CollectableRow) (record.DeploymentRow, error) {
		var r record.DeploymentRow
		var n DeploymentFigures
		err := row.Scan(&r.ProviderID, &r.ProviderName, &r.Outcome, &r.Reason, &n)
		r.Year, r.Sold, r.Cloud, r.Other, r.Unknown = n.Year, n.All.Total(), n.All.Cloud, n.All.Other, n.All.Unknown
		r.Deployable, r.DeployableCloud, r.DeployableUnknown = n.Deployable.Total(), n.Deployable.Cloud, n.Deployable.Unknown
		return r, err
	}, f)
}

func readOrderless(ctx context.Context, tx pgx.Tx, sweep int64, providerID string, f func(*record.OrderlessRow)) error {
	rows, err := tx.Query(ctx, `SELECT a.subject_id, a.name, a.provider_id, coalesce(p.name, ''), a.outcome, a.reason, a.facts
		FROM account_facts a LEFT JOIN providers p ON p.provider_id = a.provider_id
		WHERE sweep = $1 AND a.kind = 'orders' AND ($2 = '' OR a.provider_id = $2) ORDER BY a.provider_id, subject_id`, sweep, providerID)
	if err != nil {
		return fmt.Errorf("read order figures: %w", err)
	}
	return eachRow(rows, func(row pgx.CollectableRow) (record.OrderlessRow, error) {
		var r record.OrderlessRow
		var n OrderFigures
		err := row.Scan(&r.ListingID, &r.Title, &r.ProviderID, &r.ProviderName, &r.Outcome, &r.Reason, &n)
		r.ListedAt, r.Months = n.ListedAt, n.Months
		if n.LastOrder != nil {
			r.LastOrder = *n.LastOrder
		}
		if n.DelistOn != nil {
			r.DelistOn = *n.DelistOn
		}
		return r, err
	}, f)
}

// DiffSweeps tells what changed from one sweep to a later one. A finding is gone only
// where the later one asked the rule about the subject again and had an answer. ErrPruned:
// one of them is too old.
func (s *Store) DiffSweeps(ctx context.Context, from, to int64) (record.SweepDiff, error) {
	d := record.SweepDiff{From: from, To: to}
	var pruned bool
	if err := s.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM sweeps WHERE id IN ($1, $2) AND pruned_at IS NOT NULL)`, from, to).Scan(&pruned); err != nil {
		return d, fmt.Errorf("look for sweeps %d and %d: %w", from, to, err)
	}
	if pruned {
		return d, fmt.Errorf("compare sweeps %d and %d: %w", from, to, ErrPruned)
	}
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

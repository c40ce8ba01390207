package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrPruned says that of a sweep nothing is kept but what records, decisions and notices
// tell of it, because it is old.
var ErrPruned = errors.New("it is older than what is kept (marketwarden prune)")

// Pruned is what Prune removed, or would.
type Pruned struct {
	Sweeps int64 // whose particulars went
	Steps  int64 // of nights
	Rows   int64 // in all, steps included; unknown (0) of what would be
}

// pruneRows is how many rows one transaction removes: few enough that nobody waits for it.
const pruneRows = 5000

// prunable is a sweep that ended before $1, is not one that reports are written of by
// default, and is named by no night and no notice that is not at its end.
const prunable = `state <> 'running' AND pruned_at IS NULL AND coalesce(closed_at, started_at) < $1
	AND id NOT IN (SELECT max(id) FROM sweeps WHERE state = 'closed' AND NOT scope ? 'recheck'
	  GROUP BY records)
	AND NOT EXISTS (SELECT FROM nights n WHERE n.sweep = sweeps.id AND n.ended_at IS NULL)
	AND NOT EXISTS (SELECT FROM notices n WHERE n.sweep = sweeps.id AND n.ended_at IS NULL)`

// prunes remove rows of the pruned sweeps $1, at most $2 at a time.
//
// Of each finding the newest sighting stays: the report of a later night says when a
// record that could not be checked was last seen.
func prunes() []string {
	of := func(table, and string) string {
		return `DELETE FROM ` + table + ` WHERE ctid = ANY (ARRAY(SELECT ctid FROM ` + table + ` o WHERE sweep = ANY ($1) ` + and + ` LIMIT $2))`
	}
	return []string{
		of("sweep_units", ""), of("results", ""), of("sweep_counts", ""), of("account_facts", ""),
		of("sweep_findings", `AND EXISTS (SELECT FROM sweep_findings g
			WHERE g.fingerprint = o.fingerprint AND g.sweep > o.sweep AND g.sweep = ANY ($1))`),
	}
}

const oldSteps = `night_steps WHERE ended_at < $1 AND NOT EXISTS (SELECT FROM nights n WHERE n.id = night AND n.ended_at IS NULL)`

// Prune removes what sweeps that ended before a day looked at and found in full, and the
// steps of nights. Records, their events, decisions, notices, the market and the rows of
// sweeps and nights themselves stay. It takes small transactions, so that it can be called
// while others work, and stopped and called again: a sweep is marked first and is
// refused with ErrPruned from then on.
func (s *Store) Prune(ctx context.Context, before time.Time) (Pruned, error) {
	var p Pruned
	tag, err := s.Pool.Exec(ctx, `UPDATE sweeps SET pruned_at = now() WHERE `+prunable, before)
	if err != nil {
		return p, fmt.Errorf("mark sweeps before %s as pruned: %w", before, err)
	}
	p.Sweeps = tag.RowsAffected()
	rows, err := s.Pool.Query(ctx, `SELECT id FROM sweeps WHERE pruned_at IS NOT NULL`)
	if err != nil {
		return p, fmt.Errorf("list pruned sweeps: %w", err)
	}
	pruned, err := pgx.CollectRows(rows, pgx.RowTo[int64]) // one that was stopped left rows of earlier ones
	if err != nil {
		return p, fmt.Errorf("list pruned sweeps: %w", err)
	}
	for _, statement := range prunes() {
		n, err := s.pruneAll(ctx, statement, pruned)
		p.Rows += n
		if err != nil {
			return p, fmt.Errorf("prune sweeps before %s: %w", before, err)
		}
	}
	p.Steps, err = s.pruneAll(ctx, `DELETE FROM night_steps WHERE ctid = ANY (ARRAY(SELECT ctid FROM `+oldSteps+` LIMIT $2))`, before)
	p.Rows += p.Steps
	if err != nil {
		return p, fmt.Errorf("prune steps of nights before %s: %w", before, err)
	}
	return p, nil
}

// pruneAll repeats a statement until it finds nothing more.
func (s *Store) pruneAll(ctx context.Context, statement string, what any) (int64, error) {
	var all int64
	for {
		tag, err := s.Pool.Exec(ctx, statement, what, pruneRows)
		if err != nil {
			return all, err
		}
		all += tag.RowsAffected()
		if tag.RowsAffected() < pruneRows {
			return all, nil
		}
	}
}

// WouldPrune counts what Prune would begin with, and changes nothing.
func (s *Store) WouldPrune(ctx context.Context, before time.Time) (Pruned, error) {
	var p Pruned
	err := s.Pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM sweeps WHERE `+prunable+`), (SELECT count(*) FROM `+oldSteps+`)`, before).
		Scan(&p.Sweeps, &p.Steps)
	if err != nil {
		return p, fmt.Errorf("count sweeps before %s: %w", before, err)
	}
	return p, nil
}

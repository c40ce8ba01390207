package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/record"
)

// trendSweeps is how many sweeps a trend reaches back.
const trendSweeps = 30

// readTrend counts the records that were open when each of the last sweeps had ended, from
// when they were first seen, resolved and reopened. Which of them are violations is told
// by what they were when last seen. Sweeps that touched no records, rechecks and
// those that were given up are left out.
func readTrend(ctx context.Context, tx pgx.Tx, sw *Sweep, providerID string) ([]record.TrendPoint, error) {
	if !sw.Records {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `WITH steps AS (
		  SELECT first_sweep AS sweep, outcome, 1 AS step FROM records WHERE $2 = '' OR provider_id = $2
		  UNION ALL
		  SELECT e.sweep, r.outcome, CASE e.event WHEN 'resolved' THEN -1 ELSE 1 END
		  FROM record_events e JOIN records r USING (fingerprint) WHERE $2 = '' OR r.provider_id = $2
		), changes AS (SELECT sweep, outcome, sum(step) AS n FROM steps GROUP BY sweep, outcome)
		SELECT s.id, s.as_of, coalesce(sum(c.n) FILTER (WHERE c.outcome = 'violation'), 0)::int,
		  coalesce(sum(c.n) FILTER (WHERE c.outcome = 'suspected'), 0)::int
		FROM (SELECT id, as_of FROM sweeps WHERE records AND NOT scope ? 'recheck' AND (id = $1 OR id < $1 AND state = 'closed')
		  ORDER BY id DESC LIMIT $3) s
		LEFT JOIN changes c ON c.sweep <= s.id
		GROUP BY s.id, s.as_of ORDER BY s.id`, sw.ID, providerID, trendSweeps)
	if err != nil {
		return nil, fmt.Errorf("read trend: %w", err)
	}
	points, err := pgx.CollectRows(rows, pgx.RowToStructByPos[record.TrendPoint])
	if err != nil {
		return nil, fmt.Errorf("read trend: %w", err)
	}
	return points, nil
}

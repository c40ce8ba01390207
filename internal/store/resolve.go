package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/record"
)

// question is what was asked: one rule about one subject.
type question struct {
	rule, id string
	kind     record.SubjectKind
}

// resolveUnfound resolves the open records of the rules and subjects judged that rest on a
// part that was judged and were not found again, or on a place that is no longer the one
// to judge. An answer of not_checked judged no part and so resolves nothing. A feed's
// parts (years) stand beside each other: one does not take the place of another.
//
// It runs after the findings were folded in, whose records have this sweep as their last.
// On most nights nearly everything was found again or never was wrong, so it looks first
// and writes where there is something to write.
func resolveUnfound(ctx context.Context, tx pgx.Tx, sw *Sweep, judged []Judged) error {
	answers := map[question][]*record.Result{}
	var kinds []record.SubjectKind
	var ids []string
	for i := range judged {
		for k := range judged[i].Results {
			r := &judged[i].Results[k]
			if r.Outcome == record.NotChecked || len(r.Parts) == 0 {
				continue
			}
			q := question{r.Rule, r.Subject.ID, r.Subject.Kind}
			answers[q] = append(answers[q], r)
			if n := len(ids); n == 0 || ids[n-1] != q.id || kinds[n-1] != q.kind {
				kinds, ids = append(kinds, q.kind), append(ids, q.id) // some twice, which does no harm
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT fingerprint, rule, subject_kind, subject_id, part FROM records
		WHERE status = 'open' AND last_sweep < $1
		  AND (subject_kind, subject_id) IN (SELECT * FROM unnest($2::text[], $3::text[]))
		ORDER BY fingerprint`, sw.ID, kinds, ids)
	if err != nil {
		return fmt.Errorf("read open records of %d subjects: %w", len(ids), err)
	}
	var fingerprints, whys []string
	var fingerprint, part string
	var q question
	_, err = pgx.ForEachRow(rows, []any{&fingerprint, &q.rule, &q.kind, &q.id, &part}, func() error {
		if why := whyResolved(answers[q], part); why != "" {
			fingerprints, whys = append(fingerprints, fingerprint), append(whys, why)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read open records of %d subjects: %w", len(ids), err)
	}
	if len(fingerprints) == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, `WITH gone AS (
		UPDATE records r SET status = 'resolved', resolved_at = $1, resolved_sweep = $2, resolved_why = g.why
		FROM unnest($3::text[], $4::text[]) AS g(fingerprint, why)
		WHERE r.fingerprint = g.fingerprint AND r.status = 'open' AND r.last_sweep < $2
		RETURNING r.fingerprint, r.resolved_why)
		INSERT INTO record_events (fingerprint, sweep, event, why) SELECT fingerprint, $2, 'resolved', resolved_why FROM gone`,
		sw.AsOf, sw.ID, fingerprints, whys)
	if err != nil {
		return fmt.Errorf("resolve %d records: %w", len(fingerprints), err)
	}
	return nil
}

// whyResolved tells why a record that rests on part and was not found is resolved by the
// answers to its question, "" when it is not.
func whyResolved(answers []*record.Result, part string) string {
	for _, r := range answers {
		if slices.Contains(r.Parts, part) {
			return record.ResolvedMended
		}
		if record.IsPlace(part) && slices.ContainsFunc(r.Parts, record.IsPlace) {
			return record.ResolvedPartGone
		}
	}
	return ""
}

package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// Case is a record with all that people decided about it, the oldest first.
type Case struct {
	record.View

	History []record.Decision
}

// CaseFilter narrows a list of records. The zero value is every open record.
type CaseFilter struct {
	Provider, Listing, Rule string // "" = any
	// Waived lists the records whose last decision is a waiver, resolved ones, too.
	Waived bool
}

// Told is a notice that a record went into.
type Told struct {
	Reference, State, Recipient string
	Decision                    int64     // that it tells of
	Dropped                     string    // why the record was left out of it, "" when it was not
	Queued                      time.Time // when it was written
	Ended                       time.Time // zero while it is on its way
}

// Errors of looking for records by the beginning of their fingerprint. They are wrapped
// with that beginning.
var (
	ErrNoRecord  = errors.New("no such record")
	ErrAmbiguous = errors.New("several records begin like that")
	// ErrRecordsBusy says that a sweep went on writing the records; nothing was decided.
	ErrRecordsBusy = errors.New("a sweep is writing these records just now; try again")
)

// caseColumns are those of record.View but Change, read by scanCase.
const caseColumns = `r.fingerprint, r.finding, r.content_hash, r.status, r.resolved_why, r.first_seen, r.last_seen,
	r.resolved_at, r.first_sweep, r.last_sweep, coalesce(r.resolved_sweep, 0), coalesce(r.reopened_sweep, 0),
	coalesce(p.name, ''), coalesce(l.title, ''), ` + decisionColumns

const caseTables = ` FROM records r` + lastDecision + `
	LEFT JOIN providers p ON p.provider_id = r.provider_id
	LEFT JOIN listings l ON l.listing_id = r.listing_id `

// lastDecision joins the last decision about r as d, and decisionColumns are its columns
// as scanned by nullDecision.
const (
	lastDecision = ` LEFT JOIN LATERAL (SELECT * FROM decisions WHERE fingerprint = r.fingerprint ORDER BY id DESC LIMIT 1) d ON true`

	decisionColumns = `d.id, d.kind, d.who, d.why, d.at, d.outcome, d.content_hash, d.sweep, d.until, d.owner, d.source`
)

// nullDecision is a decision that may not be there.
type nullDecision struct {
	id, sweep                                           *int64
	kind, who, why, outcome, contentHash, owner, source *string
	at, until                                           *time.Time
}

func (n *nullDecision) targets() []any {
	return []any{&n.id, &n.kind, &n.who, &n.why, &n.at, &n.outcome, &n.contentHash, &n.sweep, &n.until, &n.owner, &n.source}
}

// decision is what was read, nil when there was none.
func (n *nullDecision) decision(fingerprint string) *record.Decision {
	if n.id == nil {
		return nil
	}
	d := &record.Decision{
		ID: *n.id, Fingerprint: fingerprint, Kind: record.DecisionKind(*n.kind), Who: *n.who, Why: *n.why, At: *n.at,
		Outcome: record.Outcome(*n.outcome), ContentHash: *n.contentHash, Sweep: *n.sweep, Owner: *n.owner, Source: *n.source,
	}
	if n.until != nil { // a date comes as midnight in UTC
		y, m, day := n.until.Date()
		d.Until = time.Date(y, m, day, 0, 0, 0, 0, market.Shanghai)
	}
	return d
}

func scanCase(row pgx.CollectableRow) (record.View, error) {
	var v record.View
	var n nullDecision
	var resolvedAt *time.Time
	err := row.Scan(append([]any{
		&v.Fingerprint, &v.Finding, &v.ContentHash, &v.Status, &v.ResolvedWhy, &v.FirstSeen, &v.LastSeen,
		&resolvedAt, &v.FirstSweep, &v.LastSweep, &v.ResolvedSweep, &v.ReopenedSweep, &v.ProviderName, &v.ListingTitle,
	}, n.targets()...)...)
	if resolvedAt != nil {
		v.ResolvedAt = *resolvedAt
	}
	v.Decision = n.decision(v.Fingerprint)
	return v, err
}

// EachCase calls f for each record that the filter lets through, as it stands now, with
// the last decision about it: by provider, listing, rule and fingerprint, one at a time.
// What is pointed to may be kept. View.Change is empty, as it is against no sweep.
func (s *Store) EachCase(ctx context.Context, filter CaseFilter, f func(*record.View)) error {
	rows, err := s.Pool.Query(ctx, `SELECT `+caseColumns+caseTables+`
		WHERE CASE WHEN $1 THEN r.fingerprint IN (SELECT fingerprint FROM decisions WHERE kind = 'waive') ELSE r.status = 'open' END
		  AND (NOT $1 OR d.kind = 'waive')
		  AND ($2 = '' OR r.provider_id = $2) AND ($3 = '' OR r.listing_id = $3) AND ($4 = '' OR r.rule = $4)
		ORDER BY r.provider_id, r.listing_id, r.rule, r.fingerprint`, filter.Waived, filter.Provider, filter.Listing, filter.Rule)
	if err == nil {
		err = eachRow(rows, scanCase, f)
	}
	if err != nil {
		return fmt.Errorf("list records: %w", err)
	}
	return nil
}

// FindRecord returns the fingerprint that begins with prefix: lower-case hexadecimal
// digits. ErrNoRecord, ErrAmbiguous: none does, several do.
func (s *Store) FindRecord(ctx context.Context, prefix string) (string, error) {
	rows, err := s.Pool.Query(ctx, `SELECT fingerprint FROM records WHERE fingerprint >= $1 AND fingerprint < $1 || 'g'
		ORDER BY fingerprint LIMIT 2`, prefix)
	if err != nil {
		return "", fmt.Errorf("look for record %s: %w", prefix, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	switch {
	case err != nil:
		return "", fmt.Errorf("look for record %s: %w", prefix, err)
	case len(found) == 0:
		return "", fmt.Errorf("record %s: %w", prefix, ErrNoRecord)
	case len(found) > 1:
		return "", fmt.Errorf("record %s: %w: %s, %s", prefix, ErrAmbiguous, found[0], found[1])
	}
	return found[0], nil
}

// Case reads one record with all decisions about it; ErrNoRecord when there is none.
func (s *Store) Case(ctx context.Context, fingerprint string) (Case, error) {
	var list []Case
	err := pgx.BeginTxFunc(ctx, s.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		var err error
		list, err = readCases(ctx, tx, []string{fingerprint})
		return err
	})
	if err != nil {
		return Case{}, err
	}
	if len(list) == 0 {
		return Case{}, fmt.Errorf("record %s: %w", fingerprint, ErrNoRecord)
	}
	return list[0], nil
}

// ToldOf returns the notices that a record went into or was dropped from, the oldest
// first.
func (s *Store) ToldOf(ctx context.Context, fingerprint string) ([]Told, error) {
	rows, err := s.Pool.Query(ctx, `SELECT n.reference, n.state, n.recipient, i.decision, i.dropped, n.queued_at, n.ended_at
		FROM notice_items i JOIN notices n ON n.id = i.notice WHERE i.fingerprint = $1 ORDER BY n.id, i.decision`, fingerprint)
	if err != nil {
		return nil, fmt.Errorf("read notices of record %s: %w", fingerprint, err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Told, error) {
		var t Told
		var ended *time.Time
		err := row.Scan(&t.Reference, &t.State, &t.Recipient, &t.Decision, &t.Dropped, &t.Queued, &ended)
		if ended != nil {
			t.Ended = *ended
		}
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("read notices of record %s: %w", fingerprint, err)
	}
	return list, nil
}

// How long a decision waits for a sweep to end a batch.
const (
	lockTries = 100
	lockWait  = 100 * time.Millisecond
)

// Decide locks records, hands them with all decisions about them to decide, in the order
// of fingerprints, and adds the decisions that it returns: all of them in one transaction
// or, where it answers an error, none. Fingerprints without a record are not handed over.
// decide may be called more than once.
//
// It never waits for a record while it holds others, so that a sweep that writes the same
// records in another order cannot end in a deadlock with it; it lets go and tries again,
// for ten seconds. ErrRecordsBusy: that was not enough.
func (s *Store) Decide(ctx context.Context, fingerprints []string, decide func([]Case) ([]record.Decision, error)) error {
	for range lockTries {
		err := pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error { return decideIn(ctx, tx, fingerprints, decide) })
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != lockNotAvailable {
			return err
		}
		select {
		case <-time.After(lockWait):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return ErrRecordsBusy
}

// lockNotAvailable is PostgreSQL's code of what NOWAIT answers.
const lockNotAvailable = "55P03"

func decideIn(ctx context.Context, tx pgx.Tx, fingerprints []string, decide func([]Case) ([]record.Decision, error)) error {
	// Locked first and read after, so that what is read was written by whoever held the
	// lock before.
	_, err := tx.Exec(ctx, `SELECT FROM records WHERE fingerprint = ANY($1) ORDER BY fingerprint FOR UPDATE NOWAIT`, fingerprints)
	if err != nil {
		return fmt.Errorf("lock %d records: %w", len(fingerprints), err)
	}
	list, err := readCases(ctx, tx, fingerprints)
	if err != nil {
		return err
	}
	decisions, err := decide(list)
	if err != nil || len(decisions) == 0 {
		return err
	}
	b := &pgx.Batch{}
	for i := range decisions {
		d := &decisions[i]
		var until *string
		if !d.Until.IsZero() {
			day := d.Until.In(market.Shanghai).Format(time.DateOnly)
			until = &day
		}
		b.Queue(`INSERT INTO decisions (fingerprint, kind, who, why, at, outcome, content_hash, sweep, until, owner, source)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::date, $10, $11)`,
			d.Fingerprint, d.Kind, d.Who, d.Why, d.At, d.Outcome, d.ContentHash, d.Sweep, until, d.Owner, d.Source)
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("add %d decisions: %w", len(decisions), err)
	}
	return nil
}

// readCases reads records with all decisions about them, by fingerprint.
func readCases(ctx context.Context, tx pgx.Tx, fingerprints []string) ([]Case, error) {
	var list []Case
	rows, err := tx.Query(ctx, `SELECT `+caseColumns+caseTables+`WHERE r.fingerprint = ANY($1) ORDER BY r.fingerprint`, fingerprints)
	if err == nil {
		err = eachRow(rows, scanCase, func(v *record.View) { list = append(list, Case{View: *v}) })
	}
	if err != nil {
		return nil, fmt.Errorf("read %d records: %w", len(fingerprints), err)
	}
	byPrint := map[string]*Case{}
	for i := range list {
		byPrint[list[i].Fingerprint] = &list[i]
	}
	rows, err = tx.Query(ctx, `SELECT d.fingerprint, `+decisionColumns+` FROM decisions d WHERE d.fingerprint = ANY($1) ORDER BY d.id`, fingerprints)
	if err != nil {
		return nil, fmt.Errorf("read decisions about %d records: %w", len(fingerprints), err)
	}
	var fingerprint string
	var n nullDecision
	_, err = pgx.ForEachRow(rows, slices.Concat([]any{&fingerprint}, n.targets()), func() error {
		if c := byPrint[fingerprint]; c != nil {
			c.History = append(c.History, *n.decision(fingerprint))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read decisions about %d records: %w", len(fingerprints), err)
	}
	return list, nil
}

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// Candidate is a record with what decides whether its provider is told of it: the last
// decision, the provider, and the notice that told of it last. What follows from that is
// not said here (package pipeline does).
type Candidate struct {
	View       record.View     // as it stands now; Change is empty
	Provider   market.Provider // ID, name, e-mail and status; the ID alone where the catalogue lacks it
	ListingURL string          // of the detail page on the marketplace, "" when not known
	// Notice tells of the record. Where none does, it is the last one that the decision was
	// left out of (Dropped is set) or that was to tell of an earlier decision and failed.
	// Nil: there is neither.
	Notice *NoticeRef
}

// NoticeRef names a notice that tells of a record, or of a sweep.
type NoticeRef struct {
	ID        int64
	Reference string
	State     string
	Reason    string // for the state
	Decision  int64  // the one told of; 0 for the digest of a sweep
	Dropped   string // why the decision was left out, "" = it is told
}

// CandidateFilter narrows the records that EachCandidate reads. Empty fields do not.
type CandidateFilter struct {
	Provider string
	// Since takes in the records that were resolved in this sweep or a later one. 0: open
	// records alone.
	Since int64
	// Fingerprints are all that is wanted, open or resolved. Nil: they do not narrow.
	Fingerprints []string
}

// EachCandidate calls f for records by provider, listing, rule and fingerprint, one at a
// time. f may keep what it is given and must not use the store.
func (s *Store) EachCandidate(ctx context.Context, filter CandidateFilter, f func(*Candidate)) error {
	rows, err := s.Pool.Query(ctx, `SELECT `+caseColumns+`, coalesce(l.detail_url, ''),
		  r.provider_id, coalesce(p.contact_email, ''), coalesce(p.status, ''),
		  coalesce(t.id, 0), coalesce(t.reference, ''), coalesce(t.state, ''), coalesce(t.reason, ''), coalesce(t.decision, 0), coalesce(t.dropped, '')
		`+caseTables+`
		LEFT JOIN LATERAL (SELECT n.id, n.reference, n.state, n.reason, i.decision, i.dropped
		  FROM notice_items i JOIN notices n ON n.id = i.notice
		  WHERE i.fingerprint = r.fingerprint AND (i.dropped = '' OR i.decision = d.id)
		  ORDER BY i.dropped = '' AND (i.decision = d.id OR n.state <> 'failed') DESC, n.id DESC LIMIT 1) t ON d.id IS NOT NULL
		WHERE ($1 = '' OR r.provider_id = $1)
		  AND CASE WHEN $3 THEN r.fingerprint = ANY($4) ELSE r.status = 'open' OR $2 > 0 AND r.resolved_sweep >= $2 END
		ORDER BY r.provider_id, r.listing_id, r.rule, r.fingerprint`,
		filter.Provider, filter.Since, filter.Fingerprints != nil, filter.Fingerprints)
	if err == nil {
		err = eachRow(rows, scanCandidate, f)
	}
	if err != nil {
		return fmt.Errorf("read what providers could be told: %w", err)
	}
	return nil
}

func scanCandidate(row pgx.CollectableRow) (Candidate, error) {
	var c Candidate
	var n nullDecision
	var t NoticeRef
	var resolvedAt *time.Time
	v, p := &c.View, &c.Provider
	to := append([]any{
		&v.Fingerprint, &v.Finding, &v.ContentHash, &v.Status, &v.ResolvedWhy, &v.FirstSeen, &v.LastSeen,
		&resolvedAt, &v.FirstSweep, &v.LastSweep, &v.ResolvedSweep, &v.ReopenedSweep, &v.ProviderName, &v.ListingTitle,
	}, n.targets()...)
	err := row.Scan(append(to, &c.ListingURL, &p.ID, &p.ContactEmail, &p.Status, &t.ID, &t.Reference, &t.State, &t.Reason, &t.Decision, &t.Dropped)...)
	p.Name = v.ProviderName
	if resolvedAt != nil {
		v.ResolvedAt = *resolvedAt
	}
	v.Decision = n.decision(v.Fingerprint)
	if t.ID != 0 {
		c.Notice = &t
	}
	return c, err
}

// Digests returns the digest that each provider has of a sweep, by provider: the last one
// where one was made out anew.
func (s *Store) Digests(ctx context.Context, sweep int64) (map[string]NoticeRef, error) {
	rows, err := s.Pool.Query(ctx, `SELECT provider_id, id, reference, state, reason FROM notices WHERE sweep = $1 ORDER BY id`, sweep)
	if err != nil {
		return nil, fmt.Errorf("read digests of sweep %d: %w", sweep, err)
	}
	out := map[string]NoticeRef{}
	var provider string
	var t NoticeRef
	_, err = pgx.ForEachRow(rows, []any{&provider, &t.ID, &t.Reference, &t.State, &t.Reason}, func() error {
		out[provider] = t
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read digests of sweep %d: %w", sweep, err)
	}
	return out, nil
}

// lockNotify is the advisory lock of who looks again and sends.
const lockNotify = 0x6d77_6e6f_7469 // "mwnoti"

// NotifyLock is held by the one process that looks again and sends.
type NotifyLock struct{ conn *pgxpool.Conn }

// LockNotify waits until no other process looks again and sends, so that nothing is sent
// that another one has queued and not looked at yet. The lock ends with the session that
// holds it, whatever becomes of the process.
func (s *Store) LockNotify(ctx context.Context) (*NotifyLock, error) {
	conn, err := s.Pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to lock notices: %w", err)
	}
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(lockNotify)); err != nil {
		conn.Release()
		return nil, fmt.Errorf("lock notices: %w", err)
	}
	return &NotifyLock{conn: conn}, nil
}

// Held answers an error when the session that holds the lock is gone, and the lock with it.
func (l *NotifyLock) Held(ctx context.Context) error {
	if err := l.conn.Ping(ctx); err != nil {
		return fmt.Errorf("the lock on notices is lost: %w", err)
	}
	return nil
}

// Unlock lets the next one in. The connection is closed, and not given back with a lock on
// it, where the server does not answer.
func (l *NotifyLock) Unlock(ctx context.Context) {
	if _, err := l.conn.Exec(ctx, `SELECT pg_advisory_unlock($1)`, int64(lockNotify)); err != nil {
		_ = l.conn.Conn().Close(ctx) // Release drops closed ones
	}
	l.conn.Release()
}

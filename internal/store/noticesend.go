package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrDelivering says that another process is delivering notices.
var ErrDelivering = errors.New("another process is delivering notices")

// deliveryLock is the key of the session lock of the one who delivers.
const deliveryLock = `hashtext('marketwarden deliver')`

// Delivery is the right to hand notices to a channel. One process has it at a time, and
// only as long as its session lives: the session holds the lock, and notices are taken
// through it, so that a process that was cut off from the database takes no more. What
// became of a notice is written through the pool, because that stays true.
//
// It is not safe for concurrent use.
type Delivery struct {
	conn *pgx.Conn
}

// BeginDelivery takes the right to deliver; ErrDelivering when another process has it.
// End gives it back.
func (s *Store) BeginDelivery(ctx context.Context) (*Delivery, error) {
	cfg := s.Pool.Config().ConnConfig.Copy()
	// A machine that vanished must not keep the right for the two hours that the kernel's
	// defaults take to notice.
	cfg.RuntimeParams["tcp_keepalives_idle"] = "10"
	cfg.RuntimeParams["tcp_keepalives_interval"] = "5"
	cfg.RuntimeParams["tcp_keepalives_count"] = "3"
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect for delivery: %w", err)
	}
	var mine bool
	err = s.Pool.Config().AfterConnect(ctx, conn)
	if err == nil {
		err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(`+deliveryLock+`)`).Scan(&mine)
	}
	switch {
	case err != nil:
		return nil, errors.Join(fmt.Errorf("lock delivery: %w", err), conn.Close(ctx))
	case !mine:
		return nil, errors.Join(ErrDelivering, conn.Close(ctx))
	}
	return &Delivery{conn: conn}, nil
}

// End gives the right back. What was taken and not ended stays in sending.
func (d *Delivery) End() {
	ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
	defer cancel()
	// Unlocked first: the server ends a session a moment after its connection.
	_, _ = d.conn.Exec(ctx, `SELECT pg_advisory_unlock_all()`)
	_ = d.conn.Close(ctx) // the server ends the session either way
}

// Orphans returns the notices that an earlier process left in sending, the oldest first.
func (d *Delivery) Orphans(ctx context.Context) ([]Notice, error) {
	rows, err := d.conn.Query(ctx, `SELECT `+noticeColumns+` FROM notices n WHERE state = 'sending' ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list interrupted notices: %w", err)
	}
	orphans, err := pgx.CollectRows(rows, scanNotice)
	if err != nil {
		return nil, fmt.Errorf("list interrupted notices: %w", err)
	}
	return orphans, nil
}

// EndOrphan says what became of one of the Orphans: it is sent, queued (it certainly was
// not sent) or unknown. ErrNoticeState says that its process lives and has said so itself.
func (d *Delivery) EndOrphan(ctx context.Context, n *Notice, state string, now time.Time) error {
	tag, err := d.conn.Exec(ctx, `WITH ended AS (
		  UPDATE notices SET state = $3, reason = CASE $3 WHEN 'sent' THEN '' ELSE 'interrupted' END, next_try = NULL,
		    sender = CASE $3 WHEN 'queued' THEN '' ELSE sender END,
		    ended_at = CASE $3 WHEN 'queued' THEN NULL ELSE $4::timestamptz END
		  WHERE id = $1 AND state = 'sending' AND sender = $2 RETURNING id)
		INSERT INTO notice_events (notice, at, state, detail) SELECT id, $4, $3, 'interrupted' FROM ended`, n.ID, n.Sender, state, now)
	if err == nil && tag.RowsAffected() == 0 {
		err = ErrNoticeState
	}
	if err != nil {
		return fmt.Errorf("end interrupted notice %s: %w", n.Reference, err)
	}
	return nil
}

// DueNotices returns the queued notices that may be tried at now, of one provider or of
// all (""): those that were not tried yet first, by age.
func (d *Delivery) DueNotices(ctx context.Context, provider string, now time.Time) ([]Notice, error) {
	rows, err := d.conn.Query(ctx, `SELECT `+noticeColumns+` FROM notices n
		WHERE state = 'queued' AND (next_try IS NULL OR next_try <= $2) AND ($1 = '' OR provider_id = $1)
		ORDER BY next_try NULLS FIRST, id`, provider, now)
	if err != nil {
		return nil, fmt.Errorf("list notices that are due: %w", err)
	}
	due, err := pgx.CollectRows(rows, scanNotice)
	if err != nil {
		return nil, fmt.Errorf("list notices that are due: %w", err)
	}
	return due, nil
}

// Outgoing is a message as it is about to be handed to a channel.
type Outgoing struct {
	Channel   string
	Sender    string // of this attempt alone: what becomes of it is accepted from it only
	Recipient string // mail address that the message is for by now, "" = none
	MessageID string
	Subject   string
	Message   []byte
}

// TakeNotice stores the message and whom it goes to, and moves a queued, due notice to
// sending, durably. It answers ErrNoticeState when there is nothing to hand over: the
// notice is not queued any more, or no longer tells what n tells, or people or a sweep
// have changed since what it tells of.
func (d *Delivery) TakeNotice(ctx context.Context, n *Notice, out Outgoing, now time.Time) error {
	var decisions []int64
	for _, item := range n.Live() {
		decisions = append(decisions, item.Decision)
	}
	sum := sha256.Sum256(out.Message)
	err := pgx.BeginFunc(ctx, d.conn, func(tx pgx.Tx) error {
		// Whatever the server's default is, this must not be forgotten by a crash.
		if _, err := tx.Exec(ctx, `SET LOCAL synchronous_commit = on`); err != nil {
			return err
		}
		if err := lockNotice(ctx, tx, n.ID, NoticeQueued); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE notices SET state = 'sending', sender = $2, channel = $3, message_id = $4, subject = $5,
			message = $6, sha256 = $7, attempts = attempts + 1, next_try = NULL, sending_at = $8, recipient = $10
			WHERE id = $1 AND (next_try IS NULL OR next_try <= $8)
			  AND (SELECT array_agg(decision ORDER BY decision) FROM notice_items WHERE notice = $1 AND dropped = '') = $9::bigint[]
			  AND NOT EXISTS (SELECT FROM notice_items i JOIN records r USING (fingerprint)
			    WHERE i.notice = $1 AND i.dropped = '' AND (r.status <> 'open'
			      OR EXISTS (SELECT FROM decisions d WHERE d.fingerprint = i.fingerprint AND d.id > i.decision)))`,
			n.ID, out.Sender, out.Channel, out.MessageID, out.Subject, out.Message, hex.EncodeToString(sum[:]), now, decisions, out.Recipient)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return ErrNoticeState
		}
		return noteEvent(ctx, tx, n.ID, NoticeSending, "", out.Channel, now)
	})
	if err != nil {
		return fmt.Errorf("take notice %s: %w", n.Reference, err)
	}
	return nil
}

// move is a change of state by the program.
type move struct {
	from   []string
	sender string // whose attempt it is; "" = nobody's, the notice is queued
	to     string
	reason string
	detail string // of the event
	next   *time.Time
	tries  int // added to attempts
}

// move changes a notice's state if it is in one of the states that the change starts
// from, and notes that, in one statement; ErrNoticeState otherwise.
func (s *Store) move(ctx context.Context, id int64, m move, now time.Time) error {
	tag, err := s.Pool.Exec(ctx, `WITH moved AS (
		  UPDATE notices SET state = $4, reason = $5, next_try = $6, attempts = attempts + $7,
		    sender = CASE $4 WHEN 'queued' THEN '' ELSE sender END,
		    ended_at = CASE $4 WHEN 'queued' THEN NULL ELSE $9::timestamptz END
		  WHERE id = $1 AND state = ANY ($2) AND sender = $3 RETURNING id)
		INSERT INTO notice_events (notice, at, state, detail) SELECT id, $9, $4, $8 FROM moved`,
		id, m.from, m.sender, m.to, m.reason, m.next, m.tries, m.detail, now)
	if err == nil && tag.RowsAffected() == 0 {
		err = ErrNoticeState
	}
	if err != nil {
		return fmt.Errorf("notice %d becomes %s: %w", id, m.to, err)
	}
	return nil
}

// NoticeSent says that the attempt sent the notice, with what the channel answered. It
// holds though the attempt was taken for dead meanwhile and the notice became unknown,
// as long as nobody settled it: the writer knows.
func (s *Store) NoticeSent(ctx context.Context, id int64, sender, answer string, now time.Time) error {
	return s.move(ctx, id, move{from: []string{NoticeSending, NoticeUnknown}, sender: sender, to: NoticeSent, detail: answer}, now)
}

// NoticeFailed says that the attempt certainly did not send the notice and that trying
// again is no use. With sender "" it is said of a queued notice.
func (s *Store) NoticeFailed(ctx context.Context, id int64, sender, reason string, now time.Time) error {
	return s.move(ctx, id, move{from: notTaken(sender), sender: sender, to: NoticeFailed, reason: reason, detail: reason}, now)
}

// NoticePutOff says that the attempt certainly did not send the notice, which is tried
// again at next. tries is added to its attempts: 0 for an attempt that TakeNotice
// counted, -1 to give that back, 1 for a queued notice (sender "") that could not even be
// made out.
func (s *Store) NoticePutOff(ctx context.Context, id int64, sender, reason string, tries int, next, now time.Time) error {
	return s.move(ctx, id, move{
		from: notTaken(sender), sender: sender, to: NoticeQueued, reason: reason, detail: reason, next: &next, tries: tries,
	}, now)
}

// NoticeUnknown says that the attempt cannot tell whether it sent the notice.
func (s *Store) NoticeUnknown(ctx context.Context, id int64, sender, reason string, now time.Time) error {
	return s.move(ctx, id, move{from: []string{NoticeSending}, sender: sender, to: NoticeUnknown, reason: reason, detail: reason}, now)
}

// notTaken is the state that a notice of that sender comes from when it was not sent.
func notTaken(sender string) []string {
	if sender == "" {
		return []string{NoticeQueued}
	}
	return []string{NoticeSending}
}

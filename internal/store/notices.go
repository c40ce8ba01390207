package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/market"
)

// States of a notice. Its life is told by package reports/notices.
const (
	NoticeQueued  = "queued"
	NoticeSending = "sending" // handed to a channel, or about to be
	NoticeSent    = "sent"
	NoticeFailed  = "failed"  // it certainly was not sent
	NoticeUnknown = "unknown" // nobody knows whether it was sent: a person settles it
	NoticeDropped = "dropped" // nothing was left to tell
)

// Reason codes of items that were left out of their notice.
const (
	DropSuperseded = "superseded"   // they went over to the notice that supersedes their own
	DropDecided    = "decided_anew" // their decision is not the last one about the record
)

// Sentinels of notices.
var (
	// ErrNoNotice says that there is no such notice.
	ErrNoNotice = errors.New("no such notice")
	// ErrNoticeState says that the notice is not, or no longer, in the state that the
	// change starts from. Nothing was changed.
	ErrNoticeState = errors.New("the notice is in another state")
	// ErrNotConfirmed says that something other than a confirmation was to be told.
	ErrNotConfirmed = errors.New("only confirmations are told")
	// ErrNothingToTell says that no item of a notice is still to be told.
	ErrNothingToTell = errors.New("nothing is left to tell")
	// ErrUnexplained says that a person changed a notice without giving name or reason.
	ErrUnexplained = errors.New("who and why have to be given")
)

// NewNotice is a digest to be queued.
type NewNotice struct {
	Key        string // of provider and sweep: one digest each
	ProviderID string
	Sweep      int64
	Supersedes int64 // the notice that this one is made instead of, 0 = none
	Lang       string
	Channel    string // as configured; the one that sends it may be another by then
	Recipient  string // mail address, "" where the channel can do without
	Items      []NoticeItem

	who, why string // of the person who queued it, where one did
}

// NoticeItem is a confirmation that a notice tells of.
type NoticeItem struct {
	Decision    int64
	Fingerprint string
	Dropped     string // reason code for which it was left out, "" = it is told
}

// Notice is a row of the outbox without the message; see [Store.NoticeMessage].
type Notice struct {
	ID         int64
	Key        string
	Reference  string // such as MW-2026-000123
	ProviderID string
	Sweep      int64
	Supersedes int64 // 0 = none
	State      string
	Reason     string
	Lang       string
	Channel    string
	Recipient  string
	MessageID  string
	Subject    string
	SHA256     string // of the message, hex
	Sender     string // the attempt that is sending or sent it
	Attempts   int
	NextTry    *time.Time // of a queued one that could not be sent yet
	Queued     time.Time
	Sending    *time.Time
	Ended      *time.Time
	Items      []NoticeItem // by decision, the dropped ones, too
}

// Live returns the items that are told.
func (n *Notice) Live() []NoticeItem {
	var live []NoticeItem
	for _, item := range n.Items {
		if item.Dropped == "" {
			live = append(live, item)
		}
	}
	return live
}

// QueueNotices puts notices into the outbox, in the transaction of what caused them, and
// returns those that were put there. A notice whose key is there already is left alone.
// A decision that another notice tells of already is left out, and a notice without
// items is not queued. It answers ErrNotConfirmed for an item that is no confirmation.
func QueueNotices(ctx context.Context, tx pgx.Tx, notices []NewNotice, now time.Time) ([]Notice, error) {
	var queued []Notice
	for i := range notices {
		id, err := queueNotice(ctx, tx, &notices[i], now)
		if err != nil {
			return nil, fmt.Errorf("queue notice %s: %w", notices[i].Key, err)
		}
		if id == 0 {
			continue
		}
		n, err := oneNotice(ctx, tx, id)
		if err != nil {
			return nil, fmt.Errorf("queue notice %s: %w", notices[i].Key, err)
		}
		queued = append(queued, n)
	}
	return queued, nil
}

// queueNotice queues one notice and returns its ID, 0 when it was left out.
func queueNotice(ctx context.Context, tx pgx.Tx, n *NewNotice, now time.Time) (int64, error) {
	decisions, fingerprints, dropped := make([]int64, len(n.Items)), make([]string, len(n.Items)), make([]string, len(n.Items))
	for i, item := range n.Items {
		decisions[i], fingerprints[i], dropped[i] = item.Decision, item.Fingerprint, item.Dropped
	}
	var strangers bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM unnest($1::bigint[], $2::text[]) AS i (decision, fingerprint)
		WHERE NOT EXISTS (SELECT FROM decisions d WHERE d.id = i.decision AND d.fingerprint = i.fingerprint AND d.kind = 'confirm'))`,
		decisions, fingerprints).Scan(&strangers)
	if err != nil {
		return 0, err
	}
	if strangers {
		return 0, ErrNotConfirmed
	}
	// The reference holds the ID, so the ID has to be there first.
	var id int64
	if err := tx.QueryRow(ctx, `SELECT nextval(pg_get_serial_sequence('notices', 'id'))`).Scan(&id); err != nil {
		return 0, err
	}
	tag, err := tx.Exec(ctx, `INSERT INTO notices (id, key, reference, provider_id, sweep, supersedes, lang, channel, recipient, queued_at)
		OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, nullif($6::bigint, 0), $7, $8, $9, $10) ON CONFLICT (key) DO NOTHING`,
		id, n.Key, reference(id, now), n.ProviderID, n.Sweep, n.Supersedes, n.Lang, n.Channel, n.Recipient, now)
	if err != nil || tag.RowsAffected() == 0 {
		return 0, err
	}
	var live int
	err = tx.QueryRow(ctx, `WITH told AS (
		  INSERT INTO notice_items (notice, decision, fingerprint, dropped)
		  SELECT $1::bigint, * FROM unnest($2::bigint[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING RETURNING dropped)
		SELECT count(*) FILTER (WHERE dropped = '') FROM told`, id, decisions, fingerprints, dropped).Scan(&live)
	if err != nil {
		return 0, err
	}
	if live == 0 {
		_, err := tx.Exec(ctx, `WITH gone AS (DELETE FROM notice_items WHERE notice = $1) DELETE FROM notices WHERE id = $1`, id)
		return 0, err
	}
	return id, noteEvent(ctx, tx, id, NoticeQueued, n.who, n.why, now)
}

// reference names a notice to people: the year in Shanghai and the ID.
func reference(id int64, now time.Time) string {
	return fmt.Sprintf("MW-%d-%06d", now.In(market.Shanghai).Year(), id)
}

func noteEvent(ctx context.Context, tx pgx.Tx, notice int64, state, who, detail string, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO notice_events (notice, at, state, who, detail) VALUES ($1, $2, $3, $4, $5)`,
		notice, now, state, who, detail)
	return err
}

// DropItems takes items out of a queued notice, each with a reason code by decision, and
// returns how many are left; a notice with nothing left becomes dropped. A decision that
// was dropped is free for another notice. Items that are none of the notice's or dropped
// already are left alone. It answers ErrNoticeState when the notice is not queued.
func DropItems(ctx context.Context, tx pgx.Tx, notice int64, reasons map[int64]string, now time.Time) (left int, err error) {
	if err := lockNotice(ctx, tx, notice, NoticeQueued); err != nil {
		return 0, fmt.Errorf("drop items of notice %d: %w", notice, err)
	}
	decisions, why := make([]int64, 0, len(reasons)), make([]string, 0, len(reasons))
	for decision, reason := range reasons {
		if reason == "" {
			return 0, fmt.Errorf("drop items of notice %d: decision %d: %w", notice, decision, ErrUnexplained)
		}
		decisions, why = append(decisions, decision), append(why, reason)
	}
	_, err = tx.Exec(ctx, `UPDATE notice_items i SET dropped = d.reason FROM unnest($2::bigint[], $3::text[]) AS d (decision, reason)
		WHERE i.notice = $1 AND i.decision = d.decision AND i.dropped = ''`, notice, decisions, why)
	if err != nil {
		return 0, fmt.Errorf("drop items of notice %d: %w", notice, err)
	}
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM notice_items WHERE notice = $1 AND dropped = ''`, notice).Scan(&left); err != nil {
		return 0, fmt.Errorf("drop items of notice %d: %w", notice, err)
	}
	if left > 0 {
		return left, nil
	}
	_, err = tx.Exec(ctx, `UPDATE notices SET state = 'dropped', ended_at = $2, next_try = NULL,
		reason = coalesce((SELECT string_agg(DISTINCT dropped, ', ' ORDER BY dropped) FROM notice_items WHERE notice = $1), '')
		WHERE id = $1`, notice, now)
	if err == nil {
		err = noteEvent(ctx, tx, notice, NoticeDropped, "", "", now)
	}
	if err != nil {
		return 0, fmt.Errorf("drop notice %d: %w", notice, err)
	}
	return 0, nil
}

// lockNotice locks a notice's row and answers ErrNoticeState unless it is in one of the
// states. Statements that follow see what others changed before.
func lockNotice(ctx context.Context, tx pgx.Tx, id int64, states ...string) error {
	var state string
	err := tx.QueryRow(ctx, `SELECT state FROM notices WHERE id = $1 FOR UPDATE`, id).Scan(&state)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return ErrNoNotice
	case err == nil && !slices.Contains(states, state):
		return fmt.Errorf("%w: it is %s", ErrNoticeState, state)
	}
	return err
}

// NoticeFilter narrows a list of notices. The zero value is all.
type NoticeFilter struct {
	Provider string
	State    string
	Sweep    int64
	Limit    int // 0 = all
}

const noticeColumns = `n.id, n.key, n.reference, n.provider_id, n.sweep, coalesce(n.supersedes, 0), n.state, n.reason, n.lang, n.channel,
	n.recipient, n.message_id, n.subject, n.sha256, n.sender, n.attempts, n.next_try, n.queued_at, n.sending_at, n.ended_at,
	(SELECT coalesce(jsonb_agg(jsonb_build_object('Decision', i.decision, 'Fingerprint', i.fingerprint, 'Dropped', i.dropped) ORDER BY i.decision), '[]')
	 FROM notice_items i WHERE i.notice = n.id)`

func scanNotice(row pgx.CollectableRow) (Notice, error) {
	var n Notice
	err := row.Scan(&n.ID, &n.Key, &n.Reference, &n.ProviderID, &n.Sweep, &n.Supersedes, &n.State, &n.Reason, &n.Lang, &n.Channel,
		&n.Recipient, &n.MessageID, &n.Subject, &n.SHA256, &n.Sender, &n.Attempts, &n.NextTry, &n.Queued, &n.Sending, &n.Ended, &n.Items)
	return n, err
}

// NoticesWhere returns the notices of a filter, the newest first.
func (s *Store) NoticesWhere(ctx context.Context, f NoticeFilter) ([]Notice, error) {
	rows, err := s.Pool.Query(ctx, `SELECT `+noticeColumns+` FROM notices n
		WHERE ($1 = '' OR provider_id = $1) AND ($2 = '' OR state = $2) AND ($3 = 0 OR sweep = $3)
		ORDER BY n.id DESC LIMIT nullif($4::bigint, 0)`, f.Provider, f.State, f.Sweep, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	out, err := pgx.CollectRows(rows, scanNotice)
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	return out, nil
}

// NoticeByReference returns the notice of a reference or of an ID in decimal; ErrNoNotice
// when there is none.
func (s *Store) NoticeByReference(ctx context.Context, ref string) (Notice, error) {
	var n Notice
	err := pgx.BeginTxFunc(ctx, s.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		id, err := noticeID(ctx, tx, ref)
		if err == nil {
			n, err = oneNotice(ctx, tx, id)
		}
		return err
	})
	if err != nil {
		return Notice{}, fmt.Errorf("notice %q: %w", ref, err)
	}
	return n, nil
}

func noticeID(ctx context.Context, tx pgx.Tx, ref string) (id int64, err error) {
	ref = strings.TrimSpace(ref)
	number, err := strconv.ParseInt(ref, 10, 64)
	if err != nil {
		number = 0 // IDs begin at 1
	}
	err = tx.QueryRow(ctx, `SELECT id FROM notices WHERE reference = upper($1) OR id = $2`, ref, number).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, ErrNoNotice
	}
	return id, err
}

func oneNotice(ctx context.Context, tx pgx.Tx, id int64) (Notice, error) {
	rows, err := tx.Query(ctx, `SELECT `+noticeColumns+` FROM notices n WHERE id = $1`, id)
	if err != nil {
		return Notice{}, err
	}
	n, err := pgx.CollectExactlyOneRow(rows, scanNotice)
	if errors.Is(err, pgx.ErrNoRows) {
		return Notice{}, ErrNoNotice
	}
	return n, err
}

// NoticeMessage returns the message of a notice as it was last handed to a channel, nil
// when it never was.
func (s *Store) NoticeMessage(ctx context.Context, id int64) ([]byte, error) {
	var message []byte
	err := s.Pool.QueryRow(ctx, `SELECT message FROM notices WHERE id = $1`, id).Scan(&message)
	if errors.Is(err, pgx.ErrNoRows) {
		err = ErrNoNotice
	}
	if err != nil {
		return nil, fmt.Errorf("message of notice %d: %w", id, err)
	}
	return message, nil
}

// NoticeEvent is one thing that became of a notice.
type NoticeEvent struct {
	At     time.Time
	State  string // that it came to
	Who    string // "" = the program
	Detail string // a person's reason, or what the channel said
}

// NoticeEvents returns what became of a notice, the oldest first.
func (s *Store) NoticeEvents(ctx context.Context, id int64) ([]NoticeEvent, error) {
	rows, err := s.Pool.Query(ctx, `SELECT at, state, who, detail FROM notice_events WHERE notice = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("events of notice %d: %w", id, err)
	}
	events, err := pgx.CollectRows(rows, pgx.RowToStructByPos[NoticeEvent])
	if err != nil {
		return nil, fmt.Errorf("events of notice %d: %w", id, err)
	}
	return events, nil
}

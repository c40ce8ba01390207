package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// SettleNotice ends what nobody knew: a person found out whether an unknown notice was
// sent. One that was not becomes failed and can be queued anew with RequeueNotice. It
// returns the notice as it is then; ErrNoticeState when it is not unknown.
func (s *Store) SettleNotice(ctx context.Context, ref string, sent bool, who, why string, now time.Time) (Notice, error) {
	var n Notice
	err := s.byHand(ctx, who, why, func(tx pgx.Tx) error {
		id, err := noticeID(ctx, tx, ref)
		if err != nil {
			return err
		}
		if err := lockNotice(ctx, tx, id, NoticeUnknown); err != nil {
			return err
		}
		state, reason := NoticeSent, ""
		if !sent {
			state, reason = NoticeFailed, "settled: not sent"
		}
		_, err = tx.Exec(ctx, `UPDATE notices SET state = $2, reason = $3, ended_at = $4 WHERE id = $1`, id, state, reason, now)
		if err != nil {
			return err
		}
		if err := noteEvent(ctx, tx, id, state, who, why, now); err != nil {
			return err
		}
		n, err = oneNotice(ctx, tx, id)
		return err
	})
	if err != nil {
		return Notice{}, fmt.Errorf("settle notice %q: %w", ref, err)
	}
	return n, nil
}

// RequeueNotice makes a failed or dropped notice anew: a new one, which supersedes it, is
// queued with its items and the address that is on file now, and is returned. Items are
// left out where the decision no longer is the last one about its record or the record
// is resolved. Either way the old one is dropped afterwards and waits for nobody. It
// answers ErrNothingToTell when no item is left for a new one, and ErrNoticeState when the
// notice is in another state or has been made anew before.
func (s *Store) RequeueNotice(ctx context.Context, ref, who, why string, now time.Time) (Notice, error) {
	var n Notice
	err := s.byHand(ctx, who, why, func(tx pgx.Tx) error {
		id, err := noticeID(ctx, tx, ref)
		if err != nil {
			return err
		}
		if err := lockNotice(ctx, tx, id, NoticeFailed, NoticeDropped); err != nil {
			return err
		}
		n, err = requeue(ctx, tx, id, who, why, now)
		return err
	})
	if err == nil && n.ID == 0 {
		err = ErrNothingToTell // after what could be done about the old one was done
	}
	if err != nil {
		return Notice{}, fmt.Errorf("queue notice %q anew: %w", ref, err)
	}
	return n, nil
}

// requeue does RequeueNotice for a locked notice; the heir is the zero value where nothing
// is left for one.
func requeue(ctx context.Context, tx pgx.Tx, id int64, who, why string, now time.Time) (Notice, error) {
	old, err := oneNotice(ctx, tx, id)
	if err != nil {
		return Notice{}, err
	}
	heir := NewNotice{ProviderID: old.ProviderID, Sweep: old.Sweep, Supersedes: id, Lang: old.Lang, Channel: old.Channel, who: who, why: why}
	var generation int
	var root, again string
	err = tx.QueryRow(ctx, `WITH RECURSIVE line AS (
		  SELECT supersedes, key, 1 AS depth FROM notices WHERE id = $1
		  UNION ALL SELECT n.supersedes, n.key, line.depth + 1 FROM line JOIN notices n ON n.id = line.supersedes)
		SELECT coalesce((SELECT reference FROM notices WHERE supersedes = $1), ''), max(depth), (array_agg(key ORDER BY depth DESC))[1],
		  coalesce((SELECT nullif(contact_email, '') FROM providers WHERE provider_id = $2), $3) FROM line`,
		id, old.ProviderID, old.Recipient).Scan(&again, &generation, &root, &heir.Recipient)
	if err != nil {
		return Notice{}, err
	}
	if again != "" {
		return Notice{}, fmt.Errorf("%w: it is dropped and was made anew as %s", ErrNoticeState, again)
	}
	heir.Key = root + "/" + strconv.Itoa(generation+1)
	rows, err := tx.Query(ctx, `SELECT i.decision, i.fingerprint, '' FROM notice_items i JOIN records r USING (fingerprint)
		WHERE i.notice = $1 AND r.status = 'open'
		  AND NOT EXISTS (SELECT FROM decisions d WHERE d.fingerprint = i.fingerprint AND d.id > i.decision)
		ORDER BY i.decision`, id)
	if err != nil {
		return Notice{}, err
	}
	if heir.Items, err = pgx.CollectRows(rows, pgx.RowToStructByPos[NoticeItem]); err != nil {
		return Notice{}, err
	}
	if err := giveUp(ctx, tx, &old, now); err != nil {
		return Notice{}, err
	}
	if len(heir.Items) > 0 {
		queued, err := QueueNotices(ctx, tx, []NewNotice{heir}, now)
		if err != nil {
			return Notice{}, err
		}
		if len(queued) > 0 {
			// The reason stands with both, the heir and the one that was given up.
			return queued[0], noteEvent(ctx, tx, id, NoticeDropped, who, why+" → "+queued[0].Reference, now)
		}
	}
	if old.State == NoticeDropped {
		return Notice{}, nil
	}
	return Notice{}, noteEvent(ctx, tx, id, NoticeDropped, who, why, now)
}

// giveUp drops a notice with all its items, so that their decisions are free for its heir.
func giveUp(ctx context.Context, tx pgx.Tx, old *Notice, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE notice_items i SET dropped = CASE
		  WHEN r.status = 'resolved' THEN r.resolved_why
		  WHEN EXISTS (SELECT FROM decisions d WHERE d.fingerprint = i.fingerprint AND d.id > i.decision) THEN $2
		  ELSE $3 END
		FROM records r WHERE r.fingerprint = i.fingerprint AND i.notice = $1 AND i.dropped = ''`, old.ID, DropDecided, DropSuperseded)
	if err != nil || old.State == NoticeDropped {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE notices SET state = 'dropped', ended_at = $2, next_try = NULL,
		reason = (SELECT string_agg(DISTINCT dropped, ', ' ORDER BY dropped) FROM notice_items WHERE notice = $1)
		WHERE id = $1`, old.ID, now)
	return err
}

// byHand runs what a person does in a transaction.
func (s *Store) byHand(ctx context.Context, who, why string, f func(pgx.Tx) error) error {
	if strings.TrimSpace(who) == "" || strings.TrimSpace(why) == "" {
		return ErrUnexplained
	}
	return pgx.BeginFunc(ctx, s.Pool, f)
}

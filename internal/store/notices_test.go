package store_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marketwarden/internal/store"
	"marketwarden/internal/store/storetest"
)

// outboxRows are a provider, a closed sweep and three records that were confirmed
// (decisions 1 to 3) and one that was dismissed (4).
const outboxRows = `
	INSERT INTO bundles (hash, content, made_at) VALUES ('b', '{}', now());
	INSERT INTO sweeps (id, state, as_of, started_at, closed_at, scope, market, bundle, engine, records) OVERRIDING SYSTEM VALUE VALUES
	  (1, 'closed', now(), now(), now(), '{}', 'demo', 'b', '1', true);
	INSERT INTO providers (provider_id, name, kind, site_url, contact_email, markets, status, import_id)
	  VALUES ('p1', 'One', '', '', 'new@p1.example', '{}', 'active', 1);
	INSERT INTO records (fingerprint, rule, subject_kind, subject_id, provider_id, outcome, part, finding, content_hash,
	  first_seen, last_seen, first_sweep, last_sweep)
	  SELECT f, 'r', 'provider', 'p1', 'p1', 'violation', 'x', '{}', 'h', now(), now(), 1, 1 FROM unnest('{f1,f2,f3,f4}'::text[]) AS f;
	INSERT INTO decisions (fingerprint, kind, who, why, at, outcome, content_hash, sweep)
	  SELECT 'f' || n, CASE n WHEN 4 THEN 'dismiss' ELSE 'confirm' END, 'ann', 'seen', now(), 'violation', 'h', 1 FROM generate_series(1, 4) AS n ORDER BY n;`

func outboxStore(t *testing.T) *store.Store {
	t.Helper()
	s := storetest.New(t)
	if _, err := s.Pool.Exec(t.Context(), outboxRows); err != nil {
		t.Fatal(err)
	}
	return s
}

// noon is in the new year in Shanghai already.
func noon() time.Time { return time.Date(2026, 12, 31, 20, 0, 0, 0, time.UTC) }

func items(decisions ...int64) []store.NoticeItem {
	var out []store.NoticeItem
	for _, d := range decisions {
		out = append(out, store.NoticeItem{Decision: d, Fingerprint: "f" + strconv.FormatInt(d, 10)})
	}
	return out
}

func newNotice(key string, decisions ...int64) store.NewNotice {
	return store.NewNotice{
		Key: key, ProviderID: "p1", Sweep: 1, Lang: "zh", Channel: "smtp", Recipient: "old@p1.example", Items: items(decisions...),
	}
}

func queue(t *testing.T, s *store.Store, notices ...store.NewNotice) []store.Notice {
	t.Helper()
	queued, err := inTx(t, s, func(ctx context.Context, tx pgx.Tx) ([]store.Notice, error) {
		return store.QueueNotices(ctx, tx, notices, noon())
	})
	if err != nil {
		t.Fatal(err)
	}
	return queued
}

func inTx[T any](t *testing.T, s *store.Store, f func(context.Context, pgx.Tx) (T, error)) (out T, err error) {
	t.Helper()
	err = pgx.BeginFunc(t.Context(), s.Pool, func(tx pgx.Tx) error {
		out, err = f(t.Context(), tx)
		return err
	})
	return out, err
}

func drop(t *testing.T, s *store.Store, notice int64, reasons map[int64]string) (int, error) {
	t.Helper()
	return inTx(t, s, func(ctx context.Context, tx pgx.Tx) (int, error) {
		return store.DropItems(ctx, tx, notice, reasons, noon())
	})
}

func begin(t *testing.T, s *store.Store) *store.Delivery {
	t.Helper()
	d, err := s.BeginDelivery(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.End)
	return d
}

func outgoing(sender string) store.Outgoing {
	return store.Outgoing{Channel: "smtp", Sender: sender, Recipient: "now@p1.example", MessageID: "<m@x>", Subject: "s", Message: []byte("mail")}
}

func read(t *testing.T, s *store.Store, ref string) store.Notice {
	t.Helper()
	n, err := s.NoticeByReference(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestQueueNotices(t *testing.T) {
	t.Parallel()
	s := outboxStore(t)
	queued := queue(t, s, newNotice("p1/1", 1, 2))
	if len(queued) != 1 {
		t.Fatalf("queued %+v", queued)
	}
	want := store.Notice{
		ID: queued[0].ID, Key: "p1/1", Reference: "MW-2027-000001", ProviderID: "p1", Sweep: 1, State: store.NoticeQueued,
		Lang: "zh", Channel: "smtp", Recipient: "old@p1.example", Queued: noon(), Items: items(1, 2),
	}
	if diff := cmp.Diff(want, queued[0]); diff != "" {
		t.Errorf("a queued notice (-want +got)\n%s", diff)
	}
	if again := queue(t, s, newNotice("p1/1", 3)); len(again) != 0 {
		t.Errorf("a key that is there was queued again: %+v", again)
	}
	next := queue(t, s, newNotice("p1/2", 2, 3), newNotice("p1/3", 1, 2))
	if len(next) != 1 || !cmp.Equal(items(3), next[0].Items) {
		t.Errorf("what is told already was told again: %+v", next)
	}
	_, err := inTx(t, s, func(ctx context.Context, tx pgx.Tx) ([]store.Notice, error) {
		return store.QueueNotices(ctx, tx, []store.NewNotice{newNotice("p1/4", 4)}, noon())
	})
	if !errors.Is(err, store.ErrNotConfirmed) {
		t.Errorf("a dismissal in a notice: %v, want ErrNotConfirmed", err)
	}
	list, err := s.NoticesWhere(t.Context(), store.NoticeFilter{Provider: "p1", State: store.NoticeQueued, Limit: 1})
	if err != nil || len(list) != 1 || list[0].ID != next[0].ID {
		t.Errorf("the newest notice is %+v, %v", list, err)
	}
	for _, ref := range []string{want.Reference, "mw-2027-000001", strconv.FormatInt(want.ID, 10)} {
		if got := read(t, s, ref); got.ID != want.ID {
			t.Errorf("%s is notice %d", ref, got.ID)
		}
	}
	if _, err := s.NoticeByReference(t.Context(), "MW-2027-999999"); !errors.Is(err, store.ErrNoNotice) {
		t.Errorf("an unknown reference: %v", err)
	}
}

// TestQueueTwiceAtOnce: two transactions that queue the same confirmation tell it once.
func TestQueueTwiceAtOnce(t *testing.T) {
	t.Parallel()
	s := outboxStore(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			_, err := inTx(t, s, func(ctx context.Context, tx pgx.Tx) ([]store.Notice, error) {
				return store.QueueNotices(ctx, tx, []store.NewNotice{newNotice("p1/"+strconv.Itoa(i), 1)}, noon())
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	list, err := s.NoticesWhere(t.Context(), store.NoticeFilter{})
	if err != nil || len(list) != 1 {
		t.Errorf("%d notices tell one confirmation, %v", len(list), err)
	}
}

func TestDropItems(t *testing.T) {
	t.Parallel()
	s := outboxStore(t)
	n := queue(t, s, newNotice("p1/1", 1, 2))[0]
	if left, err := drop(t, s, n.ID, map[int64]string{1: "mended"}); left != 1 || err != nil {
		t.Errorf("%d left, %v", left, err)
	}
	if free := queue(t, s, newNotice("p1/2", 1)); len(free) != 1 {
		t.Error("a decision that was dropped is not free")
	}
	if left, err := drop(t, s, n.ID, map[int64]string{2: "not_looked_at"}); left != 0 || err != nil {
		t.Errorf("%d left, %v", left, err)
	}
	if got := read(t, s, n.Reference); got.State != store.NoticeDropped || got.Reason != "mended, not_looked_at" || got.Ended == nil {
		t.Errorf("with nothing left it is %+v", got)
	}
	if _, err := drop(t, s, n.ID, map[int64]string{2: "mended"}); !errors.Is(err, store.ErrNoticeState) {
		t.Errorf("dropping from a dropped notice: %v", err)
	}
}

// TestNoticeStates: every change of state happens from its states only, once, and by the
// attempt that it belongs to.
func TestNoticeStates(t *testing.T) {
	t.Parallel()
	s := outboxStore(t)
	d := begin(t, s)
	id := queue(t, s, newNotice("p1/1", 1))[0].ID
	ctx := t.Context()
	changes := map[string]func() error{
		"take": func() error {
			n, err := s.NoticeByReference(ctx, strconv.FormatInt(id, 10))
			if err != nil {
				return err
			}
			return d.TakeNotice(ctx, &n, outgoing("me"), noon())
		},
		"sent":          func() error { return s.NoticeSent(ctx, id, "me", "250 ok", noon()) },
		"sent by other": func() error { return s.NoticeSent(ctx, id, "other", "250 ok", noon()) },
		"failed":        func() error { return s.NoticeFailed(ctx, id, "me", "550", noon()) },
		"failed queued": func() error { return s.NoticeFailed(ctx, id, "", "no address", noon()) },
		"put off":       func() error { return s.NoticePutOff(ctx, id, "me", "450", 0, noon(), noon()) },
		"put off other": func() error { return s.NoticePutOff(ctx, id, "other", "450", 0, noon(), noon()) },
		"unknown":       func() error { return s.NoticeUnknown(ctx, id, "me", "lost", noon()) },
		"settle sent": func() error {
			_, err := s.SettleNotice(ctx, strconv.FormatInt(id, 10), true, "ann", "asked them", noon())
			return err
		},
		"settle not sent": func() error {
			_, err := s.SettleNotice(ctx, strconv.FormatInt(id, 10), false, "ann", "asked them", noon())
			return err
		},
		"requeue": func() error {
			_, err := s.RequeueNotice(ctx, strconv.FormatInt(id, 10), "ann", "again", noon())
			return err
		},
		"drop": func() error {
			_, err := drop(t, s, id, map[int64]string{1: "mended"})
			return err
		},
		"orphaned": func() error {
			return d.EndOrphan(ctx, &store.Notice{ID: id, Sender: "me"}, store.NoticeUnknown, noon())
		},
	}
	for state, allowed := range map[string]map[string]string{
		store.NoticeQueued: {"take": "sending", "failed queued": "failed", "drop": "dropped"},
		store.NoticeSending: {
			"sent": "sent", "failed": "failed", "put off": "queued", "unknown": "unknown", "orphaned": "unknown",
		},
		store.NoticeSent:    {},
		store.NoticeFailed:  {"requeue": "dropped"},
		store.NoticeDropped: {"requeue": "dropped"},
		store.NoticeUnknown: {"sent": "sent", "settle sent": "sent", "settle not sent": "failed"},
	} {
		for name, change := range changes {
			sender := "me"
			if state == store.NoticeQueued {
				sender = ""
			}
			reset(t, s, id, state, sender)
			want, ok := allowed[name]
			err := change()
			got := read(t, s, strconv.FormatInt(id, 10))
			switch {
			case ok && (err != nil || got.State != want):
				t.Errorf("%s from %s: %v, now %s, want %s", name, state, err, got.State, want)
			case !ok && !errors.Is(err, store.ErrNoticeState):
				t.Errorf("%s from %s: %v, want ErrNoticeState", name, state, err)
			case !ok && (name == "requeue" || strings.HasPrefix(name, "settle")) && !strings.Contains(err.Error(), "it is "+state):
				t.Errorf("%s from %s: %v, want the state it is in", name, state, err)
			case !ok && got.State != state:
				t.Errorf("%s changed %s to %s", name, state, got.State)
			}
		}
	}
}

// reset puts a notice into a state, and heirs that it got before out of the way.
func reset(t *testing.T, s *store.Store, id int64, state, sender string) {
	t.Helper()
	_, err := s.Pool.Exec(t.Context(), `DELETE FROM notice_items WHERE notice <> $1`, id)
	if err == nil {
		_, err = s.Pool.Exec(t.Context(), `UPDATE notices SET supersedes = NULL, key = 'old' || id WHERE id <> $1`, id)
	}
	if err == nil {
		_, err = s.Pool.Exec(t.Context(), `UPDATE notice_items SET dropped = CASE $1 WHEN 'dropped' THEN 'mended' ELSE '' END`, state)
	}
	if err == nil {
		_, err = s.Pool.Exec(t.Context(), `UPDATE notices SET state = $2, sender = $3, message = 'x', next_try = NULL, channel = 'smtp',
			ended_at = CASE WHEN $2 IN ('queued', 'sending') THEN NULL ELSE now() END WHERE id = $1`, id, state, sender)
	}
	if err != nil {
		t.Fatal(err)
	}
}

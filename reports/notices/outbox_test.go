package notices

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marketwarden/internal/config"
	"marketwarden/internal/store"
	"marketwarden/internal/store/storetest"
)

// outboxOf returns an outbox with n queued notices, one a provider and confirmation,
// whose mails have "notice of fN" as the subject.
func outboxOf(t *testing.T, n int, c config.Notices) *Outbox {
	t.Helper()
	s := storetest.New(t)
	_, err := s.Pool.Exec(t.Context(), fmt.Sprintf(`
		INSERT INTO bundles (hash, content, made_at) VALUES ('b', '{}', now());
		INSERT INTO sweeps (state, as_of, started_at, closed_at, scope, market, bundle, engine, records)
		  VALUES ('closed', now(), now(), now(), '{}', 'demo', 'b', '1', true);
		INSERT INTO records (fingerprint, rule, subject_kind, subject_id, provider_id, outcome, part, finding, content_hash,
		  first_seen, last_seen, first_sweep, last_sweep)
		  SELECT 'f' || i, 'r', 'provider', 'p' || i, 'p' || i, 'violation', 'x', '{}', 'h', now(), now(), 1, 1 FROM generate_series(1, %d) AS i;
		INSERT INTO decisions (fingerprint, kind, who, why, at, outcome, content_hash, sweep)
		  SELECT fingerprint, 'confirm', 'ann', 'seen', now(), 'violation', 'h', 1 FROM records;`, n))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.Pool.Query(t.Context(), `SELECT id, fingerprint, '' FROM decisions ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[store.NoticeItem])
	if err != nil {
		t.Fatal(err)
	}
	var list []store.NewNotice
	for _, item := range items {
		provider := "p" + item.Fingerprint[1:]
		list = append(list, store.NewNotice{
			Key: provider + "/1", ProviderID: provider, Sweep: 1, Lang: "zh", Channel: c.Channel,
			Recipient: provider + "@example.com", Items: []store.NoticeItem{item},
		})
	}
	err = pgx.BeginFunc(t.Context(), s.Pool, func(tx pgx.Tx) error {
		_, err := store.QueueNotices(t.Context(), tx, list, time.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return &Outbox{
		Store: s, Config: c, DataDir: t.TempDir(), Log: slog.New(slog.DiscardHandler),
		Compose: func(_ context.Context, n store.Notice) (*Message, error) { return plainNotice(&n), nil },
	}
}

// plainNotice is a short notice.
func plainNotice(n *store.Notice) *Message {
	const from = "合规 <compliance@market.example>"
	return &Message{
		Key: n.Key, Reference: n.Reference, MessageID: MessageID(n.Key, from), From: from, To: n.Recipient, ProviderID: n.ProviderID,
		Subject: "notice of " + n.Items[0].Fingerprint, Date: time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC), Lang: n.Lang,
		Text: "您好\n.\n.. dots\n", HTML: "<!doctype html><p>您好</p>\n",
	}
}

func settings(channel string) config.Notices {
	return config.Notices{
		Channel: channel, Attempts: 3, RetryWait: time.Millisecond,
		SMTP: config.SMTP{Host: "127.0.0.1", TLS: "none", Timeout: 10 * time.Second}, Webhook: config.Webhook{Timeout: 10 * time.Second},
	}
}

// states counts notices by state.
func states(t *testing.T, s *store.Store) map[string]int {
	t.Helper()
	list, err := s.NoticesWhere(t.Context(), store.NoticeFilter{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for i := range list {
		out[list[i].State]++
	}
	return out
}

func only(t *testing.T, s *store.Store) store.Notice {
	t.Helper()
	list, err := s.NoticesWhere(t.Context(), store.NoticeFilter{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func TestFolder(t *testing.T) {
	t.Parallel()
	o := outboxOf(t, 2, settings(config.ChannelFolder))
	counts, err := o.Deliver(t.Context())
	if diff := cmp.Diff(Counts{Sent: 2}, counts); diff != "" || err != nil {
		t.Fatalf("%v (-want +got)\n%s", err, diff)
	}
	dir := filepath.Join(o.DataDir, "notices")
	n := only(t, o.Store)
	for name, want := range map[string][]byte{".html": []byte(plainNotice(&n).HTML), ".eml": stored(t, o.Store, n.ID)} {
		path := filepath.Join(dir, n.Reference+name)
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v, %v", info.Mode(), err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 4 {
		t.Errorf("the folder holds %v, %v", files, err)
	}
	if counts, err := o.Deliver(t.Context()); err != nil || counts != (Counts{}) {
		t.Errorf("a second delivery did %+v, %v", counts, err)
	}
}

func stored(t *testing.T, s *store.Store, id int64) []byte {
	t.Helper()
	b, err := s.NoticeMessage(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestFolderNames: a name that is not one of our references is no file's.
func TestFolderNames(t *testing.T) {
	t.Parallel()
	for _, ref := range []string{"", "../x", "a/b", ".hidden", "a\x00b", "MW-2026-000001\n"} {
		if _, err := Write(t.TempDir(), &Message{Reference: ref, From: "a@example.com"}); err == nil {
			t.Errorf("%q names a file", ref)
		}
	}
}

// TestFolderCannotBeWritten: that is a failure of the way, and the notice waits.
func TestFolderCannotBeWritten(t *testing.T) {
	t.Parallel()
	c := settings(config.ChannelFolder)
	c.Folder = filepath.Join(t.TempDir(), "taken")
	c.RetryWait = time.Hour
	if err := os.WriteFile(c.Folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o := outboxOf(t, 2, c)
	counts, err := o.Deliver(t.Context())
	if diff := cmp.Diff(Counts{PutOff: 1, Left: 1}, counts); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

// TestCompose: what cannot be made out is not handed over.
func TestCompose(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err   error
		want  Counts
		state string
	}{
		"no address":  {fmt.Errorf("p1: %w", ErrRecipient), Counts{Failed: 1}, store.NoticeFailed},
		"later":       {ErrLater, Counts{Changed: 1}, store.NoticeQueued},
		"not now":     {errors.New("broken"), Counts{PutOff: 1}, store.NoticeQueued},
		"in the end":  {errors.New("broken"), Counts{Failed: 1}, store.NoticeFailed},
		"changed now": {nil, Counts{Changed: 1}, store.NoticeDropped},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := outboxOf(t, 1, settings(config.ChannelFolder))
			o.Patience = time.Minute
			if name == "not now" {
				o.Patience, o.Config.RetryWait = 0, time.Hour
			}
			o.Compose = func(ctx context.Context, n store.Notice) (*Message, error) {
				if tt.err != nil {
					return nil, tt.err
				}
				return plainNotice(&n), pgx.BeginFunc(ctx, o.Store.Pool, func(tx pgx.Tx) error {
					_, err := store.DropItems(ctx, tx, n.ID, map[int64]string{n.Items[0].Decision: "mended"}, time.Now())
					return err
				})
			}
			counts, err := o.Deliver(t.Context())
			if diff := cmp.Diff(tt.want, counts); diff != "" || err != nil {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
			if n := only(t, o.Store); n.State != tt.state || len(stored(t, o.Store, n.ID)) > 0 {
				t.Errorf("it became %+v", n)
			}
		})
	}
}

// TestStopBetween: a delivery that is told to stop ends the notice in hand and no other.
func TestStopBetween(t *testing.T) {
	t.Parallel()
	o := outboxOf(t, 3, settings(config.ChannelFolder))
	ctx, stop := context.WithCancel(t.Context())
	inner, made := o.Compose, atomic.Int32{}
	o.Compose = func(ctx context.Context, n store.Notice) (*Message, error) {
		if made.Add(1) == 2 {
			stop()
		}
		return inner(ctx, n)
	}
	counts, err := o.Deliver(ctx)
	if !errors.Is(err, context.Canceled) || counts.Sent != 1 || counts.Left != 2 {
		t.Errorf("%+v, %v", counts, err)
	}
	if diff := cmp.Diff(map[string]int{"sent": 1, "queued": 2}, states(t, o.Store)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestTwoDeliverersAtOnce: however many deliver, each notice is handed over once.
func TestTwoDeliverersAtOnce(t *testing.T) {
	t.Parallel()
	o := outboxOf(t, 20, settings(config.ChannelFolder))
	var made atomic.Int32
	inner := o.Compose
	o.Compose = func(ctx context.Context, n store.Notice) (*Message, error) {
		made.Add(1)
		return inner(ctx, n)
	}
	type result struct {
		counts Counts
		err    error
	}
	results := make(chan result)
	for range 3 {
		go func() {
			counts, err := o.Deliver(t.Context())
			results <- result{counts, err}
		}()
	}
	sent := 0
	for range 3 {
		r := <-results
		if r.err != nil && !errors.Is(r.err, ErrBusy) {
			t.Error(r.err)
		}
		sent += r.counts.Sent
	}
	if sent != 20 || made.Load() != 20 {
		t.Errorf("sent %d, made out %d, want 20", sent, made.Load())
	}
}

// TestOneProvider: a delivery can be narrowed to one provider.
func TestOneProvider(t *testing.T) {
	t.Parallel()
	o := outboxOf(t, 3, settings(config.ChannelFolder))
	o.Provider = "p2"
	counts, err := o.Deliver(t.Context())
	if err != nil || counts != (Counts{Sent: 1}) {
		t.Errorf("%+v, %v", counts, err)
	}
}

// TestRecipient: whom a notice went to is told of it, though another address was on file
// when it was queued.
func TestRecipient(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{"One <new@p1.example>": "new@p1.example", "": ""} {
		o := outboxOf(t, 1, settings(config.ChannelFolder))
		o.Compose = func(_ context.Context, n store.Notice) (*Message, error) {
			m := plainNotice(&n)
			m.To = to
			return m, nil
		}
		if counts, err := o.Deliver(t.Context()); err != nil || counts != (Counts{Sent: 1}) {
			t.Errorf("%+v, %v", counts, err)
		}
		if n := only(t, o.Store); n.Recipient != want {
			t.Errorf("to %q: it says %q, want %q", to, n.Recipient, want)
		}
	}
}

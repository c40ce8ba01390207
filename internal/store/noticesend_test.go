package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/store"
)

// TestTakeNotice: what is handed over is stored before; a notice that tells something
// else by then, or is not due yet, is not taken.
func TestTakeNotice(t *testing.T) {
	t.Parallel()
	s := outboxStore(t)
	d := begin(t, s)
	n := queue(t, s, newNotice("p1/1", 1, 2))[0]
	if _, err := drop(t, s, n.ID, map[int64]string{1: "mended"}); err != nil {
		t.Fatal(err)
	}
	if err := d.TakeNotice(t.Context(), &n, outgoing("a"), noon()); !errors.Is(err, store.ErrNoticeState) {
		t.Errorf("taken though an item was dropped since: %v", err)
	}
	n = read(t, s, n.Reference)
	if err := d.TakeNotice(t.Context(), &n, outgoing("a"), noon()); err != nil {
		t.Fatal(err)
	}
	if err := d.TakeNotice(t.Context(), &n, outgoing("b"), noon()); !errors.Is(err, store.ErrNoticeState) {
		t.Errorf("taken twice: %v", err)
	}
	got := read(t, s, n.Reference)
	want := n
	want.State, want.MessageID, want.Subject, want.Sender, want.Attempts = store.NoticeSending, "<m@x>", "s", "a", 1
	want.Recipient = "now@p1.example" // whom to ask, should nobody know what became of it
	sum := sha256.Sum256([]byte("mail"))
	want.SHA256 = hex.EncodeToString(sum[:])
	want.Sending = new(time.Time)
	*want.Sending = noon()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a taken notice (-want +got)\n%s", diff)
	}
	if message, err := s.NoticeMessage(t.Context(), n.ID); string(message) != "mail" || err != nil {
		t.Errorf("its message is %q, %v", message, err)
	}
	later := noon().Add(time.Hour)
	if err := s.NoticePutOff(t.Context(), n.ID, "a", "450 later", 0, later, noon()); err != nil {
		t.Fatal(err)
	}
	if due, err := d.DueNotices(t.Context(), "", noon()); len(due) != 0 || err != nil {
		t.Errorf("due before its time: %+v, %v", due, err)
	}
	if err := d.TakeNotice(t.Context(), &n, outgoing("c"), noon()); !errors.Is(err, store.ErrNoticeState) {
		t.Errorf("taken before its time: %v", err)
	}
	due, err := d.DueNotices(t.Context(), "p1", later)
	if err != nil || len(due) != 1 || due[0].Attempts != 1 || due[0].Reason != "450 later" {
		t.Errorf("due at its time: %+v, %v", due, err)
	}
}

// TestTakeNoticeLooks: what people or a sweep changed after the message was made out and
// before it is handed over stops it.
func TestTakeNoticeLooks(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*testing.T, *store.Store){
		"dismissed":      func(t *testing.T, s *store.Store) { t.Helper(); again(t, s, "dismiss", "f2") },
		"confirmed anew": func(t *testing.T, s *store.Store) { t.Helper(); again(t, s, "confirm", "f2") },
		"mended": func(t *testing.T, s *store.Store) {
			t.Helper()
			if _, err := s.Pool.Exec(t.Context(), `UPDATE records SET status = 'resolved', resolved_why = 'mended', resolved_at = now(),
				resolved_sweep = 1 WHERE fingerprint = 'f2'`); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := outboxStore(t)
			d := begin(t, s)
			n := queue(t, s, newNotice("p1/1", 1, 2, 3))[0]
			if _, err := drop(t, s, n.ID, map[int64]string{3: "dismissed"}); err != nil {
				t.Fatal(err)
			}
			n = read(t, s, n.Reference)
			again(t, s, "dismiss", "f3") // about what it does not tell
			change(t, s)
			if err := d.TakeNotice(t.Context(), &n, outgoing("a"), noon()); !errors.Is(err, store.ErrNoticeState) {
				t.Errorf("taken: %v", err)
			}
			if got := read(t, s, n.Reference); !cmp.Equal(n, got) {
				t.Errorf("it is %+v", got)
			}
			if _, err := drop(t, s, n.ID, map[int64]string{2: "dismissed"}); err != nil {
				t.Fatal(err)
			}
			n = read(t, s, n.Reference)
			if err := d.TakeNotice(t.Context(), &n, outgoing("a"), noon()); err != nil {
				t.Errorf("what is left: %v", err)
			}
		})
	}
}

// TestOneDelivers: the right to deliver is one process's, and goes with its session.
func TestOneDelivers(t *testing.T) {
	t.Parallel()
	s := outboxStore(t)
	n := queue(t, s, newNotice("p1/1", 1))[0]
	first, err := s.BeginDelivery(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.BeginDelivery(t.Context()); !errors.Is(err, store.ErrDelivering) {
		t.Fatalf("a second one: %v, want ErrDelivering", err)
	}
	if err := first.TakeNotice(t.Context(), &n, outgoing("first"), noon()); err != nil {
		t.Fatal(err)
	}
	first.End()
	second := begin(t, s)
	endOrphan(t, second, store.NoticeUnknown)
	if err := first.TakeNotice(t.Context(), &n, outgoing("first"), noon()); err == nil {
		t.Error("who lost the right took a notice")
	}
	// The first one was no dead process after all, and knows what became of it.
	if err := s.NoticeSent(t.Context(), n.ID, "first", "250 ok", noon()); err != nil {
		t.Error(err)
	}
	events, err := s.NoticeEvents(t.Context(), n.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := []store.NoticeEvent{
		{At: noon(), State: "queued"},
		{At: noon(), State: "sending", Detail: "smtp"},
		{At: noon(), State: "unknown", Detail: "interrupted"},
		{At: noon(), State: "sent", Detail: "250 ok"},
	}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("events (-want +got)\n%s", diff)
	}
}

// endOrphan ends the one notice that a process left in sending.
func endOrphan(t *testing.T, d *store.Delivery, state string) {
	t.Helper()
	orphans, err := d.Orphans(t.Context())
	if err != nil || len(orphans) != 1 {
		t.Fatalf("left over: %+v, %v", orphans, err)
	}
	if err := d.EndOrphan(t.Context(), &orphans[0], state, noon()); err != nil {
		t.Error(err)
	}
	if err := d.EndOrphan(t.Context(), &orphans[0], state, noon()); !errors.Is(err, store.ErrNoticeState) {
		t.Errorf("ended twice: %v", err)
	}
}

// TestOrphans: what became of a notice whose process died is said by who finds out, once.
// One that is queued again is due, and nobody's attempt.
func TestOrphans(t *testing.T) {
	t.Parallel()
	for _, state := range []string{store.NoticeQueued, store.NoticeSent, store.NoticeUnknown} {
		s := outboxStore(t)
		d := begin(t, s)
		n := queue(t, s, newNotice("p1/1", 1))[0]
		if err := d.TakeNotice(t.Context(), &n, outgoing("a"), noon()); err != nil {
			t.Fatal(err)
		}
		endOrphan(t, d, state)
		due, err := d.DueNotices(t.Context(), "", noon())
		if err != nil || (len(due) == 1) != (state == store.NoticeQueued) {
			t.Errorf("%s: due %+v, %v", state, due, err)
		}
		got := read(t, s, n.Reference)
		if got.State != state || (got.Ended == nil) != (state == store.NoticeQueued) || (got.Sender == "") != (state == store.NoticeQueued) {
			t.Errorf("%s: it is %+v", state, got)
		}
	}
}

// TestRequeueNotice: a notice that failed is made anew with the address that is on file
// by then and what still stands, once.
func TestRequeueNotice(t *testing.T) {
	t.Parallel()
	s := outboxStore(t)
	ctx := t.Context()
	n := queue(t, s, newNotice("p1/1", 1, 2, 3))[0]
	if err := s.NoticeFailed(ctx, n.ID, "", "no address", noon()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Pool.Exec(ctx, `INSERT INTO decisions (fingerprint, kind, who, why, at, outcome, content_hash, sweep)
		  VALUES ('f2', 'dismiss', 'ann', 'was wrong', now(), 'violation', 'h', 1);
		UPDATE records SET status = 'resolved', resolved_why = 'mended', resolved_at = now(), resolved_sweep = 1 WHERE fingerprint = 'f3'`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RequeueNotice(ctx, n.Reference, "ann", " ", noon()); !errors.Is(err, store.ErrUnexplained) {
		t.Errorf("without a reason: %v", err)
	}
	heir, err := s.RequeueNotice(ctx, n.Reference, "ann", "new address", noon())
	if err != nil {
		t.Fatal(err)
	}
	if heir.Key != "p1/1/2" || heir.Supersedes != n.ID || heir.Recipient != "new@p1.example" || !cmp.Equal(items(1), heir.Items) {
		t.Errorf("made anew as %+v", heir)
	}
	old := read(t, s, n.Reference)
	left := []store.NoticeItem{
		{Decision: 1, Fingerprint: "f1", Dropped: store.DropSuperseded},
		{Decision: 2, Fingerprint: "f2", Dropped: store.DropDecided},
		{Decision: 3, Fingerprint: "f3", Dropped: "mended"},
	}
	if diff := cmp.Diff(left, old.Items); old.State != store.NoticeDropped || diff != "" {
		t.Errorf("the old one is %s because of %q (-want +got)\n%s", old.State, old.Reason, diff)
	}
	if _, err := s.RequeueNotice(ctx, n.Reference, "ann", "again", noon()); !errors.Is(err, store.ErrNoticeState) || !strings.Contains(err.Error(), "made anew as "+heir.Reference) {
		t.Errorf("a second time: %v", err)
	}
	if err := s.NoticeFailed(ctx, heir.ID, "", "no address", noon()); err != nil {
		t.Fatal(err)
	}
	third, err := s.RequeueNotice(ctx, heir.Reference, "ann", "newer address", noon())
	if err != nil || third.Key != "p1/1/3" {
		t.Errorf("the third is %+v, %v", third, err)
	}
	events, err := s.NoticeEvents(ctx, third.ID)
	if err != nil || len(events) != 1 || !slices.Contains(events, store.NoticeEvent{At: noon(), State: "queued", Who: "ann", Detail: "newer address"}) {
		t.Errorf("its events are %+v, %v", events, err)
	}
	if _, err := drop(t, s, third.ID, map[int64]string{1: "mended"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Pool.Exec(ctx, `UPDATE records SET status = 'resolved', resolved_why = 'mended', resolved_at = now(), resolved_sweep = 1`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RequeueNotice(ctx, third.Reference, "ann", "again", noon()); !errors.Is(err, store.ErrNothingToTell) {
		t.Errorf("with nothing left: %v", err)
	}
}

// TestRequeueOfRenewed: a failed notice whose decisions were all renewed waits for nobody
// once a person has asked for it: there is nothing left of it to tell.
func TestRequeueOfRenewed(t *testing.T) {
	t.Parallel()
	s := outboxStore(t)
	n := queue(t, s, newNotice("p1/1", 1))[0]
	if err := s.NoticeFailed(t.Context(), n.ID, "", "550", noon()); err != nil {
		t.Fatal(err)
	}
	again(t, s, "confirm", "f1")
	if _, err := s.RequeueNotice(t.Context(), n.Reference, "ann", "address corrected", noon()); !errors.Is(err, store.ErrNothingToTell) {
		t.Errorf("made anew: %v", err)
	}
	want := n
	want.State, want.Reason, want.Ended = store.NoticeDropped, store.DropDecided, new(time.Time)
	*want.Ended, want.Items = noon(), []store.NoticeItem{{Decision: 1, Fingerprint: "f1", Dropped: store.DropDecided}}
	if diff := cmp.Diff(want, read(t, s, n.Reference)); diff != "" {
		t.Errorf("the old one (-want +got)\n%s", diff)
	}
}

// again decides about a record once more.
func again(t *testing.T, s *store.Store, kind, fingerprint string) {
	t.Helper()
	_, err := s.Pool.Exec(t.Context(), `INSERT INTO decisions (fingerprint, kind, who, why, at, outcome, content_hash, sweep)
		VALUES ($1, $2, 'ann', 'looked again', now(), 'violation', 'h', 1)`, fingerprint, kind)
	if err != nil {
		t.Fatal(err)
	}
}

package pipeline_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/config"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
)

// mailbox is a mail server that keeps what it is given, and refuses some recipients.
type mailbox struct {
	mu     sync.Mutex
	mails  map[string][]byte // by recipient
	refuse map[string]*smtp.SMTPError
	twice  bool
}

func serveMail(t *testing.T) (*mailbox, config.SMTP) {
	t.Helper()
	box := &mailbox{mails: map[string][]byte{}, refuse: map[string]*smtp.SMTPError{}}
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{box: box}, nil }))
	srv.Domain = "mail.test"
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(ln) // the error is that of Close
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return box, config.SMTP{Host: "127.0.0.1", Port: number, TLS: "none", Timeout: 10 * time.Second}
}

type mailSession struct {
	box *mailbox
	to  string
}

func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Reset()                               { s.to = "" }
func (s *mailSession) Logout() error                        { return nil }

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.to = to
	if err := s.box.refuse[to]; err != nil {
		return err
	}
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.twice = s.box.twice || s.box.mails[s.to] != nil
	s.box.mails[s.to] = body
	return err
}

func (b *mailbox) set(to string, err *smtp.SMTPError) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse[to] = err
}

// to are the recipients so far, by address.
func (b *mailbox) to() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for to := range b.mails {
		out = append(out, to)
	}
	slices.Sort(out)
	return out
}

// letter reads a mail back: its subject and its text and HTML bodies.
func (b *mailbox) letter(t *testing.T, to string) (subject, text, html string) {
	t.Helper()
	b.mu.Lock()
	body := b.mails[to]
	b.mu.Unlock()
	m, err := mail.ReadMessage(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("mail to %s: %v", to, err)
	}
	if subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	var bodies []string
	for {
		p, err := parts.NextPart() // decodes quoted-printable
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var r io.Reader = p
		if p.Header.Get("Content-Transfer-Encoding") == "base64" {
			r = base64.NewDecoder(base64.StdEncoding, p)
		}
		raw, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(raw))
	}
	if len(bodies) != 2 {
		t.Fatalf("mail to %s has %d parts", to, len(bodies))
	}
	return subject, bodies[0], bodies[1]
}

// TestNotifyByMail: notices in English reach a mail server; who is refused is told apart,
// waits or fails, and is sent once when the cause is gone.
func TestNotifyByMail(t *testing.T) {
	t.Parallel()
	box, server := serveMail(t)
	d := newDesk(t, func(c *config.Config) {
		c.Notices.Channel, c.Notices.SMTP, c.Notices.Lang = config.ChannelSMTP, server, "en"
		c.Notices.From, c.Notices.Sender = "norms@market.demo.example", "Marketplace compliance"
	})
	d.night(1, store.Scope{Only: pipeline.OnlyListings})
	d.at(d.asOf.Add(7 * time.Hour))
	d.decide(record.Confirm, "external-link", "dm000004", "dm000005", "dm000009")
	d.decide(record.Confirm, "off-platform-contact", "dm000041")
	if _, err := d.store.Pool.Exec(t.Context(), `UPDATE providers SET contact_email = '' WHERE provider_id = 'sp1011'`); err != nil {
		t.Fatal(err)
	}
	box.set("bd@qihe-info-demo.com", &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"})
	box.set("channel@beichen-lianshu-demo.cn", &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "come back later"})

	res := d.notify(pipeline.NotifyOptions{Send: true})
	states := map[string]string{}
	for _, p := range res.Providers {
		states[p.Provider.ID] = p.Notice.State
	}
	if diff := cmp.Diff(map[string]string{"sp1001": "sent", "sp1002": "failed", "sp1003": "queued"}, states); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
	if res.Why[pipeline.WhyNoContact] != 2 || res.Next.IsZero() || !res.Undelivered() {
		t.Errorf("without contact %d, next %v, %+v", res.Why[pipeline.WhyNoContact], res.Next, res.Counts)
	}
	for p, want := range map[string]pipeline.Why{"sp1002": pipeline.WhyFailed, "sp1003": pipeline.WhyQueued, "sp1011": pipeline.WhyNoContact} {
		var got []pipeline.Why
		for _, w := range d.whys(p) {
			got = append(got, w...)
		}
		if !slices.Contains(got, want) {
			t.Errorf("%s: %q, want %q", p, got, want)
		}
	}
	subject, text, html := box.letter(t, "market@yunlansoft-demo.com")
	n := noticeOf(t, d, "sp1001")
	holds(t, "subject", subject, []string{n.Reference, "please mend"}, []string{"preview"})
	for what, body := range map[string]string{"text": text, "HTML": html} {
		holds(t, what, body, []string{n.Reference, "www.yunlan-scan-login.com", "dm000004", "2026-03-10 09:00"}, []string{"李审核", "dm000005"})
	}

	// Later the second one is let in, and the address of the first was corrected.
	box.set("channel@beichen-lianshu-demo.cn", nil)
	if _, err := d.store.Pool.Exec(t.Context(), `UPDATE providers SET contact_email = 'new@qihe-info-demo.com' WHERE provider_id = 'sp1002'`); err != nil {
		t.Fatal(err)
	}
	if _, err := d.store.RequeueNotice(t.Context(), noticeOf(t, d, "sp1002").Reference, "李审核", "address corrected", *d.now.Load()); err != nil {
		t.Fatal(err)
	}
	d.at(d.now.Load().Add(time.Hour))
	res = d.notify(pipeline.NotifyOptions{Send: true})
	if diff := cmp.Diff(map[string]string{"sp1002": "sent ", "sp1003": "sent "}, told(res)); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
	want := []string{"channel@beichen-lianshu-demo.cn", "market@yunlansoft-demo.com", "new@qihe-info-demo.com"}
	if diff := cmp.Diff(want, box.to()); diff != "" || box.twice {
		t.Errorf("recipients (-want +got):\n%s; twice: %t", diff, box.twice)
	}
	if res := d.notify(pipeline.NotifyOptions{Send: true}); !res.Nothing() {
		t.Errorf("told again: %v", told(res))
	}
}

// TestExplain: each reason that keeps a record from being told.
func TestExplain(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	only := store.Scope{Only: pipeline.OnlyListings}
	d.night(1, only)
	d.decide(record.Confirm, "external-link", "dm000003", "dm000005", "dm000009")
	d.decide(record.Waive, "external-link", "dm000004", "dm000006", "dm000007")
	d.night(2, only)
	back := d.night(1, only)
	d.at(d.asOf.AddDate(0, 0, 8)) // waivers of nine days are not over
	change := func(sql string, args ...any) {
		t.Helper()
		if tag, err := d.store.Pool.Exec(t.Context(), sql, args...); err != nil || tag.RowsAffected() == 0 {
			t.Fatalf("%s: %v, %d rows", sql, err, tag.RowsAffected())
		}
	}
	change(`UPDATE records SET content_hash = 'other' WHERE listing_id = 'dm000004' AND rule = 'external-link'`)
	change(`UPDATE records SET content_hash = 'other', outcome = 'suspected', finding = jsonb_set(finding, '{outcome}', '"suspected"')
		WHERE listing_id = 'dm000005' AND rule = 'external-link'`)
	change(`UPDATE records SET rule = 'retired', finding = jsonb_set(finding, '{rule}', '"retired"') WHERE listing_id = 'dm000009' AND rule = 'external-link'`)
	change(`INSERT INTO records SELECT r.* FROM records s, jsonb_populate_record(s, '{"fingerprint": "p", "rule": "listing-unavailable"}') r
		WHERE s.listing_id = 'dm000004' LIMIT 1`)
	change(`UPDATE records SET finding = jsonb_set(finding, '{rule}', '"listing-unavailable"') WHERE fingerprint = 'p'`)

	got := map[string][]pipeline.Why{}
	for _, p := range []string{"sp1001", "sp1002", "sp1003"} {
		maps.Copy(got, d.whys(p))
	}
	want := map[string][]pipeline.Why{
		"dm000003": {pipeline.WhyCameBack}, "dm000004": {pipeline.WhyChanged, pipeline.WhyPlatformSide},
		"dm000005": {pipeline.WhyWeaker}, "dm000006": {pipeline.WhyWaived}, "dm000009": {pipeline.WhyNoRule},
	}
	for id, why := range want {
		if diff := cmp.Diff(why, got[id]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	d.at(d.asOf.AddDate(0, 0, 12))
	if why := d.whys("sp1002")["dm000006"]; !slices.Equal(why, []pipeline.Why{pipeline.WhyExpired}) {
		t.Errorf("after the waiver's end: %q", why)
	}

	// What is confirmed after the digest was made waits for the next one.
	d.decide(record.Confirm, "external-link", "dm000003")
	d.notify(pipeline.NotifyOptions{Send: true, Sweep: back.ID})
	d.decide(record.Confirm, "external-link", "dm000004")
	if why := d.whys("sp1001")["dm000004"]; !slices.Contains(why, pipeline.WhyNextDigest) {
		t.Errorf("confirmed after the digest: %q", why)
	}
	for _, w := range []pipeline.Why{pipeline.WhyDue, pipeline.WhyUndecided, pipeline.WhyHeld, pipeline.WhyUnknown} {
		if text := w.Text(); text.ZH == text.EN || strings.TrimSpace(text.EN) == "" {
			t.Errorf("%q has no words in both languages", w)
		}
	}
}

package notices

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/config"
	"marketwarden/internal/store"
)

func passwordFile(t *testing.T, password string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestSMTPWays: the ways to a mail server, and that what arrives is what is stored.
func TestSMTPWays(t *testing.T) {
	t.Parallel()
	cert, ca := certificate(t)
	_, otherCA := certificate(t)
	for name, tt := range map[string]struct {
		server, client string // modes of TLS
		ca             string
		user, password string
		serverUser     string
		want           Counts
		reason         string
	}{
		"starttls":             {server: "starttls", client: "starttls", ca: ca, want: Counts{Sent: 1}},
		"implicit":             {server: "implicit", client: "implicit", ca: ca, want: Counts{Sent: 1}},
		"none":                 {server: "none", client: "none", want: Counts{Sent: 1}},
		"log in":               {server: "starttls", client: "starttls", ca: ca, user: "u", password: "secret", serverUser: "u", want: Counts{Sent: 1}},
		"log in, implicit":     {server: "implicit", client: "implicit", ca: ca, user: "u", password: "secret", serverUser: "u", want: Counts{Sent: 1}},
		"log in, loopback":     {server: "none", client: "none", user: "u", password: "secret", serverUser: "u", want: Counts{Sent: 1}},
		"wrong password":       {server: "starttls", client: "starttls", ca: ca, user: "u", password: "wrong-pw", serverUser: "u", want: Counts{PutOff: 1}, reason: "535"},
		"no log-in":            {server: "starttls", client: "starttls", ca: ca, serverUser: "u", want: Counts{PutOff: 1}, reason: "authenticate"},
		"starttls not offered": {server: "none", client: "starttls", ca: ca, want: Counts{PutOff: 1}, reason: "STARTTLS"},
		"strange certificate":  {server: "implicit", client: "implicit", ca: otherCA, want: Counts{PutOff: 1}, reason: "certificate"},
		"strange, starttls":    {server: "starttls", client: "starttls", ca: otherCA, want: Counts{PutOff: 1}, reason: "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &mailServer{user: tt.serverUser}
			var serverCert *tls.Certificate
			if tt.server != "none" {
				serverCert = cert
			}
			server.serve(t, tt.server, serverCert)
			c := settings(config.ChannelSMTP)
			c.RetryWait = time.Hour
			c.SMTP.Port, c.SMTP.TLS, c.SMTP.CAFile, c.SMTP.User = server.port, tt.client, tt.ca, tt.user
			if tt.password != "" {
				c.SMTP.PasswordFile = passwordFile(t, tt.password)
			}
			o := outboxOf(t, 1, c)
			counts, err := o.Deliver(t.Context())
			if diff := cmp.Diff(tt.want, counts); diff != "" || err != nil {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
			n := only(t, o.Store)
			if !strings.Contains(n.Reason, tt.reason) || (tt.password != "" && strings.Contains(n.Reason, tt.password)) {
				t.Errorf("the reason is %q", n.Reason)
			}
			mails := server.received()
			if len(mails) != tt.want.Sent {
				t.Fatalf("%d mails arrived", len(mails))
			}
			if len(mails) == 0 {
				return
			}
			got := mails[0]
			if got.from != "compliance@market.example" || got.to != "p1@example.com" || got.tls != (tt.client != "none") {
				t.Errorf("from %s to %s, TLS %v", got.from, got.to, got.tls)
			}
			if diff := cmp.Diff(string(stored(t, o.Store, n.ID)), string(got.data)); diff != "" {
				t.Errorf("what arrived is not what is stored (-want +got)\n%s", diff)
			}
			text, page := parseMail(t, got.data)
			want := plainNotice(&n)
			if diff := cmp.Diff([]string{want.Text, want.HTML}, []string{lf(text), lf(page)}); diff != "" {
				t.Errorf("bodies (-want +got)\n%s", diff)
			}
		})
	}
}

func lf(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// TestSMTPRefusesPlain: neither notices nor passwords go over a network in the clear.
func TestSMTPRefusesPlain(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"mail.example.com", "192.0.2.1", "localhost.example.com"} {
		o := &Outbox{Config: settings(config.ChannelSMTP)}
		o.Config.SMTP.Host = host
		if _, err := o.Deliver(t.Context()); err == nil || !strings.Contains(err.Error(), "notices.smtp.tls") {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// TestSMTPTrouble: what is known about a notice when something goes wrong, by where it
// does. Nothing arrives twice.
func TestSMTPTrouble(t *testing.T) {
	t.Parallel()
	reply := func(code int) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: "no\x1b[31m"}
	}
	at := func(stage string, do func(*smtp.Conn) error) func(string, *smtp.Conn) error {
		return func(s string, c *smtp.Conn) error {
			if s == stage {
				return do(c)
			}
			return nil
		}
	}
	cut := func(c *smtp.Conn) error {
		_ = c.Conn().Close()
		return reply(451)
	}
	var greeted atomic.Int32
	for name, tt := range map[string]struct {
		hook    func(string, *smtp.Conn) error
		want    Counts // of two notices; trouble of the way ends the delivery after one
		state   string // of the first
		arrived int
	}{
		"recipient refused":         {at("rcpt", func(*smtp.Conn) error { return reply(550) }), Counts{Failed: 2}, "failed", 0},
		"recipient refused for now": {at("rcpt", func(*smtp.Conn) error { return reply(450) }), Counts{PutOff: 2}, "queued", 0},
		"sender refused":            {at("mail", func(*smtp.Conn) error { return reply(550) }), Counts{PutOff: 1, Left: 1}, "queued", 0},
		"closing":                   {at("rcpt", func(*smtp.Conn) error { return reply(421) }), Counts{PutOff: 1, Left: 1}, "queued", 0},
		"cut before DATA":           {at("rcpt", cut), Counts{PutOff: 1, Left: 1}, "queued", 0},
		"mail refused":              {at("dot", func(*smtp.Conn) error { return reply(554) }), Counts{Failed: 2}, "failed", 2},
		"mail refused for now":      {at("dot", func(*smtp.Conn) error { return reply(452) }), Counts{PutOff: 2}, "queued", 2},
		"cut after the dot":         {at("dot", cut), Counts{Unknown: 1, Left: 1}, "unknown", 1},
		"greylisted": {at("rcpt", func(*smtp.Conn) error {
			if greeted.Add(1) <= 2 {
				return reply(450)
			}
			return nil
		}), Counts{Sent: 2}, "sent", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &mailServer{hook: tt.hook}
			server.serve(t, "none", nil)
			c := settings(config.ChannelSMTP)
			c.SMTP.Port = server.port
			c.RetryWait = time.Hour
			o := outboxOf(t, 2, c)
			if name == "greylisted" {
				o.Config.RetryWait, o.Patience = time.Millisecond, time.Minute
			}
			counts, err := o.Deliver(t.Context())
			if diff := cmp.Diff(tt.want, counts); diff != "" || err != nil {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
			n := first(t, o.Store)
			if n.State != tt.state || strings.Contains(n.Reason, "\x1b") {
				t.Errorf("it is %s because %q", n.State, n.Reason)
			}
			if got := len(server.received()); got != tt.arrived {
				t.Errorf("%d mails arrived whole, want %d", got, tt.arrived)
			}
			// Whatever happened: what is not queued is not sent by the next one.
			if tt.want.PutOff+tt.want.Left == 0 {
				if again, err := o.Deliver(t.Context()); err != nil || again != (Counts{}) {
					t.Errorf("the next delivery did %+v, %v", again, err)
				}
			}
		})
	}
}

func first(t *testing.T, s *store.Store) store.Notice {
	t.Helper()
	list, err := s.NoticesWhere(t.Context(), store.NoticeFilter{})
	if err != nil {
		t.Fatal(err)
	}
	return list[len(list)-1]
}

// TestSMTPSlow: a server that does not answer holds nothing up for longer than the
// time-out, and what it says about the notice follows from where it stopped.
func TestSMTPSlow(t *testing.T) {
	t.Parallel()
	for stage, want := range map[string]Counts{"rcpt": {PutOff: 1}, "dot": {Unknown: 1}} {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			release := make(chan struct{})
			server := &mailServer{hook: func(s string, _ *smtp.Conn) error {
				if s == stage {
					<-release
				}
				return nil
			}}
			server.serve(t, "none", nil)
			t.Cleanup(func() { close(release) })
			c := settings(config.ChannelSMTP)
			c.SMTP.Port, c.SMTP.Timeout, c.RetryWait = server.port, 300*time.Millisecond, time.Hour
			o := outboxOf(t, 1, c)
			counts, err := o.Deliver(t.Context())
			if diff := cmp.Diff(want, counts); diff != "" || err != nil {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
		})
	}
}

// TestSMTPStop: a delivery that is told to stop gives a notice back as long as its mail is
// not on the way, without using up an attempt, and finishes it after that.
func TestSMTPStop(t *testing.T) {
	t.Parallel()
	for stage, want := range map[string]struct {
		state    string
		attempts int
	}{"rcpt": {"queued", 0}, "dot": {"sent", 1}} {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			release := make(chan struct{})
			server := &mailServer{}
			server.hook = func(s string, _ *smtp.Conn) error {
				if s == stage {
					stop()
					if stage == "rcpt" { // as a server that takes its time
						<-release
					}
				}
				return nil
			}
			server.serve(t, "none", nil)
			t.Cleanup(func() { close(release) })
			c := settings(config.ChannelSMTP)
			c.SMTP.Port = server.port
			o := outboxOf(t, 1, c)
			if _, err := o.Deliver(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			if n := only(t, o.Store); n.State != want.state || n.Attempts != want.attempts {
				t.Errorf("it is %s after %d attempts: %s", n.State, n.Attempts, n.Reason)
			}
		})
	}
}

// TestSMTPAttempts: a notice that cannot be sent is given up after so many attempts.
func TestSMTPAttempts(t *testing.T) {
	t.Parallel()
	server := &mailServer{hook: func(s string, _ *smtp.Conn) error {
		if s == "rcpt" {
			return &smtp.SMTPError{Code: 450, Message: "later"}
		}
		return nil
	}}
	server.serve(t, "none", nil)
	c := settings(config.ChannelSMTP)
	c.SMTP.Port = server.port
	o := outboxOf(t, 1, c)
	o.Patience = time.Minute
	counts, err := o.Deliver(t.Context())
	if n := only(t, o.Store); err != nil || counts != (Counts{Failed: 1}) || n.State != "failed" || n.Attempts != c.Attempts {
		t.Errorf("%+v, %v; %+v", counts, err, n)
	}
}

// TestPatienceOfAnother: a delivery with patience waits for what an earlier one put off and
// was stopped waiting for; one without leaves it alone.
func TestPatienceOfAnother(t *testing.T) {
	t.Parallel()
	server := &mailServer{}
	server.serve(t, "none", nil)
	c := settings(config.ChannelSMTP)
	c.SMTP.Port = server.port
	o := outboxOf(t, 1, c)
	soon := time.Now().Add(2 * time.Second)
	if err := o.Store.NoticePutOff(t.Context(), only(t, o.Store).ID, "", "450", 1, soon, time.Now()); err != nil {
		t.Fatal(err)
	}
	if counts, err := o.Deliver(t.Context()); err != nil || counts != (Counts{}) {
		t.Errorf("without patience: %+v, %v", counts, err)
	}
	o.Patience = time.Minute
	if counts, err := o.Deliver(t.Context()); err != nil || counts != (Counts{Sent: 1}) {
		t.Errorf("with patience: %+v, %v", counts, err)
	}
}

// TestPatienceEnds: a notice that is due after the bound holds a delivery up no longer, and
// a delivery that waits ends with its context.
func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	o := outboxOf(t, 1, settings(config.ChannelFolder))
	if err := o.Store.NoticePutOff(t.Context(), only(t, o.Store).ID, "", "450", 1, time.Now().Add(time.Hour), time.Now()); err != nil {
		t.Fatal(err)
	}
	o.Patience = time.Minute
	if counts, err := o.Deliver(t.Context()); err != nil || counts != (Counts{PutOff: 1}) {
		t.Errorf("%+v, %v", counts, err)
	}
	o.Patience = 2 * time.Hour
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := o.Deliver(ctx)
		ended <- err
	}()
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("told to stop: %v", err)
	}
}

// TestDatabaseLost: what became of a notice is written though every session was lost
// while it was sent, but nothing more is taken, since the right to deliver went with its
// session.
func TestDatabaseLost(t *testing.T) {
	t.Parallel()
	var o *Outbox
	server := &mailServer{}
	server.hook = func(stage string, _ *smtp.Conn) error {
		if stage == "dot" {
			_, err := o.Store.Pool.Exec(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() ORDER BY pid = pg_backend_pid()`)
			if err == nil {
				t.Error("the sessions were not lost")
			}
		}
		return nil
	}
	server.serve(t, "none", nil)
	c := settings(config.ChannelSMTP)
	c.SMTP.Port = server.port
	o = outboxOf(t, 2, c)
	if counts, err := o.Deliver(t.Context()); err == nil || counts.Sent != 1 {
		t.Errorf("%+v, %v", counts, err)
	}
	if diff := cmp.Diff(map[string]int{"sent": 1, "queued": 1}, states(t, o.Store)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

package notices

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/textproto"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/config"
	"marketwarden/internal/store"
)

// TestLogHoldsNoWords: the log tells which notice, which step and which code. The words of
// the other side and addresses stay with the notice.
func TestLogHoldsNoWords(t *testing.T) {
	t.Parallel()
	const secret = "user unknown"
	refuse := func(code int) func(*testing.T) *Outbox {
		return func(t *testing.T) *Outbox {
			t.Helper()
			server := &mailServer{hook: func(stage string, _ *smtp.Conn) error {
				if stage != "rcpt" {
					return nil
				}
				return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "<p1@example.com> " + secret}
			}}
			server.serve(t, "none", nil)
			c := settings(config.ChannelSMTP)
			c.SMTP.Port, c.RetryWait = server.port, time.Hour
			return outboxOf(t, 1, c)
		}
	}
	answer := func(status int) func(*testing.T) *Outbox {
		return func(t *testing.T) *Outbox {
			t.Helper()
			return webhookOf(t, &receiver{then: func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(status)
				_, _ = io.WriteString(w, secret) // and what was sent: the address is in it
				_, _ = io.Copy(w, r.Body)
				_, _ = io.WriteString(w, "p1@example.com")
			}}, 1)
		}
	}
	for name, tt := range map[string]struct {
		open func(*testing.T) *Outbox
		want string
	}{
		"recipient refused":     {refuse(550), `step=recipient reason="550 5.1.1"`},
		"refused for now":       {refuse(450), `step=recipient reason="450 4.1.1"`},
		"webhook, refused":      {answer(422), `step=answer reason=422`},
		"webhook, for now":      {answer(503), `step=answer reason=503`},
		"webhook, nobody knows": {answer(500), `step=answer reason=500`},
		"no address": {func(t *testing.T) *Outbox {
			t.Helper()
			o := outboxOf(t, 1, settings(config.ChannelFolder))
			o.Compose = func(context.Context, store.Notice) (*Message, error) {
				_, err := Recipient{Email: secret + " p1@example.com"}.Address()
				return nil, err
			}
			return o
		}, `step="make out" reason=no_address`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := tt.open(t)
			var log bytes.Buffer
			o.Log = slog.New(slog.NewTextHandler(&log, nil))
			if _, err := o.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
			n := only(t, o.Store)
			for _, want := range []string{n.Reference, tt.want} {
				if !strings.Contains(log.String(), want) {
					t.Errorf("the log lacks %s: %s", want, &log)
				}
			}
			for _, foreign := range []string{secret, "example.com"} {
				if strings.Contains(log.String(), foreign) {
					t.Errorf("the log holds %q: %s", foreign, &log)
				}
			}
			if !strings.Contains(n.Reason, secret) {
				t.Errorf("the notice does not say what was answered: %q", n.Reason)
			}
		})
	}
}

// TestRefusedAll: a relay that lets nobody in fails few notices or none. The others wait.
func TestRefusedAll(t *testing.T) {
	t.Parallel()
	const notices = maxRefusals + 3
	for name, tt := range map[string]struct {
		status smtp.EnhancedCode
		taken  int // how many are let in first
		want   Counts
	}{
		"relaying denied":         {smtp.NoEnhancedCode, 0, Counts{Failed: maxRefusals, Left: 3}},
		"relaying denied, 5.7.1":  {smtp.EnhancedCode{5, 7, 1}, 0, Counts{PutOff: maxRefusals, Left: 3}},
		"some in between":         {smtp.EnhancedCode{5, 1, 1}, 4, Counts{Sent: 4, Failed: 4}},
		"mailbox changed hands":   {smtp.EnhancedCode{5, 7, 17}, 4, Counts{Sent: 4, Failed: 4}},
		"refused by policy, some": {smtp.EnhancedCode{5, 7, 1}, 4, Counts{Sent: 4, PutOff: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0 // one connection at a time
			server := &mailServer{hook: func(stage string, _ *smtp.Conn) error {
				if stage != "rcpt" {
					return nil
				}
				if asked++; asked <= tt.taken {
					return nil
				}
				return &smtp.SMTPError{Code: 550, EnhancedCode: tt.status, Message: "no"}
			}}
			server.serve(t, "none", nil)
			c := settings(config.ChannelSMTP)
			c.SMTP.Port, c.RetryWait = server.port, time.Hour
			counts, err := outboxOf(t, notices, c).Deliver(t.Context())
			if diff := cmp.Diff(tt.want, counts); diff != "" || err != nil {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
		})
	}
}

// TestCodeOf: codes hold numbers and our own words.
func TestCodeOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&textproto.Error{Code: 550, Msg: "5.1.1 <a@b> unknown"}, "550 5.1.1"},
		{&textproto.Error{Code: 550, Msg: "5.1.1.a@b unknown"}, "550 5.1.1"},
		{&textproto.Error{Code: 550, Msg: "a@b 5.1.1"}, "550"},
		{fmt.Errorf("x: %w", ErrRecipient), "no_address"},
		{&net.DNSError{Err: "no such host", Name: "mail.example"}, "dns"},
		{&net.DNSError{Err: "slow", Name: "mail.example", IsTimeout: true}, "timeout"},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "connection refused"},
		{context.DeadlineExceeded, "timeout"},
		{context.Canceled, "stopped"},
		{errors.New("a@b"), "other"},
	} {
		if got := codeOf(tt.err); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}
